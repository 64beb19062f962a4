"""Marks: what is kept of each exchange. Keyed hashes, counts and a sketch; no text."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.addresses import hash_addresses
from stillhunt.fingerprint.cues import CueTable, compile_cues
from stillhunt.fingerprint.hashing import Hashes, combine_hashes, hash_sets, hash_strings
from stillhunt.fingerprint.lexicon import CUES
from stillhunt.fingerprint.purpose import decide
from stillhunt.fingerprint.text import Texts, read_texts
from stillhunt.tables import MARKS

NAMES: Final = pa.schema([("hash", pa.uint64()), ("kind", pa.string()), ("text", pa.string())])
"""Readable names of accounts and models, by hash: what verdicts are written with."""

# What a hash speaks of; equal texts of two domains have unrelated hashes.
EXCHANGE, ACCOUNT, SYSTEM, TOOL, SESSION, END_USER, ORG, KEY, MODEL = range(16, 25)
USER_AGENT, TLS, CLIENT, ASN, ROW, ROW_TEXT, TOOLS = range(25, 32)
ADDRESS: Final = 32  # and 33, the block

_ROW_TEXTS: Final = ("prompt", "system", "response", "session_id", "model", "ip")
_ROW_NUMBERS: Final = ("n_turns", "n_tools", "max_tokens", "input_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Marked:
    """The marks of one batch, its sketches, and the names of its accounts and models."""

    marks: pa.RecordBatch
    sketch: npt.NDArray[np.int16]
    names: pa.Table

    def filter(self, mask: npt.NDArray[np.bool_]) -> "Marked":
        """Return the exchanges under ``mask``, with all names."""
        return Marked(self.marks.filter(pa.array(mask)), self.sketch[mask], self.names)


@dataclass(frozen=True, slots=True)
class Marker:
    """Makes marks from exchanges with one secret of 16 to 64 bytes; safe on several threads."""

    key: bytes = field(repr=False)

    def mark(self, batch: pa.RecordBatch) -> Marked:
        """Return the marks of a batch in ``tables.EXCHANGES``, one per row, in its order.

        An exchange without an id gets one from all that it holds: time, account, texts, model,
        session, address and token counts; two rows that are alike in all of these count as one.
        """
        texts = read_texts(batch.column("prompt"), self.key, _cues(self.key))
        n_turns = _numbers(batch, "n_turns")
        n_tools = np.maximum(_numbers(batch, "n_tools"), _tool_counts(batch))
        capability, elicitation = decide(texts.scores, texts.structure, n_tools, n_turns)
        account, accounts = _name(batch, "account_id", "account", self.key, ACCOUNT)
        model, models = _name(batch, "model", "model", self.key, MODEL)
        columns: dict[str, Any] = {
            "exchange": _exchanges(batch, self.key, account),
            "account": account,
            "time_us": batch.column("time").cast(pa.int64()),
            "model": model,
            "capability": capability,
            "elicitation": elicitation,
            "n_turns": n_turns,
            "n_tools": n_tools,
            "temperature": batch.column("temperature").fill_null(float("nan")),
        }
        for name in ("max_tokens", "input_tokens", "output_tokens"):
            columns[name] = _numbers(batch, name)
        columns.update(_text_columns(texts))
        columns.update(_client_columns(batch, self.key))
        marks = pa.RecordBatch.from_arrays(
            [
                pa.array(columns[name], kind)
                for name, kind in zip(MARKS.names, MARKS.types, strict=True)
            ],
            schema=MARKS,
        )
        return Marked(marks, texts.sketch, pa.concat_tables([accounts, models]))

    def exchanges(self, batch: pa.RecordBatch) -> Hashes:
        """Return the keys of a batch's exchanges alone, as ``mark`` gives them."""
        return _exchanges(
            batch, self.key, hash_strings(batch.column("account_id"), self.key, ACCOUNT)
        )


@lru_cache(maxsize=8)
def _cues(key: bytes) -> CueTable:
    return compile_cues(CUES, key)


def _numbers(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.int32]:
    """Return an int32 column with 0 for what is not known or negative."""
    values = batch.column(name).fill_null(0).to_numpy(zero_copy_only=False)
    return np.asarray(np.maximum(values, 0), np.int32)


def _tool_counts(batch: pa.RecordBatch) -> npt.NDArray[np.int32]:
    counts = batch.column("tools").value_lengths().fill_null(0)
    return np.asarray(counts.to_numpy(zero_copy_only=False), np.int32)


def _name(
    batch: pa.RecordBatch, column: str, kind: str, key: bytes, domain: int
) -> tuple[Hashes, pa.Table]:
    """Return a column's hashes, and the table of its distinct values by hash."""
    coded = batch.column(column).dictionary_encode()
    hashes = hash_strings(coded.dictionary, key, domain)
    places = coded.indices.fill_null(len(hashes)).to_numpy(zero_copy_only=False)
    kinds = pa.repeat(pa.scalar(kind), len(hashes))
    names = pa.table([pa.array(hashes), kinds, coded.dictionary.cast(pa.string())], schema=NAMES)
    return np.append(hashes, np.uint64(0))[places], names


def _text_columns(texts: Texts) -> dict[str, npt.NDArray[Any]]:
    return {
        "content": texts.content,
        "opening": texts.opening,
        "closing": texts.closing,
        "template": texts.template,
        "simhash": texts.simhash,
        "text_bytes": texts.structure[:, 5],
    }


def _client_columns(batch: pa.RecordBatch, key: bytes) -> dict[str, Hashes]:
    """Return what tells who and where the caller is, and with what it calls."""
    address, block = hash_addresses(batch.column("ip"), key, ADDRESS)
    agent = hash_strings(batch.column("user_agent"), key, USER_AGENT)
    tls = hash_strings(batch.column("tls_ja4"), key, TLS)
    tools = batch.column("tools")
    return {
        "system": hash_strings(batch.column("system"), key, SYSTEM),
        "tools": hash_sets(
            hash_strings(tools.flatten(), key, TOOL), _tool_counts(batch), key, TOOLS
        ),
        "session": hash_strings(batch.column("session_id"), key, SESSION),
        "end_user": hash_strings(batch.column("end_user"), key, END_USER),
        "org": hash_strings(batch.column("org_id"), key, ORG),
        "key": hash_strings(batch.column("key_id"), key, KEY),
        "client": combine_hashes([agent, tls], key, CLIENT),
        "address": address,
        "block": block,
        "asn": combine_hashes([_numbers(batch, "asn").astype(np.uint64)], key, ASN),
    }


def _exchanges(batch: pa.RecordBatch, key: bytes, account: Hashes) -> Hashes:
    """Return the hash of each exchange's id, or of all that it holds where there is none."""
    given = hash_strings(batch.column("exchange_id"), key, EXCHANGE)
    if given.all():
        return given
    time = batch.column("time").cast(pa.int64()).to_numpy().view(np.uint64)
    columns = [account, time]
    columns += [hash_strings(batch.column(name), key, ROW_TEXT) for name in _ROW_TEXTS]
    columns += [_numbers(batch, name).astype(np.uint64) for name in _ROW_NUMBERS]
    return np.where(given == 0, combine_hashes(columns, key, ROW), given)

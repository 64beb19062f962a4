"""Between a tally and its files: a part is written, parts are merged, the whole is recalled.

Whatever a segment holds adds up, so parts may be merged in any order and grouping, and what is
recalled of them is what one pass over the whole log would have added up to.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillhunt.engines.duckdb import DuckDB
from stillhunt.errors import EngineError
from stillhunt.fingerprint.cells import Shelf, halvings
from stillhunt.fingerprint.fingerprints import (
    HOURS_SQL,
    MERGE_HOURS_SQL,
    MERGE_TOTALS_SQL,
    MERGE_USES_SQL,
    PART_USES_SQL,
    TOTALS_SQL,
)
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.parts import SHELF, Parts, join, store
from stillhunt.fingerprint.seen import Recent, Seen
from stillhunt.gathering import Tally
from stillhunt.store import State
from stillhunt.store.state import sync

DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table lies in its file: in which order, and how columns of numbers are packed.

    ``near``: columns whose neighbours differ little, kept as differences. ``few``: columns of few
    values, kept as numbers of them.
    """

    order: str
    near: tuple[str, ...] = ()
    few: tuple[str, ...] = ("account",)


LAYOUTS: Final[Mapping[str, Layout]] = {
    "hours": Layout(
        "account, model, hour_us", near=("hour_us",), few=("account", "model", "exchanges")
    ),
    "totals": Layout("account", few=()),
    "uses": Layout('kind, "key", account', near=("key",), few=("account", "kind", "n")),
    "vectors": Layout("account", few=()),
    "shelf": Layout("account", few=("account", "capability", "elicitation", "level")),
    "sample": Layout("exchange", near=("exchange",)),
    "names": Layout("kind, hash", near=("hash",), few=("kind",)),
    "keys": Layout("exchange", near=("exchange",), few=("turn",)),
}
"""The tables of a segment. ``keys``: exchanges that are remembered, and the commit that they came
with; the others as in ``fingerprints`` and ``parts``."""

_PAGE_BYTES: Final = 2**24  # of a dictionary: two million accounts

_MERGES: Final[Mapping[str, str]] = {
    "hours": MERGE_HOURS_SQL,
    "totals": MERGE_TOTALS_SQL,
    "uses": MERGE_USES_SQL,
    "names": "SELECT hash, kind, min(text) AS text FROM names_parts GROUP BY hash, kind",
    "shelf": (
        "SELECT shelf_parts.* FROM shelf_parts JOIN halved USING (account) WHERE level >= least"
    ),
    "keys": "FROM keys_parts",
}

_AGAIN_SQL: Final = """
FROM uses_files
SEMI JOIN (SELECT kind, "key" FROM uses_files GROUP BY kind, "key" HAVING sum(n) > 1)
USING (kind, "key")
"""
"""Uses without the keys that come once in the whole log, as ``USES_SQL`` has them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a merge leaves out.

    Hours that begin before ``fold_us`` become days; keys of commits before ``since`` are
    forgotten, and so is the account of hash ``forgotten`` (0: none).
    """

    fold_us: int = 0
    since: int = 0
    forgotten: int = 0


def write_part(folder: Path, tally: Tally, keys: Hashes, turn: int, engine: DuckDB) -> None:
    """Write a tally, with the exchange keys that are new in it, as a segment."""
    tally.settle(engine)
    made = {"hours": HOURS_SQL, "totals": TOTALS_SQL, "uses": PART_USES_SQL}
    turns = pa.repeat(pa.scalar(turn, pa.int32()), keys.size)
    stored = {table: store(part) for table, part in _parts(tally).items()}
    stored["keys"] = pa.table({"exchange": np.sort(keys), "turn": turns})
    _write(folder, made, stored, engine)
    engine.drop("marks")


def merge(
    state: State, names: list[str], folder: Path, rule: Rule, engine: DuckDB, sample: Sample
) -> int:
    """Write one segment that holds what those named hold; return how many exchanges it counts.

    ``sample`` is an empty one, with the secret.
    """
    vectors = Vectors()
    _look(state, names, rule, engine)
    for part, table in ((vectors, "vectors"), (sample, "sample")):
        _join(part, engine.stream(f"FROM {table}_parts"))
    account, _, counts = vectors.table()
    engine.drop("halved")
    engine.put("halved", pa.table({"account": account, "least": pa.array(halvings(counts))}))
    _write(folder, _MERGES, {"vectors": store(vectors), "sample": store(sample)}, engine)
    return int(pc.sum(pq.read_table(folder / "totals.parquet")["exchanges"]).as_py() or 0)


def recall(state: State, shelf: Shelf, rule: Rule, engine: DuckDB, secret: bytes) -> Tally:
    """Return the tally of all that counts; the engine gets the tables hours, totals and uses."""
    tally = Tally(Seen(), Vectors(), Sample(secret), Names(), shelf, state.manifest.n_rows)
    _look(state, [segment.name for segment in state.manifest.segments], rule, engine)
    for table, part in _parts(tally).items():
        _join(part, engine.stream(f"FROM {table}_parts"))
    engine.create("hours", MERGE_HOURS_SQL)
    engine.create("totals", MERGE_TOTALS_SQL)
    engine.view("uses_parts", _AGAIN_SQL)
    engine.create("uses", MERGE_USES_SQL)
    return tally


def recall_keys(state: State, recent: Recent, engine: DuckDB) -> None:
    """Take in the exchange keys that are remembered."""
    engine.look_at("keys_files", state.files("keys"))
    for rows in engine.stream(f"FROM keys_files WHERE turn >= {state.manifest.since[0]:d}"):
        recent.remember(rows.column("exchange").to_numpy(), rows.column("turn").to_numpy())


def recall_sample(state: State, sample: Sample, engine: DuckDB) -> None:
    """Take in the sample of all that counts."""
    engine.look_at("sample_files", state.files("sample"))
    _join(sample, engine.stream("FROM sample_files"))


def bytes_of(folder: Path) -> int:
    """Return how many bytes the files of a segment have."""
    return sum(file.stat().st_size for file in folder.iterdir())


def _parts(tally: Tally) -> dict[str, Parts]:
    return {
        "vectors": tally.vectors, "sample": tally.sample, "names": tally.names,
        "shelf": tally.shelf,
    }  # fmt: skip


def _join(part: Parts, rows: pa.RecordBatchReader) -> None:
    for batch in rows:
        join(part, batch)


def _look(state: State, names: list[str], rule: Rule, engine: DuckDB) -> None:
    """Let ``<table>_parts`` stand for what is to be merged of each table."""
    day = f"hour_us - hour_us % {DAY_US}"
    hour = f"CASE WHEN hour_us < {rule.fold_us:d} THEN {day} ELSE hour_us END"
    stays = f"account <> {rule.forgotten:d}"
    chosen = {table: f"FROM {table}_files WHERE {stays}" for table in LAYOUTS}
    chosen["hours"] = f"SELECT account, model, {hour} AS hour_us, exchanges {chosen['hours']}"
    chosen["names"] = f"FROM names_files WHERE kind <> 'account' OR hash <> {rule.forgotten:d}"
    chosen["keys"] = f"FROM keys_files WHERE turn >= {rule.since:d}"
    for table, query in chosen.items():
        engine.look_at(f"{table}_files", state.files(table, names))
        engine.view(f"{table}_parts", query)


def _write(
    folder: Path, queries: Mapping[str, str], stored: Mapping[str, pa.Table], engine: DuckDB
) -> None:
    try:
        folder.mkdir()
        for table, query in queries.items():
            rows = engine.stream(f"SELECT * FROM ({query}) ORDER BY {LAYOUTS[table].order}")
            rows = rows.cast(SHELF) if table == "shelf" else rows
            _write_one(folder / f"{table}.parquet", rows, LAYOUTS[table])
        for table, whole in stored.items():
            _write_one(folder / f"{table}.parquet", whole.to_reader(), LAYOUTS[table])
        sync(folder)
        sync(folder.parent)
    except OSError as error:
        raise EngineError(
            f"{folder}: the state could not be written; {error.strerror or error}. What was "
            "counted before stands. Free the disk, and start again."
        ) from error


def _write_one(path: Path, rows: pa.RecordBatchReader, layout: Layout) -> None:
    with path.open("wb") as file:
        with pq.ParquetWriter(
            file,
            rows.schema,
            compression="zstd",
            use_dictionary=list(layout.few),
            column_encoding=dict.fromkeys(layout.near, "DELTA_BINARY_PACKED"),
            dictionary_pagesize_limit=_PAGE_BYTES,
        ) as writer:
            for batch in rows:
                writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())

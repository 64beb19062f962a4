"""From fingerprints to the population: tables in, dense arrays out, all in one order."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillhunt.blocks import Packed
from stillhunt.link.schedule import days_of, shifts_of
from stillhunt.population import Floats, Index, Population, Sampled, Uses
from stillhunt.records import CAPABILITIES, ELICITATIONS

Hashes = NDArray[np.uint64]

Narrow = NDArray[np.int32]

BATCH: Final = 2**17
"""Uses sorted in at a time."""

HOUR_US: Final = 3_600_000_000
HOURS_A_DAY: Final = 24

LINK_KINDS: Final = (
    "content", "opening", "template", "system", "tools", "org", "client", "address", "block"
)  # fmt: skip
"""Kinds of use that link accounts; models, ASNs and closings are shared by strangers too often."""

FACT_KINDS: Final = {
    "payment": "payment_id",
    "device": "device_id",
    "email": "email_hash",
    "domain": "email_domain",
    "org": "org_id",
    "signup": "created_hour",
}
"""Kinds of artefact that come from the accounts table, and their columns."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that one pass over the log leaves, in any order of rows.

    ``profiles``: one row per account. ``hours``: account, hour since 1970, exchanges. ``uses``:
    account, kind, key, n, shared ones only, of phrases perhaps habits only. ``names``: hash and
    text of every account. ``accounts``: the accounts table with its hash in ``account``.
    ``vectors``, ``cells``: keys ascending, sums, counts; all that is asked of sums is where means
    lie, so they are packed. ``sample``: account, cell, sketch.
    """

    profiles: pa.Table
    hours: pa.Table
    uses: pa.Table
    names: pa.Table
    accounts: pa.Table
    vectors: tuple[Hashes, Packed, Index]
    cells: tuple[Hashes, NDArray[np.uint16], Index]
    sample: tuple[Hashes, NDArray[np.uint8], NDArray[np.int16]]
    present: frozenset[str]


def assemble(gathered: Gathered, seed: int, threads: int = 1) -> Population:
    """Return the population; accounts in ascending order of their hash."""
    profiles = gathered.profiles.sort_by("account")
    keys = _hashes(profiles, "account")
    facts, n = _facts(keys, gathered.accounts), keys.size
    uses = _uses(keys, gathered.uses, facts)  # first, while little else is there
    account, hour, exchanges = _activity(keys, gathered.hours)
    text_exchanges, sums = _sums(keys, gathered.vectors)
    return Population(
        keys=keys,
        account_id=_names(keys, gathered.names),
        exchanges=_counts(profiles, "exchanges"),
        first_us=_counts(profiles, "first_us"),
        last_us=_counts(profiles, "last_us"),
        clock=_clock(account, hour, exchanges, n),
        shifts=shifts_of(account, hour, exchanges, n, seed, threads),
        days=days_of(account, hour, exchanges, n),
        capability=_ratios(profiles, [f"capability_{name}_ratio" for name in CAPABILITIES]),
        elicitation=_ratios(profiles, [f"elicitation_{name}_ratio" for name in ELICITATIONS]),
        single_turn_ratio=_ratio(profiles, "single_turn_ratio"),
        follow_up_ratio=_ratio(profiles, "follow_up_ratio"),
        distinct_prompts=_counts(profiles, "distinct_prompts"),
        concentration=_ratio(profiles, "concentration"),
        end_users=_counts(profiles, "n_end_users"),
        clients=_counts(profiles, "n_clients"),
        input_tokens=_counts(profiles, "input_tokens"),
        output_tokens=_counts(profiles, "output_tokens"),
        text_exchanges=text_exchanges,
        sums=sums,
        cells=_spread(keys, *gathered.cells[:2]),
        created_us=facts.earliest_us("created_at"),
        is_trusted=facts.flag("trusted"),
        tier=facts.text("tier"),
        domain=facts.text("email_domain"),
        uses=uses,
        sample=_sampled(keys, gathered.sample),
        present=gathered.present,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """The accounts table and, for each of its lines, the row of the population.

    Should an account have several lines, their order does not matter.
    """

    table: pa.Table
    rows: Index
    n_accounts: int

    def earliest_us(self, name: str) -> Index:
        """Return the earliest known time of each account, 0 where none is known."""
        column = self.table.column(name)
        is_known = column.is_valid().to_numpy()
        unknown = np.iinfo(np.int64).max
        values = np.full(self.n_accounts, unknown)
        known_us = column.drop_null().cast(pa.int64()).to_numpy()
        np.minimum.at(values, self.rows[is_known], known_us)
        values[values == unknown] = 0
        return values

    def flag(self, name: str) -> NDArray[np.bool_]:
        """Return whether any line of an account says yes."""
        values = np.zeros(self.n_accounts, dtype=np.bool_)
        values[self.rows[self.table.column(name).fill_null(False).to_numpy()]] = True
        return values

    def text(self, name: str) -> NDArray[np.object_]:
        """Return the text of each account, empty where there is none; the last in the alphabet."""
        column = self.table.column(name).fill_null("")
        order = pc.sort_indices(column).to_numpy()
        values = np.full(self.n_accounts, "", dtype=object)
        values[self.rows[order]] = column.take(order).to_numpy()
        return values

    def shared(self, name: str) -> tuple[Index, Hashes]:
        """Return who holds which value of a column, numbered; values of two accounts or more."""
        if name == "created_hour":
            column = pc.divide(self.table.column("created_at").cast(pa.int64()), HOUR_US)
        else:
            column = self.table.column(name)
            column = pc.if_else(pc.equal(column, ""), None, column)
        coded = column.combine_chunks().dictionary_encode()
        is_known = coded.indices.is_valid().to_numpy(zero_copy_only=False)
        code = coded.indices.drop_null().to_numpy().astype(np.int64)
        # Both in one number, so that an account which says a thing twice says it once.
        pair = np.sort(code * self.n_accounts + self.rows[is_known])
        code, row = np.divmod(pair[np.diff(pair, prepend=-1) > 0], max(self.n_accounts, 1))
        is_shared = (np.bincount(code) >= 2)[code]
        return row[is_shared], code[is_shared].astype(np.uint64)


def _facts(keys: Hashes, accounts: pa.Table) -> _Facts:
    account = _hashes(accounts, "account")
    is_seen = _are_in(keys, account)
    return _Facts(accounts.filter(pa.array(is_seen)), _rows_of(keys, account[is_seen]), keys.size)


def _names(keys: Hashes, names: pa.Table) -> NDArray[np.object_]:
    account = _hashes(names, "hash")
    # An account all of whose exchanges repeat another's has a name and no row.
    is_seen = _are_in(keys, account)
    values = np.full(keys.size, "", dtype=object)
    values[_rows_of(keys, account[is_seen])] = names.column("text").to_numpy()[is_seen]
    return values


def _activity(keys: Hashes, hours: pa.Table) -> tuple[Narrow, Narrow, Narrow]:
    """Return the row, the hour since 1970 and the exchanges of each active hour."""
    account = _rows_of(keys, _hashes(hours, "account"))
    hour, n = (hours.column(name).to_numpy() for name in ("hour", "exchanges"))
    return account.astype(np.int32), hour.astype(np.int32), n.astype(np.int32)


def _clock(account: Narrow, hour: Narrow, exchanges: Narrow, n: int) -> Narrow:
    cell = account.astype(np.int64) * HOURS_A_DAY + hour % HOURS_A_DAY
    counts = np.bincount(cell, weights=exchanges, minlength=n * HOURS_A_DAY)
    return counts.astype(np.int32).reshape(n, HOURS_A_DAY)


def _sums(keys: Hashes, vectors: tuple[Hashes, Packed, Index]) -> tuple[Index, Packed]:
    """Return how many exchanges with text each account has, and the sum of their projections."""
    account, sums, counts = vectors
    if account.size == keys.size:
        return counts, sums  # of a million accounts half a gigabyte, which is not to be had twice
    return _spread(keys, account, counts), sums.among(_rows_of(keys, account), keys.size)


def _spread(keys: Hashes, account: Hashes, values: NDArray[Any]) -> NDArray[Any]:
    """Return the values of some accounts at the places of all, 0 where there are none."""
    if account.size == keys.size:
        return values
    every = np.zeros((keys.size, *values.shape[1:]), dtype=values.dtype)
    every[_rows_of(keys, account)] = values
    return every


def _sampled(keys: Hashes, sample: tuple[Hashes, NDArray[np.uint8], NDArray[np.int16]]) -> Sampled:
    account, cell, sketch = sample
    return Sampled(_rows_of(keys, account), cell, sketch)


def _uses(keys: Hashes, uses: pa.Table, facts: _Facts) -> Uses:
    kinds = tuple(dict.fromkeys((*LINK_KINDS, *FACT_KINDS)))
    held = [(kinds.index(kind), *facts.shared(name), 1) for kind, name in FACT_KINDS.items()]
    most = uses.num_rows + sum(rows.size for _, rows, _, _ in held)
    # Filled one stretch after the other: parts to be joined would be as much memory again.
    account, kind = np.empty(most, np.int32), np.empty(most, np.int8)
    key, n = np.empty(most, np.uint64), np.empty(most, np.int32)
    end, is_there = 0, np.zeros(len(kinds), dtype=np.bool_)
    for numbers, rows, keys_held, times in itertools.chain(_linking(keys, uses), held):
        part = slice(end, end := end + rows.size)
        kind[part], account[part], key[part], n[part] = numbers, rows, keys_held, times
        is_there[kind[part]] = True
    number = (np.cumsum(is_there) - 1).astype(np.int8)
    kind = number[kind[:end]]
    return Uses(account[:end], kind, key[:end], n[:end], tuple(itertools.compress(kinds, is_there)))


def _linking(keys: Hashes, uses: pa.Table) -> Iterator[tuple[Index, Index, Hashes, Index]]:
    """Yield kind, row, key and number of the uses of ``LINK_KINDS``, some at a time."""
    kinds = pa.array(LINK_KINDS)
    for batch in uses.to_batches(max_chunksize=BATCH):
        kind = pc.index_in(batch["kind"].cast(pa.string()), value_set=kinds)
        links = batch.filter(kind.is_valid())
        account, key, n = (links[name].to_numpy() for name in ("account", "key", "n"))
        yield kind.drop_null().to_numpy(), _rows_of(keys, account), key, n


def _hashes(table: pa.Table, name: str) -> Hashes:
    return np.asarray(table.column(name).to_numpy(), dtype=np.uint64)


def _counts(table: pa.Table, name: str) -> Index:
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def _ratio(table: pa.Table, name: str) -> Floats:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _ratios(table: pa.Table, names: Sequence[str]) -> Floats:
    return np.stack([_ratio(table, name) for name in names], axis=1)


def _are_in(keys: Hashes, wanted: Hashes) -> NDArray[np.bool_]:
    """Return which of ``wanted`` are among ``keys``, which ascend."""
    place = np.searchsorted(keys, wanted)
    place[place == keys.size] = 0
    return keys[place] == wanted if keys.size else np.zeros(wanted.size, dtype=np.bool_)


def _rows_of(keys: Hashes, wanted: Hashes) -> Index:
    """Return the places of ``wanted`` in ``keys``, which must hold them all."""
    return np.searchsorted(keys, wanted)

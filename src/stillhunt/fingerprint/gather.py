"""What adds up over batches: keys seen, sums of sketches, a fair sample, names.

Each is a commutative monoid over integers: any split of the exchanges into batches, any order and
any grouping of merges end in the same numbers, provided that every exchange key comes in once
(``Seen`` tells which are new). One object serves one thread; merge objects to join threads.
"""

from copy import copy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.hashing import Hashes, derive_keys
from stillhunt.fingerprint.intrinsics import compiled
from stillhunt.fingerprint.marks import NAMES, Marked
from stillhunt.fingerprint.seen import FIRST_SLOTS, Flags, Seen, make_room, mix, place_of
from stillhunt.records import PROJECTION_DIMS

SAMPLE_SIZE: Final = 32_768
"""Exchanges in a sample: covariances of 256 components to within a percent."""

_SAMPLE_DOMAIN: Final = 40
_FIRST_ROWS: Final = 64
_HIGHEST: Final = 2**31 - 1


@compiled
def _place_accounts(slots: Any, rows: Any, accounts: Any, mask: Any, n_rows: int, out: Any) -> int:
    for index in range(accounts.size):
        if not mask[index]:
            out[index] = -1
            continue
        place = place_of(slots, accounts[index])
        if slots[place] == 0:
            slots[place] = accounts[index]
            rows[place] = n_rows
            n_rows += 1
        out[index] = rows[place]
    return n_rows


@compiled
def _find_accounts(slots: Any, rows: Any, accounts: Any, out: Any) -> None:
    for index in range(accounts.size):
        place = place_of(slots, accounts[index])
        out[index] = rows[place] if slots[place] != 0 else -1


@compiled
def _add_rows(places: Any, added: Any, weights: Any, sums: Any, counts: Any) -> None:
    for index in range(places.size):
        row = places[index]
        if row < 0:
            continue
        counts[row] += weights[index]
        for part in range(added.shape[1]):
            value: Any = np.int64(sums[row, part]) + np.int64(added[index, part])
            sums[row, part] = min(max(value, -_HIGHEST), _HIGHEST)


@compiled
def _count_rows(places: Any, parts: Any, sums: Any, counts: Any) -> None:
    for index in range(places.size):
        counts[places[index]] += 1
        sums[places[index], parts[index]] += 1


@compiled
def _permute_rows(order: Any, sums: Any, counts: Any) -> None:
    """Bring row ``order[i]`` to place i, in place; ``order`` is used up."""
    for first in range(order.size):
        kept = sums[first].copy()
        kept_count = counts[first]
        place = first
        while order[place] >= 0:
            source = order[place]
            order[place] = -1
            if source == first:
                sums[place] = kept
                counts[place] = kept_count
            else:
                sums[place] = sums[source]
                counts[place] = counts[source]
            place = source


class Vectors:
    """Sum of the sketches of each account, and how many exchanges with text it sums.

    A component stops at 2^31 - 1 instead of overflowing: that takes four million exchanges of one
    account that are all alike; below it sums are exact in any order.
    """

    def __init__(self, dims: int = PROJECTION_DIMS, kind: type[np.integer[Any]] = np.int32) -> None:
        self._slots = np.zeros(FIRST_SLOTS, np.uint64)
        self._rows = np.zeros(FIRST_SLOTS, np.int32)
        self._sums = np.zeros((_FIRST_ROWS, dims), kind)
        self._counts = np.zeros(_FIRST_ROWS, np.int64)
        self._n_rows = 0

    def __len__(self) -> int:
        return self._n_rows

    def add(self, accounts: Hashes, sketch: npt.NDArray[np.int16], mask: Flags) -> None:
        """Add the sketches of the rows under ``mask`` to their accounts (never 0)."""
        places, once = self._rows_of(accounts, mask), np.ones(accounts.size, np.int64)
        _add_rows(places, sketch, once, self._sums, self._counts)

    def count(self, accounts: Hashes, part: npt.NDArray[np.uint8]) -> None:
        """Add 1 to one component of each row's account."""
        places = self._rows_of(accounts, np.ones(accounts.size, np.bool_))
        _count_rows(places, part, self._sums, self._counts)

    def counts_of(self, accounts: Hashes) -> npt.NDArray[np.int64]:
        """Return how many exchanges each row's account sums so far; 0 where it has none."""
        rows = np.empty(accounts.size, np.int64)
        _find_accounts(self._slots, self._rows, accounts, rows)
        return np.where(rows < 0, 0, self._counts[rows])

    def merge(self, other: "Vectors") -> None:
        """Add all that ``other`` has gathered; ``other`` keeps its numbers."""
        self.join(*other.table())

    def join(
        self, keys: Hashes, sums: npt.NDArray[np.int32], counts: npt.NDArray[np.int64]
    ) -> None:
        """Add a ``table`` of sums and counts."""
        places = self._rows_of(keys, np.ones(keys.size, np.bool_))
        _add_rows(places, sums, counts, self._sums, self._counts)

    def table(self) -> tuple[Hashes, npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Return accounts in ascending order, their sums [m, dims] and counts.

        The arrays are views that hold until the next ``add``: a million accounts take a gigabyte,
        which is not to be had twice.
        """
        used = np.flatnonzero(self._slots)
        used = used[np.argsort(self._slots[used])]
        order = self._rows[used].astype(np.int64)
        n = self._n_rows
        _permute_rows(order, self._sums[:n], self._counts[:n])
        self._rows[used] = np.arange(n, dtype=np.int32)
        return self._slots[used], self._sums[:n], self._counts[:n]

    def _rows_of(self, accounts: Hashes, mask: Flags) -> npt.NDArray[np.int32]:
        """Return the row of each account, a new one where it has none; -1 outside the mask."""
        self._slots, self._rows = make_room(self._slots, self._rows, self._n_rows + accounts.size)
        places = np.empty(accounts.size, np.int32)
        self._n_rows = _place_accounts(
            self._slots, self._rows, accounts, mask, self._n_rows, places
        )
        room = self._counts.size
        if self._n_rows > room:
            # Grown in place (the system moves pages, not bytes), so the sums never exist twice.
            wider = self._n_rows + self._n_rows // 8
            self._sums.resize((wider, self._sums.shape[1]), refcheck=False)
            self._counts.resize(wider, refcheck=False)
        return places


@dataclass(frozen=True, slots=True)
class Sampled:
    """A fair sample of exchanges in ascending order of their rank; row i is one exchange."""

    exchange: Hashes
    account: Hashes
    capability: npt.NDArray[np.uint8]
    elicitation: npt.NDArray[np.uint8]
    time_us: npt.NDArray[np.int64]
    n_turns: npt.NDArray[np.int32]
    text_bytes: npt.NDArray[np.int32]
    sketch: npt.NDArray[np.int16]


@compiled
def _rank(keys: Any, secret: np.uint64, out: Any) -> None:
    for row in range(keys.size):
        out[row] = mix(keys[row] ^ secret)


_MARKS_KEPT: Final = (
    "exchange", "account", "capability", "elicitation", "time_us", "n_turns", "text_bytes"
)  # fmt: skip


class Sample:
    """The ``size`` exchanges of lowest rank, a keyed hash of the exchange key.

    Which exchanges these are depends on the whole set alone, not on order or split. ``key`` is the
    operator's secret, so that nobody can write exchanges that are never sampled.
    """

    def __init__(self, key: bytes, size: int = SAMPLE_SIZE) -> None:
        self._size = size
        self._secret = derive_keys(key, _SAMPLE_DOMAIN, 1)[0]
        kinds = (np.uint64, np.uint64, np.uint64, np.uint8, np.uint8, np.int64, np.int32, np.int32)
        # One block of rows each: their ranks, what _MARKS_KEPT names, and sketches.
        self._blocks: list[list[npt.NDArray[Any]]] = [
            [*(np.zeros(0, kind) for kind in kinds), np.zeros((0, PROJECTION_DIMS), np.int16)]
        ]
        self._n_waiting = 0
        self._worst = np.uint64(2**64 - 1)

    def add(self, marked: Marked, mask: Flags) -> None:
        """Offer the exchanges under ``mask`` to the sample."""
        columns = [marked.marks.column(name).to_numpy() for name in _MARKS_KEPT]
        rank = np.empty(mask.size, np.uint64)
        _rank(columns[0], self._secret, rank)
        chosen = np.flatnonzero(mask & (rank <= self._worst))
        self._wait([column[chosen] for column in (rank, *columns, marked.sketch)])

    def merge(self, other: "Sample") -> None:
        """Offer all that ``other`` has kept; both must have one key and size."""
        self._wait(other._settle())

    def offer(self, sampled: Sampled) -> None:
        """Offer exchanges that another sample with this key has kept."""
        rank = np.empty(sampled.exchange.size, np.uint64)
        _rank(sampled.exchange, self._secret, rank)
        self._wait([rank, *(getattr(sampled, name) for name in Sampled.__slots__)])

    def next(self) -> "Sample":
        """Return an empty sample that keeps only what this one would take."""
        following = copy(self)
        following._blocks, following._n_waiting = [[c[:0] for c in self._settle()]], 0
        following._worst = self._worst
        return following

    def arrays(self) -> Sampled:
        """Return the sample; the same for the same exchanges however they came."""
        return Sampled(*self._settle()[1:])

    def _wait(self, rows: list[npt.NDArray[Any]]) -> None:
        self._blocks.append(rows)
        self._n_waiting += rows[0].size
        if self._n_waiting > self._size:
            self._settle()

    def _settle(self) -> list[npt.NDArray[Any]]:
        """Join the blocks into one, cut to size."""
        # Ranks are one to one with exchanges: unique ranks are unique exchanges, sorted.
        rank, order = np.unique(np.concatenate([b[0] for b in self._blocks]), return_index=True)
        order = order[: self._size]
        kept = [np.concatenate(parts)[order] for parts in zip(*self._blocks, strict=True)]
        if order.size == self._size:
            self._worst = rank[self._size - 1]
        self._blocks, self._n_waiting = [kept], 0
        return kept


class Names:
    """The readable names of accounts and models, each once."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._parts = [NAMES.empty_table()]

    def add(self, names: pa.Table) -> None:
        """Add a batch's names (``Marked.names``)."""
        new = self._seen.new(names.column("hash").to_numpy())
        if new.any():
            self._parts.append(names.filter(pa.array(new)))

    def merge(self, other: "Names") -> None:
        """Add all names of ``other``."""
        self.add(other.table())

    def table(self) -> pa.Table:
        """Return hash, kind ("account" or "model") and text, sorted by kind and hash."""
        whole = pa.concat_tables(self._parts)
        return whole.sort_by([("kind", "ascending"), ("hash", "ascending")])

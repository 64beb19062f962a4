"""What one task of a cluster does: a small run of its own over some rows, or a sum of parcels.

``part``, over the rows where they lie, does what a run on one machine does and sends what they add
up to; ``merge`` and ``finish`` add up what meets. Accounts meet by their hash, uses by account and
key together, so that neither a busy account nor a popular key comes to one task alone.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.engines.duckdb import DuckDB, open_duckdb
from stillhunt.engines.parcels import Parcel, cut, deal
from stillhunt.fingerprint.cells import Cells, Shelf
from stillhunt.fingerprint.fingerprints import HOURS_SQL, PART_USES_SQL, TOTALS_SQL
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.hashing import Hashes, hash_strings
from stillhunt.fingerprint.marks import EXCHANGE, Marker
from stillhunt.fingerprint.seen import Seen
from stillhunt.gathering import Tally
from stillhunt.ingest import Reading, Rejects, enriching
from stillhunt.records import N_CELLS
from stillhunt.settings import Settings
from stillhunt.spread import packing
from stillhunt.spread.deferred import Deferred
from stillhunt.spread.repeats import Repeats, deal_keys
from stillhunt.spread.sums import Sums
from stillhunt.tables import EXCHANGES

Arrive = Callable[[Reading], Iterator[pa.RecordBatch]]
"""What yields the rows of a part of the log, as a reading of it wants them."""

Reader = Callable[[Arrive], Iterable[Parcel]]
"""A task over a part of the log."""

_IDS: Final = pa.schema([EXCHANGES.field("exchange_id")])
_SAMPLE_PLACES: Final = 8
"""Places where the samples of parts meet before the last: none sees more than an eighth."""

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of one run. ``places`` is the number of places where parcels meet."""

    secret: bytes = field(repr=False)
    settings: Settings
    places: int

    def ids(self, arrive: Arrive) -> Iterator[Parcel]:
        """Send the keys of exchanges that have an id, and say how many have none."""
        parts = [np.zeros(0, np.uint64)]
        for rows in arrive(self._reading(_IDS, Deferred())):
            parts.append(hash_strings(rows.column("exchange_id"), self.secret, EXCHANGE))
        keys = np.concatenate(parts)
        if not keys.all():
            yield Parcel("unnamed", 0, pa.table({"n": [int((keys == 0).sum())]}))
        yield from deal_keys(keys[keys != 0], self.places)

    def keys(self, arrive: Arrive) -> Iterator[Parcel]:
        """Send the keys of all exchanges."""
        marker, parts = Marker(self.secret), [np.zeros(0, np.uint64)]
        with enriching(self.settings.ingest) as enrich:
            for rows in arrive(self._reading(EXCHANGES, Deferred())):
                parts.append(marker.exchanges(enrich(rows)))
        yield from deal_keys(np.concatenate(parts), self.places)

    def part(self, arrive: Arrive, repeats: Repeats | None) -> Iterator[Parcel]:
        """Send what some rows of the log add up to; those that may come twice, as marks."""
        deferred, marker = Deferred(), Marker(self.secret)
        reading = self._reading(EXCHANGES, deferred)
        with (
            self._engine() as engine,
            Shelf() as shelf,
            enriching(self.settings.ingest) as enrich,
        ):
            tally = self._tally(shelf)
            n_rows = 0
            for rows in arrive(reading):
                marked = marker.mark(enrich(rows))
                n_rows += rows.num_rows
                if repeats is not None:
                    key = marked.marks.column("exchange").to_numpy()
                    twice = repeats.of(key)
                    again = packing.pack_marks(marked.filter(twice))
                    yield from deal("twice", again, key[twice] % self.places)
                    marked = marked.filter(~twice)
                tally.add(marked, engine)
            yield from self._send(tally, engine)
        told = {"n_rows": n_rows, "unseen": bool(reading.unseen)}
        yield Parcel("told", 0, pa.Table.from_pylist([told]))
        yield from cut("rejected", deferred.table())

    def once(self, parcels: Iterable[Parcel]) -> Iterator[Parcel]:
        """Send what exchanges that may come twice add up to, each counted once.

        Of several with one key the earliest counts; of several as early, the one least by its
        other marks, so that no order of the rows decides.
        """
        parts = [packing.unpack_marks(parcel.rows) for parcel in parcels]
        with self._engine() as engine, Shelf() as shelf:
            tally = self._tally(shelf)
            if parts:
                tally.add(packing.first_of_each(parts), engine)
            yield from self._send(tally, engine)

    def merge(self, parcels: Iterable[Parcel]) -> Iterator[Parcel]:
        """Add up what comes from all parts for some places."""
        with self._engine() as engine, Shelf() as shelf:
            sums = Sums(engine, Vectors(), Sample(self.secret), Names(), shelf)
            for parcel in parcels:
                if not sums.add(parcel):
                    yield parcel
            sums.settle()
            yield from cut("hours", sums.hours())
            yield from cut("names", sums.names.table())
            yield from cut("vectors", packing.pack_vectors(sums.vectors))
            yield from sums.counted()
            yield from _dealt("totals", sums.totals(), self.places)
            yield from self._send_uses(sums)
            yield from cut("sample", packing.pack_sample(sums.sample), 2**20)

    def finish(self, parcels: Iterable[Parcel]) -> Iterator[Parcel]:
        """Add up what comes from all ``merge``."""
        with self._engine() as engine, Shelf() as shelf:
            sums = Sums(engine, Vectors(), Sample(self.secret), Names(), shelf)
            for parcel in parcels:
                sums.add(parcel)
            sums.settle()
            yield from cut("profiles", sums.profiles())
            yield from cut("shared", sums.shared_at_last())
            yield from cut("sample", packing.pack_sample(sums.sample))

    def _reading(self, schema: pa.Schema, rejects: Rejects) -> Reading:
        # A task has one core, and readers with processes of their own read all columns.
        settings = self.settings.ingest.model_copy(update={"workers": 1})
        return Reading(schema, settings, rejects, {"prompt"})

    def _engine(self) -> AbstractContextManager[DuckDB]:
        return open_duckdb(self.settings.engine.model_copy(update={"threads": 1}))

    def _tally(self, shelf: Shelf) -> Tally:
        return Tally(Seen(), Vectors(), Sample(self.secret), Names(), shelf)

    def _send(self, tally: Tally, engine: DuckDB) -> Iterator[Parcel]:
        yield from _dealt("names", tally.names.table(), self.places, "hash")
        tally.settle(engine)
        if not tally.n_rows:
            return
        for kind, query in (("hours", HOURS_SQL), ("totals", TOTALS_SQL), ("uses", PART_USES_SQL)):
            rows = engine.query(query)
            if kind == "uses":
                yield from deal(kind, rows, _meeting(rows, self.places))
            else:
                yield from _dealt(kind, rows, self.places)
        yield from _dealt("vectors", packing.pack_vectors(tally.vectors), self.places)
        account, _, n = tally.vectors.table()
        asked = np.concatenate(list(tally.shelf.counted(account, n)))
        yield from _dealt("shelf", packing.pack_asked(asked), self.places)
        sample = packing.pack_sample(tally.sample)
        if sample.num_rows:
            place = int(sample["exchange"][-1].as_py()) % _SAMPLE_PLACES
            yield Parcel("sample", place, sample)

    def _send_uses(self, sums: Sums) -> Iterator[Parcel]:
        """Send what uses tell of their accounts, and which of them link, as far as is known."""
        sums.split_uses()
        yield from _dealt("by_use", sums.by_use(), self.places)
        yield from cut("models", sums.models())
        yield from cut("shared", sums.shared())
        yield from _dealt("once", sums.once(), self.places, "key")


def count_cells(parcels: Iterable[Parcel], cells: Cells) -> Iterator[Parcel]:
    """Count the exchanges on parts of the shelf by account and cell."""
    sums = Vectors(N_CELLS)
    for parcel in parcels:
        asked = packing.unpack_asked(parcel.rows)
        sums.count(asked["account"], cells.of(asked))
    yield from cut("cells", packing.pack_vectors(sums))


def _dealt(kind: str, rows: pa.Table, places: int, key: str = "account") -> Iterator[Parcel]:
    if not rows.num_rows:
        return  # and perhaps no columns
    hashes: Hashes = rows[key].to_numpy()
    yield from deal(kind, rows, (hashes % np.uint64(places)).astype(np.int64))


def _meeting(uses: pa.Table, places: int) -> npt.NDArray[np.int64]:
    both = uses["account"].to_numpy() ^ (uses["key"].to_numpy() * _SPREAD)
    return np.asarray(((both >> np.uint64(20)) % np.uint64(places)).astype(np.int64))

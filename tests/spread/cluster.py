"""A cluster in this process: what Spark is asked to do, on lists."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from stillhunt.engines.parcels import Parcel, unpack
from stillhunt.ingest import read_arriving

TASKS = 3


@dataclass
class Ledger:
    """What was sent: rows by kind and place when dealt, and bytes by kind that came home."""

    dealt: Counter = field(default_factory=Counter)
    home: Counter = field(default_factory=Counter)


@dataclass
class Parcels:
    parts: list[list[Parcel]]
    ledger: Ledger

    def deal(self) -> "Parcels":
        met: list[list[Parcel]] = [[] for _ in range(TASKS)]
        # Backwards, because no order is promised.
        for parcel in reversed(list(itertools.chain(*self.parts))):
            met[parcel.place % TASKS].append(parcel)
            self.ledger.dealt[parcel.kind, parcel.place] += parcel.rows.num_rows
        return Parcels(met, self.ledger)

    def map(self, task) -> "Parcels":
        return Parcels([_sent(task(iter(part))) for part in self.parts], self.ledger)

    def only(self, *kinds: str) -> "Parcels":
        return Parcels([[p for p in part if p.kind in kinds] for part in self.parts], self.ledger)

    def without(self, *kinds: str) -> "Parcels":
        kept = [[p for p in part if p.kind not in kinds] for part in self.parts]
        return Parcels(kept, self.ledger)

    def and_those(self, others: "Parcels") -> "Parcels":
        return Parcels(self.parts + others.parts, self.ledger)

    def keep(self) -> "Parcels":
        return self

    def arrive(self) -> Iterator[Parcel]:
        for parcel in itertools.chain(*self.parts):
            self.ledger.home[parcel.kind] += len(parcel.body())
            yield parcel


@dataclass
class Rows:
    parts: list[pa.Table]
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def columns(self) -> list[str]:
        return self.parts[0].schema.names

    def map(self, read, columns=None) -> Parcels:
        tables = [part.select(columns or self.columns) for part in self.parts]
        return Parcels([_sent(read(arriving(table))) for table in tables], self.ledger)


def arriving(table: pa.Table):
    """Return what reads a table as it would come from Spark."""
    return partial(read_arriving, table.to_batches(max_chunksize=37), "the log")


def _sent(parcels: Iterable[Parcel]) -> list[Parcel]:
    return [unpack(p.kind, p.place, p.body()) for p in parcels]

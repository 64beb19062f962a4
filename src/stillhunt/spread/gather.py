"""The pass over a log on a cluster: what is asked of it, in which order, and what comes back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Protocol, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.blocks import Packed
from stillhunt.engines.duckdb import DuckDB
from stillhunt.engines.parcels import Parcel
from stillhunt.fingerprint.cells import Cells, learn, of_sample
from stillhunt.fingerprint.fingerprints import ACTIVITY_SQL
from stillhunt.fingerprint.gather import Names, Sample, Sampled, Vectors
from stillhunt.fingerprint.hashing import Hashes
from stillhunt.gathering import (
    Beside,
    Clock,
    HuntRequest,
    Log,
    arrivals_of,
    asked_ratio,
    read_beside,
    shared_uses_sql,
)
from stillhunt.ingest import Rejects, Source
from stillhunt.link.assemble import Gathered
from stillhunt.population import Index
from stillhunt.records import N_CELLS, PROJECTION_DIMS
from stillhunt.settings import Settings
from stillhunt.spread import packing
from stillhunt.spread.deferred import set_aside
from stillhunt.spread.repeats import Repeats, filter_of, find_repeats
from stillhunt.spread.tasks import Reader, Work, count_cells

Summed = tuple[Hashes, npt.NDArray[np.uint16], Index]
Task = Callable[[Iterator[Parcel]], Iterable[Parcel]]


class Parcels(Protocol):
    """Parcels wherever they are; nothing is done until they are asked to arrive."""

    def deal(self) -> Self:
        """Return them with all of one place in one task."""

    def map(self, task: Task) -> Self:
        """Return what a task makes of each part of them."""

    def only(self, *kinds: str) -> Self:
        """Return those of some kinds."""

    def without(self, *kinds: str) -> Self:
        """Return those of no such kind."""

    def and_those(self, others: Self) -> Self:
        """Return them and others."""

    def keep(self) -> Self:
        """Return them so that asking twice makes them once."""

    def arrive(self) -> Iterator[Parcel]:
        """Yield them here, one after the other."""


class FarRows(Protocol):
    """Exchanges wherever they lie: columns of the contract, or lines of JSON."""

    @property
    def columns(self) -> Sequence[str]:
        """Their columns."""

    def map(self, read: Reader, columns: Sequence[str] | None = None) -> Parcels:
        """Return what a task makes of each part of the rows, or of some columns of them."""


_LATER: Final = ("totals", "by_use", "once", "sample")
_HERE: Final = ("told", "hours", "names", "vectors", "shared", "models")


def gather(
    request: HuntRequest,
    settings: Settings,
    progress: Clock,
    rejects: Rejects,
    engine: DuckDB,
    log: tuple[Source, Sequence[FarRows], int],
) -> Log:
    """Return what a log adds up to, its rows read and added up where they are.

    ``log``: the source, its rows, and the number of places where parcels meet. ``engine`` keeps
    the uses of models.
    """
    source, tables, places = log
    beside = read_beside(request, settings, rejects)
    work = Work(request.secret, settings, places)
    with progress.stage("find repeats", None, "passes"):
        repeats = _find_repeats(work, tables)
    with progress.stage("read, mark and add up", None, "parcels") as stage:
        merged = _parts(work, tables, repeats).deal().map(work.merge).keep()
        arrived = Arrived(source, rejects, settings)
        for parcel in merged.only(*_HERE).arrive():
            arrived.take(parcel)
            stage.advance(1)
        arrived.set_aside(merged.only("rejected").arrive())
    with progress.stage("add up at last", None, "parcels") as stage:
        sample = Sample(request.secret)
        for parcel in merged.only(*_LATER).deal().map(work.finish).arrive():
            if parcel.kind == "sample":
                sample.offer(packing.unpack_sample(parcel.rows))
            else:
                arrived.take(parcel)
            stage.advance(1)
    with progress.stage("count cells", None, "passes"):
        cells = learn(sample.arrays(), settings.link.seed)
        counted = merged.only("shelf").map(partial(count_cells, cells=cells))
        counts = _summed(counted.arrive())
    found = arrived.log(beside, counts, sample.arrays(), cells, engine)
    engine.put("uses", arrived.models())
    return found


def _summed(parcels: Iterable[Parcel]) -> Summed:
    counts = Vectors(N_CELLS, np.uint16)
    for parcel in parcels:
        counts.join(*packing.unpack_vectors(parcel.rows))
    return counts.table()


def _find_repeats(work: Work, tables: Sequence[FarRows]) -> Repeats | None:
    """Return which exchanges may come twice.

    Where every exchange has an id, the column of ids tells, and no text is read twice.
    """
    if all("exchange_id" in rows.columns for rows in tables):
        keys = _joined([rows.map(work.ids, ["exchange_id"]) for rows in tables]).keep()
        if not any(True for _ in keys.only("unnamed").arrive()):
            return filter_of(keys.deal().map(find_repeats).arrive())
    keys = _joined([rows.map(work.keys) for rows in tables])
    return filter_of(keys.deal().map(find_repeats).arrive())


def _parts(work: Work, tables: Sequence[FarRows], repeats: Repeats | None) -> Parcels:
    """Return what the parts of the log add up to, every exchange counted once."""
    parts = _joined([rows.map(partial(work.part, repeats=repeats)) for rows in tables])
    if repeats is None:
        return parts
    parts = parts.keep()
    return parts.without("twice").and_those(parts.only("twice").deal().map(work.once))


def _joined(parts: Sequence[Parcels]) -> Parcels:
    first, *others = parts
    for other in others:
        first = first.and_those(other)
    return first


class Arrived:
    """What has come back from the cluster."""

    def __init__(self, source: Source, rejects: Rejects, settings: Settings) -> None:
        self._source, self._rejects, self._settings = source, rejects, settings
        self._tables: defaultdict[str, list[pa.Table]] = defaultdict(list)
        self._vectors, self._names = Vectors(PROJECTION_DIMS), Names()

    def take(self, parcel: Parcel) -> None:
        """Put a parcel where it belongs."""
        if parcel.kind == "vectors":
            self._vectors.join(*packing.unpack_vectors(parcel.rows))
        elif parcel.kind == "names":
            self._names.add(parcel.rows)
        else:
            self._tables[parcel.kind].append(parcel.rows)

    def set_aside(self, parcels: Iterable[Parcel]) -> None:
        """Write what was set aside; InputError as soon as it is too much, or nothing is left."""
        told = pa.concat_tables(self._tables["told"])
        self.n_rows = int(sum(told["n_rows"].to_pylist()))
        unseen = {"prompt"} if all(told["unseen"].to_pylist()) else set()
        for parcel in parcels:
            set_aside(parcel, self._rejects)
            self._source.check(self.n_rows, self._rejects, unseen)
        self._rejects.settle(self.n_rows + self._rejects.n_rejected, self._source.n_bytes)
        self._source.check(self.n_rows, self._rejects, unseen)

    def models(self) -> pa.Table:
        """Return the uses of models, without those that came once in the whole log."""
        uses = self._table("models")
        n = uses.group_by("key").aggregate([("n", "sum")])
        often = n.filter(pc.greater(n["n_sum"], 1))["key"]
        return uses.filter(pc.is_in(uses["key"], value_set=often.combine_chunks()))

    def log(
        self, beside: Beside, counts: Summed, sample: Sampled, cells: Cells, engine: DuckDB
    ) -> Log:
        """Return what all exchanges add up to."""
        engine.put("hours", self._table("hours"))
        names = self._names.table()
        is_account = pc.equal(names["kind"], "account")
        keys, sums, n_text = self._vectors.table()
        gathered = Gathered(
            profiles=self._table("profiles"),
            hours=engine.query(ACTIVITY_SQL),
            uses=self._uses(engine),
            names=names.filter(is_account),
            accounts=beside.accounts,
            vectors=(keys, Packed.of(sums), n_text),
            cells=counts,
            sample=(sample.account, cells.of(of_sample(sample)), sample.sketch),
            present=self._source.present,
        )
        models = names.filter(pc.invert(is_account))
        arrivals = arrivals_of(beside.events, engine)
        return Log(gathered, models, beside.events, arrivals, self.n_rows)

    def _uses(self, engine: DuckDB) -> pa.Table:
        """Return the uses that link: what places know as shared, of phrases the habits."""
        engine.put("uses", self._table("shared"))
        engine.put("totals", self._table("profiles").select(["account", "exchanges"]))
        found = engine.query(shared_uses_sql(asked_ratio(self._settings)))
        engine.drop("uses")
        engine.drop("totals")
        return found

    def _table(self, kind: str) -> pa.Table:
        return pa.concat_tables(self._tables[kind] or [_EMPTY])


_EMPTY: Final = pa.schema(
    [("account", pa.uint64()), ("kind", pa.string()), ("key", pa.uint64()), ("n", pa.int64())]
).empty_table()

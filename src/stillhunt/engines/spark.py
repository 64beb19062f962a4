"""Spark: the only place that knows PySpark, and all that it is asked to do.

Spark moves bytes, starts tasks again where machines fail, and reads what only it can find. What is
in the bytes it does not know: tasks take Arrow batches, and give and take parcels. No exchange is
sent over the network, kept or collected; parcels hold keyed hashes and counts.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa

from stillhunt.engines.parcels import Parcel, unpack
from stillhunt.errors import EngineError, InputError, StillhuntError

_SCHEMA: Final = "place int, kind string, body binary"
_ARROW: Final = pa.schema([("place", pa.int32()), ("kind", pa.string()), ("body", pa.binary())])
_SETTINGS: Final = {
    # Nanoseconds as numbers, whose unit their size tells: Spark's own times are microseconds.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.session.timeZone": "UTC",
}
_QUIET: Final[dict[str, bool | float | int | str | None]] = {
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
}
_SEND_BYTES: Final = 2**22
"""Bytes of parcels that a task hands over at a time."""

_PLACES_PER_PARTITION: Final = 2
"""More places than partitions, so that partitions hold several and are more alike."""

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True, slots=True)
class SparkParcels:
    """Parcels in a data frame of place, kind and body."""

    frame: Any

    def deal(self) -> "SparkParcels":
        """Return them with all of one place in one task."""
        return SparkParcels(self.frame.repartition("place"))

    def map(self, task: Callable[[Iterator[Parcel]], Iterable[Parcel]]) -> "SparkParcels":
        """Return what a task makes of each part of them."""

        def run(batches: Batches) -> Batches:
            return _sent(task(_parcels(batches)))

        return SparkParcels(self.frame.mapInArrow(run, _SCHEMA))

    def only(self, *kinds: str) -> "SparkParcels":
        """Return those of some kinds."""
        return SparkParcels(self.frame.filter(self.frame["kind"].isin(*kinds)))

    def without(self, *kinds: str) -> "SparkParcels":
        """Return those of no such kind."""
        return SparkParcels(self.frame.filter(~self.frame["kind"].isin(*kinds)))

    def and_those(self, others: "SparkParcels") -> "SparkParcels":
        """Return them and others."""
        return SparkParcels(self.frame.unionAll(others.frame))

    def keep(self) -> "SparkParcels":
        """Return them so that asking twice makes them once: on the disks of the executors."""
        from pyspark import StorageLevel  # noqa: PLC0415 - an extra

        return SparkParcels(self.frame.persist(StorageLevel.DISK_ONLY))

    def arrive(self) -> Iterator[Parcel]:
        """Yield them here, a partition at a time."""
        with _spoken():
            for row in self.frame.toLocalIterator(prefetchPartitions=True):
                yield unpack(row["kind"], row["place"], row["body"])


@dataclass(frozen=True, slots=True)
class SparkRows:
    """Exchanges in a data frame: columns of the contract, or lines of JSON."""

    frame: Any

    @property
    def schema(self) -> pa.Schema:
        """Their columns and types."""
        return self.first(0).schema

    @property
    def columns(self) -> Sequence[str]:
        """Their columns."""
        return tuple(self.frame.columns)

    def map(
        self, read: Callable[[Batches], Iterable[Parcel]], columns: Sequence[str] | None = None
    ) -> SparkParcels:
        """Return what a task makes of each part of the rows, or of some columns of them."""

        def run(batches: Batches) -> Batches:
            return _sent(read(batches))

        frame = self.frame if columns is None else self.frame.select(*columns)
        return SparkParcels(frame.mapInArrow(run, _SCHEMA))

    def first(self, n_rows: int) -> pa.Table:
        """Return a few rows; InputError when there is nothing to read."""
        with _spoken():
            return self.frame.limit(n_rows).toArrow()

    def select(self, columns: Sequence[str], beside: Sequence[tuple[str, str]] = ()) -> "SparkRows":
        """Return some columns, and others by expression under names of their own."""
        others = [f"{expression} AS {name}" for name, expression in beside]
        return SparkRows(self.frame.selectExpr(*(f"`{name}`" for name in columns), *others))


@dataclass(frozen=True, slots=True)
class Spark:
    """A Spark session."""

    session: Any

    @property
    def places(self) -> int:
        """The number of places where parcels meet, by ``spark.sql.shuffle.partitions``."""
        return _PLACES_PER_PARTITION * int(self.session.conf.get("spark.sql.shuffle.partitions"))

    @property
    def cores(self) -> int:
        """The number of tasks that run at a time, as far as Spark knows when it starts."""
        return int(self.session.sparkContext.defaultParallelism)

    def numbers(self, n: int) -> SparkRows:
        """Return the numbers from 0 to n - 1 in the column ``id``, each for a task of its own."""
        return SparkRows(self.session.range(0, n, 1, n))

    def files(self, paths: Sequence[str], form: Literal["parquet", "json"]) -> SparkRows:
        """Return the rows of files, folders or globs that Spark can reach; JSON as lines."""
        reader = self.session.read.option("recursiveFileLookup", "true")
        with _spoken():
            if form == "json":
                return SparkRows(reader.option("lineSep", "\n").text(list(paths)))
            return SparkRows(reader.option("mergeSchema", "true").parquet(*paths))

    def table(self, name: str) -> SparkRows:
        """Return the rows of a table that a catalogue of Spark knows: Delta, Iceberg, Hive."""
        with _spoken():
            return SparkRows(self.session.table(name))


@contextmanager
def open_spark() -> Iterator[Spark]:
    """Yield the session of ``spark-submit``, or one of our own that stops with the context.

    Our own runs on ``local[*]`` where no configuration says otherwise. InputError when PySpark or
    Java is not there.
    """
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "--engine spark needs PySpark; it is not installed. Run pip install 'stillhunt[spark]'."
        ) from error
    before = SparkSession.getActiveSession()
    # Tasks run in the Python of this process unless Spark was told another.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # A JVM of our own lives for minutes and passes parcels on: compiling it well costs more.
    os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1")
    builder = SparkSession.builder.appName("stillhunt").config(map=_QUIET)
    try:
        session = before or builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise InputError(
            "--engine spark needs a Spark that starts, and Java 17 for it; it did not start "
            f"({type(error).__name__}). Check JAVA_HOME, and SPARK_HOME where it is set."
        ) from error
    kept = {name: session.conf.get(name, None) for name in _SETTINGS}
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    try:
        yield Spark(session)
    finally:
        session.catalog.clearCache()
        for name, own in kept.items():
            session.conf.unset(name) if own is None else session.conf.set(name, own)
        if before is None:
            session.stop()


def _parcels(batches: Iterable[pa.RecordBatch]) -> Iterator[Parcel]:
    for batch in batches:
        places, kinds, bodies = (batch.column(name) for name in ("place", "kind", "body"))
        for place, kind, body in zip(places, kinds, bodies, strict=True):
            yield unpack(kind.as_py(), place.as_py(), body.as_buffer())


def _sent(parcels: Iterable[Parcel]) -> Batches:
    """Yield parcels as batches of a bounded size; a fault leaves without its message."""
    waiting: list[tuple[int, str, bytes]] = []
    n_bytes = 0
    try:
        for parcel in parcels:
            waiting.append((parcel.place, parcel.kind, parcel.body()))
            n_bytes += len(waiting[-1][2])
            if n_bytes >= _SEND_BYTES:
                yield _batch(waiting)
                waiting, n_bytes = [], 0
    except StillhuntError:
        raise
    except Exception as error:  # noqa: BLE001 - a door: Spark logs what leaves here
        # Its message may quote a log, and Spark would write it into logs of its own.
        raise EngineError(f"a task failed with {type(error).__name__}") from None
    if waiting:
        yield _batch(waiting)


def _batch(parcels: list[tuple[int, str, bytes]]) -> pa.RecordBatch:
    columns = [
        pa.array(values, kind)
        for values, kind in zip(zip(*parcels, strict=True), _ARROW.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_ARROW)


@contextmanager
def _spoken() -> Iterator[None]:
    """Say in our words what Spark says in its own, without what it may quote."""
    from pyspark.errors import AnalysisException, PySparkException  # noqa: PLC0415 - an extra

    try:
        yield
    except AnalysisException as error:
        raise InputError(
            "something that Spark can read was wanted: files, or a table of its catalogue; got "
            f"{error.getCondition() or 'none'}. Check the name."
        ) from error
    except PySparkException as error:
        raise EngineError(
            f"Spark gave up ({error.getCondition() or type(error).__name__}); its log says where. "
            "Earlier verdicts are untouched."
        ) from error

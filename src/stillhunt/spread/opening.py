"""From the name of a log to its rows on Spark."""

import glob
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa

from stillhunt.engines.parcels import Parcel
from stillhunt.engines.spark import Spark, SparkParcels, SparkRows
from stillhunt.ingest import (
    FILE,
    LINE,
    ROW,
    Block,
    Part,
    Reading,
    Source,
    check_columns,
    columns_of,
    describe_exchanges,
    open_exchanges,
    parts_of,
    read_arriving,
    read_part,
)
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.paths import SourceFile
from stillhunt.settings import IngestSettings
from stillhunt.spread.tasks import Reader
from stillhunt.tables import EXCHANGES

_JSON: Final = (".jsonl", ".ndjson", ".json")
_ENDINGS: Final = (*_JSON, ".parquet", ".csv", ".binpb", ".pb", ".gz", ".zst")
_PEEK_ROWS: Final = 256
_WHERE: Final = ((FILE, "_metadata.file_path"), (ROW, "_metadata.row_index"))
_PART_BYTES: Final = 2**28

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True, slots=True)
class Arriving:
    """Rows that Spark reads and hands to the tasks."""

    rows: SparkRows
    name: str

    @property
    def columns(self) -> Sequence[str]:
        """Their columns."""
        return self.rows.columns

    def map(self, read: Reader, columns: Sequence[str] | None = None) -> SparkParcels:
        """Return what a task makes of each part of the rows, or of some columns of them."""
        return self.rows.map(partial(_over, read, read_arriving, self.name), columns)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that tasks open themselves, by the same readers as on one machine.

    Through Spark's reader, each value would become a column's, a row's and Arrow's on its way.
    """

    numbers: SparkRows
    parts: Sequence[Part]
    columns: Sequence[str]

    def map(self, read: Reader, columns: Sequence[str] | None = None) -> SparkParcels:
        """Return what a task makes of each part; which columns, its reading tells."""
        return self.numbers.map(partial(_over, read, _read_parts, self.parts))


# What tasks are sent must not hold a frame of Spark's, as a method's own object would.
def _over(
    read: Reader, how: Callable[..., Batches], what: object, batches: Batches
) -> Iterable[Parcel]:
    return read(partial(how, batches, what))


def _read_parts(batches: Batches, parts: Sequence[Part], reading: Reading) -> Batches:
    for batch in batches:
        for number in batch.column("id").to_pylist():
            yield from read_part(parts[number], reading)


def open_log(
    spark: Spark, name: str, settings: IngestSettings
) -> tuple[Source, Sequence[Arriving | Files]]:
    """Return the source of exchanges called ``name`` and its rows.

    A name with a scheme (``s3a://``, ``hdfs://``) is what Spark finds there: JSON Lines where it
    ends so, else Parquet. Any other is files of this machine's disk, which every executor must
    see, or, where there are none and it looks like one, a table of Spark's catalogue. Large files
    of plain JSON Lines are left to Spark, which can cut them. InputError as of reading files.
    """
    if "://" in name:
        return _open_far(spark, name, settings)
    if _may_be_table(name):
        rows = spark.table(name)
        return describe_exchanges(name, _checked(name, rows), settings), [_ours(name, rows)]
    source = open_exchanges(name, settings)
    long = [_is_long(*pair) for pair in zip(source.files, source.formats, strict=True)]
    part_bytes = min(_PART_BYTES, source.n_bytes // spark.cores + 1)
    parts = tuple(parts_of(_those(source, [not is_long for is_long in long]), part_bytes))
    tables: list[Arriving | Files] = []
    if parts:
        tables.append(Files(spark.numbers(len(parts)), parts, tuple(source.columns)))
    if any(long):
        paths = [Path(file.path).as_uri() for file in _those(source, long).files]
        tables.append(Arriving(spark.files(paths, "json"), name))
    return source, tables


def _is_long(file: SourceFile, form: Format | None) -> bool:
    is_lines = form is None and file.format == "json" and file.codec is None
    return is_lines and file.n_bytes > _PART_BYTES


def _those(source: Source, mask: Sequence[bool]) -> Source:
    """Return some files of a source, by paths that lead there from any folder."""
    files = tuple(
        replace(file, path=str(Path(file.path).absolute()))
        for file in itertools.compress(source.files, mask)
    )
    return replace(source, files=files, formats=tuple(itertools.compress(source.formats, mask)))


def _may_be_table(name: str) -> bool:
    is_path = "/" in name or glob.has_magic(name) or name.lower().endswith(_ENDINGS)
    return not (is_path or Path(name).exists())


def _open_far(
    spark: Spark, name: str, settings: IngestSettings
) -> tuple[Source, Sequence[Arriving]]:
    if name.lower().removesuffix(".gz").removesuffix(".zst").endswith(_JSON):
        lines = spark.files([name], "json")
        columns = columns_of(_block(lines.first(_PEEK_ROWS)))
        return describe_exchanges(name, columns, settings), [Arriving(lines, name)]
    rows = spark.files([name], "parquet")
    source = describe_exchanges(name, _checked(name, rows), settings)
    return source, [_ours(name, rows, is_file=True)]


def _block(lines: pa.Table) -> Block:
    few = lines[LINE].cast(pa.binary()).to_pylist()
    return Block(b"\n".join(few), range(len(few)))


def _checked(name: str, rows: SparkRows) -> frozenset[str]:
    check_columns(name, rows.schema, EXCHANGES)
    return frozenset(rows.columns)


def _ours(name: str, rows: SparkRows, *, is_file: bool = False) -> Arriving:
    """Return the columns of the contract, and where each row stands if that can be known."""
    columns = [column for column in rows.columns if column in EXCHANGES.names]
    return Arriving(rows.select(columns, _WHERE if is_file else ()), name)

"""From the name of a log to its rows on Spark."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from stillhunt.engines.spark import Spark, SparkRows
from stillhunt.ingest import (
    FILE,
    LINE,
    ROW,
    Block,
    Source,
    check_columns,
    columns_of,
    describe_exchanges,
    open_exchanges,
)
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

_JSON: Final = (".jsonl", ".ndjson", ".json")
_ENDINGS: Final = (*_JSON, ".parquet", ".gz", ".zst")
_PEEK_ROWS: Final = 256
_WHERE: Final = ((FILE, "_metadata.file_path"), (ROW, "_metadata.row_index"))


def open_log(
    spark: Spark, name: str, settings: IngestSettings
) -> tuple[Source, Sequence[SparkRows]]:
    """Return the source of exchanges called ``name`` and its rows.

    A name with a scheme (``s3a://``, ``hdfs://``) is what Spark finds there: JSON Lines where it
    ends so, else Parquet. Any other is files of this machine's disk, which every executor must
    see, or, where there are none and it looks like one, a table of Spark's catalogue. InputError as
    of reading files.
    """
    if "://" in name:
        return _open_far(spark, name, settings)
    if _may_be_table(name):
        rows = spark.table(name)
        return describe_exchanges(name, _checked(name, rows), settings), [_ours(rows)]
    source = open_exchanges(name, settings)
    tables = []
    for form in ("parquet", "json"):
        paths = [Path(f.path).absolute().as_uri() for f in source.files if f.format == form]
        if paths and form == "parquet":
            tables.append(_ours(spark.files(paths, "parquet"), is_file=True))
        elif paths:
            tables.append(spark.files(paths, "json"))
    return source, tables


def _may_be_table(name: str) -> bool:
    is_path = "/" in name or glob.has_magic(name) or name.lower().endswith(_ENDINGS)
    return not (is_path or Path(name).exists())


def _open_far(
    spark: Spark, name: str, settings: IngestSettings
) -> tuple[Source, Sequence[SparkRows]]:
    if name.lower().removesuffix(".gz").removesuffix(".zst").endswith(_JSON):
        lines = spark.files([name], "json")
        columns = columns_of(_block(lines.first(_PEEK_ROWS)))
        return describe_exchanges(name, columns, settings), [lines]
    rows = spark.files([name], "parquet")
    source = describe_exchanges(name, _checked(name, rows), settings)
    return source, [_ours(rows, is_file=True)]


def _block(lines: pa.Table) -> Block:
    few = lines[LINE].cast(pa.binary()).to_pylist()
    return Block(b"\n".join(few), range(len(few)))


def _checked(name: str, rows: SparkRows) -> frozenset[str]:
    check_columns(name, rows.schema, EXCHANGES)
    return frozenset(rows.columns)


def _ours(rows: SparkRows, *, is_file: bool = False) -> SparkRows:
    """Return the columns of the contract, and where each row stands if that can be known."""
    columns = [name for name in rows.columns if name in EXCHANGES.names]
    return rows.select(columns, _WHERE if is_file else ())

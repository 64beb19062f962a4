"""Parquet files, a bounded batch at a time."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillhunt.errors import InputError
from stillhunt.ingest.columns import is_readable_as, screen
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.streams import vanished
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

_LONG_TEXTS: Final = ("prompt", "system", "response")
_PAGE_BUFFER_BYTES: Final = 2**20
_SAMPLE_ROWS: Final = 256
_UNREADABLE: Final = "the Parquet file is cut, damaged or not Parquet"
_DAMAGE: Final = (pa.ArrowException, OSError, UnicodeDecodeError)
_DAMAGED: Final = "the Parquet file is damaged from this row on; the rest is lost"


class UnreadableError(InputError):
    """The file is no Parquet file from its footer on; a source of many files goes on without it."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a Parquet file says of itself: the contract's columns in it, and its rows."""

    columns: frozenset[str]
    n_rows: int


def read_footer(file: SourceFile, schema: pa.Schema) -> Footer:
    """Return what ``file`` holds of ``schema``.

    InputError when a column comes twice or has a type that cannot hold what is wanted;
    UnreadableError when there is no footer to read.
    """
    with _open(file, is_for_rows=False) as parquet:
        came = parquet.schema_arrow
        check_columns(file.path, came, schema)
        return Footer(frozenset(came.names), parquet.metadata.num_rows)


def check_columns(name: str, came: pa.Schema, schema: pa.Schema) -> None:
    """Raise InputError when ``came`` has a column of ``schema`` twice or of another type."""
    counts = Counter(came.names)
    for field in schema:
        if counts[field.name] > 1:
            raise InputError(
                f"{name}: one column {field.name!r} was wanted; "
                f"came {counts[field.name]}. Rename or drop the others."
            )
        if counts[field.name] and not is_readable_as(field, came.field(field.name).type):
            raise InputError(
                f"{name}: column {field.name!r} must hold {field.type}; "
                f"came {_type_name(came.field(field.name).type)}. Convert the column."
            )


def read_parquet(file: SourceFile, reading: Reading) -> Iterator[Piece]:
    """Yield the rows of ``file``; what cannot be read goes to the reading's rejects."""
    n_done = n_rows = 0
    try:
        with _open(file, is_for_rows=True) as parquet:
            n_done, n_rows = _bounds(parquet.metadata, file.groups)
            names = [name for name in parquet.schema_arrow.names if name in reading.schema.names]
            n_batch = _batch_rows(parquet, reading.settings)
            for batch in parquet.iter_batches(n_batch, file.groups, columns=names):
                for part in _split(batch, reading.settings.batch_bytes):
                    rows = _screen(file, part, n_done, reading)
                    n_done += part.num_rows
                    yield Piece(rows, file.n_bytes * n_done // n_rows)
    except UnreadableError:
        reading.rejects.lose(Rejection(file.path, 0, _UNREADABLE), file.n_bytes)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise vanished(file.path, error) from error
        reading.rejects.add(Rejection(file.path, n_done + 1, _DAMAGED), max(1, n_rows - n_done))


def divide(file: SourceFile, n_bytes: int) -> Iterator[SourceFile]:
    """Yield parts of ``file``, of row groups and about ``n_bytes`` each; all of it if damaged."""
    try:
        with _open(file, is_for_rows=False) as parquet:
            metadata = parquet.metadata
            sizes = [metadata.row_group(g).total_byte_size for g in range(metadata.num_row_groups)]
    except UnreadableError:
        sizes = []
    # Sizes are of what is decompressed; on disk each group has its share of the file. A group goes
    # where its middle lies.
    ends = np.cumsum(sizes) * (file.n_bytes / max(sum(sizes), 1))
    middles = ends - np.diff(ends, prepend=0) / 2
    part_bytes = file.n_bytes / max(1, round(file.n_bytes / n_bytes))
    _, starts = np.unique(middles // part_bytes, return_index=True)
    for start, stop in itertools.pairwise([*starts.tolist(), len(sizes)]):
        n_part = int(ends[stop - 1] - (ends[start - 1] if start else 0))
        yield replace(file, n_bytes=n_part, groups=range(start, stop))
    if not sizes:
        yield file


def _bounds(metadata: pq.FileMetaData, groups: range | None) -> tuple[int, int]:
    """Return the rows before the first and up to the last of some row groups."""
    if groups is None:
        return 0, metadata.num_rows
    sizes = [metadata.row_group(group).num_rows for group in range(groups.stop)]
    return sum(sizes[: groups.start]), sum(sizes)


def _open(file: SourceFile, *, is_for_rows: bool) -> pq.ParquetFile:
    try:
        parquet = _parquet_file(file, ())
        repeated = _repeated_texts(parquet) if is_for_rows else ()
        if repeated:
            parquet.close()
            parquet = _parquet_file(file, repeated)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise vanished(file.path, error) from error
        raise UnreadableError(
            f"{file.path}: a whole Parquet file was wanted; its footer cannot be read. "
            "Write the file again."
        ) from error
    return parquet


def _parquet_file(file: SourceFile, dictionary: tuple[str, ...]) -> pq.ParquetFile:
    return pq.ParquetFile(
        file.path,
        read_dictionary=list(dictionary),
        # Column chunks are read page by page, so that a large row group takes no large memory.
        buffer_size=_PAGE_BUFFER_BYTES,
        coerce_int96_timestamp_unit="us",
    )


def _repeated_texts(parquet: pq.ParquetFile) -> tuple[str, ...]:
    """Return the long texts whose values repeat so much that they are small only on disk.

    A system prompt of 50 kB in every row is one value on disk and gigabytes written out. Such a
    column is read as a dictionary, and written out no further than a batch may hold. System
    prompts always are; others when the first rows are longer than the file has bytes for.
    """
    names = [name for name in _LONG_TEXTS if name in parquet.schema_arrow.names]
    row_bytes = max(_row_bytes(parquet), default=1.0)
    repeated = {"system"} & set(names)
    try:
        for sample in itertools.islice(parquet.iter_batches(_SAMPLE_ROWS, columns=names), 1):
            sizes = {name: _text_sizes(sample.column(name)) for name in names}
            repeated |= {name for name in names if sizes[name].sum() > row_bytes * len(sample)}
    except _DAMAGE:
        # Found again, and set aside, where the rows are read.
        pass
    return tuple(sorted(repeated))


def _row_bytes(parquet: pq.ParquetFile) -> list[float]:
    """Return the bytes a row as encoded, decompressed, by row group.

    From the row groups alone: asking for one of their columns ends the whole process when the
    file is damaged there.
    """
    metadata = parquet.metadata
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    return [group.total_byte_size / group.num_rows for group in groups if group.num_rows > 0]


def _batch_rows(parquet: pq.ParquetFile, settings: IngestSettings) -> int:
    fits = (settings.batch_bytes / n_bytes for n_bytes in _row_bytes(parquet) if n_bytes > 0)
    return max(1, min(settings.batch_rows, int(min(fits, default=settings.batch_rows))))


def _split(batch: pa.RecordBatch, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """Yield parts of ``batch`` whose long texts, written out, hold about ``max_bytes``."""
    sizes = np.zeros(batch.num_rows, dtype=np.int64)
    for name in _LONG_TEXTS:
        if name in batch.schema.names:
            sizes += _text_sizes(batch.column(name))
    ends = np.cumsum(sizes)
    start = 0
    while start < batch.num_rows:
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + max_bytes, side="right")))
        yield batch.slice(start, end - start)
        start = end


def _text_sizes(array: pa.Array) -> npt.NDArray[np.int64]:
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int64)
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary).take(array.indices)
    else:
        lengths = pc.binary_length(array)
    sizes: npt.NDArray[np.int64] = pc.fill_null(lengths.cast(pa.int64()), 0).to_numpy()
    return sizes


def _screen(
    file: SourceFile, batch: pa.RecordBatch, n_before: int, reading: Reading
) -> pa.RecordBatch:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    limit = reading.settings.max_text_bytes
    screened = screen(columns, batch.num_rows, reading.schema, limit)
    for row in sorted(screened.faults):
        number = n_before + row + 1
        reading.rejects.add(Rejection(file.path, number, screened.faults[row]))
    return screened.rows


def _type_name(came: pa.DataType) -> str:
    return str(came) if len(str(came)) < 60 else f"{str(came)[:60]}…"

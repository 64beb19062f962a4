"""CSV files, and tables of any kind whose rows are records of some format.

A row of a table in a known format, or under a map, is read through its JSON: that is slower than
columns at a time, and the same as in a log of lines. CSV in the contract's own columns stays
columns throughout.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from stillhunt.errors import InputError
from stillhunt.ingest.columns import screen
from stillhunt.ingest.decode import read_frames
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.frames import OK, Frames
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.streams import vanished
from stillhunt.ingest.times import Mask
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings
from stillhunt.tables import TIME

_PEEK_ROWS: Final = 64
_ROWS: Final = 2_048
_NUMBER: Final = r"^\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*$"
_DAMAGE: Final = (pa.ArrowException, OSError, UnicodeDecodeError)
_BROKEN: Final = "the table is cut or damaged from here on; the rest is lost"
_CELLS: Final = "a row with more or fewer cells than the header"


def peek_rows(file: SourceFile, settings: IngestSettings) -> list[dict[str, Any]]:
    """Return the first rows of a CSV or Parquet file, at most 64; none where it is damaged."""
    try:
        with _batches(file, settings, []) as batches:
            for batch in batches:
                rows: list[dict[str, Any]] = _plain(batch.slice(0, _PEEK_ROWS))
                return rows
    except _DAMAGE:
        pass
    return []


def peek_names(file: SourceFile, settings: IngestSettings) -> frozenset[str]:
    """Return the columns of a CSV file; InputError where it has none that can be read."""
    try:
        with _csv(file, settings, []) as reader:
            return frozenset(reader.schema.names)
    except _DAMAGE as error:
        raise InputError(
            f"{file.path}: CSV with names in its first row was wanted; it cannot be read. "
            "Write the file again."
        ) from error


def read_flat(file: SourceFile, reading: Reading, form: Format | None) -> Iterator[Piece]:
    """Yield the rows of a table: of CSV in the contract's columns, or of ``form``."""
    if form is not None:
        reading.unseen -= form.columns
    n_done, lost = 0, list[int]()
    try:
        with _batches(file, reading.settings, lost) as batches:
            for batch in batches:
                rows = (
                    _screen(file, batch, n_done, reading)
                    if form is None
                    else read_frames(file.path, _frames(batch, n_done), reading, form)
                )
                n_done += batch.num_rows
                yield Piece(rows, file.n_bytes)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise vanished(file.path, error) from error
        reading.rejects.lose(Rejection(file.path, n_done + 1, _BROKEN), file.n_bytes // 2)
    for number in lost:
        reading.rejects.add(Rejection(file.path, number, _CELLS))


@contextmanager
def _batches(
    file: SourceFile, settings: IngestSettings, lost: list[int]
) -> Iterator[Iterator[pa.RecordBatch]]:
    if file.format == "parquet":
        with pq.ParquetFile(file.path) as parquet:
            yield parquet.iter_batches(_ROWS)
    else:
        with _csv(file, settings, lost) as reader:
            yield iter(reader)


@contextmanager
def _csv(file: SourceFile, settings: IngestSettings, lost: list[int]) -> Iterator[Any]:
    """Open a CSV file, all of whose columns are text; rows of a wrong length go to ``lost``."""

    def skip(row: Any) -> str:
        lost.append(row.number or 0)
        return "skip"

    read = pa.csv.ReadOptions(block_size=settings.chunk_bytes, use_threads=False)
    parse = pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip)
    with pa.input_stream(file.path, compression=file.codec) as stream:
        names = pa.csv.open_csv(stream, read_options=read, parse_options=parse).schema.names
    lost.clear()
    convert = pa.csv.ConvertOptions(
        check_utf8=False,
        column_types={name: pa.binary() for name in names},
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=True,
    )
    with (
        pa.input_stream(file.path, compression=file.codec) as stream,
        pa.csv.open_csv(stream, read, parse, convert) as reader,
    ):
        yield reader


def _screen(
    file: SourceFile, batch: pa.RecordBatch, n_before: int, reading: Reading
) -> pa.RecordBatch:
    columns, faults = {}, dict[int, str]()
    for field in reading.schema:
        if batch.schema.get_field_index(field.name) < 0:
            continue
        columns[field.name], bad = _parse(field, batch.column(field.name))
        for row in np.flatnonzero(bad):
            faults.setdefault(int(row), f"{field.name} must be {_wanted(field)}")
    limit = reading.settings.max_text_bytes
    screened = screen(columns, batch.num_rows, reading.schema, limit)
    rows = screened.rows
    kept = np.array([row for row in range(batch.num_rows) if row not in screened.faults], np.int64)
    if faults:
        rows = rows.filter(pa.array(~np.isin(kept, list(faults))))
    for number, reason in sorted((faults | screened.faults).items()):
        reading.rejects.add(Rejection(file.path, n_before + number + 1, reason))
    return rows


def _parse(field: pa.Field, cells: pa.Array) -> tuple[pa.Array, Mask]:
    """Return the cells of a CSV column as values, and where they are none."""
    types = pa.types
    fine = np.zeros(len(cells), np.bool_)
    if field.type == TIME and not _numeric(cells).false_count:
        return _cast(cells, _numeric(cells)), fine
    if field.type == TIME or types.is_string(field.type):
        return cells, fine
    if types.is_list(field.type):
        values = [None if cell is None else _list(cell) for cell in cells.to_pylist()]
        bad = np.array([isinstance(value, bool) for value in values], np.bool_)
        values = [None if isinstance(value, bool) else value for value in values]
        return pa.array(values, field.type), bad
    if types.is_boolean(field.type):
        ascii_only = pc.if_else(_ascii(cells), cells, pa.scalar(b"", pa.binary()))
        lower = pc.utf8_lower(ascii_only.view(pa.string()))
        yes, no = (pc.is_in(lower, pa.array(names)) for names in (("true", "1"), ("false", "0")))
        known = pc.or_(yes, no)
        bad = pc.and_(cells.is_valid(), pc.invert(known)).to_numpy(zero_copy_only=False)
        return pc.if_else(known, yes, pa.scalar(None, pa.bool_())), bad
    numeric = _numeric(cells)
    bad = pc.invert(numeric).to_numpy(zero_copy_only=False)
    return _cast(cells, numeric), bad


def _numeric(cells: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(cells, _NUMBER), True)


def _ascii(cells: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(cells, r"^[\x20-\x7e]*$"), False)


def _cast(cells: pa.Array, numeric: pa.Array) -> pa.Array:
    kept = pc.if_else(numeric, cells, pa.scalar(None, pa.binary())).view(pa.string())
    return pc.utf8_trim_whitespace(kept).cast(pa.float64())


def _list(cell: bytes) -> list[str] | bool:
    """Return a list of text out of its JSON; False where it is none."""
    try:
        return msgspec.json.decode(cell, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _wanted(field: pa.Field) -> str:
    if pa.types.is_list(field.type):
        return "a JSON list of text"
    return "true or false" if pa.types.is_boolean(field.type) else "a number"


def _plain(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return rows as plain values; text that is not UTF-8 is null."""
    columns = {name: batch.column(name) for name in batch.schema.names}
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(
        *(column.to_pylist() for column in columns.values()), strict=True)]  # fmt: skip
    for row in rows:
        for name, value in row.items():
            if isinstance(value, bytes):
                row[name] = _text(value)
    return rows


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _frames(batch: pa.RecordBatch, n_before: int) -> Frames:
    """Return rows as records in JSON; the line of each is its number."""
    parts = [msgspec.json.encode(row, enc_hook=_encode) for row in _plain(batch)]
    stops = np.cumsum([len(part) for part in parts], dtype=np.int64)
    starts = np.concatenate(([0], stops[:-1])).astype(np.int64)
    lines = np.arange(n_before + 1, n_before + 1 + len(parts))
    return Frames(b"".join(parts), starts, stops, lines, np.full(len(parts), OK, np.uint8))


def _encode(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value)

"""The tables of the data contract, opened and read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from stillhunt import tables
from stillhunt.blocks import ahead
from stillhunt.errors import InputError
from stillhunt.ingest.addresses import Enrich, enriching
from stillhunt.ingest.beginnings import Looks, is_small
from stillhunt.ingest.database import is_address, query_accounts
from stillhunt.ingest.flat import read_flat
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.jsonlines import read_json_lines, read_together, unpack_together
from stillhunt.ingest.parquet import UnreadableError, read_footer, read_parquet
from stillhunt.ingest.paths import SourceFile, find_files
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.records import gather_answers, read_records
from stillhunt.ingest.rejects import Rejects
from stillhunt.settings import IngestSettings

_SMALLEST_ROW_BYTES: Final = 16
_RUN_BYTES: Final = 2**21
"""Bytes on disk of small files that are read together."""
_MAX_NAMES: Final = 30
_VALID_FROM: Final = "valid_from"
_BEFORE_ALL: Final = -(2**63)

NEEDED: Final = ("time", "account_id", "prompt")
"""Columns that exchanges must have."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the contract's schema, and the bytes of all files on disk read up to here."""

    rows: pa.RecordBatch
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Source:
    """Files that hold one table of the contract, looked at but not yet read.

    ``formats`` tells of each file how it is written, None: in the contract's own columns.
    ``columns`` are all that the files were seen to have: by the schemas of Parquet files and the
    first rows of others. ``max_rows`` is a number that the rows cannot exceed, None where the
    files do not say.
    """

    files: tuple[SourceFile, ...]
    formats: tuple[Format | None, ...]
    schema: pa.Schema
    needed: tuple[str, ...]
    columns: frozenset[str]
    max_rows: int | None
    settings: IngestSettings

    @property
    def present(self) -> frozenset[str]:
        """The contract's columns among ``columns``."""
        return self.columns & frozenset(self.schema.names)

    @property
    def n_bytes(self) -> int:
        """Bytes of all files on disk."""
        return sum(file.n_bytes for file in self.files)

    def batches(self, rejects: Rejects) -> Iterator[Batch]:
        """Yield the rows, file by file in order of path; the rest goes to ``rejects``.

        A batch holds at most ``batch_rows`` rows and about ``batch_bytes`` of text. InputError when
        more than ``max_rejected_ratio`` of the rows were set aside (as soon as that is certain),
        when no row is left, or when a needed column was in none; EngineError when a file is gone.
        """
        if self.schema is not tables.EXCHANGES:
            yield from self._batches(rejects, None)
            return
        with enriching(self.settings) as enrich:
            yield from self._batches(rejects, enrich)

    def _batches(self, rejects: Rejects, enrich: Enrich | None) -> Iterator[Batch]:
        reading = Reading(self.schema, self.settings, rejects, set(self.needed) - self.present)
        since, n_kept, n_before = rejects.n_rejected, 0, 0
        for file, form in zip(self.files, self.formats, strict=True):
            if form is not None and form.is_split:
                gather_answers(file, reading, form)
        for run in ahead(_runs(self)):
            for piece in run.read(reading):
                n_kept += piece.rows.num_rows
                n_bytes = n_before + min(piece.n_bytes, run.n_bytes)
                rows = piece.rows if enrich is None else enrich(piece.rows)
                for start in range(0, rows.num_rows, self.settings.batch_rows):
                    yield Batch(rows.slice(start, self.settings.batch_rows), n_bytes)
                if self.max_rows is not None:
                    rejects.check(max(n_kept, self.max_rows), self._max_ratio, since)
            n_before += run.n_bytes
        rejects.settle(n_kept + rejects.n_rejected - since, n_before)
        rejects.check(n_kept, self._max_ratio, since)
        self._check_end(n_kept, reading.unseen)

    @property
    def _max_ratio(self) -> float:
        return self.settings.max_rejected_ratio

    def check(self, n_kept: int, rejects: Rejects, unseen: set[str]) -> None:
        """Raise InputError of what only the end tells, where others have read the rows.

        ``n_kept`` rows were kept; columns of ``unseen`` were in none of them.
        """
        rejects.check(n_kept, self._max_ratio)
        self._check_end(n_kept, unseen - self.present)

    def _check_end(self, n_kept: int, unseen: set[str]) -> None:
        path = self.files[0].path if len(self.files) == 1 else f"{self.files[0].path} and others"
        if n_kept == 0:
            raise InputError(
                f"{path}: at least one row was wanted; came none that can be kept. "
                "Check that the path is the right one."
            )
        if unseen:
            raise _missing_column(path, min(unseen), self.columns)


def open_exchanges(pattern: str | Path, settings: IngestSettings) -> Source:
    """Return the source of exchanges at ``pattern``: a file, a folder or a glob.

    Files are ``.parquet``, or ``.jsonl``, ``.ndjson``, ``.json``, each plain, ``.gz`` or ``.zst``;
    a folder is searched to its bottom. InputError when there is nothing to read, or a needed
    column is missing, comes twice or has a type that cannot be.
    """
    return _open(pattern, tables.EXCHANGES, NEEDED, settings)


def describe_exchanges(name: str, columns: frozenset[str], settings: IngestSettings) -> Source:
    """Return the source of exchanges that another reader opens, such as Spark's.

    InputError when a column that every row must have is missing.
    """
    every_row = tuple(name for name in NEEDED if not tables.EXCHANGES.field(name).nullable)
    _check_needed(name, every_row, columns)
    file = SourceFile(name, "parquet", None, 0)
    return Source((file,), (None,), tables.EXCHANGES, NEEDED, columns, None, settings)


def read_accounts(pattern: str | Path, settings: IngestSettings, rejects: Rejects) -> pa.Table:
    """Return the accounts at ``pattern`` as ``tables.ACCOUNTS``; paths and errors as for exchanges.

    ``pattern`` may be the address of a database. Of an account that comes more than once, the row
    with the latest ``valid_from`` counts; where that does not tell, the last.
    """
    schema = tables.ACCOUNTS.append(pa.field(_VALID_FROM, tables.TIME))
    if is_address(str(pattern)):
        table = query_accounts(str(pattern), schema, settings, rejects)
    else:
        table = _read_all(_open(pattern, schema, ("account_id",), settings), rejects)
    since = table[_VALID_FROM].cast(pa.int64()).fill_null(_BEFORE_ALL).to_numpy()
    names = table["account_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    order = np.lexsort((np.arange(len(table)), since, names))
    is_last = np.append(np.diff(names[order]) != 0, True) if len(order) else order
    return table.take(np.sort(order[is_last])).drop_columns([_VALID_FROM])


def read_events(pattern: str | Path, settings: IngestSettings, rejects: Rejects) -> pa.Table:
    """Return the events at ``pattern`` as ``tables.EVENTS``; paths and errors as for exchanges."""
    return _read_all(_open(pattern, tables.EVENTS, ("time", "kind"), settings), rejects)


def read_file(file: SourceFile, form: Format | None, reading: Reading) -> Iterator[Piece]:
    """Yield the rows of ``file``, which is of ``form``; None: in the contract's own columns."""
    if form is not None and file.format in ("json", "protobuf"):
        return read_records(file, reading, form)
    if form is not None or file.format == "csv":
        return read_flat(file, reading, form)
    return (
        read_parquet(file, reading) if file.format == "parquet" else read_json_lines(file, reading)
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Files that are read one after the other; the lines of small ones at once, if they can be."""

    files: list[SourceFile]
    form: Format | None
    lines: bytes | None = None

    @property
    def n_bytes(self) -> int:
        return sum(file.n_bytes for file in self.files)

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Yield the rows, at once where nothing is amiss."""
        if self.lines is not None and (rows := read_together(self.lines, reading)) is not None:
            yield Piece(rows, self.n_bytes)
            return
        n_before = 0
        for file in self.files:
            for piece in read_file(file, self.form, reading):
                yield Piece(piece.rows, n_before + min(piece.n_bytes, file.n_bytes))
            n_before += file.n_bytes


def _runs(source: Source) -> Iterator[_Run]:
    """Yield the files, those side by side that are small and in the contract's columns together."""
    few: list[SourceFile] = []
    for file, form in zip(source.files, source.formats, strict=True):
        is_among = form is None and is_small(file)
        if few and not (is_among and sum(one.n_bytes for one in few) <= _RUN_BYTES):
            yield _together(few, source.settings)
            few = []
        if is_among:
            few.append(file)
        else:
            yield _Run([file], form)
    if few:
        yield _together(few, source.settings)


def _together(files: list[SourceFile], settings: IngestSettings) -> _Run:
    return _Run(files, None, unpack_together(files, settings) if len(files) > 1 else None)


def _read_all(source: Source, rejects: Rejects) -> pa.Table:
    rows = [batch.rows for batch in source.batches(rejects)]
    return pa.Table.from_batches(rows, schema=source.schema).combine_chunks()


def _open(
    pattern: str | Path, schema: pa.Schema, needed: tuple[str, ...], settings: IngestSettings
) -> Source:
    files, forms = find_files(pattern), list[Format | None]()
    looks = Looks(settings, is_exchanges=schema is tables.EXCHANGES)
    came: set[str] = set()
    max_rows: int | None = 0
    unreadable: UnreadableError | None = None
    n_unreadable = 0
    for file in files:
        form, columns = looks.at(file)
        forms.append(form)
        if form is None and file.format == "parquet":
            try:
                footer = read_footer(file, schema)
            except UnreadableError as error:
                unreadable, n_unreadable = error, n_unreadable + 1
                continue
            _check_needed(file.path, needed, footer.columns)
            came |= footer.columns
            n_rows: int | None = footer.n_rows
        else:
            came |= columns
            n_rows = None if file.codec or form else file.n_bytes // _SMALLEST_ROW_BYTES
        max_rows = None if max_rows is None or n_rows is None else max_rows + n_rows
    if unreadable is not None and n_unreadable == len(files):
        raise unreadable
    if max_rows == 0:
        raise InputError(f"{pattern}: at least one row was wanted; came none. Check the path.")
    # Later rows of JSON Lines may still bring the prompt, but not what every row must have.
    if came:
        every_row = tuple(name for name in needed if not schema.field(name).nullable)
        _check_needed(str(pattern), every_row, frozenset(came))
    return Source(files, tuple(forms), schema, needed, frozenset(came), max_rows, settings)


def _check_needed(path: str, needed: tuple[str, ...], came: frozenset[str]) -> None:
    for name in needed:
        if name not in came:
            raise _missing_column(path, name, came)


def _missing_column(path: str, name: str, came: frozenset[str]) -> InputError:
    # A key of a JSON object may be anything, even text; only what looks like a name is shown.
    names = sorted(key for key in came if len(key) <= 40 and key.replace(".", "_").isidentifier())
    shown = ", ".join(names[:_MAX_NAMES]) or "none with a plain name"
    return InputError(
        f"{path}: a column {name!r} is needed; came {shown}. Rename the column that holds it."
    )

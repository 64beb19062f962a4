"""A source in parts, for readers that each open some of its files."""

from collections.abc import Iterator

import pyarrow as pa

from stillhunt.errors import InputError
from stillhunt.ingest.beginnings import forms_of
from stillhunt.ingest.parquet import divide
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.source import Source, read_file

Part = tuple[SourceFile, ...]


def parts_of(source: Source, n_bytes: int) -> Iterator[Part]:
    """Yield the files of ``source`` in parts of about ``n_bytes`` on disk.

    Of files, only Parquet in the contract's own columns is cut. InputError where answers stand
    apart from their requests, perhaps in another part.
    """
    part: list[SourceFile] = []
    for file, form in zip(source.files, source.formats, strict=True):
        if form is not None and form.is_split:
            raise InputError(
                f"{file.path}: logs whose answers stand apart from their requests are read on one "
                "machine; came one for several. Use --engine duckdb."
            )
        is_cut = form is None and file.format == "parquet" and file.n_bytes > n_bytes
        for one in divide(file, n_bytes) if is_cut else (file,):
            # A little too much is better than a part for a little.
            if part and sum(each.n_bytes for each in part) + one.n_bytes / 2 > n_bytes:
                yield tuple(part)
                part = []
            part.append(one)
    if part:
        yield tuple(part)


def read_part(part: Part, reading: Reading) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a part in the reading's schema; what cannot be is set aside."""
    for file, form in zip(part, forms_of(part, reading.settings), strict=True):
        for piece in read_file(file, form, reading):
            yield piece.rows

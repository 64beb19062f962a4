"""Files of a known format: cut into records, and these decoded, on several cores where it pays."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from stillhunt.blocks import ahead
from stillhunt.errors import InputError
from stillhunt.ingest.decode import read_frames, read_loosely, rows_of, to_columns
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.frames import JUNK, Frames, all_frames, cut_records, frames_of
from stillhunt.ingest.halves import Loose, Window
from stillhunt.ingest.jsonlines import Block
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.protobuf import cut_exports
from stillhunt.ingest.streams import ByteStream, head_of
from stillhunt.ingest.workers import pays, read_shared
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

PEEK_RECORDS: Final = 64
_TEXTS_PER_RECORD: Final = 4
_OTHER_BYTES: Final = 2**20
_DAMAGED: Final = "the compressed file is cut or damaged here; the rest is lost"


def peek_records(file: SourceFile, settings: IngestSettings) -> list[Any]:
    """Return the first objects of ``file`` as plain JSON, at most 64 of the first MiB."""
    if file.format != "protobuf":
        return first_records(frames_of(head_of(file)))
    with ByteStream(file) as stream:
        return first_records(next(cut_exports(stream, _max_bytes(settings))))


def first_records(found: Frames) -> list[Any]:
    """Return the first objects found as plain JSON, at most 64."""
    rows = []
    for start, stop, flag in zip(found.starts, found.stops, found.flags, strict=True):
        try:
            rows.append(msgspec.json.decode(found.data[start:stop]) if flag < JUNK else None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if len(rows) >= PEEK_RECORDS:
            break
    return [row for row in rows if isinstance(row, dict)]


def read_records(file: SourceFile, reading: Reading, form: Format) -> Iterator[Piece]:
    """Yield the rows of ``file``, which is of ``form``; the rest goes to the reading's rejects."""
    reading.unseen -= form.columns
    line = 0
    with ByteStream(file) as stream:
        chunks = ahead(_cut(file, stream, reading.settings))
        read = read_shared if pays(file.n_bytes, reading.settings, form) else _read_here
        window = Window(reading.settings)
        for rows, loose, last_line in read(file.path, chunks, reading, form):
            line = last_line
            yield Piece(rows, stream.n_read)
            if halves := list(window.add(loose)):
                yield Piece(to_columns(file.path, halves, reading), stream.n_read)
        if halves := list(window.rest()):
            yield Piece(to_columns(file.path, halves, reading), stream.n_read)
        if stream.is_broken:
            reading.rejects.lose(Rejection(file.path, line + 1, _DAMAGED), stream.lost_bytes)


def _read_here(
    path: str, chunks: Iterator[Frames], reading: Reading, form: Format
) -> Iterator[tuple[pa.RecordBatch, list[Loose], int]]:
    for frames in chunks:
        yield *read_loosely(path, frames, reading, form), int(frames.lines[-1])


def read_lines(path: str, block: Block, reading: Reading, form: Format) -> Iterator[pa.RecordBatch]:
    """Yield the rows of whole lines that hold records of ``form``."""
    numbers = np.asarray(block.numbers)
    for found in all_frames(block.data):
        lines = numbers[np.minimum(found.lines, numbers.size) - 1]
        yield read_frames(path, replace(found, lines=lines), reading, form)


def gather_answers(file: SourceFile, reading: Reading, form: Format) -> None:
    """Note the answers in a file of a split format, without their texts; damage is met again."""
    with ByteStream(file) as stream:
        for frames in ahead(_cut(file, stream, reading.settings)):
            for row, _ in rows_of(frames, form):
                if isinstance(row, InputError) or row.n_turns is not None or not row.exchange_id:
                    continue
                row.response = None
                # Which of two answers is meant, nobody knows.
                is_new = row.exchange_id not in reading.answers
                reading.answers[row.exchange_id] = row if is_new else None


def is_answered(file: SourceFile, reading: Reading, form: Format) -> bool | None:
    """Tell whether the reading has an answer to a request in ``file``; None: it has no request."""
    found = None
    with ByteStream(file) as stream:
        for frames in _cut(file, stream, reading.settings):
            for row, _ in rows_of(frames, form):
                if isinstance(row, InputError) or row.n_turns is None:
                    continue
                found = row.exchange_id in reading.answers
                if found:
                    return True
    return found


def _cut(file: SourceFile, stream: ByteStream, settings: IngestSettings) -> Iterator[Frames]:
    if file.format == "protobuf":
        return cut_exports(stream, _max_bytes(settings))
    return cut_records(stream, settings.chunk_bytes, _max_bytes(settings))


def _max_bytes(settings: IngestSettings) -> int:
    return _TEXTS_PER_RECORD * settings.max_text_bytes + _OTHER_BYTES

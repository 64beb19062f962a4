"""Files of a known format: cut into records, decoded, and brought to the contract's columns."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from stillhunt.errors import InputError
from stillhunt.ingest.columns import screen
from stillhunt.ingest.formats.format import COLUMNS, Exchange, Format
from stillhunt.ingest.frames import (
    JUNK,
    ODD_KEY,
    REASONS,
    Frames,
    all_frames,
    cut_records,
    frames_of,
)
from stillhunt.ingest.jsonlines import Block
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.protobuf import cut_exports
from stillhunt.ingest.rows import plain_type
from stillhunt.ingest.streams import ByteStream
from stillhunt.ingest.times import OUTSIDE, UNREADABLE, read_epoch_one, read_time_one
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

PEEK_BYTES: Final = 2**20
PEEK_RECORDS: Final = 64
_TEXTS_PER_RECORD: Final = 4
_OTHER_BYTES: Final = 2**20
_UNANSWERED: Final = "no answer to this request in the files, or more than one"
_DAMAGED: Final = "the compressed file is cut or damaged here; the rest is lost"


def peek_records(file: SourceFile, settings: IngestSettings) -> list[Any]:
    """Return the first objects of ``file`` as plain JSON, at most 64 of the first MiB."""
    with ByteStream(file) as stream:
        if file.format == "protobuf":
            return first_records(next(cut_exports(stream, _max_bytes(settings))))
        return first_records(frames_of(stream.read(PEEK_BYTES)))


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
    settings, line = reading.settings, 0
    reading.unseen -= form.columns
    with ByteStream(file) as stream:
        for frames in _ahead(_cut(file, stream, settings)):
            line = int(frames.lines[-1])
            yield Piece(read_frames(file.path, frames, reading, form), stream.n_read)
        if stream.is_broken:
            reading.rejects.lose(Rejection(file.path, line + 1, _DAMAGED), stream.lost_bytes)


def read_lines(
    path: str, block: Block, reading: Reading, form: Format
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of whole lines that hold records of ``form``."""
    numbers = np.asarray(block.numbers)
    for found in all_frames(block.data):
        lines = numbers[np.minimum(found.lines, numbers.size) - 1]
        yield read_frames(path, replace(found, lines=lines), reading, form)


def gather_answers(file: SourceFile, reading: Reading, form: Format) -> None:
    """Note the answers in a file of a split format, without their texts; damage is met again."""
    with ByteStream(file) as stream:
        for frames in _ahead(_cut(file, stream, reading.settings)):
            for row, _ in _rows_of(frames, form):
                if isinstance(row, InputError) or row.n_turns is not None or not row.exchange_id:
                    continue
                row.response = None
                # Which of two answers is meant, nobody knows.
                is_new = row.exchange_id not in reading.answers
                reading.answers[row.exchange_id] = row if is_new else None


def _cut(file: SourceFile, stream: ByteStream, settings: IngestSettings) -> Iterator[Frames]:
    if file.format == "protobuf":
        return cut_exports(stream, _max_bytes(settings))
    return cut_records(stream, settings.chunk_bytes, _max_bytes(settings))


def _max_bytes(settings: IngestSettings) -> int:
    return _TEXTS_PER_RECORD * settings.max_text_bytes + _OTHER_BYTES


def _ahead(frames: Iterator[Frames]) -> Iterator[Frames]:
    """Yield ``frames``, the next found on a second core while the last are decoded."""
    with ThreadPoolExecutor(1) as finder:
        waiting = finder.submit(next, frames, None)
        while (found := waiting.result()) is not None:
            waiting = finder.submit(next, frames, None)
            yield found


def read_frames(path: str, frames: Frames, reading: Reading, form: Format) -> pa.RecordBatch:
    """Return the rows of ``frames`` in the reading's schema; the rest goes to its rejects."""
    rows: list[Exchange] = []
    lines: list[int] = []
    for row, line in _rows_of(frames, form):
        if isinstance(row, InputError):
            reading.rejects.add(Rejection(path, line, str(row)))
        elif form.is_split and row.n_turns is None:
            continue  # an answer, gathered before
        elif form.is_split and not _complete(row, reading.answers):
            reading.rejects.add(Rejection(path, line, _UNANSWERED))
        else:
            rows.append(row)
            lines.append(line)
    return to_columns(path, rows, lines, reading)


def _rows_of(frames: Frames, form: Format) -> Iterator[tuple[Exchange | InputError, int]]:
    """Yield the rows of all records, or why there are none, and the line they begin on."""
    view = memoryview(frames.data)
    for start, stop, line, flag in zip(
        frames.starts.tolist(),
        frames.stops.tolist(),
        frames.lines.tolist(),
        frames.flags.tolist(),
        strict=True,
    ):
        try:
            for row in _read_one(view[start:stop], flag, form):
                row.time = _read_time(row.time)
                yield row, line
        except InputError as error:
            yield error, line


def _complete(row: Exchange, answers: Mapping[str, Exchange | None]) -> bool:
    """Fill ``row``, a request, from the answer with its id; False where there is none."""
    answer = answers.get(row.exchange_id or "")
    if answer is None:
        return False
    for column in COLUMNS:
        if getattr(row, column) is None:
            setattr(row, column, getattr(answer, column))
    return True


def _read_one(record: memoryview, flag: int, form: Format) -> Any:
    if flag >= JUNK:
        raise InputError(REASONS[flag])
    if flag == ODD_KEY:
        _check_keys(bytes(record))
    try:
        return form.exchanges(form.decode(record))  # type: ignore[arg-type]
    except msgspec.ValidationError as error:
        raise InputError(f"not a record of format {form.name}") from error
    except msgspec.DecodeError as error:
        raise InputError("not JSON") from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8") from error


def to_columns(
    path: str, rows: list[Exchange], lines: list[int], reading: Reading
) -> pa.RecordBatch:
    """Return ``rows`` in the reading's schema; those that cannot be go to its rejects."""
    columns = {
        field.name: pa.array([getattr(row, field.name) for row in rows], type=plain_type(field))
        for field in reading.schema
    }
    screened = screen(columns, len(rows), reading.schema, reading.settings.max_text_bytes)
    for row in sorted(screened.faults):
        reading.rejects.add(Rejection(path, lines[row], screened.faults[row]))
    return screened.rows


def _read_time(value: object) -> int | None:
    """Return UTC microseconds; InputError where there is a time and it cannot be read."""
    if value is None:
        return None
    if isinstance(value, str) and not value.isdigit():
        us = read_time_one(value)
        if us is None:
            raise InputError(f"time {UNREADABLE}")
        return us
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InputError("time must be ISO 8601 text or a number")
    us = read_epoch_one(int(value) if isinstance(value, str) else value)
    if us is None:
        raise InputError(f"time {OUTSIDE}")
    return us


def _check_keys(record: bytes) -> None:
    """Raise InputError where two keys of one object are the same once their escapes are read."""

    def check(pairs: list[tuple[str, object]]) -> None:
        if max(Counter(name for name, _ in pairs).values(), default=0) > 1:
            raise InputError("a key appears twice")

    try:
        json.loads(record, object_pairs_hook=check)
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON") from error

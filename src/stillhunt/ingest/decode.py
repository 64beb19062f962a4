"""Records decoded, and brought to the contract's columns."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa

from stillhunt.errors import InputError
from stillhunt.ingest.columns import is_utf8, screen
from stillhunt.ingest.formats.format import Exchange, Format, Half, fill
from stillhunt.ingest.frames import JUNK, ODD_KEY, REASONS, Frames
from stillhunt.ingest.halves import Loose, Window, is_whole
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.rows import plain_type
from stillhunt.ingest.times import OUTSIDE, UNREADABLE, read_epoch_one, read_time_one
from stillhunt.records import Rejection
from stillhunt.tables import EXCHANGES

_TYPES: Final = {field.name: plain_type(field) for field in EXCHANGES}
_UNANSWERED: Final = "no answer to this request in the files, or more than one"


def read_frames(path: str, frames: Frames, reading: Reading, form: Format) -> pa.RecordBatch:
    """Return the rows of ``frames`` in the reading's schema; the rest goes to its rejects."""
    rows, loose = _sort_out(path, frames, reading, form)
    window = Window(reading.settings)
    return to_columns(path, [*rows, *window.add(loose), *window.rest()], reading)


def read_loosely(
    path: str, frames: Frames, reading: Reading, form: Format
) -> tuple[pa.RecordBatch, list[Loose]]:
    """Return the rows that stand alone, and what belongs to others that other frames may hold."""
    rows, loose = _sort_out(path, frames, reading, form)
    return to_columns(path, rows, reading), loose


def _sort_out(
    path: str, frames: Frames, reading: Reading, form: Format
) -> tuple[list[tuple[Exchange, int]], list[Loose]]:
    rows: list[tuple[Exchange, int]] = []
    loose: list[Loose] = []
    for row, line in rows_of(frames, form):
        if isinstance(row, InputError):
            reading.rejects.add(Rejection(path, line, str(row)))
        elif form.is_split and row.n_turns is None:
            continue  # an answer, gathered before
        elif form.is_split and not _complete(row, reading.answers):
            reading.rejects.add(Rejection(path, line, _UNANSWERED))
        elif isinstance(row, Half) and row.key and not is_whole(row):
            loose.append((row.key, row, line))
        else:
            rows.append((row, line))
            if isinstance(row, Half) and row.key:
                loose.append((row.key, None, line))
    return rows, loose


def rows_of(frames: Frames, form: Format) -> Iterator[tuple[Exchange | InputError, int]]:
    """Yield the rows of all records, or why there are none, and the line they begin on."""
    view = memoryview(frames.data)
    # Of all of it: what is skipped when a record is decoded is not looked at otherwise.
    is_clean = is_utf8(frames.data)
    columns = (frames.starts, frames.stops, frames.lines, frames.flags)
    for start, stop, line, flag in zip(*(column.tolist() for column in columns), strict=True):
        try:
            for row in _read_one(view[start:stop], flag, is_clean, form):
                row.time = _read_time(row.time)
                yield row, line
        except InputError as error:
            yield error, line


def _complete(row: Exchange, answers: Mapping[str, Exchange | None]) -> bool:
    """Fill ``row``, a request, from the answer with its id; False where there is none."""
    answer = answers.get(row.exchange_id or "")
    if answer is None:
        return False
    fill(row, answer)
    return True


def _read_one(record: memoryview, flag: int, is_clean: bool, form: Format) -> Any:
    if not (is_clean or is_utf8(record)):
        raise InputError("not UTF-8")
    if flag >= JUNK:
        raise InputError(REASONS[flag])
    if flag == ODD_KEY:
        _check_keys(bytes(record))
    try:
        return form.exchanges(form.decode(record))
    except msgspec.ValidationError as error:
        raise InputError(f"not a record of format {form.name}") from error
    except msgspec.DecodeError as error:
        raise InputError("not JSON") from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8") from error


def to_columns(path: str, rows: Sequence[tuple[Exchange, int]], reading: Reading) -> pa.RecordBatch:
    """Return ``rows``, each with its line, in the reading's schema; rejects take what cannot be."""
    values = list(zip(*(msgspec.structs.astuple(row) for row, _ in rows), strict=False))
    columns = {
        name: pa.array(came, type=_TYPES[name])
        for name, came in zip(Exchange.__struct_fields__, values, strict=False)
    }
    screened = screen(columns, len(rows), reading.schema, reading.settings.max_text_bytes)
    for row in sorted(screened.faults):
        reading.rejects.add(Rejection(path, rows[row][1], screened.faults[row]))
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

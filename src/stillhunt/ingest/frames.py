"""Where the JSON objects of a file begin and end, whatever stands between them.

A compiled pass over the bytes that needs no parser: objects on lines, in one array, in an array a
line, printed prettily or one behind the other are all the same to it. It also sees what parsers
pass over in silence or die of: a key that comes twice in one object, and nesting without end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from stillhunt.ingest.streams import ByteStream

MAX_DEPTH: Final = 256

OK, ODD_KEY, JUNK, TWICE, DEEP, TORN, LONG = range(7)
REASONS: Final = {
    JUNK: "not a JSON object",
    TWICE: "a key appears twice",
    DEEP: "nested too deeply",
    TORN: "not JSON: the line ends too early",
    LONG: "the record is too long",
}
"""Why a record with such a flag is set aside. One with ``ODD_KEY`` has a key with a backslash in
it, which may be another key in disguise."""

_BATCH: Final = 16_384
_BOM: Final = b"\xef\xbb\xbf"
_QUOTE, _BACKSLASH, _NEWLINE, _COMMA = b'"\\\n,'
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{}[]"
_SPACE: Final = 32
_FEW: Final = 16


@dataclass(frozen=True, slots=True)
class Frames:
    """Records of ``data``: from ``starts`` to ``stops``, the lines they begin on, and flags."""

    data: bytes
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]


def frames_of(data: bytes) -> Frames:
    r"""Return the records that lie wholly in ``data``, at most the first 16,384.

    >>> found = frames_of(b'[{"a": 1},\n {"b": [{}]}]')
    >>> found.starts.tolist(), found.stops.tolist(), found.lines.tolist()
    ([1, 12], [9, 23], [1, 2])
    """
    return next(all_frames(data))


def all_frames(data: bytes) -> Iterator[Frames]:
    """Yield the records that lie wholly in ``data``, at most 16,384 at a time."""
    data, line = data.removeprefix(_BOM), 1
    is_lines = _is_lines(data)
    while True:
        found, place, line = _find(data, line, is_lines, is_end=True)
        yield found
        if found.starts.size < _BATCH:
            return
        data = data[place:]


def cut_records(stream: ByteStream, chunk_bytes: int, max_bytes: int) -> Iterator[Frames]:
    """Yield the records of ``stream`` in order; of one longer than ``max_bytes`` a flag only."""
    pending, line, is_lines, is_first = b"", 1, True, True
    is_long = False
    while True:
        read = stream.read(chunk_bytes)
        is_end = not read
        if is_first:
            read, is_first = read.removeprefix(_BOM), False
            is_lines = _is_lines(read)
        data = pending + read if pending else read
        while True:
            # In a broken file the last record is part of what is lost.
            found, place, line = _find(data, line, is_lines, is_end and not stream.is_broken)
            if found.starts.size and is_long:
                found, is_long = _drop_tail(found), False
            if found.starts.size:
                yield found
            data = data[place:] if place else data
            if found.starts.size < _BATCH:
                break
        if is_end:
            return
        pending = data
        if len(pending) > max_bytes:
            yield _too_long(line)
            # What follows is skipped up to the next line; without one the rest is lost.
            pending, line = _skip_line(stream, pending, line, chunk_bytes)


def _drop_tail(found: Frames) -> Frames:
    return Frames(found.data, found.starts[1:], found.stops[1:], found.lines[1:], found.flags[1:])


def _too_long(line: int) -> Frames:
    zero = np.zeros(1, np.int64)
    return Frames(b"", zero, zero, np.array([line]), np.array([LONG], np.uint8))


def _skip_line(stream: ByteStream, seen: bytes, line: int, chunk_bytes: int) -> tuple[bytes, int]:
    while seen:
        _, newline, rest = seen.partition(b"\n")
        if newline:
            return rest, line + 1
        seen = stream.read(chunk_bytes)
    return b"", line


def _is_lines(data: bytes) -> bool:
    """Tell whether the first object ends on the line it begins on, as far as can be seen."""
    found, _, _ = _find(data[: 2**20], 1, False, is_end=False)
    if not found.starts.size:
        return b"\n" not in data[: 2**20].strip()
    first = data[int(found.starts[0]) : int(found.stops[0])]
    return b"\n" not in first


def _find(data: bytes, line: int, is_lines: bool, is_end: bool) -> tuple[Frames, int, int]:
    buffer = np.frombuffer(data, np.uint8)
    starts, stops, lines = (np.empty(_BATCH, np.int64) for _ in range(3))
    flags = np.empty(_BATCH, np.uint8)
    # The shortest member is {"":0}: keys cannot be more than a quarter of the bytes.
    keys = np.empty((buffer.size // 4 + 2, 2), np.int64)
    hashes = np.empty(len(keys), np.uint64)
    count, place, line = _scan(
        buffer, line, is_lines, is_end, (starts, stops, lines, flags), keys, hashes
    )
    found = Frames(data, starts[:count], stops[:count], lines[:count], flags[:count])
    return found, int(place), int(line)


def _class(*bytes_: int) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[list(bytes_)] = True
    return table


# One look-up instead of a comparison with each: most bytes are neither.
_ENDS_TEXT: Final = _class(_QUOTE, _NEWLINE, _BACKSLASH)
_STRUCTURE: Final = _class(
    _QUOTE, _OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST, _COMMA, _NEWLINE
)  # fmt: skip


def _compiled(function: Any) -> Any:
    return numba.njit(nogil=True, cache=True)(function)


@_compiled
def _is_same(data: Any, keys: Any, left: int, right: int) -> bool:
    size = keys[left, 1] - keys[left, 0]
    if size != keys[right, 1] - keys[right, 0]:
        return False
    for index in range(size):  # noqa: SIM110 - compiled
        if data[keys[left, 0] + index] != data[keys[right, 0] + index]:
            return False
    return True


@_compiled
def _has_twice(data: Any, keys: Any, hashes: Any, first: int, end: int) -> bool:
    """Tell whether two keys of one object are the same, byte for byte."""
    if end - first <= _FEW:
        for left in range(first, end - 1):
            for right in range(left + 1, end):
                if hashes[left] == hashes[right] and _is_same(data, keys, left, right):
                    return True
        return False
    order = first + np.argsort(hashes[first:end])
    for place in range(1, order.size):
        # Hashes may be made to meet; then the bytes decide, key by key.
        back = place - 1
        while back >= 0 and hashes[order[back]] == hashes[order[place]]:
            if _is_same(data, keys, order[back], order[place]):
                return True
            back -= 1
    return False


@_compiled
def _end_of_string(data: Any, place: int) -> int:
    """Return the place of a string's closing quote, of a newline in it, or the data's end."""
    place += 1
    while place < data.size:
        if not _ENDS_TEXT[data[place]]:
            place += 1
        elif data[place] == _BACKSLASH:
            place += 2
        else:
            break
    return place


@_compiled
def _note_key(data: Any, start: int, stop: int, keys: Any, hashes: Any, number: int) -> int:
    """Note a key and its hash; return ``ODD_KEY`` where it has escapes, else ``OK``."""
    value, flag = np.uint64(14695981039346656037), OK
    for place in range(start, stop):
        if data[place] == _BACKSLASH:
            flag = ODD_KEY
        value = (value ^ np.uint64(data[place])) * np.uint64(1099511628211)
    keys[number, 0], keys[number, 1] = start, stop
    hashes[number] = value
    return flag


@_compiled
def _is_torn(data: Any, stop: int) -> bool:
    return stop < data.size and bool(data[stop] == _NEWLINE)


@_compiled
def _end_of_object(  # noqa: C901 - one machine, one table of its states
    data: Any, start: int, line: int, is_lines: bool, keys: Any, hashes: Any
) -> tuple[int, int, int]:
    """Return where the object at ``start`` ends (-1: not in this data), its flag, and the line."""
    is_object = np.zeros(MAX_DEPTH + 1, np.bool_)
    first_key = np.zeros(MAX_DEPTH + 1, np.int64)
    depth, n_keys, flag, wants_key, place = 0, 0, OK, False, start
    while place < data.size:
        byte = data[place]
        if byte == _QUOTE:
            stop = _end_of_string(data, place)
            if _is_torn(data, stop):
                return stop, TORN, line
            if wants_key and flag < TWICE:
                flag |= _note_key(data, place + 1, stop, keys, hashes, n_keys)
                n_keys += 1
            wants_key = False
            place = stop
        elif byte in (_OPEN, _OPEN_LIST):
            depth += 1
            flag, level = DEEP if depth > MAX_DEPTH else flag, min(depth, MAX_DEPTH)
            is_object[level] = wants_key = byte == _OPEN
            first_key[level] = n_keys
        elif byte in (_CLOSE, _CLOSE_LIST):
            if flag < TWICE and _has_twice(data, keys, hashes, first_key[depth], n_keys):
                flag = TWICE
            n_keys = first_key[min(depth, MAX_DEPTH)]
            depth, wants_key = depth - 1, False
            if depth == 0:
                return place + 1, flag, line
        elif byte == _COMMA:
            wants_key = is_object[min(depth, MAX_DEPTH)]
        elif byte == _NEWLINE:
            if is_lines:
                return place, TORN, line
            line += 1
        place += 1
        while place < data.size and not _STRUCTURE[data[place]]:
            place += 1
    return -1, flag, line


@_compiled
def _scan(  # noqa: PLR0913 - what it writes to is made outside
    data: Any, line: int, is_lines: bool, is_end: bool, out: Any, keys: Any, hashes: Any
) -> tuple[int, int, int]:
    """Write the records found to ``out``; return how many, where to go on, and on which line."""
    starts, stops, lines, flags = out
    count, place = 0, 0
    while place < data.size and count < starts.size:
        byte = data[place]
        if byte == _NEWLINE:
            line += 1
        if byte <= _SPACE or byte in (_COMMA, _OPEN_LIST, _CLOSE_LIST):
            place += 1
            continue
        start, at = place, line
        if byte == _OPEN:
            stop, flag, line = _end_of_object(data, start, at, is_lines, keys, hashes)
        else:
            stop, flag = start, JUNK
            while stop < data.size and data[stop] != _NEWLINE:
                stop += 1
            if stop == data.size:
                stop = -1
        if stop < 0:
            if not is_end:
                return count, start, at
            stop, flag = data.size, flag if byte != _OPEN else TORN
        starts[count], stops[count], lines[count], flags[count] = start, stop, at, flag
        count += 1
        place = stop
    return count, place, line

"""Keyed 64-bit hashes of strings, over Arrow buffers; 0 always means absent.

The hash multiplies 16 bytes at a time into 128 bits and folds the halves together, as wyhash
does. Everything it multiplies with is drawn from the operator's secret, so nobody without the
secret can make values collide, and equal hashes of two operators mean nothing.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.intrinsics import compiled, fold, inlined, load8, load64

Hashes = npt.NDArray[np.uint64]

PADDING: Final = 80
"""Bytes behind a string that the kernels may read: a window of 64, and 16 more."""

_ONE: Final = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Strings:
    """Where the strings of an Arrow array lie: addresses of first byte and of the byte after.

    A null is an empty string. Behind every string ``PADDING`` bytes may be read. The addresses hold
    as long as this object.
    """

    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    owners: tuple[Any, ...]


def locate_strings(array: pa.Array) -> Strings:
    """Return where the strings (or bytes) of an array lie; ValueError for another type."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        width: Any = np.int32
    elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        width = np.int64
    else:
        raise ValueError(f"strings must be of type string or large_string; got {kind}.")
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None or offsets is None:
        none = np.zeros(len(array), np.int64)
        return Strings(none, none, ())
    edges = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
    starts = edges[:-1] + np.int64(data.address)
    stops = edges[1:] + np.int64(data.address)
    if array.null_count:
        stops = np.where(array.is_valid().to_numpy(zero_copy_only=False), stops, starts)
    return Strings(starts, stops, (data, _move_last(starts, stops, data)))


def _move_last(
    starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64], data: pa.Buffer
) -> npt.NDArray[np.uint8]:
    """Copy the strings too close to the end of the buffer to where there is padding."""
    first = int(np.searchsorted(stops, data.address + data.size - PADDING, side="right"))
    if first == stops.size:
        return np.zeros(0, np.uint8)
    low, high = int(starts[first]), int(stops[-1])
    copy = np.zeros(high - low + PADDING, np.uint8)
    copy[: high - low] = np.frombuffer(data, np.uint8)[low - data.address : high - data.address]
    for edges in (starts, stops):
        edges[first:] += copy.ctypes.data - low
    return copy


def derive_keys(key: bytes, domain: int, count: int) -> Hashes:
    """Return ``count`` (at most 8) secret uint64 for one use of the operator's secret.

    ``key`` has 16 to 64 bytes; ValueError otherwise. Every ``domain`` gives unrelated numbers.

    >>> derive_keys(b"x" * 16, 1, 2).shape
    (2,)
    """
    if not 16 <= len(key) <= 64:
        raise ValueError(f"a secret must have 16 to 64 bytes; got {len(key)}.")
    digest = hashlib.blake2b(domain.to_bytes(4, "little"), key=key, digest_size=64).digest()
    return np.frombuffer(digest, "<u8")[:count].astype(np.uint64)


@inlined
def tail64(address: int, count: int) -> np.uint64:
    """Return the ``count`` (0-7) bytes at ``address`` without reading any other."""
    value = np.uint64(0)
    for index in range(count):
        value |= np.uint64(load8(address + index)) << np.uint64(8 * index)
    return value


@inlined
def hash_bytes(start: int, stop: int, first: np.uint64, second: np.uint64) -> np.uint64:
    """Return the keyed hash of the bytes from ``start`` to ``stop``; never 0."""
    value = np.uint64(stop - start)
    while stop - start >= 16:
        value = fold(load64(start) ^ first ^ value, load64(start + 8) ^ second)
        start += 16
    left = np.uint64(0)
    right = np.uint64(0)
    if stop - start >= 8:
        left = load64(start)
        right = tail64(start + 8, stop - start - 8)
    else:
        left = tail64(start, stop - start)
    value = fold(left ^ first ^ value, right ^ second)
    value = fold(value ^ second, first | _ONE)
    return value if value != 0 else _ONE


@compiled
def _hash_rows(starts: Any, stops: Any, keys: Any, out: Any) -> None:
    for row in range(starts.size):
        if stops[row] > starts[row]:
            out[row] = hash_bytes(starts[row], stops[row], keys[0], keys[1])


def hash_strings(array: pa.Array, key: bytes, domain: int) -> Hashes:
    """Return one keyed uint64 per string; 0 where it is null or empty.

    Equal strings have equal hashes within a ``domain`` (what the column means), unrelated ones
    across domains. ValueError for an array that is not of strings.

    >>> hashes = hash_strings(pa.array(["a", None, "a", ""]), b"x" * 16, domain=1)
    >>> bool(hashes[0] == hashes[2] != 0), hashes[[1, 3]].tolist()
    (True, [0, 0])
    """
    strings = locate_strings(array)
    out = np.zeros(len(array), np.uint64)
    _hash_rows(strings.starts, strings.stops, derive_keys(key, domain, 2), out)
    return out


@compiled
def _mix_columns(columns: Any, keys: Any, out: Any) -> None:
    for row in range(out.size):
        value = keys[2]
        seen = np.uint64(0)
        for column in range(columns.shape[0]):
            seen |= columns[column, row]
            value = fold(value ^ columns[column, row] ^ keys[0], keys[1])
        if seen != 0:
            value = fold(value ^ keys[3], keys[0] | _ONE)
            out[row] = value if value != 0 else _ONE


def combine_hashes(columns: list[Hashes], key: bytes, domain: int) -> Hashes:
    """Return one keyed uint64 per row of several columns, in their order; 0 where all are 0.

    >>> one = np.array([5, 0], np.uint64)
    >>> both = combine_hashes([one, one], b"x" * 16, domain=1)
    >>> bool(both[0] != 0), int(both[1])
    (True, 0)
    """
    out = np.zeros(columns[0].size, np.uint64)
    _mix_columns(np.stack(columns), derive_keys(key, domain, 4), out)
    return out


@compiled
def _mix_sets(values: Any, counts: Any, keys: Any, out: Any) -> None:
    first = 0
    for row in range(counts.size):
        members = values[first : first + counts[row]]
        first += counts[row]
        if members.size > 1:  # most have none, and a copy costs more than its hash
            members = np.sort(members)
        value = keys[2]
        for member in members:
            value = fold(value ^ member ^ keys[0], keys[1])
        if members.size:
            out[row] = fold(value ^ keys[3], keys[0] | _ONE) | _ONE


def hash_sets(values: Hashes, counts: npt.NDArray[np.int32], key: bytes, domain: int) -> Hashes:
    """Return one keyed uint64 per row for its ``counts`` next values in any order; 0 for none.

    >>> values = np.array([3, 8, 8, 3], np.uint64)
    >>> left, right, none = hash_sets(values, np.array([2, 2, 0], np.int32), b"x" * 16, domain=1)
    >>> bool(left == right != none), int(none)
    (True, 0)
    """
    out = np.zeros(counts.size, np.uint64)
    _mix_sets(values, counts, derive_keys(key, domain, 4), out)
    return out

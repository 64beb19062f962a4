"""Columns as they come, brought to the types of the contract; rows that cannot be are told apart.

Whole arrays at a time, whatever the file format was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.ingest.times import END_US, FIRST_US, Mask, read_times
from stillhunt.tables import TIME

Faults = list[tuple[Mask, str]]

NUMBERS_AS_TEXT: Final = frozenset(
    {"status", "stop_reason", "exchange_id", "session_id", "org_id", "key_id", "end_user"}
)
"""Text columns that logs also hold as whole numbers: codes and ids, never the account's."""

NOT_UTF8: Final = "is not UTF-8"


@dataclass(frozen=True, slots=True)
class Screened:
    """The rows that passed, in the contract's schema, and why each other row did not."""

    rows: pa.RecordBatch
    faults: dict[int, str]  # row of the columns that came in → reason


def screen(
    columns: Mapping[str, pa.Array], n_rows: int, schema: pa.Schema, max_text_bytes: int
) -> Screened:
    """Return ``columns`` as rows of ``schema``; absent columns are null.

    The types must be ones that ``is_readable_as`` allows. A row is at fault when a column that
    may not be null has nothing in it, text is not UTF-8 or longer than ``max_text_bytes``, a
    number does not fit, or a time is unreadable or outside the years 2000 to 2100.
    """
    faults: dict[int, str] = {}
    arrays = []
    for field in schema:
        array = columns.get(field.name)
        if array is None:
            array = pa.nulls(n_rows, pa.null())
        array, found = _convert(field, array, max_text_bytes)
        if not field.nullable:
            found.append((_is_missing(array), f"no {field.name}"))
        for mask, reason in found:
            for row in np.flatnonzero(mask):
                faults.setdefault(int(row), reason)
        arrays.append(array)
    rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
    if faults:
        keep = np.ones(n_rows, dtype=np.bool_)
        keep[list(faults)] = False
        rows = rows.filter(pa.array(keep))
    return Screened(rows, faults)


def is_readable_as(field: pa.Field, came: pa.DataType) -> bool:
    """Tell whether a column of type ``came`` can hold what ``field`` wants.

    >>> is_readable_as(pa.field("n_turns", pa.int32()), pa.int64())
    True
    >>> is_readable_as(pa.field("account_id", pa.string()), pa.int64())
    False
    """
    types, want = pa.types, field.type
    if types.is_dictionary(came):
        came = came.value_type
    if types.is_null(came):
        return True
    if types.is_list(want):
        is_list = types.is_list(came) or types.is_large_list(came)
        return bool(is_list and (_is_text(came.value_type) or types.is_null(came.value_type)))
    if types.is_boolean(want):
        return bool(types.is_boolean(came))
    is_whole = types.is_integer(came)
    is_number = is_whole or types.is_floating(came)
    if want == TIME:
        return is_number or _is_text(came) or types.is_timestamp(came)
    if types.is_string(want):
        return _is_text(came) or (is_whole and field.name in NUMBERS_AS_TEXT)
    return bool(is_number or types.is_decimal(came))


def is_utf8(data: bytes | memoryview) -> bool:
    """Tell whether all of ``data`` is UTF-8, without a copy of it."""
    if isinstance(data, bytes) and data.isascii():
        return True
    offsets = pa.array([0, len(data)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)])
    return _is_valid(text)


def _is_text(came: pa.DataType) -> bool:
    types = pa.types
    is_text = types.is_string(came) or types.is_large_string(came) or types.is_string_view(came)
    is_binary = types.is_binary(came) or types.is_large_binary(came) or types.is_binary_view(came)
    return bool(is_text or is_binary)


def _convert(field: pa.Field, array: pa.Array, max_bytes: int) -> tuple[pa.Array, Faults]:
    types, want = pa.types, field.type
    if types.is_null(array.type):
        return pa.nulls(len(array), want), []
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == want and _is_fit(array, max_bytes):
        return array, []
    if want == TIME:
        return _to_times(field.name, array, max_bytes)
    if types.is_string(want):
        return _to_text(field.name, array, max_bytes)
    if types.is_list(want):
        return _to_lists(field.name, array, max_bytes)
    if types.is_int32(want):
        return _to_int32(field.name, array)
    if types.is_float32(want):
        return _to_float32(field.name, array)
    return array, []


def _is_fit(array: pa.Array, max_bytes: int) -> bool:
    """Tell whether all of an array can stay as it came, as is nearly always so in Parquet."""
    types, kind = pa.types, array.type
    if array.null_count == len(array):
        return True
    if kind == TIME:
        low, high = (end.as_py() for end in pc.min_max(array.cast(pa.int64())).values())
        return bool(array.null_count == 0 and low >= FIRST_US and high < END_US)
    if types.is_floating(kind):
        return bool(pc.all(pc.is_finite(array), min_count=0).as_py())
    if types.is_string(kind) or types.is_list(kind):
        return array.nbytes <= max_bytes and _is_valid(array)
    return True


def _is_missing(array: pa.Array) -> Mask:
    missing = array.is_null()
    if pa.types.is_string(array.type):
        missing = pc.or_kleene(missing, pc.equal(pc.binary_length(array), 0))
    mask: Mask = missing.to_numpy(zero_copy_only=False)
    return mask


def _to_text(name: str, array: pa.Array, max_bytes: int) -> tuple[pa.Array, Faults]:
    if pa.types.is_integer(array.type):
        return array.cast(pa.string()), []
    faults: Faults = []
    if array.nbytes > max_bytes:
        lengths = pc.fill_null(pc.binary_length(array), 0)
        too_long = pc.greater(lengths, max_bytes)
        if too_long.true_count:
            array = pc.if_else(too_long, pa.scalar(None, array.type), array)
            mask = too_long.to_numpy(zero_copy_only=False)
            faults.append((mask, f"{name} is longer than {max_bytes} bytes"))
    # Through binary, because a cast to string would refuse the whole array for one bad byte.
    binary = array.cast(pa.binary())
    text = binary.view(pa.string())
    if _is_valid(text):
        return text, faults
    bad = np.array([not is_utf8(value or b"") for value in binary.to_pylist()], dtype=np.bool_)
    text = pc.if_else(pa.array(bad), pa.scalar(None, pa.binary()), binary).view(pa.string())
    return text, [*faults, (bad, f"{name} {NOT_UTF8}")]


def _is_valid(array: pa.Array) -> bool:
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _to_lists(name: str, array: pa.Array, max_bytes: int) -> tuple[pa.Array, Faults]:
    items, found = _to_text(name, array.flatten(), max_bytes)
    parents = array.value_parent_indices().to_numpy()
    faults: Faults = []
    for mask, reason in found:
        rows = np.zeros(len(array), dtype=np.bool_)
        rows[parents[mask]] = True
        faults.append((rows, reason))
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    lists = pa.ListArray.from_arrays(
        pa.array(offsets), items, mask=array.is_null() if array.null_count else None
    )
    return lists, faults


def _to_times(name: str, array: pa.Array, max_bytes: int) -> tuple[pa.Array, Faults]:
    faults: Faults = []
    if _is_text(array.type):
        array, faults = _to_text(name, array, max_bytes)
    times, found = read_times(array)
    return times, faults + [(mask, f"{name} {reason}") for mask, reason in found]


def _to_int32(name: str, array: pa.Array) -> tuple[pa.Array, Faults]:
    # By way of 64-bit floats, which hold every 32-bit number: tables that passed through pandas
    # have whole numbers as floats with NaN for null.
    values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    if name == "asn":
        # Private AS numbers reach 2^32; kept as their 32-bit pattern, as an opaque id.
        values = np.where((values >= 2**31) & (values < 2**32), values - 2**32, values)
    present = ~np.isnan(values)
    whole = values == np.floor(values)
    fits = (values >= -(2**31)) & (values < 2**31)
    ok = present & whole & fits
    numbers = pa.array(np.where(ok, values, 0).astype(np.int32), mask=~ok)
    return numbers, [
        (present & ~whole, f"{name} must be a whole number"),
        (present & whole & ~fits, f"{name} is out of range"),
    ]


def _to_float32(name: str, array: pa.Array) -> tuple[pa.Array, Faults]:
    values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    present = ~np.isnan(values)
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    too_big = np.isinf(numbers)
    return pa.array(numbers, mask=~present | too_big), [(too_big, f"{name} is out of range")]

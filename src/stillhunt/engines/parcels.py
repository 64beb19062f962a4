"""Parcels: tables on their way from one task of a cluster to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows of one ``kind``; all parcels for one ``place`` come to one task."""

    kind: str
    place: int
    rows: pa.Table

    def body(self) -> bytes:
        """Return the rows as an Arrow stream, compressed."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema, options=_OPTIONS) as stream:
            stream.write_table(self.rows)
        return bytes(sink.getvalue())


def unpack(kind: str, place: int, body: Any) -> Parcel:
    """Return the parcel whose ``body`` this was (bytes, or an Arrow buffer)."""
    return Parcel(kind, place, pa.ipc.open_stream(body).read_all())


def deal(kind: str, rows: pa.Table, places: npt.NDArray[np.integer[Any]]) -> Iterator[Parcel]:
    """Yield the rows in one parcel for each of the places, one place per row.

    >>> table = pa.table({"n": [1, 2, 3]})
    >>> [(p.place, p.rows["n"].to_pylist()) for p in deal("n", table, np.array([5, 4, 5]))]
    [(4, [2]), (5, [1, 3])]
    """
    if not rows.num_rows:
        return
    order = np.argsort(places, kind="stable")
    ranked = places[order]
    rows = rows.take(pa.array(order)).combine_chunks()
    starts = np.flatnonzero(np.diff(ranked, prepend=-1)).tolist()
    for start, stop in zip(starts, [*starts[1:], order.size], strict=True):
        yield Parcel(kind, int(ranked[start]), rows.slice(start, stop - start))


def cut(kind: str, rows: pa.Table, n_rows: int = 2**14) -> Iterator[Parcel]:
    """Yield the rows in parcels of a bounded size, for whoever collects them."""
    for start in range(0, rows.num_rows, n_rows):
        yield Parcel(kind, 0, rows.slice(start, n_rows))


def as_column(block: npt.NDArray[Any]) -> pa.Array:
    """Return the rows of an array, of any numbers or records, as an Arrow column of bytes."""
    block = np.ascontiguousarray(block)
    width = block.nbytes // max(len(block), 1) if len(block) else block.itemsize
    return pa.Array.from_buffers(pa.binary(width), len(block), [None, pa.py_buffer(block)])


def from_column(column: pa.ChunkedArray, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return what ``as_column`` was given, its rows as they lay in memory, flat in each row.

    >>> block = np.arange(6, dtype=np.int16).reshape(3, 2)
    >>> from_column(pa.chunked_array([as_column(block)]), np.int16).tolist()
    [[0, 1], [2, 3], [4, 5]]
    """
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    width, item = array.type.byte_width, np.dtype(kind).itemsize
    _, data = array.buffers()
    if not len(array):
        return np.zeros((0, width // item), kind)
    first = array.offset * width
    flat = np.frombuffer(data, np.uint8, len(array) * width, first).view(kind)
    return flat.reshape(len(array), width // item)

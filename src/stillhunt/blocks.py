"""Many rows, a block at a time: on any number of threads, with the same sums on each number."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Item = TypeVar("Item")
Part = TypeVar("Part")
Result = TypeVar("Result")
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Choice = NDArray[np.integer[Any]] | slice

LARGEST = 32_767
"""The largest number of 16 bits."""

BLOCK = 8_192
"""Rows multiplied at a time."""


def blocks(n: int, size: int) -> Iterator[slice]:
    """Yield the slices of ``size`` rows each, the last one shorter, that make up ``n``."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def spread(work: Callable[[Part], Result], parts: Iterable[Part], threads: int) -> list[Result]:
    """Return what ``work`` makes of each part, in their order, made on so many threads.

    >>> spread(lambda part: part.stop - part.start, blocks(5, 2), threads=2)
    [2, 2, 1]
    """
    if threads == 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as workers:
        return list(workers.map(work, parts))


def ahead(items: Iterator[Item], n: int = 1) -> Iterator[Item]:
    """Yield items in their order while the next ``n`` are made on a thread of their own.

    >>> list(ahead(iter("ab")))
    ['a', 'b']
    """
    end = object()
    with ThreadPoolExecutor(1) as maker:
        waiting = deque(maker.submit(next, items, end) for _ in range(n))
        while (made := waiting.popleft().result()) is not end:
            waiting.append(maker.submit(next, items, end))
            yield cast("Item", made)


class Stack(Protocol):
    """Rows of numbers of which any may be asked for."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, rows: Choice, /) -> Any:
        """Return some rows as float32."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no one truth
class Packed:
    """Rows of numbers as 16-bit integers, each row in a unit of its own: N × D.

    Half the memory of float32, and read like such an array. A number is off by at most 1 in
    65,534 of the largest of its row, far less than the luck of the draw in what is kept so.
    """

    codes: NDArray[np.int16]
    unit: Vectors

    @staticmethod
    def room(n: int, width: int) -> "Packed":
        """Return rows of zeros, to be replaced."""
        return Packed(np.zeros((n, width), dtype=np.int16), np.zeros(n, dtype=np.float32))

    @staticmethod
    def of(vectors: NDArray[Any]) -> "Packed":
        """Return an array packed."""
        packed = Packed.room(*vectors.shape)
        for part in blocks(len(packed), BLOCK):
            packed[part] = vectors[part]
        return packed

    def among(self, rows: Index, n: int) -> "Packed":
        """Return ``n`` rows, these ones at their places and zeros elsewhere."""
        packed = Packed.room(n, self.shape[1])
        packed.codes[rows], packed.unit[rows] = self.codes, self.unit
        return packed

    def __setitem__(self, rows: Choice, vectors: NDArray[Any]) -> None:
        """Replace some rows."""
        largest = np.maximum(vectors.max(axis=1, initial=0), -vectors.min(axis=1, initial=0))
        codes = vectors * (LARGEST / np.maximum(largest, 1e-30))[:, None]
        self.codes[rows] = np.rint(codes, out=codes)
        self.unit[rows] = largest / LARGEST

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of rows and of columns."""
        return self.codes.shape[0], self.codes.shape[1]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.unit)

    def __getitem__(self, rows: Choice) -> Vectors:
        """Return some rows as float32."""
        part = self.codes[rows].astype(np.float32)
        part *= self.unit[rows, None]
        return part

    def __matmul__(self, column: Vectors) -> Vectors:
        """Return the product of each row with a column, as float32."""
        products = [
            self.codes[part].astype(np.float32) @ column for part in blocks(len(self), BLOCK)
        ]
        return np.asarray(np.concatenate([column[:0], *products]) * self.unit)

    def total(self, rows: Index, scale: Floats) -> tuple[Floats, Floats]:
        """Return the sum of some rows, each scaled, and the squared length of each, unscaled."""
        total, squared = np.zeros(self.shape[1]), np.empty(rows.size)
        _total(self.codes, self.unit, rows, scale, total, squared)
        return total, squared

    def dots(self, rows: Index, column: Floats) -> Floats:
        """Return the product of some rows with a column."""
        products = np.empty(rows.size)
        _dots(self.codes, self.unit, rows, column, products)
        return products

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all rows, unpacked."""
        return np.asarray(self[:], dtype=dtype)


@njit(nogil=True, cache=True)
def _total(codes: Any, unit: Any, rows: Any, scale: Any, total: Any, squared: Any) -> None:
    for i in range(rows.size):
        row, length = rows[i], np.int64(0)
        times = scale[i] * unit[row]
        for column in range(total.size):
            code = codes[row, column]
            length += np.int64(code) * np.int64(code)
            total[column] += times * code
        squared[i] = length * np.float64(unit[row]) ** 2


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _dots(codes: Any, unit: Any, rows: Any, column: Any, products: Any) -> None:
    for i in range(rows.size):
        row, product = rows[i], 0.0
        for place in range(column.size):
            product += codes[row, place] * column[place]
        products[i] = product * unit[row]

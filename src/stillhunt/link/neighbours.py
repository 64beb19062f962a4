"""The nearest accounts of each account, without comparing every pair.

Up to ``EXACT`` accounts every pair is compared by blocks of a matrix product. Beyond, accounts are
sorted into cells around centres (an inverted file, as in Jégou et al., 2011) and compared with
those of the nearest few cells. Cells grow no larger from ``FLAT`` accounts on, and are found in two
steps, so that a million accounts cost hardly more each than a hundred thousand. A crowd of accounts
that are all alike fills one cell; they are compared with some of it.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillhunt.population import Index, Vectors

EXACT = 6_000
"""Below this the full product is cheaper than cells."""

FLAT = 2**16
"""Accounts up to which all centres are compared with each; beyond, cells lie within cells."""

CELL = 128
"""Accounts to a cell beyond that."""

PROBES = 6
"""Cells searched per account."""

MOST_COMPARED = 8_192
"""Accounts that one is compared with at the most, drawn by lot where its cells hold more."""

BLOCK = 1_024


def nearest(
    unit: Vectors, k: int, seed: int, threads: int = 1
) -> tuple[Index, NDArray[np.float32]]:
    """Return the ``k`` nearest rows of each row, and their dot products: two n × k arrays.

    Rows that have fewer neighbours are filled with -1 and -inf. A row is not its own neighbour.
    The same on any number of threads.
    """
    n = unit.shape[0]
    k = min(k, max(n - 1, 0))
    if n <= EXACT or k == 0:
        return _search(unit, np.arange(n), np.arange(n), k)
    found = np.full((n, k), -1, dtype=np.int64)
    score = np.full((n, k), -np.inf, dtype=np.float32)

    def search(task: tuple[Index, Index]) -> None:
        mine, pool = task
        found[mine], score[mine] = _search(unit, mine, pool, k)

    with ThreadPoolExecutor(threads) as workers:
        deque(workers.map(search, _tasks(unit, seed)), maxlen=0)
    return found, score


def _tasks(unit: Vectors, seed: int) -> Iterator[tuple[Index, Index]]:
    """Yield the rows of each cell, and those that they are compared with."""
    n = unit.shape[0]
    centres, cell = _cells(unit, seed) if n <= FLAT else _cells_within(unit, seed)
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(centres.shape[0] + 1))
    rng = np.random.default_rng(seed)
    for c, near in enumerate(_near_cells(centres)):
        mine = order[starts[c] : starts[c + 1]]
        if mine.size:
            pool = np.concatenate([order[starts[p] : starts[p + 1]] for p in near])
            if pool.size > MOST_COMPARED:
                pool = rng.choice(pool, MOST_COMPARED, replace=False)
            yield mine, pool


def _search(unit: Vectors, rows: Index, pool: Index, k: int) -> tuple[Index, NDArray[np.float32]]:
    found = np.full((rows.size, k), -1, dtype=np.int64)
    score = np.full((rows.size, k), -np.inf, dtype=np.float32)
    width = min(k, pool.size - 1)
    if width <= 0:
        return found, score
    candidates = unit[pool]
    for start in range(0, rows.size, BLOCK):
        block = rows[start : start + BLOCK]
        dots = unit[block] @ candidates.T
        dots[pool[None, :] == block[:, None]] = -np.inf
        top = np.argpartition(-dots, width - 1, axis=1)[:, :width]
        found[start : start + block.size, :width] = pool[top]
        score[start : start + block.size, :width] = np.take_along_axis(dots, top, axis=1)
    return found, score


def _near_cells(centres: Vectors) -> Index:
    """Return the nearest cells of each cell, itself first."""
    near = np.empty((centres.shape[0], min(PROBES, centres.shape[0])), dtype=np.int64)
    for start in range(0, centres.shape[0], BLOCK):
        closeness = centres[start : start + BLOCK] @ centres.T
        own = np.arange(closeness.shape[0])
        closeness[own, start + own] = np.inf  # also where centres coincide
        near[start : start + BLOCK] = np.argsort(-closeness, axis=1)[:, :PROBES]
    return near


def _cells_within(unit: Vectors, seed: int) -> tuple[Vectors, Index]:
    """Sort rows into a few large cells, and those of each into small ones."""
    _, large = _cells(unit, seed, int(np.sqrt(unit.shape[0] / CELL)))
    order = np.argsort(large, kind="stable")
    centres, cell, n_cells = [], np.empty(unit.shape[0], dtype=np.int64), 0
    for rows in np.split(order, np.flatnonzero(np.diff(large[order])) + 1):
        some, part = _cells(unit[rows], seed, -(-rows.size // CELL))
        centres.append(some)
        cell[rows] = part + n_cells
        n_cells += len(some)
    return np.concatenate(centres), cell


def _cells(unit: Vectors, seed: int, n_cells: int = 0) -> tuple[Vectors, Index]:
    """Sort rows into cells around centres that a few rounds of spherical k-means have moved.

    There are ``n_cells``, or twice the square root of the rows.
    """
    n = unit.shape[0]
    n_cells = n_cells or int(np.sqrt(n)) * 2
    rng = np.random.default_rng(seed)
    length = np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    some = rng.choice(n, n_cells, replace=False)
    centres = unit[some] / length[some]
    cell = np.zeros(n, dtype=np.int64)
    for _ in range(3):
        for start in range(0, n, BLOCK):
            cell[start : start + BLOCK] = (unit[start : start + BLOCK] @ centres.T).argmax(axis=1)
        inside = csr_matrix((1 / length[:, 0], (cell, np.arange(n))), shape=(n_cells, n))
        sums = inside @ unit
        norm = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norm > 0, sums / np.maximum(norm, 1e-9), centres).astype(np.float32)
    return centres, cell

"""The nearest accounts of each account, without comparing every pair.

Up to ``EXACT`` accounts every pair is compared by blocks of a matrix product. Beyond, accounts are
sorted into cells around centres (an inverted file, as in Jégou et al., 2011) and compared with
those of the nearest few cells. Cells grow no larger from ``FLAT`` accounts on, and are found in two
steps, so that a million accounts cost hardly more each than a hundred thousand. A crowd of accounts
that are all alike fills one cell; they are compared with some of it.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillhunt.blocks import Stack, blocks, spread
from stillhunt.link.kernels import pick_nearest
from stillhunt.population import Index, Vectors

Narrow = NDArray[np.int32]

EXACT = 6_000
"""Below this the full product is cheaper than cells."""

FLAT = 2**16
"""Accounts up to which all centres are compared with each; beyond, cells lie within cells."""

CELL = 128
"""Accounts to a cell beyond that."""

LEARNT = 128
"""Accounts to a cell at the most that its centre is learnt from; more move it little."""

ROUNDS = 3
"""Times that centres move."""

PROBES = 6
"""Cells searched per account."""

MOST_COMPARED = 8_192
"""Accounts that one is compared with at the most, drawn by lot where its cells hold more."""

BLOCK = 1_024


def nearest(
    unit: Stack, k: int, seed: int, threads: int = 1
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the ``k`` nearest rows of each row, and their dot products: two n × k arrays.

    Rows that have fewer neighbours are filled with -1 and -inf. A row is not its own neighbour.
    The same on any number of threads.
    """
    n = len(unit)
    k = min(k, max(n - 1, 0))
    found = np.full((n, k), -1, dtype=np.int32)
    score = np.full((n, k), -np.inf, dtype=np.float32)

    def search(task: tuple[Narrow, Narrow]) -> None:
        rows, pool = task
        candidates = unit[pool].T
        for part in blocks(rows.size, BLOCK):
            pick_nearest(unit[rows[part]] @ candidates, rows[part], pool, found, score)

    everybody = np.arange(n, dtype=np.int32)
    if k:
        tasks = [(everybody, everybody)] if n <= EXACT else _tasks(unit, seed, threads)
        spread(search, tasks, threads)
    return found, score


def _tasks(unit: Stack, seed: int, threads: int) -> Iterator[tuple[Narrow, Narrow]]:
    """Yield the rows of each cell, and those that they are compared with."""
    if len(unit) <= FLAT:
        centres, cell = _cells(unit, seed, int(np.sqrt(len(unit))) * 2, threads)
    else:
        centres, cell = _cells_within(unit, seed, threads)
    order = np.argsort(cell, kind="stable").astype(np.int32)  # there are long lists of them
    starts = np.searchsorted(cell[order], np.arange(centres.shape[0] + 1))
    rng = np.random.default_rng(seed)
    for c, near in enumerate(_near_cells(centres)):
        mine = order[starts[c] : starts[c + 1]]
        if mine.size:
            pool = np.concatenate([order[starts[p] : starts[p + 1]] for p in near])
            if pool.size > MOST_COMPARED:
                pool = rng.choice(pool, MOST_COMPARED, replace=False)
            yield mine, pool


def _near_cells(centres: Vectors) -> Index:
    """Return the nearest cells of each cell, itself first."""
    n = len(centres)
    near = np.empty((n, min(PROBES, n)), dtype=np.int64)
    for part in blocks(n, CELL):
        distance = -(centres[part] @ centres.T)
        own = np.arange(len(distance))
        distance[own, part.start + own] = -np.inf  # also where centres coincide
        some = np.argpartition(distance, near.shape[1] - 1, axis=1)[:, : near.shape[1]]
        order = np.argsort(np.take_along_axis(distance, some, axis=1), axis=1)
        near[part] = np.take_along_axis(some, order, axis=1)
    return near


def _cells_within(unit: Stack, seed: int, threads: int) -> tuple[Vectors, Index]:
    """Sort rows into a few large cells, and those of each into small ones."""
    n = len(unit)
    _, large = _cells(unit, seed, int(np.sqrt(n / CELL)), threads)
    order = np.argsort(large, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(large[order])) + 1)
    divided = spread(lambda rows: _cells(unit[rows], seed, -(-rows.size // CELL)), groups, threads)
    cell, n_cells = np.empty(n, dtype=np.int64), 0
    for rows, (centres, part) in zip(groups, divided, strict=True):
        cell[rows] = part + n_cells
        n_cells += len(centres)
    return np.concatenate([centres for centres, _ in divided]), cell


def _cells(unit: Stack, seed: int, n_cells: int, threads: int = 1) -> tuple[Vectors, Index]:
    """Sort rows into cells around centres that a few rounds of spherical k-means have moved."""
    n = len(unit)
    rng = np.random.default_rng(seed)
    n_learnt = min(LEARNT * n_cells, n)
    some = unit[rng.choice(n, n_learnt, replace=False)] if n_learnt < n else unit[:]
    some = some / np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-9)
    centres = some[rng.choice(n_learnt, n_cells, replace=False)]
    for _ in range(ROUNDS):
        cell = _nearest_of(some, centres, threads)
        inside = (np.ones(n_learnt, np.float32), (cell, np.arange(n_learnt)))
        sums = csr_matrix(inside, (n_cells, n_learnt)) @ some
        norm = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norm > 0, sums / np.maximum(norm, 1e-9), centres).astype(np.float32)
    return centres, cell if n_learnt == n else _nearest_of(unit, centres, threads)


def _nearest_of(unit: Stack, centres: Vectors, threads: int) -> Index:
    """Return the nearest centre of each row."""
    found = spread(
        lambda part: (unit[part] @ centres.T).argmax(axis=1), blocks(len(unit), BLOCK), threads
    )
    return np.concatenate(found)

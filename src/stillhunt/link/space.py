"""The space in which accounts that ask the same things lie close together.

Each account is the mean of its exchanges' projections, and of the cells they are in: the one tells
what it asks as a whole, the other what a small part of it asks. Centred and whitened by the
covariance of the exchanges, a direction counts by how unusual it is in this traffic, and the noise
of a small sample is known: an account of n exchanges lies about D/n (squared) from where it
belongs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillhunt.blocks import Choice, Packed, blocks, spread
from stillhunt.population import Floats, Index, Population, Space, Vectors
from stillhunt.records import N_CELLS, PROJECTION_DIMS, SKETCH_SCALE, WEIGHT_CAP

RIDGE = 0.05
"""Share of the mean variance added to every direction before whitening, so that directions in
which the sample hardly varies are not blown up; within 0.01-0.2 no ring changed in development."""

LEAST_SPREAD = 1e-4
"""Mean squared distance of projections from their centre below which all ask the same: what is
left is rounding."""

MANY_TEXTS = 20
"""Exchanges from which an account helps to choose directions; with fewer it is mostly noise."""

BLOCK = 2_048
"""Accounts projected at a time."""

PLACED_SIGMAS = 2.0
"""An account is placed when its distance from the centre exceeds its noise by this many standard
errors: below that it cannot be told from a random draw of everybody's prompts."""


def whiten(population: Population, threads: int = 1) -> Space:
    """Return the whitened space of a population; nobody is placed where no text was kept.

    The same on any number of threads.
    """
    n_text = population.text_exchanges.astype(np.float64)
    # Half of a mean is of all exchanges, half of those whose cell was counted.
    n_known = 2 / (1 / np.maximum(n_text, 1) + 1 / np.maximum(population.cells.sum(axis=1), 1))
    rows = population.sample.account
    if rows.size < 2 * PROJECTION_DIMS:
        return _nowhere(len(population))
    cell = np.eye(N_CELLS, dtype=np.float32)[population.sample.cell]
    sketch = _side_by_side(population.sample.sketch, cell)
    seen = np.bincount(rows, minlength=len(population))
    weight = (np.minimum(seen, WEIGHT_CAP) / np.maximum(seen, 1))[rows]
    weight = (weight / weight.sum()).astype(np.float32)
    centre = weight @ sketch
    total = 1 - float(centre @ centre)  # the spread, since every projection has length 1
    if total < LEAST_SPREAD:
        return _nowhere(len(population))
    sketch -= centre
    sketch *= np.sqrt(weight)[:, None]
    covariance = (sketch.T @ sketch).astype(np.float64)
    values, directions = np.linalg.eigh(covariance)
    values = np.maximum(values, 0) + RIDGE * values.mean()
    whitener = (directions / np.sqrt(values)).astype(np.float32)
    dims = _variance(covariance, whitener)
    within = _within(population, n_known, total, threads)
    kept: Vectors = whitener @ _telling(population, centre, whitener, within * dims, threads)
    # The ridge leaves a direction a variance below 1, the more so where there was little.
    dims = _variance(covariance, kept)
    vectors, squared = _project(population, centre, kept, threads)
    noise = within * dims
    # One exchange says nothing of its own noise, so nothing of where its account lies.
    strength = np.where(n_text >= 2, np.maximum(squared - noise, 0), 0)
    error = noise * np.sqrt(2 / dims) + 2 * np.sqrt(noise * strength / dims)
    placed = np.flatnonzero((n_text >= 2) & (strength > PLACED_SIGMAS * error))
    return Space(vectors, strength, noise, placed)


def _variance(covariance: Floats, matrix: Vectors) -> float:
    """Return the variance of what has this covariance, all directions of a projection together."""
    return float(np.sum(matrix * (covariance @ matrix)))


def _side_by_side(sketch: NDArray[Any], cells: NDArray[Any]) -> Vectors:
    """Return vectors, half sketch, half cell: of length 1 for an exchange, means for several."""
    half = np.float32(1 / np.sqrt(2))
    joint = np.empty((len(sketch), PROJECTION_DIMS + N_CELLS), dtype=np.float32)
    np.multiply(sketch, half / SKETCH_SCALE, out=joint[:, :PROJECTION_DIMS])
    np.multiply(cells, half, out=joint[:, PROJECTION_DIMS:])
    return joint


def _mean(population: Population, rows: Choice) -> Vectors:
    """Return the mean projections of some accounts."""
    sums, cells = (kept[rows].astype(np.float32) for kept in (population.sums, population.cells))
    sums /= np.maximum(population.text_exchanges[rows], 1).astype(np.float32)[:, None]
    cells /= np.maximum(cells.sum(axis=1, keepdims=True), 1)
    return _side_by_side(sums, cells)


def _project(
    population: Population, centre: Vectors, matrix: Vectors, threads: int
) -> tuple[Packed, Floats]:
    """Return the projected means of all accounts, and their squared lengths."""
    vectors = Packed.room(len(population), matrix.shape[1])
    squared = np.zeros(len(population))

    def project(part: slice) -> None:
        projected = (_mean(population, part) - centre) @ matrix
        # An account of one exchange lies where it was drawn: nothing is known of its own place.
        projected[population.text_exchanges[part] < 2] = 0
        vectors[part] = projected
        squared[part] = np.square(projected).sum(axis=1)

    spread(project, blocks(len(population), BLOCK), threads)
    return vectors, squared


def _within(population: Population, n: Floats, total: float, threads: int) -> Floats:
    """Return the expected squared noise of each mean per dimension, whitened.

    How much less an account spreads than the whole traffic, the raw space tells.
    """

    def alike(part: slice) -> Floats:
        return np.asarray(np.square(_mean(population, part), dtype=np.float64).sum(axis=1))

    parts = spread(alike, blocks(len(population), BLOCK), threads)
    within = (1 - np.concatenate(parts)) * n / np.maximum(n - 1, 1)
    return np.asarray(np.maximum(within / total, 0.05) / np.maximum(n, 1))


def _telling(
    population: Population, centre: Vectors, whitener: Vectors, noise: Floats, threads: int
) -> Vectors:
    """Return D × k directions in which accounts differ by more than a typical one's noise.

    The others hold nothing but the luck of the draw. Each account counts once, less where it is
    noisy, so that a direction in which one ring alone differs is kept. All where none stands out.
    """
    many = np.flatnonzero(population.text_exchanges >= MANY_TEXTS)
    n_dims = whitener.shape[1]
    if many.size < 2 * n_dims:
        return np.eye(n_dims, dtype=np.float32)
    typical = float(np.median(noise[many]))
    weight = 1 / (1 + noise[many] / typical)
    weight /= weight.sum()

    def moments(part: slice) -> tuple[Floats, Floats]:
        heavy = np.sqrt(weight[part]).astype(np.float32)[:, None]
        away = (_mean(population, many[part]) - centre) * heavy
        return (heavy[:, 0] @ away).astype(np.float64), (away.T @ away).astype(np.float64)

    parts = spread(moments, blocks(many.size, BLOCK), threads)
    first, second = (sum(part) for part in zip(*parts, strict=True))
    between = whitener.T @ (second - np.outer(first, first)) @ whitener
    values, directions = np.linalg.eigh(between)
    values -= float(weight @ noise[many]) / n_dims
    chosen = values > typical / n_dims
    if not chosen.any():
        return np.eye(n_dims, dtype=np.float32)
    return np.asarray(directions[:, chosen], dtype=np.float32)


def _nowhere(n: int) -> Space:
    """Return the space of traffic that tells no two accounts apart."""
    vectors = Packed.room(n, PROJECTION_DIMS)
    return Space(vectors, np.zeros(n), np.zeros(n), np.zeros(0, dtype=np.int64))


def cosine_error(space: Space, left: Index, right: Index) -> NDArray[np.float64]:
    """Return the standard error of the estimated cosine of pairs of accounts."""
    dims = space.vectors.shape[1]
    a = space.noise[left] / np.maximum(space.strength[left], 1e-9)
    b = space.noise[right] / np.maximum(space.strength[right], 1e-9)
    return np.asarray(np.sqrt((a * b + a + b) / dims))


def schedule_space(population: Population) -> Space:
    """Return the space of clocks: activity per hour beyond each account's own daily habit.

    A Poisson account of n exchanges lies about sqrt(n) from the centre by chance alone, and that
    is its noise.
    """
    vectors = population.shifts
    noise = population.exchanges.astype(np.float64)
    squared = np.zeros(len(vectors))
    for part in blocks(len(vectors), BLOCK):
        squared[part] = np.square(vectors[part], dtype=np.float64).sum(axis=1)
    strength = np.maximum(squared - noise, 0)
    error = noise * np.sqrt(2 / vectors.shape[1]) + 2 * np.sqrt(noise * strength / vectors.shape[1])
    placed = np.flatnonzero((population.exchanges >= 10) & (strength > PLACED_SIGMAS * error))
    return Space(vectors, strength, noise, placed)

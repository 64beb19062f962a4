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

from stillhunt.population import Index, Population, Space, Vectors
from stillhunt.records import N_CELLS, PROJECTION_DIMS, SKETCH_SCALE, WEIGHT_CAP

RIDGE = 0.05
"""Share of the mean variance added to every direction before whitening, so that directions in
which the sample hardly varies are not blown up; within 0.01-0.2 no ring changed in development."""

LEAST_SPREAD = 1e-4
"""Mean squared distance of projections from their centre below which all ask the same: what is
left is rounding."""

MANY_TEXTS = 20
"""Exchanges from which an account helps to choose directions; with fewer it is mostly noise."""

BLOCK = 8_192
"""Accounts projected at a time."""

PLACED_SIGMAS = 2.0
"""An account is placed when its distance from the centre exceeds its noise by this many standard
errors: below that it cannot be told from a random draw of everybody's prompts."""


def whiten(population: Population) -> Space:
    """Return the whitened space of a population; nobody is placed where no text was kept."""
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
    away = sketch - centre
    covariance = (away * weight[:, None]).T @ away
    values, directions = np.linalg.eigh(covariance.astype(np.float64))
    values = np.maximum(values, 0) + RIDGE * values.mean()
    whitener = (directions / np.sqrt(values)).astype(np.float32)
    dims = float(np.square(away @ whitener).sum(axis=1) @ weight)
    many = np.flatnonzero(n_text >= MANY_TEXTS)
    vectors, alike = _project(population, many, centre, whitener)
    kept = _telling(vectors, _noise_of(alike, n_known[many], total) * dims)
    del vectors  # as large as what comes
    # The ridge leaves a direction a variance below 1, the more so where there was little.
    dims = float(np.square(away @ (whitener @ kept)).sum(axis=1) @ weight)
    vectors, alike = _project(population, np.arange(n_text.size), centre, whitener @ kept)
    noise = _noise_of(alike, n_known, total) * dims
    squared = np.square(vectors).sum(axis=1)
    # One exchange says nothing of its own noise, so nothing of where its account lies.
    strength = np.where(n_text >= 2, np.maximum(squared - noise, 0), 0)
    error = noise * np.sqrt(2 / dims) + 2 * np.sqrt(noise * strength / dims)
    placed = np.flatnonzero((n_text >= 2) & (strength > PLACED_SIGMAS * error))
    return Space(vectors, strength, noise, placed)


def _side_by_side(sketch: NDArray[Any], cells: NDArray[Any]) -> Vectors:
    """Return vectors, half sketch, half cell: of length 1 for an exchange, means for several."""
    half = np.float32(1 / np.sqrt(2))
    sketched = sketch.astype(np.float32) * (half / SKETCH_SCALE)
    return np.concatenate([sketched, cells.astype(np.float32) * half], axis=1)


def _project(
    population: Population, rows: Index, centre: Vectors, matrix: Vectors
) -> tuple[Vectors, NDArray[np.float64]]:
    """Return the projected means of some accounts, and how alike their own prompts are (0-1).

    In blocks, since a million accounts fill a gigabyte in every shape they take.
    """
    vectors = np.zeros((rows.size, matrix.shape[1]), dtype=np.float32)
    alike = np.zeros(rows.size)
    for start in range(0, rows.size, BLOCK):
        block = rows[start : start + BLOCK]
        n_text = population.text_exchanges[block]
        cells = population.cells[block]
        mean = _side_by_side(
            population.sums[block] / np.maximum(n_text, 1).astype(np.float32)[:, None],
            cells / np.maximum(cells.sum(axis=1, keepdims=True), 1),
        )
        alike[start : start + BLOCK] = np.square(mean, dtype=np.float64).sum(axis=1)
        # An account of one exchange lies where it was drawn: nothing is known of its own place.
        placeable = n_text >= 2
        vectors[start : start + BLOCK][placeable] = (mean[placeable] - centre) @ matrix
    return vectors, alike


def _noise_of(
    alike: NDArray[np.float64], n: NDArray[np.float64], total: float
) -> NDArray[np.float64]:
    """Return the expected squared noise of a mean per dimension, whitened.

    How much less an account spreads than the whole traffic, the raw space tells.
    """
    within = (1 - alike) * n / np.maximum(n - 1, 1)
    return np.asarray(np.maximum(within / total, 0.05) / np.maximum(n, 1))


def _telling(vectors: Vectors, noise: NDArray[np.float64]) -> Vectors:
    """Return D × k directions in which accounts differ by more than a typical one's noise.

    The others hold nothing but the luck of the draw. Each account counts once, less where it is
    noisy, so that a direction in which one ring alone differs is kept. All where none stands out.
    """
    if vectors.shape[0] < 2 * vectors.shape[1]:
        return np.eye(vectors.shape[1], dtype=np.float32)
    typical = float(np.median(noise))
    weight = 1 / (1 + noise / typical)
    weight /= weight.sum()
    away = vectors - (weight @ vectors).astype(np.float32)
    between = ((away * weight[:, None].astype(np.float32)).T @ away).astype(np.float64)
    values, directions = np.linalg.eigh(between)
    values -= float(weight @ noise) / vectors.shape[1]
    chosen = values > typical / vectors.shape[1]
    if not chosen.any():
        return np.eye(vectors.shape[1], dtype=np.float32)
    return np.asarray(directions[:, chosen], dtype=np.float32)


def _nowhere(n: int) -> Space:
    """Return the space of traffic that tells no two accounts apart."""
    vectors = np.zeros((n, PROJECTION_DIMS), dtype=np.float32)
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
    squared = np.square(vectors, dtype=np.float64).sum(axis=1)
    strength = np.maximum(squared - noise, 0)
    error = noise * np.sqrt(2 / vectors.shape[1]) + 2 * np.sqrt(noise * strength / vectors.shape[1])
    placed = np.flatnonzero((population.exchanges >= 10) & (strength > PLACED_SIGMAS * error))
    return Space(vectors, strength, noise, placed)

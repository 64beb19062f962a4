"""Nearest accounts, held against a full sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.link.neighbours import EXACT, nearest


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """More rows than are compared in full, a tenth of them in tight clusters of twenty."""
    rng = np.random.default_rng(3)
    n = EXACT + 1_000
    rows = rng.normal(size=(n, 32))
    label = np.full(n, -1)
    label[: n // 10] = np.arange(n // 10) // 20
    centres = rng.normal(size=(n // 200 + 1, 32))
    rows[: n // 10] = centres[label[: n // 10]] + 0.1 * rng.normal(size=(n // 10, 32))
    order = rng.permutation(n)
    return _unit(rows[order]), label[order]


@given(st.integers(2, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)  # the first compiles
def test_few_rows_are_compared_in_full(n, k, seed):
    unit = _unit(np.random.default_rng(seed).normal(size=(n, 6)))
    found, score = nearest(unit, k, seed)
    dots = unit @ unit.T
    np.fill_diagonal(dots, -np.inf)
    width = min(k, n - 1)
    assert found.shape == score.shape == (n, width)
    best = -np.sort(-dots, axis=1)[:, :width]
    np.testing.assert_allclose(-np.sort(-score, axis=1), best, atol=1e-5)
    np.testing.assert_allclose(score, np.take_along_axis(dots, found, axis=1), atol=1e-5)
    assert all(len(set(row)) == width and i not in row for i, row in enumerate(found.tolist()))


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_is_near_when_nobody_is_there(n):
    found, score = nearest(np.ones((n, 4), np.float32), 8, 1)
    assert found.shape == score.shape == (n, 0)


def test_cells_find_nearly_all_neighbours_of_a_tight_cluster(clusters):
    unit, label = clusters
    found, score = nearest(unit, 16, 7)
    rows = np.flatnonzero(label >= 0)
    dots = unit[rows] @ unit.T
    dots[np.arange(rows.size), rows] = -np.inf
    wanted = np.argsort(-dots, axis=1)[:, :16]
    hits = [
        len(set(a) & set(b)) for a, b in zip(found[rows].tolist(), wanted.tolist(), strict=True)
    ]
    assert np.mean(hits) >= 0.95 * 16
    known = found >= 0
    right = np.where(known, found, 0)
    true_score = np.einsum("id,ikd->ik", unit, unit[right])
    np.testing.assert_allclose(score[known], true_score[known], atol=1e-5)
    assert (score[~known] == -np.inf).all()
    assert not (found == np.arange(label.size)[:, None]).any()


def test_the_same_seed_finds_the_same_neighbours(clusters):
    unit, _ = clusters
    first, again = nearest(unit, 4, 7), nearest(unit, 4, 7)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_rows_that_are_all_alike_still_have_neighbours():
    unit = np.tile(_unit(np.ones((1, 8))), (EXACT + 1, 1))
    found, score = nearest(unit, 3, 1)
    assert (found >= 0).all()
    np.testing.assert_allclose(score, 1, atol=1e-5)

"""Measures of a group, against plain ways of computing them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.blocks import Packed
from stillhunt.judge.groups import homogeneity, rank_value, two_thirds_reach
from stillhunt.population import Space

_NUMBERS = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=30)


def _space(vectors: np.ndarray, strength: np.ndarray | None = None) -> Space:
    own = np.square(vectors).sum(axis=1) if strength is None else strength
    return Space(Packed.of(vectors), own, np.zeros(len(vectors)), np.flatnonzero(own > 0))


@given(_NUMBERS)
def test_two_thirds_reach_what_two_thirds_reach(numbers):
    column = np.array(numbers, dtype=np.float64)
    known = [value for value in numbers if not np.isnan(value)]
    found = two_thirds_reach(column)
    if len(known) < 3:
        assert np.isnan(found)
    else:
        assert found in known
        assert sum(value >= found for value in known) >= 2 / 3 * len(known) - 0.5


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_a_value_of_a_rank_is_numpys_nearest_quantile(numbers, ratio):
    values = np.array(numbers)
    ranks = np.flatnonzero(np.sort(values) == rank_value(values, ratio))
    assert np.abs(ranks - ratio * (values.size - 1)).min() <= 0.5 + 1e-9


@given(st.integers(3, 12), st.integers(0, 2**32 - 1))
def test_homogeneity_is_a_mean_cosine_that_two_thirds_reach(n, seed):
    unit = np.random.default_rng(seed).normal(size=(n, 6))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ unit.T
    means = (cosine.sum(axis=1) - 1) / (n - 1)
    found = homogeneity(_space(unit), np.arange(n))
    assert np.abs(means - found).min() < 1e-4
    assert np.count_nonzero(means >= found - 1e-4) >= 2 / 3 * n - 0.5


def test_accounts_that_ask_the_same_agree_whatever_their_number():
    vectors = np.tile(np.eye(1, 8), (50, 1))
    assert homogeneity(_space(vectors), np.arange(50)) == pytest.approx(1)
    assert homogeneity(_space(vectors), np.arange(3)) == pytest.approx(1)


def test_one_loud_account_does_not_speak_for_all():
    vectors = np.eye(8)
    vectors[0] *= 1_000
    assert abs(homogeneity(_space(vectors), np.arange(8))) < 0.01


def test_a_dense_part_does_not_speak_for_a_loose_whole():
    vectors = np.eye(30)
    vectors[:10] = np.eye(1, 30)
    assert homogeneity(_space(vectors), np.arange(30)) < 0.1


def test_those_who_cannot_be_told_from_the_crowd_agree_with_nobody():
    vectors = np.tile(np.eye(1, 8), (9, 1))
    strength = np.where(np.arange(9) < 4, 1.0, 0.0)
    assert homogeneity(_space(vectors, strength), np.arange(9)) == 0
    assert np.isnan(homogeneity(_space(vectors, strength), np.arange(2, 9)))


def test_a_cosine_is_never_more_than_one():
    """Noise taken out too often makes lengths too short, and ratios too large."""
    vectors = np.tile(np.eye(1, 8), (9, 1))
    assert homogeneity(_space(vectors, np.full(9, 0.5)), np.arange(9)) == 1

"""Tails, bits and Simes against plain ways of computing them, and under the null."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import combine_pvalues

from stillhunt.stats import (
    TAIL_SHARE,
    Null,
    apart_p,
    bits_of_p,
    fisher_p,
    probability_of_bits,
    simes_p,
    tail_p,
)

_RATIOS = st.floats(0, 1, allow_nan=False)
_VALUES = st.floats(-1e6, 1e6, allow_nan=False)
_NULLS = st.lists(_VALUES, min_size=1, max_size=60).map(np.array)


@given(_VALUES, _NULLS)
def test_inside_the_null_the_tail_is_empirical(value, null):
    value = min(value, float(np.quantile(null, 1 - TAIL_SHARE)))
    n_above = sum(one >= value for one in null)
    assert tail_p(value, Null.of(null), 1.0) == pytest.approx((n_above + 1) / (len(null) + 1))


@given(_VALUES, _VALUES, _NULLS)
def test_a_p_value_lies_between_nought_and_one(value, other, null):
    assert 0 < tail_p(value, Null.of(null), 1.0) <= 1


@given(_VALUES, _VALUES, _NULLS)
def test_beyond_the_null_more_is_rarer(value, other, null):
    threshold = float(np.quantile(null, 1 - TAIL_SHARE))
    low, high = sorted([threshold + abs(value) + 1e-3, threshold + abs(other) + 1e-3])
    assert tail_p(high, Null.of(null), 1.0) <= tail_p(low, Null.of(null), 1.0)


@given(_VALUES, _NULLS)
def test_the_order_of_the_null_does_not_matter(value, null):
    assert tail_p(value, Null.of(null), 1.0) == pytest.approx(
        tail_p(value, Null.of(np.sort(null)), 1.0)
    )


def test_what_is_not_known_says_nothing():
    null = np.array([0.0, np.nan, 1.0])
    assert tail_p(3.0, Null.of(np.array([])), 1.0) == 1.0
    assert tail_p(3.0, Null.of(np.array([np.nan, np.inf])), 1.0) == 1.0
    assert tail_p(float("nan"), Null.of(null), 1.0) == 1.0
    assert tail_p(0.5, Null.of(null), 1.0) == tail_p(0.5, Null.of(np.array([0.0, 1.0])), 1.0)


def test_a_null_of_ties_is_no_reason_to_find_a_trifle_rare():
    ties = np.zeros(200)
    assert tail_p(0.01, Null.of(ties), 0.1) > 0.08
    assert tail_p(1.0, Null.of(ties), 0.1) < 1e-4


_DRAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.uniform(size=n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "a ratio of few": lambda rng, n: rng.binomial(12, 0.2, n) / 12,
    "bounded": lambda rng, n: rng.beta(2, 8, n),
}


@pytest.mark.parametrize("name", _DRAWS)
@pytest.mark.parametrize("level", [0.001, 0.01, 0.05, 0.2, 0.5])
def test_under_the_null_no_level_is_exceeded(name, level):
    """Each value is drawn as its null is, so a share of ``level`` may fall below it."""
    rng = np.random.default_rng(17)
    n_trials = 3_000
    draws = _DRAWS[name](rng, 201 * n_trials).reshape(n_trials, 201)
    n_below = sum(tail_p(row[0], Null.of(row[1:]), 1 / 12) <= level for row in draws)
    assert n_below <= n_trials * level + 4 * np.sqrt(n_trials * level)


@given(st.floats(1e-12, 1 - 1e-3))
def test_bits_are_the_mean_bet_over_all_exponents(p_value):
    wager, _ = quad(lambda k: k * p_value ** (k - 1), 0, 1)
    assert bits_of_p(p_value) == pytest.approx(np.log2(wager), abs=1e-4)


def test_bits_of_a_uniform_p_value_win_nothing_on_average():
    # By the exponent of p, since half of the mean lies below p = 1e-3.
    mean, error = quad(
        lambda x: 2 ** bits_of_p(np.exp(-x)) * np.exp(-x), 0, 690, limit=500, points=[1, 10, 100]
    )
    assert 0.99 < mean <= 1 + error + 1e-6


@given(_RATIOS, _RATIOS)
def test_a_smaller_p_value_is_never_worth_less(one, other):
    low, high = sorted([one, other])
    assert bits_of_p(low) >= bits_of_p(high) - 1e-6


@given(st.lists(_RATIOS, min_size=1, max_size=8), st.randoms())
def test_simes_is_the_least_scaled_p_value_in_any_order(p_values, random):
    ranked = enumerate(sorted(p_values), start=1)
    plain = min(1.0, *(p * len(p_values) / rank for rank, p in ranked), 1.0)
    shuffled = random.sample(p_values, len(p_values))
    assert simes_p(shuffled) == pytest.approx(plain)
    least = min(p_values)
    assert least * (1 - 1e-12) <= simes_p(p_values) <= min(1.0, len(p_values) * least)


def test_simes_holds_its_level_for_dependent_p_values():
    rng = np.random.default_rng(5)
    p_values = rng.uniform(size=(4_000, 3))
    p_values[:, 1] = p_values[:, 0]
    n_below = sum(simes_p(row) <= 0.05 for row in p_values)
    assert n_below <= 4_000 * 0.05 + 4 * np.sqrt(4_000 * 0.05)


@given(st.lists(st.floats(1e-30, 1.0), min_size=2, max_size=8))
def test_p_values_apart_are_twice_the_smaller_of_simes_and_fisher(p_values):
    fisher = combine_pvalues(p_values, method="fisher").pvalue
    assert apart_p(p_values) == pytest.approx(min(1.0, 2 * min(simes_p(p_values), fisher)))


@given(_RATIOS)
def test_one_p_value_apart_is_itself(p_value):
    assert apart_p([p_value]) == p_value


def test_p_values_apart_hold_their_level():
    p_values = np.random.default_rng(5).uniform(size=(20_000, 4))
    for level in (0.05, 0.01):
        n_below = sum(apart_p(list(row)) <= level for row in p_values)
        assert n_below <= 20_000 * level + 4 * np.sqrt(20_000 * level)


def test_many_low_voices_are_heard_apart_where_simes_is_deaf():
    low = [0.03, 0.04, 0.05, 0.06]
    assert apart_p(low) < 0.01 < simes_p(low)


def test_no_p_values_are_no_evidence():
    assert simes_p([]) == fisher_p([]) == apart_p([]) == 1.0


@given(st.floats(-500, 500))
def test_probability_is_the_logistic_of_the_bits(bits):
    assert probability_of_bits(bits) == pytest.approx(float(expit(bits * np.log(2))))
    assert probability_of_bits(bits) + probability_of_bits(-bits) == pytest.approx(1)


def test_no_number_of_bits_overflows():
    assert probability_of_bits(1e9) == 1.0
    assert probability_of_bits(-1e9) == pytest.approx(0.0, abs=1e-200)

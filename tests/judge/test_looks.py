"""Looking again costs bits, and all looks together no more than the accepted rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.judge.looks import FIRST, GROWTH, cost_bits, number


def test_all_looks_together_spend_one():
    spent = sum(2 ** -cost_bits(look) for look in range(1, 100_000))
    assert spent == pytest.approx(1, abs=1e-4)
    assert spent <= 1


@given(st.integers(0, 10**9))
def test_a_look_is_due_once_a_ring_has_grown_and_not_before(exchanges):
    later = max(int(np.ceil(exchanges * GROWTH)), int(FIRST * GROWTH) + 1)
    assert number(later) > number(exchanges) >= 1
    assert number(exchanges + 1) - number(exchanges) in (0, 1, 2)


def test_a_single_look_is_free_and_no_look_pays_less_than_one_before():
    assert cost_bits(0) == 0
    assert all(cost_bits(k) <= cost_bits(k + 1) for k in range(50))


def test_looks_pay_alike_until_a_ring_is_larger_than_the_largest_campaign_published():
    assert cost_bits(number(FIRST)) == cost_bits(number(28_800_000)) < cost_bits(number(10**8))

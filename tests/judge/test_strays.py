"""How many strays a ring is expected to hold, by how its surroundings thin out."""

import numpy as np
import pytest

from stillhunt.judge.strays import expected_strays
from stillhunt.settings import JudgeSettings

SETTINGS = JudgeSettings()


def test_strays_are_foretold_by_how_outsiders_thin_out():
    rng = np.random.default_rng(11)
    crowd = rng.exponential(2.0, 10_000) - 9.2  # some hundred of them reach beyond 0
    inside = np.flatnonzero(crowd > 0)
    total = np.concatenate([crowd, np.full(200, 8.0)])
    members = np.concatenate([inside, np.arange(10_000, 10_200)])
    strays = expected_strays(total, members, JudgeSettings(edge_ratio=0.05))
    bits = total[members]
    for reach in (0.1, 2.0, 4.0):
        met = np.count_nonzero(crowd > reach)
        assert np.interp(reach, np.sort(bits), -np.sort(-strays)) == pytest.approx(met, rel=0.6)
    assert strays[-1] < 0.01 * members.size


def test_a_ring_without_an_edge_may_be_all_strays():
    total = np.concatenate([np.linspace(-10, 0, 2_000), np.linspace(0, 5, 1_000)])
    assert np.isinf(expected_strays(total, np.arange(2_000, 3_000), SETTINGS)).all()


def test_a_gap_between_ring_and_crowd_tells_that_the_crowd_ends_there():
    # A hundred a bit as far as the edge, next to nobody for four bits, then the ring.
    crowd, stray, ring = np.linspace(-40, 0, 4_000), np.full(1, 0.2), np.linspace(4, 9, 150)
    members = np.arange(4_000, 4_151)
    with_gap = expected_strays(np.concatenate([crowd, stray, ring]), members, SETTINGS)
    without = expected_strays(np.concatenate([crowd, stray, ring - 4]), members, SETTINGS)
    assert with_gap[1:].max() < 0.3
    assert without[1] > 5


def test_a_small_ring_far_from_all_is_told_from_a_crowd_that_thins_out_slowly():
    # Nobody within thirteen bits of the ring, but outsiders spread over as many: the slope alone
    # would let a third of an account expect, too many for a ring of 19.
    crowd = np.concatenate([np.full(5_800, -14.0), np.linspace(-13.5, -3, 120)])
    total = np.concatenate([crowd, np.linspace(10.4, 26, 19)])
    assert expected_strays(total, np.arange(5_920, 5_939), SETTINGS).max() < 0.19


@pytest.mark.parametrize("scale", [2.0, 3.0])
def test_a_crowd_that_thins_out_evenly_is_not_taken_for_a_gap(scale):
    # Even thinning is the slowest that is log-concave: the hardest case. A ring stands beyond it.
    rng, expected, met = np.random.default_rng(3), [], []
    for _ in range(100):
        crowd = rng.exponential(scale, 5_000) - 4.5 * scale
        total = np.concatenate([crowd, rng.normal(9, 1, 150)])
        strays = expected_strays(total, np.flatnonzero(total > 0), SETTINGS)
        expected.append(np.interp(2, np.sort(total[total > 0]), -np.sort(-strays)))
        met.append(np.count_nonzero(crowd > 2))
    assert np.mean(expected) > 0.85 * np.mean(met)


def test_where_nobody_comes_near_no_strays_are_expected():
    total = np.concatenate([np.full(2_000, -16.0), np.full(100, 9.0)])
    total[:50] += np.linspace(0, 1, 50)
    assert expected_strays(total, np.arange(2_000, 2_100), SETTINGS).max() < 1e-6

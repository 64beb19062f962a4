"""A campaign that moves to a new model is told from everybody who does."""

import numpy as np
import pytest

from stillhunt.track.pivot import FEWEST, moved

N, RING = 2_000, np.arange(100)


def _traffic(rng, everybody, ring):
    total = rng.geometric(0.2, N)
    habit = rng.beta(0.5, 0.5 / everybody - 0.5, N)  # some move as a whole, most not at all
    habit[RING] = np.maximum(habit[RING], ring)
    return rng.binomial(total, habit), total


def _p(rng, everybody, ring):
    new, total = _traffic(rng, everybody, ring)
    return moved(new, total, RING, rng).p_value


def test_who_moves_ahead_of_everybody_is_told():
    rng = np.random.default_rng(1)
    assert all(_p(rng, 0.1, 0.3) < 1e-3 for _ in range(10))


@pytest.mark.parametrize("everybody", [0.05, 0.3, 0.45])
def test_a_release_that_everybody_takes_up_tells_of_nobody(everybody):
    rng = np.random.default_rng(2)
    p_values = np.array([_p(rng, everybody, 0.0) for _ in range(100)])
    assert (p_values <= 0.1).mean() < 0.2
    assert p_values.min() > 1e-3


def test_the_busy_are_compared_with_the_busy():
    """Where the busy move and the ring is busy, the ring does not stand out."""
    rng = np.random.default_rng(3)
    total = np.full(N, 2)
    busy = np.concatenate([RING, np.arange(1_000, 1_500)])
    total[busy] = 40
    new = rng.binomial(total, np.where(total > 10, 0.6, 0.05))
    assert moved(new, total, RING, rng).p_value > 0.01


def test_who_was_not_there_since_cannot_have_moved():
    total = np.ones(N, np.int64)
    total[RING[FEWEST - 1 :]] = 0
    assert moved(total, total, RING, np.random.default_rng(4)).p_value == 1

"""A campaign that comes back with nothing of its own but its habits is known again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.populations import asking, sketches, uses

from stillhunt.records import PROJECTION_DIMS
from stillhunt.settings import JudgeSettings
from stillhunt.track.profile import (
    Likeness,
    Profile,
    from_table,
    match,
    profile_of,
    recognise,
    to_table,
)

N, EACH, SIZE = 400, 12, 20
RING = np.arange(SIZE)
SUBJECTS = np.random.default_rng(0).normal(size=(40, PROJECTION_DIMS)) / 16
POOL = np.random.default_rng(1).normal(size=PROJECTION_DIMS) / 16
KIT = 77


def _month(seed, pool=POOL, hours=(2, 3, 4), kit=KIT):
    """Return a population whose first accounts are a ring with a pool, hours and a client."""
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(N), EACH)
    means = SUBJECTS[rng.integers(0, 40, N)][account]
    means[account < SIZE] = pool
    clock = rng.multinomial(EACH, np.full(24, 1 / 24), N)
    clock[RING] = 0
    clock[RING[:, None], hours] = EACH // len(hours)
    held = [(a, kit if a < SIZE else int(rng.integers(0, 30))) for a in range(N)]
    return asking(account, sketches(means, rng), N, clock=clock, uses=uses(client=held))


def _groups(people, seed=5):
    rng = np.random.default_rng(seed)
    drawn = [np.sort(rng.choice(np.arange(SIZE, N), SIZE, replace=False)) for _ in range(100)]
    return [profile_of(people, group) for group in drawn]


BEFORE = profile_of(_month(1), RING)


def _known(people):
    ring = profile_of(people, RING)
    gone = {"SH-old": BEFORE, "SH-other": profile_of(_month(3), np.arange(100, 120))}
    return recognise(Likeness.of(people), gone, ring, _groups(people), JudgeSettings())


def test_content_clock_and_client_suffice_months_later():
    assert _known(_month(2)) == "SH-old"


def test_of_three_two_suffice():
    assert _known(_month(2, kit=5)) == "SH-old"
    assert _known(_month(2, hours=(12, 13, 14))) == "SH-old"


@pytest.mark.parametrize(
    "change",
    [
        {"pool": SUBJECTS[3], "hours": (12, 13, 14)},  # an unrelated ring with the same client
        {"hours": (12, 13, 14), "kit": 5},  # one that asks the same and has nothing else of it
        {"pool": SUBJECTS[3], "kit": 5},
    ],
)
def test_one_habit_alone_is_no_return(change):
    assert _known(_month(2, **change)) is None


def test_unrelated_groups_match_no_more_than_chance_lets_them():
    people = _month(2)
    likeness, groups = Likeness.of(people), _groups(people)
    others = _groups(people, 6)[:40]
    bits = np.array([match(likeness, BEFORE, one, groups).bits for one in others])
    assert (2.0**bits).mean() < 1.5


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**64 - 1), max_size=5, unique=True), st.integers(0, 10**6))
def test_a_profile_is_written_and_read_as_it_was(clients, exchanges):
    n = len(clients)
    one = Profile(
        np.linspace(-1, 1, PROJECTION_DIMS).astype(np.float32).astype(np.float64),
        np.arange(24), np.array(clients, np.uint64), np.linspace(0, 1, n), exchanges,
    )  # fmt: skip
    again = from_table(to_table({"SH-1": one}, 7))["SH-1"]
    for field in ("asks", "clock", "clients", "client_share"):
        assert np.array_equal(getattr(again, field), getattr(one, field))
    assert again.exchanges == exchanges

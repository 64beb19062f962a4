"""Who takes a closed account's place is linked; who merely comes at the time is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.populations import DAY_US, asking, sketches, uses

from stillhunt.link.space import whiten
from stillhunt.records import PROJECTION_DIMS
from stillhunt.settings import JudgeSettings
from stillhunt.track.replacement import _within_rate, newcomers, successors

N, EACH = 1_500, 15
OLD, NEW, STRANGERS = np.arange(40), np.arange(40, 60), np.arange(60, 200)
SUBJECTS = np.random.default_rng(0).normal(size=(60, PROJECTION_DIMS)) / 12
POOL = np.random.default_rng(1).normal(size=PROJECTION_DIMS) / 12
VIRAL = np.random.default_rng(2).normal(size=PROJECTION_DIMS) / 12


def _world(strangers_ask=None, strangers_client=None, new_share="card"):
    """Accounts of a campaign were closed on day 5; others begin on day 6."""
    rng = np.random.default_rng(3)
    account = np.repeat(np.arange(N), EACH)
    means = SUBJECTS[rng.integers(0, 60, N)]
    means[np.concatenate([OLD, NEW])] = POOL
    if strangers_ask is not None:
        means[STRANGERS] += strangers_ask
    first = np.ones(N, np.int64)
    first[np.concatenate([NEW, STRANGERS])] = 6 * DAY_US
    client = [(a, int(rng.integers(1, 30))) for a in range(N)]
    client = [(a, 99 if a < 40 else k) for a, k in client]
    if strangers_client is not None:
        client = [(a, strangers_client if a in STRANGERS[:30] else k) for a, k in client]
    card = [(a, a) for a in OLD] + ([(b, b - 40) for b in NEW] if new_share else [])
    return asking(
        account, sketches(means[account], rng, 1.5), N, first_us=first,
        clock=rng.multinomial(EACH, np.full(24, 1 / 24), N), uses=uses(client=client, payment=card),
    )  # fmt: skip


def _linked(people):
    come = newcomers(people, OLD, np.full(OLD.size, 5 * DAY_US))
    assert set(come) == {*NEW, *STRANGERS}
    return set(successors(people, whiten(people), OLD, come, JudgeSettings()).accounts.tolist())


def test_replacements_with_a_card_of_the_old_are_linked_within_twenty_exchanges():
    linked = _linked(_world())
    assert len(linked & set(NEW)) >= 18
    assert not linked - set(NEW)


@pytest.mark.parametrize(
    "world",
    [
        {"strangers_client": 99},  # unrelated newcomers with the campaign's client
        {"strangers_ask": 0.6 * VIRAL},  # a viral day: newcomers ask alike
        {"strangers_ask": 0.5 * POOL},  # and lean towards what the campaign asks
        {"strangers_ask": 0.25 * POOL, "strangers_client": 99},  # and have its client, too
    ],
)
def test_strangers_who_come_at_the_time_are_not(world):
    assert not _linked(_world(**world)) - set(NEW)


def test_one_family_alone_links_nobody():
    assert not _linked(_world(new_share=None))


def test_only_who_begins_soon_after_a_closure_is_asked():
    people = _world()
    assert not newcomers(people, OLD, np.zeros(0, np.int64)).size
    assert not newcomers(people, OLD, np.array([7 * DAY_US])).size
    late = people.first_us.max() - 15 * DAY_US
    assert not newcomers(people, OLD, np.array([late])).size


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.001, 0.5))
def test_the_smaller_p_value_is_never_left_for_the_larger(p_values, ratio):
    p = np.array(p_values)
    chosen = _within_rate(p, ratio)
    if chosen.any():
        assert p[chosen].max() <= p[~chosen].min(initial=1)
        assert p[chosen].max() <= ratio * chosen.sum() / p.size

"""The columns that signals look at: ranges, what is not known, and who is silent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judge.scenes import NO_RELEASES, scene_of, space_of
from tests.populations import population, sketches, uses

from stillhunt.judge.scene import DAY_US, TARGETED, look, silent_families
from stillhunt.records import CAPABILITIES, FAMILIES, PROJECTION_DIMS, SKETCH_SCALE

_PAIRS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 6)), unique=True, min_size=1, max_size=40
)


@given(_PAIRS, st.sets(st.integers(0, 9)))
def test_entries_of_some_accounts_are_all_that_they_hold(pairs, members):
    holdings = scene_of(population(10, uses=uses(payment=pairs))).artefacts["payment"]
    entries = holdings.entries_of(np.array(sorted(members), dtype=np.int64))
    assert sorted(holdings.account[entries].tolist()) == sorted(a for a, _ in pairs if a in members)
    # Artefacts are numbered in the order of their first holders.
    keys = list(dict.fromkeys(key for _, key in sorted(pairs, key=lambda pair: pair[0])))
    found = {(int(a), keys[k]) for a, k in zip(holdings.account[entries],
                                              holdings.artefact[entries], strict=True)}  # fmt: skip
    assert found == {(a, k) for a, k in pairs if a in members}
    assert holdings.holders.tolist() == [sum(k == key for _, k in pairs) for key in keys]


def test_what_campaigns_went_after_is_counted_and_the_rest_is_not():
    scene = scene_of(population(len(CAPABILITIES), capability=np.eye(len(CAPABILITIES))))
    assert scene.targeted.tolist() == [float(name in TARGETED) for name in CAPABILITIES]


def test_a_single_new_question_is_fresh_and_a_repeat_or_a_follow_up_is_not():
    people = population(
        5,
        single_turn_ratio=np.array([1.0, 1.0, 0.0, np.nan, np.nan]),
        follow_up_ratio=np.array([0.0, 0.0, np.nan, 0.25, np.nan]),
        distinct_prompts=np.array([10, 2, 10, 0, 10]),
        text_exchanges=np.array([10, 10, 10, 0, 10]),
    )
    np.testing.assert_allclose(scene_of(people).fresh, [1.0, 0.2, 0.0, 0.75, np.nan])


def test_rhythm_is_one_for_one_hour_a_day_and_nought_around_the_clock():
    one_hour, around = 50 * np.eye(24, dtype=int)[3], np.full(24, 100)
    clock = np.stack([one_hour, around, 2 * np.eye(24, dtype=int)[3]])
    rhythm = scene_of(population(3, clock=clock)).rhythm
    np.testing.assert_allclose(rhythm[:2], [1, 0], atol=1e-3)
    assert np.isnan(rhythm[2])  # four exchanges have no rhythm


def test_rhythm_by_chance_is_nought_on_average_however_few_the_exchanges():
    clock = np.random.default_rng(1).multinomial(6, np.full(24, 1 / 24), 4_000)
    assert np.mean(scene_of(population(4_000, clock=clock)).rhythm) == pytest.approx(0, abs=0.02)


def test_how_much_an_account_does_tells_nothing_of_its_rank_in_sleeping():
    """Twenty exchanges or so at one hour each, and the rest, more by volume, around the clock."""
    rng = np.random.default_rng(3)
    volume = np.repeat(np.arange(10, 90), 100)
    clock = np.tile((volume // 8)[:, None], (1, 24))
    clock[:, 3] += 20 + rng.integers(0, 9, volume.size)
    people = population(volume.size, clock=clock, exchanges=volume)
    scene = scene_of(people)
    assert abs(np.corrcoef(volume, scene.rhythm)[0, 1]) > 0.3
    assert abs(np.corrcoef(volume, scene.asleep)[0, 1]) < 0.05
    for low in range(10, 90, 20):
        rows = (volume >= low) & (volume < low + 20)
        assert scene.asleep[rows].mean() == pytest.approx(0.5, abs=0.02)


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_accounts_changes_no_rank(random):
    rng = np.random.default_rng(4)
    clock = rng.integers(0, 4, (600, 24)) * (rng.random((600, 24)) < 0.4)
    order = list(range(600))
    random.shuffle(order)
    read = [
        scene_of(population(600, clock=part, exchanges=part.sum(axis=1))).asleep
        for part in (clock, clock[order])
    ]
    np.testing.assert_array_equal(read[0][order], read[1])


def test_births_are_ranked_and_the_unknown_have_none():
    born = scene_of(population(4, created_us=np.array([300, 0, 100, 200]) * DAY_US)).born
    np.testing.assert_allclose(born, [2 / 3, np.nan, 0, 1 / 3])


def test_without_sign_ups_the_first_exchange_tells_but_not_the_logs_beginning():
    first_us = np.array([10, 11, 12, 20, 30]) * DAY_US
    born = scene_of(population(5, first_us=first_us)).born
    np.testing.assert_allclose(born, [np.nan, np.nan, np.nan, 0, 0.5])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.randoms())
def test_the_order_of_accounts_changes_no_birth(days, random):
    created = np.array(days) * DAY_US
    order = random.sample(range(len(days)), len(days))
    plain = scene_of(population(len(days), created_us=created)).born
    moved = scene_of(population(len(days), created_us=created[order])).born
    np.testing.assert_array_equal(moved, plain[order])


def test_whoever_signs_up_within_two_days_of_a_release_is_marked():
    people = population(4, created_us=np.array([0, 97, 99, 103]) * DAY_US)
    nowhere = space_of(np.zeros((4, 16)))
    opened = look(people, nowhere, nowhere, np.array([100, 1]) * DAY_US).opened_at_release
    assert opened.tolist()[1:] == [False, True, False]
    assert not look(people, nowhere, nowhere, NO_RELEASES).opened_at_release.any()


def _asking(n_topics: list[int], n: int = 60) -> dict:
    """Return accounts of ``n`` exchanges, each on so many topics in turn."""
    rng = np.random.default_rng(4)
    sums = np.zeros((len(n_topics), PROJECTION_DIMS))
    for account, count in enumerate(n_topics):
        topics = rng.normal(size=(count, PROJECTION_DIMS))
        topics /= np.linalg.norm(topics, axis=1, keepdims=True)
        sums[account] = sketches(topics[np.arange(n) % count], rng, 0.5).sum(axis=0)
    assert np.abs(sums).max() < n * SKETCH_SCALE
    counts = np.full(len(n_topics), n)
    return {"sums": sums, "text_exchanges": counts, "exchanges": counts}


def test_an_account_of_many_subjects_is_broad_where_its_client_is_known():
    asked = _asking([1] * 20 + [12] * 5)
    breadth = scene_of(population(25, clients=np.ones(25, np.int64), **asked)).breadth
    assert breadth[20:].min() > breadth[:20].max() + 1
    assert np.isnan(scene_of(population(25, **asked)).breadth).all()


@pytest.mark.parametrize("kind", ["payment", "device", "address"])
def test_families_speak_only_where_there_is_something_to_say(kind):
    bare = silent_families(scene_of(population(30)))
    assert set(bare) == {"identity", "content", "purpose", "life_cycle"}
    assert set(bare) <= set(FAMILIES)
    shared = population(30, uses=uses(**{kind: [(0, 1), (1, 1)]}))
    assert "identity" not in silent_families(scene_of(shared))
    born = population(30, created_us=np.arange(1, 31) * DAY_US)
    assert "life_cycle" not in silent_families(scene_of(born))
    asked = population(30, text_exchanges=np.full(30, 10))
    assert set(silent_families(scene_of(asked))) == {"identity", "content", "life_cycle"}
    placed = scene_of(asked, content=space_of(np.eye(30)))
    assert set(silent_families(placed)) == {"identity", "life_cycle"}


def test_nobody_is_a_scene_too():
    scene = scene_of(population(0))
    assert scene.born.size == scene.rhythm.size == scene.breadth.size == 0


def test_a_family_that_may_not_speak_is_silent_and_says_so():
    placed = scene_of(population(30, created_us=np.arange(1, 31) * DAY_US))
    silent = silent_families(placed, ("clock", "life_cycle"))
    assert set(silent) == set(FAMILIES) - {"clock", "life_cycle"}
    assert "clock" not in silent_families(placed)
    assert "clock" in silent_families(placed, ("identity",))


def test_whose_card_few_others_have_has_a_twin_and_whose_a_company_has_does_not():
    holders = (1, 2, 4, 5, 300)
    card = np.repeat(np.arange(len(holders)), holders)
    people = population(card.size, uses=uses(payment=list(enumerate(card.tolist()))))
    assert scene_of(people).has_twin.tolist() == np.isin(card, (1, 2)).tolist()
    block = population(card.size, uses=uses(block=list(enumerate(card.tolist()))))
    assert not scene_of(block).has_twin.any(), "a network is nobody's own"

"""Verdicts: a planted ring is named, what merely looks like one is not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.crowd import SETTINGS, Crowd, Group, Made, make, reorder, scene_of
from tests.judge.rings import LOOKALIKES, ONLY, QUESTIONS, RING, hunt, judge_once, named_ids

from stillhunt.judge.looks import cost_bits, number
from stillhunt.judge.verdict import AFTER, ONE_HAND, Trial, judge, may_stand, try_one, turn
from stillhunt.population import Ring
from stillhunt.records import FAMILIES
from stillhunt.settings import JudgeSettings

PRIOR_BITS = -5.0
ALIKE = Group(
    accounts=8, exchanges=60, pool=0.6, own=0.1, subject=0.0, task=1, single_turn=0.1,
    follow_up=0.8, targets=0.2,
)  # fmt: skip
"""Neighbours who ask of what the planted ring asks, but converse."""

BORROWED = {
    "accounts": 16,
    "exchanges": 80,
    "rhythm": 0.7,
    "shares": {"payment": 4, "device": 5},
    **QUESTIONS,
}
GRADED = Crowd(
    (RING, *(Group(targets=targets, judged=False, **BORROWED) for targets in (0.95, 0.4, 0.3)))
)
"""Rings of which there is more and less to say."""


@pytest.fixture(scope="module")
def planted():
    return hunt(Crowd((RING,)))


def tried(crowd):
    made = make(crowd)
    return try_one(made.ring, made.nulls(), PRIOR_BITS)


def with_families(trial, speaking, p_value=1e-12):
    """Return a trial of which just these families speak; the others are at a loss."""
    p_values = {family: p_value if family in speaking else 0.5 for family in FAMILIES}
    return replace(trial, p_values=p_values, explained=frozenset())


def test_each_look_at_a_growing_ring_pays_and_a_single_one_does_not():
    made = make(Crowd((RING,)))
    once = try_one(made.ring, made.nulls(), PRIOR_BITS, is_final=True)
    nulls = replace(made.nulls(), settings=SETTINGS.model_copy(update={"is_repeated": True}))
    again = try_one(made.ring, nulls, PRIOR_BITS, is_final=True)
    assert (once.look, once.odds_bits) == (0, PRIOR_BITS)
    assert try_one(made.ring, nulls, PRIOR_BITS).look == 0, "screening is told to nobody"
    assert again.look == number(int(made.scene.population.exchanges[made.ring.members].sum())) > 1
    assert again.odds_bits == PRIOR_BITS - cost_bits(again.look) < PRIOR_BITS


def test_a_planted_ring_is_named_with_all_its_families_and_nobody_else(planted):
    made, trials = planted
    assert [trial.is_campaign for trial in trials] == [True]
    assert named_ids(made, trials) == made.ids(made.rows[0])
    assert trials[0].speaking == FAMILIES
    assert not trials[0].explained


@pytest.mark.parametrize("family", FAMILIES)
def test_a_ring_is_named_without_any_one_of_its_families(family):
    usual = Group()
    plain = {
        "identity": {"shares": {}},
        "clock": {"together": 0.0, "rhythm": usual.rhythm, "spread": usual.spread},
        "content": {"pool": 0.0, "own": usual.own, "subject": usual.subject},
        "purpose": {
            "elicits": usual.elicits,
            "targets": -1.0,
            "single_turn": 0.4,
            "follow_up": 0.5,
        },
        "life_cycle": {"signup": usual.signup},
    }
    made = make(Crowd((replace(RING, **plain[family]),)))
    trials = judge_once(made, SETTINGS)
    assert [trial.is_campaign for trial in trials] == [True]
    assert set(trials[0].speaking) == set(FAMILIES) - {family}
    assert len(made.ids(made.rows[0]) & named_ids(made, trials)) >= 27


@pytest.mark.parametrize("crowd", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_look_alike_is_not_named(crowd):
    made, trials = hunt(crowd)
    assert named_ids(made, trials) == set()


@pytest.mark.parametrize("name", [name for name in LOOKALIKES if name != "viral day"])
def test_a_look_alike_would_be_named_but_for_what_explains_it(name):
    trial = tried(LOOKALIKES[name])
    assert not trial.is_campaign
    assert replace(trial, explained=frozenset()).is_campaign


def test_sign_ups_of_a_viral_day_crowd_no_more_than_chance():
    signup = {"signup": (100, 2)}
    assert tried(Crowd((Group(**signup),))).speaking == ("life_cycle",)
    assert tried(Crowd((Group(**signup),), viral=(100, 2, 300))).speaking == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_one_family_alone_never_names(family):
    made, trials = hunt(Crowd((ONLY[family],)))
    assert tried(Crowd((ONLY[family],))).speaking == (family,)
    assert named_ids(made, trials) == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_one_family_alone_never_names_however_sure_it_is(planted, family):
    sure = with_families(planted[1][0], {family}, p_value=1e-300)
    assert not replace(sure, prior_bits=-1.0).is_campaign


@pytest.mark.parametrize(("second", "named"), [(0.03, False), (1e-5, True)])
def test_the_second_family_must_be_sure_too(planted, second, named):
    trial = with_families(planted[1][0], {"clock", "purpose"}, p_value=1e-300)
    trial = replace(trial, p_values={**trial.p_values, "purpose": second})
    assert trial.speaking == ("clock", "purpose")
    assert trial.is_campaign == named


@given(speaking=st.sets(st.sampled_from(FAMILIES), min_size=2))
def test_families_name_a_ring_when_they_show_one_hand_and_what_it_is_after(planted, speaking):
    trial = with_families(planted[1][0], speaking)
    # Where purpose is silent of a harvest though it could speak, three must stand.
    enough = "purpose" in speaking or len(speaking) >= 3
    assert trial.is_campaign == bool(enough and speaking & AFTER and speaking & ONE_HAND)


def test_alike_prompts_and_purpose_read_the_same_text_and_name_nobody(planted):
    trial = with_families(planted[1][0], AFTER, p_value=1e-300)
    assert not trial.is_campaign
    assert trial.is_suspect


def test_alike_prompts_alone_make_no_suspect_but_another_family_does():
    assert [hunt(Crowd((ONLY["content"],)))[1], len(hunt(Crowd((ONLY["clock"],)))[1])] == [[], 1]


@pytest.mark.parametrize(("form_p", "is_suspect"), [(1e-4, True), (0.2, False)])
def test_who_only_asks_for_reasoning_is_a_researcher_and_no_harvest(planted, form_p, is_suspect):
    trial = planted[1][0]
    readings = tuple(
        replace(one, p_value=form_p) if one.signal.name == "harvest_form" else one
        for one in trial.readings
    )
    portrait = replace(trial.portrait, product_ratio=0.0, overlap_ratio=0.0, distinct_ratio=1.0)
    p_values = dict.fromkeys(FAMILIES, 1.0) | {"content": 1e-9, "purpose": 1e-9}
    alone = replace(
        trial, readings=readings, portrait=portrait, p_values=p_values, explained=frozenset()
    )
    assert (alone.is_campaign, alone.is_suspect) == (False, is_suspect)


@given(
    p_values=st.dictionaries(st.sampled_from(FAMILIES), st.floats(1e-30, 1.0)),
    explained=st.sets(st.sampled_from(FAMILIES)),
)
def test_what_is_explained_never_adds_evidence(planted, p_values, explained):
    trial = replace(planted[1][0], p_values=p_values, explained=frozenset(explained))
    assert not set(trial.bits) & explained
    assert not set(trial.speaking) & explained
    assert trial.evidence_bits == pytest.approx(sum(trial.bits.values()))
    assert max(trial.bits.values(), default=0) <= SETTINGS.family_cap_bits


@given(family=st.sampled_from(FAMILIES), p=st.floats(1e-30, 1.0), smaller=st.floats(0.001, 1.0))
def test_a_smaller_p_value_never_makes_a_ring_less_likely(planted, family, p, smaller):
    trial = planted[1][0]
    low, high = (
        replace(trial, p_values={**trial.p_values, family: value}).probability
        for value in (p * smaller, p)
    )
    assert low >= high - 1e-12


@given(
    p_values=st.dictionaries(st.sampled_from(FAMILIES), st.floats(1e-9, 1.0), min_size=2),
    explained=st.frozensets(st.sampled_from(FAMILIES)),
    prior=st.floats(-15, 0),
)
def test_no_explanation_makes_a_ring_stand_that_could_not(planted, p_values, explained, prior):
    trial = replace(planted[1][0], p_values=p_values, explained=explained, prior_bits=prior)
    if trial.is_campaign or trial.is_suspect:
        assert may_stand(p_values, prior, trial.settings)


@given(family=st.sampled_from(FAMILIES), p=st.floats(1e-300, 1.0), prior=st.floats(-30, 0))
def test_one_family_brings_a_ring_to_even_odds_at_the_most(planted, family, p, prior):
    alone = replace(with_families(planted[1][0], {family}, p_value=p), prior_bits=prior)
    assert not alone.is_campaign
    # The others, at a loss, take a little away.
    assert alone.probability <= 0.5


@given(p_values=st.dictionaries(st.sampled_from(FAMILIES), st.floats(1e-30, 1.0)))
def test_what_may_not_be_named_is_no_likelier_than_its_bits_and_than_without_its_best_family(
    planted, p_values
):
    trial = replace(planted[1][0], p_values=p_values, explained=frozenset(), prior_bits=-4.0)
    assert trial.probability <= trial.posterior + 1e-12
    if trial.is_campaign:
        assert trial.probability == trial.posterior
    else:
        best = max(trial.bits.values(), default=0.0)
        others = trial.evidence_bits - best
        assert trial.probability <= 1 / (1 + 2**-others) + 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_a_crowd_of_strangers_names_nobody(seed):
    made = make(Crowd(accounts=400, seed=100 + seed))
    assert not any(trial.is_campaign for trial in judge_once(made, SETTINGS))


def test_a_neighbour_who_asks_alike_but_converses_is_not_in_the_ring():
    made = make(Crowd((RING, ALIKE)))
    whole = Ring(np.concatenate(made.rows), "pool")
    (trial,) = judge(made.scene, [*made.candidates(), whole], SETTINGS)
    assert trial.is_campaign
    assert made.ids(trial.ring.members) == made.ids(made.rows[0])


def test_a_member_that_linking_missed_joins_the_ring(planted):
    made, _ = planted
    part = Ring(made.rows[0][:24], "pool")
    (trial,) = judge(made.scene, [part], SETTINGS)
    assert made.ids(trial.ring.members) == made.ids(made.rows[0])


@pytest.mark.parametrize(("seed", "exchanges"), [(1, 15), (1, 30), (2, 20), (3, 20)])
def test_whose_card_another_brought_in_joins_the_ring(seed, exchanges):
    """Twenty cards of two: the half that was found shares none, and some of the others ask little.

    Who asks much joins by what it asks, and with it cards that are shared; by these join the rest.
    """
    paired = replace(
        RING, accounts=40, own=0.2, exchanges=exchanges, spread=1.2, together=0.0,
        shares={"payment": 20}, signup=(0, 180),
    )  # fmt: skip
    made = make(Crowd((paired,), seed=seed))
    (trial,) = judge(made.scene, [Ring(made.rows[0][:20], "pool")], SETTINGS)
    assert trial.is_campaign
    assert len(trial.ring) >= 39


def test_two_rings_are_two_campaigns_that_share_nobody():
    made, trials = hunt(Crowd((RING, replace(RING, task=2, shares={"device": 4}))))
    rings = [made.ids(trial.ring.members) for trial in trials if trial.is_campaign]
    assert sorted(map(sorted, rings)) == sorted(sorted(made.ids(rows)) for rows in made.rows)


STAR = replace(
    RING, accounts=12, own=0.2, together=0.0, shares={"payment": 3, "device": 3}, signup=(100, 0.5)
)
"""Accounts of a campaign that signed up on one day, with cards and devices of their own."""

REST = replace(
    RING, accounts=20, own=0.2, together=0.0, rhythm=1.5, spread=0.8, shares={"device": 5},
    signup=(0, 180),
)  # fmt: skip
"""The others of that campaign."""


def judged_apart(*groups: Group):
    """Return a crowd and the trials of its groups, each proposed by itself."""
    made = make(Crowd(groups))
    trials = judge(made.scene, [Ring(rows, "pool") for rows in made.rows], SETTINGS)
    return made, [(made.ids(trial.ring.members), trial.is_campaign) for trial in trials]


def test_a_piece_that_was_found_first_is_taken_in_by_its_campaign():
    made, found = judged_apart(STAR, REST)
    assert found == [(made.ids(np.concatenate(made.rows)), True)]


def test_two_campaigns_are_not_pieces_of_each_other():
    made, found = judged_apart(STAR, replace(REST, task=2))
    star, rest = (made.ids(rows) for rows in made.rows)
    assert sorted(found, key=lambda entry: len(entry[0])) == [(star, True), (rest, True)]


def test_a_whole_that_would_not_stand_leaves_the_piece_as_it_was():
    """Looser prompts: the rest takes the star for its own, but together they are too little."""
    loose = {"pool": 0.55, "own": 0.25}
    made, found = judged_apart(replace(STAR, **loose), replace(REST, **loose))
    assert found[0] == (made.ids(made.rows[0]), True)
    assert not any(is_campaign for _, is_campaign in found[1:])


def test_verdicts_do_not_depend_on_the_order_of_accounts(planted):
    made, trials = planted
    order = np.random.default_rng(5).permutation(len(made.scene.population))
    scene = scene_of(reorder(made.scene.population, order))
    moved = Made(scene, (np.flatnonzero(np.isin(order, made.rows[0])),), (True,))
    assert named_ids(moved, judge_once(moved, SETTINGS)) == named_ids(made, trials)


def test_verdicts_do_not_depend_on_the_order_of_candidates(planted):
    made, trials = planted
    turned = judge(made.scene, [made.ring, *made.candidates()[::-1]], SETTINGS)
    assert named_ids(made, turned) == named_ids(made, trials)


def test_a_stricter_false_discovery_rate_names_a_part_of_what_a_looser_one_does():
    made = make(GRADED)
    named = [
        named_ids(made, judge_once(made, JudgeSettings(fdr_ratio=ratio)))
        for ratio in (1e-9, 1e-6, 0.01)
    ]
    assert named[0] < named[1] < named[2]


def test_what_speaks_against_a_ring_that_stood_is_read_against_more_groups(planted):
    settings = JudgeSettings(null_groups=60, final_groups=240)
    made, _ = planted
    (trial,) = judge(made.scene, [made.ring], settings)
    groups = {(r.p_value <= settings.speaks_p, r.n_groups) for r in trial.readings}
    assert groups == {(True, 240), (False, 60)}


def test_the_strongest_campaign_comes_first_and_suspects_last():
    _, trials = hunt(GRADED)
    assert [trial.is_campaign for trial in trials] == sorted(
        (trial.is_campaign for trial in trials), reverse=True
    )
    strength = [trial.strength_bits for trial in trials if trial.is_campaign]
    assert strength == sorted(strength, reverse=True)
    assert len(strength) == 4


def test_a_whole_ring_is_settled_before_a_fragment_with_one_extreme_p_value(planted):
    _, (trial, *_) = planted
    whole = with_families(trial, {"identity", "clock", "purpose"}, 1e-6)
    fragment = with_families(trial, {"identity", "purpose"}, 1e-60)
    suspect = with_families(trial, {"identity"}, 1e-60)
    assert fragment.strength_bits > whole.strength_bits
    assert sorted([suspect, fragment, whole], key=turn) == [whole, fragment, suspect]


def test_no_account_stands_in_two_trials():
    _, trials = hunt(GRADED)
    members = np.concatenate([trial.ring.members for trial in trials])
    assert np.unique(members).size == members.size


def test_where_nothing_is_proposed_nothing_is_found(planted):
    assert judge(planted[0].scene, [], SETTINGS) == []


def test_without_prompts_two_families_of_one_hand_name_a_ring():
    made, trials = hunt(Crowd((RING,), silent=("text",)))
    assert [trial.is_campaign for trial in trials] == [True]
    assert named_ids(made, trials) == made.ids(made.rows[0])
    assert trials[0].speaking == ("identity", "clock", "life_cycle")


@pytest.mark.parametrize("family", sorted(ONE_HAND))
def test_without_prompts_one_family_alone_does_not_name(family):
    made, trials = hunt(Crowd((ONLY[family],), silent=("text",)))
    assert named_ids(made, trials) == set()


def test_the_prior_counts_rings_that_stand_apart_and_not_the_cuts_of_one(planted):
    made, _ = planted
    cuts = [Ring(made.rows[0][:n], "pool") for n in range(15, 31)]
    (alone,) = judge(made.scene, [made.ring], SETTINGS)
    (cut,) = judge(made.scene, [made.ring, *cuts], SETTINGS)
    assert isinstance(alone, Trial)
    assert (alone.prior_bits, cut.prior_bits) == (-1.0, -1.0)


def test_trials_of_rings_of_different_size_are_told_apart():
    made = make(Crowd((RING,)))
    some = Ring(made.ring.members[:-2], made.ring.origin)
    whole, part = (try_one(ring, made.nulls(), PRIOR_BITS) for ring in (made.ring, some))
    assert whole in [part, whole]
    assert part not in [whole]

"""What is asked: pools are dealt out, people keep to their subjects, prompts are long enough."""

from dataclasses import replace

import numpy as np
import pytest

from stillhunt.records import CAPABILITIES
from stillhunt.simulate.campaigns import campaign
from stillhunt.simulate.cast import Cast
from stillhunt.simulate.clock import Arrivals, Plans, arrivals
from stillhunt.simulate.content import Asked, Author
from stillhunt.simulate.grammar import grammar
from stillhunt.simulate.innocents import innocent
from stillhunt.simulate.scenario import CampaignPlan, Population, Scenario

_PLAN = CampaignPlan(
    "c", 60, per_day=30, pool_size=1_000_000, is_uniform=False, cover_ratio=0.5,
    capabilities=(("coding", 0.5), ("vision", 0.5)),
)  # fmt: skip


def _asked(cast: Cast, plan: CampaignPlan | None = None) -> tuple[Arrivals, Asked]:
    cover = plan.cover_ratio if plan else 0.0
    made = arrivals(cast, Plans(np.full(len(cast), cover)), 3, 2, np.random.default_rng(1))
    scenario = Scenario("s", (), (plan,) if plan else ())
    return made, Author(scenario, cast).ask(made, np.random.default_rng(2))


def _of_class(kind: str, accounts: int = 200, group: int = 40) -> tuple[Arrivals, Asked]:
    return _asked(innocent(Population(kind, accounts, group, 4.0), 1, 0, 14))


def test_the_pool_is_dealt_out_once() -> None:
    made, asked = _asked(campaign(_PLAN, 1, 0, 14), _PLAN)
    tasks = asked.prompts.task[made.harvest]
    assert len(tasks) > 300
    assert len(np.unique(tasks)) == len(tasks)


def test_harvest_asks_for_the_plans_capabilities_and_cover_for_anything() -> None:
    made, asked = _asked(campaign(_PLAN, 1, 0, 14), _PLAN)
    wanted = {CAPABILITIES.index("coding"), CAPABILITIES.index("vision")}
    assert set(asked.capability[made.harvest]) == wanted
    assert len(set(asked.capability[asked.is_cover])) > 8


def test_overlapping_shards_repeat_tasks_with_the_same_capability() -> None:
    plan = replace(_PLAN, pool_size=50, shard_overlap=1.0, cover_ratio=0.0)
    _, asked = _asked(campaign(plan, 1, 0, 14), plan)
    tasks = asked.prompts.task
    assert len(np.unique(tasks)) <= 50
    pairs = {(t, c) for t, c in zip(tasks, asked.capability, strict=True)}
    assert len(pairs) == len(np.unique(tasks))


def test_a_corner_of_the_pool_has_few_subjects() -> None:
    plan = replace(_PLAN, corner_topics=2, pool_topics=300, cover_ratio=0.0)
    made, asked = _asked(campaign(plan, 1, 0, 14), plan)
    busiest = np.bincount(made.account).argmax()
    assert len(np.unique(asked.prompts.topic[made.account == busiest])) <= 2
    assert len(np.unique(asked.prompts.topic)) > 40


def test_a_pool_is_grown_from_so_many_forms_and_each_capability_has_its_share() -> None:
    plan = replace(_PLAN, seed_tasks=6, cover_ratio=0.0)
    _, asked = _asked(campaign(plan, 1, 0, 14), plan)
    assert len(np.unique(asked.prompts.family)) == 6
    for capability in np.unique(asked.capability):
        assert len(np.unique(asked.prompts.family[asked.capability == capability])) == 3
    endless = replace(plan, seed_tasks=0)
    assert not _asked(campaign(endless, 1, 0, 14), endless)[1].prompts.family.any()


def test_a_corner_of_the_pool_has_few_forms_and_all_corners_have_all() -> None:
    plan = replace(_PLAN, corner_topics=2, seed_tasks=12, cover_ratio=0.0)
    made, asked = _asked(campaign(plan, 1, 0, 14), plan)
    forms = [asked.prompts.family[made.account == who] for who in np.unique(made.account)]
    assert max(len(np.unique(own)) for own in forms) <= 3
    assert len(np.unique(asked.prompts.family)) == 12


def test_customers_and_private_people_have_no_forms_of_the_pool() -> None:
    made, asked = _asked(campaign(_PLAN, 1, 0, 14), _PLAN)
    assert (asked.prompts.family > 0).tolist() == made.harvest.tolist()


def test_pupils_of_one_class_share_assignments_and_word_them_anew() -> None:
    made, asked = _of_class("classroom")
    first = made.turn == 0
    tasks = asked.prompts.task[first]
    assert len(np.unique(tasks)) < 0.6 * len(tasks)
    assert len(np.unique(asked.prompts.wording[first])) == len(tasks)


def test_follow_ups_come_after_a_first_turn_of_a_conversation() -> None:
    made, asked = _of_class("classroom")
    follows = asked.prompts.switches[:, 4] > 0
    assert follows.mean() > 0.2
    assert (made.turn[follows] > 0).all()
    assert asked.is_chat[follows].all()


def test_harnesses_ask_the_public_set_word_for_word() -> None:
    cast = innocent(Population("evaluation_harness", 12, 1), 1, 0, 14)
    cast.on_ratio[:] = 1
    _, asked = _asked(cast)
    pairs = {(t, w) for t, w in zip(asked.prompts.task, asked.prompts.wording, strict=True)}
    assert len(pairs) == len(np.unique(asked.prompts.task))


def test_people_keep_to_a_few_subjects() -> None:
    made, asked = _asked(innocent(Population("company_seats", 40, 20, 8.0), 1, 0, 14))
    for who in np.unique(made.account):
        assert len(np.unique(asked.prompts.topic[made.account == who])) <= 8


@pytest.mark.parametrize("kind", ["individual", "coding_agent", "company_seats", "classroom"])
def test_prompts_have_the_length_of_real_ones(kind: str) -> None:
    _, asked = _of_class(kind, 400)
    prompts = asked.prompts.part(slice(0, 8_000))
    texts = grammar().render("prompt", prompts).to_pylist()
    n_bytes = np.array([len(text.encode()) for text in texts])
    assert 150 < np.median(n_bytes) < 700
    assert np.quantile(n_bytes, 0.99) > 5 * np.median(n_bytes)


def test_several_languages_and_hands_are_heard() -> None:
    _, asked = _of_class("individual", 600)
    switches = asked.prompts.switches
    assert len(set(switches[:, 1])) >= 8
    assert 0.03 < (switches[:, 5] > 0).mean() < 0.3
    assert (switches[:, 6] > 0).mean() > 0.2


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_harvest_is_sent_within_conversations_as_often_as_the_plan_says(ratio: float) -> None:
    plan = replace(_PLAN, conversation_ratio=ratio)
    made, asked = _asked(campaign(plan, 1, 0, 14), plan)
    assert asked.is_chat[made.harvest].mean() == pytest.approx(0.55 * ratio, abs=0.2)
    assert asked.is_chat[~made.harvest].mean() > 0.3


def test_what_the_grammar_has_in_other_languages_is_labelled_as_what_it_is() -> None:
    _, asked = _of_class("individual", 2_000)
    everyday = (asked.prompts.switches[:, 1] > 0) & (asked.prompts.switches[:, [2, 4]] == 0).all(1)
    labels = {CAPABILITIES[code] for code in np.unique(asked.capability[everyday])}
    assert labels == {"general", "reasoning"}

"""Parameters: one hand has one setting; quiet campaigns have as many as people have."""

from dataclasses import replace

import numpy as np

from stillhunt.simulate import world
from stillhunt.simulate.campaigns import campaign
from stillhunt.simulate.cast import Cast
from stillhunt.simulate.clock import Plans, arrivals
from stillhunt.simulate.content import Author
from stillhunt.simulate.innocents import innocent
from stillhunt.simulate.parameters import N_TOOLKITS, Rows, send
from stillhunt.simulate.scenario import CampaignPlan, Population, Scenario

_PLAN = CampaignPlan("c", 150, per_day=30, capabilities=(("reasoning", 1.0),))


def _sent(cast: Cast, scenario: Scenario, day: int = 3) -> Rows:
    plans = Plans(np.zeros(len(cast)))
    made = arrivals(cast, plans, day, 2, np.random.default_rng(1))
    asked = Author(scenario, cast).ask(made, np.random.default_rng(2))
    return send(scenario, cast, made, asked)


def _of_plan(plan: CampaignPlan, release_day: float = 0.0) -> Rows:
    scenario = Scenario("s", (), (plan,), release_day=release_day)
    return _sent(campaign(plan, 1, 0, 14), scenario)


def test_one_hand_has_one_setting() -> None:
    rows = _of_plan(_PLAN)
    for column in (rows.system, rows.temperature, rows.max_tokens, rows.n_turns, rows.toolkit):
        assert len(np.unique(column)) == 1


def test_a_quiet_campaign_has_the_settings_of_many() -> None:
    rows = _of_plan(replace(_PLAN, is_uniform=False))
    assert len(np.unique(rows.system)) > 30
    assert len(np.unique(rows.temperature)) > 4
    assert 0.02 < (rows.toolkit >= 0).mean() < 0.5
    assert 0.1 < (rows.n_turns > 1).mean() < 0.9


def test_tools_of_a_loud_tool_campaign_change_with_the_task() -> None:
    rows = _of_plan(replace(_PLAN, capabilities=(("tool_use", 1.0),)))
    assert (rows.toolkit >= 0).all()
    assert len(np.unique(rows.toolkit)) > 100
    assert rows.toolkit.max() < N_TOOLKITS


def test_the_newest_model_is_used_only_after_its_release_and_by_those_who_pivot() -> None:
    plan = replace(_PLAN, pivot_ratio=1.0)
    before, after = _of_plan(plan, 5.0), _of_plan(plan, 1.5)
    assert not (before.model == world.NEWEST).any()
    assert (after.model == world.NEWEST).mean() > 0.9
    assert not (_of_plan(plan).model == world.NEWEST).any()


def test_answers_end_at_their_limit() -> None:
    cast = innocent(Population("individual", 300, 1, 5.0), 1, 0, 14)
    rows = _sent(cast, Scenario("s", ()))
    limited = rows.max_tokens > 0
    assert (rows.output_tokens[limited] <= rows.max_tokens[limited]).all()
    assert (rows.output_tokens >= 1).all()


def test_history_grows_with_the_conversation() -> None:
    rows = _sent(innocent(Population("coding_agent", 60, 1, 3.0), 1, 0, 14), Scenario("s", ()))
    assert (rows.history_tokens[rows.n_turns == 1] == 0).all()
    assert (rows.history_tokens[rows.n_turns > 1] > 0).all()
    assert (rows.n_turns % 2 == 1).all()


def test_a_part_holds_the_same_rows_of_every_column() -> None:
    rows = _of_plan(_PLAN)
    some = np.array([5, 3])
    assert np.array_equal(rows.part(some).time_us, rows.time_us[some])
    assert np.array_equal(rows.part(some).prompts.task, rows.prompts.task[some])

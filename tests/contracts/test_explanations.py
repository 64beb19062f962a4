"""Every innocent explanation, against every check and every case of its own."""

import re
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from tests.judge.crowd import CASES, SETTINGS, Crowd, Group, make, read_case, unknown_portrait

from stillhunt.judge.explanations import EXPLANATIONS, Case
from stillhunt.judge.verdict import try_one
from stillhunt.records import FAMILIES
from stillhunt.settings import JudgeSettings

SORTS = ("harvest", "innocent", "edge")
BY_NAME = {explanation.name: explanation for explanation in EXPLANATIONS}
PATHS = [path for name in BY_NAME for path in sorted((CASES / name).glob("*.toml"))]
FEW = JudgeSettings(null_groups=100)
"""Half of the usual comparison groups: no case is near a threshold."""

every_explanation = pytest.mark.parametrize("explanation", EXPLANATIONS, ids=lambda e: e.name)


def cases():
    """Return every case."""
    named = {f"{path.parent.name}/{path.stem}": path for path in PATHS}
    return pytest.mark.parametrize("path", named.values(), ids=named)


@lru_cache
def trial_of(path):
    made = make(read_case(path)[0])
    return try_one(made.ring, made.nulls(FEW), -7.0)


def case_of(portrait, p_value=1.0):
    """Return a case in which every family and signal has one p-value."""
    names = ("one_pool", "one_hand", "shared_shifts", "shared_identity", "signup_burst")
    return Case(portrait, dict.fromkeys(names, p_value), dict.fromkeys(FAMILIES, p_value), SETTINGS)


@cases()
def test_a_case_is_answered_as_its_file_says(path):
    name = path.parent.name
    answer = trial_of(path).answers[name]
    assert {"holds": answer.holds} == read_case(path)[1], answer.text


@cases()
def test_families_that_a_holding_explanation_explains_count_no_more(path):
    trial, explanation = trial_of(path), BY_NAME[path.parent.name]
    if trial.answers[explanation.name].holds:
        assert set(explanation.explains) <= trial.explained
        assert not set(explanation.explains) & set(trial.bits)
        assert not set(explanation.explains) & set(trial.speaking)


@cases()
def test_it_answers_in_one_sentence_with_a_figure(path):
    text = trial_of(path).answers[path.parent.name].text
    assert re.fullmatch(r"[^\n]*\d[^\n]*\.", text)
    assert not re.search(r"[.!?] [A-Z]", text)
    assert "nan" not in text


@every_explanation
def test_there_are_cases_of_every_sort(explanation):
    own = [path for path in PATHS if path.parent.name == explanation.name]
    assert {path.stem.split("-")[0] for path in own} == set(SORTS)
    expected = {path.stem.split("-")[0]: [] for path in own}
    for path in own:
        expected[path.stem.split("-")[0]].append(read_case(path)[1]["holds"])
    assert all(expected["innocent"])
    assert not any(expected["harvest"])


@every_explanation
def test_its_name_is_that_of_its_file(explanation):
    module = import_module(type(explanation).__module__)
    assert Path(module.__file__).stem == explanation.name


def test_explanations_stand_in_the_order_of_the_alphabet_and_are_all_there():
    folder = Path(import_module("stillhunt.judge.explanations").__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "answer"}
    assert [explanation.name for explanation in EXPLANATIONS] == sorted(modules)


@every_explanation
def test_it_explains_some_families_and_never_all(explanation):
    assert set(explanation.explains) < set(FAMILIES)
    assert explanation.explains


@every_explanation
def test_its_docstrings_say_what_it_is(explanation):
    module = import_module(type(explanation).__module__)
    for text in (module.__doc__, type(explanation).__doc__, explanation.ask.__doc__):
        assert re.match(r"[A-Z].*\.$", text.splitlines()[0])
    assert explanation.ask.__doc__.startswith("Hold ")


@every_explanation
@pytest.mark.parametrize("p_value", [1e-9, 1.0])
def test_of_what_nothing_is_known_nothing_holds(explanation, p_value):
    assert not explanation.ask(case_of(unknown_portrait(), p_value)).holds


@every_explanation
def test_asking_twice_gives_the_same(explanation):
    case = case_of(unknown_portrait())
    assert explanation.ask(case) == explanation.ask(case)


@every_explanation
@pytest.mark.parametrize(
    "silent",
    [("text",), ("accounts",), ("turns",), ("clients",), ("text", "accounts", "births", "turns")],
    ids="-".join,
)
def test_it_answers_whatever_is_not_logged(explanation, silent):
    made = make(Crowd((Group(),), accounts=120, silent=silent))
    answer = _trial_without(silent).answers[explanation.name]
    assert isinstance(answer.holds, (bool, np.bool_))
    assert made.scene.population.exchanges.size == 150


@lru_cache
def _trial_without(silent):
    made = make(Crowd((Group(),), accounts=120, silent=silent))
    return try_one(made.ring, made.nulls(JudgeSettings(null_groups=50)), -7.0)


@every_explanation
def test_ordinary_customers_are_excused_by_nothing(explanation):
    made = make(Crowd((Group(accounts=30),)))
    assert not _ordinary().answers[explanation.name].holds, made.ring.members.size


@lru_cache
def _ordinary():
    made = make(Crowd((Group(accounts=30),)))
    return try_one(made.ring, made.nulls(FEW), -7.0)


@every_explanation
def test_more_strangers_do_not_take_an_excuse_away(explanation):
    for path in PATHS:
        if path.parent.name == explanation.name and path.stem.startswith("innocent"):
            crowd, _ = read_case(path)
            made = make(replace(crowd, accounts=crowd.accounts + 200))
            trial = try_one(made.ring, made.nulls(JudgeSettings(null_groups=50)), -7.0)
            assert trial.answers[explanation.name].holds, path.stem

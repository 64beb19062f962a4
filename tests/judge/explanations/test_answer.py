"""What an innocent explanation may ask of a ring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.crowd import SETTINGS, Crowd, Group, make

from stillhunt.judge.explanations.answer import Case
from stillhunt.judge.portrait import paint
from stillhunt.records import FAMILIES

P_VALUES = st.floats(1e-12, 1.0)


def asked(group):
    made = make(Crowd((group,), accounts=200))
    return Case(paint(made.scene, made.ring.members, made.nulls().ordinary()), {}, {}, SETTINGS)


def case_with(signal_p, family_p):
    return Case(asked(Group()).portrait, signal_p, family_p, SETTINGS)


@given(
    family_p=st.dictionaries(st.sampled_from(FAMILIES), P_VALUES),
    wanted=st.sets(st.sampled_from(FAMILIES)),
)
def test_families_speak_when_one_of_them_does(family_p, wanted):
    case = case_with({}, family_p)
    assert case.speaks(*wanted) == any(case.speaks(family) for family in wanted)


@given(p_value=P_VALUES, surer=st.floats(0.0, 1.0))
def test_what_speaks_speaks_also_when_it_is_surer(p_value, surer):
    loud = case_with({"one_hand": p_value * surer}, {"content": p_value * surer})
    quiet = case_with({"one_hand": p_value}, {"content": p_value})
    assert loud.speaks("content") >= quiet.speaks("content")
    assert loud.signal_speaks("one_hand") >= quiet.signal_speaks("one_hand")


def test_a_beyond_doubt_speaks_and_an_even_chance_does_not():
    case = case_with({"one_hand": 1e-6, "one_pool": 0.5}, {"content": 1e-6, "clock": 0.5})
    assert (case.speaks("content"), case.speaks("clock")) == (True, False)
    assert (case.signal_speaks("one_hand"), case.signal_speaks("one_pool")) == (True, False)


def test_what_could_not_be_measured_does_not_speak():
    case = case_with({}, {})
    assert not case.speaks(*FAMILIES)
    assert not case.signal_speaks("one_hand")


@pytest.mark.parametrize(
    ("group", "sleeps"),
    [
        (Group(), True),
        (Group(hour=3), True),
        (Group(rhythm=0.0), False),
        (Group(exchanges=3, spread=0.0), False),
    ],
    ids=["customers", "night shift", "around the clock", "unknown"],
)
def test_accounts_sleep_that_have_half_of_the_usual_rhythm(group, sleeps):
    assert asked(group).sleeps == sleeps

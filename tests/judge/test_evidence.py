"""From signals to evidence: p-values of signals, families and whole rings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.crowd import SETTINGS, Crowd, Group, make
from tests.judge.rings import ONLY, RING

from stillhunt.judge.evidence import (
    HOLDING,
    Reading,
    family_bits,
    family_p,
    holds_together,
    read_signals,
)
from stillhunt.judge.nulls import Nulls
from stillhunt.judge.signals import SIGNALS
from stillhunt.population import Ring
from stillhunt.records import FAMILIES
from stillhunt.stats import apart_p, bits_of_p, simes_p, tail_p

BY_NAME = {signal.name: signal for signal in SIGNALS}
P_VALUES = st.floats(1e-30, 1.0)


@pytest.fixture(scope="module")
def planted():
    return make(Crowd((RING,)))


@pytest.fixture(scope="module")
def readings(planted):
    return read_signals(planted.ring, planted.nulls())


def reading(name, p_value):
    return Reading(BY_NAME[name], 1.0, p_value, "random", 200, 0.0, 0.1)


def test_every_signal_that_can_speak_is_read_once_in_their_order(readings):
    assert [r.signal for r in readings] == list(SIGNALS)


def test_a_reading_holds_what_was_measured_and_what_it_was_compared_with(planted, readings):
    nulls = planted.nulls()
    for r in readings:
        null = nulls.of(r.signal, planted.ring, (r.group,))[r.group]
        assert r.value == r.signal.measure(planted.scene, planted.ring.members)
        assert r.p_value == tail_p(r.value, null, r.signal.grain)
        assert (r.n_groups, r.median) == (null.values.size, np.median(null.values))
        assert r.p95 == np.quantile(null.values, 0.95)
        assert r.bits == bits_of_p(r.p_value)


def test_innocence_has_the_choice_of_its_comparison_group(planted, readings):
    nulls = planted.nulls()
    chosen = set()
    for r in readings:
        p_values = {
            way: tail_p(r.value, null, r.signal.grain)
            for way, null in nulls.of(r.signal, planted.ring, ("random", "pool")).items()
        }
        assert p_values[r.group] == max(p_values.values())
        assert len(p_values) == 2
        chosen.add(r.group)
    assert chosen == {"random", "pool"}


def test_a_ring_is_compared_with_groups_that_share_the_same_kind_of_artefact():
    usual = [Ring(np.arange(5 * k, 5 * k + 5), "payment") for k in range(30)]
    made = make(Crowd((ONLY["identity"],)))
    nulls = Nulls(made.scene, SETTINGS, np.zeros(len(made.scene.population), np.bool_), usual)
    ring = replace(made.ring, origin="payment")
    assert "payment" in {r.group for r in read_signals(ring, nulls)}


def test_signals_that_cannot_speak_are_not_read():
    made = make(Crowd((RING,), silent=("text",)))
    names = {r.signal.name for r in read_signals(made.ring, made.nulls())}
    assert names == {
        "even_load", "no_sleep", "shared_days", "shared_identity", "shared_shifts", "signup_burst",
    }  # fmt: skip


@pytest.mark.parametrize("left_out", FAMILIES)
def test_a_family_that_may_not_speak_is_not_read_and_the_others_say_the_same(
    planted, readings, left_out
):
    kept = tuple(family for family in FAMILIES if family != left_out)
    settings = SETTINGS.model_copy(update={"families": kept})
    assert read_signals(planted.ring, planted.nulls(settings)) == tuple(
        r for r in readings if r.signal.family != left_out
    )


def test_a_family_that_may_not_speak_holds_nobody_together():
    made = make(Crowd((ONLY["content"],)))
    for families, holds in ((("content",), True), (("identity", "clock"), False)):
        settings = SETTINGS.model_copy(update={"families": families})
        assert holds_together(made.ring, made.nulls(settings)) == holds


def test_without_anybody_to_compare_with_no_signal_speaks(planted):
    everybody = np.ones(len(planted.scene.population), dtype=np.bool_)
    nulls = Nulls(planted.scene, SETTINGS, everybody, [])
    assert read_signals(planted.ring, nulls) == ()
    assert not holds_together(planted.ring, nulls)


@pytest.mark.parametrize(
    ("group", "holds"),
    [
        (ONLY["content"], True),
        (ONLY["identity"], True),
        (ONLY["clock"], True),
        (ONLY["purpose"], False),
        (ONLY["life_cycle"], False),
        (Group(), False),
    ],
)
def test_prompts_belongings_and_schedules_hold_accounts_together(group, holds):
    made = make(Crowd((group,)))
    assert holds_together(made.ring, made.nulls()) == holds


def test_signals_that_hold_a_ring_together_are_of_three_families():
    assert {BY_NAME[name].family for name in HOLDING} == {"content", "identity", "clock"}


def test_a_family_speaks_once_by_simes():
    readings = [reading("one_pool", 0.001), reading("one_hand", 0.4), reading("no_sleep", 0.03)]
    assert family_p(readings) == {"clock": 0.03, "content": simes_p([0.001, 0.4])}


def test_the_clock_is_heard_as_voices_apart():
    names, p_values = ("even_load", "no_sleep", "shared_days"), (0.02, 0.03, 0.04)
    assert family_p(map(reading, names, p_values)) == {"clock": apart_p(p_values)}


def test_families_stand_in_their_order_whatever_the_order_of_readings(readings):
    assert tuple(family_p(readings)) == FAMILIES
    assert family_p(readings[::-1]) == family_p(readings)


@given(p_values=st.lists(P_VALUES, min_size=1, max_size=2))
def test_a_family_is_never_surer_than_its_surest_signal(p_values):
    names = ("one_pool", "one_hand")
    (p_value,) = family_p(map(reading, names, p_values)).values()
    assert p_value >= min(p_values) * (1 - 1e-12)
    assert p_value <= min(1.0, len(p_values) * min(p_values))


@given(p_values=st.tuples(P_VALUES, P_VALUES), factor=st.floats(0.01, 1.0))
def test_a_surer_signal_never_makes_its_family_less_sure(p_values, factor):
    pool, hand = p_values
    before = family_p([reading("one_pool", pool), reading("one_hand", hand)])["content"]
    after = family_p([reading("one_pool", pool * factor), reading("one_hand", hand)])["content"]
    assert after <= before


@given(p_value=P_VALUES)
def test_one_family_gives_no_more_than_its_cap_and_no_less_than_minus_one(p_value):
    bits = family_bits(p_value, SETTINGS)
    assert -1.0 <= bits <= SETTINGS.family_cap_bits
    assert bits == min(bits_of_p(p_value), SETTINGS.family_cap_bits)


def test_a_family_beyond_doubt_stands_at_the_cap():
    assert family_bits(1e-300, SETTINGS) == SETTINGS.family_cap_bits

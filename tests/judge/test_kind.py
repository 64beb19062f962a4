"""What a ring is called, by the signals that speak."""

import pytest
from tests.judge.scenes import nobody_known, scene_of
from tests.populations import population

from stillhunt.judge.kind import kind_of
from stillhunt.judge.portrait import Ordinary, paint
from stillhunt.records import KINDS

LEVEL = 0.01
_CASES = {
    "one task pool": (("one_pool",), "extraction"),
    "a pool behind many users": (("one_pool", "many_hands"), "extraction"),
    "reasoning drawn out": (("elicitation", "shared_identity"), "extraction"),
    "single new questions": (("harvest_form",), "extraction"),
    "many users behind one client": (("many_hands", "shared_shifts"), "reseller"),
    "new accounts of one owner": (("shared_identity", "signup_burst"), "trial_farm"),
    "old accounts of many owners, one clock": (("shared_shifts",), "key_theft"),
    "old accounts that fill one day's orders": (("shared_days",), "key_theft"),
    "one owner and one clock": (("shared_shifts", "shared_identity"), "automation"),
    "nothing in particular": ((), "automation"),
}


@pytest.fixture(scope="module")
def portrait():
    scene = scene_of(population(20))
    return paint(scene, nobody_known(scene)[:5], Ordinary.of(scene, scene.population.is_trusted))


@pytest.mark.parametrize("name", _CASES)
def test_a_ring_is_called_by_what_speaks(name, portrait):
    speaking, kind = _CASES[name]
    quiet = {signal: 0.5 for case, _ in _CASES.values() for signal in case}
    found = kind_of(portrait, quiet | dict.fromkeys(speaking, LEVEL), LEVEL)
    assert found == kind
    assert found in KINDS


def test_a_signal_that_does_not_speak_decides_nothing(portrait):
    assert kind_of(portrait, {"one_pool": 1.01 * LEVEL}, LEVEL) == "automation"

"""Every signal, against every check and every case of its own."""

import re
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from tests.judge.crowd import CASES, Crowd, Group, Made, make, read_case, reorder, scene_of

from stillhunt.judge.signals import SIGNALS
from stillhunt.population import Ring
from stillhunt.records import FAMILIES
from stillhunt.stats import tail_p

HEADINGS = ("Parameters", "Score", "Innocent causes", "References")
SORTS = ("harvest", "innocent", "edge")
BY_NAME = {signal.name: signal for signal in SIGNALS}
PATHS = [path for name in BY_NAME for path in sorted((CASES / name).glob("*.toml"))]
LACKING = {
    "nothing at all": ("text", "accounts", "births", "turns", "clients", "addresses"),
    "prompts": ("text",),
    "the accounts table": ("accounts",),
    "turns": ("turns",),
    "clients": ("clients",),
    "addresses": ("addresses",),
}

SURE_P = 0.01
"""What a case calls speaking: sure enough for a family of several signals to speak."""

every_signal = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)


def _id(path):
    return f"{path.parent.name}/{path.stem}"


def value_of(signal, made):
    return signal.measure(made.scene, made.ring.members)


def p_of(signal, made):
    """Return the signal's p-value for the ring; None where it is silent."""
    value = value_of(signal, made)
    nulls = made.nulls().of(signal, made.ring, ("random", "pool"))
    if not np.isfinite(value) or not nulls:
        return None
    return max(tail_p(value, null, signal.grain) for null in nulls.values())


@lru_cache
def ordinary(n=40):
    return make(Crowd((Group(accounts=n, exchanges=100),), accounts=300))


def of_sort(signal, sort):
    return [
        path for path in PATHS if path.parent.name == signal.name and path.name.startswith(sort)
    ]


@pytest.mark.parametrize("path", PATHS, ids=_id)
def test_a_case_is_read_as_its_file_says(path):
    crowd, expected = read_case(path)
    p_value = p_of(BY_NAME[path.parent.name], make(crowd))
    speaks = "silent" if p_value is None else p_value <= SURE_P
    assert {"speaks": speaks} == expected, p_value


@every_signal
def test_there_are_cases_of_every_sort(signal):
    assert {sort: bool(of_sort(signal, sort)) for sort in SORTS} == dict.fromkeys(SORTS, True)


def test_every_folder_of_cases_has_a_plug_in():
    from stillhunt.ingest.formats import FORMATS
    from stillhunt.judge.explanations import EXPLANATIONS

    known = {plug_in.name for plug_in in (*SIGNALS, *EXPLANATIONS, *FORMATS)}
    assert {folder.name for folder in CASES.iterdir() if folder.is_dir()} == known


@every_signal
def test_its_name_is_that_of_its_file(signal):
    module = import_module(type(signal).__module__)
    assert Path(module.__file__).stem == signal.name


@every_signal
def test_its_docstring_has_the_fixed_headings_in_order(signal):
    text = import_module(type(signal).__module__).__doc__
    places = [re.search(rf"^{heading} +\S", text, re.MULTILINE) for heading in HEADINGS]
    assert all(places), [h for h, place in zip(HEADINGS, places, strict=True) if not place]
    assert [place.start() for place in places] == sorted(place.start() for place in places)


@every_signal
def test_its_family_is_known_and_its_grain_is_positive(signal):
    assert signal.family in FAMILIES
    assert signal.grain > 0


@every_signal
def test_measuring_twice_gives_the_same(signal):
    assert value_of(signal, ordinary()) == value_of(signal, ordinary())


@every_signal
def test_the_order_of_members_does_not_matter(signal):
    made = ordinary()
    shuffled = np.random.default_rng(3).permutation(made.ring.members)
    np.testing.assert_allclose(
        signal.measure(made.scene, shuffled), value_of(signal, made), rtol=1e-5
    )


@every_signal
def test_the_order_of_accounts_does_not_matter(signal):
    made = ordinary()
    order = np.random.default_rng(4).permutation(len(made.scene.population))
    moved = Made(scene_of(reorder(made.scene.population, order)), made.rows, made.judged)
    members = np.sort(np.argsort(order)[made.ring.members])
    value = signal.measure(moved.scene, members)
    np.testing.assert_allclose(value, value_of(signal, made), rtol=1e-3, atol=1e-4)


@every_signal
def test_the_whole_and_a_part_are_finite_where_everything_is_logged(signal):
    made = ordinary()
    values = [signal.measure(made.scene, made.ring.members[:n]) for n in (5, 12, 40)]
    assert np.isfinite(values).all()


@every_signal
@pytest.mark.parametrize("silent", LACKING.values(), ids=LACKING)
def test_a_signal_that_lacks_its_input_is_silent_and_never_fails(signal, silent):
    made = make(Crowd((Group(),), accounts=150, silent=silent))
    value = value_of(signal, made)
    assert isinstance(value, float)
    assert not np.isinf(value)


@every_signal
@pytest.mark.parametrize("n", [3, 5])
def test_a_crowd_of_a_few_accounts_is_measured_or_not_but_never_fails(signal, n):
    made = make(Crowd((Group(accounts=n),), accounts=0))
    assert not np.isinf(value_of(signal, made))


@every_signal
def test_of_nobody_a_signal_is_silent(signal):
    assert np.isnan(signal.measure(ordinary().scene, np.zeros(0, dtype=np.int64)))


@every_signal
def test_accounts_of_one_exchange_are_measured_or_not_but_never_fail(signal):
    made = make(Crowd((Group(exchanges=1, spread=0.0),), accounts=60))
    assert not np.isinf(value_of(signal, made))


@every_signal
def test_it_says_one_sentence_with_two_figures(signal):
    text = signal.say(value_of(signal, ordinary()), 0.125)
    assert re.fullmatch(r"[^\n]+\.", text)
    assert not re.search(r"[.!?] [A-Z]", text)
    assert "comparison groups" in text
    assert len(re.findall(r"\d+(?:\.\d+)?", text)) >= 2
    assert "nan" not in text


@every_signal
def test_what_it_says_depends_on_what_was_seen(signal):
    assert len({signal.say(-0.9, -0.5), signal.say(-0.2, -0.5), signal.say(-0.9, -0.1)}) == 3


@every_signal
def test_a_harvest_scores_above_an_innocent(signal):
    harvest, innocent = (
        [value_of(signal, make(read_case(path)[0])) for path in of_sort(signal, sort)]
        for sort in ("harvest", "innocent")
    )
    assert min(harvest) > max(innocent)


@every_signal
def test_more_strangers_do_not_make_an_innocent_group_speak(signal):
    for path in of_sort(signal, "innocent"):
        crowd, _ = read_case(path)
        day, length, n_viral = crowd.viral
        viral = (day, length, n_viral * 3 // 2)
        p_value = p_of(signal, make(replace(crowd, accounts=crowd.accounts * 3 // 2, viral=viral)))
        assert p_value > SURE_P, path.stem


@every_signal
def test_the_larger_of_two_readings_is_never_the_less_surprising(signal):
    made = ordinary()
    null = made.nulls().of(signal, Ring(made.ring.members, "pool"), ("random",))["random"]
    values = np.linspace(null.values.min(), null.values.max() + 5 * signal.grain, 20)
    p_values = [tail_p(value, null, signal.grain) for value in values]
    assert p_values == sorted(p_values, reverse=True)

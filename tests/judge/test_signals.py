"""The list of signals: what runs."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judge.crowd import Crowd, Group, make
from tests.judge.scenes import scene_of
from tests.populations import population, uses

from stillhunt.judge.signals import SIGNALS
from stillhunt.population import Days
from stillhunt.records import FAMILIES


def test_signals_stand_in_the_order_of_the_alphabet_and_are_all_there():
    names = [signal.name for signal in SIGNALS]
    folder = Path(import_module("stillhunt.judge.signals").__file__).parent
    assert names == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def test_every_family_has_a_signal():
    assert {signal.family for signal in SIGNALS} == set(FAMILIES)


def test_names_are_told_apart():
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)


SHARED_IDENTITY = next(signal for signal in SIGNALS if signal.name == "shared_identity")


def test_a_card_shared_with_a_stranger_alone_ties_nobody_to_the_ring():
    each = Group(shares={"payment": 30}, leaks={"payment": 1})
    made = make(Crowd((each,), silent=("addresses",)))
    assert SHARED_IDENTITY.measure(made.scene, made.ring.members) == 0.0


def _cards(*holders: int, others: int = 940, twins: int = 0) -> float:
    """Return the reading of accounts with so many holders of each card, among ``others``.

    ``twins``: so many of the others have a second account among them, half of them being that.
    """
    n = sum(holders)
    strange = np.concatenate([np.arange(twins) // 2, twins + np.arange(others - twins)])
    card = np.concatenate([np.repeat(np.arange(len(holders)), holders), n + strange])
    held = uses(payment=list(enumerate(card.tolist())))
    return SHARED_IDENTITY.measure(scene_of(population(n + others, uses=held)), np.arange(n))


MOST = np.log2(941)
"""Bits of a card that none of 940 others holds."""


def test_a_card_that_two_thirds_share_has_all_its_bits():
    assert _cards(60) == _cards(*[2] * 30) == _cards(*[2] * 20, *[1] * 20) == pytest.approx(MOST)


@pytest.mark.parametrize("pairs", [11, 14, 17, 19])
def test_cards_of_two_tell_before_two_thirds_have_met_another(pairs):
    """A third left out, 2 · pairs - 20 of the other 40 share: twice that of what all of them do."""
    told = _cards(*[2] * pairs, *[1] * (60 - 2 * pairs))
    assert told == pytest.approx((2 * pairs - 20) / 20 * MOST)


@pytest.mark.parametrize(
    "companies", [(20,), (38,), (19, 19), (5,) * 7, (2,) * 10], ids=lambda sizes: str(sizes)
)
def test_companies_among_strangers_say_nothing(companies):
    assert _cards(*companies, *[1] * (60 - sum(companies))) == 0


@pytest.mark.parametrize("pairs", [14, 20, 24, 30])
def test_where_many_have_a_second_account_more_must_share_a_card(pairs):
    """Half of the strangers have one: five sixths of the ring must, for what two thirds meant."""
    cards = [2] * pairs + [1] * (60 - 2 * pairs)
    expected = MOST if pairs > 25 else max(2 * pairs - 40, 0) / 10 * MOST
    assert _cards(*cards, twins=470) == pytest.approx(expected)
    assert _cards(*cards, twins=0) > 0


@given(st.lists(st.integers(1, 8), min_size=4, max_size=20), st.randoms(use_true_random=False))
def test_whose_card_is_whose_does_not_matter(holders, random):
    told = _cards(*holders)
    assert 0 <= told <= MOST + 1e-9
    random.shuffle(holders)
    assert _cards(*holders) == pytest.approx(told)


def test_an_owner_of_several_cards_is_one():
    """Three devices tie ten cards of two each: a company, though no card has five accounts."""
    card, device = [[(a, a // 2) for a in range(20)], [(a, 99 + a // 7) for a in range(20)]]
    rest = [(a, 1000 + a) for a in range(20, 1000)]
    scene = scene_of(population(1000, uses=uses(payment=card + rest, device=device)))
    assert SHARED_IDENTITY.measure(scene, np.arange(50)) == 0


SHARED_DAYS = next(signal for signal in SIGNALS if signal.name == "shared_days")
CALENDARS = {
    "Saturdays and Sundays": np.isin(np.arange(28) % 7, (5, 6)),
    "Fridays and Saturdays": np.isin(np.arange(28) % 7, (4, 5)),
    "growth": np.linspace(-1, 1, 28),
    "each week its own": np.repeat(np.random.default_rng(8).normal(size=4), 7),
    "an outage and a holiday": np.isin(np.arange(28), (9, 20)),
}


def _common(pattern: np.ndarray, n: int = 90, seed: int = 1) -> float:
    """Return the reading of accounts that have a pattern in common, on days that each chooses."""
    rng = np.random.default_rng(seed)
    days = (rng.normal(size=(n, 28)) + pattern) * (rng.random((n, 28)) < 0.6)
    vectors = Days(days.astype(np.float32), np.arange(28) % 7)
    return SHARED_DAYS.measure(scene_of(population(n, days=vectors)), np.arange(n))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_days_of_strangers_have_no_correlation(seed):
    assert abs(_common(np.zeros(28), seed=seed)) < 0.03


def test_days_of_strangers_have_a_correlation_of_nought_on_average():
    assert abs(np.mean([_common(np.zeros(28), seed=seed) for seed in range(200)])) < 0.0015


@pytest.mark.parametrize("name", CALENDARS)
def test_what_a_calendar_explains_is_no_tide(name):
    assert abs(np.mean([_common(CALENDARS[name], seed=seed) for seed in range(20)])) < 0.008


def test_a_common_tide_is_read_as_what_two_accounts_have_in_common_of_their_days():
    """A tide of half the deviation of each account's own ups and downs, on 3 days in 5."""
    tide = np.random.default_rng(4).normal(size=28)
    assert _common(0.5 * tide) == pytest.approx(0.2 * 0.6, abs=0.08)
    assert _common(tide) > _common(0.5 * tide) > _common(0.25 * tide) > 0.005


@pytest.mark.parametrize("loud", [1, 30])
def test_a_third_that_follows_closely_says_nothing_for_the_rest_however_loud(loud):
    """Of 300 strangers 100 follow one order book; all of them would be read as 0.5."""
    rng = np.random.default_rng(6)
    days = rng.normal(size=(300, 28))
    days[:100] = loud * (days[:100] + rng.normal(size=28))
    vectors = Days(days.astype(np.float32), np.arange(28) % 7)
    scene = scene_of(population(300, days=vectors))
    assert SHARED_DAYS.measure(scene, np.arange(300)) < 0.01
    assert SHARED_DAYS.measure(scene, np.arange(100)) > 0.3


def test_a_few_that_work_by_fits_and_starts_do_not_drown_a_tide_of_the_others():
    rng = np.random.default_rng(6)
    days = rng.normal(size=(300, 28))
    days[100:] += rng.normal(size=28)
    days[:100] *= 30
    vectors = Days(days.astype(np.float32), np.arange(28) % 7)
    assert SHARED_DAYS.measure(scene_of(population(300, days=vectors)), np.arange(300)) > 0.05


def test_a_tide_that_no_account_shows_by_itself_is_read_in_many():
    """A tenth of each one's ups and downs in common: 0.01 from one account to another."""
    tide = 0.1 * np.random.default_rng(4).normal(size=28)
    strangers = [_common(np.zeros(28), n=400, seed=seed) for seed in range(20)]
    assert _common(tide, n=400) > np.mean(strangers) + 4 * np.std(strangers) / 2
    assert np.mean([_common(tide, n=400, seed=s) for s in range(10)]) > max(strangers)


@given(scale=st.floats(0.1, 100))
@settings(max_examples=10)
def test_days_have_no_unit(scale):
    tide = np.random.default_rng(4).normal(size=28)
    rng = np.random.default_rng(2)
    days = (rng.normal(size=(40, 28)) + tide).astype(np.float32)
    read = [
        SHARED_DAYS.measure(
            scene_of(population(40, days=Days(np.float32(s) * days, np.arange(28) % 7))),
            np.arange(40),
        )
        for s in (1, scale)
    ]
    assert read[0] == pytest.approx(read[1], rel=1e-3)


@pytest.mark.parametrize(("n_known", "is_silent"), [(13, True), (14, False)])
def test_where_two_thirds_have_no_days_to_tell_there_is_no_reading(n_known, is_silent):
    days = np.random.default_rng(2).normal(size=(40, 28)).astype(np.float32)
    days[n_known:] = 0
    scene = scene_of(population(40, days=Days(days, np.arange(28) % 7)))
    assert np.isnan(SHARED_DAYS.measure(scene, np.arange(40))) == is_silent


@pytest.mark.parametrize(("n_days", "is_silent"), [(13, True), (14, False)])
def test_less_than_a_fortnight_tells_no_tide(n_days, is_silent):
    days = np.random.default_rng(2).normal(size=(40, n_days)).astype(np.float32)
    scene = scene_of(population(40, days=Days(days, np.arange(n_days) % 7)))
    assert np.isnan(SHARED_DAYS.measure(scene, np.arange(40))) == is_silent

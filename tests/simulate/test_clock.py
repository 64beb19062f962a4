"""The clock: people sleep, machines do not, and sessions keep to their accounts' lives."""

import numpy as np
import pytest

from stillhunt.simulate.cast import CLOCKS, DAY_US, Cast, people
from stillhunt.simulate.clock import HOUR_US, Arrivals, Plans, arrivals


def _busy(clock: str) -> Cast:
    cast = people(80, 5, 14)
    cast.clock[:] = CLOCKS.index(clock)
    cast.zone[:] = cast.shift[:] = 0
    cast.per_day[:], cast.on_ratio[:], cast.weekend[:] = 60, 1, 1
    cast.from_us[:], cast.to_us[:] = -DAY_US, 99 * DAY_US
    cast.gap_s[:] = 1
    return cast


def _of_day(cast: Cast, cover: float = 0.0, day: int = 1, weekday: int = 1) -> Arrivals:
    plans = Plans(np.full(len(cast), cover))
    return arrivals(cast, plans, day, weekday, np.random.default_rng(1))


def _hours(made: Arrivals) -> np.ndarray:
    return np.bincount((made.time_us - DAY_US) // HOUR_US % 24, minlength=24) / len(made.turn)


@pytest.mark.parametrize("clock", ["home", "office"])
def test_people_sleep_at_night(clock: str) -> None:
    hours = _hours(_of_day(_busy(clock)))
    assert hours[1:6].sum() < 0.5 * hours[10:15].sum()


def test_machines_do_not_sleep() -> None:
    hours = _hours(_of_day(_busy("flat")))
    assert hours.min() > 0.025


def test_another_time_zone_moves_the_day() -> None:
    cast = _busy("office")
    cast.zone[:] = 9
    assert _hours(_of_day(cast))[[0, 1, 2, 3, 4, 5, 6, 7]].sum() > 0.6


def test_hourly_jobs_begin_on_the_hour() -> None:
    made = _of_day(_busy("hourly"))
    first = made.time_us[made.turn == 0] % HOUR_US
    assert (first < HOUR_US / 50).all()


def test_the_mean_volume_is_what_is_wanted() -> None:
    cast = _busy("flat")
    made = [len(_of_day(cast, day=day).turn) for day in range(1, 9)]
    assert 0.8 < np.mean(made) / (60 * len(cast)) < 1.25


def test_weekends_are_quiet_for_those_who_rest() -> None:
    cast = _busy("office")
    cast.weekend[:] = 0.1
    assert len(_of_day(cast, weekday=6).turn) < 0.3 * len(_of_day(cast, weekday=2).turn)


def test_nothing_happens_outside_an_accounts_life() -> None:
    cast = _busy("flat")
    cast.from_us[:] = DAY_US + 6 * HOUR_US
    cast.to_us[:] = DAY_US + 9 * HOUR_US
    made = _of_day(cast)
    assert len(made.turn) > 50
    assert ((made.time_us >= cast.from_us[0]) & (made.time_us < cast.to_us[0])).all()


def test_turns_count_up_within_a_session_in_order_of_time() -> None:
    made = _of_day(_busy("home"))
    for session in np.unique(made.session)[:50]:
        rows = np.flatnonzero(made.session == session)
        assert len(set(made.account[rows])) == 1
        assert (np.diff(made.turn[rows]) == 1).all()


@pytest.mark.parametrize("cover", [0.0, 0.5, 0.9])
def test_only_campaigns_harvest_and_as_much_as_their_cover_leaves(cover: float) -> None:
    cast = _busy("home")
    assert not _of_day(cast, cover).harvest.any()
    cast.campaign[:] = 0
    assert abs(_of_day(cast, cover).harvest.mean() - (1 - cover)) < 0.06


def test_customers_of_a_proxy_are_awake_when_they_are_and_harvest_when_the_account_is() -> None:
    cast = _busy("office")
    cast.campaign[:], cast.guests[:] = 0, 24
    made = _of_day(cast, 0.5)
    at_night = (made.time_us - DAY_US) // HOUR_US % 24 < 5
    assert at_night[made.harvest].mean() < 0.03
    assert at_night[~made.harvest].mean() > 0.08


def test_who_shares_waters_rises_and_falls_together_and_others_do_not() -> None:
    cast = _busy("flat")
    cast.tide[:], cast.waters = 1.0, np.repeat(np.array([1, 2], np.uint64), 40)
    days = np.array(
        [np.bincount(_of_day(cast, day=day).account, minlength=80) for day in range(1, 29)]
    )
    halves = [days[:, half].sum(axis=1) for half in (slice(0, 20), slice(20, 40), slice(40, 80))]
    assert np.corrcoef(halves[0], halves[1])[0, 1] > 0.7
    assert abs(np.corrcoef(halves[0], halves[2])[0, 1]) < 0.5

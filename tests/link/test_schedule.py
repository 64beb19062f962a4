"""Clocks beyond habit: shifts that two accounts share show, time zones and lifetimes do not."""

import numpy as np
import pytest

from stillhunt.link import schedule
from stillhunt.link.schedule import days_of
from stillhunt.population import SHIFT_DIMS

START = 20_514 * 24  # a Monday at midnight, in hours since 1970
DAYS = 28
HOURS = np.arange(24 * DAYS)
OFFICE = ((HOURS % 24 >= 9) & (HOURS % 24 < 18)).astype(float)


def shifts_of(*given) -> np.ndarray:
    return np.asarray(schedule.shifts_of(*given))


def _shifts(rates: np.ndarray, seed: int = 1, start: int = START):
    """Return the projections of accounts whose exchanges come at these rates per hour."""
    counts = np.random.default_rng(seed).poisson(rates)
    account, hour = np.nonzero(counts)
    return shifts_of(account, start + hour, counts[account, hour], len(rates), 1), counts


def _cosines(shifts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return all cosines, the noise of the counts taken out of the lengths."""
    vectors = shifts.astype(float)
    strength = np.maximum(np.square(vectors).sum(axis=1) - counts.sum(axis=1), 1)
    return vectors @ vectors.T / np.sqrt(np.outer(strength, strength))


def _likeness(shifts: np.ndarray) -> float:
    """Return the mean dot product of two accounts over the mean squared length."""
    dots = shifts.astype(float) @ shifts.T
    return float(np.mean(dots[np.triu_indices(len(dots), 1)]) / np.trace(dots) * len(dots))


def _days_off(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return which hours each of ``n`` accounts works: every other day, by lot."""
    return np.repeat(rng.integers(0, 2, (n, DAYS)), 24, axis=1)


@pytest.fixture(scope="module")
def crowd() -> np.ndarray:
    """Forty accounts in one time zone, each with days of its own."""
    return 4 * OFFICE * _days_off(np.random.default_rng(2), 40)


def test_accounts_of_one_time_zone_with_days_of_their_own_are_unlike(crowd):
    cosine = _cosines(*_shifts(crowd))
    apart = cosine[np.triu_indices(40, 1)]
    assert abs(np.mean(apart)) < 0.05
    assert np.quantile(np.abs(apart), 0.95) < 0.6


def test_accounts_that_share_shifts_are_alike(crowd):
    shared = np.repeat(np.random.default_rng(9).integers(0, 2, (1, HOURS.size // 4)), 4, axis=1)
    cosine = _cosines(*_shifts(np.concatenate([crowd, 2.0 * shared.repeat(4, axis=0)])))
    ring = cosine[40:, 40:][np.triu_indices(4, 1)]
    assert np.mean(ring) == pytest.approx(1, abs=0.1)
    assert np.abs(cosine[40:, :40]).mean(axis=0).max() < 0.6


def test_the_habit_of_a_time_zone_leaves_nothing():
    """Two accounts that keep office hours to the letter have nothing beyond their habit."""
    account, hour = np.repeat([0, 1], int(OFFICE.sum())), np.tile(np.flatnonzero(OFFICE), 2)
    shifts = shifts_of(account, START + hour, np.full(hour.size, 3), 2, 1)
    np.testing.assert_allclose(shifts, 0, atol=1e-3)


def test_a_quiet_weekend_is_a_habit():
    """Three accounts of other weekdays, so that nothing they do together is taken out."""
    weekday = HOURS // 24 % 7 < 5
    hours = [np.flatnonzero(OFFICE * weekday), np.flatnonzero(OFFICE * ~weekday),
             np.flatnonzero(HOURS % 24 < 3)]  # fmt: skip
    account = np.repeat(np.arange(3), [hour.size for hour in hours])
    hour = np.concatenate(hours)
    shifts = shifts_of(account, START + hour, np.ones(hour.size), 3, 1)
    np.testing.assert_allclose(shifts, 0, atol=1e-3)


def test_an_account_is_judged_by_the_days_it_lived():
    """Steady from its first hour to its last, it has no shift, though the log is longer."""
    lives = [(0, 672), (24, 120), (300, 500), (7 * 24, 9 * 24)]
    account = np.repeat(np.arange(4), [last - first for first, last in lives])
    hour = np.concatenate([np.arange(first, last) for first, last in lives])
    shifts = shifts_of(account, START + hour, np.full(hour.size, 2), 4, 1)
    np.testing.assert_allclose(shifts, 0, atol=1e-3)


def test_being_opened_on_the_same_day_makes_nobody_alike():
    """A steady account of the last fortnight has no shift, whoever else began with it."""
    rates = np.tile(np.where(HOURS >= 14 * 24, 2.0, 0.0), (60, 1))
    rates = np.concatenate([rates, np.full((60, HOURS.size), 1.0)])
    assert abs(_likeness(_shifts(rates)[0][:60])) < 0.05


def test_what_all_accounts_do_together_is_taken_out():
    outage = np.where((HOURS >= 200) & (HOURS < 272), 0.0, 3.0)
    assert abs(_likeness(_shifts(np.tile(outage, (50, 1)))[0])) < 0.05


def test_lengths_are_kept_on_average(crowd):
    """Random directions keep squared lengths: those of the counts less the habit of each hour."""
    shifts, counts = _shifts(crowd)
    hour_of_day = counts.reshape(40, DAYS, 24)
    is_weekend = np.arange(DAYS) % 7 >= 5
    habit = np.empty_like(hour_of_day, dtype=float)
    for days in (is_weekend, ~is_weekend):
        habit[:, days] = hour_of_day[:, days].mean(axis=1, keepdims=True)
    exact = np.square(hour_of_day - habit).sum(axis=(1, 2))
    ratio = np.square(shifts, dtype=float).sum(axis=1) / exact
    assert np.mean(ratio) == pytest.approx(1, abs=0.1)


def test_the_order_of_hours_does_not_matter(crowd):
    counts = np.random.default_rng(1).poisson(crowd)
    account, hour = np.nonzero(counts)
    n = counts[account, hour]
    order = np.random.default_rng(2).permutation(hour.size)
    plain = shifts_of(account, START + hour, n, 40, 1)
    mixed = shifts_of(account[order], START + hour[order], n[order], 40, 1)
    np.testing.assert_allclose(plain, mixed, atol=1e-3)


def test_a_clock_gone_wrong_changes_nobody_else(crowd):
    counts = np.random.default_rng(1).poisson(crowd)
    account, hour = np.nonzero(counts)
    n = counts[account, hour]
    plain = shifts_of(account, START + hour, n, 41, 1)
    far = shifts_of(
        np.append(account, 40), np.append(START + hour, 30 * 365 * 24), np.append(n, 1), 41, 1
    )
    cosine = [_cosines(shifts[:40], counts) for shifts in (plain, far)]
    # The directions are others, the angles the same as far as directions by lot can tell.
    assert np.mean(np.abs(cosine[0] - cosine[1])) < 0.2
    assert far.shape == (41, SHIFT_DIMS)


def test_shifts_are_the_same_on_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(7)
    activity = rng.integers(0, 50, 2_000), START + rng.integers(0, 400, 2_000), np.ones(2_000)
    monkeypatch.setattr("stillhunt.link.schedule.CELLS", 4_000)
    one, two = (shifts_of(*activity, 50, 1, threads) for threads in (1, 2))
    assert one.any()
    assert (one == two).all()


def test_no_hours_give_no_shifts():
    none = np.zeros(0, dtype=np.int64)
    assert shifts_of(none, none, none, 3, 1).tolist() == np.zeros((3, SHIFT_DIMS)).tolist()


def test_all_in_one_hour_gives_no_shifts():
    shifts = shifts_of(np.arange(3), np.full(3, START), np.array([1, 5, 9]), 3, 1)
    np.testing.assert_allclose(shifts, 0, atol=1e-6)


def _days(counts: np.ndarray, start: int = START) -> np.ndarray:
    """Return the days of accounts of whom these are the exchanges by day."""
    account, day = np.nonzero(counts)
    return days_of(account, start + 24 * day, counts[account, day], len(counts))


def _strangers(n: int = 200) -> np.ndarray:
    """Return what accounts do by day that take off two days in five and have ups of their own."""
    rng = np.random.default_rng(11)
    mood = rng.uniform(0.3, 1.7, (n, DAYS)) * (rng.random((n, DAYS)) < 0.6)
    return rng.poisson(4 * mood)


def test_those_who_do_more_on_the_same_days_are_alike_though_they_take_days_off_of_their_own():
    rng = np.random.default_rng(12)
    busy = np.where(np.arange(DAYS) % 3 == 0, 12.0, 3.0) * (rng.random((40, DAYS)) < 0.6)
    vectors = _days(np.concatenate([_strangers(), rng.poisson(busy)])).vectors
    assert _likeness(vectors[200:]) > 0.2
    assert abs(_likeness(vectors[:200])) < 0.02


def test_on_days_off_and_on_the_first_and_the_last_day_nobody_does_more_or_less():
    counts = _strangers()
    vectors = _days(counts).vectors
    worked = counts > 0
    assert not vectors[~worked].any()
    first, last = worked.argmax(axis=1), DAYS - 1 - worked[:, ::-1].argmax(axis=1)
    assert not vectors[np.arange(200), first].any()
    assert not vectors[np.arange(200), last].any()


@pytest.mark.parametrize("alive", [slice(9, DAYS), slice(0, 17), slice(6, 15)])
def test_being_opened_or_closed_together_makes_no_days_alike(alive):
    """Half a day's work on the first and the last day included."""
    rates = np.zeros((40, DAYS))
    rates[:, alive] = 6.0
    rates[:, alive.start] = rates[:, alive.stop - 1] = 2.0
    counts = np.concatenate([_strangers(), np.random.default_rng(5).poisson(rates)])
    assert abs(_likeness(_days(counts).vectors[200:])) < 0.03


def test_a_holiday_makes_no_days_alike():
    counts = _strangers()
    counts[:100, 12] = 0
    assert abs(_likeness(_days(counts).vectors[:100])) < 0.02


def test_most_of_what_all_do_on_a_day_is_taken_out():
    """Not all, since nobody works every day: comparison groups have the rest in common too."""
    counts = _strangers()
    counts[:, 8:12] *= 4
    assert _likeness(_days(counts).vectors) < 0.1


def test_the_days_of_a_small_account_weigh_like_those_of_a_large_one():
    """Poisson noise has variance 1/4 on the scale of square roots, whatever the volume."""
    rng = np.random.default_rng(1)
    rates = np.repeat([[9.0], [900.0]], 200, axis=0) * np.ones(DAYS)
    vectors = _days(rng.poisson(rates)).vectors[:, 1:-1]
    small, large = np.var(vectors[:200]), np.var(vectors[200:])
    assert small == pytest.approx(0.25, rel=0.15)
    assert large == pytest.approx(0.25, rel=0.15)


def test_days_know_their_day_of_the_week():
    counts = np.ones((3, DAYS), dtype=np.int64)
    weekday = _days(counts).weekday
    assert weekday[:DAYS].tolist() == (np.arange(DAYS) % 7).tolist()


def test_of_a_long_log_the_last_days_count():
    counts = np.random.default_rng(3).poisson(4.0, (20, 2 * SHIFT_DIMS))
    days = _days(counts)
    assert days.vectors.shape == (20, SHIFT_DIMS)
    assert days.weekday.size == SHIFT_DIMS


def test_no_hours_give_no_days():
    none = np.zeros(0, dtype=np.int64)
    assert days_of(none, none, none, 3).vectors.shape == (3, 0)

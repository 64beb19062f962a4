"""When things happen: sessions of a day, and the exchanges of each session."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from stillhunt.simulate import world
from stillhunt.simulate.cast import CLOCKS, DAY_US, Cast, guest_of
from stillhunt.simulate.chance import F64, I64, U64, mix, pick, unit
from stillhunt.simulate.traces import Traces

HOUR_US: Final = DAY_US // 24
_N_HUMAN: Final = 2  # the first clocks are people's: home and office
_HOME: Final = (3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 8, 8, 8, 8, 9, 10, 11, 12, 12, 9, 6)
_OFFICE: Final = (0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 1, 4, 10, 13, 13, 12, 8, 11, 13, 12, 10, 7, 3, 1.5,
                  1, 1, 0.6, 0.4)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Exchanges of one day, in no order; ``turn`` counts from 0 within the session."""

    account: I64
    time_us: I64
    session: U64
    turn: I64
    length: I64  # exchanges in the session
    harvest: npt.NDArray[np.bool_]

    def part(self, rows: I64) -> "Arrivals":
        """Return the exchanges at these places."""
        return Arrivals(**{f.name: getattr(self, f.name)[rows] for f in fields(Arrivals)})


@dataclass(frozen=True, slots=True)
class Plans:
    """What the clock must know of the campaigns, by account, and of recorded clocks."""

    cover: F64
    traces: Traces | None = None


def arrivals(
    cast: Cast, plans: Plans, day: int, weekday: int, rng: np.random.Generator
) -> Arrivals:
    """Return the exchanges of one day; times are microseconds after the scenario's start."""
    wanted = _wanted(cast, plans, day, weekday) / cast.burst
    count = rng.poisson(wanted)
    is_even = cast.clock == CLOCKS.index("load_balanced")
    count[is_even] = np.floor(wanted + rng.random(len(cast)))[is_even].astype(np.int64)
    account = np.repeat(np.arange(len(cast)), count)
    place = np.arange(len(account)) - np.repeat(np.cumsum(count) - count, count)
    harvest = rng.random(len(account)) < _harvest_share(cast, plans)[account]
    session = rng.integers(1, 2**63, len(account)).astype(np.uint64)
    zone = np.where(
        (cast.campaign[account] >= 0) & ~harvest,
        # Customers live where they live, whatever country their proxy's account is of.
        world.COUNTRY_ZONES[
            pick(mix(guest_of(cast, account, session)[1], 12), world.COUNTRY_WEIGHTS)
        ],
        cast.zone[account],
    )
    even = place / np.maximum(1, count[account])
    start = _starts(cast, plans, (account, even, zone), (day, weekday), rng)
    mean = cast.burst[account]
    size = 1 + np.floor(rng.exponential(1.0, len(account)) * np.maximum(0, mean - 0.6)).astype(
        np.int64
    )
    size = np.where(
        cast.exact_burst[account], np.round(mean).astype(np.int64), np.minimum(size, 2_000)
    )
    return _turns(cast, plans, (account, start, size, harvest, session), rng)


def _harvest_share(cast: Cast, plans: Plans) -> F64:
    """Return the share of sessions that harvest: the plan's on average, each account's its own."""
    mean = np.where(cast.campaign >= 0, 1 - plans.cover, 0.0)
    swing = np.minimum(0.9 * mean, 1 - mean)
    result: F64 = mean + swing * (2 * unit(mix(cast.seed, 0xC0FE)) - 1)
    return result


def _wanted(cast: Cast, plans: Plans, day: int, weekday: int) -> F64:
    """Return the mean exchanges of each account on this day."""
    awake = np.minimum(cast.to_us, (day + 1) * DAY_US) - np.maximum(cast.from_us, day * DAY_US)
    alive = np.clip(awake / DAY_US, 0, 1)
    is_on = unit(mix(cast.seed, 0xDA7, day)) < cast.on_ratio
    week = np.where(weekday >= 5, cast.weekend, 1.0)
    if plans.traces is not None and len(plans.traces.days):
        week = np.where(cast.clock < _N_HUMAN, plans.traces.weekday(cast.seed, weekday), week)
    tide = 1 + cast.tide * (2 * unit(mix(cast.waters, 0x71DE, day)) - 1)
    mood = 0.3 + 1.4 * unit(mix(cast.seed, 0x600D, day))
    even = np.isin(cast.clock, (CLOCKS.index("load_balanced"), CLOCKS.index("hourly")))
    mood[even | cast.exact_burst] = 1.0
    result: F64 = cast.per_day / cast.on_ratio * is_on * alive * week * tide * mood
    return result


def _starts(
    cast: Cast,
    plans: Plans,
    sessions: tuple[I64, F64, F64],
    when: tuple[int, int],
    rng: np.random.Generator,
) -> I64:
    """Return when sessions begin: account, place among the account's, zone; day and weekday."""
    (account, even, zone), (day, weekday) = sessions, when
    chance = rng.random(len(account))
    clock = cast.clock[account]
    hour = np.where(clock == 1, _hours(_OFFICE, chance), _hours(_HOME, chance))
    if plans.traces is not None and len(plans.traces.days):
        hour = plans.traces.hours(cast.seed[account], weekday, chance)
    hour = (hour - zone + cast.shift[account]) % 24
    hour = np.where(clock == CLOCKS.index("flat"), chance * 24, hour)
    hourly = np.floor(chance * 24) + rng.random(len(account)) * 0.01
    hour = np.where(clock == CLOCKS.index("hourly"), hourly, hour)
    night = (cast.zone[account] * -1 + 1 + 5 * unit(mix(cast.seed[account], 0x9167))) % 24
    hour = np.where(clock == CLOCKS.index("nightly"), night + chance * 0.3, hour)
    shift = mix(cast.pool[account], day, (chance * 4).astype(np.int64))
    together = (unit(shift) * 22 + (chance * 4 % 1) * (0.5 + 1.5 * unit(mix(shift)))) % 24
    hour = np.where(clock == CLOCKS.index("synchronised"), together, hour)
    phase = unit(mix(cast.seed[account], 0xBA1A, day))
    dealt = (even + phase + 0.1 * chance / np.maximum(1, cast.per_day[account])) % 1
    hour = np.where(clock == CLOCKS.index("load_balanced"), dealt * 24, hour)
    return day * DAY_US + (hour * HOUR_US).astype(np.int64)


def _hours(profile: tuple[float, ...], chance: F64) -> F64:
    edges = np.concatenate([[0.0], np.cumsum(profile)])
    result: F64 = np.interp(chance, edges / edges[-1], np.arange(25.0))
    return result


def _turns(
    cast: Cast,
    plans: Plans,
    sessions: tuple[I64, I64, I64, npt.NDArray[np.bool_], U64],
    rng: np.random.Generator,
) -> Arrivals:
    """Spell sessions out into exchanges: account, start, size, whether each harvests, and name."""
    account, start, size, harvest, session = sessions
    row = np.repeat(np.arange(len(account)), size)
    first = np.cumsum(size) - size
    turn = np.arange(len(row)) - first[row]
    who = account[row]
    pause = rng.exponential(1.0, len(row))
    if plans.traces is not None and len(plans.traces.gaps):
        pause = np.where(cast.clock[who] < _N_HUMAN, plans.traces.pauses(pause), pause)
    gaps = (pause * cast.gap_s[who] * 1e6).astype(np.int64)
    gaps[turn == 0] = 0
    since = np.cumsum(gaps)
    time_us = start[row] + since - since[first][row] + rng.integers(0, 1_000_000, len(row))
    inside = (time_us >= cast.from_us[who]) & (time_us < cast.to_us[who])
    keep = np.flatnonzero(inside)
    row = row[keep]
    return Arrivals(who[keep], time_us[keep], session[row], turn[keep], size[row], harvest[row])

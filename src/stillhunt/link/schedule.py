"""What an account's clock shows beyond its own habit: its hours, and how much it does in a day."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillhunt.blocks import Packed, blocks, spread
from stillhunt.population import SHIFT_DIMS, Days, Index, Vectors

Narrow = NDArray[np.int32]

CELLS = 2**19
"""Accounts times hours that are spread out at a time: 2 MiB of counts."""

BLOCK = 8_192
"""Accounts whose tide is taken out at a time."""

HOURS_A_DAY = 24


def shifts_of(
    account: Narrow, hour: Narrow, n: Narrow, n_accounts: int, seed: int, threads: int = 1
) -> Packed:
    """Return N × SHIFT_DIMS projections of hourly activity less the account's own habit.

    ``account``, ``hour`` (hours since 1970) and ``n`` are the activity, one entry per account and
    hour. The habit is the account's share per hour of the day, weekdays and weekends apart, over
    its own lifetime in the log, so that neither a time zone, nor office hours, nor having been
    opened on the same day makes two accounts alike. What all accounts do together is taken out.
    The same on any number of threads.
    """
    projected = Packed.room(n_accounts, SHIFT_DIMS)
    if not hour.size:
        return projected
    clock, column = _span(hour, HOURS_A_DAY)
    length = clock.size
    habit_class = clock % HOURS_A_DAY + HOURS_A_DAY * (_weekday(clock // HOURS_A_DAY) >= 5)
    activity = csr_matrix((n.astype(np.float32), (account, column)), shape=(n_accounts, length))
    directions = _directions(length, seed)
    hours = np.arange(length)

    def project(part: slice) -> None:
        counts = activity[part].toarray()
        start, end = _lifetime(counts)
        lives = (hours >= start) & (hours <= end)
        projected[part] = _beyond_habit(counts, lives, habit_class) @ directions

    spread(project, blocks(n_accounts, max(CELLS // length, 1)), threads)
    _take_out_tide(projected)
    return projected


def days_of(account: Narrow, hour: Narrow, n: Narrow, n_accounts: int) -> Days:
    """Return how much more than usual each account does on each day that it works.

    ``account``, ``hour`` (hours since 1970) and ``n`` as in ``shifts_of``. The last SHIFT_DIMS days
    of the log. The unit is the square root of exchanges, whose noise is as large for a small
    account as for a large one; the usual is an account's mean over the days that it works. Days off
    are 0, so neither holidays, nor a term, nor a closing makes two accounts alike; so are the first
    and the last day, which are cut short for all that were opened or closed together.
    """
    if not hour.size:
        return Days(np.zeros((n_accounts, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))
    day, column = _span(hour // HOURS_A_DAY, 1)
    day, column = day[-SHIFT_DIMS:], column - max(day.size - SHIFT_DIMS, 0)
    late = column >= 0
    shape = (n_accounts, day.size)
    activity = csr_matrix((n[late].astype(np.float32), (account[late], column[late])), shape=shape)
    vectors = np.empty(shape, dtype=np.float32)
    place, one_class = np.arange(day.size), np.zeros(day.size, dtype=np.int64)
    for part in blocks(n_accounts, max(CELLS // day.size, 1)):
        counts = activity[part].toarray()
        start, end = _lifetime(counts)
        works = (counts > 0) & (place > start) & (place < end)
        vectors[part] = _beyond_habit(np.sqrt(counts) * works, works, one_class)
    works = vectors != 0
    _take_out_tide(vectors)
    return Days(np.multiply(vectors, works, out=vectors), _weekday(day))


def _span(time: Narrow, margin: int) -> tuple[Index, Narrow]:
    """Return the hours or days that the log spans, and the place of each of ``time`` among them.

    Those more than ``margin`` from any activity are a gap in the log, or before them lies a clock
    gone wrong: one row of 1999 must not make every account 27 years long.
    """
    start = int(time.min())
    active = np.flatnonzero(np.bincount(time - start))
    around = active[:, None] + np.arange(-margin, margin + 1)
    is_spanned = np.zeros(active[-1] + 1, dtype=np.bool_)
    is_spanned[np.clip(around, 0, active[-1])] = True
    place = np.cumsum(is_spanned, dtype=np.int32) - 1
    return np.asarray(start + np.flatnonzero(is_spanned), dtype=np.int64), place[time - start]


def _directions(length: int, seed: int) -> Vectors:
    """Return random signs, scaled to keep lengths; plain coordinates where hours are few."""
    if length <= SHIFT_DIMS:
        return np.eye(length, SHIFT_DIMS, dtype=np.float32)
    signs = np.random.default_rng(seed).integers(0, 2, (length, SHIFT_DIMS)) * 2 - 1
    return np.asarray(signs / np.sqrt(SHIFT_DIMS), dtype=np.float32)


def _weekday(day: Index) -> Index:
    """Return the day of the week, 0 for Monday, of days since 1970-01-01, a Thursday."""
    return np.asarray((day + 3) % 7)


def _lifetime(counts: NDArray[np.float32]) -> tuple[Index, Index]:
    """Return the first and the last column in which each account is active, as columns."""
    busy = counts > 0
    last = counts.shape[1] - 1 - busy[:, ::-1].argmax(axis=1)
    return busy.argmax(axis=1)[:, None], last[:, None]


def _beyond_habit(
    values: NDArray[np.float32], counted: NDArray[np.bool_], habit_class: Index
) -> NDArray[np.float32]:
    """Return values, 0 where not counted, less each account's mean of the counted ones by class."""
    classes = (habit_class[:, None] == np.arange(habit_class.max() + 1)).astype(np.float32)
    rate = (values @ classes) / np.maximum(counted.astype(np.float32) @ classes, 1)
    return np.asarray(values - (rate @ classes.T) * counted, dtype=np.float32)


def _take_out_tide(projected: Vectors | Packed) -> None:
    """Take out the direction in which the accounts move on average, each counted once."""
    tide = np.zeros(projected.shape[1])
    for part in blocks(len(projected), BLOCK):
        length = np.linalg.norm(projected[part], axis=1)
        tide += (1 / np.maximum(length, 1)) @ projected[part] / len(projected)
    norm = float(np.linalg.norm(tide))
    if norm < 1e-6:
        return
    way = np.asarray(tide / norm, dtype=np.float32)
    for part in blocks(len(projected), BLOCK):
        moved = projected[part]
        projected[part] = moved - (moved @ way)[:, None] * way

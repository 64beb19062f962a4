"""How far the accounts do more than usual on the same days, of the days that they work at all.

A campaign fills orders: whoever works that day does more or less of them, though every account
keeps people's hours and days off of its own. Left out are each account's own level, its days off,
what the whole traffic does together, what the group has in common in a whole week or on Fridays,
Saturdays and Sundays, the third of the accounts that follows most, and the tenth of the days that
tells most, such as an outage.

The grain is what real communities show beyond strangers: of 58,317 accounts that posted on one
election, those that shared a domain or hashtag (``bench/communities.py``).

Parameters      none
Score           mean correlation of two accounts' days, 0 by chance, over two thirds of the accounts
Innocent causes a class with one deadline, a company's project, a trade with busy days of its own
References      Pacheco et al. (2021), Uncovering coordinated networks: co-activity
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from stillhunt.judge.scene import Scene
from stillhunt.population import Floats, Index, Vectors
from stillhunt.records import Family

FEWEST_DAYS: Final = 14
"""Days of a log below which weeks, weekends and a tide cannot be told apart."""

WEEKENDS: Final = (4, 5, 6)
"""Days of the week that are free somewhere, Monday being 0."""

LEFT: Final = 0.62
"""Mean of the lowest nine tenths of chi-squares with one degree of freedom."""


@dataclass(frozen=True, slots=True)
class SharedDays:
    """Common ups and downs of daily volume."""

    name: str = "shared_days"
    family: Family = "clock"
    grain: float = 0.0005

    def measure(self, scene: Scene, members: Index) -> float:
        """Return the mean correlation of two accounts, the third that follows most left out.

        NaN where fewer than a third of the members, or than three, worked on enough days to tell.
        """
        days = scene.population.days
        return common_swing(days.vectors[members], days.weekday)

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            "on the days they work, the accounts do more or less than usual together, with a "
            f"correlation of {value:.3f} from one to another; {typical:.3f} in comparison groups."
        )


def common_swing(vectors: Vectors, weekday: Index) -> float:
    """Return the mean correlation of two accounts' days, 0 by chance, over two thirds of them.

    ``vectors``: accounts × days, how much more than usual each does, 0 on its days off; ``weekday``
    of each day, 0 for Monday. NaN where too few of the accounts, or of the days, can tell.
    """
    days = vectors.astype(np.float64)
    days = days[days.any(axis=1)]
    n, n_days = days.shape
    # A third is what may be one crowd in another. With half wanted, hardly a group drawn at random
    # could tell where half of the traffic works on few days: it hung on the draw whether they did.
    if n < max(3, len(vectors) / 3) or n_days < FEWEST_DAYS:
        return float("nan")
    kept = _without_followers(_even(days))
    calendar = _calendar(weekday)
    swing, chance = _swings(kept, calendar)
    usual = np.argsort(swing / np.maximum(chance, 1e-9))[: n_days - -(-n_days // 10)]
    # Fitted anew to the days that are left: an outage must not bend the week around it.
    swing, chance = _swings(kept[:, usual], calendar[usual])
    expected = LEFT * float(chance.sum())
    if expected <= 0:
        return float("nan")
    # Over all accounts, whether they worked or not, so that chance depends on nothing but size.
    return float(swing.sum() / expected - 1) / len(vectors)


def _even(days: Floats) -> Floats:
    """Return the days of each account scaled to a mean square of 1 over those that it works.

    A few accounts that do much by fits and starts must not stand for all.
    """
    worked = np.count_nonzero(days, axis=1)
    return np.asarray(days * np.sqrt(worked / np.square(days).sum(axis=1))[:, None])


def _without_followers(days: Floats) -> Floats:
    """Return the days of each account, 0 on those of the third that follows the others most.

    Whom a day leaves out, all other days tell: chosen by that day, too, what is left of any crowd
    would be less alike than strangers.
    """
    n = len(days)
    n_kept = n - n // 3
    together, alone = days.sum(axis=0), np.square(days)
    follows = (days @ together - alone.sum(axis=1))[:, None] - (days * together - alone)
    follows /= np.sqrt(alone.sum(axis=1))[:, None]  # as sure as it has days to tell
    kept = np.argpartition(follows, n_kept - 1, axis=0)[:n_kept]
    left = np.zeros_like(days)
    np.put_along_axis(left, kept, np.take_along_axis(days, kept, axis=0), axis=0)
    return left


def _calendar(weekday: Index) -> Floats:
    """Return D × C what innocents have in common: a level for each week, and weekends."""
    n_weeks = max(weekday.size // 7, 1)
    week = np.arange(weekday.size) * n_weeks // weekday.size
    levels = week[:, None] == np.arange(n_weeks)
    free = weekday[:, None] == np.array(WEEKENDS)
    return np.column_stack([levels, free]).astype(np.float64)


def _swings(days: Floats, calendar: Floats) -> tuple[Floats, Floats]:
    """Return the squared sum of each day, and what it is where accounts vary on their own.

    The calendar is fitted to the means of those who work, each as sure as they are many.
    """
    working = np.sqrt(np.count_nonzero(days, axis=0))
    fitted, size, _ = np.linalg.svd(calendar * working[:, None], full_matrices=False)
    fitted = fitted[:, size > 1e-6 * size[0]]  # a week in which nobody works explains nothing
    level = days.sum(axis=0) / np.maximum(working, 1)
    left = (level - fitted @ (fitted.T @ level)) * working
    chance = np.square(days).sum(axis=0) * (1 - np.square(fitted).sum(axis=1))
    return np.square(left), chance

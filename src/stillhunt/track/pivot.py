"""Whether a campaign moved to a new model faster than everybody else.

A release moves everybody, so what counts is how the campaign moved beside random groups of accounts
as busy as its own since the release: what a permutation of who belongs to it would change. Every
account has one voice, its share of exchanges on the new model, since a few busy ones would speak
for all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from stillhunt.population import Index
from stillhunt.stats import Null, tail_p

GROUPS: Final = 499
"""Groups drawn: the tenth to which the tail is fitted holds fifty."""

GRAIN: Final = 0.01
"""Smallest difference of shares worth a word: one exchange in a hundred."""

FEWEST: Final = 8
"""Accounts of a campaign that must have been active since: the smallest ring."""


LOOKS_H: Final = (6, 12, 24)
"""Hours after a release at which a campaign is looked at: at each twice the traffic of the one
before. Earlier too little has moved to tell, and looks are paid for; after a day everybody is on
their way."""


@dataclass(frozen=True, slots=True)
class Move:
    """Mean share (0-1) of accounts' exchanges on the new model, and how unusual that is."""

    share: float
    typical: float
    p_value: float


def paid(p_value: float) -> float:
    """Return the p-value of a look once it has paid its share of ``LOOKS_H`` (Bonferroni).

    >>> paid(0.001)
    0.003
    """
    return p_value * len(LOOKS_H)


def moved(new: Index, total: Index, members: Index, rng: np.random.Generator) -> Move:
    """Return how a campaign moved to a model; p is 1 where it cannot be compared.

    ``new`` and ``total``: exchanges since the release on the new model, and on all, of every
    account. Groups are drawn from outsiders in the same octave of ``total``, since the busy may
    move sooner, or may have had more occasions.
    """
    rate = new / np.maximum(total, 1)
    octave = np.floor(np.log2(np.maximum(total, 0.5))).astype(np.int64)
    is_outside = total > 0
    is_outside[members] = False
    mine = members[total[members] > 0]
    kept, drawn = np.zeros(0), np.zeros(GROUPS)
    for level in np.unique(octave[mine]):
        own = rate[mine[octave[mine] == level]]
        pool = rate[is_outside & (octave == level)]
        if pool.size < 2 * own.size:  # too few are as busy to be drawn from: left out
            continue
        drawn += rng.permuted(np.tile(pool, (GROUPS, 1)), axis=1)[:, : own.size].sum(axis=1)
        kept = np.concatenate([kept, own])
    if kept.size < FEWEST:
        return Move(float("nan"), float("nan"), 1.0)
    null, share = drawn / kept.size, float(kept.mean())
    return Move(share, float(np.median(null)), tail_p(share, Null.of(null), GRAIN))

"""Newcomers that take the place of closed accounts, after a few exchanges of theirs.

An account that opens after accounts of a campaign were closed is compared with the campaign in what
it asks, when, and with what it shares; and each time with outsiders as quiet as itself, who show
how near a stranger comes by chance. Newcomers as a whole may lie nearer to any campaign than
settled customers do, on a viral day for one: by as much as their lower quarter does, the comparison
is moved. Two families must speak, and of all newcomers the false share is held (Benjamini and
Hochberg, 1995).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillhunt.population import Floats, Index, Population, Space
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null, fisher_p, simes_p, tail_p

DAY_US: Final = 86_400_000_000

REPLACE_DAYS: Final = 14
"""Days after a closure in which whoever begins may take its place; a hand that comes back later is
met as a new ring."""

TIES: Final = ("payment", "device", "email", "address", "block", "client")
"""Artefacts that a newcomer may share with a campaign; a client, too, as rare as it is."""

GRAIN: Final = {"content": 0.5, "clock": 0.1, "identity": 1.0}
"""Smallest differences worth a word: standard errors, nats per exchange, bits."""

FEWEST: Final = 50
"""Outsiders of like volume that make a comparison."""


@dataclass(frozen=True, slots=True)
class Successors:
    """Newcomers linked to a campaign: rows of the population, side by side with the rest.

    ``families`` are those that speak for each, ``p_value`` is of all that could be compared.
    """

    accounts: Index
    p_value: Floats
    families: list[tuple[str, ...]]


def newcomers(people: Population, members: Index, closed_us: Index) -> Index:
    """Return who opened within ``REPLACE_DAYS`` after a closure, and is not of the campaign.

    Opened is when an account signed up, or, where that is unknown, first asked.
    """
    closed = np.sort(closed_us)
    if not closed.size:
        return np.zeros(0, np.int64)
    born = np.where(people.created_us > 0, people.created_us, people.first_us)
    # A replacement may have been opened in stock: what counts is that it began to work.
    begin = np.maximum(born, people.first_us)
    place = np.searchsorted(closed, begin, side="right") - 1
    is_after = (place >= 0) & (begin - closed[np.maximum(place, 0)] <= REPLACE_DAYS * DAY_US)
    is_after &= begin > people.first_us.min() + DAY_US  # those there at the start were not opened
    is_after[members] = False
    return np.flatnonzero(is_after)


def successors(
    people: Population, content: Space, members: Index, come: Index, settings: JudgeSettings
) -> Successors:
    """Return who of the newcomers ``come`` has taken a closed account's place."""
    outside = np.ones(len(people), np.bool_)
    outside[members], outside[come] = False, False
    octave = np.floor(np.log2(np.maximum(people.exchanges, 1))).astype(np.int64)
    beside = np.flatnonzero(outside)

    def rank(family: str, score: Floats) -> Floats:
        return _ranked(score, GRAIN[family], come, beside, octave)

    ties = [rank("identity", score) for score in _ties(people, members)]
    p_values = {
        "content": rank("content", _content(content, members)),
        "clock": rank("clock", _clock(people, members)),
        # Kinds of belongings depend on each other, so they count once.
        "identity": np.array([simes_p(row) for row in zip(*ties, strict=True)]),
    }
    families = [
        tuple(family for family, p in p_values.items() if p[row] <= settings.speaks_p)
        for row in range(come.size)
    ]
    together = np.array([fisher_p([p[row] for p in p_values.values()]) for row in range(come.size)])
    linked = _within_rate(together, settings.fdr_ratio)
    linked &= np.array([len(one) >= 2 for one in families], np.bool_)
    rows = np.flatnonzero(linked)
    return Successors(come[rows], together[rows], [families[row] for row in rows])


def _ranked(score: Floats, grain: float, come: Index, outside: Index, octave: Index) -> Floats:
    """Return the p-value of each newcomer's score among outsiders of like volume."""
    p_values = np.ones(come.size)
    for level in np.unique(octave[come]).tolist():
        at = np.flatnonzero(octave[come] == level)
        null = score[outside[np.abs(octave[outside] - level) <= 1]]
        null = null[np.isfinite(null)]
        if null.size < FEWEST:
            continue
        ours = score[come[at]]
        known = ours[np.isfinite(ours)]
        if known.size:
            null = null + max(float(np.quantile(known, 0.25) - np.quantile(null, 0.25)), 0.0)
        beside = Null.of(null)
        values, which = np.unique(ours, return_inverse=True)  # most share nothing
        p_values[at] = np.array([tail_p(float(value), beside, grain) for value in values])[which]
    return p_values


def _within_rate(p_values: Floats, ratio: float) -> NDArray[np.bool_]:
    """Return which hypotheses are rejected at a false discovery rate (Benjamini and Hochberg).

    >>> _within_rate(np.array([0.5, 0.001, 0.02]), 0.05).tolist()
    [False, True, True]
    """
    order = np.argsort(p_values)
    passes = p_values[order] <= ratio * np.arange(1, order.size + 1) / max(order.size, 1)
    chosen = np.zeros(order.size, np.bool_)
    chosen[order[: np.flatnonzero(passes).max(initial=-1) + 1]] = True
    return chosen


def _content(space: Space, members: Index) -> Floats:
    """Return how far each account lies towards the campaign, in its own standard errors."""
    known = np.intersect1d(members, space.placed)
    if known.size < 3:
        return np.full(space.strength.size, np.nan)
    centre = space.unit(known).mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    error = np.sqrt(space.noise / space.vectors.shape[1])
    return np.where(space.noise > 0, (space.vectors @ centre) / np.maximum(error, 1e-9), np.nan)


def _clock(people: Population, members: Index) -> Floats:
    """Return how much likelier each account's hours are by the campaign's clock, per exchange."""
    everybody = people.clock.sum(axis=0) + 1.0
    ours = people.clock[members].sum(axis=0) + 24 * everybody / everybody.sum()
    ratio = np.log(ours / ours.sum()) - np.log(everybody / everybody.sum())
    return np.asarray(people.clock @ ratio / np.maximum(people.clock.sum(axis=1), 1))


def _ties(people: Population, members: Index) -> Iterator[Floats]:
    """Yield for each kind the bits of the rarest artefact that accounts share with a member.

    0 where they share none. Each kind by itself: with a large campaign strangers share a network by
    chance, but hardly a card.
    """
    is_member = np.zeros(len(people), np.bool_)
    is_member[members] = True
    n_out = max(len(people) - members.size, 1)
    for kind in TIES:
        uses = people.uses.of(kind)
        best = np.zeros(len(people))
        if uses.key.size:
            _, code = np.unique(uses.key, return_inverse=True)
            inside = np.bincount(code, weights=is_member[uses.account])
            outside = np.bincount(code) - inside
            # Of the outsiders who hold it the account itself is one.
            bits = np.where(inside > 0, np.log2(n_out / np.maximum(outside, 1)), 0.0)
            np.maximum.at(best, uses.account, bits[code])
        yield best

"""How many outsiders a ring has taken for its own, by how its surroundings thin out."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from stillhunt.population import Index
from stillhunt.settings import JudgeSettings

Floats = NDArray[np.float64]

FEWEST_EDGE = 20
"""Outsiders at least that tell how a ring's surroundings thin out."""

GROWTH = 1.5
"""Factor from one rank to the next of those at which surroundings are cut: some twenty cuts stand
for ten thousand ranks. ``bench/strays.py`` shows what choosing the best of them does."""


def expected_strays(total: Floats, members: Index, settings: JudgeSettings) -> Floats:
    """Return, for each member, how many outsiders should reach its bits, by how they thin out.

    ``total`` are all accounts' bits (``Weights.total``): outsiders lie below 0, members above. Two
    estimates, of which the smaller holds: from the slope of the outsiders that come nearest
    (``edge_ratio``), whatever the members look like, and from both, where a gap between ring and
    crowd shows. Infinite where outsiders do not thin out: a ring without an edge.
    """
    outside = np.ones(total.size, dtype=np.bool_)
    outside[members] = False
    below = np.sort(np.minimum(total[outside], 0))
    inside = np.maximum(total[members], 0)
    n_edge = max(round(settings.edge_ratio * below.size), FEWEST_EDGE)
    if below.size <= n_edge:
        return np.zeros(inside.size)
    alone = _by_slope(below, inside, n_edge)
    return np.minimum(alone, _by_cuts(below, inside, n_edge, settings.edge_errors))


def _by_slope(below: Floats, inside: Floats, n_edge: int) -> Floats:
    """Return how many outsiders should reach each member, by those that come nearest.

    ``n_edge`` of them, all below 0, are taken to thin out exponentially, and to go on so among the
    members, whatever the bits claim.
    """
    start = float(below[-n_edge - 1])
    scale = _scale_below(float(below[-n_edge:].mean()) - start, -start)
    if not np.isfinite(scale):
        return np.full(inside.size, np.inf)
    reach = n_edge / -np.expm1(start / scale)
    return np.asarray(reach * np.exp(-(inside - start) / scale))


def _by_cuts(below: Floats, inside: Floats, n_edge: int, errors: float) -> Floats:
    """Return how many outsiders should reach each member, by how few lie between ring and crowd.

    The line of bits is cut in two places, among the outsiders and among the members. Were all
    between the cuts strays, they would be so many times fewer than the outsiders over as many bits
    before the first cut (of the nearest ``n_edge``). A tail that is log-concave falls on at
    least as steeply, so that much reach beyond the second cut. Every pair of cuts gives a bound, of
    which the best holds; to make up for the choice, one stray more is granted, and so many standard
    ``errors``.
    """
    ordered = np.sort(inside)
    first, second = (x.ravel() for x in np.meshgrid(_cuts(below[::-1][:n_edge]), _cuts(ordered)))
    width = second - first
    reached = below.size - np.searchsorted(below, first, side="right")
    few = reached + 1.0 + np.searchsorted(ordered, second, side="left")
    few += errors * np.sqrt(few)
    many = below.size - np.searchsorted(below, first - width, side="right")
    many = np.minimum(many, n_edge) - reached
    strays = np.full(inside.size, np.inf)
    for cut in np.flatnonzero((many >= FEWEST_EDGE) & (many > few)):
        times = few[cut] / many[cut]
        steps = (inside - second[cut]) / width[cut]
        bound = few[cut] * times ** (steps + 1) / (1 - times)
        strays = np.where(steps >= 0, np.minimum(strays, bound), strays)
    return strays


def _cuts(bits: Floats) -> Floats:
    """Return 0, and the bits at ranks that grow by ``GROWTH``, from the nearest to the edge on."""
    ranks = np.unique((GROWTH ** np.arange(60)).astype(np.int64)) - 1
    return np.unique(np.concatenate([[0.0], bits[ranks[ranks < bits.size]]]))


def _scale_below(mean: float, end: float) -> float:
    """Return the scale of an exponential cut off at ``end`` whose mean is ``mean``.

    Infinite where it rises instead; maximum likelihood (Deemer and Votaw, 1955).
    """
    if end <= 0 or mean >= 0.499 * end:
        return float("inf")
    if mean <= end / 500:  # cut off far out, where next to nothing is
        return end / 500
    return float(
        brentq(lambda t: t - end / np.expm1(min(end / t, 500)) - mean, end / 500, end * 500)
    )

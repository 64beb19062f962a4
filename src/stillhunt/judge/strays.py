"""How many outsiders a ring has taken for its own, by how its surroundings thin out."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from stillhunt.population import Index

Floats = NDArray[np.float64]

FEWEST_EDGE = 20
"""Outsiders at least that tell how a ring's surroundings thin out."""


def expected_strays(total: Floats, members: Index, edge_ratio: float) -> Floats:
    """Return, for each member, how many outsiders should reach its bits, by how they thin out.

    ``total`` are all accounts' bits (``Weights.total``). Two estimates, of which the smaller holds:
    from the outsiders alone, whatever the members look like, and from both sides of the edge, where
    a gap between ring and crowd shows. Infinite where outsiders do not thin out: a ring without an
    edge.
    """
    outside = np.ones(total.size, dtype=np.bool_)
    outside[members] = False
    below = np.sort(np.minimum(total[outside], 0))
    inside = np.maximum(total[members], 0)
    return np.minimum(_by_surroundings(below, inside, edge_ratio), _by_gap(below, inside))


def _by_surroundings(below: Floats, inside: Floats, edge_ratio: float) -> Floats:
    """Return how many outsiders should reach each member, by those that come nearest.

    The ``edge_ratio`` of them, all below 0, are taken to thin out exponentially, and to go on so
    among the members, whatever the bits claim.
    """
    n_edge = max(round(edge_ratio * below.size), FEWEST_EDGE)
    if below.size <= n_edge:
        return np.zeros(inside.size)
    start = float(below[-n_edge - 1])
    scale = _scale_below(float(below[-n_edge:].mean()) - start, -start)
    if not np.isfinite(scale):
        return np.full(inside.size, np.inf)
    reach = n_edge / -np.expm1(start / scale)
    return np.asarray(reach * np.exp(-(inside - start) / scale))


def _by_gap(below: Floats, inside: Floats) -> Floats:
    """Return how many outsiders should reach each member, by how few lie between it and the edge.

    Were all members within ``d`` bits of the edge strays, they would be so many times fewer than
    the outsiders within ``d`` bits beyond it; a log-concave tail falls by no less over the next
    ``d`` bits, and so on: a geometric series. One stray more is granted, and a standard error, as
    the best ``d`` up to each member holds, of those in which enough outsiders tell.
    """
    order = np.argsort(inside, kind="stable")
    d = inside[order]
    beyond = below.size - np.searchsorted(below, -d, side="right")
    within = np.searchsorted(d, d, side="left") + 1.0
    within += np.sqrt(within)
    is_told = (beyond >= FEWEST_EDGE) & (within < beyond)
    ratio = np.divide(within, beyond, out=np.zeros(d.size), where=is_told)
    strays = np.empty(d.size)
    strays[order] = np.minimum.accumulate(np.where(is_told, within * ratio / (1 - ratio), np.inf))
    return strays


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

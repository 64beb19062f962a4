"""Statistics shared by the stages: tails of empirical nulls, evidence in bits, false discovery."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]

TAIL_SHARE = 0.1
"""Share of the null that the tail is fitted to: peaks over the 90th percentile, the usual
compromise between bias (too low) and variance (too few points); see Coles (2001), ch. 4."""


@dataclass(frozen=True, slots=True)
class Null:
    """Values of chance, ascending, and of their tail what every comparison with them asks.

    ``excess``: by how much all beyond ``threshold``, the 90th percentile, exceed it.
    """

    values: Floats
    threshold: float
    excess: float
    median: float
    p95: float

    @staticmethod
    def of(values: Floats) -> "Null":
        """Return the null of ``values``, which may hold nothing, NaN or infinities."""
        finite = np.sort(values[np.isfinite(values)])
        if finite.size == 0:
            return Null(finite, np.nan, 0.0, np.nan, np.nan)
        threshold = float(np.quantile(finite, 1 - TAIL_SHARE))
        excess = float((finite[finite > threshold] - threshold).sum())
        p95 = float(np.quantile(finite, 0.95))
        return Null(finite, threshold, excess, float(np.median(finite)), p95)


def tail_p(value: float, null: Null, grain: float) -> float:
    """Return the chance that the null exceeds ``value``, in (0, 1].

    Inside the null this is the empirical (r + 1) / (n + 1). Beyond its 90th percentile the
    exceedances are taken as exponential (peaks over threshold with shape 0), so that a value
    far outside of 200 draws is not worth just 1 in 201. The scale is the larger of the mean
    exceedance and ``grain``, so that a null of ties does not make a trifle significant. That the
    scale itself is estimated from k exceedances makes the tail a power of k instead (the
    predictive distribution of an exponential; Aitchison and Dunsmore, 1975), so k counts.

    An empty null says nothing: 1.0.

    >>> import numpy as np
    >>> null = Null.of(np.arange(99.0))
    >>> tail_p(0.0, null, 1.0), tail_p(1000.0, null, 1.0) < 1e-6
    (1.0, True)
    """
    n = null.values.size
    if n == 0 or not np.isfinite(value):
        return 1.0
    if value <= null.threshold:
        return float((n - null.values.searchsorted(value) + 1) / (n + 1))
    # The smallest p is what a double still tells from 0, far below what any evidence is capped at.
    return max(float(excess_p(np.full(1, value), null, grain)[0]), 1e-300)


def excess_p(values: Floats, null: Null, grain: float) -> Floats:
    """Return the chance that a null exceeds each value, at its threshold or beyond, by the tail.

    See ``tail_p``. The chance is ``TAIL_SHARE`` at the threshold, in [0, ``TAIL_SHARE``] beyond.
    """
    # Ties at the threshold exceed it by nothing, and count.
    k = max(round(TAIL_SHARE * null.values.size), 1)
    scale = max(null.excess / k, grain)
    return np.asarray(TAIL_SHARE * (1 + np.maximum(values - null.threshold, 0) / (k * scale)) ** -k)


def bits_of_p(p_value: float) -> float:
    """Return evidence in bits, log2 of an e-value, that a p-value is worth.

    The calibrator (1 - p + p ln p) / (p ln² p) is an e-value for every valid p-value (Vovk and
    Wang, 2021, section 2: p^(k-1) k averaged over k), so bits of independent families may be
    added, and held against a threshold at any time. A p-value of 0.2 is worth nothing, a larger
    one speaks against; 1.0 takes one bit off.

    >>> round(bits_of_p(1e-6), 2), round(bits_of_p(1.0), 2)
    (12.36, -1.0)
    """
    p = min(max(p_value, 1e-300), 1 - 1e-6)
    log = np.log(p)
    return float(np.log2((1 - p + p * log) / (p * log * log)))


def simes_p(p_values: Iterable[float]) -> float:
    """Return one p-value for several that depend on each other positively (Simes, 1986).

    >>> simes_p([0.01, 0.02, 0.5])
    0.03
    """
    ordered = sorted(p_values)
    n = len(ordered)
    return min([1.0, *(n * p / (rank + 1) for rank, p in enumerate(ordered))])


def fisher_p(p_values: Sequence[float]) -> float:
    """Return one p-value for several independent ones (Fisher, 1932); 1.0 for none.

    >>> round(fisher_p([0.05, 0.05]), 4)
    0.0175
    """
    if not p_values:
        return 1.0
    surprise = -2 * sum(np.log(max(p, 1e-300)) for p in p_values)
    return float(chdtrc(2 * len(p_values), surprise))


def apart_p(p_values: Sequence[float]) -> float:
    """Return one p-value for several that hardly depend on each other: one loud or many low voices.

    Twice the smaller of Simes and Fisher. Simes hears the loudest, Fisher what all say together;
    the better of two p-values, doubled, is one whatever binds them (Bonferroni).

    >>> round(apart_p([0.03, 0.04, 0.05, 0.06]), 4), apart_p([0.001, 0.9]), apart_p([0.2])
    (0.003, 0.004, 0.2)
    """
    simes = simes_p(p_values)
    return min(1.0, 2 * min(simes, fisher_p(p_values))) if len(p_values) > 1 else simes


def probability_of_bits(bits: float) -> float:
    """Return the probability whose log2 odds are ``bits``.

    >>> probability_of_bits(0.0)
    0.5
    """
    return float(1.0 / (1.0 + np.exp2(-np.clip(bits, -1000, 1000))))

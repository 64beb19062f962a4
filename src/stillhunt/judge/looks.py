"""What it costs to look again: evidence that is judged many times, and its error rate.

A ring is looked at when its exchanges have grown by ``GROWTH`` since it was looked at last, and its
k-th look pays log2 (k (k + 1)) bits of prior. Since 1/2 + 1/6 + 1/12 + … = 1, all looks at a ring
together spend as much as one look would (alpha spending; Lan and DeMets, 1983): with e-values E_k,
P(some E_k ≥ k (k + 1) m / α) ≤ Σ α / (k (k + 1) m) = α / m by Markov's inequality and a union
bound, however the looks depend on each other. Doubling keeps k small: a million exchanges are 16
looks, and 8 bits.
"""

from typing import Final

import numpy as np

GROWTH: Final = 2.0
"""A ring's exchanges at a look over those at the look before. Less costs bits; more lets more
judgements fall between two looks, which the bound does not cover: ``bench/peeking.py`` shows that
they stay within a tenth of the accepted rate."""

FIRST: Final = 16
"""Exchanges of a ring at its first look: two for each account of the smallest ring, below which an
account is not placed."""


def number(exchanges: int) -> int:
    """Return which look it is at a ring of so many exchanges: 1 up to ``FIRST``.

    >>> number(16), number(31), number(32), number(1_000_000)
    (1, 1, 2, 16)
    """
    return 1 + max(int(np.floor(np.log(max(exchanges, 1) / FIRST) / np.log(GROWTH) + 1e-9)), 0)


def cost_bits(look: int) -> float:
    """Return the bits of prior that a ring's look pays; look 0 is a single one, which is free.

    >>> [round(cost_bits(k), 2) for k in (0, 1, 2, 16)]
    [0.0, 1.0, 2.58, 8.09]
    """
    return float(np.log2(look * (look + 1))) if look else 0.0

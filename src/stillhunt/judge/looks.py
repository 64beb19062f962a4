"""What it costs to look again: evidence that is judged many times, and its error rate.

A ring is looked at when its exchanges have grown by ``GROWTH`` since it was looked at last, and
pays for its k-th look with log2 (1 / w_k) bits of prior, where the w_k add up to 1. So all looks at
a ring together spend as much as one would (alpha spending; Lan and DeMets, 1983): with e-values
E_k, P(some E_k ≥ m / (α w_k)) ≤ Σ α w_k / m = α / m by Markov's inequality and a union bound,
however the looks depend on each other. Doubling keeps them few.

The first ``EVEN`` looks have one weight each, and all that may follow have one together, shared out
as 1/2 + 1/6 + 1/12 + … = 1. A series that falls from the first look on, such as that one, would
charge a campaign of fifty thousand exchanges 7 bits for having spent on looks at sixteen.
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

EVEN: Final = 21
"""Looks that pay alike: they reach to 33 M exchanges, beyond the largest campaign published."""


def number(exchanges: int) -> int:
    """Return which look it is at a ring of so many exchanges: 1 up to ``FIRST``.

    >>> number(16), number(31), number(32), number(1_000_000)
    (1, 1, 2, 16)
    """
    return 1 + max(int(np.floor(np.log(max(exchanges, 1) / FIRST) / np.log(GROWTH) + 1e-9)), 0)


def cost_bits(look: int) -> float:
    """Return the bits of prior that a ring's look pays; look 0 is a single one, which is free.

    >>> [round(cost_bits(k), 2) for k in (0, 1, 21, 22, 23)]
    [0.0, 4.46, 4.46, 5.46, 7.04]
    """
    if not look:
        return 0.0
    late = max(look - EVEN, 0)
    return float(np.log2((EVEN + 1) * (late * (late + 1) if late else 1)))

"""Loops over accounts and their neighbours, compiled."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def pick_nearest(dots: Any, rows: Any, pool: Any, found: Any, score: Any) -> None:
    """Fill in the columns with the largest products of each row, the largest first.

    ``dots``: products of ``rows`` with ``pool``; ``found``, ``score``: lines for all rows, -1 and
    -inf where nothing was found. A row is not its own neighbour; of equals the first is found.
    """
    last = found.shape[1] - 1
    for i in range(dots.shape[0]):
        row = rows[i]
        for j in range(dots.shape[1]):
            value = dots[i, j]
            if value > score[row, last] and pool[j] != row:
                place = last
                while place > 0 and score[row, place - 1] < value:
                    score[row, place] = score[row, place - 1]
                    found[row, place] = found[row, place - 1]
                    place -= 1
                score[row, place] = value
                found[row, place] = pool[j]


@njit(nogil=True, cache=True)
def join_near(first: Any, found: Any, cosine: Any, low: Any, high: Any) -> None:
    """Join accounts and neighbours whose cosine is at least ``low`` and below ``high``.

    ``first``: of each account, the first of those that it hangs together with; itself at the
    start. A forest of disjoint sets, in which a smaller number always stands nearer to the root.
    """
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            if found[i, j] >= 0 and low <= cosine[i, j] < high:
                a, b = i, found[i, j]
                while a != b:
                    if a < b:
                        a, b = b, a
                    above = first[a]
                    first[a] = min(above, b)
                    a = above
    for i in range(first.size):
        first[i] = first[first[i]]


@njit(nogil=True, cache=True, fastmath={"contract"})
def sum_near(codes: Any, unit: Any, accounts: Any, near: Any, sums: Any) -> None:
    """Add up the rows of accounts and of their neighbours (-1: none), each in its unit."""
    for i in range(near.shape[0]):
        for j in range(near.shape[1]):
            if near[i, j] >= 0:
                account = accounts[near[i, j]]
                for column in range(sums.shape[1]):
                    sums[i, column] += unit[account] * np.float32(codes[account, column])

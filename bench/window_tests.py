"""Tests of one window of queries against benign ones: what they measure, and where they alarm.

A window is a row of ``dealt``, a matrix of counts: how often each prompt of a pool lies in it.
Every statistic is one number a window, and the larger, the stranger.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import norm

from stillhunt.stats import Null, tail_p

Floats = NDArray[np.floating[Any]]

RIDGE: Final = 0.02
"""Added to every variance, as a share of the mean one: a direction that no benign prompt takes
must not count without bound."""


@dataclass(frozen=True, slots=True)
class Whitening:
    """A space in which benign prompts have mean 0, and variance 1 in every direction."""

    centre: Floats
    factor: Floats

    @classmethod
    def of(cls, benign: Floats) -> "Whitening":
        """Return the whitening of these prompts, one a row."""
        values, vectors = np.linalg.eigh(np.cov(benign.T))
        floor = RIDGE * values.mean()
        factor = vectors / np.sqrt(np.maximum(values, 0) + floor)
        return cls(benign.mean(axis=0), factor.astype(np.float32))

    def apply(self, prompts: Floats) -> Floats:
        """Return the prompts in this space."""
        return (prompts - self.centre) @ self.factor


def mean_shift(dealt: csr_array, white: Floats) -> NDArray[np.float64]:
    """Return Hotelling's (1931) T² of each window: n times the square of its whitened mean.

    Needs the sum over the window alone, so windows of parts of a log add up.

    >>> one = csr_array(np.array([[1, 1, 0], [0, 1, 1]]))
    >>> mean_shift(one, np.array([[1.0], [1.0], [-1.0]])).tolist()
    [2.0, 0.0]
    """
    sizes = np.asarray(dealt.sum(axis=1), np.float64)
    return np.asarray(np.square(dealt @ white, dtype=np.float64).sum(axis=1) / sizes)


def top_direction(dealt: csr_array, white: Floats) -> NDArray[np.float64]:
    """Return the largest eigenvalue of each window's second moments (Baik et al., 2005)."""
    tops = []
    for window in dealt:
        rows = white[np.repeat(window.indices, window.data.astype(int))]
        product = rows @ rows.T if len(rows) < white.shape[1] else rows.T @ rows
        tops.append(np.linalg.eigvalsh(product)[-1] / len(rows))
    return np.array(tops)


def cell_of(white: Floats) -> NDArray[np.int64]:
    """Return the cell of each prompt: its largest coordinate, with its sign.

    The cross-polytope hash (Andoni et al., 2015): near prompts share a cell, and nothing is fitted.

    >>> cell_of(np.array([[0.1, -2.0], [3.0, 1.0]])).tolist()
    [3, 0]
    """
    largest = np.abs(white).argmax(axis=1)
    signs = white[np.arange(len(white)), largest] < 0
    return np.asarray(largest + white.shape[1] * signs)


def cell_scan(dealt: csr_array, cells: NDArray[np.int64], shares: Floats) -> NDArray[np.float64]:
    """Return Berk and Jones' (1979) statistic over the excess of each cell above its benign share.

    ``shares`` has the benign share of each cell, none of them 0. An excess is the signed root of
    its deviance as a Poisson count, near normal also where few are expected.
    """
    places = csr_array(
        (np.ones(len(cells)), (np.arange(len(cells)), cells)), (len(cells), len(shares))
    )
    counts = (dealt @ places).toarray()
    expected = counts.sum(axis=1, keepdims=True) * shares
    logs = np.log(np.maximum(counts, 1) / expected)
    deviance = 2 * (np.where(counts > 0, counts * logs, 0) - (counts - expected))
    excess = np.sign(counts - expected) * np.sqrt(np.maximum(deviance, 0))
    n = len(shares)
    p = np.maximum(np.sort(norm.sf(excess), axis=1)[:, : n // 8], 1e-300)
    rank = np.arange(1, n // 8 + 1) / n
    divergence = rank * np.log(rank / p) + (1 - rank) * np.log((1 - rank) / (1 - p))
    return np.asarray(n * np.where(rank > p, divergence, 0).max(axis=1))


@dataclass(frozen=True, slots=True)
class Kernel:
    """A Gaussian kernel with the median heuristic, and a benign sample to compare with."""

    sample: Floats
    two_sigma_square: float
    within: float  # mean kernel of two different prompts of the sample

    @classmethod
    def of(cls, sample: Floats) -> "Kernel":
        """Return the kernel whose width is the median distance within the sample."""
        squares = _squares(sample, sample)[np.triu_indices(len(sample), 1)]
        width = 2 * float(np.median(squares))
        return cls(sample, width, float(np.exp(-squares / width).mean()))

    def gram(self, left: Floats, right: Floats) -> Floats:
        """Return the kernel of every pair."""
        square = _squares(left, right)
        square /= -self.two_sigma_square
        return np.exp(square, out=square)

    def to_sample(self, prompts: Floats) -> Floats:
        """Return each prompt's mean kernel with the sample."""
        return np.asarray(self.gram(prompts, self.sample).mean(axis=1))

    def distance(
        self,
        pair_sums: NDArray[np.float64],
        to_sample: NDArray[np.float64],
        sizes: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the unbiased squared maximum mean discrepancy (Gretton et al., 2012, eq. 3).

        ``pair_sums`` has each window's kernel summed over all its pairs, also of each with itself;
        ``to_sample`` its mean kernel with the sample.
        """
        return (pair_sums - sizes) / (sizes * (sizes - 1)) + self.within - 2 * to_sample


def _squares(left: Floats, right: Floats) -> Floats:
    """Return the squared distance of every pair."""
    square = left @ right.T
    square *= -2
    square += np.square(left).sum(axis=1)[:, None]
    square += np.square(right).sum(axis=1)
    return np.maximum(square, 0, out=square)


def p_values(values: NDArray[np.float64], null: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how rarely benign windows reach each value; see ``stillhunt.stats.tail_p``."""
    benign = Null.of(null)
    return np.array([tail_p(value, benign, 0.0) for value in values.tolist()])

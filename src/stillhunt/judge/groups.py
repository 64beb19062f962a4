"""Measures of a group of accounts that several signals share."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from stillhunt.judge.scene import PERSONAL_KINDS, Scene
from stillhunt.population import Index, Space


def rank_value(values: NDArray[np.float64], ratio: float) -> float:
    """Return the value that this share (0-1) of the values lie below; one that is there.

    Comparison groups are measured by the ten thousand, and NumPy's quantile spends most of its
    time on cases that do not come here.

    >>> import numpy as np
    >>> rank_value(np.array([3.0, 1.0, 2.0]), 0.5)
    2.0
    """
    place = int(ratio * (values.size - 1) + 0.5)
    return float(np.partition(values, place)[place])


def two_thirds_reach(values: NDArray[np.float64]) -> float:
    """Return the value that two thirds of the members who have one reach; NaN below three.

    A mean would let a dense part speak for a loose whole, such as a class for everybody who asks
    about its subject; even a median lets one half.

    >>> import numpy as np
    >>> two_thirds_reach(np.array([0.0, 1.0, np.nan, 0.0]))
    0.0
    """
    values = values[~np.isnan(values)]
    return rank_value(values, 1 / 3) if values.size >= 3 else float("nan")


def homogeneity(space: Space, members: Index) -> float:
    """Return the mean cosine with the others that two thirds of the members reach, at most 1.

    Noise is taken out. The sum over a member's pairs is one dot product with the sum of all, so
    the cost is linear. NaN where fewer than three members can be told from the crowd; one that
    cannot agrees with nobody.
    """
    known = members[space.strength[members] > 0]
    if known.size < 3:
        return float("nan")
    length = np.sqrt(space.strength[known])
    # One loud account must not stand for all: lengths are capped at the median.
    size = np.minimum(length, rank_value(length, 0.5))
    scale = size / length

    total, squared = space.vectors.total(known, scale)
    products = scale * space.vectors.dots(known, total) - np.square(scale) * squared
    cosine = np.zeros(members.size)
    cosine[: known.size] = products / (size * (size.sum() - size))
    # Where the noise is overestimated, the ratio of two estimates exceeds what a cosine can.
    return min(rank_value(cosine, 1 / 3), 1.0)


def owners(scene: Scene, members: Index) -> Index:
    """Return the number of each member's owner, as far as their belongings tell.

    Accounts that share a card, a device or a mailbox have one; so does whom others tie together.
    """
    nodes, accounts, n = [], [], members.size
    for kind in PERSONAL_KINDS:
        holdings = scene.artefacts.get(kind)
        if holdings is None:
            continue
        entries = holdings.entries_of(members)
        held, place = np.unique(holdings.artefact[entries], return_inverse=True)
        accounts.append(np.searchsorted(members, holdings.account[entries]))
        nodes.append(n + place)
        n += held.size
    if not nodes:
        return np.arange(members.size)
    edges = (np.concatenate(accounts), np.concatenate(nodes))
    graph = coo_matrix((np.ones(edges[0].size, dtype=np.int8), edges), shape=(n, n))
    found: Index = connected_components(graph, directed=False)[1][: members.size]
    return found

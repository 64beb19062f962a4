"""Candidate rings: accounts held together by artefacts, by one task pool or by one schedule.

Never pairs of accounts. Artefacts are a bipartite graph whose connected components cost one pass
over its edges; pools and schedules are single-linkage trees over the nearest-neighbour graph,
cut at a few levels. Linking only proposes: one account may stand in several candidates, and what
innocence explains is for the judge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from stillhunt.link.neighbours import BLOCK, nearest
from stillhunt.link.space import cosine_error
from stillhunt.population import Index, Population, Ring, Space, Uses, Vectors
from stillhunt.settings import LinkSettings

HARD_KINDS = ("payment", "device", "email")
"""Artefacts that strangers hardly ever share: one suffices to link."""

STAR_KINDS = ("address", "block", "client", "system", "opening", "template", "content", "signup")
"""Artefacts that strangers do share: each is a candidate of its own, and glues nothing."""

COVERED_RATIO = 0.9
"""Share of a star's accounts in larger stars, up to four times its size, that makes it a repeat."""

COLUMNS = 32
"""Columns of vectors smoothed at a time."""


def propose(
    population: Population, content: Space, schedule: Space, settings: LinkSettings,
    threads: int = 1,
) -> list[Ring]:  # fmt: skip
    """Return candidate rings of at least ``settings.min_accounts`` accounts, without repeats."""
    rings = [
        *_by_tree(content, "pool", settings, threads),
        *_by_tree(schedule, "schedule", settings, threads),
        *_by_hard_artefacts(population, settings),
        *_by_stars(population, settings),
    ]
    unique: dict[bytes, Ring] = {}
    for ring in rings:
        unique.setdefault(ring.members.tobytes(), ring)
    return list(unique.values())


def _by_tree(space: Space, origin: str, settings: LinkSettings, threads: int) -> list[Ring]:
    """Cut the single-linkage tree over each row's nearest neighbours at every level.

    Of what accounts ask, twice: as they lie, and with the luck of the draw smoothed away. Hours
    are left as they are, since what chance left of them has nothing in common to be smoothed to.
    """
    placed = space.placed
    if placed.size < settings.min_accounts:
        return []
    found, cosine = nearest(space.unit(placed), settings.neighbours, settings.seed, threads)
    # The lower end of the estimate: a pair of small accounts must be close beyond doubt.
    error = cosine_error(space, placed[:, None], placed[found])
    rings = _cuts(space, found, cosine - settings.cosine_sigmas * error, origin, settings)
    if origin == "pool":
        smooth = _smoothed(space.vectors[placed], found)
        found, cosine = nearest(smooth, settings.neighbours, settings.seed, threads)
        rings += _cuts(space, found, cosine, origin, settings)
    return rings


def _cuts(
    space: Space, found: Index, cosine: NDArray[Any], origin: str, settings: LinkSettings
) -> list[Ring]:
    """Return the components over edges to the neighbours ``found``, at every level."""
    placed, n = space.placed, space.strength.size
    left, right = np.repeat(placed, found.shape[1]), placed[found.ravel()]
    rings = []
    for level in settings.levels:
        near = (cosine.ravel() >= level) & (found.ravel() >= 0)
        rings += _components((left[near], right[near]), (n, n), origin, settings)
    return rings


def _smoothed(vectors: Vectors, found: Index) -> Vectors:
    """Return each account's direction averaged with those of its neighbours, of length 1; in place.

    What chance put into one account's few exchanges, its neighbours' take out again, so that a
    ring whose accounts are hardly closer than strangers comes out whole (one step of mean shift;
    Fukunaga and Hostetler, 1975).
    """
    _normalise(vectors)
    row, place = np.nonzero(found >= 0)
    near = csr_matrix(
        (np.ones(row.size, dtype=np.float32), (row, found[row, place])),
        (len(vectors), len(vectors)),
    )
    # A few columns at a time: the vectors of a million accounts are not to be had twice.
    for column in range(0, vectors.shape[1], COLUMNS):
        some = vectors[:, column : column + COLUMNS]
        some += near @ some
    _normalise(vectors)
    return vectors


def _normalise(vectors: Vectors) -> None:
    """Bring vectors to length 1, in place."""
    for start in range(0, len(vectors), BLOCK):
        some = vectors[start : start + BLOCK]
        some /= np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-9)


def _by_hard_artefacts(population: Population, settings: LinkSettings) -> list[Ring]:
    n_accounts = len(population)
    accounts, nodes, n_nodes = [], [], n_accounts
    for kind in HARD_KINDS:
        groups = _group(population.uses.of(kind)).between(2, n_accounts // 2)
        accounts.append(groups.account)
        nodes.append(n_nodes + np.repeat(np.arange(len(groups)), groups.size))
        n_nodes += len(groups)
    return _components(
        (np.concatenate(accounts), np.concatenate(nodes)),
        (n_accounts, n_nodes),
        "shared_identity",
        settings,
    )


def _by_stars(population: Population, settings: LinkSettings) -> list[Ring]:
    most = len(population) // 2
    by_kind = [
        _group(_habits(population, kind, settings)).between(settings.min_accounts, most)
        for kind in STAR_KINDS
    ]
    size = np.concatenate([groups.size for groups in by_kind])
    kind = np.repeat(np.arange(len(by_kind)), [len(groups) for groups in by_kind])
    number = np.concatenate([np.arange(len(groups)) for groups in by_kind])
    largest = np.argsort(-size, kind="stable")
    stars = (
        Ring(by_kind[k].members(i), STAR_KINDS[k])
        for k, i in zip(kind[largest], number[largest], strict=True)
    )
    return list(islice(_unlike(stars, len(population)), settings.max_stars))


def _habits(population: Population, kind: str, settings: LinkSettings) -> Uses:
    """Return the uses of a kind that are a habit of their account, not a turn of phrase."""
    uses = population.uses.of(kind)
    if kind == "signup":
        return uses
    habit = uses.n >= settings.habit_ratio * population.exchanges[uses.account]
    return Uses(uses.account[habit], uses.kind[habit], uses.key[habit], uses.n[habit], uses.kinds)


def _unlike(rings: Iterable[Ring], n: int) -> Iterator[Ring]:
    """Leave out rings that are little more than a part of a larger one; the largest come first.

    The openings and templates of one pool of tasks give hundreds of stars over the same accounts.
    """
    size_of_smallest = np.zeros(n, dtype=np.int64)  # per account, of its smallest star so far
    for ring in rings:
        inside = size_of_smallest[ring.members]
        n_covered = np.count_nonzero((inside > 0) & (inside <= 4 * len(ring)))
        if n_covered < COVERED_RATIO * len(ring):
            yield ring
            size_of_smallest[ring.members] = len(ring)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Accounts side by side, group after group."""

    account: Index
    start: Index
    size: Index

    def __len__(self) -> int:
        return int(self.size.size)

    def members(self, number: int) -> Index:
        """Return the accounts of one group, ascending."""
        first = self.start[number]
        return np.sort(self.account[first : first + self.size[number]])

    def between(self, fewest: int, most: int) -> "_Groups":
        """Return the groups of so many accounts: one that most have is the fashion, not a link."""
        chosen = (self.size >= fewest) & (self.size <= most)
        size = self.size[chosen]
        return _Groups(self.account[np.repeat(chosen, self.size)], np.cumsum(size) - size, size)


def _group(uses: Uses) -> _Groups:
    """Return the accounts of each artefact, of artefacts of one kind, in the order of the keys."""
    order = np.argsort(uses.key)
    return _cut(uses.account[order], uses.key[order])


def _cut(account: Index, label: NDArray[np.integer[Any]]) -> _Groups:
    """Return groups of the accounts that stand under one label; labels ascending."""
    if not label.size:
        return _Groups(account, *np.zeros((2, 0), dtype=np.int64))
    start = np.concatenate([[0], np.flatnonzero(label[1:] != label[:-1]) + 1])
    return _Groups(account, start, np.diff(start, append=label.size))


def _components(
    edges: tuple[Index, Index], sizes: tuple[int, int], origin: str, settings: LinkSettings
) -> list[Ring]:
    """Return the connected components of a graph whose first ``sizes[0]`` nodes are accounts."""
    n_accounts, n_nodes = sizes
    if not edges[0].size:
        return []
    ones = np.ones(edges[0].size, dtype=np.int8)
    graph = coo_matrix((ones, edges), shape=(n_nodes, n_nodes))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[:n_accounts], kind="stable")
    groups = _cut(order, label[order]).between(settings.min_accounts, n_accounts)
    return [Ring(groups.members(number), origin) for number in range(len(groups))]

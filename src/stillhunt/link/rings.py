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
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from stillhunt.blocks import Packed, blocks, spread
from stillhunt.link.kernels import join_near, sum_near
from stillhunt.link.neighbours import nearest
from stillhunt.link.space import cosine_error
from stillhunt.population import Index, Population, Ring, Space, Units, Uses, Vectors
from stillhunt.settings import LinkSettings

HARD_KINDS = ("payment", "device", "email")
"""Artefacts that strangers hardly ever share: one suffices to link."""

STAR_KINDS = ("address", "block", "client", "system", "opening", "template", "content", "signup")
"""Artefacts that strangers do share: each is a candidate of its own, and glues nothing."""

COVERED_RATIO = 0.9
"""Share of a star's accounts in larger stars, up to four times its size, that makes it a repeat."""

BLOCK = 2_048
"""Accounts smoothed at a time, and whose errors are reckoned."""


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
    units = Units(space, placed)
    found, cosine = nearest(units, settings.neighbours, settings.seed, threads)
    for part in blocks(placed.size, BLOCK):
        # The lower end of the estimate: a pair of small accounts must be close beyond doubt.
        error = cosine_error(space, placed[part, None], placed[found[part]])
        cosine[part] -= settings.cosine_sigmas * error
    rings = _cuts(placed, found, cosine, origin, settings)
    if origin == "pool":
        smooth = _smoothed(space, found, threads)
        del found, cosine  # before as much comes again
        found, cosine = nearest(smooth, settings.neighbours, settings.seed, threads)
        rings += _cuts(placed, found, cosine, origin, settings)
    return rings


def _cuts(
    placed: Index,
    found: NDArray[np.int32],
    cosine: NDArray[np.float32],
    origin: str,
    settings: LinkSettings,
) -> list[Ring]:
    """Return the components over edges to the neighbours ``found``, at every level."""
    rings, above = [], np.inf
    label = np.arange(placed.size, dtype=np.int32)
    for level in sorted(settings.levels, reverse=True):
        join_near(label, found, cosine, level, above)  # what hangs together above, does so here
        rings += _labelled(placed, label, origin, settings)
        above = level
    return rings


def _smoothed(space: Space, found: NDArray[np.int32], threads: int) -> Packed:
    """Return each placed account's direction averaged with those of its neighbours, of length 1.

    What chance put into one account's few exchanges, its neighbours' take out again, so that a
    ring whose accounts are hardly closer than strangers comes out whole (one step of mean shift;
    Fukunaga and Hostetler, 1975).
    """
    vectors, placed = space.vectors, space.placed
    smooth = Packed.room(placed.size, vectors.shape[1])
    lengths = [_length(vectors[part]) for part in blocks(len(vectors), BLOCK)]
    unit = vectors.unit / np.concatenate(lengths)

    def smoothen(part: slice) -> None:
        sums = np.zeros((part.stop - part.start, smooth.shape[1]), dtype=np.float32)
        near = np.column_stack([np.arange(part.start, part.stop), found[part]])
        sum_near(vectors.codes, unit, placed, near, sums)
        smooth[part] = sums / _length(sums)[:, None]

    spread(smoothen, blocks(placed.size, BLOCK), threads)
    return smooth


def _length(vectors: Vectors) -> Vectors:
    return np.asarray(np.maximum(np.linalg.norm(vectors, axis=1), 1e-9))


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

    account: NDArray[Any]
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


def _cut(account: NDArray[Any], label: NDArray[np.integer[Any]]) -> _Groups:
    """Return groups of the accounts that stand under one label; labels ascending."""
    if not label.size:
        return _Groups(account, *np.zeros((2, 0), dtype=np.int64))
    start = np.concatenate([[0], np.flatnonzero(label[1:] != label[:-1]) + 1])
    return _Groups(account, start, np.diff(start, append=label.size))


def _components(
    edges: tuple[NDArray[Any], NDArray[Any]],
    sizes: tuple[int, int],
    origin: str,
    settings: LinkSettings,
) -> list[Ring]:
    """Return the connected components of a graph whose first ``sizes[0]`` nodes are accounts."""
    n_accounts, n_nodes = sizes
    if not edges[0].size:
        return []
    ones = np.ones(edges[0].size, dtype=np.int8)
    graph = coo_matrix((ones, edges), shape=(n_nodes, n_nodes))
    _, label = connected_components(graph, directed=False)
    return _labelled(np.arange(n_accounts), label[:n_accounts], origin, settings)


def _labelled(
    accounts: Index, label: NDArray[np.int32], origin: str, settings: LinkSettings
) -> list[Ring]:
    """Return the accounts under each label that enough stand under."""
    # Most stand alone, and are not worth a sort.
    linked = np.flatnonzero(np.bincount(label)[label] >= settings.min_accounts)
    order = linked[np.argsort(label[linked], kind="stable")]
    groups = _cut(accounts[order], label[order])
    return [Ring(groups.members(number), origin) for number in range(len(groups))]

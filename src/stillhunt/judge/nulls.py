"""What innocence looks like in this very traffic: groups to compare a ring with.

A ring is compared with groups of its size drawn at random, with the nearest accounts in what they
ask around other accounts, and with groups formed in the same way as the ring was: a ring found by
a shared card or address, with the other groups that share one. So what comes along with the way
of finding, such as a shared subject, is in the null too, and p-values stay honest although the
ring was picked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stillhunt.blocks import blocks, spread
from stillhunt.judge.portrait import Ordinary
from stillhunt.judge.scene import Scene
from stillhunt.judge.signals import Signal
from stillhunt.population import Index, Ring, Space, Vectors
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null

SIZES = (8, 12, 20, 32, 50, 80, 128, 200, 320, 500)
"""Sizes of comparison groups; a ring meets groups of the next size below its own."""

FINE_SIZES = (8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 250, 320, 400, 500)
"""The same for a verdict: small groups vary more, so that too small ones hide what a ring shows."""

BLOCK = 16_384
"""Accounts at a time that the middles of groups are compared with."""

FEWEST = 20
"""Groups formed in the same way that make a comparison; below that only random groups do."""


@dataclass(slots=True)
class Nulls:
    """Comparison groups among the accounts that are not held out, and their measures, kept.

    ``held_out`` rows take no part: members of rings that are already named, or may be.
    ``is_final``: as many groups as a verdict takes, else as screening does.
    """

    scene: Scene
    settings: JudgeSettings
    held_out: NDArray[np.bool_]
    others: Sequence[Ring]  # candidate rings of all origins, for groups that share an artefact
    threads: int = 1
    is_final: bool = False
    _groups: dict[tuple[str, int], list[Index]] = field(default_factory=dict)
    _near: dict[str, Index] = field(default_factory=dict)
    _values: dict[tuple[str, str, int], Null] = field(default_factory=dict)
    _ordinary: Ordinary | None = None
    _last: tuple[Ring | None, dict[str, float]] = (None, {})  # the ring in hand, and its measures
    _final: "Nulls | None" = None

    @property
    def n_groups(self) -> int:
        """Groups of each comparison."""
        return self.settings.final_groups if self.is_final else self.settings.null_groups

    def final(self) -> "Nulls":
        """Return as many comparison groups as a verdict takes, kept like these."""
        if self._final is None:
            self._final = Nulls(
                self.scene, self.settings, self.held_out, self.others, self.threads, is_final=True
            )
        return self._final

    def measure(self, signal: Signal, ring: Ring) -> float:
        """Return a signal's statistic of a ring; asked for again of the same one, it is known."""
        if self._last[0] is not ring:
            self._last = ring, {}
        seen = self._last[1]
        if signal.name not in seen:
            seen[signal.name] = signal.measure(self.scene, ring.members)
        return seen[signal.name]

    def of(self, signal: Signal, ring: Ring, ways: tuple[str, ...]) -> dict[str, Null]:
        """Return the measures of each way's comparison groups, by the name of the way."""
        sizes = FINE_SIZES if self.is_final else SIZES
        size = size_below(len(ring), self.settings.largest_group, sizes)
        return {
            way: null
            for way in ways
            if (null := self._measured(signal, way, size)).values.size >= FEWEST
        }

    def groups(self, way: str, size: int) -> list[Index]:
        """Return the comparison groups of one way and size."""
        if (way, size) not in self._groups:
            self._groups[way, size] = self._formed(way, size)
        return self._groups[way, size]

    def ordinary(self) -> Ordinary:
        """Return the accounts that are not held out."""
        if self._ordinary is None:
            self._ordinary = Ordinary.of(self.scene, ~self.held_out)
        return self._ordinary

    def _measured(self, signal: Signal, way: str, size: int) -> Null:
        key = (signal.name, way, size)
        if key not in self._values:
            values = [signal.measure(self.scene, group) for group in self.groups(way, size)]
            self._values[key] = Null.of(np.asarray(values, dtype=np.float64))
        return self._values[key]

    def _formed(self, way: str, size: int) -> list[Index]:
        if way in ("pool", "schedule"):
            return self._around(way, size)
        rng = np.random.default_rng([self.settings.seed, size])
        return self._random(size, rng) if way == "random" else self._linked(way, size, rng)

    def _random(self, size: int, rng: np.random.Generator) -> list[Index]:
        free = np.flatnonzero(~self.held_out)
        if free.size < 2 * size:
            return []
        return [np.sort(rng.choice(free, size, replace=False)) for _ in range(self.n_groups)]

    def _around(self, way: str, size: int) -> list[Index]:
        """Return groups of an account and those nearest to it.

        In a small log they are smaller than the ring: groups of half of all accounts would be the
        crowd itself, and with none at all nothing would tell what likeness alone brings along.
        """
        if way not in self._near:
            self._near[way] = self._nearest(way)
        near = self._near[way]
        size = max((n for n in FINE_SIZES if n <= min(size, near.shape[1])), default=0)
        return [np.sort(row[:size]) for row in near] if size else []

    def _nearest(self, way: str) -> Index:
        """Return the accounts around each of some, itself first, as many as the largest group.

        Looked for once for groups of all sizes: a smaller one is the beginning of a larger.
        """
        space = self.scene.content if way == "pool" else self.scene.schedule
        free = space.placed[~self.held_out[space.placed]]
        rng = np.random.default_rng(self.settings.seed)
        middle = rng.choice(free.size, min(self.n_groups, free.size), replace=False)
        most = min(self.settings.largest_group, free.size // 2)
        if not most:
            return np.zeros((middle.size, 0), dtype=np.int64)
        # Some at a time: what every block has to offer to all of them would be half a gigabyte.
        near = [self._near_to(middle[part], free, space, most) for part in blocks(middle.size, 200)]
        return np.vstack(near)

    def _near_to(self, middle: Index, free: Index, space: Space, most: int) -> Index:
        """Return the ``most`` of some accounts that are nearest to each of a few of them."""
        unit = space.unit(free[middle])

        def nearest(part: slice) -> tuple[Index, Vectors]:
            places = np.arange(part.start, part.stop)
            distance = -(unit @ space.unit(free[part]).T)
            distance[middle[:, None] == places] = -np.inf
            best = np.argpartition(distance, min(most, places.size) - 1)[:, :most]
            return places[best], np.take_along_axis(distance, best, axis=1)

        near = spread(nearest, blocks(free.size, BLOCK), self.threads)
        found, distance = (np.hstack(part) for part in zip(*near, strict=True))
        first = np.argsort(distance, kind="stable")[:, :most]
        best: Index = free[np.take_along_axis(found, first, axis=1)]
        return best

    def _linked(self, origin: str, size: int, rng: np.random.Generator) -> list[Index]:
        """Return the other rings that the same kind of artefact holds together."""
        groups = []
        for ring in self.others:
            if ring.origin == origin and not self.held_out[ring.members].mean() > 0.5:
                members = ring.members
                if members.size > size:
                    members = np.sort(rng.choice(members, size, replace=False))
                groups.append(members)
        return groups[: self.n_groups]


def size_below(n: int, largest: int, sizes: Sequence[int] = SIZES) -> int:
    """Return the size of comparison group for a ring of ``n`` accounts.

    >>> size_below(100, 500), size_below(30_000, 500)
    (80, 500)
    """
    return max(size for size in sizes if size <= max(min(n, largest), sizes[0]))

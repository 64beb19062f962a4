"""What innocence looks like in this very traffic: groups to compare a ring with.

A ring is compared with groups of its size drawn at random, with the nearest accounts in what they
ask around other accounts, and with groups formed in the same way as the ring was: a ring found by
a shared card or address, with the other groups that share one. So what comes along with the way
of finding, such as a shared subject, is in the null too, and p-values stay honest although the
ring was picked out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stillhunt.judge.scene import Scene
from stillhunt.judge.signals import Signal
from stillhunt.population import Index, Ring, Space
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null

SIZES = (8, 12, 20, 32, 50, 80, 128, 200, 320, 500)
"""Sizes of comparison groups; a ring meets groups of the next size below its own."""

SEEDS = 16
"""Accounts whose nearest are looked for at a time: each is compared with all."""

STRIDE = 16
"""One in so many values is looked at first."""

FEWEST = 20
"""Groups formed in the same way that make a comparison; below that only random groups do."""


@dataclass(slots=True)
class Nulls:
    """Comparison groups among the accounts that are not held out, and their measures, kept.

    ``held_out`` rows take no part: members of rings that are already named, or may be.
    """

    scene: Scene
    settings: JudgeSettings
    held_out: NDArray[np.bool_]
    others: Sequence[Ring]  # candidate rings of all origins, for groups that share an artefact
    _groups: dict[tuple[str, int], list[Index]] = field(default_factory=dict)
    _values: dict[tuple[str, str, int], Null] = field(default_factory=dict)
    _last: tuple[Ring | None, dict[str, float]] = (None, {})  # the ring in hand, and its measures

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
        size = size_below(len(ring), self.settings.largest_group)
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

    def _measured(self, signal: Signal, way: str, size: int) -> Null:
        key = (signal.name, way, size)
        if key not in self._values:
            values = [signal.measure(self.scene, group) for group in self.groups(way, size)]
            self._values[key] = Null.of(np.asarray(values, dtype=np.float64))
        return self._values[key]

    def _formed(self, way: str, size: int) -> list[Index]:
        rng = np.random.default_rng([self.settings.seed, size])
        ways: dict[str, Callable[[int, np.random.Generator], list[Index]]] = {
            "random": self._random,
            "pool": lambda n, r: self._around(self.scene.content, n, r),
            "schedule": lambda n, r: self._around(self.scene.schedule, n, r),
        }
        if way in ways:
            return ways[way](size, rng)
        return self._linked(way, size, rng)

    def _random(self, size: int, rng: np.random.Generator) -> list[Index]:
        free = np.flatnonzero(~self.held_out)
        if free.size < 2 * size:
            return []
        return [
            np.sort(rng.choice(free, size, replace=False)) for _ in range(self.settings.null_groups)
        ]

    def _around(self, space: Space, size: int, rng: np.random.Generator) -> list[Index]:
        """Return groups of an account and those nearest to it.

        In a small log they are smaller than the ring: groups of half of all accounts would be the
        crowd itself, and with none at all nothing would tell what likeness alone brings along.
        """
        free = space.placed[~self.held_out[space.placed]]
        size = max((n for n in SIZES if n <= min(size, free.size / 2)), default=0)
        if not size:
            return []
        unit = space.unit(free)
        seeds = rng.choice(free.size, min(self.settings.null_groups, free.size), replace=False)
        groups = []
        for start in range(0, seeds.size, SEEDS):
            some = seeds[start : start + SEEDS]
            near = unit[some] @ unit.T
            near[np.arange(some.size), some] = np.inf
            groups += [np.sort(free[_largest(row, size)]) for row in near]
        return groups

    def _linked(self, origin: str, size: int, rng: np.random.Generator) -> list[Index]:
        """Return the other rings that the same kind of artefact holds together."""
        groups = []
        for ring in self.others:
            if ring.origin == origin and not self.held_out[ring.members].mean() > 0.5:
                members = ring.members
                if members.size > size:
                    members = np.sort(rng.choice(members, size, replace=False))
                groups.append(members)
        return groups[: self.settings.null_groups]


def _largest(row: NDArray[np.float32], n: int) -> Index:
    """Return the places of the ``n`` largest values.

    Most values are far below them, which a look at every sixteenth tells.
    """
    some = row[::STRIDE]
    near = np.arange(row.size)
    if some.size > n:
        near = np.flatnonzero(row >= np.partition(some, -n)[-n])
    return near[np.argpartition(-row[near], n - 1)[:n]]


def size_below(n: int, largest: int) -> int:
    """Return the size of comparison group for a ring of ``n`` accounts.

    >>> size_below(100, 500), size_below(30_000, 500)
    (80, 500)
    """
    return max(size for size in SIZES if size <= max(min(n, largest), SIZES[0]))

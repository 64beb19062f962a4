"""Scenes made from invented populations."""

from dataclasses import replace
from typing import Any

import numpy as np

from stillhunt.blocks import Packed
from stillhunt.judge.scene import Scene, look
from stillhunt.population import Index, Population, Space

NO_RELEASES = np.zeros(0, dtype=np.int64)


def space_of(vectors: np.ndarray, noise: float = 1e-3) -> Space:
    """Return a space in which every account that is not at the centre is placed."""
    strength = np.square(vectors, dtype=np.float64).sum(axis=1)
    rows = np.flatnonzero(strength > 0)
    return Space(Packed.of(vectors), strength, np.full(len(vectors), noise), rows)


def scene_of(people: Population, **columns: Any) -> Scene:
    """Return the scene of a population whose accounts are nowhere, but for ``columns``."""
    nowhere = space_of(np.zeros((len(people), 16)))
    scene = look(people, nowhere, nowhere, NO_RELEASES)
    return replace(scene, **columns)


def nobody_known(scene: Scene) -> Index:
    """Return all rows of the population."""
    return np.arange(len(scene.population))

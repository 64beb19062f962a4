"""Invented populations, dense and small, for what links and judges them."""

from dataclasses import fields
from typing import Any

import numpy as np

from stillhunt.blocks import Packed
from stillhunt.population import SHIFT_DIMS, Days, Index, Population, Sampled, Uses
from stillhunt.records import (
    CAPABILITIES,
    ELICITATIONS,
    N_CELLS,
    PROJECTION_DIMS,
    SKETCH_SCALE,
)

DAY_US = 86_400_000_000

_KINDS = {
    "keys": np.uint64,
    "account_id": object,
    "is_trusted": np.bool_,
    "tier": object,
    "domain": object,
    "single_turn_ratio": np.float64,
    "follow_up_ratio": np.float64,
    "concentration": np.float64,
}
_WIDTHS = {
    "clock": (24, np.int64),
    "shifts": (SHIFT_DIMS, np.float32),
    "capability": (len(CAPABILITIES), np.float64),
    "elicitation": (len(ELICITATIONS), np.float64),
    "sums": (PROJECTION_DIMS, np.int32),
    "cells": (N_CELLS, np.int32),
}


def population(n: int, **columns: Any) -> Population:
    """Return ``n`` accounts of ten exchanges of which nothing is known but ``columns``."""
    values: dict[str, Any] = {
        "keys": np.arange(1, n + 1, dtype=np.uint64),
        "account_id": np.array([f"a-{i}" for i in range(n)], dtype=object),
        "exchanges": np.full(n, 10),
        "last_us": np.full(n, DAY_US),
        "tier": np.full(n, "", dtype=object),
        "domain": np.full(n, "", dtype=object),
        "days": Days(np.zeros((n, 28), dtype=np.float32), np.arange(28) % 7),
        "uses": uses(),
        "sample": sample(np.zeros(0, dtype=np.int64), np.zeros((0, PROJECTION_DIMS))),
        "present": frozenset({"time", "account_id", "prompt"}),
        **columns,
    }
    for field in fields(Population):
        if field.name in _WIDTHS:
            width, kind = _WIDTHS[field.name]
            values.setdefault(field.name, np.zeros((n, width), dtype=kind))
        else:
            values.setdefault(field.name, np.zeros(n, dtype=_KINDS.get(field.name, np.int64)))
    for name in ("sums", "shifts"):
        values[name] = Packed.of(np.asarray(values[name]))
    return Population(**values)


def uses(**held: list[tuple[int, int]]) -> Uses:
    """Return uses: for each kind, pairs of account and artefact."""
    kinds = tuple(held)
    rows = [(account, k, key) for k, kind in enumerate(kinds) for account, key in held[kind]]
    account, kind, key = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    n = np.ones(account.size, dtype=np.int64)
    return Uses(account, kind.astype(np.int16), key.astype(np.uint64), n, kinds)


def sample(account: Index, sketch: np.ndarray) -> Sampled:
    """Return a sample of exchanges."""
    return Sampled(account, cells_of(sketch), sketch.astype(np.int16))


def cells_of(sketch: np.ndarray) -> np.ndarray:
    """Return a cell for each projection: the signs of its first components, read as a number."""
    bits = np.arange(N_CELLS.bit_length() - 1)
    return ((sketch[:, bits] > 0) << bits).sum(axis=1).astype(np.uint8)


def sketches(means: np.ndarray, rng: np.random.Generator, spread: float = 1.0) -> np.ndarray:
    """Return integer projections of length SKETCH_SCALE about ``means``, one for each row."""
    noise = rng.normal(size=means.shape) * spread / np.sqrt(means.shape[1])
    vectors = means + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.rint(vectors * SKETCH_SCALE)


def asking(account: Index, sketch: np.ndarray, n: int, **columns: Any) -> Population:
    """Return ``n`` accounts whose exchanges, all of them sampled, have these projections."""
    sums = np.zeros((n, PROJECTION_DIMS), dtype=np.int64)
    np.add.at(sums, account, sketch.astype(np.int64))
    cells = np.bincount(account * N_CELLS + cells_of(sketch), minlength=n * N_CELLS)
    counts = np.bincount(account, minlength=n)
    return population(
        n,
        exchanges=np.maximum(counts, 1),
        text_exchanges=counts,
        distinct_prompts=counts,
        sums=sums,
        cells=cells.reshape(n, N_CELLS).astype(np.int32),
        sample=sample(account, sketch),
        **columns,
    )

"""Invented requests: their projections and facts, as they are before they are put into cells."""

from typing import Any

import numpy as np

from stillhunt.fingerprint.gather import Sampled
from stillhunt.records import CAPABILITIES, ELICITATIONS, PROJECTION_DIMS, SKETCH_SCALE

Table = dict[str, np.ndarray[Any, Any]]


def asking(account: np.ndarray[Any, Any], means: np.ndarray[Any, Any], seed: int) -> Table:
    """Return one exchange for each account named, its projection about its row of means."""
    rng = np.random.default_rng(seed)
    sketch = means + rng.normal(size=means.shape) / np.sqrt(PROJECTION_DIMS)
    sketch *= SKETCH_SCALE / np.linalg.norm(sketch, axis=1, keepdims=True)
    n = account.size
    return {
        "exchange": rng.integers(1, 2**64, n, dtype=np.uint64),
        "account": account.astype(np.uint64) + 1,
        "capability": rng.integers(0, len(CAPABILITIES), n).astype(np.uint8),
        "elicitation": rng.integers(0, 1 << len(ELICITATIONS), n).astype(np.uint8),
        "text_bytes": rng.integers(1, 5_000, n).astype(np.int32),
        "sketch": np.rint(sketch).astype(np.int16),
    }


def mixed(n: int, seed: int, subjects: int = 40) -> Table:
    """Return exchanges of a few subjects, of accounts that ask of all of them."""
    rng = np.random.default_rng(seed)
    account, subject = rng.integers(0, n // 6 + 1, n), rng.integers(0, subjects, n)
    return asking(account, directions(subjects)[subject], seed)


def directions(n: int, length: float = 0.6) -> np.ndarray[Any, Any]:
    """Return the means of so many subjects."""
    vectors = np.random.default_rng(1).normal(size=(n, PROJECTION_DIMS))
    return length * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def taken(table: Table, rows: Any) -> Table:
    """Return some of the requests."""
    return {name: column[rows] for name, column in table.items()}


def sampled(table: Table) -> Sampled:
    """Return requests as a sample of which they are all."""
    n = table["account"].size
    return Sampled(
        time_us=np.zeros(n, np.int64),
        n_turns=np.ones(n, np.int32),
        **table,
    )


def under_cover(n_ring: int, n_others: int, per_account: int, seed: int) -> Table:
    """Return the requests of a ring that hides nine tenths of its traffic, and of others.

    The ring's accounts come first. A tenth of what each of them asks is of 40 tasks of one pool;
    the rest is of the 40 subjects of all customers, of which every other account has three.
    """
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(n_ring + n_others), per_account)
    own = rng.integers(0, 40, (n_ring + n_others, 3))[account, rng.integers(0, 3, account.size)]
    subject = np.where(account < n_ring, rng.integers(0, 40, account.size), own)
    is_pool = (account < n_ring) & (rng.random(account.size) < 0.1)
    subject = np.where(is_pool, rng.integers(40, 80, account.size), subject)
    table = asking(account, directions(80, 1.0)[subject], seed)
    alike = ("capability", "elicitation", "text_bytes")
    return table | {name: np.ones_like(table[name]) for name in alike}

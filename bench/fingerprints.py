"""Invented fingerprints of any number of accounts, for measuring what works on them alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.blocks import Packed
from stillhunt.fingerprint.fingerprints import SUMMED
from stillhunt.link.assemble import Gathered
from stillhunt.records import CAPABILITIES, ELICITATIONS, N_CELLS, PROJECTION_DIMS, SKETCH_SCALE
from stillhunt.tables import ACCOUNTS, TIME

Rng = np.random.Generator
Index = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

RING_RATIO: Final = 0.02
EXCHANGES_EACH: Final = 24
HOURS_EACH: Final = 10
USES_EACH: Final = {
    "template": 8,
    "opening": 6,
    "system": 3,
    "content": 1,
    "address": 1,
    "block": 1,
}
HABIT: Final = 0.3  # length of what an innocent account always asks, of an exchange's 1
POOL: Final = 0.5  # length of what the ring asks
SHARED: Final = 0.1  # share of innocents at an address that others have too
LUCK: Final = np.float32(1 / np.sqrt(PROJECTION_DIMS))  # spread of one component of an exchange
N_SAMPLED: Final = 32_768
DAYS: Final = 28
HOUR_US: Final = 3_600_000_000
START_US: Final = 1_772_409_600_000_000
BLOCK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who there is: keyed hashes in ascending order, who is of the ring, and how much they ask."""

    keys: Hashes
    in_ring: npt.NDArray[np.bool_]
    exchanges: Index

    @staticmethod
    def of(rng: Rng, n: int) -> "Crowd":
        """Return ``n`` accounts; each asks its own things, the ring one thing."""
        in_ring = np.zeros(n, np.bool_)
        in_ring[rng.choice(n, int(n * RING_RATIO), replace=False)] = True
        asked = rng.lognormal(np.log(EXCHANGES_EACH), 0.8, n) * np.where(in_ring, 4, 1)
        return Crowd(
            np.sort(rng.integers(1, 2**63, n).astype(np.uint64)),
            in_ring,
            np.maximum(asked.astype(np.int64), 3),
        )


def fingerprints(n: int, seed: int = 1) -> tuple[Gathered, Crowd]:
    """Return what a log of ``n`` accounts would leave, with ``RING_RATIO`` of them one ring."""
    rng = np.random.default_rng(seed)
    crowd = Crowd.of(rng, n)
    account = pa.array(crowd.keys)
    names = pa.array(np.char.add("acct_", np.arange(n).astype(np.str_)))
    hours, first_us = _hours(rng, crowd)
    pool = rng.standard_normal(PROJECTION_DIMS, np.float32) * np.float32(POOL) * LUCK
    likely = rng.dirichlet(np.full(N_CELLS, 0.3), 2).cumsum(axis=1)  # everybody's, the ring's
    return (
        Gathered(
            profiles=_profiles(rng, crowd, first_us),
            hours=hours,
            uses=_uses(rng, crowd),
            names=pa.table({"hash": account, "kind": pa.repeat("account", n), "text": names}),
            accounts=_accounts(rng, crowd, names).append_column("account", account),
            vectors=(crowd.keys, Packed.of(_sums(rng, crowd, pool)), crowd.exchanges),
            cells=(crowd.keys, _cells(rng, crowd, likely), crowd.exchanges),
            sample=_sample(rng, crowd, pool, likely),
            present=frozenset(("time", "account_id", "prompt", "ip", "session_id", "n_turns")),
        ),
        crowd,
    )


def _hours(rng: Rng, crowd: Crowd) -> tuple[pa.Table, Index]:
    """Return the active hours of all, the ring's by day and night, and each one's first."""
    n = crowd.keys.size
    day = rng.integers(0, DAYS, (n, HOURS_EACH))
    own = rng.integers(0, 24, (n, 1))
    spread = np.where(crowd.in_ring[:, None], 24, 8)
    hour = np.sort(day * 24 + (own + rng.integers(0, 24, (n, HOURS_EACH)) % spread) % 24, axis=1)
    new = np.diff(hour, axis=1, prepend=-1) > 0
    counts = np.maximum(crowd.exchanges // HOURS_EACH, 1)
    table = pa.table(
        {
            "account": np.broadcast_to(crowd.keys[:, None], hour.shape)[new],
            "hour": (START_US // HOUR_US + hour[new]).astype(np.int32),
            "exchanges": np.broadcast_to(counts[:, None], hour.shape)[new],
        }
    )
    return table, START_US + hour[:, 0] * HOUR_US


def _profiles(rng: Rng, crowd: Crowd, first_us: Index) -> pa.Table:
    n, asked = crowd.keys.size, crowd.exchanges
    share = np.where(crowd.in_ring, 0.8, rng.beta(1, 4, n))
    columns: dict[str, object] = {
        "account": crowd.keys, "exchanges": asked, "with_text": asked, "first_us": first_us,
        "last_us": first_us + DAYS * 24 * HOUR_US,
        **{name: asked * 400 for name in SUMMED},
        "single_turn_ratio": rng.beta(4, 2, n), "follow_up_ratio": rng.beta(1, 8, n),
        "concentration": rng.beta(1, 20, n), "distinct_prompts": asked, "repeats": asked * 0,
    }  # fmt: skip
    columns |= {f"capability_{name}_ratio": (1 - share) / 11 for name in CAPABILITIES}
    columns["capability_coding_ratio"] = share
    columns |= {f"elicitation_{name}_ratio": rng.beta(1, 60, n) for name in ELICITATIONS}
    columns |= {f"n_{name}": np.ones(n, np.int64) for name in ("end_users", "clients")}
    return pa.table(columns)


def _uses(rng: Rng, crowd: Crowd) -> pa.Table:
    """Return twenty uses an account; the ring has words of its own, one in ten as many."""
    n, parts = crowd.keys.size, []
    for kind, each in USES_EACH.items():
        n_keys = n * each // (3 if kind in ("address", "block") else 6)
        key = (rng.power(0.5, (n, each)) * n_keys).astype(np.int64)
        if kind in ("address", "block"):  # most people have their own
            key = np.where(rng.random((n, each)) < SHARED, key, 2 * n_keys + np.arange(n)[:, None])
        else:
            own = n_keys + rng.integers(0, max(int(n * RING_RATIO) * each // 10, 1), (n, each))
            key = np.sort(np.where(crowd.in_ring[:, None], own, key), axis=1)
        once = np.diff(key, axis=1, prepend=-1) > 0
        n_uses = int(once.sum())
        kinds = pa.DictionaryArray.from_arrays(np.zeros(n_uses, np.int8), pa.array([kind]))
        parts.append(
            pa.table(
                {
                    "account": np.broadcast_to(crowd.keys[:, None], key.shape)[once],
                    "kind": kinds,
                    "key": (key[once] + 1).astype(np.uint64),
                    "n": np.ones(n_uses, np.int64),
                }
            )
        )
    return pa.concat_tables(parts).unify_dictionaries()


def _accounts(rng: Rng, crowd: Crowd, names: pa.Array) -> pa.Table:
    n = crowd.keys.size
    created = START_US - (rng.exponential(200, n) * 24 * HOUR_US).astype(np.int64)
    created[crowd.in_ring] = START_US - rng.integers(0, 3 * 24 * HOUR_US, int(crowd.in_ring.sum()))
    card = np.arange(n, 2 * n)
    card[crowd.in_ring] = rng.integers(
        0, max(int(n * RING_RATIO) // 8, 1), int(crowd.in_ring.sum())
    )
    known = {
        "account_id": names,
        "created_at": pa.array(created).cast(TIME),
        "payment_id": pa.array(np.char.add("pm_", card.astype(np.str_))),
    }
    columns = [known.get(f.name, pa.nulls(n, f.type)) for f in ACCOUNTS]
    return pa.table(columns, schema=ACCOUNTS)


def _sums(rng: Rng, crowd: Crowd, pool: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    sums = np.empty((crowd.keys.size, PROJECTION_DIMS), np.int32)
    for start in range(0, len(sums), BLOCK):
        part = slice(start, start + BLOCK)
        asked = crowd.exchanges[part, None].astype(np.float32)
        luck, own = rng.standard_normal((2, len(asked), PROJECTION_DIMS), np.float32) * LUCK
        middle = np.where(crowd.in_ring[part, None], pool, np.float32(HABIT) * own)
        sums[part] = SKETCH_SCALE * (asked * middle + np.sqrt(asked) * luck)
    return sums


def _cells(rng: Rng, crowd: Crowd, likely: npt.NDArray[np.float64]) -> npt.NDArray[np.uint16]:
    cells = np.empty((crowd.keys.size, N_CELLS), np.uint16)
    for start in range(0, len(cells), BLOCK):
        part = slice(start, start + BLOCK)
        owner = np.repeat(np.arange(len(cells[part])), crowd.exchanges[part])
        place = _cell_of(rng, crowd.in_ring[owner + start], likely)
        counts = np.bincount(owner * N_CELLS + place, minlength=cells[part].size)
        cells[part] = counts.reshape(-1, N_CELLS)
    return cells


def _cell_of(rng: Rng, in_ring: npt.NDArray[np.bool_], likely: npt.NDArray[np.float64]) -> Index:
    """Return a cell drawn for each exchange."""
    drawn = rng.random(in_ring.size)
    found = [np.searchsorted(ladder, drawn) for ladder in likely]
    return np.minimum(np.where(in_ring, found[1], found[0]), N_CELLS - 1)


def _sample(
    rng: Rng, crowd: Crowd, pool: npt.NDArray[np.float32], likely: npt.NDArray[np.float64]
) -> tuple[Hashes, npt.NDArray[np.uint8], npt.NDArray[np.int16]]:
    share = crowd.exchanges / crowd.exchanges.sum()
    rows = rng.choice(crowd.keys.size, N_SAMPLED, p=share)
    in_ring = crowd.in_ring[rows]
    sketch = rng.standard_normal((N_SAMPLED, PROJECTION_DIMS)) * LUCK + in_ring[:, None] * pool
    sketch *= SKETCH_SCALE / np.linalg.norm(sketch, axis=1, keepdims=True)
    cell = _cell_of(rng, in_ring, likely)
    return crowd.keys[rows], cell.astype(np.uint8), sketch.astype(np.int16)

"""Random logs in which everything repeats, and what two ways of gathering make of them."""

import io
from dataclasses import fields

import numpy as np
import pyarrow as pa

from stillhunt import gathering
from stillhunt.blocks import Packed
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import Clock, HuntRequest, Log
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.progress import Silent
from stillhunt.settings import Settings, load

SECRET = b"a secret for tests alone"
START_US = 1_772_409_600_000_000
KEYS = ("account", "hash", "hour", "kind", "key")
SETTINGS: Settings = load(None, {}, {"ingest": {"max_rejected_ratio": 0.5}})


def random_log(seed: int, n: int = 300, *, ids: bool = True, faults: bool = True) -> pa.Table:
    """Return exchanges in order of time; some come twice, some are no exchanges."""
    rng = np.random.default_rng(seed)
    at = START_US + np.sort(rng.choice(10**12, n, replace=False))

    def some(name: str, kinds: int, none: float = 0.2) -> pa.Array:
        drawn = rng.integers(0, kinds, n)
        return pa.array([f"{name} {k}" for k in drawn], mask=rng.random(n) < none)

    columns = {
        "time": pa.array(at, mask=rng.random(n) < 0.05 * faults).cast(pa.timestamp("us", "UTC")),
        "account_id": some("account", 20, 0.05 * faults),
        "prompt": some("explain step by step why this holds:", n // 3),
        "session_id": some("session", n // 4),
        "end_user": some("user", 30),
        "model": some("model", 3, 0),
        "system": some("you are helper", 4),
        "ip": pa.array([f"10.0.{i % 7}.{i % 11}" for i in rng.integers(0, 99, n)]),
        "user_agent": some("sdk", 5),
        "n_turns": pa.array(rng.integers(0, 5, n).astype(np.int32)),
        "output_tokens": pa.array(rng.integers(0, 900, n).astype(np.int32)),
        "tools": pa.array([[f"tool {k}"] * (k % 3) for k in rng.integers(0, 5, n)]),
    }
    if ids:
        columns["exchange_id"] = some("id", 3 * n, 0.0 if seed % 2 else 0.1)
    table = pa.table(columns)
    again = np.sort(np.concatenate([np.arange(n), rng.integers(0, n, n // 10)]))
    return table.take(pa.array(again))


def gathered(log: str, settings: Settings = SETTINGS) -> tuple[Log, str]:
    """Return what one machine makes of a log, and what it sets aside."""
    sink = io.StringIO()
    with open_duckdb(settings.engine) as engine:
        request, source = HuntRequest(log, secret=SECRET), open_exchanges(log, settings.ingest)
        return gathering.gather(
            request, source, settings, Clock(Silent()), Rejects(sink), engine
        ), sink.getvalue()


def assert_same(one: Log, other: Log) -> None:
    """Fail unless two ways came to the same numbers."""
    assert one.n_rows == other.n_rows
    assert _is_same(one.models, other.models), "models"
    for part in fields(one.gathered):
        pair = (getattr(log.gathered, part.name) for log in (one, other))
        assert _is_same(*pair), part.name


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, pa.Table) and isinstance(other, pa.Table):
        order = [(name, "ascending") for name in KEYS if name in one.column_names]
        ranked = other.select(one.column_names).sort_by(order).combine_chunks()
        return bool(one.sort_by(order).combine_chunks().equals(ranked))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return all(_is_same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, (np.ndarray, Packed)):
        return bool(np.array_equal(one, other))
    return bool(one == other)

"""Small invented logs, and what they add up to by each of the two ways."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.fingerprint.marks import Marker
from stillhunt.gathering import Clock, HuntRequest, Log, gather
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.ingest.feeds import Arrival
from stillhunt.live.judging import recall_log
from stillhunt.live.keeping import Keeper, open_keeper
from stillhunt.progress import Silent
from stillhunt.records import Position
from stillhunt.settings import Settings
from stillhunt.store import open_reader
from stillhunt.tables import EXCHANGES

SECRET = b"a secret for tests alone"
SETTINGS = Settings(**{"watch": {"fan_in": 3}, "engine": {"threads": 1}})


def hunted(rows: pa.Table, place: Path) -> Log:
    """Return what one pass over the rows, in one file, adds up to."""
    path = place / "whole.parquet"
    pq.write_table(rows, path)
    with open_duckdb(SETTINGS.engine) as engine:
        source = open_exchanges(path, SETTINGS.ingest)
        request = HuntRequest(str(path), secret=SECRET)
        rejects = Rejects(io.StringIO())
        return gather(request, source, SETTINGS, Clock(Silent()), rejects, engine)


def exchanges(*accounts: str, first: int = 0) -> pa.RecordBatch:
    """Return one exchange of each account, their ids counted from ``first``."""
    rows = [
        {
            "time": 1_772_409_600_000_000 + place, "account_id": account,
            "exchange_id": f"x{place}", "prompt": "why",
        }
        for place, account in enumerate(accounts, first)
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows, EXCHANGES)


def keep(keeper: Keeper, batch: pa.RecordBatch, rejected: str = "") -> None:
    """Add a batch to a state, and move the position of "test" behind it."""
    at = keeper.positions.get("test", Position(0)).offset + batch.num_rows
    columns = frozenset(EXCHANGES.names)
    n = rejected.count("\n")
    arrival = Arrival(batch, {"test": Position(at)}, columns, rejected, n)
    keeper.add(arrival, Marker(SECRET).mark(batch))


def kept(parts: Sequence[Sequence[pa.Table]], place: Path, settings: Settings = SETTINGS) -> Log:
    """Return what the rows add up to in a state: a start a list, a commit a part of it."""
    for start in parts:
        with open_keeper(place, settings, SECRET) as keeper:
            for part in start:
                for batch in part.combine_chunks().to_batches(max_chunksize=50):
                    keep(keeper, batch)
                keeper.commit()
            keeper.settle()
    return recalled(place, settings)


def recalled(place: Path, settings: Settings = SETTINGS) -> Log:
    """Return what a state stands for."""
    request = HuntRequest(str(place), secret=SECRET)
    with open_reader(place, SECRET) as state, open_duckdb(settings.engine) as engine:
        return recall_log(state, request, settings, engine)


def differences(one: Log, other: Log) -> list[str]:
    """Return the parts in which two logs differ, in whatever order their rows are."""
    left, right = one.gathered, other.gathered
    found = []
    for name in ("profiles", "hours", "uses", "names"):
        a, b = getattr(left, name), getattr(right, name)
        if sorted(map(repr, a.to_pylist())) != sorted(map(repr, b.to_pylist())):
            found.append(name)
    for name in ("vectors", "cells", "sample"):
        pairs = zip(getattr(left, name), getattr(right, name), strict=True)
        if not all(np.array_equal(a, b) for a, b in pairs):
            found.append(name)
    if one.models.sort_by("hash") != other.models.sort_by("hash"):
        found.append("models")
    return found

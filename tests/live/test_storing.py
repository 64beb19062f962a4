import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.live.streams import SECRET, SETTINGS, differences, hunted, kept

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import HuntRequest, Log
from stillhunt.live.judging import recall_log
from stillhunt.live.storing import LAYOUTS
from stillhunt.records import PROJECTION_DIMS
from stillhunt.settings import Settings
from stillhunt.store import open_reader
from stillhunt.tables import EXCHANGES

N = 700
START_US = 1_770_000_000_000_000


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """Return exchanges of which some account has more than are counted one by one."""
    rng = np.random.default_rng(3)
    busy = np.arange(N) < N // 2
    account = np.where(busy, 0, rng.integers(1, 12, N))
    topic, word = rng.integers(0, 30, N), rng.integers(0, 500, N)
    columns: dict[str, Any] = {
        "time": pa.array(START_US + rng.integers(0, 9 * 86_400_000_000, N)).cast(
            EXCHANGES.field("time").type
        ),
        "account_id": [f"a{i}" for i in account],
        "prompt": [
            None if i % 11 == 0 else f"explain topic {t} with care, number {w}"
            for i, (t, w) in enumerate(zip(topic, word, strict=True))
        ],
        "exchange_id": [f"x{i}" for i in range(N)],
        "session_id": [f"s{i // 3}" for i in range(N)],
        "model": [f"m{i % 2}" if i else "once" for i in range(N)],
        "ip": [f"192.0.2.{i % 9}" for i in account],
        "n_turns": pa.array(rng.integers(1, 5, N), pa.int32()),
        "input_tokens": pa.array(rng.integers(0, 9_000, N), pa.int32()),
    }
    for field in EXCHANGES:
        columns.setdefault(field.name, pa.nulls(N, field.type))
    return pa.table([pa.array(columns[n]) if isinstance(columns[n], list) else columns[n]
                     for n in EXCHANGES.names], schema=EXCHANGES)  # fmt: skip


@pytest.fixture(scope="module")
def whole(rows: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return hunted(rows, tmp_path_factory.mktemp("whole"))


@settings(
    deadline=None, derandomize=True, max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.integers(0, 2**32 - 1), st.lists(st.integers(0, N), max_size=8), st.integers(0, 200),
    st.integers(1, 4),
)  # fmt: skip
def test_any_order_split_duplicates_restarts_and_merges_end_in_the_numbers_of_one_pass(
    rows: pa.Table, whole: Any, seed: int, cuts: list[int], n_again: int, n_starts: int
) -> None:
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(N), rng.integers(0, N, n_again)])
    order = rng.permutation(order)
    parts = [rows.take(pa.array(part)) for part in np.split(order, sorted(cuts))]
    with tempfile.TemporaryDirectory() as place:
        starts = [parts[first::n_starts] for first in range(n_starts)]
        assert differences(kept(starts, Path(place) / "state"), whole) == []


def test_any_tool_reads_the_files(rows: pa.Table, tmp_path: Path) -> None:
    kept([[rows]], tmp_path / "state")
    with open_reader(tmp_path / "state", SECRET) as state:
        tables = {name: pq.read_table(state.files(name)) for name in LAYOUTS}
    assert tables["hours"]["exchanges"].to_numpy().sum() == N
    assert tables["totals"]["exchanges"].to_numpy().sum() == N
    assert tables["keys"].num_rows == N
    assert tables["vectors"]["sums"].type.list_size == PROJECTION_DIMS


def test_old_hours_fold_into_days_the_same_before_and_after_a_merge(
    rows: pa.Table, tmp_path: Path
) -> None:
    folding = Settings(**{"watch": {"fan_in": 3, "hours_days": 1}})
    parts = [rows.slice(start, 100) for start in range(0, N, 100)]
    whole = recalled_hours(kept([parts], tmp_path / "merged", folding))
    assert whole == recalled_hours(kept([[rows]], tmp_path / "alone", folding))
    assert all(hour % 24 == 0 for _, hour in whole)
    plain = recalled_hours(kept([[rows]], tmp_path / "plain"))
    assert len(whole) < len(plain)
    assert sum(whole.values()) == sum(plain.values()) == N


def recalled_hours(log: Log) -> dict[tuple[int, int], int]:
    return {
        (row["account"], row["hour"]): row["exchanges"] for row in log.gathered.hours.to_pylist()
    }


def test_no_text_of_a_prompt_is_in_the_state(rows: pa.Table, tmp_path: Path) -> None:
    kept([[rows]], tmp_path / "state")
    for file in (tmp_path / "state").rglob("*"):
        assert not file.is_file() or b"explain" not in file.read_bytes()


def test_keys_that_come_once_in_the_whole_are_not_recalled_and_others_are(
    rows: pa.Table, tmp_path: Path
) -> None:
    kept([[rows.slice(0, 300), rows.slice(300)]], tmp_path / "state")
    request = HuntRequest(str(tmp_path / "state"), secret=SECRET)
    with (
        open_reader(tmp_path / "state", SECRET) as state,
        open_duckdb(SETTINGS.engine) as engine,
    ):
        recall_log(state, request, SETTINGS, engine)
        once = engine.query('SELECT kind, "key" FROM uses GROUP BY kind, "key" HAVING sum(n) = 1')
        again = engine.query("SELECT n FROM uses WHERE kind = 'model'")
    assert once.num_rows == 0
    assert sum(again["n"].to_pylist()) == N - 1  # all but the model that was asked once

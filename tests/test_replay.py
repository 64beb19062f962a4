"""A replay's looks are what hunts in so much of the log would have said, no more and no less."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.fingerprint.marks import MARKS, Marked
from stillhunt.gathering import HuntRequest
from stillhunt.ingest import Rejects
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent
from stillhunt.replay import Pace, in_steps, planted_in, replay
from stillhunt.settings import Settings
from stillhunt.simulate import scenario, write
from stillhunt.tables import TIME

SECRET = b"a secret for tests alone"
QUICK = Settings(judge={"null_groups": 50, "final_groups": 50, "is_repeated": True})
DAY_US = 86_400_000_000


def _marked(times: list[int]) -> Marked:
    columns = {"time_us": pa.array(times, pa.int64())}
    n = len(times)
    arrays = [columns.get(f.name, pa.nulls(n, f.type)) for f in MARKS]
    batch = pa.RecordBatch.from_arrays(arrays, schema=MARKS)
    return Marked(batch, np.zeros((n, 1), np.int16), pa.table({}))


@given(st.lists(st.lists(st.integers(1, 99), max_size=9), max_size=5), st.integers(1, 40))
def test_steps_lose_nothing_and_let_nothing_come_before_its_time(batches, step):
    parts = list(in_steps(iter([_marked(times) for times in batches]), Pace(step)))
    times = [part.marks.column("time_us").to_pylist() for part, _ in parts]
    assert [t for part in times for t in part] == [t for batch in batches for t in batch]
    dues = [due for _, due in parts if due is not None]
    assert dues == sorted(dues)
    so_far = [0]
    for part, (_, due) in zip(times[:-1], parts[:-1], strict=True):
        so_far += part
        assert due is None or (max(so_far) < due and due % step == 0)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("world")
    write(scenario("demo").scaled(0.03), place, 1)
    return place


def _request(place: Path, exchanges: Path) -> HuntRequest:
    return HuntRequest(
        str(exchanges), str(place / "accounts.parquet"), str(place / "events.parquet"),
        secret=SECRET,
    )  # fmt: skip


def _looks(place: Path, step_us: int) -> list:
    with open_duckdb(QUICK.engine) as engine:
        request, rejects = _request(place, place / "exchanges"), Rejects(io.StringIO())
        return list(replay(request, QUICK, Pace(step_us), Silent(), rejects, engine))


@pytest.fixture(scope="module")
def looks(world) -> list:
    return _looks(world, 5 * DAY_US)


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_look_says_what_a_hunt_in_so_much_of_the_log_says(world, looks, which, tmp_path):
    rows = pq.read_table(world / "exchanges")
    last = which == -1
    moment = pa.scalar(looks[which].now_us, pa.int64()).cast(TIME)
    before = rows if last else rows.filter(pa.compute.less(rows["time"], moment))
    pq.write_table(before, tmp_path / "log.parquet")
    found, _ = hunt(_request(world, tmp_path / "log.parquet"), QUICK, Silent(), io.StringIO())
    accounts = found.accounts.filter(pa.compute.not_equal(found.accounts["verdict"], "clear"))
    said = dict(zip(*(accounts[c].to_pylist() for c in ("account_id", "verdict")), strict=True))
    then = looks[which].verdicts
    assert said == dict(zip(*(then[c].to_pylist() for c in ("account_id", "verdict")), strict=True))


def test_every_exchange_comes_once_over_all_looks(world, looks):
    assert (
        sum(one.exchange.size for one in looks)
        == pq.read_metadata(world / "truth" / "exchanges.parquet").num_rows
    )
    assert np.unique(np.concatenate([one.exchange for one in looks])).size == sum(
        one.exchange.size for one in looks
    )


def test_looks_know_the_harvest_of_the_truth(world, looks):
    planted = planted_in(world / "truth", SECRET)
    seen = np.concatenate([one.exchange for one in looks])
    assert planted.exchange.size > 0
    assert np.isin(planted.exchange, seen).all()

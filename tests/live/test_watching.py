import io
import json
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.live.streams import SECRET, differences, hunted, recalled

from stillhunt.live.watching import Calls, WatchRequest, watch
from stillhunt.settings import Settings
from stillhunt.simulate import scenario, write

QUICK = {
    "judge": {"null_groups": 50, "final_groups": 50},
    "engine": {"threads": 2},
    "ingest": {"batch_rows": 400, "chunk_bytes": 50_000},
    "watch": {"commit_s": 0.2, "commit_rows": 3_000, "poll_s": 0.05, "fan_in": 3},
}
SETTINGS = Settings(**QUICK)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("world")
    write(scenario("demo").scaled(0.05), place, 1)
    return place


def asked(world: Path, source: Path, state: Path, **more: object) -> WatchRequest:
    beside = {name: str(world / f"{name}.parquet") for name in ("accounts", "events")}
    return WatchRequest((str(source),), state, state / "verdicts", **beside, secret=SECRET, **more)


def test_a_stream_in_parts_with_restarts_ends_with_what_a_hunt_in_the_whole_gathers(
    world: Path, tmp_path: Path
) -> None:
    log, state = tmp_path / "log", tmp_path / "state"
    log.mkdir()
    rows = pq.read_table(world / "exchanges").slice(0, 3_000)
    complaints: list[str] = []
    for place, start in enumerate(range(0, 3_000, 1_000)):
        part = rows.slice(start, 1_100)  # a tenth of each part comes twice
        if place == 1:
            with (log / "b.jsonl").open("w") as file:
                file.writelines(json.dumps(row, default=str) + "\n" for row in part.to_pylist())
        else:
            pq.write_table(part, log / f"{place}.parquet")
        once = asked(world, log, state, is_once=True)
        watch(once, SETTINGS, Calls(), io.StringIO(), complaints.append)
    assert differences(recalled(state, SETTINGS), hunted(rows, tmp_path)) == []
    assert complaints == []


def test_the_loop_follows_judges_on_demand_tells_and_stops_soon(
    world: Path, tmp_path: Path
) -> None:
    log, state, out = tmp_path / "log", tmp_path / "state", io.StringIO()
    log.mkdir()
    calls, complaints = Calls(), list[str]()
    told = tmp_path / "told.jsonl"
    copy = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    request = asked(
        world, log, state, notify=f'{sys.executable} -c "{copy}" {told}', metrics_port=0
    )
    follower = threading.Thread(
        target=watch, args=(request, SETTINGS, calls, out, complaints.append)
    )
    follower.start()
    pq.write_table(pq.read_table(world / "exchanges"), tmp_path / "whole")
    (tmp_path / "whole").rename(log / "whole.parquet")
    until(lambda: committed(state) == pq.read_metadata(log / "whole.parquet").num_rows)
    calls.judge.set()
    until(lambda: told.exists() and told.read_text().count("\n") > 0)
    start = time.monotonic()
    calls.stop.set()
    follower.join(10)
    assert not follower.is_alive()
    assert time.monotonic() - start < 5
    assert not [text for text in complaints if "-9" not in text]  # a call may have been cut short
    kinds = [json.loads(line)["kind"] for line in out.getvalue().splitlines()]
    assert "found" in kinds
    assert (state / "verdicts" / "report.html").exists()


def committed(state: Path) -> int:
    try:
        segments = json.loads((state / "manifest.json").read_text())["segments"]
    except FileNotFoundError:
        return 0
    return sum(segment["n_exchanges"] for segment in segments)


def until(holds: object, most_s: float = 120.0) -> None:
    end = time.monotonic() + most_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)

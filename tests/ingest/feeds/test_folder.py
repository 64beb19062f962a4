import gzip
import io
import json
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.feeds.lines import SECRET, drain, line, lines

from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.ingest.feeds import FolderFeed
from stillhunt.records import Position
from stillhunt.settings import IngestSettings
from stillhunt.tables import TIME

SMALL = IngestSettings(chunk_bytes=200, batch_rows=3)


def following(
    place: Path, *, is_final: bool = False, now_s: float = 0.0, ingest: IngestSettings = SMALL
) -> FolderFeed:
    return FolderFeed(str(place), ingest, SECRET, 30.0, is_final, lambda: now_s)


def write_parquet(path: Path, names: list[str]) -> None:
    times = pa.array([1_772_409_600_000_000] * len(names), TIME)
    pq.write_table(
        pa.table({"time": times, "account_id": names, "prompt": ["why"] * len(names)}), path
    )


def test_only_what_was_appended_comes_and_never_half_a_line(tmp_path: Path) -> None:
    feed, positions, path = following(tmp_path), dict[str, Position](), tmp_path / "a.jsonl"
    assert drain(feed, positions) == ([], 0)
    path.write_bytes(lines(1, 2) + line(3)[:20])
    assert drain(feed, positions) == (["1", "2"], 0)
    assert drain(feed, positions) == ([], 0)
    with path.open("ab") as file:
        file.write(line(3)[20:] + b"\n" + lines(4, 5, 6, 7, 8))
    assert drain(feed, positions) == (["3", "4", "5", "6", "7", "8"], 0)
    assert positions[f"file:{path}"].offset == path.stat().st_size
    assert positions[f"file:{path}"].line == 8


def test_a_last_line_without_a_newline_is_one_where_nothing_more_is_awaited(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(1) + line(2))
    feed = following(tmp_path, is_final=True)
    assert drain(feed, {}) == (["1", "2"], 0)
    assert feed.is_over


def test_lines_that_cannot_be_read_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*range(9)) + b"{no\n" + lines(10) + b'{"time": 1}\n')
    arrivals = list(following(tmp_path).arrivals({}))
    told = [json.loads(text) for one in arrivals for text in one.rejected.splitlines()]
    assert [one["line"] for one in told] == [10, 12]
    assert sum(one.rows.num_rows for one in arrivals) == 10


def test_a_line_far_too_long_is_set_aside_and_the_next_one_comes(tmp_path: Path) -> None:
    ingest = IngestSettings(chunk_bytes=1000, max_text_bytes=100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(1) + line(2, prompt="x" * 90_000))
    feed, positions = following(tmp_path, ingest=ingest), {}
    assert drain(feed, positions) == (["1"], 0)
    with path.open("ab") as file:
        file.write(b"\n" + lines(3))
    assert drain(feed, positions) == (["3"], 1)


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_rotated_file_is_known_under_its_new_name(tmp_path: Path, is_copied: bool) -> None:
    feed, positions, path = following(tmp_path), dict[str, Position](), tmp_path / "app.jsonl"
    path.write_bytes(lines(1, 2))
    drain(feed, positions)
    with path.open("ab") as file:
        file.write(lines(3))
    if is_copied:
        (tmp_path / "app.1.jsonl").write_bytes(path.read_bytes())
        path.write_bytes(lines(4))
    else:
        path.rename(tmp_path / "app.1.jsonl")
        path.write_bytes(lines(4))
    assert sorted(drain(feed, positions)[0]) == ["3", "4"]
    assert drain(feed, positions) == ([], 0)


def test_a_rotated_file_is_known_though_another_took_its_name_and_it_has_nothing_new(
    tmp_path: Path,
) -> None:
    feed, positions, path = following(tmp_path), dict[str, Position](), tmp_path / "app.jsonl"
    path.write_bytes(lines(1, 2))
    drain(feed, positions)
    path.rename(tmp_path / "app.1.jsonl")
    path.write_bytes(lines(3))
    assert drain(feed, positions) == (["3"], 0)
    assert drain(feed, positions) == ([], 0)


def test_a_file_written_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    feed, positions, path = following(tmp_path), dict[str, Position](), tmp_path / "a.jsonl"
    path.write_bytes(lines(1, 2))
    drain(feed, positions)
    path.write_bytes(lines(3, 4, 5))
    assert drain(feed, positions) == (["3", "4", "5"], 0)


def test_parquet_is_read_once_and_from_where_it_was_left(tmp_path: Path) -> None:
    names = [str(i) for i in range(10)]
    path = tmp_path / "a.parquet"
    write_parquet(path, names)
    first = next(iter(following(tmp_path).arrivals({})))
    assert first.rows.column("account_id").to_pylist() == names[:3]
    positions = dict(first.positions)
    assert drain(following(tmp_path), positions) == (names[3:], 0)
    assert drain(following(tmp_path), positions) == ([], 0)
    path.rename(tmp_path / "b.parquet")
    assert drain(following(tmp_path), positions) == ([], 0)


def test_parquet_in_writing_is_awaited_and_then_set_aside_once(tmp_path: Path) -> None:
    path, positions = tmp_path / "a.parquet", {}
    path.write_bytes(b"PAR1 and no more")
    os.utime(path, (1000, 1000))
    assert drain(following(tmp_path, now_s=1010), positions) == ([], 0)
    assert drain(following(tmp_path, now_s=1031), positions) == ([], 1)
    assert drain(following(tmp_path, now_s=1032), positions) == ([], 0)
    write_parquet(path, ["late"])
    assert drain(following(tmp_path, now_s=1033), positions) == (["late"], 0)


def test_a_file_that_lacks_a_column_is_set_aside_and_the_others_come(tmp_path: Path) -> None:
    pq.write_table(pa.table({"account_id": ["a"]}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_bytes(b"[\n" + lines(1) + b"]\n")
    (tmp_path / "c.jsonl").write_bytes(lines(2))
    assert drain(following(tmp_path), {}) == (["2"], 1)  # an array may still be in writing
    assert drain(following(tmp_path, is_final=True), {}) == (["2"], 2)


def test_a_compressed_file_is_read_when_it_has_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines(1, 2)))
    os.utime(path, (1000, 1000))
    assert drain(following(tmp_path, now_s=1001), {}) == ([], 0)
    assert drain(following(tmp_path, now_s=1031), {}) == (["1", "2"], 0)


def test_no_text_is_in_a_position(tmp_path: Path) -> None:
    positions: dict[str, Position] = {}
    (tmp_path / "a.jsonl").write_bytes(lines(1))
    drain(following(tmp_path), positions)
    assert "why" not in repr(positions)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.randoms(use_true_random=False))
def test_however_it_is_written_every_line_comes_once(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    place = tmp_path_factory.mktemp("log")
    positions: dict[str, Position] = {}
    came: list[str] = []
    left, n = b"", 0
    for turn in range(chance.randrange(1, 9)):
        data = left + lines(*range(n, n + chance.randrange(6)))
        n = n + data[len(left) :].count(b"\n")
        cut = chance.randrange(len(data) + 1)
        with (place / "app.jsonl").open("ab") as file:
            file.write(data[:cut])
        left = data[cut:]
        if not left and chance.random() < 0.4:
            (place / "app.jsonl").rename(place / f"app.{turn}.jsonl")
        feed = following(place)  # as after a restart
        for arrival in feed.arrivals(dict(positions)):
            if chance.random() < 0.2:
                break  # killed: what was not counted comes again
            came += arrival.rows.column("account_id").to_pylist()
            positions |= dict(arrival.positions)
    with (place / "app.jsonl").open("ab") as file:
        file.write(left)
    came += drain(following(place, is_final=True), positions)[0]
    assert sorted(came, key=int) == [str(i) for i in range(n)]


CASES = sorted(
    path
    for form in ("bedrock", "langfuse", "litellm", "otlp", "pairs")
    for path in Path(__file__).parents[2].glob(f"cases/{form}/*/*")
    if path.suffix in (".jsonl", ".ndjson", ".json", ".binpb", ".pb")
    and "expected" not in path.stem
    and path.stem not in ("logs", "proxy-0")  # which alone name no account
)


@pytest.mark.parametrize("case", CASES, ids=lambda path: "-".join(path.parts[-3:]))
def test_a_log_of_another_format_is_followed_to_the_rows_of_a_hunt(
    case: Path, tmp_path: Path
) -> None:
    (tmp_path / case.name).write_bytes(case.read_bytes())
    ingest = IngestSettings()
    wanted = [b.rows for b in open_exchanges(case, ingest).batches(Rejects(io.StringIO()))]
    feed = following(tmp_path, is_final=True, ingest=ingest)
    came = [arrival.rows for arrival in feed.arrivals({}) if arrival.rows.num_rows]
    assert pa.Table.from_batches(came).combine_chunks() == (
        pa.Table.from_batches(wanted).combine_chunks()
    )


def test_records_of_a_gateway_are_read_as_they_are_appended(tmp_path: Path) -> None:
    case = next(path for path in CASES if "litellm" in path.parts and path.suffix != ".json")
    records = [one for one in case.read_bytes().splitlines() if one.startswith(b"{")]
    feed, positions = following(tmp_path, ingest=IngestSettings()), {}
    for record in records:
        with (tmp_path / "log.jsonl").open("ab") as file:
            file.write(record + b"\n")
        accounts, n_rejected = drain(feed, positions)
        assert (len(accounts), n_rejected) == (1, 0)

"""Batches in a folder that is watched."""

import json
from pathlib import Path

from tests.ingest.feeds.lines import SECRET, drain

from stillhunt.ingest.feeds import FolderFeed
from stillhunt.ingest.feeds.batches import by_folder
from stillhunt.ingest.formats import format_named
from stillhunt.ingest.paths import SourceFile
from stillhunt.records import Position
from stillhunt.settings import IngestSettings

BATCH = Path(__file__).parents[2] / "cases" / "batch" / "openai"


def following(place: Path, *, is_final: bool = False, now_s: float = 0.0) -> FolderFeed:
    return FolderFeed(str(place), IngestSettings(), SECRET, 30.0, is_final, lambda: now_s)


def test_a_batch_is_read_once_its_answers_lie_beside_it(tmp_path: Path) -> None:
    requests, results = (BATCH / f"{name}.jsonl" for name in ("requests", "results"))
    feed, positions = following(tmp_path, now_s=2e10), dict[str, Position]()
    for number in (1, 2):  # the ids of a batch are its own: a folder for each
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "in.jsonl").write_bytes(requests.read_bytes())
        assert drain(feed, positions) == ([], 0)
        assert f"file:{folder}/in.jsonl" not in positions
        (folder / "out.jsonl").write_bytes(results.read_bytes())
        accounts, _ = drain(feed, positions)
        assert len(accounts) == len((BATCH / "_expected.jsonl").read_bytes().splitlines())
        assert positions[f"file:{folder}/in.jsonl"].is_done
        assert positions[f"file:{folder}/out.jsonl"].is_done
        assert drain(feed, positions) == ([], 0)


def test_answers_that_are_still_being_written_are_waited_for(tmp_path: Path) -> None:
    for name in ("requests", "results"):
        (tmp_path / f"{name}.jsonl").write_bytes((BATCH / f"{name}.jsonl").read_bytes())
    now_s = [0.0]
    feed = FolderFeed(str(tmp_path), IngestSettings(), SECRET, 30.0, False, lambda: now_s[0])
    assert drain(feed, {}) == ([], 0)
    now_s[0] = 2e10
    assert len(drain(feed, {})[0]) == 4


def test_answers_wait_for_their_requests(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_bytes((BATCH / "results.jsonl").read_bytes())
    feed, positions = following(tmp_path, now_s=2e10), dict[str, Position]()
    assert drain(feed, positions) == ([], 0)
    assert not positions
    (tmp_path / "in.jsonl").write_bytes((BATCH / "requests.jsonl").read_bytes())
    assert len(drain(feed, positions)[0]) == 4


def test_a_batch_without_answers_is_set_aside_where_nothing_more_is_awaited(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.jsonl").write_bytes((BATCH / "requests.jsonl").read_bytes())
    arrivals = list(following(tmp_path, is_final=True).arrivals({}))
    told = [json.loads(text)["reason"] for one in arrivals for text in one.rejected.splitlines()]
    assert len(told) == 4
    assert all(reason.startswith("no answer to this request") for reason in told)


def test_a_folder_is_one_batch_however_its_files_are_sorted() -> None:
    form = format_named("batch")
    assert form is not None
    names = ("a/in.jsonl", "a/b/in.jsonl", "a/out.jsonl", "a/b/out.jsonl")
    files = [(SourceFile(name, "json", None, 1), form) for name in sorted(names)]
    found = [[file.path for file, _ in batch] for batch in by_folder(files)]
    assert found == [["a/in.jsonl", "a/out.jsonl"], ["a/b/in.jsonl", "a/b/out.jsonl"]]

import json
import resource
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt.cli import main
from stillhunt.cli.hunt import parse_bytes
from stillhunt.errors import SettingsError


@pytest.fixture
def out(tmp_path):
    return tmp_path / "verdicts"


def test_a_hunt_leaves_a_verdict_on_every_account_and_says_where(log, out, capsys):
    assert main(["hunt", str(log), "--out", str(out)]) == 0
    judged = pq.read_table(out / "accounts.parquet")["account_id"].to_pylist()
    seen = {json.loads(line)["account_id"] for line in log.read_text().splitlines()}
    assert sorted(judged) == sorted(seen)
    shown = capsys.readouterr()
    assert f"report: {out / 'report.html'}" in shown.out.replace("\n", "")
    assert "silent: identity" in shown.out
    assert "done" in shown.err


def test_options_reach_the_settings(log, out):
    arguments = ["hunt", str(log), "--out", str(out), "--threads", "1", "--memory", "300MB"]
    assert main(arguments) == 0
    settings = json.loads((out / "run.json").read_text())["settings"]
    assert settings["engine"] == {"name": "duckdb", "threads": 1, "memory_bytes": 300_000_000}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["absent.jsonl"], "absent.jsonl"),
        (["{log}", "--memory", "much"], "--memory must be a size such as 1GB"),
        (["{log}", "--threads", "0"], "command line: [engine] threads should be greater than 0"),
        (["{log}", "--max-rejected", "2"], "[ingest] max_rejected_ratio should be less than"),
        (["{log}", "--settings", "absent.toml"], "absent.toml: the settings must be a TOML file"),
        (["{log}", "--accounts", "absent.parquet"], "absent.parquet"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_leaves_2(log, out, capsys, arguments, sentence):
    filled = [text.format(log=log) for text in arguments]
    assert main(["hunt", *filled, "--out", str(out)]) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith("error: ")
    assert sentence in complaint
    assert not out.exists()


def test_a_folder_that_holds_something_else_is_left_alone(log, tmp_path, capsys):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    assert main(["hunt", str(log), "--out", str(other)]) == 2
    assert (other / "chapter.txt").read_text() == "years of work"
    assert "read" not in capsys.readouterr().err.partition("error:")[0]


def test_too_many_bad_rows_leave_2_and_no_verdicts(log, out, capsys):
    with log.open("a") as file:
        file.write("not json\n" * 50)
    assert main(["hunt", str(log), "--out", str(out)]) == 2
    assert not out.exists()
    assert main(["hunt", str(log), "--out", str(out), "--max-rejected", "0.5"]) == 0
    assert "50 rows set aside" in capsys.readouterr().out


def wide_log(path: Path, n_rows: int = 120_000) -> Path:
    """Write exchanges of five hundred accounts, fifty of them one ring; no two prompts alike."""
    rng = np.random.default_rng(4)
    account = rng.integers(0, 500, n_rows)
    is_ring = account < 50
    number = pa.array(np.arange(n_rows)).cast(pa.string())
    words = np.array(["moss", "tide", "lamp", "fern", "clay", "wren", "rust", "salt"])
    asked = np.where(is_ring, "prove step by step that", words[rng.integers(0, 8, n_rows)])
    rows = {
        "time": 1_772_409_600 + rng.integers(0, 14 * 86_400, n_rows),
        "account_id": np.char.add("a-", account.astype(str)),
        "prompt": pa.compute.binary_join_element_wise(pa.array(asked), number, "holds", " "),
        "ip": np.char.add("192.0.2.", np.where(is_ring, account % 3, account % 250).astype(str)),
    }
    pq.write_table(pa.table(rows), path)
    return path


def verdicts_of(out: Path) -> list[dict]:
    return pq.read_table(out / "accounts.parquet").sort_by("account_id").to_pylist()


class Watch(threading.Thread):
    """Looks into the folder for temporary files until it has found what it waits for."""

    def __init__(self, place: Path, pattern: str) -> None:
        super().__init__(daemon=True)
        self.place, self.pattern, self.is_over, self.found = place, pattern, False, False

    def run(self) -> None:
        while not (self.is_over or self.found):
            self.found = any(self.place.glob(self.pattern))
            time.sleep(0.002)


def test_neither_threads_nor_a_spill_change_a_verdict(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    log, watch = (
        wide_log(tmp_path / "log.parquet"),
        Watch(scratch, "stillhunt-scratch-spill-*/*.tmp"),
    )
    assert main(["hunt", str(log), "--out", str(tmp_path / "one"), "--threads", "1"]) == 0
    watch.start()
    little = ["--threads", "2", "--memory", "24MB"]
    assert main(["hunt", str(log), "--out", str(tmp_path / "two"), *little]) == 0
    assert watch.found
    assert list(scratch.iterdir()) == []
    assert verdicts_of(tmp_path / "two") == verdicts_of(tmp_path / "one")


def test_a_full_disk_leaves_2_one_sentence_and_the_old_verdicts(log, out, capsys):
    assert main(["hunt", str(log), "--out", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    try:
        assert main(["hunt", str(log), "--out", str(out)]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    complaint = capsys.readouterr().err.splitlines()
    assert [line for line in complaint if line.startswith("error: ")] == complaint[-1:]
    assert "File too large" in complaint[-1]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_file_that_vanishes_on_the_way_leaves_2_and_the_old_verdicts(
    log, out, tmp_path, monkeypatch, capsys
):
    assert main(["hunt", str(log), "--out", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    logs = tmp_path / "logs"
    logs.mkdir()
    wide_log(logs / "a.parquet")
    last = logs / "b.jsonl"
    last.write_bytes(log.read_bytes())
    watch = Watch(tmp_path, "stillhunt-scratch-spill-*")
    watch.start()
    threading.Thread(target=lambda: (watch.join(), time.sleep(0.05), last.unlink())).start()
    assert main(["hunt", str(logs), "--out", str(out)]) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith("error: ")
    assert "b.jsonl" in complaint
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [("1GB", 10**9), ("512 MiB", 2**29), ("2k", 2000), ("1.5G", 15 * 10**8), ("7B", 7)],
)
def test_sizes_are_read_as_people_write_them(text, n_bytes):
    assert parse_bytes(text) == n_bytes


@pytest.mark.parametrize("text", ["", "GB", "1IB", "-1GB", "1 GB extra", "1e9"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(SettingsError, match="--memory must be a size"):
        parse_bytes(text)

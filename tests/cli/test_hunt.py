import json

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

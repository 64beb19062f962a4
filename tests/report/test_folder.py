import dataclasses
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import invented
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt import errors, tables
from stillhunt.report import folder

HERE = os.path.dirname(__file__)


def digests(place):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.iterdir() if path.suffix == ".parquet"
    }  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return invented.build_findings(names=("quiet",))


def test_what_is_written_is_read_back(tmp_path, findings, facts):
    folder.write(findings, facts, tmp_path / "v")
    found = folder.read(tmp_path / "v")
    for name in ("accounts", "campaigns", "evidence", "activity", "mixes", "links"):
        rows = getattr(found, name)
        assert rows.num_rows == getattr(findings, name).num_rows
        assert rows.schema.equals(getattr(findings, name).schema)
    assert found.labels is None
    assert folder.read_facts(tmp_path / "v") == facts
    assert sorted(os.listdir(tmp_path / "v")) == [
        "accounts.parquet", "activity.parquet", "campaigns.parquet", "evidence.parquet",
        "history.parquet", "links.parquet", "mixes.parquet", "profiles.parquet",
        "report.html", "roster.parquet", "run.json", "successors.parquet",
    ]  # fmt: skip


def test_an_account_that_is_forgotten_is_in_no_table_and_the_rest_stays(tmp_path, findings, facts):
    folder.write(findings, facts, tmp_path / "v")
    account = findings.links["account_id"][0].as_py()
    before = folder.read(tmp_path / "v")
    folder.forget(tmp_path / "v", account)
    after = folder.read(tmp_path / "v")
    for name in ("accounts", "evidence", "links"):
        was, now = (getattr(one, name)["account_id"].to_pylist() for one in (before, after))
        assert now == [one for one in was if one != account]
    assert folder.read_facts(tmp_path / "v") == facts


def test_the_same_findings_give_the_same_bytes_in_any_order(tmp_path, small, facts):
    shuffled = {}
    for field in dataclasses.fields(small):
        table = getattr(small, field.name)
        if isinstance(table, pa.Table):
            order = list(range(table.num_rows))
            random.Random(5).shuffle(order)
            shuffled[field.name] = table.take(order)
    folder.write(small, facts, tmp_path / "one")
    folder.write(tables.Findings(**shuffled), facts, tmp_path / "two")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_labels_are_there_only_when_asked_for(tmp_path, small, facts):
    row = {"exchange_id": "e", "account_id": "a", "campaign_id": "c", "probability": 0.9}
    labelled = dataclasses.replace(small, labels=pa.Table.from_pylist([row], tables.LABELS))
    folder.write(labelled, facts, tmp_path / "v")
    assert folder.read(tmp_path / "v").labels.num_rows == 1
    assert folder.read(tmp_path / "v", has_labels=False).labels is None
    folder.write(small, facts, tmp_path / "v")
    assert not (tmp_path / "v" / "exchanges.parquet").exists()


def test_rows_set_aside_are_copied_only_when_there_are_any(tmp_path, small, facts):
    rejected = tmp_path / "rejected"
    for content in ('{"file":"a","line":3,"reason":"no time"}\n', ""):
        rejected.write_text(content)
        folder.write(small, facts, tmp_path / "v", rejected)
        kept = tmp_path / "v" / "rejected.jsonl"
        assert (kept.read_text() if kept.exists() else "") == content
        assert kept.exists() == bool(content)


def test_run_json_holds_the_facts_by_name(tmp_path, small, facts):
    folder.write(small, facts, tmp_path / "v")
    run = json.loads((tmp_path / "v" / "run.json").read_text())
    assert run["made_by"] == "stillhunt hunt"
    assert run["n_rejected"] == 3
    assert run["inputs"][0]["digest"] == "blake2b:9f31c0de"
    assert run["started_at"] == "2026-06-18T00:00:00+00:00"


def test_a_folder_with_other_things_in_it_is_refused_and_left_alone(tmp_path, small, facts):
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(errors.RefusedError, match=r"holds 'no readable run.json'|diary\.txt"):
        folder.write(small, facts, tmp_path)
    assert os.listdir(tmp_path) == ["diary.txt"]


def test_a_verdict_folder_with_a_stranger_s_file_is_refused(tmp_path, small, facts):
    folder.write(small, facts, tmp_path / "v")
    (tmp_path / "v" / "notes.txt").write_text("mine")
    with pytest.raises(errors.RefusedError, match=r"notes\.txt"):
        folder.check(tmp_path / "v")


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"made_by": "another"}'])
def test_a_run_json_of_another_tool_is_no_verdict_folder(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(errors.RefusedError, match="new, empty or written by an earlier hunt"):
        folder.check(tmp_path)
    with pytest.raises(errors.InputError, match="verdict folder written by `stillhunt hunt`"):
        folder.read(tmp_path)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "v").write_text("x")
    with pytest.raises(errors.RefusedError, match="is a file"):
        folder.check(tmp_path / "v")


def test_a_mount_point_is_refused_before_any_work():
    with pytest.raises(errors.RefusedError, match="mount point"):
        folder.check(folder.Path("/proc"))


def test_empty_and_missing_folders_are_fine(tmp_path, small, facts):
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "a" / "b"):
        folder.write(small, facts, place)
        assert folder.read(place).campaigns.num_rows == 1


def test_a_link_to_a_verdict_folder_stays_a_link(tmp_path, small, facts):
    folder.write(small, facts, tmp_path / "real")
    (tmp_path / "latest").symlink_to("real")
    folder.write(small, facts, tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert folder.read(tmp_path / "real").campaigns.num_rows == 1


def test_a_full_disk_leaves_the_old_verdicts_and_nothing_else(tmp_path, findings, small, facts):
    folder.write(small, facts, tmp_path / "v")
    before = digests(tmp_path / "v")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(errors.EngineError, match=r"File too large.*stands unchanged"):
            folder.write(findings, facts, tmp_path / "v")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert digests(tmp_path / "v") == before
    assert os.listdir(tmp_path) == ["v"]


def test_no_space_left_is_said_in_one_sentence(tmp_path, small):
    full = folder.Path("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        folder._write_text("x" * 100_000, full)
    said = str(folder._engine_error(tmp_path, caught.value))
    assert "No space left on device" in said


def test_a_broken_table_is_named(tmp_path, small, facts):
    folder.write(small, facts, tmp_path / "v")
    (tmp_path / "v" / "evidence.parquet").write_bytes(b"PAR1")
    with pytest.raises(errors.InputError, match=r"evidence\.parquet"):
        folder.read(tmp_path / "v")
    (tmp_path / "v" / "evidence.parquet").unlink()
    with pytest.raises(errors.InputError, match=r"evidence\.parquet"):
        folder.read(tmp_path / "v")


def test_a_table_with_other_columns_is_named(tmp_path, small, facts):
    folder.write(small, facts, tmp_path / "v")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "v" / "links.parquet")
    with pytest.raises(errors.InputError, match=r"links\.parquet"):
        folder.read(tmp_path / "v")


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import invented
from stillhunt.report import folder
findings = invented.build_findings(names=("quiet",))
facts = invented.build_facts()
print("go", flush=True)
while True:
    folder.write(findings, facts, Path(sys.argv[1]))
    print("written", flush=True)
"""


def test_killed_at_random_moments_there_is_always_a_whole_folder(tmp_path, small, facts):
    place, chance = tmp_path / "v", random.Random(1)
    folder.write(small, facts, place)
    for _ in range(4):
        run = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place), HERE], stdout=subprocess.PIPE
        )
        assert run.stdout.readline() == b"go\n"
        time.sleep(chance.uniform(0.01, 0.7))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert folder.read(place).campaigns.num_rows == 1
        assert "</html>" in (place / "report.html").read_text()
    folder.check(place)
    assert os.listdir(tmp_path) == ["v"]

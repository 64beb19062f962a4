"""Rows that another reader opened are screened as those of files are."""

import io
import json

import pyarrow as pa

from stillhunt.ingest import FILE, ROW, Reading, Rejects, read_arriving
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

TIME = "2026-03-01T00:00:00Z"


def read(*batches: pa.RecordBatch) -> tuple[list[dict], list[dict], set[str]]:
    sink = io.StringIO()
    reading = Reading(EXCHANGES, IngestSettings(), Rejects(sink), {"prompt"})
    rows = [
        row for batch in read_arriving(batches, "the log", reading) for row in batch.to_pylist()
    ]
    return rows, [json.loads(line) for line in sink.getvalue().splitlines()], reading.unseen


def test_a_row_at_fault_is_set_aside_with_the_place_where_it_stood():
    batch = pa.record_batch(
        {"time": [TIME, None], "account_id": ["a", "b"], FILE: ["x", "y"], ROW: [4, 8]}
    )
    rows, rejected, unseen = read(batch)
    assert [row["account_id"] for row in rows] == ["a"]
    assert rejected == [{"file": "y", "line": 9, "reason": "no time"}]
    assert unseen == {"prompt"}


def test_where_nobody_knows_the_place_the_log_is_named():
    _, rejected, _ = read(pa.record_batch({"time": [TIME], "account_id": [""], "prompt": ["p"]}))
    assert rejected == [{"file": "the log", "line": 0, "reason": "no account_id"}]


def test_lines_of_json_are_rows():
    good = json.dumps({"time": TIME, "account_id": "a", "prompt": "p", "status": 200})
    rows, rejected, unseen = read(pa.record_batch({"value": [good, "", "{", good]}))
    assert [row["status"] for row in rows] == ["200", "200"]
    assert [one["reason"] for one in rejected] == ["not JSON: the line ends too early"]
    assert unseen == set()


def test_no_rows_are_no_rows():
    assert read(pa.record_batch({"value": pa.array([], pa.string())})) == ([], [], {"prompt"})

"""A source read in parts gives the rows and rejections of a source read whole."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt.errors import InputError
from stillhunt.ingest import Reading, Rejects, open_exchanges
from stillhunt.ingest.parts import parts_of, read_part
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

SETTINGS = IngestSettings(max_rejected_ratio=0.5)
TIME_US = 1_772_409_600_000_000


def write_log(tmp_path):
    times = [None if i % 50 == 7 else TIME_US + i for i in range(1000)]
    rows = {"time": times, "account_id": ["a"] * 1000, "prompt": [f"p {i}" for i in range(1000)]}
    table = pa.table(rows)
    pq.write_table(table.slice(0, 700), tmp_path / "a.parquet", row_group_size=100)
    pq.write_table(table.slice(700, 50), tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(b"PAR1, and then nothing")
    lines = [json.dumps(row) for row in table.slice(750).to_pylist()]
    (tmp_path / "d.jsonl").write_text("\n".join(lines))
    return open_exchanges(tmp_path, SETTINGS)


@pytest.mark.parametrize("n_bytes", [1, 2_500, 10**9])
def test_parts_of_any_size_hold_all_rows_and_name_the_same_places(tmp_path, n_bytes):
    source = write_log(tmp_path)
    whole, parted = io.StringIO(), io.StringIO()
    rows = [batch.rows for batch in source.batches(Rejects(whole))]
    reading = Reading(EXCHANGES, SETTINGS, Rejects(parted))
    parts = list(parts_of(source, n_bytes))
    assert len(parts) == {1: 10, 10**9: 1}.get(n_bytes, len(parts))
    arrived = [batch for part in parts for batch in read_part(part, reading)]
    assert pa.Table.from_batches(arrived).equals(pa.Table.from_batches(rows))
    assert parted.getvalue() == whole.getvalue() != ""


def test_parts_are_of_about_the_bytes_asked_for(tmp_path):
    source = write_log(tmp_path)
    sizes = [sum(file.n_bytes for file in part) for part in parts_of(source, 5_000)]
    assert sum(sizes) == pytest.approx(source.n_bytes, abs=len(sizes))
    assert max(sizes[:-1]) <= 7_500  # the last is JSON Lines, and never cut


def test_answers_apart_from_their_requests_are_read_on_one_machine(tmp_path):
    line = {"custom_id": "r1", "body": {"model": "m", "messages": [], "user": "a"}}
    (tmp_path / "batch.jsonl").write_text(json.dumps(line))
    with pytest.raises(InputError, match="on one machine"):
        list(parts_of(open_exchanges(tmp_path, SETTINGS), 100))

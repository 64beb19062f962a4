"""Records of a format, brought to the contract's columns."""

import io
import json

import pyarrow as pa
import pytest

from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.settings import IngestSettings

PAIR = {
    "account_id": "a",
    "request": {"messages": [{"role": "user", "content": "q"}]},
    "response": {},
}


def read(path):
    sink, rows = io.StringIO(), []
    for batch in open_exchanges(path, IngestSettings(max_rejected_ratio=1.0)).batches(
        Rejects(sink)
    ):
        rows += batch.rows.to_pylist()
    return rows, [json.loads(line) for line in sink.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("soon", "time is not an ISO 8601 time"),
        (5, "time is outside the years 2000 to 2100"),
        ([1], "time must be ISO 8601 text or a number"),
        (None, "no time"),
    ],
)
def test_a_time_that_cannot_be_sets_the_row_aside(tmp_path, time, reason):
    path = tmp_path / "log.jsonl"
    rows = [PAIR | {"time": 1_770_000_000}, PAIR | {"time": time}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    kept, aside = read(path)
    assert len(kept) == 1
    assert [(one["line"], one["reason"]) for one in aside] == [(2, reason)]


def test_a_cut_compressed_file_gives_what_it_has(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    with pa.CompressedOutputStream(str(path), "gzip") as out:
        for number in range(5_000):
            out.write(
                json.dumps(PAIR | {"time": 1_770_000_000, "id": f"{number * 7919}"}).encode()
                + b"\n"
            )
    path.write_bytes(path.read_bytes()[:-2_000])
    kept, aside = read(path)
    assert 0 < len(kept) < 5_000
    assert "cut or damaged" in aside[-1]["reason"]

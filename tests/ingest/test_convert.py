"""Logs written as tables."""

import json
import stat

import pyarrow.parquet as pq
import pytest

from stillhunt.errors import InputError
from stillhunt.ingest.convert import convert
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

ROW = {"time": 1_770_000_000, "account_id": "a", "prompt": "p"}


def test_the_table_is_its_owners_alone_and_lists_what_it_lacks(tmp_path):
    log, out = tmp_path / "log.jsonl", tmp_path / "out.parquet"
    log.write_text(json.dumps(ROW) + "\n" + '{"time": 0}\n')
    done = convert(str(log), out, IngestSettings(max_rejected_ratio=1.0))
    assert (done.n_rows, done.n_rejected) == (1, 1)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert pq.read_schema(out).equals(EXCHANGES)
    assert json.loads(done.rejected.read_text())["line"] == 2


def test_nothing_stays_of_a_table_that_fails(tmp_path):
    log, out = tmp_path / "log.jsonl", tmp_path / "out.parquet"
    log.write_text(json.dumps(ROW) + "\n" + '{"time": 0}\n' * 9)
    with pytest.raises(InputError):
        convert(str(log), out, IngestSettings())
    assert not list(tmp_path.glob("out.parquet*"))

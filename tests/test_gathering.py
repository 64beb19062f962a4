import io
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import Clock, HuntRequest, gather, in_order
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.progress import Silent
from stillhunt.settings import Settings, load

SECRET = b"k" * 32
KEYS = ("account", "hour", "kind", "key")


class Marker:
    """Takes longest over the batch that comes first."""

    def mark(self, batch):
        time.sleep(0.05 / (1 + batch))
        return batch


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_marks_come_in_the_order_of_the_batches(threads):
    assert list(in_order(Marker(), range(9), threads)) == list(range(9))


def write_log(folder, n=400):
    moments = [datetime(2026, 3, 1, i % 24, i % 60, tzinfo=UTC) for i in range(n)]
    table = pa.table(
        {
            "time": pa.array(moments, pa.timestamp("us", "UTC")),
            "account_id": [f"a{i % 13}" for i in range(n)],
            "prompt": [f"why is {i % 31} prime, and {i % 7}?" for i in range(n)],
            "exchange_id": [f"e{i}" for i in range(n)],
        }
    )
    pq.write_table(table, folder / "log.parquet")
    return str(folder / "log.parquet")


def gathered(log, **ingest):
    settings: Settings = load(None, {}, {"ingest": ingest})
    with open_duckdb(settings.engine) as engine:
        return gather(
            HuntRequest(log, secret=SECRET),
            open_exchanges(log, settings.ingest),
            settings,
            Clock(Silent()),
            Rejects(io.StringIO()),
            engine,
        )


@pytest.mark.parametrize("rows", [1, 17, 150])
def test_what_a_log_adds_up_to_does_not_depend_on_its_batches(tmp_path, rows):
    log = write_log(tmp_path)
    one, many = gathered(log).gathered, gathered(log, batch_rows=rows).gathered
    for got, wanted in zip(many.vectors + many.cells, one.vectors + one.cells, strict=True):
        np.testing.assert_array_equal(got, wanted)
    for table in ("profiles", "hours", "uses"):
        got, wanted = getattr(many, table), getattr(one, table)
        order = [(name, "ascending") for name in KEYS if name in wanted.column_names]
        assert got.sort_by(order).equals(wanted.sort_by(order)), table


def test_the_secret_shows_in_no_repr():
    assert "hush" not in repr(HuntRequest("log", secret=b"hush"))

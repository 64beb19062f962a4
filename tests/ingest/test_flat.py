"""CSV, and rows of tables as records."""

import io
import json

import pyarrow.csv
import pyarrow.parquet as pq

from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.settings import IngestSettings

HEAD = "time,account_id,prompt,n_turns,tools,temperature\n"


def read(path, **more):
    sink, rows = io.StringIO(), []
    settings = IngestSettings(max_rejected_ratio=1.0, **more)
    for batch in open_exchanges(path, settings).batches(Rejects(sink)):
        rows += batch.rows.to_pylist()
    return rows, [json.loads(line) for line in sink.getvalue().splitlines()]


def test_csv_in_our_columns_is_read_with_quotes_newlines_and_nulls(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        HEAD + '1770000000,a,"hello, ""you""\nthere",3,"[""x""]",0.5\n1770000001,b,,,,\n'
    )
    rows, aside = read(path)
    assert [row["prompt"] for row in rows] == ['hello, "you"\nthere', None]
    assert (rows[0]["n_turns"], rows[0]["tools"], rows[0]["temperature"]) == (3, ["x"], 0.5)
    assert not aside


def test_cells_that_cannot_be_set_their_row_aside(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(
        HEAD.encode() + b"1770000000,a,p,three,,\n1770000000,a,p,,x,\n1770000000,,p,,,\n"
        b"1770000000,a,\xff,,,\n1770000000,a,p\n1770000000,z,fine,1,,\n"
    )
    rows, aside = read(path)
    assert [row["account_id"] for row in rows] == ["z"]
    assert [(one["line"], one["reason"]) for one in aside[:4]] == [
        (1, "n_turns must be a number"), (2, "tools must be a JSON list of text"),
        (3, "no account_id"), (4, "prompt is not UTF-8"),
    ]  # fmt: skip
    assert aside[4]["reason"] == "a row with more or fewer cells than the header"


def test_a_map_reads_csv_and_parquet_alike(tmp_path):
    path, column_map = tmp_path / "log.csv", tmp_path / "map.toml"
    path.write_text(
        'at,who,sent\n1770000000,u,"{""messages"":[{""role"":""user"",""content"":""q""}]}"\n'
    )
    column_map.write_text('[columns]\ntime="at"\naccount_id="who"\n[bodies]\nrequest="sent"\n')
    rows, _ = read(path, map=column_map)
    pq.write_table(pyarrow.csv.read_csv(path), tmp_path / "log.parquet")
    assert rows[0]["prompt"] == "q"
    assert read(tmp_path / "log.parquet", map=column_map)[0] == rows

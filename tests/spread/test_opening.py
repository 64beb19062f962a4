"""What a name stands for; what Spark itself finds is tested in tests/engines/test_spark.py."""

import io

import pyarrow as pa
import pytest

from stillhunt.errors import InputError
from stillhunt.ingest import Reading, Rejects, read_part
from stillhunt.settings import IngestSettings
from stillhunt.spread import opening
from stillhunt.spread.opening import open_log
from stillhunt.tables import EXCHANGES

ROWS = pa.table({"time": [1_772_409_600], "account_id": ["a"], "prompt": ["p"], "extra": [1]})


class Rows:
    def __init__(self, table):
        self.table, self.columns, self.schema = table, table.column_names, table.schema

    def first(self, n_rows):
        return self.table.slice(0, n_rows)

    def select(self, columns, beside=()):
        return Rows(self.table.select(columns))


class Spark:
    cores = 2

    def __init__(self, table=ROWS):
        self.asked, self.rows = [], Rows(table)

    def numbers(self, n):
        self.asked.append(("numbers", n))
        return self.rows

    def table(self, name):
        self.asked.append(("table", name))
        return self.rows

    def files(self, paths, form):
        self.asked += [(form, path) for path in paths]
        return self.rows


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("logs.exchanges", ("table", "logs.exchanges")),
        ("s3a://bucket/log", ("parquet", "s3a://bucket/log")),
    ],
)
def test_a_name_is_a_table_or_a_place_that_only_spark_reaches(name, asked):
    spark = Spark()
    source, (rows,) = open_log(spark, name, IngestSettings())
    assert spark.asked == [asked]
    assert source.present == {"time", "account_id", "prompt"} == set(rows.columns)


def test_far_lines_of_json_show_their_columns_by_their_first_rows():
    lines = pa.table({"value": ['{"time": 1, "account_id": "a", "prompt": "p"}'] * 3})
    source, _ = open_log(Spark(lines), "hdfs://logs/day.jsonl.gz", IngestSettings())
    assert source.present == {"time", "account_id", "prompt"}


def test_files_of_this_disk_are_opened_by_tasks_but_long_plain_lines_are_cut_by_spark(
    tmp_path, monkeypatch
):
    row = '{"time": 1772409600, "account_id": "a", "prompt": "p"}\n'
    (tmp_path / "long.jsonl").write_text(row * 50)
    (tmp_path / "short.jsonl").write_text(row)
    (tmp_path / "flat.csv").write_text("time,account_id,prompt\n1772409600,a,p\n")
    monkeypatch.setattr(opening, "_PART_BYTES", 500)
    monkeypatch.chdir(tmp_path)
    spark = Spark()
    source, tables = open_log(spark, "*", IngestSettings())
    monkeypatch.chdir("/")  # executors have folders of their own
    assert spark.asked == [("numbers", 1), ("json", (tmp_path / "long.jsonl").as_uri())]
    assert len(source.files) == 3
    reading = Reading(EXCHANGES, IngestSettings(), Rejects(io.StringIO()))
    rows = [rows for part in tables[0].parts for rows in read_part(part, reading)]
    assert sum(batch.num_rows for batch in rows) == 2


@pytest.mark.parametrize("name", ["nothing/here", "nothing.parquet", "nothing.csv", "nothing-*"])
def test_a_path_where_nothing_is_is_not_asked_of_spark(name):
    spark = Spark()
    with pytest.raises(InputError):
        open_log(spark, name, IngestSettings())
    assert spark.asked == []


def test_a_table_without_accounts_is_an_input_error():
    with pytest.raises(InputError, match="'account_id' is needed"):
        open_log(Spark(ROWS.drop_columns("account_id")), "logs", IngestSettings())
    wrong = ROWS.set_column(1, "account_id", pa.array([1.5]))
    with pytest.raises(InputError, match="must hold string"):
        open_log(Spark(wrong), "logs", IngestSettings())

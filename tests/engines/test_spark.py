"""Spark in this process: one session for all, skipped where PySpark or Java is missing."""

import io
import json
import os
import shutil
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.spread.logs import SECRET, SETTINGS, assert_same, gathered, random_log

from stillhunt import spread
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.engines.parcels import unpack
from stillhunt.engines.spark import Spark, open_spark
from stillhunt.errors import InputError
from stillhunt.gathering import Clock, HuntRequest, Log
from stillhunt.ingest import Rejects
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent
from stillhunt.settings import load
from stillhunt.simulate import scenario, write
from stillhunt.spread.opening import open_log

pytestmark = [
    pytest.mark.xdist_group("spark"),  # one session on one worker
    pytest.mark.filterwarnings("ignore::Warning:pyspark", "ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def session():
    """A small session, the heap of its driver too; its JVM compiles quickly rather than well."""
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java is not installed")
    conf = {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.memory": "512m",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        started = sql.SparkSession.builder.master("local[2]").config(map=conf).getOrCreate()
        yield started
        started.stop()


@pytest.fixture
def home(monkeypatch) -> Counter:
    """Bytes that come to the driver, by kind of parcel; tasks unpack in processes of their own."""
    counts: Counter = Counter()

    def counted(kind, place, body):
        counts[kind] += len(body)
        return unpack(kind, place, body)

    monkeypatch.setattr("stillhunt.engines.spark.unpack", counted)
    return counts


def spread_out(session, log: str) -> tuple[Log, str]:
    sink, spark = io.StringIO(), Spark(session)
    with open_duckdb(SETTINGS.engine) as engine:
        opened = open_log(spark, log, SETTINGS.ingest)
        request = HuntRequest(log, secret=SECRET)
        found = spread.gather(
            request, SETTINGS, Clock(Silent()), Rejects(sink), engine, (*opened, spark.places)
        )
    return found, sink.getvalue()


def reasons(rejected: str) -> list[tuple[str, int]]:
    said = [json.loads(line) for line in rejected.splitlines()]
    return sorted((one["reason"], one["line"]) for one in said)


def skewed_log() -> pa.Table:
    """One account has a third of all rows."""
    table = random_log(4)
    # By their times, so that copies of one exchange stay alike.
    is_busy = pa.array([(us or 1) % 3 == 0 for us in table["time"].cast(pa.int64()).to_pylist()])
    owner = pc.if_else(is_busy, "busy", table["account_id"])
    return table.set_column(table.schema.get_field_index("account_id"), "account_id", owner)


def as_others(table: pa.Table) -> pa.Table:
    """Return the same exchanges under other ids."""
    ids = pc.binary_join_element_wise(table["exchange_id"], "again", "-")
    return table.set_column(table.schema.get_field_index("exchange_id"), "exchange_id", ids)


def test_all_numbers_are_those_of_one_machine_and_twice_the_rows_bring_no_more_home(
    session, tmp_path, home
):
    table = skewed_log()
    once, twice = tmp_path / "once", tmp_path / "twice"
    once.mkdir()
    twice.mkdir()
    # By the readers of one machine, which know the line of each row.
    pq.write_table(table.slice(0, 150), once / "a.parquet", row_group_size=20)
    lines = [json.dumps(row, default=str) for row in table.slice(150).to_pylist()]
    (once / "b.jsonl").write_text("\n".join([*lines[:50], "", "no JSON", *lines[50:]]) + "\n")
    (once / "c.parquet").write_bytes(b"PAR1, and then nothing")
    one, set_aside = gathered(str(once))
    other, also = spread_out(session, str(once))
    assert_same(one, other)
    assert reasons(also) == reasons(set_aside) != []
    small = home.copy()
    home.clear()
    # By Spark's reader, since the name has a scheme.
    pq.write_table(pa.concat_tables([table, as_others(table)]), twice / "a.parquet")
    one, set_aside = gathered(str(twice))
    other, also = spread_out(session, f"file://{twice}")
    assert_same(one, other)
    assert reasons(also) == reasons(set_aside) != []
    # The sample and the counts of cells are full at 32,768 exchanges and 256 an account.
    bounded = ("sample", "cells", "rejected")
    sizes = [sum(n for kind, n in by.items() if kind not in bounded) for by in (small, home)]
    assert sizes[1] < 1.2 * sizes[0]


def test_a_table_by_name_leads_to_the_same_verdicts(session, tmp_path):
    write(scenario("demo").scaled(0.03), tmp_path, 1)
    settings = load(None, {}, {"judge": {"null_groups": 50, "final_groups": 50}})
    log = str(tmp_path / "exchanges")
    beside = {name: str(tmp_path / f"{name}.parquet") for name in ("accounts", "events")}
    one, facts = hunt(HuntRequest(log, **beside, secret=SECRET), settings, Silent(), io.StringIO())
    session.read.parquet(log).createOrReplaceTempView("traffic")
    settings = load(
        None, {}, {"judge": {"null_groups": 50, "final_groups": 50}, "engine": {"name": "spark"}}
    )
    other, also = hunt(
        HuntRequest("traffic", **beside, secret=SECRET), settings, Silent(), io.StringIO()
    )
    for name in ("accounts", "campaigns", "evidence", "activity", "mixes", "links"):
        assert getattr(other, name).equals(getattr(one, name)), name
    assert also.n_exchanges == facts.n_exchanges
    assert also.inputs[0].path == "traffic"


def test_a_name_that_stands_for_nothing_is_an_input_error(session, tmp_path):
    for name in ("no_such_table", f"file://{tmp_path}/nothing", str(tmp_path / "nothing.parquet")):
        with pytest.raises(InputError):
            open_log(Spark(session), name, SETTINGS.ingest)


def test_a_session_that_was_there_before_stays(session):
    with open_spark() as spark:
        assert spark.session is session
    assert session.range(3).count() == 3


def test_without_pyspark_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError, match=r"stillhunt\[spark\]"), open_spark():
        pass


def test_labels_are_asked_of_one_machine(tmp_path):
    settings = load(None, {}, {"engine": {"name": "spark"}})
    request = HuntRequest(str(tmp_path), label_exchanges=True, secret=SECRET)
    with pytest.raises(InputError, match="--label-exchanges"):
        hunt(request, settings, Silent(), io.StringIO())

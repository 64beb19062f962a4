"""Spark in this process: one session for all, skipped where PySpark or Java is missing."""

import io
import json
import shutil
import sys

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import pytest
from tests.spread.logs import SECRET, SETTINGS, assert_same, gathered, random_log

from stillhunt import spread
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.engines.spark import Spark, open_spark
from stillhunt.errors import InputError
from stillhunt.gathering import Clock, HuntRequest, Log
from stillhunt.ingest import Rejects
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent
from stillhunt.settings import Settings, load
from stillhunt.simulate import scenario, write
from stillhunt.spread.opening import open_log

pytestmark = pytest.mark.filterwarnings("ignore::Warning:pyspark", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def session():
    """A small session: what comes to the driver in one job may be 8 MB at most."""
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        started = (
            sql.SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "600m")
            .config("spark.driver.maxResultSize", "8m")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.log.level", "ERROR")
            .config("spark.ui.showConsoleProgress", "false")
            .getOrCreate()
        )
        yield started
        started.stop()


def spread_out(session, log: str, settings: Settings = SETTINGS) -> tuple[Log, str]:
    sink, spark = io.StringIO(), Spark(session)
    with open_duckdb(settings.engine) as engine:
        opened = open_log(spark, log, settings.ingest)
        request = HuntRequest(log, secret=SECRET)
        found = spread.gather(
            request, settings, Clock(Silent()), Rejects(sink), engine, (*opened, spark.places)
        )
    return found, sink.getvalue()


def reasons(rejected: str) -> list[tuple[str, int]]:
    said = [json.loads(line) for line in rejected.splitlines()]
    return sorted((one["reason"], one["line"]) for one in said)


def test_parquet_and_json_lines_come_to_the_numbers_of_one_machine(session, tmp_path):
    table = random_log(4)
    pq.write_table(table.slice(0, 150), tmp_path / "a.parquet", row_group_size=50)
    lines = [json.dumps(row, default=str) for row in table.slice(150).to_pylist()]
    (tmp_path / "b.jsonl").write_text("\n".join([*lines[:50], "", "no JSON", *lines[50:]]) + "\n")
    one, set_aside = gathered(str(tmp_path))
    other, also = spread_out(session, str(tmp_path))
    assert_same(one, other)
    assert [why for why, _ in reasons(also)] == [why for why, _ in reasons(set_aside)]
    where = [one for one in reasons(also) if one[1]]  # rows of Parquet have their places
    assert where and set(where) <= set(reasons(set_aside))


def test_a_table_by_name_leads_to_the_same_verdicts(session, tmp_path):
    write(scenario("demo").scaled(0.03), tmp_path, 1)
    settings = load(None, {}, {"judge": {"null_groups": 50}})
    log = str(tmp_path / "exchanges")
    beside = {name: str(tmp_path / f"{name}.parquet") for name in ("accounts", "events")}
    one, facts = hunt(HuntRequest(log, **beside, secret=SECRET), settings, Silent(), io.StringIO())
    session.read.parquet(log).createOrReplaceTempView("traffic")
    settings = load(None, {}, {"judge": {"null_groups": 50}, "engine": {"name": "spark"}})
    other, also = hunt(
        HuntRequest("traffic", **beside, secret=SECRET), settings, Silent(), io.StringIO()
    )
    for name in ("accounts", "campaigns", "evidence", "activity", "mixes", "links"):
        assert getattr(other, name).equals(getattr(one, name)), name
    assert also.n_exchanges == facts.n_exchanges
    assert also.inputs[0].path == "traffic"


def test_a_driver_that_may_hold_less_than_the_log_suffices(session, tmp_path):
    """The session's limit on results, 8 MB a job, is a third of this text."""
    table = random_log(3, 6_000, faults=False).drop_columns("system")
    long = pa.array(
        [f"{text} {i * 7919:x}" * 120 for i, text in enumerate(table["prompt"].to_pylist())]
    )
    table = table.set_column(table.schema.get_field_index("prompt"), "prompt", long)
    assert long.nbytes > 24 * 2**20
    pq.write_table(table, tmp_path / "log.parquet")
    log = str(tmp_path / "log.parquet")
    assert_same(gathered(log)[0], spread_out(session, log)[0])


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

"""Accounts out of SQLite, and out of a PostgreSQL started here where one is installed."""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

import pyarrow as pa
import pytest

from stillhunt.errors import InputError, SettingsError
from stillhunt.ingest import Rejects, read_accounts
from stillhunt.settings import IngestSettings
from stillhunt.tables import ACCOUNTS

pytest.importorskip("sqlalchemy")
NOBODY = 65534
QUERY = (
    "SELECT id AS account_id, opened AS created_at, plan AS tier, since AS valid_from "
    "FROM customers"
)
ROWS = [
    ("a", "2026-01-02T00:00:00Z", "scale", "2026-02-01T00:00:00Z"),
    ("a", "2026-01-02T00:00:00Z", "payg", "2026-01-02T00:00:00Z"),
    ("b", "2026-01-03T00:00:00Z", "payg", None),
    ("c", "no time", "payg", None),
]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (id TEXT, opened TEXT, plan TEXT, since TEXT)")
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", ROWS)
    connection.close()
    return f"sqlite:///{path}"


def read(address, query=QUERY):
    sink = io.StringIO()
    settings = IngestSettings(accounts_query=query)
    table = read_accounts(address, settings, Rejects(sink))
    return table, [json.loads(line) for line in sink.getvalue().splitlines()]


def check(table):
    assert table.schema == ACCOUNTS
    assert table["account_id"].to_pylist() == ["a", "b"]
    assert table["tier"].to_pylist() == ["scale", "payg"]
    assert table["created_at"].cast(pa.int64()).to_pylist()[0] == 1_767_312_000_000_000


def test_the_row_valid_last_counts_and_bad_rows_are_set_aside(database):
    table, aside = read(database)
    check(table)
    assert [(one["line"], one["reason"]) for one in aside] == [
        (4, "created_at is not an ISO 8601 time")
    ]


def test_a_database_without_a_query_is_refused(database):
    with pytest.raises(SettingsError, match="--accounts-query"):
        read(database, None)


@pytest.mark.parametrize("query", ["SELECT nothing FROM nowhere", "SELECT plan FROM customers"])
def test_a_query_that_cannot_be_is_said_without_the_address(database, query):
    with pytest.raises(InputError) as caught:
        read(database, query)
    assert "crm.db" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_is_in_no_message():
    with pytest.raises(InputError) as caught:
        read("postgresql://me:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(caught.value)


@pytest.fixture
def postgres():
    """Run a PostgreSQL of its own on a socket in a folder; yield its address."""
    pytest.importorskip("psycopg")
    initdb, server = shutil.which("initdb"), shutil.which("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="sh-") as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        if os.geteuid() == 0:  # as which it refuses to run
            os.chown(folder, NOBODY, NOBODY)
            quiet |= {"user": NOBODY, "group": NOBODY}
        subprocess.run([initdb, "-D", folder, "-U", "us", "-A", "trust"], check=True, **quiet)
        command = [server, "-D", folder, "-k", folder, "-c", "listen_addresses=", "-p", "54321"]
        with subprocess.Popen(command, **quiet) as process:
            yield f"postgresql://us@/postgres?host={folder}&port=54321"
            process.terminate()


def test_accounts_come_out_of_postgresql(postgres):
    import psycopg

    address = postgres
    for _ in range(100):
        try:
            connection = psycopg.connect(address)
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE customers (id TEXT, opened TIMESTAMPTZ, plan TEXT, since TIMESTAMPTZ)"
        )
        cursor.executemany("INSERT INTO customers VALUES (%s, %s, %s, %s)", ROWS[:3])
    connection.close()
    table, aside = read(address)
    check(table)
    assert not aside

"""What is known of the accounts, out of an SQL database."""

import importlib
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from stillhunt.errors import EngineError, InputError, SettingsError
from stillhunt.ingest.columns import screen
from stillhunt.ingest.rejects import Rejects
from stillhunt.ingest.rows import fit_row, plain_type, plan_row
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

_ROWS: Final = 10_000


def is_address(pattern: str) -> bool:
    """Tell whether ``pattern`` is the address of a database, not a path.

    >>> is_address("sqlite:///crm.db"), is_address("accounts.parquet")
    (True, False)
    """
    return "://" in pattern


def query_accounts(
    address: str, schema: pa.Schema, settings: IngestSettings, rejects: Rejects
) -> pa.Table:
    """Return the rows that ``settings.accounts_query`` gives, as ``schema``, in their order.

    SettingsError without a query, InputError where the database refuses it or a column is missing,
    EngineError where the extra is not installed. The address, which may hold a password, and the
    database's own words are in no message.
    """
    if settings.accounts_query is None:
        raise SettingsError(
            "--accounts names a database; a query was wanted beside it, none came. "
            "Give --accounts-query 'SELECT account_id, created_at, … FROM …'."
        )
    try:
        sql = importlib.import_module("sqlalchemy")
    except ImportError as error:
        raise EngineError(
            "a database needs the package sqlalchemy; it is not installed. "
            "pip install 'stillhunt[sql]', or give a file."
        ) from error
    n_done, tables = 0, []
    try:
        for part in _fetch(sql, address, settings.accounts_query):
            tables.append(_fit(part, n_done, schema, settings, rejects))
            n_done += len(part)
    except (sql.exc.SQLAlchemyError, ImportError) as error:
        raise InputError(
            f"the accounts were asked of a database; it refused ({type(error).__name__}). "
            "Check --accounts, its driver and --accounts-query."
        ) from None
    return pa.Table.from_batches(tables, schema=schema)


def _fetch(sql: Any, address: str, query: str) -> Iterator[list[dict[str, Any]]]:
    # psycopg, the driver of today, where the address names none.
    for old in ("postgresql://", "postgres://"):
        if address.startswith(old):
            address = "postgresql+psycopg://" + address.removeprefix(old)
    engine = sql.create_engine(address, hide_parameters=True)
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            result = connection.execute(sql.text(query)).mappings()
            names = frozenset(result.keys())
            if "account_id" not in names:
                raise InputError(
                    "the query of accounts must give a column account_id; it gives none. "
                    "Name it: SELECT … AS account_id."
                )
            while part := result.fetchmany(_ROWS):
                yield [dict(row) for row in part]
    finally:
        engine.dispose()


def _fit(
    part: list[dict[str, Any]],
    n_before: int,
    schema: pa.Schema,
    settings: IngestSettings,
    rejects: Rejects,
) -> pa.RecordBatch:
    plan, kept, numbers = plan_row(schema), list[dict[str, object]](), list[int]()
    for number, row in enumerate(part, n_before + 1):
        try:
            kept.append(fit_row({name: _plain(value) for name, value in row.items()}, plan))
            numbers.append(number)
        except InputError as error:
            rejects.add(Rejection("the accounts' database", number, str(error)))
    columns = {
        f.name: pa.array([one.get(f.name) for one in kept], type=plain_type(f)) for f in schema
    }
    screened = screen(columns, len(kept), schema, settings.max_text_bytes)
    for place in sorted(screened.faults):
        rejects.add(Rejection("the accounts' database", numbers[place], screened.faults[place]))
    return screened.rows


def _plain(value: Any) -> Any:
    """Return a database's value as JSON has it: times as text, ids and the like as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)

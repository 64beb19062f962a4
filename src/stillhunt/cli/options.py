"""Options that several commands share, and what becomes of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from stillhunt.settings import IngestSettings, load

FormatName = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="How the log is written; told by its content."),
]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="Where the columns of another table stand, as TOML.")
]


Accounts = Annotated[
    str | None, typer.Option(help="What is known of the accounts: a table, or a database.")
]
AccountsQuery = Annotated[
    str | None, typer.Option(help="The query that gives the accounts of a database.")
]


def ingest_overrides(
    log_format: str | None,
    column_map: Path | None,
    max_rejected: float | None,
    accounts_query: str | None = None,
) -> dict[str, Any]:
    """Return the settings of the section ``ingest`` that the options ask for."""
    return given(
        format=log_format,
        map=column_map,
        max_rejected_ratio=max_rejected,
        accounts_query=accounts_query,
    )


def given(**options: object) -> dict[str, Any]:
    """Return the options that were given, by the name of their setting."""
    return {name: value for name, value in options.items() if value is not None}


def ingest_settings(
    environment: Mapping[str, str],
    log_format: str | None,
    column_map: Path | None,
    max_rejected: float | None = None,
) -> IngestSettings:
    """Return how input is to be read, by the environment and by the options."""
    overrides = {"ingest": ingest_overrides(log_format, column_map, max_rejected)}
    return load(None, environment, overrides).ingest

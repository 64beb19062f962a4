"""``stillhunt convert``: a log in any format that is known, as a table of the contract."""

import os
from pathlib import Path
from typing import Annotated

import typer

from stillhunt.cli.options import FormatName, MapFile, ingest_settings
from stillhunt.errors import InputError
from stillhunt.ingest.convert import convert


def run(
    log: Annotated[
        str, typer.Argument(metavar="IN", help="Request logs: a file, a folder or a glob.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write; texts are in it.")],
    log_format: FormatName = None,
    column_map: MapFile = None,
    max_rejected: Annotated[
        float | None, typer.Option(help="Share of rows that may be set aside, 0 to 1.")
    ] = None,
) -> None:
    """Write a log of any known format as a table of the contract."""
    if out.suffix != ".parquet":
        raise InputError(f"--out must end in .parquet; got {out.name!r}.")
    settings = ingest_settings(os.environ, log_format, column_map, max_rejected)
    done = convert(log, out, settings)
    aside = f", {done.n_rejected:,} set aside ({done.rejected})" if done.n_rejected else ""
    typer.echo(f"{done.n_rows:,} rows written to {out}{aside}")

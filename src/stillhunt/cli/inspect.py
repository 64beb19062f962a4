"""``stillhunt inspect``: what a log is, what can be read of it, and what stays silent."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stillhunt.cli.options import FormatName, MapFile, ingest_settings
from stillhunt.errors import InputError
from stillhunt.ingest.evidence import fed
from stillhunt.ingest.inspect import Inspected, inspect


def run(
    log: Annotated[str, typer.Argument(metavar="FILE", help="A request log.")],
    log_format: FormatName = None,
    column_map: MapFile = None,
) -> None:
    """Tell what a log is, and which families of evidence it can feed."""
    seen = inspect(log, ingest_settings(os.environ, log_format, column_map))
    console = Console(highlight=False)
    console.print(f"{seen.path}: {seen.title}", soft_wrap=True, markup=False)
    if seen.shares:
        show(console, seen)
    elif seen.proposal is not None:
        console.print("No format knows these records. A map that may fit, for you to check:\n")
        console.print(seen.proposal, markup=False, soft_wrap=True)
        console.print(f"Save it, then: stillhunt inspect {Path(log).name} --map map.toml")
    else:
        raise InputError(
            f"{log}: a log of a known format was wanted; came records in which no time and no "
            "account show. Write a map (docs/formats/map.md) and give it with --map."
        )


def show(console: Console, seen: Inspected) -> None:
    """Print what is filled in a sample, and what that can feed."""
    table = Table(title=f"Of {seen.n_rows:,} rows", title_justify="left", box=None, pad_edge=False)
    table.add_column("column")
    table.add_column("filled", justify="right")
    for name, share in seen.shares.items():
        table.add_row(name, f"{share:.0%}" if share else "–")
    console.print(table, "")
    filled = frozenset(name for name, share in seen.shares.items() if share)
    for family, columns in fed(filled).items():
        why = "--accounts" if family == "life_cycle" else "nothing it reads is there"
        console.print(f"{family}: {columns or f'silent: {why}'}", markup=False)
    for reason, n in seen.reasons.items():
        console.print(f"set aside: {n:,} × {reason}", markup=False)

"""``stillhunt demo``: plant campaigns in synthetic traffic, hunt, and compare."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stillhunt.cli.hunt import hunt_into
from stillhunt.cli.score import campaigns_table
from stillhunt.console.summary import count, show_summary
from stillhunt.gathering import HuntRequest
from stillhunt.prove import Score, score
from stillhunt.report import folder
from stillhunt.secret import load_secret
from stillhunt.settings import load
from stillhunt.simulate import scenario, write


def run(
    out: Annotated[Path, typer.Option(help="Folder for the traffic and the verdicts.")] = Path(
        "stillhunt-demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed plants other traffic.")] = 1,
) -> None:
    """Hunt in synthetic traffic with three planted campaigns."""
    console = Console(highlight=False)
    traffic, verdicts = out / "traffic", out / "verdicts"
    folder.check(verdicts)
    write(scenario("demo"), traffic, seed)
    request = HuntRequest(
        exchanges=str(traffic / "exchanges"),
        accounts=str(traffic / "accounts.parquet"),
        events=str(traffic / "events.parquet"),
        label_exchanges=True,
        secret=load_secret(os.environ),
    )
    findings, facts = hunt_into(verdicts, request, load(None, os.environ))
    show_summary(console, findings, facts, verdicts)
    show_comparison(console, score(traffic / "truth", verdicts))


def show_comparison(console: Console, result: Score) -> None:
    """Print found against planted, and the innocents named."""
    console.print(campaigns_table(result))
    named = ", ".join(f"{one.name}: {one.named:,}" for one in result.innocents if one.named)
    wronged = count(result.named_innocent, "innocent account")
    console.print(f"{wronged} named" + (f" ({named})" if named else ""), markup=False)

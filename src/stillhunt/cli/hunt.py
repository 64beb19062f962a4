"""``stillhunt hunt``: from request logs to a verdict folder."""

import os
import re
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from stillhunt.cli.options import (
    Accounts,
    AccountsQuery,
    FormatName,
    MapFile,
    given,
    ingest_overrides,
)
from stillhunt.console.progress import progress_for
from stillhunt.console.summary import show_summary
from stillhunt.errors import SettingsError
from stillhunt.gathering import HuntRequest
from stillhunt.pipeline import hunt
from stillhunt.records import RunFacts
from stillhunt.report import folder
from stillhunt.scratch import scratch_folder
from stillhunt.secret import load_secret
from stillhunt.settings import Settings, load
from stillhunt.tables import Findings

_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY_UNITS: Final = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

OutFolder = Annotated[Path, typer.Option("--out", help="Folder to write the verdicts to.")]


def run(  # noqa: PLR0913 - one parameter for each option of the command
    exchanges: Annotated[
        str, typer.Argument(help="Request logs in any known format: a file, a folder or a glob.")
    ],
    out: OutFolder,
    accounts: Accounts = None,
    accounts_query: AccountsQuery = None,
    events: Annotated[str | None, typer.Option(help="Releases, closures, restorations.")] = None,
    *,
    label_exchanges: Annotated[
        bool, typer.Option("--label-exchanges", help="Tell harvest from cover in named accounts.")
    ] = False,
    log_format: FormatName = None,
    column_map: MapFile = None,
    settings: Annotated[Path | None, typer.Option(help="Settings, as TOML.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="duckdb, on this machine, or spark.", metavar="ENGINE")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Worker threads.")] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory before spilling to disk, such as 1GB.")
    ] = None,
    max_rejected: Annotated[
        float | None, typer.Option(help="Share of rows that may be set aside, 0 to 1.")
    ] = None,
) -> None:
    """Find distillation campaigns in request logs."""
    ingest = ingest_overrides(log_format, column_map, max_rejected, accounts_query)
    memory_bytes = None if memory is None else parse_bytes(memory)
    machine = given(name=engine, threads=threads, memory_bytes=memory_bytes)
    loaded = load(settings, os.environ, {"engine": machine, "ingest": ingest})
    folder.check(out)
    request = HuntRequest(
        exchanges, accounts, events, label_exchanges, load_secret(os.environ), earlier=out
    )
    findings, facts = hunt_into(out, request, loaded)
    show_summary(Console(highlight=False), findings, facts, out)


def hunt_into(out: Path, request: HuntRequest, settings: Settings) -> tuple[Findings, RunFacts]:
    """Hunt, write the verdict folder ``out``, and return what was found.

    Shows progress on stderr. The list of rows set aside grows in a temporary file, because the
    folder changes only when the run is over.
    """
    progress = progress_for(Console(stderr=True, highlight=False), time.monotonic)
    with scratch_folder("rejects") as scratch:
        rejected = Path(scratch) / "rejected.jsonl"
        with rejected.open("w", encoding="utf-8") as sink:
            findings, facts = hunt(request, settings, progress, sink)
        with progress.stage("report", None, "folders") as stage:
            folder.write(findings, facts, out, rejected)
            stage.advance(1)
    return findings, facts


def parse_bytes(text: str) -> int:
    """Return a size written as a number and a unit; SettingsError when it is not.

    >>> parse_bytes("1GB"), parse_bytes("1.5 GiB"), parse_bytes("4096")
    (1000000000, 1610612736, 4096)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?", text.strip().upper())
    if match is None or (match[3] and not match[2]):
        raise SettingsError(f"--memory must be a size such as 1GB or 512MiB; got {text!r}.")
    units = _BINARY_UNITS if match[3] else _UNITS
    return int(float(match[1]) * units[match[2]])

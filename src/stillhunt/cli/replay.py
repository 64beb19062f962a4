"""``stillhunt replay``: what campaigns took before they were named, had you watched."""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from stillhunt.console.progress import progress_for
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.errors import SettingsError
from stillhunt.gathering import HuntRequest
from stillhunt.ingest import Rejects
from stillhunt.prove import Look, Moment, Replayed, leak
from stillhunt.replay import Pace, planted_in, replay
from stillhunt.report.text import visible
from stillhunt.secret import load_secret
from stillhunt.settings import load

_SECOND_US: Final = 1_000_000
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def run(  # noqa: PLR0913 - one parameter for each option of the command
    exchanges: Annotated[
        str, typer.Argument(help="Request logs: a file, a folder or a glob; Parquet or JSON Lines.")
    ],
    truth: Annotated[Path, typer.Option(help="Folder with the truth.")],
    accounts: Annotated[str | None, typer.Option(help="What is known of the accounts.")] = None,
    events: Annotated[str | None, typer.Option(help="Releases, closures, restorations.")] = None,
    *,
    step: Annotated[str, typer.Option(help="Time of the log between two looks.")] = "1h",
    speed: Annotated[
        float, typer.Option(min=0, help="Times faster than the log; 0: as fast as it goes.")
    ] = 0,
    settings: Annotated[Path | None, typer.Option(help="Settings, as TOML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure what leaked before names, in a log at its own times."""
    loaded = load(settings, os.environ, {"judge": {"is_repeated": True}})
    secret = load_secret(os.environ)
    planted = planted_in(truth, secret)
    request = HuntRequest(exchanges, accounts, events, secret=secret)
    progress = progress_for(Console(stderr=True, highlight=False), time.monotonic)
    pace = Pace(parse_duration_us(step))
    with Path(os.devnull).open("w") as nowhere, open_duckdb(loaded.engine) as engine:
        looks = replay(request, loaded, pace, progress, Rejects(nowhere), engine)
        found = leak(planted, _paced(looks, speed) if speed else looks)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1, allow_nan=False))
    else:
        Console(highlight=False).print(leak_table(found))


def _paced(looks: Iterable[Look], speed: float) -> Iterator[Look]:
    """Hand on looks no sooner than the log, so many times faster, came to them."""
    begin_s, begin_us = time.monotonic(), None
    for look in looks:
        begin_us = begin_us or look.now_us
        due_s = begin_s + (look.now_us - begin_us) / _SECOND_US / speed
        time.sleep(max(due_s - time.monotonic(), 0))
        yield look


def leak_table(found: Replayed) -> Table:
    """Return what each planted campaign took before it was suspected, and named."""
    table = Table(title=f"Taken before named; innocents named on the way: {found.wronged:,}")
    table.add_column("planted")
    for name in ("accounts", "harvest", "before suspect", "before campaign", "accounts named"):
        table.add_column(name, justify="right")
    for one in found.leaks:
        table.add_row(
            visible(one.campaign), f"{one.accounts:,}", f"{one.exchanges:,}",
            _moment(one.suspect), _moment(one.named),
            f"{one.named.accounts:,}" if one.named else "–",
        )  # fmt: skip
    return table


def _moment(moment: Moment | None) -> str:
    if moment is None:
        return "all"
    return f"{moment.exchanges:,} ({moment.share:.1%}), {moment.hours:,.0f} h"


def parse_duration_us(text: str) -> int:
    """Return microseconds of a time such as 90s, 30m, 1h or 7d; SettingsError when it is not.

    >>> parse_duration_us("1h"), parse_duration_us("0.5d")
    (3600000000, 43200000000)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    if match is None or not float(match[1]):
        raise SettingsError(f"--step must be a time such as 30m, 1h or 7d; got {text!r}.")
    return round(float(match[1]) * _UNITS[match[2]] * _SECOND_US)

"""``stillhunt watch``: beside the traffic, from a stream to campaigns and what changed in them."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stillhunt.live.watching import Calls, WatchRequest, watch
from stillhunt.report import folder
from stillhunt.report.text import visible
from stillhunt.secret import load_secret
from stillhunt.settings import load

StateFolder = Annotated[Path, typer.Option("--state", help="Folder of what was added up so far.")]


def run(  # noqa: PLR0913 - one parameter for each option of the command
    sources: Annotated[
        list[str],
        typer.Argument(help="Folders, files or globs of logs, - (stdin), kafka://broker/topic."),
    ],
    state: StateFolder,
    out: Annotated[
        Path | None, typer.Option("--out", help="Verdict folder; verdicts in the state if absent.")
    ] = None,
    accounts: Annotated[str | None, typer.Option(help="What is known of the accounts.")] = None,
    events: Annotated[str | None, typer.Option(help="Releases, closures, restorations.")] = None,
    notify: Annotated[
        str | None, typer.Option(help="Command that gets each change, as JSON on its input.")
    ] = None,
    judge_every: Annotated[
        float | None, typer.Option(help="Seconds between judgements; SIGUSR1 asks for one.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Port of 127.0.0.1 for /metrics and /healthz; 0: any.")
    ] = None,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Leave when all that is there was read and judged.")
    ] = False,
    settings: Annotated[Path | None, typer.Option(help="Settings, as TOML.")] = None,
) -> None:
    """Follow a stream of request logs, and say what changes."""
    watching = {} if judge_every is None else {"judge_every_s": judge_every}
    # A state is there to be judged again, by the next --once if not by this watch: looks are paid.
    overrides = {"watch": watching, "judge": {"is_repeated": True}}
    loaded, verdicts = load(settings, os.environ, overrides), out or state / "verdicts"
    folder.check(verdicts)
    request = WatchRequest(
        tuple(sources), state, verdicts, accounts, events, notify, metrics_port, once,
        load_secret(os.environ),
    )  # fmt: skip
    console = Console(stderr=True, highlight=False)
    watch(request, loaded, _calls(), sys.stdout, lambda text: console.print(visible(text, 1_000)))


def _calls() -> Calls:
    """Let SIGTERM and Ctrl-C end the batch, a second one end at once, and SIGUSR1 judge."""
    calls = Calls()

    def stop(number: int, _frame: object) -> None:
        if calls.stop.is_set():
            raise SystemExit(128 + number)
        calls.stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGUSR1, lambda *_: calls.judge.set())
    return calls

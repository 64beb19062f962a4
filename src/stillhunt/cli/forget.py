"""``stillhunt forget``: an account leaves the state and the verdict folder of a watch."""

import json
import os
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console

from stillhunt.cli.watch import StateFolder
from stillhunt.fingerprint.hashing import hash_strings
from stillhunt.fingerprint.marks import ACCOUNT
from stillhunt.live.judging import CHANGES
from stillhunt.live.keeping import forget
from stillhunt.report import folder
from stillhunt.report.text import visible
from stillhunt.secret import load_secret
from stillhunt.settings import load
from stillhunt.store import open_reader, open_writer
from stillhunt.store.state import replace_text


def run(
    account: Annotated[str, typer.Argument(help="Id of the account, as in the logs.")],
    state: StateFolder,
    out: Annotated[
        Path | None, typer.Option("--out", help="Verdict folder; verdicts in the state if absent.")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings, as TOML.")] = None,
) -> None:
    """Remove an account from a watch's state and verdicts."""
    verdicts = out or state / "verdicts"
    if verdicts.exists():
        folder.check(verdicts)
    loaded, secret = load(settings, os.environ), load_secret(os.environ)
    with open_reader(state, secret):
        pass  # InputError where there is none
    hashed = int(hash_strings(pa.array([account]), secret, ACCOUNT)[0])
    with open_writer(state, secret, None) as opened:
        n = forget(opened, loaded, hashed, secret)
        _forget_changes(state / CHANGES, account)
        if (verdicts / folder.FACTS).exists():
            folder.forget(verdicts, account)
    text = f"{visible(account, 80)}: {n:,} exchanges forgotten; the next verdicts are without it."
    Console(highlight=False).print(text, soft_wrap=True)


def _forget_changes(path: Path, account: str) -> None:
    if not path.exists():
        return
    lines = []
    for line in path.read_text("utf-8").splitlines():
        change = json.loads(line)
        change["accounts"] = [one for one in change["accounts"] if one != account]
        lines.append(json.dumps(change) + "\n")
    replace_text(path, "".join(lines))

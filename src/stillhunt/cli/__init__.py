"""The command line: one file a command, read only when its command is called.

``COMMANDS`` is the whole list. The modules behind it draw in Arrow, DuckDB and Numba, which takes
longer than a page of help may; so this file imports none of them.
"""

import importlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from stillhunt import __doc__ as _summary
from stillhunt import __version__
from stillhunt.cli.door import exit_code

COMMANDS: Final = (
    ("hunt", "Find distillation campaigns in request logs."),
    ("watch", "Follow a stream of request logs, and say what changes."),
    ("forget", "Remove an account from a watch's state and verdicts."),
    ("inspect", "Tell what a log is, and which families of evidence it can feed."),
    ("convert", "Write a log of any known format as a table of the contract."),
    ("explain", "Show why a campaign or an account was named, in bits."),
    ("campaigns", "List all campaigns that are remembered, and what became of them."),
    ("campaign", "Show one campaign: why it is named, or what became of it."),
    ("demo", "Hunt in synthetic traffic with three planted campaigns."),
    ("simulate", "Write synthetic traffic with planted campaigns."),
    ("score", "Measure verdicts against the truth."),
    ("replay", "Measure what leaked before names, in a log at its own times."),
)
"""Name and one-line help of each command; ``cli/<name>.py`` holds a function ``run``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; ``arguments`` default to the process's."""
    return exit_code(lambda: _group()(args=arguments, prog_name="stillhunt"))


def load_command(name: str) -> Any:
    """Return the command behind a name of ``COMMANDS``; imports its module."""
    app = _new_app()
    app.command(name)(importlib.import_module(f"stillhunt.cli.{name}").run)
    return typer.main.get_command(app)


class _LazyGroup(TyperGroup):
    """Lists stand-ins, and reads a command's own file when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _listed, rest = super().resolve_command(ctx, args)
        return name, load_command(str(name)), rest


def _group() -> Any:
    app = _new_app(cls=_LazyGroup, no_args_is_help=True)
    app.callback(help=_summary)(_options)
    for name, text in COMMANDS:
        app.command(name, help=text)(_stand_in)
    return typer.main.get_command(app)


def _new_app(**options: Any) -> typer.Typer:
    # No pretty tracebacks: they would show values, and values may be text from a log.
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, **options)


def _stand_in() -> None:
    """Stand in the list of commands for one whose file has not been read."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stillhunt {__version__}")
        raise typer.Exit


_Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_show_version, is_eager=True, help="Show the version and leave."
    ),
]


def _options(*, version: _Version = False) -> None:
    """Hold the options that stand before a command."""

"""``stillhunt campaign``: one campaign, and with ``--history`` what became of it over time."""

from pathlib import Path
from typing import Annotated

import pyarrow.compute as pc
import typer
from rich.console import Console
from rich.table import Table

from stillhunt.errors import InputError
from stillhunt.report import folder
from stillhunt.report.explain import explain
from stillhunt.report.text import visible
from stillhunt.tables import Track


def run(
    verdicts: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that hunt wrote.")],
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Id of a campaign.")],
    *,
    history: Annotated[bool, typer.Option("--history", help="What became of it.")] = False,
) -> None:
    """Show one campaign: why it is named, or what became of it."""
    found, console = folder.read(verdicts, has_labels=False), Console(highlight=False)
    if not history:
        explain(found, campaign, console)
        return
    known = found.track.roster["campaign_id"].unique().to_pylist()
    if campaign not in known:
        raise InputError(
            f"a campaign that {str(verdicts)!r} remembers was wanted; got {campaign!r}. "
            "`stillhunt campaigns` lists them."
        )
    console.print(history_table(found.track, campaign))
    console.print(successors_table(found.track, campaign))


def history_table(track: Track, campaign: str) -> Table:
    """Return what became of a campaign, and what it became of, oldest first."""
    rows, table = track.history, Table(title=f"History of {visible(campaign)}")
    for name in ("when", "campaign", "change", "other"):
        table.add_column(name)
    for name in ("accounts", "p"):
        table.add_column(name, justify="right")
    mine = pc.or_(
        pc.equal(rows["campaign_id"], campaign),
        pc.fill_null(pc.equal(rows["other_id"], campaign), False),
    )
    for row in rows.filter(mine).to_pylist():
        p_value = "–" if row["p_value"] is None else f"{row['p_value']:.1g}"
        table.add_row(
            f"{row['at']:%Y-%m-%d %H:%M}", visible(row["campaign_id"]), row["change"],
            visible(row["other_id"] or "–"), f"{row['accounts']:,}", p_value,
        )  # fmt: skip
    return table


def successors_table(track: Track, campaign: str) -> Table:
    """Return the newcomers that took the place of a campaign's closed accounts."""
    table = Table(title="Newcomers in place of closed accounts")
    for name in ("account", "linked", "by"):
        table.add_column(name)
    for name in ("exchanges by then", "p"):
        table.add_column(name, justify="right")
    came = track.successors
    for row in came.filter(pc.equal(came["campaign_id"], campaign)).to_pylist():
        table.add_row(
            visible(row["account_id"]), f"{row['at']:%Y-%m-%d %H:%M}", ", ".join(row["families"]),
            f"{row['exchanges']:,}", f"{row['p_value']:.1g}",
        )  # fmt: skip
    return table

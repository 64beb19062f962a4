"""``stillhunt campaigns``: all campaigns that are remembered, those that are gone among them."""

from pathlib import Path
from typing import Annotated

import pyarrow.compute as pc
import typer
from rich.console import Console
from rich.table import Table

from stillhunt.report import folder
from stillhunt.report.text import visible
from stillhunt.tables import Track
from stillhunt.track.lineage import active, kin


def run(
    verdicts: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that hunt wrote.")],
) -> None:
    """List all campaigns that are remembered, and what became of them."""
    Console(highlight=False).print(campaigns_table(folder.read(verdicts, has_labels=False).track))


def campaigns_table(track: Track) -> Table:
    """Return one row for each campaign ever found, the one that was seen last first."""
    table = Table()
    for name in ("campaign", "state"):
        table.add_column(name)
    for name in ("accounts ever", "first", "last", "replaced"):
        table.add_column(name, justify="right")
    for name in ("came from", "became"):
        table.add_column(name, overflow="fold")
    there = active(track.history)
    spans = track.roster.group_by("campaign_id").aggregate(
        [("account_id", "count"), ("first_at", "min"), ("last_at", "max")]
    )
    order = [("last_at_max", "descending"), ("campaign_id", "ascending")]
    for row in spans.sort_by(order).to_pylist():
        name = row["campaign_id"]
        own = kin(track.history, name)
        n_new = pc.sum(pc.equal(track.successors["campaign_id"], name)).as_py() or 0
        table.add_row(
            visible(name), "there" if name in there else "gone", f"{row['account_id_count']:,}",
            f"{row['first_at_min']:%Y-%m-%d}", f"{row['last_at_max']:%Y-%m-%d}", f"{n_new:,}",
            visible(", ".join(own.parents)) or "–", visible(", ".join(own.children)) or "–",
        )  # fmt: skip
    return table

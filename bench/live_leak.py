"""What campaigns take before they are named, had one watched: the leak table of docs/live.md.

``python bench/live_leak.py [--innocents 6000] [--seeds 2] [--presets …]`` writes each scenario,
replays it at its own times, and keeps each cell in ``build/live/``, so that a run that was stopped
goes on where it was. A replay ends when every planted campaign was named, so a preset of which some
are never named costs its whole length. ``--page`` writes what there is into docs/live.md.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from stillhunt import simulate
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import HuntRequest
from stillhunt.ingest import Rejects
from stillhunt.progress import Silent
from stillhunt.prove import leak
from stillhunt.replay import Pace, planted_in, replay
from stillhunt.settings import JudgeSettings, Settings

ROOT = Path(__file__).parents[1]
CELLS = ROOT / "build" / "live"
PAGE = ROOT / "docs" / "live.md"
BEGIN, END = "<!-- leak: written by bench/live_leak.py -->", "<!-- end of leak -->"
SECRET = b"benchmark-only-" + b"0" * 32
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A preset as it is played: its scale, and the hours of the log between two looks.

    ``is_once``: with the first seed alone, however many are asked for.
    """

    preset: str
    scale: float
    step_h: int
    is_once: bool = False

    @property
    def name(self) -> str:
        """The preset, and by how much it is scaled down."""
        return self.preset if self.scale == 1 else f"{self.preset} 1:{1 / self.scale:.0f}"


ROWS = (
    Row("february", 0.01, 6),
    Row("february", 0.1, 6, is_once=True),
    Row("june", 0.01, 6),
    Row("hydra", 1.0, 24),
    Row("low_and_slow", 1.0, 24),
    Row("replacement", 1.0, 24),
    Row("pivot", 1.0, 24),
)


def play(row: Row, innocents: int, seed: int) -> dict[str, Any]:
    """Return one cell: the leak of each campaign, and what it took to find out."""
    begin_s, settings = time.monotonic(), Settings(judge=JudgeSettings(is_repeated=True))
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch)
        made = simulate.scenario(row.preset).scaled(row.scale).among(innocents)
        simulate.write(made, log, seed)
        accounts, events = (str(log / f"{name}.parquet") for name in ("accounts", "events"))
        request = HuntRequest(str(log / "exchanges"), accounts, events, secret=SECRET)
        planted, pace = planted_in(log / "truth", SECRET), Pace(row.step_h * HOUR_US)
        with Path(os.devnull).open("w") as nowhere, open_duckdb(settings.engine) as engine:
            looks = replay(request, settings, pace, Silent(), Rejects(nowhere), engine)
            found = leak(planted, looks)
    wall_s = round(time.monotonic() - begin_s)
    return {**asdict(row), "innocents": innocents, "seed": seed, "wall_s": wall_s, **asdict(found)}


def cells() -> list[dict[str, Any]]:
    """Return all cells that were played."""
    return [json.loads(path.read_text()) for path in sorted(CELLS.glob("*.json"))]


def table(played: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the rows of the page: the median of the seeds, the worst in brackets."""
    yield "| preset | campaign | harvest | before `suspect` | before `campaign` | share | hours "
    yield "| named on | innocents named | looks every | seeds |\n|---|---|--:|--:|--:|--:|--:|--:"
    yield "|--:|--:|--:|\n"
    for row in ROWS:
        mine = [c for c in played if (c["preset"], c["scale"]) == (row.preset, row.scale)]
        for number, one in enumerate(mine[0]["leaks"] if mine else ()):
            leaks = [cell["leaks"][number] for cell in mine]
            named = [one["named"] for one in leaks if one["named"]]
            wronged = [cell["wronged"] for cell in mine]
            yield (
                f"| {row.name} | {one['campaign']} | {_of([x['exchanges'] for x in leaks])} "
                f"| {_first(leaks, 'suspect', 'exchanges')} | {_first(leaks, 'named', 'exchanges')}"
                f" | {_first(leaks, 'named', 'share', '.1%')} | {_first(leaks, 'named', 'hours')} "
                f"| {len(named)} of {len(leaks)} | {_of(wronged)} | {row.step_h} h "
                f"| {len(mine)} |\n"
            )


def _first(leaks: list[dict[str, Any]], verdict: str, figure: str, form: str = ",.0f") -> str:
    """Return the median over seeds, and the worst; a campaign never named is worse than any."""
    values = [one[verdict][figure] if one[verdict] else float("inf") for one in leaks]
    return _of(values, form)


def _of(values: list[float], form: str = ",.0f") -> str:
    def say(value: float) -> str:
        return "all" if value == float("inf") else f"{value:{form}}"

    middle, worst = median(values), max(values)
    return say(middle) if middle == worst else f"{say(middle)} ({say(worst)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--innocents", type=int, default=6_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--presets", nargs="*", default=[row.preset for row in ROWS])
    parser.add_argument("--page", action="store_true", help="write the table into docs/live.md")
    options = parser.parse_args()
    CELLS.mkdir(parents=True, exist_ok=True)
    for seed in range(1, options.seeds + 1):
        for row in (row for row in ROWS if row.preset in options.presets):
            place = CELLS / f"{row.preset}-{row.scale:g}-{options.innocents}-{seed}.json"
            if not (place.exists() or (row.is_once and seed > 1)):
                cell = play(row, options.innocents, seed)
                place.write_text(json.dumps(cell, indent=1))
                print(place.name, f"{cell['wall_s']} s", flush=True)
    if options.page:
        text = PAGE.read_text()
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + "\n" + "".join(table(cells())) + END + after)


if __name__ == "__main__":
    main()

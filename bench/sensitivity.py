"""What each setting decides: ``python bench/sensitivity.py LOG [LOG ...] [--only NAME] [--write]``.

LOG is a folder with ``exchanges`` (and ``accounts.parquet``, ``events.parquet``) and ``truth/``, as
``bench/real.py make`` and ``stillhunt simulate`` write it. Each log is read once; then every
setting that a verdict hangs on takes values on either side of its default, one at a time.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import Clock, HuntRequest, gather
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.judge.findings import write_accounts
from stillhunt.judge.naming import name_trials
from stillhunt.judge.scene import Scene, look
from stillhunt.judge.verdict import judge
from stillhunt.link.assemble import assemble
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.population import Ring
from stillhunt.progress import Silent
from stillhunt.settings import LinkSettings, Settings

PAGE: Final = Path(__file__).parents[1] / "docs" / "sensitivity.md"
SECRET: Final = b"benchmark-only-" + b"0" * 32
DEFAULTS: Final = "defaults"

FINE: Final = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35)
NEIGHBOURS: Final[dict[str, dict[str, tuple[object, ...]]]] = {
    "link": {
        "min_accounts": (3, 10),
        "neighbours": (8, 32),
        "levels": ((0.9, 0.7, 0.5), FINE),
        "cosine_sigmas": (1.0, 4.0),
        "habit_ratio": (0.05, 0.2),
        "max_stars": (100, 400),
    },
    "judge": {
        "fdr_ratio": (0.005, 0.02),
        "null_groups": (100, 400),
        "final_groups": (400, 3200),
        "largest_group": (200, 900),
        "family_cap_bits": (8.0, 32.0),
        "speaks_p": (0.025, 0.1),
        "second_p": (0.005, 0.02),
        "seed": (1, 2, 3),
        "most_ratio": (0.6, 0.9),
        "overlap_ratio": (0.05, 0.2),
        "repeat_distinct_ratio": (0.15, 0.6),
        "dense_ratio": (0.25, 0.75),
        "least_p": (0.9, 0.975),
        "edge_ratio": (0.01, 0.03),
        "edge_errors": (1.5, 6.0),
        "viral_surge": (1.5, 4.0),
        "settle_rounds": (4, 50),
        "even_p": (0.25, 0.75),
        "suspect_probability": (0.25, 0.75),
        "bits_per_exchange": (1.0, 4.0),
        "aggregator_end_users": (5, 20),
    },
}
"""Half and double of each default; for a share of a half or more, half and double of what is left.

Not ``link.seed``: the clock's directions are drawn when a log is read, which is done once.
"""

INTRODUCTION: Final = """# Sensitivity

What each setting decides: accounts of planted campaigns named, and innocents named, with one
setting changed and all others at their defaults. A cell reads `campaign accounts · innocents`.
The rows of `judge.seed`, which only draws other comparison groups, show how much is chance.

Made by `python bench/sensitivity.py LOG … --write`, of logs with 6,000 innocents and seed 21:
`bench/real.py make --scenario mixed`, `--scenario hydra --set hydra.cover_ratio=0.9`, `stillhunt
simulate february --scale 0.01` and `stillhunt simulate low_and_slow`.
"""


@dataclass(frozen=True, slots=True)
class Log:
    """A log after it was read: what the judge sees, and who is guilty in truth."""

    name: str
    scene: Scene
    is_guilty: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Count:
    """Accounts named with one change of settings in one log; ``cpu_s`` of linking and judging."""

    guilty: int
    innocent: int
    cpu_s: float


def changes(only: Sequence[str] = ()) -> Iterator[tuple[str, Settings]]:
    """Yield the defaults, then each change in words and the settings that it makes.

    ``only`` names the settings to be changed, such as "judge.fdr_ratio"; empty: all.
    """
    default = Settings()
    yield DEFAULTS, default
    for section, names in NEIGHBOURS.items():
        part = getattr(default, section)
        for name, values in names.items():
            for value in values if not only or f"{section}.{name}" in only else ():
                layer: dict[str, Any] = {section: {name: value}}
                yield (
                    f"`{section}.{name}` {_say(getattr(part, name))} → {_say(value)}",
                    Settings.model_validate(layer),
                )


def _say(value: object) -> str:
    return f"{len(value)} levels" if isinstance(value, tuple) else f"{value:g}"


def read(folder: Path) -> Log:
    """Return the log in a folder; its hashes are keyed with a key of the benchmark's own."""
    paths = [folder / "exchanges", *folder.glob("exchanges.*")]
    accounts, events = (
        str(path) if (path := folder / f"{name}.parquet").exists() else None
        for name in ("accounts", "events")
    )
    exchanges = str(next(path for path in paths if path.exists()))
    request = HuntRequest(exchanges, accounts, events, secret=SECRET)
    settings = Settings()
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        open_duckdb(settings.engine) as engine,
    ):
        source = open_exchanges(request.exchanges, settings.ingest)
        log = gather(request, source, settings, Clock(Silent()), Rejects(nowhere), engine)
    people = assemble(log.gathered, settings.link.seed)
    scene = look(people, whiten(people), schedule_space(people), log.releases_us)
    truth = pq.read_table(folder / "truth" / "accounts.parquet", columns=["account_id", "campaign"])
    rows = zip(truth["account_id"].to_pylist(), truth["campaign"].to_pylist(), strict=True)
    guilty = {account for account, campaign in rows if campaign is not None}
    return Log(
        folder.absolute().name, scene, np.array([a in guilty for a in people.account_id], np.bool_)
    )


def linker(log: Log) -> Callable[[LinkSettings], list[Ring]]:
    """Return what proposes the rings of a log, and does not do the same work twice running."""
    done: dict[LinkSettings, list[Ring]] = {}

    def link(settings: LinkSettings) -> list[Ring]:
        if settings not in done:
            done.clear()
            scene = log.scene
            done[settings] = propose(scene.population, scene.content, scene.schedule, settings)
        return done[settings]

    return link


def named(log: Log, candidates: Sequence[Ring], settings: Settings) -> NDArray[np.bool_]:
    """Return of each account whether it is named."""
    trials = judge(log.scene, candidates, settings.judge)
    rings = name_trials(log.scene, trials, [f"{i}" for i in range(len(trials))])
    verdicts = write_accounts(log.scene, rings)["verdict"].to_numpy(zero_copy_only=False)
    return np.asarray(verdicts == "campaign")


def count(log: Log, candidates: Sequence[Ring], settings: Settings) -> tuple[int, int]:
    """Return how many guilty and how many innocent accounts are named."""
    is_named = named(log, candidates, settings)
    guilty = int(np.count_nonzero(is_named & log.is_guilty))
    return guilty, int(np.count_nonzero(is_named)) - guilty


def measure(log: Log, only: Sequence[str] = ()) -> dict[str, Count]:
    """Return what is named in a log by each change; prints each as it comes."""
    link, counts = linker(log), {}
    for label, settings in changes(only):
        begin = time.process_time()
        guilty, innocent = count(log, link(settings.link), settings)
        counts[label] = Count(guilty, innocent, time.process_time() - begin)
        print(
            f"{log.name}  {label}: {guilty} · {innocent}, {counts[label].cpu_s:.1f} s", flush=True
        )
    return counts


def page(columns: dict[str, dict[str, Count]], n_guilty: dict[str, int]) -> str:
    """Return the page in Markdown: a row for each change, a column for each log, and the sum.

    Rows that differ from the defaults in any log are bold.
    """
    names = list(columns)
    total = sum(n_guilty.values())
    head = [f"{name} (of {n_guilty[name]:,})" for name in names] + [f"all (of {total:,})"]
    lines = [
        INTRODUCTION,
        f"| setting | {' | '.join(head)} |",
        f"|---|{'---:|' * len(head)}",
    ]
    usual = [(columns[name][DEFAULTS].guilty, columns[name][DEFAULTS].innocent) for name in names]
    for label in columns[names[0]]:
        seen = [(columns[name][label].guilty, columns[name][label].innocent) for name in names]
        shown = [f"{a:,} · {b:,}" for a, b in (*seen, tuple(np.sum(seen, axis=0)))]
        if seen != usual:
            shown = [f"**{cell}**" for cell in shown]
        lines.append(f"| {label} | {' | '.join(shown)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("logs", type=Path, nargs="+", help="folders with exchanges and truth")
    parser.add_argument("--only", action="append", default=[], help="such as judge.fdr_ratio")
    parser.add_argument("--write", action="store_true", help="write docs/sensitivity.md")
    given = parser.parse_args()
    names = [folder.absolute().name for folder in given.logs]
    if len(set(names)) < len(names):
        parser.error(f"the folders must differ in name; got {', '.join(names)}. Rename one.")
    columns: dict[str, dict[str, Count]] = {}
    n_guilty: dict[str, int] = {}
    for folder in given.logs:
        log = read(folder)
        n_guilty[log.name] = int(log.is_guilty.sum())
        columns[log.name] = measure(log, given.only)
    text = page(columns, n_guilty)
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

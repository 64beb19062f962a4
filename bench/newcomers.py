"""Who is linked in place of closed accounts: ``python bench/newcomers.py [--days 12 18]``.

Writes the preset ``replacement``, cuts the log at a day, and asks ``track.replacement`` who has
taken the place of a campaign's closed accounts. The campaign is known from the truth, but for those
who began in the last ``--fresh`` days: they are to be found among everybody who began since the
first closure. Beside those linked stands how many share a card, a device or a mailbox with one who
is known: two families must speak, and content nearly always does; and how many a hunt names, which
knows nobody.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sensitivity import linker, named, read
from stillhunt import simulate
from stillhunt.judge.scene import PERSONAL_KINDS
from stillhunt.settings import JudgeSettings, LinkSettings, Settings
from stillhunt.track.replacement import newcomers, successors

DAY_US: Final = 86_400_000_000
SOON: Final = 20
"""Exchanges within which a newcomer should be linked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Of one cut: newcomers of the campaign, and innocents who came since the first closure.

    ``tied``: how many newcomers share a belonging with one who is known. ``linked``: by
    ``track.replacement``. ``named``: by a hunt that knows nobody. ``soon`` and ``soon_named``: of
    newcomers with ``SOON`` exchanges or fewer, but more than half of that.
    """

    guilty: int
    tied: int
    linked: int
    named: int
    soon: int
    soon_named: int
    innocent: int
    innocent_linked: int


def cut(log: Path, day: float, out: Path) -> Path:
    """Write what a log held on a day of its own, truth and accounts with it."""
    rows = ds.dataset(log / "exchanges")
    start = rows.head(1, columns=["time"])["time"]
    begin_us = int(start.cast(pa.int64())[0].as_py()) // DAY_US * DAY_US
    end = pa.scalar(begin_us + round(day * DAY_US), start.type)
    (out / "exchanges").mkdir(parents=True)
    pq.write_table(rows.to_table(filter=pc.field("time") < end), out / "exchanges" / "0.parquet")
    events = pq.read_table(log / "events.parquet")
    pq.write_table(events.filter(pc.less(events["time"], end)), out / "events.parquet")
    for name in ("accounts.parquet", "truth"):
        (out / name).symlink_to(log / name)
    return out


def look(folder: Path, fresh_days: float) -> Found:
    """Return who is linked in a log that was cut."""
    seen = read(folder)
    people = seen.scene.population
    begin_us = np.maximum(people.created_us, people.first_us)
    is_fresh = begin_us > people.last_us.max() - fresh_days * DAY_US
    members = np.flatnonzero(seen.is_guilty & ~is_fresh)
    events = pq.read_table(folder / "events.parquet")
    closed = events.filter(pc.equal(events["kind"], "account_closed"))
    ours = pc.is_in(closed["subject"], value_set=pa.array(people.account_id[members], pa.string()))
    closed_us = closed["time"].filter(ours).cast(pa.int64()).to_numpy()
    come = newcomers(people, members, closed_us)
    linked = successors(people, seen.scene.content, members, come, JudgeSettings()).accounts
    guilty = come[seen.is_guilty[come]]
    tied = [
        held.account[held.entries_with(held.artefact[held.entries_of(members)])]
        for kind, held in seen.scene.artefacts.items()
        if kind in PERSONAL_KINDS
    ]
    is_found = named(seen, linker(seen)(LinkSettings()), Settings())
    asked = people.exchanges[guilty]
    soon = guilty[(asked <= SOON) & (asked > SOON // 2)]
    return Found(
        guilty.size,
        int(np.isin(guilty, np.concatenate(tied)).sum()),
        int(seen.is_guilty[linked].sum()),
        int(is_found[guilty].sum()),
        soon.size,
        int(is_found[soon].sum()),
        come.size - guilty.size,
        int((~seen.is_guilty[linked]).sum()),
    )


def rows(seeds: list[int], days: list[float], innocents: int, fresh_days: float) -> Iterator[str]:
    """Yield the table, piece by piece."""
    yield "| seed | day | newcomers | share a belonging | linked | named | named after "
    yield f"{SOON // 2 + 1} to {SOON} exchanges | innocents linked |\n"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    for seed in seeds:
        with tempfile.TemporaryDirectory() as scratch:
            log = Path(scratch) / "log"
            simulate.write(simulate.scenario("replacement").among(innocents), log, seed)
            for day in days:
                found = look(cut(log, day, Path(scratch) / f"{day:g}"), fresh_days)
                yield (
                    f"| {seed} | {day:g} | {found.guilty} | {found.tied} | {found.linked} "
                    f"| {found.named} | {found.soon_named} of {found.soon} "
                    f"| {found.innocent_linked} of {found.innocent:,} |\n"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--days", type=float, nargs="*", default=[12, 18])
    parser.add_argument("--innocents", type=int, default=6_000)
    parser.add_argument(
        "--fresh", type=float, default=4, help="days that newcomers have been there"
    )
    given = parser.parse_args()
    for row in rows(given.seeds, given.days, given.innocents, given.fresh):
        print(row, end="", flush=True)


if __name__ == "__main__":
    main()

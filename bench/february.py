"""The traffic of February at any size, written by several processes in bounded memory.

``python bench/february.py FOLDER [--rows 33100000]``: the three published campaigns (150 k, 3.4 M
and 13 M exchanges over 24,000 accounts) among as much innocent traffic, for which ``stillhunt
simulate february`` plants a whole provider's. Fewer rows are the same world with fewer accounts.
"""

import argparse
import multiprocessing
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from stillhunt.simulate import Scenario, scenario, write
from stillhunt.simulate.mixes import Mix

ROWS: Final = 33_100_000
N_INNOCENTS: Final = 440_000
HABIT: Final = 0.185  # of each class's own, so that half of the exchanges are innocent
AGENTS_A_DAY: Final = 40.0  # 3.4 M in all
SEED: Final = 1


def february(rows: int) -> Scenario:
    """Return the scenario of about ``rows`` exchanges."""
    preset = scenario("february")
    plans = [
        replace(p, per_day=AGENTS_A_DAY) if p.name == "agents" else p for p in preset.campaigns
    ]
    innocents = Mix("ordinary", N_INNOCENTS, HABIT).populations()
    return replace(preset, innocents=tuple(innocents), campaigns=tuple(plans)).scaled(rows / ROWS)


def write_log(folder: Path, rows: int, processes: int) -> None:
    """Write exchanges, accounts, events and truth under ``folder``, days shared by processes."""
    world = february(rows)
    parts = [folder.with_name(f"{folder.name}-{k}") for k in range(processes)]
    days = [range(k, world.days, processes) for k in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.starmap(_write_days, [(world, part, d) for part, d in zip(parts, days, strict=True)])
    for name in ("exchanges", "truth"):
        (folder / name).mkdir(parents=True)
    for k, part in enumerate(parts):
        for path in (part / "exchanges").iterdir():
            path.rename(folder / "exchanges" / f"{path.stem}-{k}.parquet")  # in order of days
    for name in ("accounts.parquet", "events.parquet"):
        (parts[0] / name).rename(folder / name)
    seen = pa.concat_tables([pq.read_table(p / "truth" / "accounts.parquet") for p in parts])
    seen = seen.group_by(seen.column_names).aggregate([])
    pq.write_table(seen, folder / "truth" / "accounts.parquet", compression="zstd")
    with pq.ParquetWriter(folder / "truth" / "exchanges.parquet", _truth(parts[0]).schema_arrow,
                          compression="zstd") as whole:  # fmt: skip
        for part in parts:
            for batch in _truth(part).iter_batches():
                whole.write_batch(batch)
    for part in parts:
        shutil.rmtree(part)


def _truth(part: Path) -> pq.ParquetFile:
    return pq.ParquetFile(part / "truth" / "exchanges.parquet")


def _write_days(world: Scenario, folder: Path, days: range) -> None:
    pa.set_cpu_count(1)
    write(world, folder, SEED, days=days)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    write_log(given.folder, given.rows, given.processes)


if __name__ == "__main__":
    main()

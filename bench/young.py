"""Are innocents named while a log is young? ``python bench/young.py [--presets …] [--seeds 3 4]``.

Writes a preset, and hunts anew in what had come after every six hours of its first week, as one
would who looks too often and does not pay for it. Prints, for each look at which an innocent was
named, how many, and in the end at how many looks that was so.
"""

import argparse
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from hunting import hunt
from live_leak import ROWS
from stillhunt import simulate

HOURS = range(24, 169, 6)
SCALES = {row.preset: row.scale for row in reversed(ROWS)}  # the smaller of two


def cut(whole: Path, hours: int, young: Path) -> None:
    """Write what of a log had come, and happened, after so many hours."""
    rows = ds.dataset(whole / "exchanges").to_table()
    end = pc.min(rows["time"]).as_py() + timedelta(hours=hours)
    (young / "exchanges").mkdir(parents=True)
    pq.write_table(rows.filter(pc.field("time") < end), young / "exchanges" / "part.parquet")
    events = pq.read_table(whole / "events.parquet")
    if len(happened := events.filter(pc.field("time") < end)):
        pq.write_table(happened, young / "events.parquet")
    shutil.copy(whole / "accounts.parquet", young)
    shutil.copytree(whole / "truth", young / "truth")


def looks(preset: str, innocents: int, seed: int) -> int:
    """Return at how many looks an innocent was named; say so as it comes."""
    made = simulate.scenario(preset).scaled(SCALES[preset]).among(innocents)
    wronged = 0
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        simulate.write(made, whole, seed)
        for hours in HOURS:
            young, out = Path(scratch) / f"{hours}", Path(scratch) / f"{hours}-verdicts"
            cut(whole, hours, young)
            hunt(young, out)
            verdicts = pq.read_table(out / "accounts.parquet", columns=["account_id", "verdict"])
            truth = pq.read_table(young / "truth" / "accounts.parquet")
            named = verdicts.filter(pc.field("verdict") == "campaign")
            known = named.join(truth.select(["account_id", "campaign"]), "account_id")
            if n := known["campaign"].null_count:
                print(f"{preset} {seed}: {n} of {len(named)} named after {hours} h", flush=True)
                wronged += 1
            shutil.rmtree(young)
    return wronged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="*", default=["february"], choices=SCALES)
    parser.add_argument("--innocents", type=int, default=6_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[3, 4])
    given = parser.parse_args()
    for preset in given.presets:
        wronged = sum(looks(preset, given.innocents, seed) for seed in given.seeds)
        n_looks = len(HOURS) * len(given.seeds)
        print(f"{preset}: innocents named at {wronged} of {n_looks} looks")


if __name__ == "__main__":
    main()

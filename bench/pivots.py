"""How soon a move to a new model can show: ``python bench/pivots.py [--seeds 21 22 23 24]``.

Writes the preset ``pivot``, in which nine tenths of harvest move evenly over the day of a release,
and prints what ``track.pivot`` sees of the campaign, its accounts being known from the truth, hours
after the release; and of how many groups of innocents as large it tells a move.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillhunt import simulate
from stillhunt.settings import JudgeSettings
from stillhunt.track.pivot import LOOKS_H, Move, moved, paid

HOURS: Final = (3, 6, 9, 12, 18, 24)
HOUR_US: Final = 3_600_000_000
CONTROLS: Final = 60

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Day:
    """The exchanges of the day after a release: account, hour, and whether on the new model."""

    account: Ints
    hour: Ints
    is_new: NDArray[np.bool_]
    is_guilty: NDArray[np.bool_]  # of each account

    def move(self, hours: int, members: Ints, rng: np.random.Generator) -> Move:
        """Return how some accounts have moved by then, beside the rest."""
        is_due, n = self.hour < hours, self.is_guilty.size
        total = np.bincount(self.account[is_due], minlength=n)
        new = np.bincount(self.account[is_due & self.is_new], minlength=n)
        return moved(new, total, members, rng)

    def told_after(self, members: Ints, rng: np.random.Generator) -> int | None:
        """Return the hours after which ``track`` tells the move, each look paid; None: never."""
        for hours in LOOKS_H:
            if paid(self.move(hours, members, rng).p_value) <= JudgeSettings().fdr_ratio:
                return hours
        return None


def read(log: Path) -> Day:
    """Return the day after the release of a log that ``simulate`` wrote."""
    events = pq.read_table(log / "events.parquet").filter(pc.field("kind") == "model_release")
    release, model = events["time"][0], events["subject"][0]
    rows = ds.dataset(log / "exchanges").to_table(
        columns=["account_id", "time", "model"],
        filter=(pc.field("time") >= release)
        & (pc.field("time") < pa.scalar(release.value + 24 * HOUR_US, release.type)),
    )
    coded = rows["account_id"].combine_chunks().dictionary_encode()
    truth = pq.read_table(log / "truth" / "accounts.parquet").filter(
        pc.is_valid(pc.field("campaign"))
    )
    return Day(
        coded.indices.to_numpy().astype(np.int64),
        (rows["time"].cast(pa.int64()).to_numpy() - release.value) // HOUR_US,
        pc.equal(rows["model"], model).to_numpy(),
        pc.is_in(coded.dictionary, truth["account_id"].combine_chunks()).to_numpy(False),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[21, 22, 23, 24])
    parser.add_argument("--innocents", type=int, default=6_000)
    given = parser.parse_args()
    print("Share of the accounts' exchanges on the new model, of others beside them, and p.\n")
    print(
        "| seed | accounts | " + " | ".join(f"{h} h" for h in HOURS) + " | told after | controls |"
    )
    print("|---|--:|" + "--:|" * (len(HOURS) + 2))
    for seed in given.seeds:
        rng = np.random.default_rng(seed)
        with tempfile.TemporaryDirectory() as scratch:
            made = simulate.scenario("pivot").among(given.innocents)
            simulate.write(made, Path(scratch) / "log", seed)
            day = read(Path(scratch) / "log")
        guilty, innocent = np.flatnonzero(day.is_guilty), np.flatnonzero(~day.is_guilty)
        moves = [day.move(hours, guilty, rng) for hours in HOURS]
        shown = " | ".join(f"{m.share:.2f}, {m.typical:.2f}, {m.p_value:.1g}" for m in moves)
        groups = (rng.choice(innocent, guilty.size, replace=False) for _ in range(CONTROLS))
        n_told = sum(day.told_after(group, rng) is not None for group in groups)
        after = day.told_after(guilty, rng)
        print(
            f"| {seed} | {guilty.size} | {shown} | {f'{after} h' if after else 'never'} "
            f"| {n_told} of {CONTROLS} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

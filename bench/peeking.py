"""How often innocence is named when it is judged again and again for 90 days.

``python bench/peeking.py [--rings 20000] [--days 90]`` follows innocent rings whose exchanges grow
steadily, from 100 to some thousands. Each family's evidence is a mean over the ring's exchanges so
far, so its z-score is a Brownian motion over its square root, the p-value its tail, the bits those
of ``stats.bits_of_p``; a ring is named when the bits of all families pass the prior of m rings and
the accepted rate, as ``judge`` does, less the second family that it wants besides. Rings are judged
every hour (minute by minute adds less than a tenth: what happened within the hour hardly differs).
Four ways: once, at the end; at every judgement without paying; likewise, paying; and at every
doubling, paying.

``--innocents 1500`` does it once from end to end: clean traffic of the simulator is replayed
and judged every 12 hours, paying and not, and the innocents ever named are counted.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from stillhunt import simulate
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.gathering import HuntRequest
from stillhunt.ingest import Rejects
from stillhunt.judge.looks import cost_bits, number
from stillhunt.progress import Silent
from stillhunt.prove import Replayed, leak
from stillhunt.replay import Pace, planted_in, replay
from stillhunt.settings import JudgeSettings, Settings

N_RINGS = 2
"""Rings that stand apart in the traffic: the prior is one of so many. Two, the least there is, ask
for the fewest bits, so that anything is named at all."""
RATES = (0.1, 0.05, 0.01)
SECRET = b"benchmark-only-" + b"0" * 32
CAP_BITS = 16.0
FAMILIES = 4
BLOCK = 500


def bits(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what z-scores are worth, as ``stats.bits_of_p`` and the cap have it."""
    p = np.clip(norm.sf(z), 1e-300, 1 - 1e-6)
    log = np.log(p)
    worth = np.log2((1 - p + p * log) / (p * log * log))
    return np.asarray(np.minimum(worth, CAP_BITS))


WAYS = ("once, at the end", "every hour, unpaid", "every hour, paid", "by growth, paid")


def named(rings: int, hours: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how many innocent rings were named, by the way of looking and the accepted rate."""
    counts = np.zeros((len(WAYS), len(RATES)), np.int64)
    exchanges = np.linspace(100, 100 + 2 * hours, hours)
    look = np.array([number(int(n)) for n in exchanges])
    due = np.diff(look, prepend=0) > 0
    cost = np.array([cost_bits(k) for k in (look - look[0] + 1).tolist()])
    step = np.sqrt(np.diff(exchanges, prepend=0))
    for _ in range(0, rings, BLOCK):
        total = np.zeros((BLOCK, hours))
        for _family in range(FAMILIES):
            walk = (rng.standard_normal((BLOCK, hours)) * step).cumsum(axis=1)
            total += bits(walk / np.sqrt(exchanges))
        paid = total - cost
        best = [total[:, -1], total.max(axis=1), paid.max(axis=1), paid[:, due].max(axis=1)]
        for column, rate in enumerate(RATES):
            need = np.log2(N_RINGS) + np.log2((1 - rate) / rate)
            counts[:, column] += [int((one >= need).sum()) for one in best]
    return counts


def replayed(innocents: int, seed: int, step_h: int) -> dict[str, Replayed]:
    """Return what replays of clean traffic showed, without paying for looks and with."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch)
        simulate.write(simulate.scenario("nothing").among(innocents), log, seed)
        request = HuntRequest(str(log / "exchanges"), str(log / "accounts.parquet"), secret=SECRET)
        planted = planted_in(log / "truth", SECRET)
        for way, is_repeated in ("unpaid", False), ("paid", True):
            settings = Settings(judge=JudgeSettings(is_repeated=is_repeated))
            with Path(os.devnull).open("w") as nowhere, open_duckdb(settings.engine) as engine:
                pace = Pace(step_h * 3_600_000_000)
                looks = replay(request, settings, pace, Silent(), Rejects(nowhere), engine)
                found[way] = leak(planted, looks)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rings", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--innocents", type=int, default=0)
    options = parser.parse_args()
    if options.innocents:
        for way, one in replayed(options.innocents, options.seed, 12).items():
            print(f"{way}: {one.wronged} innocents named at one of {one.looks} looks or more")
        return
    hours = options.days * 24
    counts = named(options.rings, hours, np.random.default_rng(options.seed))
    print(
        f"Expected innocent rings named of {N_RINGS} in {options.days} days, at accepted rates:\n"
    )
    print("| judged |" + "".join(f" {rate:g} |" for rate in RATES))
    print("|---|" + "--:|" * len(RATES))
    for way, row in zip(WAYS, counts / options.rings * N_RINGS, strict=True):
        print(f"| {way} |" + "".join(f" {value:.4f} |" for value in row))


if __name__ == "__main__":
    main()

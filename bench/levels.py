"""How often each family speaks of innocents: ``python bench/levels.py LOG [LOG ...]``.

LOG is as ``bench/sensitivity.py`` takes it. Half of a log's comparison groups, drawn among
innocents alone, are read like rings against the other half. Of p-values that keep their word, 5 in
100 lie at 0.05 or below, and 1 in 100 at 0.01, however a family's signals depend on each other.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from sensitivity import Log, read
from stillhunt.judge.evidence import Reading, family_p
from stillhunt.judge.nulls import Nulls
from stillhunt.judge.signals import SIGNALS
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null, tail_p

WAYS: Final = ("random", "pool")
SIZES: Final = (40, 250)
LEVELS: Final = (0.05, 0.01, 0.002)


def readings(log: Log, way: str, size: int) -> list[list[Reading]]:
    """Return what every signal that can speak says of each group of the first half."""
    groups = Nulls(log.scene, JudgeSettings(), log.is_guilty, ()).final().groups(way, size)
    told: list[list[Reading]] = [[] for _ in groups[::2]]
    for signal in SIGNALS:
        values = np.array([signal.measure(log.scene, group) for group in groups])
        null = Null.of(values[1::2])
        for own, value in zip(told, values[::2], strict=True):
            if np.isfinite(value):
                p_value = tail_p(float(value), null, signal.grain)
                n = null.values.size
                own.append(Reading(signal, float(value), p_value, way, n, null.median, null.p95))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("logs", nargs="+", type=Path)
    p_values: dict[str, list[float]] = defaultdict(list)
    for folder in parser.parse_args().logs:
        log = read(folder)
        for way in WAYS:
            for size in SIZES:
                for told in readings(log, way, size):
                    for family, p_value in family_p(told).items():
                        p_values[family].append(p_value)
    print("| family | groups |", *(f" p ≤ {level:g} |" for level in LEVELS), sep="")
    print("|---|--:|", "--:|" * len(LEVELS), sep="")
    for name, values in p_values.items():
        shares = (f" {np.mean(np.array(values) <= level):.2%} |" for level in LEVELS)
        print(f"| {name} | {len(values):,} |", *shares, sep="")


if __name__ == "__main__":
    main()

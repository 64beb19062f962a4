"""Who is named for owning what a campaign owns: ``python bench/flatmates.py LOG [LOG ...]``.

LOG is as ``bench/sensitivity.py`` takes it. Six innocents without a card of their own, three of
them with five exchanges or fewer, are given the card of one campaign account each, or its device
too; then the log is judged. All else about them stays. What no campaign shares is left out.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from sensitivity import Log, linker, named, read
from stillhunt.judge.scene import look
from stillhunt.population import Index, Uses
from stillhunt.settings import Settings

IN_COMMON: Final = (("payment",), ("payment", "device"))
SEEDS: Final = (1, 2, 3)
FEW: Final = 5


def share(log: Log, kinds: Sequence[str], seed: int) -> tuple[Log, Index]:
    """Return the log with flatmates, and who they are: as many who do little as who do more."""
    people, rng = log.scene.population, np.random.default_rng(seed)
    uses = people.uses
    is_free = ~log.is_guilty
    for kind in kinds:
        is_free[uses.of(kind).account] = False
    sides = (is_free & (people.exchanges <= FEW), is_free & (people.exchanges > FEW))
    mates = np.concatenate([rng.choice(np.flatnonzero(side), 3, replace=False) for side in sides])
    for kind in kinds:
        theirs = uses.of(kind)
        shared = np.flatnonzero(log.is_guilty[theirs.account])
        if not shared.size:
            continue
        entry = rng.choice(shared, mates.size)
        uses = Uses(
            np.append(uses.account, mates.astype(np.int32)),
            np.append(uses.kind, theirs.kind[entry]),
            np.append(uses.key, theirs.key[entry]),
            np.append(uses.n, people.exchanges[mates].astype(np.int32)),
            uses.kinds,
        )
    no_releases = np.zeros(0, dtype=np.int64)
    scene = look(replace(people, uses=uses), log.scene.content, log.scene.schedule, no_releases)
    return Log(log.name, scene, log.is_guilty), mates


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("logs", nargs="+", type=Path)
    print("| log | in common | flatmates named | campaign accounts named |\n|---|---|--:|--:|")
    settings = Settings()
    for folder in parser.parse_args().logs:
        log = read(folder)
        for kinds, seed in product(IN_COMMON, SEEDS):
            with_mates, mates = share(log, kinds, seed)
            is_named = named(with_mates, linker(with_mates)(settings.link), settings)
            n, guilty = int(is_named[mates].sum()), int((is_named & log.is_guilty).sum())
            cells = (log.name, " and ".join(kinds), f"{n} of {mates.size}", f"{guilty}")
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

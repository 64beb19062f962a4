"""Show whether people who have something in common rise and fall together, day by day.

``python bench/communities.py TRACE`` reads posts of real accounts (CooRTweet's German elections of
2021: ``account_id``, ``timestamp``, ``domain_id``, ``hashtag_id``) and measures, for all that share
a domain or hashtag, what ``shared_days`` measures for a ring, beside as many accounts at random.
What such communities show is what innocence looks like; its ``grain`` is set by that.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillhunt.judge.signals.shared_days import SharedDays, common_swing
from stillhunt.link.schedule import days_of
from stillhunt.population import Days, Index
from stillhunt.stats import Null, tail_p

KINDS: Final = ("domain_id", "hashtag_id")
FEWEST_DAYS: Final = 4
"""Days on which an account must have posted to take part."""
SIZES: Final = ((40, 60), (60, 120), (120, 250), (250, 700))
RANDOM: Final = 200
"""Groups at random that each community is compared with."""
HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Posts:
    """Real accounts' days, which of them post often enough, and who shares what."""

    days: Days
    active: Index
    communities: list[Index]


def read(path: Path) -> Posts:
    """Return the posts of a trace."""
    table = pq.read_table(path, columns=["account_id", "timestamp", *KINDS])
    _, account = np.unique(table["account_id"].to_numpy(), return_inverse=True)
    hour = (table["timestamp"].to_numpy() // HOUR_S).astype(np.int64)
    pairs, n = np.unique(np.stack([account, hour]), axis=1, return_counts=True)
    who, when, many = (x.astype(np.int32) for x in (pairs[0], pairs[1], n))
    days = days_of(who, when, many, int(account.max()) + 1)
    active = np.flatnonzero(np.count_nonzero(days.vectors, axis=1) >= FEWEST_DAYS)
    groups = [
        group for kind in KINDS for group in _sharing(table[kind].to_pylist(), account, active)
    ]
    return Posts(days, active, groups)


def _sharing(
    labels: list[str | None], account: NDArray[np.int64], active: Index
) -> Iterator[Index]:
    named = np.array([label or "" for label in labels])
    names, count = np.unique(named, return_counts=True)
    for name in names[(count >= SIZES[0][0]) & (names != "")]:
        yield np.intersect1d(account[named == name], active)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("trace", type=Path)
    posts = read(parser.parse_args().trace)
    rng, grain = np.random.default_rng(0), SharedDays().grain

    def swing(rows: Index) -> float:
        return common_swing(posts.days.vectors[rows], posts.days.weekday)

    print(f"{posts.active.size:,} accounts on {posts.days.weekday.size} days, grain {grain}")
    print("| accounts | communities | beyond random, mean | smallest p | p < 0.05 |")
    print("|---|--:|--:|--:|--:|")
    for low, high in SIZES:
        beyond, p_values = [], []
        for rows in posts.communities:
            if not low <= rows.size < high:
                continue
            groups = (rng.choice(posts.active, rows.size, replace=False) for _ in range(RANDOM))
            null = np.array([swing(group) for group in groups])
            beyond.append(swing(rows) - float(np.nanmean(null)))
            p_values.append(tail_p(swing(rows), Null.of(null), grain))
        print(
            f"| {low} to {high} | {len(beyond)} | {np.mean(beyond):.4f} | {min(p_values):.3f} | "
            f"{np.count_nonzero(np.array(p_values) < 0.05)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

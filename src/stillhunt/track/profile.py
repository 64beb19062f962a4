"""What is left of a campaign when its accounts, addresses and cards are gone, and who matches it.

A profile holds no account and no text: the mean projection of what was asked, the hours, and keyed
hashes of the clients. A new ring is recognised when it is more like the profile than unrelated
groups of the same traffic are, in two of the three. Cells are not kept: they are learnt anew from
each log, so those of two months do not compare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillhunt.population import Floats, Index, Population
from stillhunt.records import SKETCH_SCALE, WEIGHT_CAP
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null, bits_of_p, probability_of_bits, tail_p
from stillhunt.tables import PROFILES, TIME

GRAIN: Final = {"content": 0.05, "clock": 0.05, "client": 0.5}
"""Smallest differences worth a word: of cosines, and of bits of shared clients."""

RIDGE: Final = 0.05
"""Share of the mean variance added before whitening, as in the space of what is asked."""

CAP_BITS: Final = 16.0
"""What one family can say, as of a ring."""

MOST_CLIENTS: Final = 32
"""Clients that a profile keeps, the most used first: what the rest adds is no habit."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a group of accounts asks, when, and with which clients.

    ``asks``: mean projection, of length 1 for one prompt; zeros where no text was kept. ``clock``:
    exchanges by hour of the day. ``clients``: keyed hashes, and the share of accounts with each.
    """

    asks: Floats
    clock: Index
    clients: NDArray[np.uint64]
    client_share: Floats
    exchanges: int


@dataclass(frozen=True, slots=True)
class Match:
    """How likely a group that has nothing to do with a profile would be so like it, by family."""

    p_values: dict[str, float]

    @property
    def bits(self) -> float:
        """Return the evidence of all families, each at most ``CAP_BITS``."""
        return sum(min(bits_of_p(p), CAP_BITS) for p in self.p_values.values())

    @property
    def second_p(self) -> float:
        """Return the p-value of the second best family; 1 where there is none."""
        return sorted([*self.p_values.values(), 1.0, 1.0])[1]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Compares profiles in one population: directions and clients count by how unusual they are."""

    centre: Floats
    whitener: Floats
    hours: Floats
    clients: dict[int, float]  # share of all accounts

    @staticmethod
    def of(people: Population) -> "Likeness":
        """Return what is usual in a population."""
        rows, sketch = people.sample.account, people.sample.sketch / SKETCH_SCALE
        seen = np.bincount(rows, minlength=len(people))
        weight = (np.minimum(seen, WEIGHT_CAP) / np.maximum(seen, 1))[rows]
        weight = weight / max(weight.sum(), 1e-9)
        centre = weight @ sketch
        away = sketch - centre
        values, turn = np.linalg.eigh((away * weight[:, None]).T @ away)
        values = np.maximum(values, 0)
        whitener = turn / np.sqrt(values + RIDGE * values.mean() + 1e-9)
        uses = people.uses.of("client")
        keys, holders = np.unique(uses.key, return_counts=True)
        held = holders.astype(np.float64) / max(len(people), 1)
        shares = dict(zip(keys.tolist(), held.tolist(), strict=True))
        return Likeness(centre, whitener, _share(people.clock.sum(axis=0)), shares)

    def of_two(self, one: Profile, other: Profile) -> dict[str, float]:
        """Return how alike two profiles are, by family; NaN where it cannot be told.

        Content and clock are cosines of what is unusual in both, client is in bits.
        """
        return {
            "content": _cosine(*((p.asks - self.centre) @ self.whitener for p in (one, other)))
            if one.asks.any() and other.asks.any()
            else float("nan"),
            "clock": _cosine(*(np.sqrt(_share(p.clock)) - np.sqrt(self.hours)
                               for p in (one, other))),
            "client": self._common_clients(one, other),
        }  # fmt: skip

    def _common_clients(self, one: Profile, other: Profile) -> float:
        """Return the bits of the clients that accounts of both have, weighed by their share."""
        if not one.clients.size or not other.clients.size:
            return float("nan")
        theirs = dict(zip(other.clients.tolist(), other.client_share.tolist(), strict=True))
        least = 1 / max(len(self.clients), 1)
        bits = (
            min(share, theirs[key]) * -np.log2(min(max(self.clients.get(key, 0.0), least), 1.0))
            for key, share in zip(one.clients.tolist(), one.client_share.tolist(), strict=True)
            if key in theirs
        )
        return float(sum(bits))


def profile_of(people: Population, members: Index) -> Profile:
    """Return the profile of some accounts."""
    n_text = int(people.text_exchanges[members].sum())
    sums = people.sums[members].sum(axis=0, dtype=np.float64)
    uses = people.uses.of("client")
    keys, n = np.unique(uses.key[np.isin(uses.account, members)], return_counts=True)
    most = np.argsort(-n, kind="stable")[:MOST_CLIENTS]
    return Profile(
        asks=sums / SKETCH_SCALE / max(n_text, 1),
        clock=people.clock[members].sum(axis=0),
        clients=keys[most],
        client_share=np.asarray(n[most], np.float64) / max(members.size, 1),
        exchanges=int(people.exchanges[members].sum()),
    )


def match(likeness: Likeness, profile: Profile, ring: Profile, groups: Sequence[Profile]) -> Match:
    """Return how a ring matches a profile, beside groups that have nothing to do with it."""
    seen = likeness.of_two(ring, profile)
    null = [likeness.of_two(group, profile) for group in groups]
    return Match(
        {
            family: tail_p(value, Null.of(np.array([one[family] for one in null])), GRAIN[family])
            for family, value in seen.items()
            if np.isfinite(value)
        }
    )


def recognise(
    likeness: Likeness,
    gone: Mapping[str, Profile],
    ring: Profile,
    groups: Sequence[Profile],
    settings: JudgeSettings,
) -> str | None:
    """Return which campaign that is gone a new ring continues; None: none of them.

    As for a ring: before any evidence it is as likely to continue one of them as to be new; its
    bits must bring the error below ``fdr_ratio``, and two families must speak.
    """
    matches = {name: match(likeness, profile, ring, groups) for name, profile in gone.items()}
    name = max(matches, key=lambda name: (matches[name].bits, name))
    error = 1 - probability_of_bits(matches[name].bits - np.log2(len(gone)))
    is_sure = error <= settings.fdr_ratio and matches[name].second_p <= settings.speaks_p
    return name if is_sure else None


def to_table(profiles: dict[str, Profile], at_us: int) -> pa.Table:
    """Return profiles as ``PROFILES``."""
    rows = [
        {
            "campaign_id": campaign, "last_at": at_us, "exchanges": one.exchanges,
            "asks": one.asks.tolist(), "clock": one.clock.tolist(),
            "clients": one.clients.tolist(), "client_share": one.client_share.tolist(),
        }
        for campaign, one in profiles.items()
    ]  # fmt: skip
    plain = pa.schema([(f.name, pa.int64() if f.type == TIME else f.type) for f in PROFILES])
    return pa.Table.from_pylist(rows, schema=plain).cast(PROFILES)


def from_table(table: pa.Table) -> dict[str, Profile]:
    """Return the profiles of ``PROFILES`` by campaign."""
    return {
        row["campaign_id"]: Profile(
            np.array(row["asks"], np.float64), np.array(row["clock"], np.int64),
            np.array(row["clients"], np.uint64), np.array(row["client_share"], np.float64),
            row["exchanges"],
        )
        for row in table.to_pylist()
    }  # fmt: skip


def _share(counts: Index) -> Floats:
    share: Floats = np.asarray(counts, np.float64) / np.float64(max(counts.sum(), 1))
    return share


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))

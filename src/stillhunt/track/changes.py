"""What changed between two judgements: campaigns found, grown, merged, split, gone quiet."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal[
    "found", "suspected", "grew", "merged", "split", "quiet", "resumed", "cleared"
]  # fmt: skip

HALF: Final = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign as one judgement saw it. ``verdict``: campaign or suspect."""

    verdict: str
    members: frozenset[str]
    exchanges: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """All campaigns of one judgement, and the time of the newest exchange that it knew."""

    campaigns: Mapping[str, Standing]
    newest_us: int


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one campaign.

    ``accounts`` are those that came to it, in order; ``others`` the campaigns that it took in
    (merged), or the one that it came from (split), or went into (cleared; none: nobody any more).
    """

    kind: Kind
    campaign_id: str
    accounts: tuple[str, ...]
    others: tuple[str, ...]
    n_accounts: int
    exchanges: int


NOTHING: Final = Judgement({}, 0)


def judgement(accounts: pa.Table, campaigns: pa.Table) -> Judgement:
    """Return what two tables of a verdict folder say of campaigns."""
    mine = accounts.filter(pc.is_valid(accounts["campaign_id"]))
    members: dict[str, list[str]] = {}
    for row in mine.select(["campaign_id", "account_id"]).to_pylist():
        members.setdefault(row["campaign_id"], []).append(row["account_id"])
    columns = ["campaign_id", "verdict", "exchanges", "last_seen"]
    plain = campaigns.select(columns).set_column(
        3, "last_seen", campaigns["last_seen"].cast(pa.int64())
    )
    found = {
        row["campaign_id"]: Standing(
            row["verdict"], frozenset(members.get(row["campaign_id"], ())),
            row["exchanges"], row["last_seen"],
        )
        for row in plain.to_pylist()
    }  # fmt: skip
    newest = pc.max(accounts["last_seen"].cast(pa.int64())).as_py()
    return Judgement(found, newest or 0)


def differ(before: Judgement, after: Judgement, quiet_us: int) -> list[Change]:
    """Return what changed, in order of campaign; the same judgement twice is no change.

    A campaign merged when most members of another, now gone, are in it; it split off when most of
    its own were in another, that still stands. ``quiet_us``: how long nothing came from a campaign
    that is quiet.

    >>> one = Judgement({"SH-1": Standing("campaign", frozenset("ab"), 9, 5)}, 5)
    >>> [change.kind for change in differ(NOTHING, one, 10)], differ(one, one, 10)
    (['found'], [])
    """
    home = {m: name for name, one in before.campaigns.items() for m in one.members}
    into = {m: name for name, one in after.campaigns.items() for m in one.members}
    gone = {
        name: _most(before.campaigns[name].members, into)
        for name in before.campaigns.keys() - after.campaigns.keys()
    }
    changes: list[Change] = []
    for name in sorted(after.campaigns):
        taken = tuple(sorted(other for other, heir in gone.items() if heir == name))
        changes += _of_one(name, before, after, (taken, home), quiet_us)
    for name in sorted(gone):
        heir, was = gone[name], before.campaigns[name]
        others = () if heir is None else (heir,)
        changes.append(Change("cleared", name, (), others, 0, was.exchanges))
    return changes


def _of_one(
    name: str,
    before: Judgement,
    after: Judgement,
    kin: tuple[tuple[str, ...], Mapping[str, str]],
    quiet_us: int,
) -> Iterator[Change]:
    taken, home = kin
    now, was = after.campaigns[name], before.campaigns.get(name)
    came = tuple(sorted(now.members - (was.members if was else frozenset())))

    def change(kind: Kind, others: tuple[str, ...] = ()) -> Change:
        return Change(kind, name, came, others, len(now.members), now.exchanges)

    if taken:
        yield change("merged", taken)
    if was is None:
        origin = _most(now.members, home)
        if origin is not None and origin in after.campaigns:
            yield change("split", (origin,))
    if was is None or was.verdict != now.verdict:
        yield change("found" if now.verdict == "campaign" else "suspected")
    elif came and not taken:
        yield change("grew")
    is_quiet = after.newest_us - now.last_us > quiet_us
    was_quiet = was is not None and before.newest_us - was.last_us > quiet_us
    if is_quiet != was_quiet:
        yield change("quiet" if is_quiet else "resumed")


def _most(members: frozenset[str], place: Mapping[str, str]) -> str | None:
    """Return where at least half of the members are, None where nowhere is."""
    counts = Counter(place[one] for one in members if one in place)
    if not counts:
        return None
    name, n = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return name if HALF * n >= len(members) else None

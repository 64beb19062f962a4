"""What became of each campaign between two judgements, read off its accounts.

Nothing is decided here: ids come from ``identity``. Given who was in which campaign before, and who
is now, a campaign was found, has grown or shrunk, split off another, merged into another, has gone
quiet (nothing comes from its accounts any more), was cleared (they go on, and are named no longer),
or has returned.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.tables import HISTORY, ROSTER, TIME, Track

_BEGINS: Final = ("found", "split", "returned")
_ENDS: Final = ("merged", "quiet", "cleared")


@dataclass(frozen=True, slots=True)
class Kin:
    """A campaign's parents (it split off them, or they merged into it) and its children."""

    parents: tuple[str, ...]
    children: tuple[str, ...]


def bearers(roster: pa.Table) -> dict[str, str]:
    """Return the campaign that each account was in last."""
    if "last_at" in roster.column_names:
        roster = roster.sort_by([("last_at", "ascending"), ("campaign_id", "ascending")])
    columns = (roster[name].to_pylist() for name in ("account_id", "campaign_id"))
    return dict(zip(*columns, strict=True))


def enrol(roster: pa.Table, members: pa.Table, at_us: int) -> pa.Table:
    """Return the roster with those who are in a campaign now (``campaign_id``, ``account_id``)."""
    at = pa.repeat(pa.scalar(at_us, pa.int64()), members.num_rows).cast(TIME)
    now = pa.table([members["campaign_id"], members["account_id"], at, at], schema=ROSTER)
    both = pa.concat_tables([roster, now]).group_by(["campaign_id", "account_id"])
    table = both.aggregate([("first_at", "min"), ("last_at", "max")])
    return table.rename_columns(ROSTER.names).sort_by(
        [("campaign_id", "ascending"), ("account_id", "ascending")]
    )


def compare(before: Track, members: pa.Table, silent: Collection[str], at_us: int) -> pa.Table:
    """Return the rows of ``HISTORY`` that the judgement at ``at_us`` adds.

    ``members``: ``campaign_id`` and ``account_id`` of who is named now. ``silent``: the campaigns
    from whose accounts nothing comes any more. Nothing has changed: no rows.
    """
    joined = _flows(members, bearers(before.roster))
    left = _flows(at_last(before.roster), bearers(members))
    is_on = active(before.history)
    rows = [
        *_of_present(joined, left, is_on, silent),
        *_of_gone(left, is_on - joined.keys(), silent),
    ]
    at = pa.array([at_us] * len(rows), pa.int64()).cast(TIME)
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    names = ("campaign_id", "change", "other_id", "accounts")
    table = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return pa.table({"at": at, **table, "p_value": [None] * len(rows)}, schema=HISTORY)


def active(history: pa.Table) -> set[str]:
    """Return the campaigns that were there, and not quiet, at the last judgement."""
    there: dict[str, bool] = {}
    columns = (history[name].to_pylist() for name in ("at", "campaign_id", "change"))
    rows = [row for row in zip(*columns, strict=True) if row[2] in _BEGINS + _ENDS]
    # What is found when it has long been quiet begins and ends at once.
    for _, campaign, change in sorted(rows, key=lambda row: (row[0], row[2] in _ENDS)):
        there[campaign] = change in _BEGINS
    return {campaign for campaign, is_there in there.items() if is_there}


def kin(history: pa.Table, campaign: str) -> Kin:
    """Return the parents and children of a campaign."""
    parents, children = [], []
    tied = history.filter(pc.is_valid(history["other_id"]))
    for row in tied.select(["campaign_id", "change", "other_id"]).to_pylist():
        # What splits off is a child of the other; what merges, a parent.
        child, parent = row["campaign_id"], row["other_id"]
        if row["change"] == "merged":
            child, parent = parent, child
        if child == campaign:
            parents.append(parent)
        if parent == campaign:
            children.append(child)
    return Kin(tuple(dict.fromkeys(parents)), tuple(dict.fromkeys(children)))


_Row = tuple[str, str, str | None, int]
_Flow = dict[str, dict[str | None, int]]


def at_last(roster: pa.Table) -> pa.Table:
    """Return who was in each campaign when it was last there."""
    last = roster.group_by("campaign_id").aggregate([("last_at", "max")])
    last = last.rename_columns(["campaign_id", "last_at"])
    return roster.join(last, ["campaign_id", "last_at"], join_type="left semi")


def _flows(accounts: pa.Table, other: Mapping[str, str]) -> _Flow:
    """Return, for each campaign, how many of its accounts are in which campaign of the other."""
    flows: _Flow = {}
    columns = (accounts[name].to_pylist() for name in ("campaign_id", "account_id"))
    for campaign, account in zip(*columns, strict=True):
        flow = flows.setdefault(campaign, {})
        flow[other.get(account)] = flow.get(other.get(account), 0) + 1
    return flows


def _of_present(
    joined: _Flow, left: _Flow, is_on: set[str], silent: Collection[str]
) -> Iterator[_Row]:
    for campaign in sorted(joined):
        sources = joined[campaign]
        n = sum(sources.values())
        if campaign not in left:
            parents = [(count, old) for old, count in sources.items() if old in joined]
            parent = max(parents, key=lambda one: (one[0], str(one[1])))[1] if parents else None
            yield campaign, "split" if parent else "found", parent, n
            if campaign in silent:
                yield campaign, "quiet", None, n
            continue
        if campaign in silent and campaign in is_on:
            yield campaign, "quiet", None, n
        elif campaign not in silent and campaign not in is_on:
            yield campaign, "returned", None, n
        grown = n - sources.get(campaign, 0)
        shrunk = sum(count for new, count in left[campaign].items() if new != campaign)
        if grown:
            yield campaign, "grew", None, grown
        if shrunk and campaign in is_on:
            yield campaign, "shrank", None, shrunk


def _of_gone(left: _Flow, gone: set[str], silent: Collection[str]) -> Iterator[_Row]:
    for campaign in sorted(gone):
        flow = left.get(campaign, {})
        n = sum(flow.values())
        count, child = max(((count, new) for new, count in flow.items() if new), default=(0, None))
        if 2 * count >= n and child:  # most of it
            yield campaign, "merged", child, count
        else:
            yield campaign, "quiet" if campaign in silent else "cleared", None, n

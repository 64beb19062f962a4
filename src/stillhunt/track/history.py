"""What is remembered of campaigns from one judgement to the next, and what the next one adds.

Pure: the memory before, and the traffic as judged now, give the memory after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.population import Index, Population, Space
from stillhunt.settings import JudgeSettings
from stillhunt.tables import HISTORY, SUCCESSORS, TIME, Track
from stillhunt.track.lineage import at_last, compare, enrol
from stillhunt.track.pivot import LOOKS_H, moved, paid
from stillhunt.track.profile import profile_of, to_table
from stillhunt.track.replacement import newcomers, successors

HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Present:
    """A campaign as it is judged now; ``members`` are rows of the population, ascending."""

    campaign_id: str
    members: Index


@dataclass(frozen=True, slots=True)
class Release:
    """A model's release and who took it up, one entry for each account and hour since then.

    ``account`` are rows of the population; ``hour`` 0 is the first; ``new`` are exchanges on the
    new model, ``total`` on all.
    """

    model: str
    time_us: int
    account: Index
    hour: Index
    new: Index
    total: Index


@dataclass(frozen=True, slots=True)
class Now:
    """The traffic as judged now: who is there, who was closed when, what was released."""

    at_us: int
    people: Population
    content: Space
    closed_us: Index  # of each account; 0: open
    releases: tuple[Release, ...]


def follow(
    track: Track,
    now: Now,
    present: Sequence[Present],
    settings: JudgeSettings,
) -> Track:
    """Return the memory after a judgement."""
    members = _members(now.people, present)
    roster = enrol(track.roster, members, now.at_us)
    silent = _silent(roster, now, settings.quiet_hours)
    came = _came(track, now, present, settings)
    rows = [
        compare(track, members, silent, now.at_us),
        _replaced(came),
        _pivots(track.history, now, present, settings),
    ]
    news = pa.concat_tables(rows).sort_by([("at", "ascending"), ("campaign_id", "ascending")])
    there = {one.campaign_id: profile_of(now.people, one.members) for one in present}
    kept = pc.invert(
        pc.is_in(track.profiles["campaign_id"], value_set=pa.array([*there], pa.string()))
    )
    return Track(
        roster=roster,
        history=pa.concat_tables([track.history, news]),
        profiles=pa.concat_tables([track.profiles.filter(kept), to_table(there, now.at_us)]),
        successors=pa.concat_tables([track.successors, came]),
    )


def _members(people: Population, present: Sequence[Present]) -> pa.Table:
    ids = [one.campaign_id for one in present for _ in range(one.members.size)]
    rows = np.concatenate([np.zeros(0, np.int64), *(one.members for one in present)])
    accounts = pa.array(people.account_id[rows], pa.string())
    return pa.table({"campaign_id": pa.array(ids, pa.string()), "account_id": accounts})


def _silent(roster: pa.Table, now: Now, quiet_hours: float) -> set[str]:
    """Return the campaigns of whose accounts none has asked for so long, or is there at all."""
    last = at_last(roster)
    ids = pa.array(now.people.account_id, pa.string())
    last_us = pc.take(
        pa.array(now.people.last_us), pc.index_in(last["account_id"].combine_chunks(), ids)
    )
    heard = pc.greater_equal(last_us, now.at_us - int(quiet_hours * HOUR_US))
    heard_of = last["campaign_id"].filter(pc.fill_null(heard, False))
    return {*last["campaign_id"].to_pylist()} - {*heard_of.to_pylist()}


def _came(
    track: Track,
    now: Now,
    present: Sequence[Present],
    settings: JudgeSettings,
) -> pa.Table:
    """Return the newcomers first linked now, as ``SUCCESSORS``."""
    known = {*zip(*(track.successors[c].to_pylist() for c in ("campaign_id", "account_id")),
                  strict=True)}  # fmt: skip
    rows = []
    for one in present:
        closed = now.closed_us[one.members]
        come = newcomers(now.people, one.members, closed[closed > 0])
        linked = successors(now.people, now.content, one.members, come, settings)
        for row, p_value, families in zip(
            linked.accounts.tolist(), linked.p_value.tolist(), linked.families, strict=True
        ):
            account = str(now.people.account_id[row])
            if (one.campaign_id, account) not in known:
                rows.append({
                    "campaign_id": one.campaign_id, "account_id": account, "p_value": p_value,
                    "families": list(families), "exchanges": int(now.people.exchanges[row]),
                    "at": now.at_us,
                })  # fmt: skip
    return _table(rows, SUCCESSORS)


def _replaced(came: pa.Table) -> pa.Table:
    """Return one row of ``HISTORY`` for each campaign that newcomers were linked to."""
    sums = came.group_by(["campaign_id", "at"]).aggregate([("p_value", "max"), ("at", "count")])
    n = sums.num_rows
    columns = {
        "at": sums["at"], "campaign_id": sums["campaign_id"],
        "change": pa.array(["replaced"] * n, pa.string()), "other_id": pa.nulls(n, pa.string()),
        "accounts": sums["at_count"], "p_value": sums["p_value_max"],
    }  # fmt: skip
    return pa.table(columns, schema=HISTORY)


def _pivots(
    history: pa.Table, now: Now, present: Sequence[Present], settings: JudgeSettings
) -> pa.Table:
    """Return the campaigns that moved to a model faster than others, once for each release.

    The first look at which it showed is told. Each pays its share, so that all together stay within
    ``fdr_ratio``.
    """
    told = {*zip(*(history[c].to_pylist() for c in ("campaign_id", "change", "other_id")),
                 strict=True)}  # fmt: skip
    rows = []
    for release in now.releases:
        for one in present:
            if (one.campaign_id, "pivoted", release.model) in told:
                continue
            for at_us, p_value in _looks(release, now, one.members):
                if paid(p_value) <= settings.fdr_ratio:
                    rows.append({
                        "at": at_us, "campaign_id": one.campaign_id, "change": "pivoted",
                        "other_id": release.model, "accounts": one.members.size,
                        "p_value": paid(p_value),
                    })  # fmt: skip
                    break
    return _table(rows, HISTORY)


def _looks(release: Release, now: Now, members: Index) -> Iterator[tuple[int, float]]:
    """Yield the time of each look that is due, and the p-value of the move by then."""
    n = len(now.people)
    for k, hours in enumerate(LOOKS_H, 1):
        at_us = release.time_us + hours * HOUR_US
        if at_us > now.at_us:
            return
        by_then = release.hour < hours
        new, total = (
            np.bincount(release.account[by_then], column[by_then], n)
            for column in (release.new, release.total)
        )
        move = moved(new.astype(np.int64), total.astype(np.int64), members, _rng(k, n))
        yield at_us, move.p_value


def _rng(k: int, n: int) -> np.random.Generator:
    return np.random.default_rng([k, n])


def _table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    plain = pa.schema([(f.name, pa.int64() if f.type == TIME else f.type) for f in schema])
    return pa.Table.from_pylist(rows, schema=plain).cast(schema)

"""What a judgement has to tell is what it added to the history, with the accounts it is about."""

from dataclasses import replace

import pyarrow as pa
from tests.track.test_lineage import members

from stillhunt.tables import SUCCESSORS, Track
from stillhunt.track.changes import changes
from stillhunt.track.lineage import compare, enrol


def judged(before: Track, now: pa.Table, at: int) -> Track:
    history = pa.concat_tables([before.history, compare(before, now, set(), at)])
    return replace(before, history=history, roster=enrol(before.roster, now, at))


def told(before: Track, after: Track) -> list[tuple[object, ...]]:
    return [(c.kind, c.campaign_id, c.other_id, "".join(c.accounts))
            for c in changes(before, after)]  # fmt: skip


def test_who_came_is_told_with_what_changed_and_nothing_twice():
    first = judged(Track.empty(), members(x="abc", y="def"), 1)
    assert told(Track.empty(), first) == [("found", "x", None, "abc"), ("found", "y", None, "def")]
    second = judged(first, members(x="abcdefg"), 2)
    assert told(first, second) == [("grew", "x", None, "defg"), ("merged", "y", "x", "")]
    assert told(second, second) == []
    third = judged(second, members(x="abcd", z="efg"), 3)
    assert told(second, third) == [("shrank", "x", None, ""), ("split", "z", "x", "efg")]


def test_newcomers_are_told_with_the_campaign_whose_closed_accounts_they_replace():
    first = judged(Track.empty(), members(x="abc"), 1)
    row = {"at": 2, "campaign_id": "x", "change": "replaced", "accounts": 1}
    news = pa.Table.from_pylist([row], first.history.schema)
    came = pa.Table.from_pylist([{"campaign_id": "x", "account_id": "n", "at": 2}], SUCCESSORS)
    after = replace(first, history=pa.concat_tables([first.history, news]), successors=came)
    assert told(first, after) == [("replaced", "x", None, "n")]

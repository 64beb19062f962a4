"""What became of campaigns is read off their accounts, and adds up however often one looks."""

from dataclasses import replace

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.tables import Track
from stillhunt.track.lineage import active, bearers, compare, enrol, kin


def members(**campaigns: str) -> pa.Table:
    """Return who is in which campaign; an account is a letter."""
    rows = [(name, account) for name, accounts in campaigns.items() for account in accounts]
    return pa.table(
        {
            "campaign_id": pa.array([name for name, _ in rows], pa.string()),
            "account_id": pa.array([account for _, account in rows], pa.string()),
        }
    )


def lived(
    *looks: pa.Table, silent: set[str] | None = None
) -> tuple[list[tuple], pa.Table, pa.Table]:
    """Return what the last look adds, and history and roster after it.

    ``silent``: from whom nothing comes any more at the last look; None: from those who are gone.
    """
    empty = Track.empty()
    history, roster, news = empty.history, empty.roster, empty.history
    for at, now in enumerate(looks, 1):
        before = replace(Track.empty(), history=history, roster=roster)
        gone = {*roster["campaign_id"].to_pylist()} - {*now["campaign_id"].to_pylist()}
        news = compare(before, now, silent if at == len(looks) and silent is not None else gone, at)
        history, roster = pa.concat_tables([history, news]), enrol(roster, now, at)
    columns = ("campaign_id", "change", "other_id", "accounts")
    return [tuple(row[c] for c in columns) for row in news.to_pylist()], history, roster


def test_a_first_look_finds():
    assert lived(members(A="abc"))[0] == [("A", "found", None, 3)]


def test_growth_and_loss_are_told_with_their_numbers():
    news, _, _ = lived(members(A="abcd"), members(A="bcdxyz"))
    assert news == [("A", "grew", None, 3), ("A", "shrank", None, 1)]


def test_loss_is_told_once():
    assert lived(members(A="abcd"), members(A="bcd"), members(A="bcd"))[0] == []


def test_what_merges_is_a_parent_and_what_splits_is_a_child():
    news, history, _ = lived(members(A="abc", B="defgh"), members(B="abcdefgh"))
    assert ("A", "merged", "B", 3) in news
    assert kin(history, "B").parents == ("A",)
    assert kin(history, "A").children == ("B",)
    news, history, _ = lived(members(A="abcdefgh"), members(A="abcde", C="fgh"))
    assert ("C", "split", "A", 3) in news
    assert kin(history, "C").parents == ("A",)
    assert kin(history, "A").children == ("C",)


def test_a_part_that_goes_elsewhere_is_no_merger():
    news, _, _ = lived(members(A="abcdef", B="uvwxy"), members(B="auvwxy"))
    assert ("A", "quiet", None, 6) in news


def test_what_is_gone_is_quiet_once_and_returns_once():
    looks = [members(A="abc"), members(), members()]
    assert lived(*looks[:2])[0] == [("A", "quiet", None, 3)]
    assert lived(*looks)[0] == []
    assert lived(*looks, members(A="xyz"))[0][0] == ("A", "returned", None, 3)
    assert lived(*looks, members(A="abc"), members(A="abc"))[0] == []


def test_who_goes_on_and_is_named_no_longer_is_cleared():
    assert lived(members(A="abc"), members(), silent=set())[0] == [("A", "cleared", None, 3)]


def test_a_campaign_that_still_stands_is_quiet_once_and_returns_when_it_is_heard_of():
    there = members(A="abc")
    news, history, roster = lived(there, there, silent={"A"})
    assert news == [("A", "quiet", None, 3)]
    assert active(history) == set()
    before = replace(Track.empty(), history=history, roster=roster)
    assert compare(before, there, {"A"}, 9).num_rows == 0
    assert compare(before, there, set(), 9)["change"].to_pylist() == ["returned"]


def test_what_is_found_when_it_has_long_been_quiet_is_not_active_in_any_order_of_the_rows():
    news, history, _ = lived(members(A="abcde"), members(A="abc", B="de"), silent={"B"})
    assert ("B", "split", "A", 2) in news
    assert ("B", "quiet", None, 2) in news
    for order in ("ascending", "descending"):
        assert active(history.sort_by([("change", order)])) == {"A"}


def test_an_account_bears_the_campaign_it_was_in_last():
    _, _, roster = lived(members(A="ab"), members(B="b"))
    assert bearers(roster) == {"a": "A", "b": "B"}


_LOOK = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("ABC")).map(
    lambda held: members(
        **{
            name: "".join(a for a, n in held.items() if n == name)
            for name in sorted({*held.values()})
        }
    )
)


@given(st.lists(_LOOK, min_size=1, max_size=6))
def test_who_is_active_is_who_was_there_last_and_a_second_look_adds_nothing(looks):
    _, history, roster = lived(*looks)
    assert active(history) == set(looks[-1]["campaign_id"].to_pylist())
    before = replace(Track.empty(), history=history, roster=roster)
    assert compare(before, looks[-1], set(), 99).num_rows == 0

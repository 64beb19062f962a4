import pytest

from stillhunt.track.changes import NOTHING, Judgement, Standing, differ

QUIET_US = 100


def judged(newest: int = 1_000, **campaigns: str) -> Judgement:
    """Return campaigns by name: their members as letters, capitals last for a suspect."""
    return Judgement(
        {
            name: Standing(
                "suspect" if members.isupper() else "campaign", frozenset(members.lower()), 9, 1_000
            )
            for name, members in campaigns.items()
        },
        newest,
    )


def told(before: Judgement, after: Judgement) -> list[tuple[object, ...]]:
    return [(c.kind, c.campaign_id, "".join(c.accounts), c.others)
            for c in differ(before, after, QUIET_US)]  # fmt: skip


CASES = {
    "the first judgement finds": (NOTHING, judged(x="abc"), [("found", "x", "abc", ())]),
    "a suspect is no campaign yet": (NOTHING, judged(x="ABC"), [("suspected", "x", "abc", ())]),
    "a suspect becomes a campaign": (
        judged(x="ABC"), judged(x="abcd"), [("found", "x", "d", ())],
    ),
    "nothing changed": (judged(x="abc", y="de"), judged(x="abc", y="de"), []),
    "accounts came": (judged(x="abc"), judged(x="abcd"), [("grew", "x", "d", ())]),
    "accounts only left": (judged(x="abc"), judged(x="ab"), []),
    "two became one": (
        judged(x="abc", y="de"), judged(x="abcde"),
        [("merged", "x", "de", ("y",)), ("cleared", "y", "", ("x",))],
    ),
    "one became two": (
        judged(x="abcde"), judged(x="abc", y="de"),
        [("split", "y", "de", ("x",)), ("found", "y", "de", ())],
    ),
    "nobody any more": (judged(x="abc"), judged(), [("cleared", "x", "", ())]),
    "nothing came for long": (
        judged(1_000, x="abc"), judged(1_101, x="abc"), [("quiet", "x", "", ())],
    ),
    "still quiet": (judged(1_101, x="abc"), judged(1_200, x="abc"), []),
    "came back": (judged(1_200, x="abc"), judged(1_050, x="abc"), [("resumed", "x", "", ())]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_changes(case: str) -> None:
    before, after, wanted = CASES[case]
    assert told(before, after) == wanted

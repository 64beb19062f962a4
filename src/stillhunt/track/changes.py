"""What a judgement has to tell: the rows that it adds to the history, and who they are about."""

from dataclasses import dataclass
from typing import Final

from stillhunt.tables import Track
from stillhunt.track.lineage import bearers

_COMING: Final = ("found", "split", "grew")


@dataclass(frozen=True, slots=True)
class Change:
    """A row of ``HISTORY``; ``n_accounts`` are all that it concerns.

    ``accounts``: who came to the campaign, or took the place of its closed accounts, in order.
    """

    kind: str
    campaign_id: str
    other_id: str | None
    n_accounts: int
    p_value: float | None
    accounts: tuple[str, ...]


def changes(before: Track, after: Track) -> list[Change]:
    """Return what was added to the history since ``before``; the same judgement twice: nothing."""
    earlier, came = bearers(before.roster), dict[tuple[bool, str], list[str]]()
    for account, campaign in sorted(bearers(after.roster).items()):
        if earlier.get(account) != campaign:
            came.setdefault((True, campaign), []).append(account)
    new = after.successors.slice(before.successors.num_rows).sort_by("account_id")
    for row in new.select(["campaign_id", "account_id"]).to_pylist():
        came.setdefault((False, row["campaign_id"]), []).append(row["account_id"])
    told = []
    for row in after.history.slice(before.history.num_rows).to_pylist():
        kind, campaign = row["change"], row["campaign_id"]
        is_about = kind in _COMING or kind == "replaced"
        who = came.get((kind in _COMING, campaign), []) if is_about else []
        told.append(
            Change(kind, campaign, row["other_id"], row["accounts"], row["p_value"], tuple(who))
        )
    return told

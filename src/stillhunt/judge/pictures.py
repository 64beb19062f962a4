"""The tables behind the report's figures: activity, mixes and links of each campaign."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from stillhunt.judge.harvest import mix_of
from stillhunt.judge.members import KINDS
from stillhunt.judge.naming import Named
from stillhunt.judge.scene import Scene
from stillhunt.population import Floats, Index
from stillhunt.records import CAPABILITIES, ELICITATIONS
from stillhunt.tables import ACTIVITY, LINKS, MIXES, TIME

LINKED_MEMBERS = 500
"""Members whose links are kept for the membership graph; the graph shows far fewer."""


def draw_activity(
    named: Sequence[Named], account: Index, hour_us: Index, exchanges: Index, n_accounts: int
) -> pa.Table:
    """Return exchanges per hour of each campaign, and of everybody else (null)."""
    owner = np.zeros(n_accounts, dtype=np.int32)
    for place, entry in enumerate(named):
        owner[entry.members] = place + 1
    each = pa.table({"owner": owner[account], "hour": hour_us, "exchanges": exchanges})
    told = each.group_by(["owner", "hour"]).aggregate([("exchanges", "sum")])
    told = told.sort_by([("owner", "ascending"), ("hour", "ascending")])
    names = pa.array([None, *(entry.campaign_id for entry in named)], pa.string())
    return pa.table(
        [
            names.take(told["owner"].combine_chunks()),
            told["hour"].cast(TIME),
            told["exchanges_sum"],
        ],
        schema=ACTIVITY,
    )


def draw_mixes(scene: Scene, named: Sequence[Named]) -> pa.Table:
    """Return shares of capabilities, elicitations and hours, of campaigns and of everybody."""
    everybody = np.arange(len(scene.population))
    rows: list[dict[str, object]] = []
    for name, members in [
        (None, everybody),
        *((entry.campaign_id, entry.members) for entry in named),
    ]:
        for dimension, labels, shares in _shares(scene, members):
            rows += [
                {"campaign_id": name, "dimension": dimension, "name": label, "share": float(share)}
                for label, share in zip(labels, shares, strict=True)
            ]
    return pa.Table.from_pylist(rows, schema=MIXES)


def _shares(scene: Scene, members: Index) -> list[tuple[str, Sequence[str], Floats]]:
    people = scene.population
    text = people.text_exchanges[members].astype(np.float64)
    clock = people.clock[members].sum(axis=0).astype(np.float64)
    asked = text @ np.nan_to_num(people.elicitation[members]) / max(float(text.sum()), 1.0)
    return [
        ("capability", CAPABILITIES, mix_of(scene, members)),
        ("elicitation", ELICITATIONS, asked),
        ("hour_of_day", [f"{hour:02d}" for hour in range(24)], clock / max(clock.sum(), 1.0)),
    ]


def draw_links(scene: Scene, named: Sequence[Named]) -> pa.Table:
    """Return what ties members together: shared artefacts by opaque tokens, pool and schedule."""
    parts = [part for entry in named for part in _links_of(scene, entry)]
    return pa.Table.from_pylist(parts, schema=LINKS)


def _links_of(scene: Scene, entry: Named) -> list[dict[str, object]]:
    members = entry.members[:LINKED_MEMBERS]
    rows: list[dict[str, object]] = []

    def add(account: int, kind: str, token: str, bits: float) -> None:
        rows.append(
            {
                "campaign_id": entry.campaign_id,
                "account_id": str(scene.population.account_id[account]),
                "artefact_kind": kind,
                "artefact": token,
                "bits": bits,
            }
        )

    for kind in KINDS:
        holdings = scene.artefacts.get(kind)
        if holdings is None:
            continue
        entries = holdings.entries_of(members)
        shared, code, count = np.unique(
            holdings.artefact[entries], return_inverse=True, return_counts=True
        )
        bits = np.log2(len(scene.population) / holdings.holders[shared])
        for place in np.flatnonzero(count[code] >= 2).tolist():
            number = int(code[place])
            account = int(holdings.account[entries[place]])
            add(account, kind, f"{kind}-{number + 1}", float(bits[number]))
    weights = entry.trial.weights
    if weights is not None:
        ties: tuple[tuple[str, Floats], ...] = (
            ("pool", weights.content),
            ("schedule", weights.schedule),
        )
        for kind, own in ties:
            for account in members[own[members] > 0].tolist():
                add(account, kind, f"{kind}-1", float(own[account]))
    return rows

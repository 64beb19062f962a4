"""A ring as its innocent explanations see it: a dozen figures, each with its unit."""

from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from stillhunt.judge.groups import owners
from stillhunt.judge.scene import DAY_US, SEATS, Holdings, Scene, mean_known
from stillhunt.population import FRAME_RATIO, Index

PRODUCT_KINDS = ("system", "tools", "opening", "template", "client")
"""Artefacts by which the customers of one product, or one agent's users, look alike."""

OWNER_KINDS = ("payment", "org", "device", "block")
"""Artefacts by which one organisation's seats, or one school's pupils, look alike."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """Figures of one ring. Ratios are in [0, 1].

    ``product_ratio``: accounts that, for half of their exchanges or more, use a template, system
    prompt, tool set or opening that ``SEATS`` - 1 others of the ring use likewise, be it one
    product's or several; ``product_kind`` says which. ``owner_ratio``:
    accounts that share a card, an organisation or an address block with at least ``SEATS`` - 1
    others of the ring, be it one company's or several classes'. ``n_owners``: how many there are,
    where accounts that share a card, a device or a mailbox have one. ``domain_ratio``: likewise a
    mail domain, which costs nothing and makes no owner by itself.
    ``overlap_ratio``: of the ring's other accounts, how many ask the same prompt, on average.
    ``fresh_ratio``, ``rhythm``: means of the scene's columns. ``typical_…``: the same, or the
    quantile named, over all accounts. ``signup_surge``: the outsiders' sign-up rate while the
    ring signed up, over their usual one.
    """

    product_ratio: float
    product_kind: str
    owner_ratio: float
    n_owners: int
    domain_ratio: float
    owner_kind: str
    overlap_ratio: float
    distinct_ratio: float
    fresh_ratio: float
    rhythm: float
    typical_rhythm: float
    median_exchanges: float
    typical_exchanges: float
    p90_exchanges: float
    end_users_per_account: float
    education_ratio: float
    opened_at_release_ratio: float
    signup_surge: float
    concentration: float


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Accounts that are in no dense ring, and when they signed up, as far as known, in order."""

    is_one: NDArray[np.bool_]
    created_us: Index

    @staticmethod
    def of(scene: Scene, is_one: NDArray[np.bool_]) -> "Ordinary":
        """Return the accounts under a mask."""
        created_us = scene.population.created_us[is_one]
        return Ordinary(is_one, np.sort(created_us[created_us > 0]))


def paint(scene: Scene, members: Index, ordinary: Ordinary) -> Portrait:
    """Return the portrait of a ring."""
    people = scene.population
    product_ratio, product_kind = _framed(scene, members)
    owner_ratio, owner_kind = max(_owned(scene, members, kind) for kind in OWNER_KINDS)
    text = people.text_exchanges[members].sum()
    return Portrait(
        product_ratio=product_ratio,
        product_kind=product_kind,
        owner_ratio=owner_ratio,
        n_owners=np.unique(owners(scene, members)).size,
        domain_ratio=_owned(scene, members, "domain")[0],
        owner_kind=owner_kind,
        overlap_ratio=overlap_ratio(scene, members),
        # Without prompts nobody is known to repeat any.
        distinct_ratio=float(people.distinct_prompts[members].sum() / text) if text else 1.0,
        fresh_ratio=mean_known(scene.fresh[members]),
        rhythm=mean_known(scene.rhythm[members]),
        typical_rhythm=scene.typical.rhythm,
        median_exchanges=float(np.median(people.exchanges[members])),
        typical_exchanges=scene.typical.exchanges,
        p90_exchanges=scene.typical.p90_exchanges,
        end_users_per_account=float(np.median(people.end_users[members])),
        education_ratio=float(np.mean(people.tier[members] == "education")),
        opened_at_release_ratio=float(np.mean(scene.opened_at_release[members])),
        signup_surge=_surge(scene, ordinary, members),
        concentration=float(np.nan_to_num(mean_known(people.concentration[members]))),
    )


def overlap_ratio(scene: Scene, members: Index) -> float:
    """Return the mean share of the ring's other accounts that ask the same prompt.

    0 when no two accounts share one, 1 when all ask the same: shards of a pool are near 0, a test
    set that everybody runs is near 1.
    """
    holdings = scene.artefacts.get("content")
    own = int(scene.population.distinct_prompts[members].sum())
    if holdings is None or own == 0 or members.size < 2:
        return 0.0
    _, inside = np.unique(holdings.artefact[holdings.entries_of(members)], return_counts=True)
    # Every prompt of an account has (askers - 1) others; prompts of one asker add nothing.
    others = float((inside * (inside - 1)).sum())
    return others / own / (members.size - 1)


def _framed(scene: Scene, members: Index) -> tuple[float, str]:
    """Return the largest share of members that live under common frames of a kind, and the kind."""
    best = (0.0, PRODUCT_KINDS[0])
    for kind in PRODUCT_KINDS:
        holdings = scene.artefacts.get(kind)
        if holdings is None:
            continue
        entries = holdings.entries_of(members)
        volume = scene.population.exchanges[holdings.account[entries]]
        entries = entries[holdings.n[entries] >= FRAME_RATIO * volume]
        # A client that mostly outsiders have is the vendor's own kit, not a product.
        framed = np.unique(_holding_much(holdings, entries, most=kind == "client"))
        best = max(best, (framed.size / members.size, kind), key=itemgetter(0))
    return best


def _owned(scene: Scene, members: Index, kind: str) -> tuple[float, str]:
    """Return the share of members that sit with others under one owner of a kind, and the kind."""
    holdings = scene.artefacts.get(kind)
    if holdings is None:
        return 0.0, kind
    entries = holdings.entries_of(members)
    # A mail domain that mostly outsiders have is a mail provider's, not an owner's.
    seated = np.unique(_holding_much(holdings, entries, most=kind == "domain"))
    return seated.size / members.size, kind


def _holding_much(holdings: Holdings, entries: Index, *, most: bool) -> Index:
    """Return the accounts of entries whose artefact ``SEATS`` of the entries have.

    ``most``: and more of them than others do.
    """
    held, which, inside = np.unique(
        holdings.artefact[entries], return_inverse=True, return_counts=True
    )
    much = inside >= SEATS
    if most:
        much &= 2 * inside > holdings.holders[held]
    return np.asarray(holdings.account[entries[much[which]]])


def _surge(scene: Scene, ordinary: Ordinary, members: Index) -> float:
    """Return the outsiders' rate of sign-ups while most members signed up, over their usual rate.

    Outsiders are accounts of no dense ring, so that one campaign is no alibi for another; their
    usual rate is that of the month before and after. The rate is the lower end of its 90 %
    interval: two sign-ups instead of one are no viral day.
    """
    inside = scene.population.created_us[members]
    all_us, own_us = ordinary.created_us, np.sort(inside[ordinary.is_one[members] & (inside > 0)])
    inside = inside[inside > 0]
    if inside.size < SEATS or all_us.size - own_us.size < SEATS:
        return 1.0
    low, high = np.quantile(inside, [0.1, 0.9])
    centre, half_us = (low + high) / 2, max((high - low) / 2, DAY_US / 2)

    def count(reach_us: float) -> int:
        ends = centre - reach_us, np.nextafter(centre + reach_us, np.inf)
        (a, b), (c, d) = np.searchsorted(all_us, ends), np.searchsorted(own_us, ends)
        return int(b - a - (d - c))

    seen = count(half_us)
    around = count(half_us + 30 * DAY_US) - seen
    # Of the month on either side, only what the sign-ups known of reach to.
    before = np.clip(centre - half_us - _first_beside(own_us, all_us), 0, 30 * DAY_US)
    after = np.clip(_first_beside(own_us[::-1], all_us[::-1]) - centre - half_us, 0, 30 * DAY_US)
    usual = max(around, 1) * 2 * half_us / max(before + after, DAY_US)
    return float(gammaincinv(seen, 0.05) / usual) if seen else 0.0


def _first_beside(some: Index, ordered: Index) -> int:
    """Return the first of ordered values that is left when ``some`` of them are taken away."""
    differs = np.flatnonzero(some != ordered[: some.size])
    return int(ordered[differs[0] if differs.size else some.size])

"""Who belongs to a ring: every account must carry its own weight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillhunt.judge.scene import PERSONAL_KINDS, Holdings, Scene
from stillhunt.population import Index, Space
from stillhunt.records import Family
from stillhunt.settings import JudgeSettings
from stillhunt.stats import Null, excess_p

Floats = NDArray[np.float64]

KINDS = ("payment", "device", "email", "address", "block")
"""Artefacts that tie an account to a ring."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What ties each account of the population to one ring, in bits; N values each."""

    content: Floats
    schedule: Floats
    identity: Floats
    life_cycle: Floats
    manner: Floats
    prior_bits: float

    @property
    def total(self) -> Floats:
        """Return log2 of the odds that an account belongs."""
        return (
            self.content
            + self.schedule
            + self.identity
            + self.life_cycle
            + self.manner
            + self.prior_bits
        )

    @property
    def naming_identity(self) -> Floats:
        """Return what belongings in common count for a name: even odds at the most.

        A flatmate of a campaigner owns what it owns; who is named must show more than that.
        """
        return np.minimum(self.identity, max(-self.prior_bits, 0.0))

    @property
    def naming_total(self) -> Floats:
        """Return log2 of the odds that an account may be named by."""
        return self.total - self.identity + self.naming_identity


def weigh(
    scene: Scene, members: Index, families: frozenset[str], settings: JudgeSettings
) -> Weights:
    """Return what ties every account to a ring, by the families that speak for the ring.

    Closeness counts as the ratio of two tails: how many members lie further from the ring's
    centre, over how many outsiders lie as close. The prior is the ring's share of all accounts.
    """
    n, cap = len(scene.population), settings.family_cap_bits
    silent = np.zeros(n)
    inside = max(members.size, 1)
    content, clock, identity, life_cycle = (
        np.clip(tell(scene, members), -cap, cap) if family in families else silent
        for family, tell in TIES
    )
    if "identity" in families and "content" not in families:
        # Closeness that many groups have brings nobody in, but bears out what is shared.
        shared = np.maximum(_ties(scene, members, PERSONAL_KINDS), 0)
        content = np.clip(_closeness(scene.content, members), 0, np.minimum(shared, cap))
    # Two prompts lie where they lie by chance, and a cell of the pool may hold both.
    most = settings.bits_per_exchange * scene.population.text_exchanges
    prior_bits = float(np.log2(inside / max(n - inside, 1)))
    weights = Weights(np.minimum(content, most), clock, identity, life_cycle, silent, prior_bits)
    # A manner only ever takes away, so it is asked of those alone who have something to lose.
    likely = np.union1d(members, np.flatnonzero(weights.total > 0))
    manner = _manner(scene, members, likely)
    return replace(weights, manner=np.maximum(manner, -cap))


def settle(
    scene: Scene, members: Index, families: frozenset[str], settings: JudgeSettings
) -> tuple[Index, Weights]:
    """Return the members of a ring after those without weight left and those with it joined.

    Again until nothing changes, as in k-means; the ring may end empty.
    """
    weights = weigh(scene, members, families, settings)
    for _ in range(settings.settle_rounds):
        chosen = np.flatnonzero(weights.total > 0)
        if chosen.size < 3 or np.array_equal(chosen, members):
            members = chosen
            break
        members = chosen
        weights = weigh(scene, members, families, settings)
    return members, weights


def _closeness(space: Space, members: Index) -> Floats:
    """Return log2 of the likelihood ratio that each account's closeness to the centre gives."""
    n = space.strength.size
    known = members[space.strength[members] > 0]
    if known.size < 3:
        return np.zeros(n)
    unit = space.unit(known)
    length = np.sqrt(np.square(unit, dtype=np.float64).sum(axis=1))
    # Units of weak accounts are long with noise; the centre is made of what is sure.
    share = np.minimum(1.0, np.median(length) / length)
    centre = (share[:, None] * unit).sum(axis=0) / share.sum()
    cosine = (space.vectors @ centre.astype(np.float32)) / space.length
    # A member is compared with a centre that it did not help to make.
    own = share / share.sum()
    cosine[known] = (cosine[known] - own * np.square(length)) / np.maximum(1 - own, 1e-9)
    noise = space.noise / np.maximum(space.strength, 1e-9)
    error = np.sqrt(noise * float(centre @ centre) / unit.shape[1])
    has_place = space.strength > 0
    # Outsiders who cannot be told from the crowd would blur its edge.
    is_outsider = np.zeros(n, dtype=np.bool_)
    is_outsider[space.placed] = True
    is_outsider[known] = False
    typical = float(np.median(cosine[known]))
    spread = 1.4826 * float(np.median(np.abs(cosine[known] - typical)))
    ratio = _normal_bits(cosine, typical, np.hypot(max(spread, 0.02), error))
    ratio -= _empirical_bits(cosine, is_outsider, error)
    ratio[~has_place] = 0
    return ratio


def _normal_bits(values: Floats, centre: float, spread: Floats) -> Floats:
    """Return log2 of a normal density, flat above its centre: too close is not too odd."""
    below = np.minimum(values - centre, 0) / spread
    return np.asarray((-0.5 * np.square(below) / np.log(2)) - np.log2(spread))


def _empirical_bits(values: Floats, is_crowd: NDArray[np.bool_], error: Floats) -> Floats:
    """Return log2 of the density of a crowd: normal about its median, with exponential tails.

    The larger of the two, so that a crowd with a heavy tail is given its due. In units of what each
    account's own noise lets expect: what is far for many prompts is near for a few.
    """
    crowd = values[is_crowd]
    if crowd.size < 10:
        return np.zeros(values.size)
    centre = float(np.median(crowd))
    spread = np.hypot(1.4826 * float(np.median(np.abs(crowd - centre))) + 1e-6, error)
    far = (values - centre) / spread
    high = float(np.quantile(far[is_crowd], 0.9))
    excess = far[is_crowd & (far > high)] - high
    scale = max(float(excess.mean()) if excess.size else 0.0, 1e-3)
    normal = -0.5 * np.square(far) / np.log(2)
    tail = np.log2(0.1 / scale) - np.maximum(far - high, 0) / scale / np.log(2)
    return np.asarray(np.where(far > high, np.maximum(normal, tail), normal) - np.log2(spread))


def _ties(scene: Scene, members: Index, kinds: Sequence[str] = KINDS) -> Floats:
    """Return the bits of each account's most surprising artefact shared with a member, by kind."""
    total = np.zeros(len(scene.population))
    for kind in kinds:
        if kind in scene.artefacts:
            total += _tie(scene.artefacts[kind], members, total.size)
    return total


def _tie(holdings: Holdings, members: Index, n: int) -> Floats:
    """Return the same of one kind.

    How often members share at all, times how many of them share this one, over how many outsiders
    do; nobody counts for their own part. To the outsiders who hold one is added how many hold any
    of the ring's in the mean, with one more: what nobody else holds today, one may tomorrow.
    """
    held, inside = np.unique(holdings.artefact[holdings.entries_of(members)], return_counts=True)
    if not held.size:
        return np.zeros(n)
    outside = holdings.holders[held] - inside
    account = holdings.account[holdings.entries_with(held)]
    place = np.repeat(np.arange(held.size), inside + outside)
    own = np.isin(account, members).astype(np.int64)
    others, strangers = inside[place] - own, outside[place] - (1 - own)
    is_shared = others > 0
    shares = np.zeros(n, dtype=np.bool_)
    shares[account[is_shared]] = True
    n_sharing = np.count_nonzero(shares[members])
    sharing_ratio = (n_sharing - own + 0.5) / (members.size - own + 1)
    expected = strangers + (outside.sum() - (1 - own) + 1) / held.size
    ratio = sharing_ratio * others / members.size * (n - members.size) / expected
    best = np.zeros(n)
    np.maximum.at(best, account[is_shared], np.log2(ratio[is_shared]))
    # Where the members share, it speaks against an account that it does not.
    inside_ratio = (members.size - n_sharing + 0.5) / (members.size + 1)
    outside_ratio = 1 - (np.count_nonzero(shares) - n_sharing) / n
    return np.where(shares, best, np.log2(inside_ratio / outside_ratio))


def _birth(scene: Scene, members: Index) -> Floats:
    """Return the bits for having signed up when nine of ten members did, or not then.

    Ranks of sign-ups are uniform among outsiders by construction.
    """
    born = scene.born
    known = born[members][~np.isnan(born[members])]
    if known.size < 5:
        return np.zeros(born.size)
    low, high = np.quantile(known, [0.05, 0.95])
    length = float(np.clip(high - low, 1e-3, 0.9))
    inside = (born >= low) & (born <= high)
    bits = np.where(inside, np.log2(0.9 / length), np.log2(0.1 / (1 - length)))
    return np.where(np.isnan(born), 0.0, bits)


def _manner(scene: Scene, members: Index, rows: Index) -> Floats:
    """Return the bits by which the manner of some accounts sets them apart from the members, <= 0.

    An account may ask what the ring asks and yet converse, repeat itself, sleep, or ask what
    strangers ask word for word, when no other does. Only what clears counts, since manners are too
    common to condemn; that the columns depend on each other errs towards innocence. What two
    exchanges show of a manner is not far from anything: a share reaches as far as its own error.
    """
    apart = np.zeros(len(scene.population))
    for manner in scene.manners:
        inside = _ordered(manner.values[members])
        n_outside = manner.ordered.size - inside.size
        if inside.size < 10 or n_outside < 10:
            continue
        values = manner.values[rows]
        reach = 2 * manner.grain + manner.error[rows]
        near = _count_near(values, inside, reach)
        beyond = _count_near(values, manner.ordered, reach) - near
        own = np.minimum(near + 0.5, _expect_near(values, inside, reach, manner.grain))
        ratio = np.log2(own / (inside.size + 1) * (n_outside + 1) / (beyond + 0.5))
        apart[rows] += np.where(np.isnan(values), 0, np.minimum(ratio, 0))
    return apart


def _expect_near(values: Floats, ordered: Floats, reach: Floats, grain: float) -> Floats:
    """Return how many of a crowd should lie within reach of each value, by how it thins out.

    Infinite within its middle eight tenths. Beyond, a few strays must not vouch for each other, so
    the outer tenth tells, as for comparison groups (``stats.excess_p``).
    """
    expected = np.full(values.shape, np.inf)
    for side in (1, -1):
        crowd, value = Null.of(side * ordered), side * values
        far = value - reach >= crowd.threshold
        near_p = excess_p((value - reach)[far], crowd, grain)
        far_p = excess_p((value + reach)[far], crowd, grain)
        expected[far] = np.maximum((near_p - far_p) * ordered.size, 1e-9)
    return expected


def _ordered(values: Floats) -> Floats:
    """Return the known values in order."""
    return np.sort(values[~np.isnan(values)])


def _count_near(values: Floats, ordered: Floats, reach: Floats) -> Index:
    """Return how many of an ordered crowd lie within reach of each value."""
    low = np.searchsorted(ordered, values - reach, side="left")
    return np.searchsorted(ordered, values + reach, side="right") - low


TIES: Final[tuple[tuple[Family, Callable[[Scene, Index], Floats]], ...]] = (
    ("content", lambda scene, members: _closeness(scene.content, members)),
    ("clock", lambda scene, members: _closeness(scene.schedule, members)),
    ("identity", _ties),
    ("life_cycle", _birth),
)
"""What ties accounts to a ring, by the family that must speak for it; in the order of Weights."""

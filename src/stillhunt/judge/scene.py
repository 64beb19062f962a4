"""What every signal looks at: the population, its spaces, and a few columns worth having once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.stats import rankdata

from stillhunt.blocks import blocks
from stillhunt.population import Floats, Index, Population, Space
from stillhunt.records import CAPABILITIES, FAMILIES, SKETCH_SCALE, Family

Narrow = NDArray[np.int32]

BLOCK = 2_048
"""Accounts whose sums are squared at a time."""

DAY_US = 86_400_000_000

RATIO_GRAIN, LOG_GRAIN = 0.05, 0.2
"""Half-widths of the cells in which manners are compared, twice: five points in a hundred of a
share, a fifth of a natural log of a volume. Wider cells clear fewer strays."""

TARGETED = (
    "reasoning",
    "tool_use",
    "coding",
    "agentic_coding",
    "grading",
    "rewriting",
    "data_analysis",
    "vision",
)
"""Capabilities that the campaigns made public in 2026 went after. Classification, translation,
role play and general talk are in none of the accounts, so they count for nothing here."""

PERSONAL_KINDS = ("payment", "device", "email")
"""Artefacts of which one owner may have one for several accounts."""

STRATUM, MOST_STRATA = 250, 40
"""Accounts of like volume among which rhythms are ranked, and most such strata: enough for a rank
to be sure to three points in a hundred, and so narrow that volume hardly differs within one."""

SEATS = 5
"""Accounts under one card, domain or block that make a company of an owner."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Who holds which artefact of one kind: entries sorted by account.

    ``start[a] : start[a + 1]`` are the entries of account a. ``by_artefact`` are the entries in
    the order of artefacts, ``first[f] : first[f + 1]`` those of artefact f among them, and
    ``holders`` their number.
    """

    account: Narrow
    artefact: Narrow
    n: Narrow
    start: Narrow
    by_artefact: Narrow
    first: Narrow
    holders: Narrow

    def entries_of(self, members: Index) -> Index:
        """Return the entries of some accounts."""
        return _stretches(self.start[members], self.start[members + 1])

    def entries_with(self, artefacts: Narrow) -> Narrow:
        """Return the entries of some artefacts."""
        return self.by_artefact[_stretches(self.first[artefacts], self.first[artefacts + 1])]


@dataclass(frozen=True, slots=True)
class Manner:
    """A column of how accounts behave: known values in order, a grain, each value's own error."""

    values: Floats
    ordered: Floats
    grain: float
    error: Floats


@dataclass(frozen=True, slots=True)
class Typical:
    """What is typical of all accounts: mean rhythm, median and 90 % of exchanges."""

    rhythm: float
    exchanges: float
    p90_exchanges: float


@dataclass(frozen=True, slots=True)
class Scene:
    """The traffic as the judge sees it; all columns have one value per account.

    ``targeted``, ``elicited``, ``fresh``: shares in [0, 1], NaN where unknown. ``fresh`` is the
    share of exchanges that are a single new question, neither a follow-up nor a repeat.
    ``common``: share of exchanges whose prompt another account sends, too, in [0, 1].
    ``breadth``: bits by which the prompts of an account of one client are less alike than is
    typical; NaN where it cannot be told. ``opened_at_release``: signed up within two days of a
    model's release. ``rhythm``: squared length of the mean clock direction, noise taken out: 1 is
    one hour a day, 0 is around the clock; ``asleep``: its rank in (0, 1) among accounts that do as
    much, as few exchanges lie in few hours by themselves. ``born``: rank of the sign-up among all
    accounts in [0, 1]; NaN unknown; ``n_born``: of how many it is known. ``has_twin``: another
    account, but fewer than a company's, has its card, device or mailbox, be it in the ring or not.
    """

    population: Population
    content: Space
    schedule: Space
    log_volume: Floats
    targeted: Floats
    elicited: Floats
    fresh: Floats
    common: Floats
    rhythm: Floats
    asleep: Floats
    born: Floats
    n_born: int
    breadth: Floats
    opened_at_release: NDArray[np.bool_]
    artefacts: Mapping[str, Holdings]
    has_twin: NDArray[np.bool_]
    manners: tuple[Manner, ...]
    typical: Typical


def look(population: Population, content: Space, schedule: Space, releases_us: Index) -> Scene:
    """Return the scene of a population."""
    chosen = [CAPABILITIES.index(name) for name in TARGETED]
    volume = np.log(np.maximum(population.exchanges, 1))
    targeted = population.capability[:, chosen].sum(axis=1)
    elicited = population.elicitation.sum(axis=1)
    fresh, rhythm, born = _fresh(population), _rhythm(population), _born(population)
    artefacts = {kind: _hold(population, kind) for kind in population.uses.kinds}
    common = _common(population, artefacts.get("content"))
    ratios = (elicited, targeted, fresh, common, rhythm)
    manners = [_manner(ratio, RATIO_GRAIN, _error(ratio, population.exchanges)) for ratio in ratios]
    return Scene(
        population=population,
        content=content,
        schedule=schedule,
        log_volume=volume,
        targeted=targeted,
        elicited=elicited,
        fresh=fresh,
        common=common,
        rhythm=rhythm,
        asleep=_asleep(population, rhythm),
        born=born,
        n_born=int(np.count_nonzero(~np.isnan(born))),
        breadth=_breadth(population),
        opened_at_release=_opened_at(population, releases_us),
        artefacts=artefacts,
        has_twin=_twins(artefacts, len(population)),
        manners=(*manners, _manner(volume, LOG_GRAIN, np.zeros(volume.size))),
        typical=_typical(population, rhythm),
    )


def _typical(population: Population, rhythm: Floats) -> Typical:
    n = population.exchanges
    middle, high = (float(np.quantile(n, share)) if n.size else np.nan for share in (0.5, 0.9))
    return Typical(mean_known(rhythm), middle, high)


def mean_known(values: Floats) -> float:
    """Return the mean of the values that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _manner(values: Floats, grain: float, error: Floats) -> Manner:
    return Manner(values, np.sort(values[~np.isnan(values)]), grain, error)


def _error(ratio: Floats, exchanges: Index) -> Floats:
    """Return the standard error of a share of so many exchanges; of none and all, not zero.

    Half an exchange of either kind is granted, as Jeffreys does.
    """
    n = np.maximum(exchanges, 1)
    share = (np.clip(ratio, 0, 1) * n + 0.5) / (n + 1)
    return np.asarray(np.sqrt(share * (1 - share) / n))


def _hold(population: Population, kind: str) -> Holdings:
    part = population.uses.of(kind)
    order, start = _in_order(part.account, len(population))
    # Numbered by a hash table, in the order of accounts: cheaper than a sort of the keys.
    coded = pa.array(part.key[order]).dictionary_encode()
    artefact = coded.indices.to_numpy()
    by_artefact, first = _in_order(artefact, len(coded.dictionary))
    return Holdings(
        account=part.account[order],
        artefact=artefact,
        n=part.n[order],
        start=start,
        by_artefact=by_artefact,
        first=first,
        holders=np.diff(first),
    )


def _in_order(label: Narrow, n: int) -> tuple[Narrow, Narrow]:
    """Return the entries in the order of their labels, 0 to ``n``, and where each label starts."""
    places = np.arange(label.size, dtype=np.int32)
    cells = coo_matrix((np.ones(label.size, np.int8), (label, places)), (n, label.size))
    by_label = cells.tocsr()  # sorts by counting
    return by_label.indices, by_label.indptr


def _stretches(first: Narrow, end: Narrow) -> Index:
    """Return the numbers from each first to before each end, one stretch after the other."""
    size = end - first
    ends = np.cumsum(size)
    steps = np.arange(int(ends[-1]) if ends.size else 0)
    return np.asarray(steps + np.repeat(first - ends + size, size))


def _twins(artefacts: Mapping[str, Holdings], n: int) -> NDArray[np.bool_]:
    """Return who shares a personal belonging with a few others."""
    twins = np.zeros(n, dtype=np.bool_)
    for kind in PERSONAL_KINDS:
        if kind in artefacts:
            held = artefacts[kind]
            few = (held.holders >= 2) & (held.holders < SEATS)
            twins[held.account[few[held.artefact]]] = True
    return twins


def _fresh(population: Population) -> Floats:
    """Return the share of exchanges that open a conversation, times the share of new prompts."""
    opening = np.fmin(population.single_turn_ratio, 1 - population.follow_up_ratio)
    new = population.distinct_prompts / np.maximum(population.text_exchanges, 1)
    return np.asarray(opening * np.where(population.text_exchanges > 0, new, 1.0))


def _common(population: Population, prompts: Holdings | None) -> Floats:
    """Return the share of exchanges whose prompt is shared, as a public test set is."""
    text = population.text_exchanges
    if prompts is None:
        return np.where(text > 0, 0.0, np.nan)
    shared = np.bincount(prompts.account, weights=prompts.n, minlength=text.size)
    return np.where(text > 0, np.minimum(shared / np.maximum(text, 1), 1.0), np.nan)


def _rhythm(population: Population) -> Floats:
    angle = 2 * np.pi * np.arange(24) / 24
    n = population.clock.sum(axis=1)
    east, north = population.clock @ np.cos(angle), population.clock @ np.sin(angle)
    squared = (np.square(east) + np.square(north)) / np.maximum(n, 1)
    return np.where(n >= 5, (squared - 1) / np.maximum(n - 1, 1), np.nan)


def _asleep(population: Population, rhythm: Floats) -> Floats:
    """Return the rank of each account's rhythm among those of like volume; NaN where unknown."""
    known = np.flatnonzero(~np.isnan(rhythm))
    rank = np.full(rhythm.size, np.nan)
    volume = population.exchanges[known]
    n_strata = int(np.clip(known.size // STRATUM, 1, MOST_STRATA))
    edges = np.unique(np.quantile(volume, np.arange(1, n_strata) / n_strata))
    stratum = np.searchsorted(edges, volume, side="right")
    for number in np.unique(stratum):
        rows = known[stratum == number]
        rank[rows] = (rankdata(rhythm[rows]) - 0.5) / rows.size
    return rank


def _born(population: Population) -> Floats:
    """Return the rank of each sign-up; without sign-up times, of the first exchange.

    Accounts already there when the log begins have no known birth: their first exchange only
    tells when the log began.
    """
    known = population.created_us > 0
    if known.any():
        born_us = population.created_us
    else:
        born_us = population.first_us
        start_us = int(born_us.min()) if born_us.size else 0
        known = born_us > start_us + 3 * DAY_US
    rank = np.full(len(population), np.nan)
    rows = np.flatnonzero(known)
    order = np.sort(born_us[rows])
    rank[rows] = np.searchsorted(order, born_us[rows]) / max(rows.size, 1)
    return rank


def _breadth(population: Population) -> Floats:
    """Return how unlike each other an account's own prompts are, against the typical account.

    The mean product of two of its projections, from their sum alone (a U-statistic).
    """
    n = population.text_exchanges.astype(np.float64)
    many = np.flatnonzero(n >= 30)
    known = (n >= 30) & (population.clients >= 1) & (population.clients <= 2)
    if not known.any():
        return np.full(n.size, np.nan)
    squared = np.zeros(n.size)
    for part in blocks(n.size, BLOCK):
        sums = population.sums[part].astype(np.float32) / SKETCH_SCALE
        squared[part] = np.einsum("ad,ad->a", sums, sums)
    alike = (squared - n) / np.maximum(n * (n - 1), 1)
    typical = float(np.median(alike[many]))
    if typical <= 0:
        return np.full(n.size, np.nan)
    breadth = np.log2(typical / np.maximum(alike, typical / 64))
    return np.where(known, breadth, np.nan)


def _opened_at(population: Population, releases_us: Index) -> NDArray[np.bool_]:
    near = np.zeros(len(population), dtype=np.bool_)
    for release_us in releases_us:
        near |= np.abs(population.created_us - release_us) <= 2 * DAY_US
    return near


def silent_families(scene: Scene, families: Sequence[Family] = FAMILIES) -> dict[str, str]:
    """Return the families that cannot speak in this traffic, or may not, each with the reason."""
    silent: dict[str, str] = {
        family: "left out by the setting judge.families"
        for family in FAMILIES
        if family not in families
    }
    ties = {"payment", "device", "email", "address", "block"}
    if not ties & set(scene.artefacts) and np.isnan(scene.breadth).all():
        silent["identity"] = (
            "no card, device, mailbox or address is shared, or none was given "
            "(ip, user_agent; --accounts with payment_id, device_id, email_hash)"
        )
    if not scene.population.text_exchanges.any():
        reason = "no prompt text was given (column prompt is null)"
        silent |= {"content": reason, "purpose": reason}
    elif not scene.content.placed.size:
        silent["content"] = "too few prompts to tell accounts apart"
    if np.isnan(scene.born).all():
        silent["life_cycle"] = "no sign-up times were given (--accounts with created_at)"
    return silent

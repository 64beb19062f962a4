"""What campaigns took before they were named: verdicts over time beside the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillhunt.prove.measures import Ints

HOUR_US = 3_600_000_000

ENOUGH = 8
"""Accounts of a planted campaign that must bear a verdict before it counts: the smallest ring."""


@dataclass(frozen=True, slots=True)
class Look:
    """One judgement on the way: when, what had come since the one before, and who was not clear.

    ``exchange`` (keyed hashes) and ``time_us`` go side by side. ``verdicts`` has ``account_id``,
    ``verdict`` and ``campaign_id``.
    """

    now_us: int
    exchange: NDArray[np.uint64]
    time_us: Ints
    verdicts: pa.Table


@dataclass(frozen=True, slots=True)
class PlantedHarvest:
    """The truth: the planted campaigns, who is in them, and what was harvested.

    ``accounts``: ``account_id`` and ``campaign``. ``exchange``: keyed hashes of the harvest,
    ascending; ``owner``: the campaign of each, an index into ``names``.
    """

    names: list[str]
    accounts: pa.Table
    exchange: NDArray[np.uint64]
    owner: Ints

    @staticmethod
    def of(
        accounts: pa.Table, exchange: NDArray[np.uint64], campaign: pa.ChunkedArray
    ) -> "PlantedHarvest":
        """Return the truth; ``exchange`` and ``campaign`` tell the harvest, side by side."""
        names = sorted(pc.unique(accounts["campaign"]).drop_null().to_pylist())
        order = np.argsort(exchange)
        owner = pc.index_in(campaign, value_set=pa.array(names, pa.string())).to_numpy()
        mine = accounts.filter(pc.is_valid(accounts["campaign"]))
        return PlantedHarvest(names, mine, exchange[order], np.asarray(owner, np.int64)[order])


@dataclass(frozen=True, slots=True)
class Moment:
    """A first verdict: hours since the first harvest, harvest taken by then, and its share (0-1).

    ``accounts`` of the campaign bore the verdict then.
    """

    hours: float
    exchanges: int
    share: float
    accounts: int


@dataclass(frozen=True, slots=True)
class Leak:
    """What one planted campaign took; ``suspect`` and ``named`` are None where that never came.

    ``exchanges`` is its harvest in the whole log. A named account counts as a suspect, too.
    """

    campaign: str
    accounts: int
    exchanges: int
    suspect: Moment | None
    named: Moment | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay showed: the leak of each planted campaign, and whom it wronged on the way.

    ``wronged`` innocents were named at one look at least, even if cleared later.
    """

    leaks: tuple[Leak, ...]
    wronged: int
    looks: int


def leak(planted: PlantedHarvest, looks: Iterable[Look]) -> Replayed:
    """Return what each campaign took before its first verdicts.

    Stops asking for looks once all are named: a later look changes no first one.
    """
    taken = np.zeros(planted.exchange.size, np.bool_)
    first_us = np.full(len(planted.names), np.iinfo(np.int64).max)
    suspect: dict[str, Moment] = {}
    named: dict[str, Moment] = {}
    wronged: set[str] = set()
    n_looks = 0
    for look in looks:
        n_looks += 1
        _take(planted, look, taken, first_us)
        for verdicts, found in (("suspect", "campaign"), suspect), (("campaign",), named):
            bearers = _bearing(look.verdicts, verdicts)
            counts = _counts(planted.accounts.filter(pc.is_in(planted.accounts["account_id"],
                                                              value_set=bearers)))  # fmt: skip
            for number, campaign in enumerate(planted.names):
                n = counts.get(campaign, 0)
                if campaign not in found and n >= ENOUGH:
                    hours = (look.now_us - int(first_us[number])) / HOUR_US
                    n_taken, n_all = _harvest(planted, number, taken)
                    found[campaign] = Moment(hours, n_taken, n_taken / max(n_all, 1), n)
        guilty = pc.is_in(bearers, value_set=planted.accounts["account_id"].combine_chunks())
        wronged |= set(bearers.filter(pc.invert(guilty)).to_pylist())
        if planted.names and len(named) == len(planted.names):
            break
    size = _counts(planted.accounts)
    leaks = [
        Leak(
            campaign, size[campaign], _harvest(planted, number, taken)[1],
            suspect.get(campaign), named.get(campaign),
        )
        for number, campaign in enumerate(planted.names)
    ]  # fmt: skip
    return Replayed(tuple(leaks), len(wronged), n_looks)


def _take(planted: PlantedHarvest, look: Look, taken: NDArray[np.bool_], first_us: Ints) -> None:
    """Note the harvest that has come since the look before."""
    if not planted.exchange.size:
        return
    place = np.searchsorted(planted.exchange, look.exchange)
    place = np.minimum(place, planted.exchange.size - 1)
    is_harvest = planted.exchange[place] == look.exchange
    taken[place[is_harvest]] = True
    np.minimum.at(first_us, planted.owner[place[is_harvest]], look.time_us[is_harvest])


def _harvest(planted: PlantedHarvest, number: int, taken: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how much one campaign has harvested so far, and in all."""
    is_its = planted.owner == number
    return int(np.count_nonzero(taken & is_its)), int(np.count_nonzero(is_its))


def _bearing(verdicts: pa.Table, wanted: Sequence[str]) -> pa.Array:
    chosen = pc.is_in(verdicts["verdict"], value_set=pa.array(wanted))
    return verdicts.filter(chosen)["account_id"].combine_chunks()


def _counts(accounts: pa.Table) -> dict[str, int]:
    """Return how many accounts each planted campaign has."""
    counts = pc.value_counts(accounts["campaign"]).to_pylist()
    return {one["values"]: one["counts"] for one in counts}

"""Who of a ring is named: members with their probabilities, and the accepted rate of error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillhunt.judge.kind import kind_of
from stillhunt.judge.nulls import SIZES
from stillhunt.judge.scene import Scene
from stillhunt.judge.strays import expected_strays
from stillhunt.judge.verdict import Trial
from stillhunt.population import Floats, Index
from stillhunt.settings import JudgeSettings


@dataclass(frozen=True, slots=True)
class Named:
    """A trial with its id and kind; ``belongs_p`` is each member's probability to belong (0-1).

    ``is_odd`` are members whose manner speaks against it by more than chance: they ask what the
    ring asks but converse, repeat themselves or sleep as it does not, so they are not named.
    ``strays`` is how many outsiders are expected to come as near as each member does.
    ``vouched`` are accounts of the ring that the operator trusts: never members, only listed.
    """

    trial: Trial
    campaign_id: str
    kind: str
    members: Index
    belongs_p: Floats
    is_odd: NDArray[np.bool_]
    strays: Floats
    vouched: Index

    @property
    def probability(self) -> Floats:
        """Return each member's probability to take part in a campaign (0-1)."""
        return self.belongs_p * self.trial.probability

    @property
    def is_named(self) -> NDArray[np.bool_]:
        """Return which members are named; nobody where too few would be."""
        own = np.where(self.is_odd, 0, self.probability)
        named = within_rate(own, self.strays, self.trial.settings) & self.trial.is_campaign
        return named & (np.count_nonzero(named) >= SIZES[0])

    @property
    def verdict(self) -> str:
        """Return campaign or suspect."""
        return "campaign" if self.is_named.any() else "suspect"


def name_trials(scene: Scene, trials: Sequence[Trial], ids: Sequence[str]) -> list[Named]:
    """Return the trials with ids, kinds and members' probabilities; trusted accounts set apart."""
    named = []
    for trial, campaign_id in zip(trials, ids, strict=True):
        signal_p = {reading.signal.name: reading.p_value for reading in trial.readings}
        kind = kind_of(trial.portrait, signal_p, trial.settings.second_p)
        is_trusted = scene.population.is_trusted[trial.ring.members]
        members = trial.ring.members[~is_trusted]
        bits, manner = np.full(members.size, np.inf), np.zeros(members.size)
        strays = np.zeros(members.size)
        if trial.weights is not None:
            bits, manner = trial.weights.naming_total[members], trial.weights.manner[members]
            strays = expected_strays(trial.weights.total, trial.ring.members, trial.settings)
            strays = strays[~is_trusted]
        is_odd = manner < np.log2(trial.settings.speaks_p)
        vouched = trial.ring.members[is_trusted]
        belongs_p = 1 / (1 + np.exp2(-bits))
        named.append(Named(trial, campaign_id, kind, members, belongs_p, is_odd, strays, vouched))
    return named


def stands(entry: Named) -> bool:
    """Return whether enough accounts remain that nobody vouches for."""
    return entry.members.size >= SIZES[0]


def within_rate(probability: Floats, strays: Floats, settings: JudgeSettings) -> NDArray[np.bool_]:
    """Return which accounts of one ring are named, the likeliest first.

    As many as keep the expected share of innocents among them below ``fdr_ratio``, by their
    probabilities (the Bayesian false discovery rate; Müller et al., 2004) and by the strays that
    the ring's surroundings let expect. None is named that is less likely than ``least_p``: each
    account must carry its own weight.

    >>> likely = np.array([0.5, 0.97, 0.999, 0.999])
    >>> within_rate(likely, np.zeros(4), JudgeSettings()).tolist()
    [False, False, True, True]
    """
    order = np.argsort(-probability, kind="stable")
    n = np.arange(1, order.size + 1)
    error = np.maximum(np.cumsum(1 - probability[order]), strays[order]) / n
    last = np.flatnonzero(error <= settings.fdr_ratio).max(initial=-1)
    named = np.zeros(order.size, dtype=np.bool_)
    named[order[: last + 1]] = True
    return named & (probability >= settings.least_p)

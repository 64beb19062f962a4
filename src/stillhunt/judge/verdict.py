"""From candidate rings to verdicts: compare, explain, choose, trim, and hold the error rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stillhunt.judge.evidence import Reading, family_bits, family_p, holds_together, read_signals
from stillhunt.judge.explanations import EXPLANATIONS, Answer, Case
from stillhunt.judge.groups import homogeneity
from stillhunt.judge.looks import cost_bits, number
from stillhunt.judge.members import Weights, settle
from stillhunt.judge.nulls import SIZES, Nulls
from stillhunt.judge.portrait import Portrait, paint
from stillhunt.judge.scene import Scene
from stillhunt.population import Ring
from stillhunt.records import FAMILIES, Family
from stillhunt.settings import JudgeSettings
from stillhunt.stats import bits_of_p, fisher_p, probability_of_bits

ONE_HAND: frozenset[Family] = frozenset({"identity", "clock", "life_cycle"})
AFTER: frozenset[Family] = frozenset({"content", "purpose"})


@dataclass(frozen=True, slots=True, eq=False)  # one trial is itself: arrays have no one truth
class Trial:
    """A ring with all that was said for and against it.

    ``p_values``: of every family that could speak. ``explained``: families that an innocent
    explanation accounts for. ``prior_bits``: log2 odds before any evidence, negative. ``look``:
    which look it is at the ring as it grows, from 1; 0: the only one.
    """

    ring: Ring
    readings: tuple[Reading, ...]
    p_values: dict[Family, float]
    portrait: Portrait
    answers: dict[str, Answer]
    explained: frozenset[Family]
    prior_bits: float
    settings: JudgeSettings
    look: int = 0
    weights: Weights | None = None

    @property
    def bits(self) -> dict[Family, float]:
        """Return the evidence of each family that counts."""
        return {
            family: family_bits(p, self.settings)
            for family, p in self.p_values.items()
            if family not in self.explained
        }

    @property
    def speaking(self) -> tuple[Family, ...]:
        """Return the families that speak against the ring and are not explained."""
        return tuple(
            family
            for family in FAMILIES
            if family not in self.explained
            and self.p_values.get(family, 1.0) <= self.settings.speaks_p
        )

    @property
    def evidence_bits(self) -> float:
        """Return the evidence of all families together."""
        return sum(self.bits.values())

    @property
    def strength_bits(self) -> float:
        """Return the evidence without caps, which tells the best of several cuts of one ring."""
        return sum(
            bits_of_p(p) for family, p in self.p_values.items() if family not in self.explained
        )

    @property
    def odds_bits(self) -> float:
        """Return the log2 odds before any evidence, less what looking again costs."""
        return self.prior_bits - cost_bits(self.look)

    @property
    def posterior(self) -> float:
        """Return the posterior probability by the bits alone (0-1)."""
        return probability_of_bits(self.evidence_bits + self.odds_bits)

    @property
    def probability(self) -> float:
        """Return the probability that the ring is a campaign (0-1).

        Of a ring that may not be named, one strong family brings it to even odds at the most:
        what one family alone can look like is what innocence is known to look like.
        """
        if self.is_campaign:
            return self.posterior
        strongest = max(self.bits.values(), default=0.0)
        return probability_of_bits(
            self.evidence_bits - strongest + min(strongest + self.odds_bits, 0)
        )

    @property
    def is_suspect(self) -> bool:
        """Return whether the ring is worth a look though it may not be named.

        More likely than not, and by more than alike prompts, which many products have: another
        family must stand by itself, and purpose alone only in the form of a harvest. Alike prompts
        that are no harvest count for nothing.
        """
        beside = set(self._strict) - ({"content"} if self._asks_as_a_harvest else AFTER)
        bits = self.evidence_bits - (0.0 if self._wants_enough else self.bits.get("content", 0.0))
        likely = probability_of_bits(bits + self.odds_bits)
        return bool(beside) and likely >= self.settings.suspect_probability

    @property
    def is_campaign(self) -> bool:
        """Return whether the ring may be named.

        Its posterior error is below the accepted rate, one family shows one hand (common
        belongings, clocks or sign-ups) and another what it is after. Alike prompts with a purpose
        alone are what a product's customers have, a test set's users, and researchers who want the
        reasoning. Where what is asked looks less like a harvest than most comparison groups, three
        families must stand. Where no prompts were kept, two families of one hand must do.
        """
        speaking = set(self.speaking)
        has_prompts = bool(AFTER & set(self.p_values))
        return (
            self.posterior >= 1 - self.settings.fdr_ratio
            and self.second_p <= self.settings.second_p
            and self._wants_enough
            and len(speaking & ONE_HAND) >= (1 if has_prompts else 2)
            and bool(speaking & AFTER or not has_prompts)
        )

    @property
    def _strict(self) -> tuple[Family, ...]:
        """Return the families that stand by themselves."""
        return tuple(f for f in self.speaking if self.p_values[f] <= self.settings.second_p)

    @property
    def _asks_as_a_harvest(self) -> bool:
        """Return whether the form of the requests speaks, not only the phrases in them."""
        return any(
            reading.signal.name == "harvest_form" and reading.p_value <= self.settings.speaks_p
            for reading in self.readings
        )

    @property
    def _wants_enough(self) -> bool:
        """Return whether what is asked looks like a harvest, or three families make up for it."""
        return self.p_values.get("purpose", 0.0) < self.settings.even_p or len(self._strict) >= 3

    @property
    def second_p(self) -> float:
        """Return the p-value of what the families beside the strongest say.

        The best of them alone, or all of them together (Fisher), whichever is smaller.
        """
        others = sorted(p for f, p in self.p_values.items() if f not in self.explained)[1:]
        return min([1.0, *others[:1], fisher_p(others)])


def judge(
    scene: Scene, candidates: Sequence[Ring], settings: JudgeSettings, threads: int = 1
) -> list[Trial]:
    """Return the trials of campaigns and suspects, disjoint, the strongest first."""
    nulls = comparison(scene, candidates, settings, threads)
    prior_bits = prior_bits_of(candidates, scene)
    read = ((ring, read_signals(ring, nulls)) for ring in candidates if holds_together(ring, nulls))
    trials = [
        _explained(ring, readings, nulls, prior_bits)
        for ring, readings in read
        if may_stand(family_p(readings), prior_bits, settings)
    ]
    return _choose(trials, nulls)


def comparison(
    scene: Scene, candidates: Sequence[Ring], settings: JudgeSettings, threads: int = 1
) -> Nulls:
    """Return the comparison groups of a log, in which accounts of dense rings take no part.

    They show what unlinked traffic looks like. That alike accounts may be innocent all the same,
    customers of one product for one, is for the explanations to say, and for the second family.
    """
    dense = [
        ring
        for ring in candidates
        if ring.origin in ("pool", "schedule") and _density(scene, ring) >= settings.dense_ratio
    ]
    return Nulls(scene, settings, _members_of(dense, scene), candidates, threads)


def prior_bits_of(candidates: Sequence[Ring], scene: Scene) -> float:
    """Return the log2 odds of a ring before any evidence, negative.

    One of as many rings as do not overlap is expected to be a campaign: the odds that hold the
    false discovery rate over all of them. Several cuts of one ring are one ring.
    """
    return -float(np.log2(max(_n_apart(candidates, scene), 2)))


def may_stand(p_values: Mapping[Family, float], prior_bits: float, settings: JudgeSettings) -> bool:
    """Return whether a ring can be a campaign or a suspect, whatever explains it.

    Explanations only take families away, so what is less likely than not by those that speak for
    it is never chosen; most rings need not be painted.
    """
    bits = sum(max(family_bits(p, settings), 0) for p in p_values.values())
    return probability_of_bits(bits + prior_bits) >= settings.suspect_probability


def _n_apart(candidates: Sequence[Ring], scene: Scene) -> int:
    """Return how many candidates stand mostly apart, the smallest counted first."""
    covered = np.zeros(len(scene.population), dtype=np.bool_)
    n = 0
    for ring in sorted(candidates, key=len):
        if covered[ring.members].mean() < 0.5:
            covered[ring.members] = True
            n += 1
    return n


def _density(scene: Scene, ring: Ring) -> float:
    space = scene.content if ring.origin == "pool" else scene.schedule
    return homogeneity(space, ring.members)


def try_one(ring: Ring, nulls: Nulls, prior_bits: float, *, is_final: bool = False) -> Trial:
    """Return one ring's trial; ``is_final``: against as many groups as a verdict takes.

    Only that one is a look that pays: what is screened is not yet told to anybody.
    """
    trial = _explained(ring, read_signals(ring, nulls, is_final=is_final), nulls, prior_bits)
    if not (is_final and nulls.settings.is_repeated):
        return trial
    exchanges = int(nulls.scene.population.exchanges[ring.members].sum())
    return replace(trial, look=number(exchanges))


def _explained(ring: Ring, readings: tuple[Reading, ...], nulls: Nulls, prior_bits: float) -> Trial:
    """Return the trial of a ring whose signals have been read."""
    p_values = family_p(readings)
    portrait = paint(nulls.scene, ring.members, nulls.ordinary())
    case = Case(portrait, {r.signal.name: r.p_value for r in readings}, p_values, nulls.settings)
    answers = {explanation.name: explanation.ask(case) for explanation in EXPLANATIONS}
    explained = frozenset(
        family
        for explanation in EXPLANATIONS
        if answers[explanation.name].holds
        for family in explanation.explains
    )
    return Trial(ring, readings, p_values, portrait, answers, explained, prior_bits, nulls.settings)


def turn(trial: Trial) -> tuple[bool, float, int]:
    """Return the key that rings are settled by: campaigns, the most evidence, the larger.

    Evidence as it counts, capped: a fragment with one card may have the most extreme p-value of
    all, and take in fewer of the accounts than the whole would.
    """
    return not trial.is_campaign, -trial.evidence_bits, -len(trial.ring)


def _choose(trials: Sequence[Trial], nulls: Nulls) -> list[Trial]:
    """Return trials of settled rings that do not overlap, campaigns first, the strongest first.

    A ring is settled (trimmed and grown to the accounts that belong) and tried again as it then
    is: what held for a part need not hold for the whole.
    """
    standing = sorted(
        (trial for trial in trials if trial.is_campaign or trial.is_suspect), key=turn
    )
    chosen: list[Trial] = []
    free = np.ones(len(nulls.scene.population), dtype=np.bool_)
    for trial in standing:
        if free[trial.ring.members].mean() <= 0.5:
            continue
        again, pieces = _settled(trial, nulls, free, chosen)
        if again is not None and (again.is_campaign or again.is_suspect):
            chosen = [*(piece for piece in chosen if piece not in pieces), again]
            free[again.ring.members] = False
    return sorted(chosen, key=lambda trial: (not trial.is_campaign, -trial.strength_bits))


def _settled(
    trial: Trial, nulls: Nulls, free: NDArray[np.bool_], chosen: Sequence[Trial]
) -> tuple[Trial | None, list[Trial]]:
    """Return a ring tried again as it settled, and the rings chosen before that it takes in.

    Where the settled ring shows a family that its beginning did not, such as cards whose other
    holders have only now come in, that family tells who belongs, too.
    """
    families = frozenset(trial.speaking)
    again, pieces = _settled_by(families, trial, nulls, free, chosen)
    more = families | frozenset(again.speaking if again else ())
    return (again, pieces) if more == families else _settled_by(more, trial, nulls, free, chosen)


def _settled_by(
    families: frozenset[Family],
    trial: Trial,
    nulls: Nulls,
    free: NDArray[np.bool_],
    chosen: Sequence[Trial],
) -> tuple[Trial | None, list[Trial]]:
    """Return the same by some families.

    A ring most of whose members another takes for its own is a piece of it, be it the part that
    signed up on one day. The whole must stand where the piece stood; otherwise they stay apart.
    """
    start = trial.ring.members[free[trial.ring.members]]
    members, weights = settle(nulls.scene, start, families, trial.settings)
    pieces = [
        other
        for other in chosen
        if np.isin(other.ring.members, members).mean() >= trial.settings.most_ratio
    ]
    own = members[free[members]]
    if own.size < SIZES[0]:
        return None, []
    if pieces:
        whole = np.unique(np.concatenate([own, *(piece.ring.members for piece in pieces)]))
        again = try_one(Ring(whole, trial.ring.origin), nulls, trial.prior_bits, is_final=True)
        if again.is_campaign:
            return replace(again, weights=weights), pieces
    again = try_one(Ring(own, trial.ring.origin), nulls, trial.prior_bits, is_final=True)
    return replace(again, weights=weights), []


def _members_of(rings: Sequence[Ring], scene: Scene) -> NDArray[np.bool_]:
    mask = np.zeros(len(scene.population), dtype=np.bool_)
    for ring in rings:
        mask[ring.members] = True
    return mask

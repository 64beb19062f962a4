"""From signals to evidence: what each family says of a ring, in bits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stillhunt.judge.nulls import Nulls
from stillhunt.judge.signals import SIGNALS, Signal
from stillhunt.population import Ring
from stillhunt.records import FAMILIES, Family
from stillhunt.settings import JudgeSettings
from stillhunt.stats import apart_p, bits_of_p, simes_p, tail_p


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal's reading of a ring, beside the comparison group that spoke best for it."""

    signal: Signal
    value: float
    p_value: float
    group: str  # random, or the way the ring was found
    n_groups: int
    median: float
    p95: float

    @property
    def bits(self) -> float:
        """Return the evidence of this signal alone, in bits."""
        return bits_of_p(self.p_value)


HOLDING = ("one_pool", "shared_days", "shared_identity", "shared_shifts")
"""Signals of what can hold accounts together at all: prompts, belongings, schedules."""


def holds_together(ring: Ring, nulls: Nulls) -> bool:
    """Return whether anything holds a candidate together more than random accounts.

    Most candidates are a popular client's or a common opening's users; this spares them a trial.
    """
    return any(
        reading.p_value <= nulls.settings.second_p
        for signal in _admitted(nulls.settings)
        if signal.name in HOLDING
        and (reading := _read_one(signal, ring, nulls, ("random",))) is not None
    )


def read_signals(ring: Ring, nulls: Nulls, *, is_final: bool = False) -> tuple[Reading, ...]:
    """Return what each signal that can speak says of a ring.

    ``is_final``: what speaks is read again against as many groups as a verdict takes; the rest
    would be worth nothing, or take as little away, against any number.
    """
    ways = tuple(dict.fromkeys(("random", "pool", ring.origin)))
    readings = []
    for signal in _admitted(nulls.settings):
        reading = _read_one(signal, ring, nulls, ways)
        if is_final and reading and reading.p_value <= nulls.settings.speaks_p:
            reading = _read_one(signal, ring, nulls.final(), ways)
        if reading is not None:
            readings.append(reading)
    return tuple(readings)


def _admitted(settings: JudgeSettings) -> Iterator[Signal]:
    """Yield the signals of the families that may speak."""
    return (signal for signal in SIGNALS if signal.family in settings.families)


def _read_one(signal: Signal, ring: Ring, nulls: Nulls, ways: tuple[str, ...]) -> Reading | None:
    value = nulls.measure(signal, ring)
    if not np.isfinite(value):
        return None
    compared = [
        (tail_p(value, null, signal.grain), way, null)
        for way, null in nulls.of(signal, ring, ways).items()
    ]
    if not compared:
        return None
    # Innocence has the choice of its comparison group.
    p_value, way, null = max(compared, key=lambda entry: entry[0])
    return Reading(
        signal=signal,
        value=value,
        p_value=p_value,
        group=way,
        n_groups=int(null.values.size),
        median=null.median,
        p95=null.p95,
    )


def family_p(readings: Iterable[Reading]) -> dict[Family, float]:
    """Return the p-value of each family that can speak.

    Signals of a family depend on each other, so they count once (Simes), but the clock's: an even
    load, nights without sleep, days and shifts in common come each without the others
    (``bench/levels.py``).
    """
    by_family: dict[Family, list[float]] = {family: [] for family in FAMILIES}
    for reading in readings:
        by_family[reading.signal.family].append(reading.p_value)
    return {
        family: apart_p(values) if family == "clock" else simes_p(values)
        for family, values in by_family.items()
        if values
    }


def family_bits(p_value: float, settings: JudgeSettings) -> float:
    """Return the evidence of one family in bits, at most ``settings.family_cap_bits``."""
    return min(bits_of_p(p_value), settings.family_cap_bits)

"""Invented crowds: groups of accounts described in a few figures, among ordinary ones.

A ``Group`` as it stands is a handful of ordinary customers; every figure that is set makes them
alike, or odd, in one respect. Nothing here is read from a log: projections, clocks and sign-ups are
drawn, all accounts at once, from a seed.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.judge.dealing import Dealer, without

from stillhunt.blocks import Packed
from stillhunt.judge.nulls import Nulls
from stillhunt.judge.portrait import Portrait
from stillhunt.judge.scene import DAY_US, TARGETED, Scene, look
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.population import SHIFT_DIMS, Days, Index, Population, Ring, Sampled, Uses
from stillhunt.records import (
    CAPABILITIES,
    ELICITATIONS,
    N_CELLS,
    PROJECTION_DIMS,
    SKETCH_SCALE,
)
from stillhunt.settings import JudgeSettings, LinkSettings

START_US = 1_767_225_600_000_000
"""2026-01-01; the log covers the ``DAYS`` that follow."""

DAYS = 180
COUNTED_DAYS = 60
SUBJECTS = 12
SAMPLED = 4
"""Exchanges of each account in the sample."""

CELL_FOCUS = 40.0
"""Log odds that an exchange is in a cell for each unit that its account's mean lies that way."""

CASES = Path(__file__).parents[1] / "cases"
SETTINGS = JudgeSettings()
UNUSUAL = ("payment", "device", "email", "session", "org", "domain")
"""Artefacts of the accounts table and of sessions; the rest is seen in any log."""


@dataclass(frozen=True)
class Group:
    """Accounts that are alike in what is set here and ordinary in everything else.

    ``pool``, ``own``, ``subject``: lengths of the parts of an account's mean prompt that it has in
    common with its group, alone, and with strangers of one of a few subjects; ``spread``: standard
    deviation of the log of volume; ``rhythm``: how much the clock keeps to the ``hour`` (0: around
    it; a negative hour: to each its own); ``together``: share of the traffic that follows one
    schedule; ``tide``: ups and downs of the days that all have in common, beside each one's own;
    ``shares``: how many artefacts of a kind the accounts hold between them, dealt in turn;
    ``leaks``: how many strangers hold each of those; ``signup``: first day and length of the
    sign-ups, in days; ``new``: share of the prompts that are; ``common``: share of them that every
    account of the group asks; ``targets``: share of what harvests are after (negative: any);
    ``trusted``: so many of them; ``judged``: whether it is part of the ring, or only there;
    ``task``: number of the pool, for groups that ask from the same one (negative: its own);
    ``mixed``: whether its accounts ask of all subjects, as those do who pass on others' requests.
    """

    accounts: int = 30
    exchanges: float = 40
    spread: float = 0.8
    pool: float = 0.0
    own: float = 0.35
    subject: float = 0.3
    rhythm: float = 1.5
    hour: int = -1
    together: float = 0.0
    tide: float = 0.0
    shares: Mapping[str, int] = field(default_factory=dict)
    leaks: Mapping[str, int] = field(default_factory=dict)
    signup: tuple[float, float] = (0, DAYS)
    follow_up: float = 0.5
    single_turn: float = 0.4
    new: float = 0.95
    common: float = 0.0
    elicits: float = 0.02
    targets: float = -1.0
    concentration: float = 0.1
    end_users: int = 0
    clients: int = 2
    tier: str = "payg"
    trusted: int = 0
    judged: bool = True
    task: int = -1
    mixed: bool = False


@dataclass(frozen=True)
class Crowd:
    """Ordinary accounts and the groups among them; ``silent`` is what the operator did not log.

    ``viral``: first day, length in days, and number of ordinary accounts that signed up then;
    ``release``: day of a model's release, negative for none. ``silent`` may hold ``text``,
    ``accounts`` (the table), ``births``, ``turns``, ``clients`` and ``addresses``.
    """

    groups: tuple[Group, ...] = ()
    accounts: int = 600
    seed: int = 1
    viral: tuple[float, float, int] = (0, 1, 0)
    release: float = -1
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A crowd that was made: its scene, and the rows of each group."""

    scene: Scene
    rows: tuple[Index, ...]
    judged: tuple[bool, ...]

    @property
    def ring(self) -> Ring:
        """Return the groups that are judged, as one ring that its prompts have proposed."""
        members = [rows for rows, judged in zip(self.rows, self.judged, strict=True) if judged]
        return Ring(np.concatenate(members), "pool")

    def nulls(self, settings: JudgeSettings = SETTINGS) -> Nulls:
        """Return comparison groups among the accounts of no group."""
        held_out = np.zeros(len(self.scene.population), dtype=np.bool_)
        for rows in self.rows:
            held_out[rows] = True
        return Nulls(self.scene, settings, held_out, [])

    def candidates(self) -> list[Ring]:
        """Return the rings that linking proposes."""
        scene = self.scene
        return propose(scene.population, scene.content, scene.schedule, LinkSettings())

    def ids(self, rows: Index) -> set[str]:
        """Return account ids."""
        return set(self.scene.population.account_id[rows].tolist())


def read_case(path: Path) -> tuple[Crowd, dict[str, Any]]:
    """Return the crowd that a case file describes, and what the file expects."""
    table = tomllib.loads(path.read_text("utf-8"))
    groups = tuple(Group(**entry) for entry in table.pop("group"))
    crowd = {name: _tuples(value) for name, value in table.pop("crowd", {}).items()}
    return Crowd(groups=groups, **crowd), table


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_MADE: dict[str, Made] = {}


def make(crowd: Crowd) -> Made:
    """Return a crowd, made once: a description tells it from every other."""
    key = repr(crowd)
    if key not in _MADE:
        _MADE[key] = _make(crowd)
    return _MADE[key]


def _make(crowd: Crowd) -> Made:
    rng = np.random.default_rng(crowd.seed)
    groups = (Group(accounts=crowd.accounts), *crowd.groups)
    # One stream each for the crowd and every group: a group does not change who else is there.
    viral, sharing, *streams = rng.spawn(len(groups) + 2)
    subjects = _directions(np.random.default_rng([crowd.seed, 1]), SUBJECTS + 1, PROJECTION_DIMS)
    parts = [_draw(group, subjects, own) for group, own in zip(groups, streams, strict=True)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    ends = np.cumsum([group.accounts for group in groups])
    n = int(ends[-1])
    rows = tuple(np.split(np.arange(n), ends[:-1]))
    day, length, n_viral = crowd.viral
    chosen = viral.permutation(crowd.accounts)[:n_viral]
    columns["created_us"][chosen] = _day_us(day + length * viral.random(chosen.size))
    uses = Dealer()
    uses.deal_crowd(rows[0], columns["exchanges"], sharing)
    for group, own in zip(crowd.groups, rows[1:], strict=True):
        for kind, number in group.shares.items():
            strangers = rows[0][: group.leaks.get(kind, 0) * number]
            uses.deal_group(kind, number, (own, strangers), columns["exchanges"])
        asked = group.common * float(np.median(columns["distinct_prompts"][own]))
        uses.deal_all("content", round(asked), own)
    population = _silence(_population(n, columns, uses.uses()), crowd.silent)
    releases_us = _day_us(np.array([crowd.release]))[: int(crowd.release >= 0)]
    scene = look(population, whiten(population), schedule_space(population), releases_us)
    return Made(scene, rows[1:], tuple(group.judged for group in crowd.groups))


def _day_us(day: Any) -> Index:
    return START_US + (np.asarray(day) * DAY_US).astype(np.int64)


def _directions(rng: np.random.Generator, n: int, dims: int) -> np.ndarray:
    vectors = rng.normal(size=(n, dims))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _draw(group: Group, subjects: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """Return the columns of a group; ``sketch`` has SAMPLED rows of projections per account."""
    n = group.accounts
    volume = np.exp(rng.normal(np.log(group.exchanges), group.spread, n))
    exchanges = np.maximum(np.rint(volume), 3).astype(np.int64)
    columns = {"exchanges": exchanges, **_prompts(group, subjects, exchanges, rng)}
    columns |= _clocks(group, exchanges, rng)
    day = group.signup[0] + group.signup[1] * rng.random(n)
    turn = lambda ratio: rng.binomial(exchanges, ratio) / exchanges  # noqa: E731
    tier = np.full(n, group.tier, dtype=object)
    return columns | {
        "created_us": _day_us(day),
        "first_us": _day_us(np.maximum(day, 1)),
        "last_us": _day_us(np.full(n, DAYS)),
        "follow_up_ratio": turn(group.follow_up),
        "single_turn_ratio": turn(group.single_turn),
        "distinct_prompts": np.maximum(rng.binomial(exchanges, group.new), 1),
        "concentration": np.clip(group.concentration * rng.uniform(0.8, 1.2, n), 0, 1),
        "end_users": np.full(n, group.end_users),
        "clients": np.full(n, group.clients),
        "input_tokens": exchanges * 300,
        "output_tokens": exchanges * 500,
        "is_trusted": np.arange(n) < group.trusted,
        "tier": tier,
        "domain": np.full(n, "", dtype=object),
    }


def _prompts(
    group: Group, subjects: np.ndarray, exchanges: Index, rng: np.random.Generator
) -> dict[str, Any]:
    n = group.accounts
    pool = rng if group.task < 0 else np.random.default_rng([2, group.task])
    (cells,) = rng.spawn(1)  # a stream of its own: all else is drawn as it was
    chosen = subjects[1 + rng.integers(0, SUBJECTS, n)]
    mean = (
        0.2 * subjects[0]
        + group.subject * (subjects[1:].mean(axis=0) if group.mixed else chosen)
        + group.own * _directions(rng, n, PROJECTION_DIMS)
        + group.pool * _directions(pool, 1, PROJECTION_DIMS)
    )
    # What is left of length 1 is noise; the sum of many prompts is drawn at once.
    spread = np.sqrt(np.maximum(1 - np.square(mean).sum(axis=1), 0.05) / PROJECTION_DIMS)[:, None]
    times = exchanges[:, None]
    noise = rng.normal(size=mean.shape) * spread * np.sqrt(times)
    shown = mean[:, None, :] + rng.normal(size=(n, SAMPLED, PROJECTION_DIMS)) * spread[:, None]
    # Cells lie in fixed directions; an account's exchanges are in those near its mean.
    ways = _directions(np.random.default_rng(3), N_CELLS, PROJECTION_DIMS)
    odds = np.exp(CELL_FOCUS * mean @ ways.T)
    odds /= odds.sum(axis=1, keepdims=True)
    mix = rng.dirichlet(_usual_mix() * 6, n)
    if group.targets >= 0:
        is_target = np.isin(CAPABILITIES, TARGETED)
        for part, total in ((is_target, group.targets), (~is_target, 1 - group.targets)):
            mix[:, part] *= total / np.maximum(mix[:, part].sum(axis=1, keepdims=True), 1e-9)
    elicits = np.zeros((n, len(ELICITATIONS)))
    elicits[:, 0] = rng.binomial(exchanges, group.elicits) / exchanges
    return {
        "sums": np.rint((times * mean + noise) * SKETCH_SCALE),
        "sketch": np.rint(shown * SKETCH_SCALE).astype(np.int16),
        "cells": cells.multinomial(exchanges, odds).astype(np.int32),
        "cell": (cells.random((n, SAMPLED, 1)) > odds.cumsum(axis=1)[:, None]).sum(axis=2),
        "capability": rng.multinomial(exchanges, mix) / times,
        "elicitation": elicits,
        "text_exchanges": exchanges.copy(),
    }


def _usual_mix() -> np.ndarray:
    usual = {"general": 6.0, "coding": 3.0, "translation": 2.0, "classification": 2.0}
    weight = np.array([usual.get(name, 0.6) for name in CAPABILITIES])
    return weight / weight.sum()


def _clocks(group: Group, exchanges: Index, rng: np.random.Generator) -> dict[str, Any]:
    n = group.accounts
    peak = rng.integers(0, 24, n) if group.hour < 0 else np.full(n, group.hour)
    angle = 2 * np.pi * (np.arange(24) - peak[:, None]) / 24
    habit = np.exp(group.rhythm * np.cos(angle))
    own = 0.2 * exchanges[:, None] * _directions(rng, n, SHIFT_DIMS)
    chance = rng.normal(size=own.shape) * np.sqrt(exchanges / SHIFT_DIMS)[:, None]
    shared = group.together * exchanges[:, None] * _directions(rng, 1, SHIFT_DIMS)
    return {
        "days": _days(group, exchanges, rng.spawn(1)[0]),
        "clock": rng.multinomial(exchanges, habit / habit.sum(axis=1, keepdims=True)),
        "shifts": (own + chance + shared).astype(np.float32),
    }


def _days(group: Group, exchanges: Index, rng: np.random.Generator) -> np.ndarray:
    """Return more or less than usual on the days that accounts work, the more the more they do."""
    shape = (exchanges.size, COUNTED_DAYS)
    works = rng.random(shape) < 1 - np.exp(-exchanges / COUNTED_DAYS)[:, None]
    ups = group.tide * rng.normal(size=COUNTED_DAYS) + rng.normal(size=shape)
    return (works * ups).astype(np.float32)


def _population(n: int, columns: dict[str, Any], uses: Uses) -> Population:
    sketch, cell, days = (columns.pop(name) for name in ("sketch", "cell", "days"))
    sample = Sampled(
        np.repeat(np.arange(n), SAMPLED),
        np.minimum(cell, N_CELLS - 1).astype(np.uint8).ravel(),
        sketch.reshape(-1, PROJECTION_DIMS),
    )
    return Population(
        keys=np.arange(1, n + 1, dtype=np.uint64),
        account_id=np.array([f"acct-{row:05d}" for row in range(n)], dtype=object),
        uses=uses,
        sample=sample,
        days=Days(days, np.arange(COUNTED_DAYS) % 7),
        present=frozenset({"time", "account_id", "prompt"}),
        sums=Packed.of(columns.pop("sums")),
        shifts=Packed.of(columns.pop("shifts")),
        **columns,
    )


def _silence(people: Population, silent: Sequence[str]) -> Population:
    """Take out what was not logged, as assembling leaves it: NaN in ratios, 0 in counts."""
    n = len(people)
    nothing, unknown = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    if "text" in silent:
        people = replace(
            people,
            text_exchanges=nothing, distinct_prompts=nothing, concentration=unknown,
            capability=np.full_like(people.capability, np.nan),
            elicitation=np.full_like(people.elicitation, np.nan),
            sums=Packed.room(*people.sums.shape), cells=np.zeros_like(people.cells),
            sample=Sampled(nothing[:0], np.zeros(0, np.uint8), people.sample.sketch[:0]),
            uses=without(people.uses, ("content", "opening", "template")),
        )  # fmt: skip
    if "accounts" in silent:
        people = replace(
            people, created_us=nothing, tier=np.full(n, "", dtype=object),
            is_trusted=np.zeros(n, dtype=np.bool_), uses=without(people.uses, UNUSUAL),
        )  # fmt: skip
    if "births" in silent:
        people = replace(people, created_us=nothing, first_us=np.full(n, START_US))
    if "turns" in silent:
        people = replace(people, follow_up_ratio=unknown, single_turn_ratio=unknown)
    if "clients" in silent:
        people = replace(people, clients=nothing, uses=without(people.uses, ("client",)))
    if "addresses" in silent:
        people = replace(people, uses=without(people.uses, ("address", "block")))
    return people


def reorder(people: Population, order: Index) -> Population:
    """Return the population with its accounts in another order; ``order`` are the old rows."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    moved = {
        column.name: getattr(people, column.name)[order]
        for column in fields(Population)
        if column.name not in ("keys", "uses", "sample", "days", "present")
    }
    return replace(
        people,
        **moved | {name: Packed.of(moved[name]) for name in ("sums", "shifts")},
        days=replace(people.days, vectors=people.days.vectors[order]),
        uses=replace(people.uses, account=place[people.uses.account]),
        sample=replace(people.sample, account=place[people.sample.account]),
    )


def scene_of(people: Population, releases_us: Index | None = None) -> Scene:
    """Return the scene of a population that was changed by hand."""
    releases = np.zeros(0, dtype=np.int64) if releases_us is None else releases_us
    return look(people, whiten(people), schedule_space(people), releases)


def unknown_portrait() -> Portrait:
    """Return the portrait of a ring of which nothing is known."""
    empty = {"str": "system", "float": float("nan"), "int": 100}  # each account its own owner
    return Portrait(**{column.name: empty[column.type.__name__] for column in fields(Portrait)})

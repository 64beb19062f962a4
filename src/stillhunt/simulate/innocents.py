"""The innocents: one small function per class says in what it differs from private people."""

from collections.abc import Callable
from typing import Final

import numpy as np

from stillhunt.simulate import world
from stillhunt.simulate.cast import (
    CLOCKS,
    DAY_US,
    FOREVER_US,
    SLOTS,
    Cast,
    leave,
    people,
    share_place,
    use_clients,
)
from stillhunt.simulate.chance import U64, below, mix, unit
from stillhunt.simulate.scenario import CLASSES, Population

HABITS: Final = (
    # capability mixes; a person has a few favourites drawn from one of them
    {"general": 45, "reasoning": 7, "tool_use": 3, "coding": 14, "agentic_coding": 1, "grading": 2,
     "rewriting": 10, "data_analysis": 5, "vision": 3, "classification": 2, "translation": 5,
     "roleplay": 5},
    {"agentic_coding": 80, "coding": 20},
    {"general": 25, "coding": 15, "rewriting": 20, "data_analysis": 20, "translation": 8,
     "classification": 6, "reasoning": 6},
    {"reasoning": 55, "rewriting": 20, "general": 15, "coding": 10},
    {"classification": 40, "data_analysis": 15, "translation": 15, "rewriting": 20, "vision": 10},
    {"coding": 60, "tool_use": 20, "general": 20},
    {"reasoning": 80, "grading": 10, "coding": 10},
    {"reasoning": 40, "coding": 30, "classification": 30},
)  # fmt: skip
_PRIVATE, _AGENT, _OFFICE, _SCHOOL, _BATCH, _DEVELOPER, _THINKER, _BENCHMARK = range(len(HABITS))
_SEED_TASKS: Final = 4
"""Public sets, homework and licensed training data are as much of a few forms as a harvest is."""
_SDKS = (0.0, 0.0, 0.7, 0.3, 0.0)
_IN_GROUPS: Final = frozenset(
    {"company_seats", "classroom", "product_own_key", "startup_cohort", "multi_account_developer"}
)
N_AGENT_PRODUCTS: Final = 4
N_SYSTEMS: Final = 3_000


def innocent(population: Population, seed: int, number: int, days: int) -> Cast:
    """Return the accounts of one population."""
    cast = people(population.accounts, mix(seed, number), days)
    cast.kind[:] = CLASSES.index(population.kind)
    group = cast.rank // population.group_size
    if population.group_size > 1:  # groups differ in size: some merge with their neighbour
        group = group - (unit(mix(seed, number, group, 60)) < 0.3)
    cast.group = mix(seed, number, group, 61)
    _KINDS[population.kind](cast, days)
    cast.per_day *= population.per_day
    cast.tide[:] = population.tide
    own = cast.group if population.kind in _IN_GROUPS else mix(seed, cast.country)
    cast.waters = mix(own, 68)
    lost = (unit(mix(cast.seed, 62)) < 0.012) & ~cast.trusted
    cast.closed |= lost
    end = (unit(mix(cast.seed, 63)) * days * DAY_US).astype(np.int64)
    cast.to_us = np.where(lost, np.maximum(end, cast.from_us + DAY_US), cast.to_us)
    return cast


def _burst_of_signups(cast: Cast, day: U64, width_days: float) -> None:
    """Sign up at the day of the group (a hash), within a width; then begin at once."""
    when = unit(day) + unit(mix(cast.seed, 64)) * width_days / 30
    cast.created_us = ((when * 30 - 22) * DAY_US).astype(np.int64)
    cast.from_us = cast.created_us + below(mix(cast.seed, 65), DAY_US)
    cast.to_us[:] = FOREVER_US


def _individual(cast: Cast, days: int) -> None:
    """Are private people: few exchanges, heavy tails, own hours, languages and subjects."""


def _coding_agent(cast: Cast, days: int) -> None:
    """Use one of a few coding agents: its client, system prompt and tools; long sessions."""
    product = np.minimum(below(mix(cast.seed, 70), 7), N_AGENT_PRODUCTS - 1)
    version = np.minimum(below(mix(cast.seed, 71, np.arange(SLOTS)[:, None]), 4), 2).T
    cast.client = world.Clients.of(np.int64(4) + 0 * version, product[:, None] + 4 * version)
    cast.habit[:] = _AGENT
    is_bare = unit(mix(cast.seed, 101)) < 0.03  # a few run it with everything switched off
    cast.system, cast.tools = np.where(is_bare, -1, product), np.where(is_bare, -1, product)
    cast.chattiness[:], cast.guests[:] = 1, 1
    cast.burst, cast.gap_s = cast.burst * 3, cast.gap_s / 6
    cast.per_day *= 1.8
    cast.temperature[:] = 1.0
    cast.n_topics = 1 + below(mix(cast.seed, 72), 3)
    cast.language[:] = 0


def _company(cast: Cast, days: int) -> None:
    """Hold a company's seats: one organisation, card, address and country; office hours."""
    cast.org, cast.card = mix(cast.group, 4), mix(cast.group, 5)
    cast.mail[:] = -1
    share_place(cast, cast.group)
    cast.host = np.repeat(below(mix(cast.group, 73), 254)[:, None], SLOTS, axis=1)
    cast.clock[:] = CLOCKS.index("office")
    cast.weekend *= 0.12
    country = below(mix(cast.group, 74), len(world.COUNTRY_CODES))
    cast.country, cast.zone = country, world.COUNTRY_ZONES[country]
    cast.guests[:] = 1
    cast.habit[:] = _OFFICE
    cast.tier[:] = world.TIERS.index("enterprise")
    cast.verified[:] = True


def _classroom(cast: Cast, days: int) -> None:
    """Learn in one class: one address block and sign-up week, shared assignments in own words."""
    cast.org = mix(cast.group, 4)
    share_place(cast, cast.group)
    cast.roam = cast.roam + 0.3
    cast.network[:, 1:] = _home_again(cast)
    _burst_of_signups(cast, mix(cast.group, 75), 7)
    cast.card[:] = 0
    cast.tier[:] = world.TIERS.index("education")
    cast.mail[:] = -1
    cast.habit[:] = _SCHOOL
    cast.per_day *= 0.5
    cast.clock[:] = CLOCKS.index("office")
    cast.pool = mix(cast.group, 76)
    cast.pool_size, cast.pool_topics = cast.pool_size * 0 + 24, cast.pool_topics * 0 + 3
    cast.seed_tasks[:] = _SEED_TASKS
    country = below(mix(cast.group, 74), len(world.COUNTRY_CODES))
    cast.country, cast.zone = country, world.COUNTRY_ZONES[country]
    cast.language = world.COUNTRY_LANGUAGES[country]
    cast.shift *= 0.4
    cast.chattiness, cast.guests[:] = 0.5 + 0.5 * unit(mix(cast.seed, 102)), 1
    cast.burst = 2 + 3 * unit(mix(cast.seed, 103))


def _home_again(cast: Cast) -> np.ndarray:
    return np.stack(
        [world.home_network(cast.country, unit(mix(cast.seed, 77, k))) for k in (1, 2)], axis=1
    )


def _server(cast: Cast, seed: U64) -> None:
    """Run as a program on a hosting network, single turns, one client."""
    share_place(cast, seed, "hosting")
    use_clients(cast, _SDKS, seed)
    cast.roam[:] = 0
    cast.chattiness[:], cast.guests[:] = 0, 1
    cast.clock[:] = CLOCKS.index("flat")
    cast.weekend[:] = 1
    cast.on_ratio = np.maximum(cast.on_ratio, 0.8)
    cast.shift[:] = 0
    cast.language[:] = 0


def _batch(cast: Cast, days: int) -> None:
    """Run a batch job: a server, one own frame around every item, hundreds of single turns."""
    _server(cast, cast.seed)
    cast.habit[:] = _BATCH
    cast.form[:] = 1
    cast.template = mix(cast.seed, 78)
    cast.n_topics[:] = 1
    kinds = np.array([CLOCKS.index(name) for name in ("office", "nightly", "flat")])
    cast.clock[:] = kinds[below(mix(cast.seed, 79), len(kinds))]
    cast.burst = 10 + 60 * unit(mix(cast.seed, 80))
    cast.gap_s = 0.5 + 3 * unit(mix(cast.seed, 81))
    cast.per_day = np.minimum(cast.per_day * 7, 300)
    cast.tier = np.minimum(cast.tier, 1)


def _product(cast: Cast, days: int) -> None:
    """Use a product with their own key: its frame, system prompt and client, unrelated data."""
    cast.form[:] = 1
    cast.template = mix(cast.group, 78)
    cast.habit[:] = np.where(unit(mix(cast.group, 82)) < 0.6, _BATCH, _OFFICE)
    cast.chattiness[:], cast.guests[:] = 0, 1
    cast.burst = 1 + 2 * unit(mix(cast.seed, 83))
    cast.gap_s = 5 + 40 * unit(mix(cast.seed, 84))
    cast.temperature[:] = 0
    cast.n_topics[:] = 2
    cast.clock[:] = CLOCKS.index("office")
    cast.weekend *= 0.2
    cast.per_day *= 1.6
    use_clients(cast, _SDKS, cast.group)
    is_bare = unit(mix(cast.seed, 101)) < 0.02
    cast.system = N_AGENT_PRODUCTS + below(mix(cast.group, 100), N_SYSTEMS)
    cast.system[is_bare] = -1
    cast.per_day = cast.per_day / 2.7 * 3.4
    cast.tools[:] = -1


def _evaluation(cast: Cast, days: int) -> None:
    """Evaluate models: one of three public sets word for word, at temperature 0, on few days."""
    _server(cast, cast.seed)
    public = 0xBE7C + below(mix(cast.seed, 85), 3).astype(np.uint64)
    cast.pool = mix(public, 1)
    cast.pool_size, cast.pool_topics = 250 + below(public, 200), cast.pool_topics * 0 + 40
    cast.seed_tasks[:] = _SEED_TASKS
    cast.habit[:] = _BENCHMARK
    cast.burst[:] = cast.pool_size
    cast.exact_burst[:] = True
    cast.clock[:] = CLOCKS.index("office")
    cast.on_ratio = 1.3 / days + 0.1 * unit(mix(cast.seed, 86))
    cast.per_day = cast.burst * cast.on_ratio
    cast.gap_s = 0.4 + 2 * unit(mix(cast.seed, 87))
    cast.temperature[:] = 0
    cast.elicit[:] = np.where(unit(mix(cast.seed, 88)) < 0.3, 0.9, 0.0)


def _load_test(cast: Cast, days: int) -> None:
    """Test load: a server that repeats a handful of prompts very fast, on a day or two."""
    _server(cast, cast.seed)
    cast.pool = mix(cast.seed, 89)
    cast.pool_size = 1 + below(mix(cast.seed, 90), 6)
    cast.clock[:] = CLOCKS.index("office")
    cast.on_ratio = 1.5 / days + 0 * cast.on_ratio
    cast.burst = 200 + 800 * unit(mix(cast.seed, 91))
    cast.per_day = cast.burst * cast.on_ratio * 2
    cast.gap_s = 0.02 + 0.3 * unit(mix(cast.seed, 92))


def _hourly(cast: Cast, days: int) -> None:
    """Run checks on the hour, all day, every day, from a small own set of prompts."""
    _server(cast, cast.seed)
    cast.pool = mix(cast.seed, 89)
    cast.pool_size = 3 + below(mix(cast.seed, 90), 20)
    cast.habit[:] = _DEVELOPER
    cast.clock[:] = CLOCKS.index("hourly")
    cast.burst = 1 + 2 * unit(mix(cast.seed, 93))
    cast.per_day = 6 + 18 * unit(mix(cast.seed, 94))
    cast.gap_s[:] = 4
    cast.on_ratio[:] = 1


def _aggregator(cast: Cast, days: int) -> None:
    """Resell honestly: a server with hundreds of declared end users who ask anything."""
    share_place(cast, cast.seed, "hosting")
    use_clients(cast, _SDKS, cast.seed)
    cast.roam[:] = 0
    cast.chattiness[:], cast.guests[:] = 0.7, 1
    cast.end_users = 60 + below(mix(cast.seed, 95), 600)
    cast.per_day[:] = cast.end_users * 0.4
    cast.clock[:] = CLOCKS.index("home")
    cast.on_ratio[:] = 1
    cast.burst[:] = 3
    cast.tier[:] = world.TIERS.index("scale")


def _synthetic(cast: Cast, days: int) -> None:
    """Make training data under licence: trusted, one pool, paraphrased frames, reasoning shown."""
    _server(cast, cast.seed)
    cast.trusted[:] = True
    cast.verified[:] = True
    cast.tier[:] = world.TIERS.index("enterprise")
    cast.pool = mix(cast.seed, 96)
    cast.pool_size, cast.pool_topics = cast.pool_size * 0 + 50_000, cast.pool_topics * 0 + 40
    cast.seed_tasks[:] = _SEED_TASKS
    cast.form[:] = 2
    cast.template = mix(cast.seed, 78)
    cast.habit[:] = _THINKER
    cast.elicit[:] = 0.6
    cast.per_day = 60 + 120 * unit(mix(cast.seed, 97))
    cast.burst[:] = 20
    cast.gap_s[:] = 2


def _researcher(cast: Cast, days: int) -> None:
    """Study models: mostly reasoning prompts that ask to show the working; half use a frame."""
    cast.habit[:] = _THINKER
    cast.elicit[:] = 0.8
    cast.per_day *= 2
    cast.form[:] = np.where(unit(mix(cast.seed, 98)) < 0.5, 1, 0)
    cast.template = mix(cast.seed, 78)


def _cohort(cast: Cast, days: int) -> None:
    """Belong to a start-up programme: all signed up on one day; developers."""
    _burst_of_signups(cast, mix(cast.group, 75), 1)
    cast.tier[:] = world.TIERS.index("startup")
    cast.habit[:] = _DEVELOPER
    cast.mail[:] = -1


def _viral(cast: Cast, days: int) -> None:
    """Come with a viral day: sign up within days of each other, and many soon leave."""
    when_days = days * 0.3 + unit(mix(cast.seed, 64)) ** 2
    cast.created_us = (when_days * DAY_US).astype(np.int64)
    cast.from_us = cast.created_us + below(mix(cast.seed, 65), DAY_US // 4)
    cast.to_us = leave(cast.seed, cast.from_us)
    cast.per_day *= 0.6


def _migration(cast: Cast, days: int) -> None:
    """Move to the newest model within a day or so of its release; developers."""
    cast.migrates[:] = True
    cast.habit[:] = _DEVELOPER
    cast.per_day *= 1.5


def _vpn(cast: Cast, days: int) -> None:
    """Come through one of twelve shared VPN exits, whose addresses hundreds share."""
    exit_number = mix(0xE817, below(mix(cast.seed, 99), 12))
    share_place(cast, exit_number, "exit")
    cast.host = below(mix(exit_number[:, None], np.arange(SLOTS)[None, :]), 8)


def _developer(cast: Cast, days: int) -> None:
    """Are one developer with several accounts: one card, device, address, client and voice."""
    cast.card, cast.device = mix(cast.group, 5), mix(cast.group, 6)
    share_place(cast, cast.group)
    cast.host = np.repeat(below(mix(cast.group, 73), 254)[:, None], SLOTS, axis=1)
    cast.habit[:] = _DEVELOPER
    cast.person = mix(cast.group, 0x5E1F)
    cast.guests[:] = 1
    use_clients(cast, (0.2, 0.0, 0.6, 0.2, 0.0), cast.group)


_KINDS: Final[dict[str, Callable[[Cast, int], None]]] = dict(
    zip(
        CLASSES,
        (_individual, _coding_agent, _company, _classroom, _batch, _product, _evaluation,
         _load_test, _hourly, _aggregator, _synthetic, _researcher, _cohort, _viral, _migration,
         _vpn, _developer),
        strict=True,
    )
)  # fmt: skip


def described() -> dict[str, str]:
    """Return how each class behaves, in a sentence.

    >>> described()["hourly_ci"]
    'Run checks on the hour, all day, every day, from a small own set of prompts.'
    """
    return {kind: make.__doc__ or "" for kind, make in _KINDS.items()}

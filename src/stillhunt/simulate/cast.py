"""Everybody who plays a part: one entry per account, as columns."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from stillhunt.simulate import world
from stillhunt.simulate.chance import F64, I64, U64, below, mix, pick, unit

B = npt.NDArray[np.bool_]
DAY_US: Final = 86_400_000_000
FOREVER_US: Final = 10**6 * DAY_US
SLOTS: Final = 3
"""Addresses and clients that one account may use; the first is the usual one."""

CLOCKS: Final = ("home", "office", "flat", "hourly", "nightly", "synchronised", "load_balanced")
FORMS: Final = ("plain", "framed", "paraphrased")


@dataclass(slots=True)
class Cast:
    """All accounts. ``seed`` is each account's own chance; keys of 0 mean none.

    Columns with a second axis hold ``SLOTS`` choices. ``pool`` is 0 for people who ask what they
    like; otherwise prompts come from the pool of that seed.
    """

    seed: U64
    person: U64  # whose voice, topics and habits it has
    kind: I64  # index into CLASSES; len(CLASSES) for a campaign's accounts
    campaign: I64  # index into the campaigns; -1: innocent
    rank: I64  # place within the campaign or group
    group: U64
    org: U64
    card: U64
    device: U64
    mail: I64  # index into MAIL_DOMAINS; -1: the organisation's own
    tier: I64
    verified: B
    trusted: B
    country: I64
    created_us: I64  # after the scenario's start; mostly negative
    from_us: I64
    to_us: I64
    closed: B
    network: I64  # (n, SLOTS)
    block: I64  # (n, SLOTS)
    host: I64  # (n, SLOTS)
    client: I64  # (n, SLOTS)
    roam: F64  # share of sessions that leave the usual address
    zone: F64  # hours from UTC
    shift: F64  # hours that its day is late
    language: I64
    clock: I64
    weekend: F64  # activity on Saturday and Sunday, relative to other days
    per_day: F64
    tide: F64  # how far its days rise and fall with those of the same waters
    waters: U64  # what its days rise and fall with: a campaign's, a group's or a country's
    on_ratio: F64  # share of days on which it is active
    burst: F64  # mean exchanges per session
    exact_burst: B
    gap_s: F64
    chattiness: F64  # share of sessions that are conversations
    guests: I64  # people who share it: a household, a team, the users of a small application
    habit: I64  # index into the capability mixes
    form: I64
    template: U64
    n_topics: I64
    pool: U64
    pool_size: I64
    pool_topics: I64
    seed_tasks: I64  # forms of task that the pool was grown from; 0: no end of them
    system: I64  # index into the system prompts; -1 none, -2: by the person
    tools: I64  # as system
    temperature: F64  # -1: by the person
    elicit: F64
    end_users: I64  # declared; 0: none
    migrates: B  # to the newest model on its release day
    model: I64  # usual model; -1: by the person

    def __len__(self) -> int:
        return len(self.seed)


def people(count: int, seed: npt.ArrayLike, days: int) -> Cast:
    """Return ``count`` ordinary private people, from whom every class is made by small changes."""
    own = mix(seed, np.arange(count), 0xACC7)
    country = pick(mix(own, 1), world.COUNTRY_WEIGHTS)
    whole = np.zeros(count, np.int64)
    none = np.zeros(count, np.uint64)
    age_days = -np.log(1 - unit(mix(own, 2))) * 130
    is_recent = unit(mix(own, 41)) < min(0.5, days / 90)
    recent_days = unit(mix(own, 42)) * (days - 1.5)
    created = (np.where(is_recent, recent_days, -age_days) * DAY_US).astype(np.int64)
    begin = created + (unit(mix(own, 3)) ** 2 * 1.5 * DAY_US).astype(np.int64)
    return Cast(
        seed=own, person=mix(own, 43), kind=whole.copy(), campaign=whole - 1,
        rank=np.arange(count), group=own.copy(), org=mix(own, 4), card=mix(own, 5),
        device=mix(own, 6),
        mail=np.where(unit(mix(own, 7)) < 0.2, -1, pick(mix(own, 8), world.MAIL_WEIGHTS)),
        tier=pick(mix(own, 9), (75, 14, 3, 3, 5)), verified=unit(mix(own, 10)) < 0.6,
        trusted=np.zeros(count, bool), country=country, created_us=created, from_us=begin,
        to_us=leave(own, begin), closed=np.zeros(count, bool),
        network=_networks(own, country), block=below(_slots(own, 11), 4096),
        host=below(_slots(own, 12), 254), client=_clients(own, (0.3, 0.25, 0.3, 0.15, 0)),
        roam=unit(mix(own, 13)) * 0.4, zone=world.COUNTRY_ZONES[country],
        shift=(unit(mix(own, 14)) + unit(mix(own, 15)) + unit(mix(own, 16)) - 1.5) * 4,
        language=np.where(unit(mix(own, 17)) < 0.7, world.COUNTRY_LANGUAGES[country], 0),
        clock=(unit(mix(own, 18)) < 0.35).astype(np.int64), weekend=0.4 + unit(mix(own, 19)) * 0.9,
        tide=np.zeros(count), waters=none.copy(),
        per_day=2.7 * _guests(own) ** 0.3 * world.heavy(unit(mix(own, 20)), 1.35),
        on_ratio=0.25 + 0.75 * unit(mix(own, 21)), burst=1.2 + 3.5 * unit(mix(own, 22)),
        exact_burst=np.zeros(count, bool), gap_s=30 + 200 * unit(mix(own, 23)),
        chattiness=_chattiness(own), guests=_guests(own), habit=whole.copy(),
        form=whole.copy(), template=none.copy(), n_topics=2 + below(mix(own, 24), 6),
        pool=none.copy(), pool_size=whole + 1, pool_topics=whole + 1, seed_tasks=whole.copy(),
        system=whole - 2, tools=whole - 2,
        temperature=np.full(count, -1.0), elicit=np.full(count, 0.02), end_users=whole.copy(),
        migrates=unit(mix(own, 25)) < 0.25, model=whole - 1,
    )  # fmt: skip


def guest_of(cast: Cast, who: I64, session: U64) -> tuple[I64, U64]:
    """Return which of the people behind each account begins a session, 0 first, and who that is."""
    chance = unit(mix(session, 1))
    guest: I64 = (chance * np.sqrt(chance) * cast.guests[who]).astype(np.int64)
    return guest, mix(cast.seed[who], 0xC057, guest)


def _chattiness(own: U64) -> F64:
    """Return shares of sessions that are conversations: some never, some always."""
    result: F64 = np.clip(unit(mix(own, 26)) * 2.2 - 0.55, 0, 1)
    return result


def _guests(own: U64) -> I64:
    """Return how many people share each account: mostly one, at times dozens."""
    chance = unit(mix(own, 27))
    result: I64 = np.floor(2 ** np.maximum(0, 14 * chance - 8.4)).astype(np.int64)
    return result


def leave(own: U64, begin: I64) -> I64:
    """Return when people stop: a third only try it for a few days."""
    trial = -np.log(1 - unit(mix(own, 28))) * 4 * DAY_US
    is_trial = (unit(mix(own, 29)) < 0.35) & (begin > 0)
    return np.where(is_trial, begin + trial.astype(np.int64), FOREVER_US)


def _slots(own: U64, salt: int) -> U64:
    return mix(own[:, None], salt, np.arange(SLOTS)[None, :])


def _networks(own: U64, country: I64) -> I64:
    home = world.home_network(country, unit(mix(own, 30)))
    mobile = world.N_HOMES + below(mix(own, 31), world.N_MOBILE)
    work = world.home_network(country, unit(mix(own, 32)))
    return np.stack([home, mobile, work], axis=1)


def _clients(own: U64, families: tuple[float, ...]) -> I64:
    family = pick(_slots(own, 33), families)
    family[:, 1] = np.where(unit(mix(own, 35)) < 0.6, family[:, 0], family[:, 1])
    return world.Clients.of(family, world.Clients.ranks(unit(_slots(own, 34))))


def use_clients(cast: Cast, families: tuple[float, ...], seed: U64, ranks: int = 0) -> None:
    """Give each account one client, chosen by ``seed``; with ``ranks``, among so many."""
    family = pick(mix(seed, 36), families)
    popular = world.Clients.ranks(unit(mix(seed, 37)))
    rank = below(mix(seed, 38), ranks) if ranks else popular
    cast.client = np.repeat(world.Clients.of(family, rank)[:, None], SLOTS, axis=1)


def share_place(cast: Cast, seed: U64, kind: str = "home") -> None:
    """Put accounts of one ``seed`` behind one address block of a home, hosting or exit network."""
    base = {"home": 0, "hosting": world.N_HOMES + world.N_MOBILE,
            "exit": world.N_NETWORKS - world.N_EXITS}[kind]  # fmt: skip
    count = {"home": world.N_HOMES, "hosting": world.N_HOSTING, "exit": world.N_EXITS}[kind]
    network = base + below(mix(seed, 50), count)
    cast.network = np.repeat(network[:, None], SLOTS, axis=1)
    cast.block = np.repeat(below(mix(seed, 51), 4096)[:, None], SLOTS, axis=1)


def join(parts: list[Cast]) -> Cast:
    """Return all parts as one cast, in order."""
    return Cast(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Cast)}
    )


def take(cast: Cast, rows: npt.NDArray[np.int64]) -> Cast:
    """Return the accounts at these places, as copies."""
    return Cast(**{f.name: getattr(cast, f.name)[rows] for f in fields(Cast)})

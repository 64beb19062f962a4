"""The accounts of campaigns: ordinary people's, but for what the knobs say."""

from typing import Final

import numpy as np

from stillhunt.simulate import world
from stillhunt.simulate.cast import (
    CLOCKS,
    DAY_US,
    FOREVER_US,
    FORMS,
    Cast,
    join,
    people,
    share_place,
    take,
    use_clients,
)
from stillhunt.simulate.chance import I64, U64, below, mix, unit
from stillhunt.simulate.scenario import CLASSES, CampaignPlan

_OWN: Final = (
    "seed", "org", "card", "device", "network", "block", "host", "mail", "country", "client",
)  # fmt: skip
"""What a newcomer does not share with the account that it replaces."""
_FAMILIES: Final = (0.25, 0.2, 0.35, 0.15, 0.05)
_SCHEDULES: Final = {"machine": "flat", "synchronised": "synchronised",
                     "load_balanced": "load_balanced"}  # fmt: skip
_FORMS: Final = {"none": "plain", "fixed": "framed", "paraphrased": "paraphrased"}


def campaign(plan: CampaignPlan, seed: int, number: int, days: int) -> Cast:
    """Return the accounts of one campaign, replacements included."""
    own = mix(seed, number, 0xCA)
    cast = _ordinary(plan, people(plan.accounts, own, days), int(own), number)
    _share(plan, cast, int(own))
    _begin(plan, cast, int(own), days)
    if plan.life_days:
        cast = _replace(plan, cast, int(own), days)
    if plan.evade_at:
        cast = _evade(plan, cast, int(own), days)
    cast.rank = np.arange(len(cast))
    return cast


def _ordinary(plan: CampaignPlan, cast: Cast, own: int, number: int) -> Cast:
    """Give the accounts the campaign's work."""
    cast.kind[:] = len(CLASSES)
    cast.campaign[:] = number
    volume = world.heavy(unit(mix(cast.seed, 20)), plan.spread)
    cast.per_day = plan.per_day * volume / volume.mean()  # a few heavy accounts must not move it
    spread = 2 ** (4 * unit(mix(cast.seed, 21)) - 3)
    cast.guests = np.maximum(1, plan.clientele * spread).astype(np.int64)
    cast.language[:] = world.LANGUAGES.index(plan.language)
    cast.pool[:] = mix(own, 1)
    cast.tide[:], cast.waters = plan.tide, cast.pool.copy()
    cast.pool_size[:], cast.pool_topics[:] = plan.pool_size, plan.pool_topics
    cast.seed_tasks[:] = plan.seed_tasks
    cast.form[:] = FORMS.index(_FORMS[plan.template])
    cast.elicit[:] = plan.elicitation_ratio
    if plan.is_uniform:
        cast.burst[:], cast.chattiness[:] = 1.4, 0
        cast.on_ratio = np.maximum(cast.on_ratio, 0.6)
        cast.to_us[:] = FOREVER_US
    if plan.schedule != "human":
        cast.clock[:] = CLOCKS.index(_SCHEDULES[plan.schedule])
        cast.weekend[:] = 1.0
        cast.on_ratio[:] = 1.0
    return cast


def _share(plan: CampaignPlan, cast: Cast, own: int) -> None:
    """Share cards, devices, address blocks, networks and clients as the plan says."""
    if plan.accounts_per_card > 1:
        cast.card = _groups(len(cast), plan.accounts_per_card, own, 2)
    if plan.accounts_per_device > 1:
        cast.device = _groups(len(cast), plan.accounts_per_device, own, 3)
    blocks = cast.seed
    if plan.accounts_per_block > 1:
        blocks = _groups(len(cast), plan.accounts_per_block, own, 4)
        share_place(cast, blocks)
        cast.roam[:] = 0
    if plan.asns:
        networks = below(mix(own, 5, below(mix(blocks, 6), plan.asns)), world.N_HOMES)
        cast.network = np.repeat(networks[:, None], cast.network.shape[1], axis=1)
    if plan.clients:
        use_clients(cast, _FAMILIES, mix(own, 7, below(mix(cast.seed, 8), plan.clients)))


def _groups(count: int, size: int, own: int, salt: int) -> U64:
    order = np.argsort(mix(own, salt, np.arange(count)))
    return mix(own, salt + 100, order.argsort() // size)


def _begin(plan: CampaignPlan, cast: Cast, own: int, days: int) -> None:
    """Sign up, in a burst or with everybody else, and ramp up."""
    if plan.signup_days:
        latest = min(2.0, days - plan.signup_days)
        first = unit(mix(own, 9)) * (latest + 4) - 4
        spread = unit(mix(cast.seed, 10)) * plan.signup_days
        cast.created_us = ((first + spread) * DAY_US).astype(np.int64)
        cast.from_us = cast.created_us + below(mix(cast.seed, 11), DAY_US // 2)
    ramp = unit(mix(cast.seed, 12)) * plan.ramp_days * DAY_US
    cast.from_us = np.maximum(cast.from_us, 0) + ramp.astype(np.int64)


def _replace(plan: CampaignPlan, cast: Cast, own: int, days: int) -> Cast:
    """Let accounts live and be replaced; about as many in all as the plan has accounts."""
    count = len(cast)
    slots = max(1, round(count / (1 + days / plan.life_days)))
    rounds = -(-count // slots)
    lives = plan.life_days * (0.4 + 1.2 * unit(mix(cast.seed, 13)))
    lives = np.resize(lives, slots * rounds).reshape(rounds, slots)
    ends = np.cumsum(lives + 0.1, axis=0) - lives[0] * unit(mix(own, 14, np.arange(slots)))
    begins = np.vstack([np.full(slots, -1.0), ends[:-1] + 0.1])
    cast.to_us = (ends.ravel()[:count] * DAY_US).astype(np.int64)
    begin = (begins.ravel()[:count] * DAY_US).astype(np.int64)
    is_later = np.arange(count) >= slots
    is_fresh = is_later & ((unit(mix(cast.seed, 15)) < 0.6) | (cast.created_us > begin))
    lag = (unit(mix(cast.seed, 16)) ** 2 * 3 * DAY_US).astype(np.int64)
    cast.created_us = np.where(is_fresh, begin - lag, cast.created_us)
    cast.from_us = np.where(is_later, begin, cast.from_us)
    cast.closed[:] = plan.is_closed & (cast.to_us < days * DAY_US)
    return take(cast, np.flatnonzero(cast.from_us < days * DAY_US))


def _evade(plan: CampaignPlan, cast: Cast, own: int, days: int) -> Cast:
    """Replace half of the accounts, part way, with ones that share nothing."""
    turn_us = round(plan.evade_at * days * DAY_US)
    leaves = np.flatnonzero(unit(mix(cast.seed, 17)) < 0.5)
    fresh = people(len(leaves), mix(own, 18), days)
    newcomers = take(cast, leaves)
    for name in _OWN:
        setattr(newcomers, name, getattr(fresh, name))
    lag: I64 = (unit(mix(fresh.seed, 19)) * DAY_US).astype(np.int64)
    newcomers.from_us = turn_us + lag
    newcomers.created_us = turn_us - lag * 2
    cast.to_us[leaves] = np.minimum(cast.to_us[leaves], turn_us + lag)
    return join([cast, newcomers])

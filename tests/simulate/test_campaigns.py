"""Campaigns: each knob does what it says, and the quiet ones look like everybody else."""

import numpy as np
import pytest

from stillhunt.simulate import scenario
from stillhunt.simulate.campaigns import campaign
from stillhunt.simulate.cast import DAY_US, Cast, people
from stillhunt.simulate.clock import Plans, arrivals
from stillhunt.simulate.scenario import CLASSES, CampaignPlan


def _made(days: int = 14, accounts: int = 120, **knobs: object) -> Cast:
    return campaign(CampaignPlan("c", accounts, **knobs), 1, 0, days)  # type: ignore[arg-type]


def _largest(keys: np.ndarray) -> int:
    return int(np.unique(keys, return_counts=True)[1].max())


@pytest.mark.parametrize(
    ("knob", "column"), [("accounts_per_card", "card"), ("accounts_per_device", "device")]
)
def test_sharing_stays_within_its_group(knob: str, column: str) -> None:
    assert _largest(getattr(_made(**{knob: 8}), column)) == 8
    assert _largest(getattr(_made(), column)) == 1


def test_a_plan_without_knobs_keeps_peoples_own_clients_and_places() -> None:
    cast = _made(is_uniform=False)
    assert len(np.unique(cast.client[:, 0])) > 40
    assert len(np.unique(cast.network[:, 0])) > 30
    assert (cast.client[:, 0] != cast.client[:, 1]).any()


def test_clients_and_networks_are_as_few_as_planned() -> None:
    cast = _made(clients=3, asns=2)
    assert len(np.unique(cast.client)) <= 3
    assert len(np.unique(cast.network)) <= 2


def test_all_belong_to_the_campaign_and_none_to_a_class() -> None:
    cast = _made()
    assert (cast.kind == len(CLASSES)).all()
    assert (cast.campaign == 0).all()
    assert np.array_equal(cast.rank, np.arange(len(cast)))


def test_replacements_begin_where_lives_end() -> None:
    cast = _made(days=28, accounts=400, life_days=5.0)
    assert abs(len(cast) - 400) < 80
    alive = [((cast.from_us <= d * DAY_US) & (cast.to_us > d * DAY_US)).sum() for d in (5, 14, 24)]
    assert max(alive) < 1.5 * min(alive)
    assert (cast.to_us - cast.from_us)[cast.from_us > 0].mean() < 8 * DAY_US
    assert cast.closed.mean() > 0.5
    assert not _made(days=28, life_days=5.0, is_closed=False).closed.any()


def test_evaders_share_nothing_with_those_they_replace() -> None:
    cast = _made(accounts_per_card=10, evade_at=0.5)
    later = np.arange(len(cast)) >= 120
    assert (cast.from_us[later] >= 7 * DAY_US).all()
    assert 30 < later.sum() < 90
    assert not set(cast.card[later]) & set(cast.card[~later])
    assert _largest(cast.card[later]) == 1


def test_quiet_campaigns_have_peoples_habits() -> None:
    cast, others = _made(accounts=4_000, is_uniform=False), people(4_000, 9, 14)
    for column in ("chattiness", "burst", "on_ratio", "roam", "gap_s"):
        mine, theirs = np.sort(getattr(cast, column)), np.sort(getattr(others, column))
        assert np.abs(mine - theirs).max() < 0.1 * max(1, theirs.max()), column


def test_clienteles_differ_between_accounts() -> None:
    guests = _made(accounts=2_000, clientele=24).guests
    assert guests.min() <= 4
    assert guests.max() >= 40


@pytest.mark.parametrize(
    ("preset", "published"), [("february", (150e3, 3.4e6, 13e6)), ("june", (28.8e6,))]
)
def test_presets_have_the_published_volumes(preset: str, published: tuple[float, ...]) -> None:
    made = scenario(preset).scaled(0.02)
    for number, (plan, exchanges) in enumerate(zip(made.campaigns, published, strict=True)):
        cast = campaign(plan, 5, number, made.days)
        plans = Plans(np.zeros(len(cast)))
        rng = np.random.default_rng(1)
        total = sum(len(arrivals(cast, plans, d, d % 7, rng).account) for d in range(made.days))
        assert total == pytest.approx(exchanges * 0.02, rel=0.2)

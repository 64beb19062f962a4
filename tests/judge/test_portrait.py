"""A ring's figures for its innocent explanations, each on an invented ring."""

from dataclasses import fields

import numpy as np
import pytest
from tests.judge.scenes import scene_of
from tests.populations import population, uses

from stillhunt.judge.portrait import Ordinary, Portrait, overlap_ratio, paint
from stillhunt.judge.scene import DAY_US, Scene
from stillhunt.population import Uses

N = 200
RING = np.arange(20)
ALL = np.ones(N, dtype=np.bool_)


def _paint(scene: Scene) -> Portrait:
    return paint(scene, RING, Ordinary.of(scene, ALL))


def _scene(held: Uses | None = None, **columns) -> Scene:
    return scene_of(population(N, uses=held or uses(), **columns))


def test_every_figure_is_a_number_or_unknown_where_nothing_is_known():
    portrait = _paint(_scene())
    for field in fields(Portrait):
        assert isinstance(getattr(portrait, field.name), str | float | int), field.name
    assert (portrait.product_ratio, portrait.owner_ratio, portrait.overlap_ratio) == (0, 0, 0)
    assert portrait.signup_surge == 1.0
    assert np.isnan(_paint(_scene(single_turn_ratio=np.full(N, np.nan),
                                  follow_up_ratio=np.full(N, np.nan))).fresh_ratio)  # fmt: skip


def _template(n: int, used: int) -> Uses:
    held = uses(template=[(a, 1) for a in range(n)])
    return Uses(held.account, held.kind, held.key, np.full(n, used), held.kinds)


def test_a_product_is_what_accounts_use_for_half_of_their_exchanges():
    often, seldom = (_paint(_scene(_template(15, used))) for used in (5, 4))
    assert (often.product_ratio, often.product_kind) == (0.75, "template")
    assert seldom.product_ratio == 0


def test_a_client_that_mostly_outsiders_have_is_no_product():
    ours = [(a, 1) for a in range(16)]
    popular = ours + [(a, 1) for a in range(100, 130)]
    for pairs, ratio in ((ours, 0.8), (popular, 0.0)):
        held = uses(client=pairs)
        whole = Uses(held.account, held.kind, held.key, np.full(len(pairs), 10), held.kinds)
        assert _paint(_scene(whole)).product_ratio == ratio


def test_several_classes_of_five_are_owners_and_a_family_is_not():
    classes = [(a, a // 5) for a in range(20)]
    families = [(a, a // 4) for a in range(20)]
    assert _paint(_scene(uses(block=classes))).owner_ratio == 1
    assert _paint(_scene(uses(block=classes))).owner_kind == "block"
    assert _paint(_scene(uses(block=families))).owner_ratio == 0


def test_a_mail_provider_owns_nobody():
    inside = [(a, 1) for a in range(20)]
    provider = inside + [(a, 1) for a in range(50, 150)]
    assert _paint(_scene(uses(domain=inside))).domain_ratio == 1
    assert _paint(_scene(uses(domain=provider))).domain_ratio == 0


@pytest.mark.parametrize(("askers", "ratio"), [(1, 0.0), (11, 10 / 19), (20, 1.0)])
def test_overlap_is_the_share_of_others_who_ask_the_same(askers, ratio):
    """Each account asks three prompts; each prompt is asked by so many accounts of the ring."""
    pairs = [((a + p) % 20, 100 * p + start) for start in range(20) for p in range(3)
             for a in range(start, start + askers)]  # fmt: skip
    own = np.bincount([account for account, _ in pairs], minlength=N)
    shared = uses(content=pairs if askers > 1 else [])
    scene = _scene(shared, distinct_prompts=own, text_exchanges=own)
    assert overlap_ratio(scene, RING) == pytest.approx(ratio)


def test_prompts_shared_with_outsiders_alone_are_no_overlap():
    pairs = [(a, a) for a in range(20)] + [(a + 100, a) for a in range(20)]
    scene = _scene(uses(content=pairs), distinct_prompts=np.ones(N, np.int64))
    assert overlap_ratio(scene, RING) == 0


def _days(ring: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    return (np.concatenate([ring, crowd]) * DAY_US).astype(np.int64)


def test_a_day_on_which_everybody_signs_up_is_a_surge():
    rng = np.random.default_rng(1)
    ring = 100 + rng.uniform(0, 1, 20)
    steady = rng.uniform(60, 140, 180)
    viral = np.concatenate([steady[:100], 100 + rng.uniform(0, 1, 80)])
    quiet, loud = (_paint(_scene(created_us=_days(ring, crowd))) for crowd in (steady, viral))
    assert quiet.signup_surge < 2
    assert loud.signup_surge > 10


def test_another_campaigns_sign_ups_are_no_surge():
    rng = np.random.default_rng(1)
    crowd = np.concatenate([rng.uniform(60, 140, 100), 100 + rng.uniform(0, 1, 80)])
    scene = _scene(created_us=_days(100 + rng.uniform(0, 1, 20), crowd))
    assert paint(scene, RING, Ordinary.of(scene, np.arange(N) < 120)).signup_surge < 2


def test_medians_are_the_rings_and_typical_ones_everybodys():
    exchanges = np.where(np.arange(N) < 20, 70, 10)
    tier = np.where(np.arange(N) < 5, "education", "payg").astype(object)
    portrait = _paint(_scene(exchanges=exchanges, tier=tier, end_users=exchanges))
    assert (portrait.median_exchanges, portrait.typical_exchanges) == (70, 10)
    assert portrait.education_ratio == 0.25
    assert portrait.end_users_per_account == 70

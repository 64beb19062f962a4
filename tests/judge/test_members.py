"""Who belongs to a ring: the close and the tied stay, strangers go, the missed come in."""

import numpy as np
import pytest
from tests.judge.scenes import scene_of, space_of
from tests.populations import population, uses

from stillhunt.blocks import Packed
from stillhunt.judge.members import KINDS, Weights, settle
from stillhunt.judge.members import weigh as weigh_by
from stillhunt.judge.scene import Scene
from stillhunt.population import Index, Space
from stillhunt.records import CAPABILITIES
from stillhunt.settings import JudgeSettings

N, SIZE, DIMS = 500, 30, 24
RING = np.arange(SIZE)
CONTENT = frozenset({"content"})
EVERY = frozenset({"content", "clock", "identity", "life_cycle"})
SETTINGS = JudgeSettings()


def weigh(scene: Scene, members: Index, families: frozenset[str]) -> Weights:
    return weigh_by(scene, members, families, SETTINGS)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Thirty accounts of one pool, tied by cards and born in one week, among five hundred."""
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(N, DIMS))
    vectors[RING] = 4 * np.eye(1, DIMS) + 0.5 * rng.normal(size=(SIZE, DIMS))
    born = rng.uniform(0, 1, N)
    born[RING] = rng.uniform(0.50, 0.53, SIZE)
    cards = [(a, a // 3) for a in RING] + [(a, 10_000 + a // 2) for a in range(SIZE, N)]
    people = population(N, uses=uses(payment=cards), text_exchanges=np.full(N, 10))
    return scene_of(people, content=space_of(vectors), born=born)


def test_members_weigh_in_and_strangers_out(scene):
    total = weigh(scene, RING, EVERY).total
    assert np.mean(total[RING] > 0) >= 0.9
    assert np.mean(total[SIZE:] > 0) <= 0.01


def test_families_that_are_silent_weigh_nothing(scene):
    weights = weigh(scene, RING, frozenset())
    for values in (weights.content, weights.schedule, weights.identity, weights.life_cycle):
        assert not values.any()
    # What is left is the prior, of about thirty in five hundred, and manners that only clear.
    assert weights.prior_bits == pytest.approx(np.log2(SIZE / N), abs=0.2)
    assert (weights.manner <= 0).all()


@pytest.mark.parametrize("family", ["content", "identity", "life_cycle"])
def test_each_family_tells_members_from_strangers(scene, family):
    weights = weigh(scene, RING, frozenset({family}))
    values = {
        "content": weights.content,
        "identity": weights.identity,
        "life_cycle": weights.life_cycle,
    }[family]
    assert np.median(values[RING]) > 2
    assert np.median(values[SIZE:]) < 0
    assert np.abs(values).max() <= SETTINGS.family_cap_bits


def test_content_claims_no_more_for_accounts_of_few_prompts_than_their_noise_allows():
    # One stranger in four is seen through noise, so that some of them lie close by chance. Bits are
    # calibrated if no more than one in 2^bits reach them.
    rng, n = np.random.default_rng(8), 100_000
    is_noisy = np.arange(n) % 4 == 3
    is_noisy[RING] = False
    cosine = np.clip(rng.laplace(0, np.where(is_noisy, 0.18, 0.05), n), -0.99, 0.99)
    cosine[RING] = rng.normal(0.9, 0.02, SIZE)
    aside = rng.normal(size=(n, DIMS - 1))
    aside *= np.sqrt((1 - cosine**2) / np.square(aside).sum(axis=1))[:, None]
    noise = np.where(is_noisy, DIMS * 0.25**2, 1e-6)
    vectors = np.column_stack([cosine, aside]).astype(np.float32)
    space = Space(Packed.of(vectors), np.ones(n), noise, np.arange(n))
    people = population(n, text_exchanges=np.full(n, 10))
    content = weigh(scene_of(people, content=space), RING, CONTENT).content
    for bits in (4, 6, 8, 10):
        assert np.mean(content[is_noisy] > bits) < 2**-bits
    assert np.median(content[RING]) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_alike_prompts_that_do_not_speak_bear_out_what_is_owned_in_common_and_nothing_else(kind):
    """As many bits as the card gives; none to a stranger who asks alike, none for an address."""
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(N, DIMS))
    vectors[: SIZE + 10] = 4 * np.eye(1, DIMS) + 0.5 * rng.normal(size=(SIZE + 10, DIMS))
    held = uses(**{kind: [(a, a // 3) for a in RING]})
    people = population(N, uses=held, text_exchanges=np.full(N, 10))
    made = scene_of(people, content=space_of(vectors))
    weights = weigh(made, RING, frozenset({"identity"}))
    assert (weights.content >= 0).all()
    assert (weights.content <= np.maximum(weights.identity, 0)).all()
    assert not weights.content[SIZE:].any()
    assert (weights.content[RING] > 3).any() == (kind in {"payment", "device", "email"})


def test_strangers_taken_in_are_let_go_and_members_missed_join(scene):
    mixed = np.concatenate([RING[:24], np.arange(200, 208)])
    members, weights = settle(scene, mixed, CONTENT, SETTINGS)
    assert set(members.tolist()) <= set(RING.tolist())
    assert len(members) >= 27
    assert (weights.total[members] > 0).mean() > 0.9


def test_a_ring_that_is_settled_stays_as_it_is(scene):
    members, _ = settle(scene, RING, EVERY, SETTINGS)
    again, _ = settle(scene, members, EVERY, SETTINGS)
    np.testing.assert_array_equal(again, members)


def test_the_order_of_members_does_not_matter(scene):
    shuffled = np.random.default_rng(1).permutation(RING)
    np.testing.assert_allclose(
        weigh(scene, shuffled, EVERY).total, weigh(scene, RING, EVERY).total, atol=1e-6
    )


def test_an_account_without_a_place_weighs_nothing_by_content(scene):
    vectors = np.asarray(scene.content.vectors)
    vectors[[3, 300]] = 0
    hidden = scene_of(scene.population, content=space_of(vectors), born=scene.born)
    assert weigh(hidden, RING, CONTENT).content[[3, 300]].tolist() == [0, 0]


def test_an_unknown_birth_weighs_nothing(scene):
    born = scene.born.copy()
    born[[3, 300]] = np.nan
    hidden = scene_of(scene.population, content=scene.content, born=born)
    assert weigh(hidden, RING, frozenset({"life_cycle"})).life_cycle[[3, 300]].tolist() == [0, 0]


def test_an_artefact_of_everybody_ties_nobody(scene):
    people = population(N, uses=uses(block=[(account, 1) for account in range(N)]))
    common = scene_of(people, content=scene.content, born=scene.born)
    assert np.abs(weigh(common, RING, frozenset({"identity"})).identity).max() < 1


def tied(cards: list[tuple[int, int]]) -> Weights:
    """Return what belongings alone tie to the ring, of accounts that hold these cards."""
    vectors = np.random.default_rng(5).normal(size=(N, DIMS))
    people = population(N, uses=uses(payment=cards))
    return weigh(scene_of(people, content=space_of(vectors)), RING, frozenset({"identity"}))


BY_THREES = [(a, a // 3) for a in RING]


def test_a_missed_account_is_tied_as_firmly_as_a_member():
    """Whoever is weighed is not counted for it, be it among the ring or among outsiders."""
    inside, outside = tied([*BY_THREES, (SIZE, 100)]), tied([*BY_THREES[1:], (SIZE, 0)])
    assert outside.identity[SIZE] == pytest.approx(inside.identity[0], abs=0.5)


def test_a_shared_card_ties_more_the_fewer_strangers_hold_any_of_the_rings_cards():
    rare = tied([*BY_THREES, (SIZE, 9)])
    common = tied([*BY_THREES, (SIZE, 9), *[(SIZE + 1 + k, k % 9) for k in range(27)]])
    assert rare.identity[SIZE] > common.identity[SIZE] + 3
    assert rare.identity[SIZE] > np.log2(3 / SIZE * N)  # as if one stranger held each of the cards


def test_one_card_in_common_says_little_where_members_share_none():
    alone = tied([*((a, a) for a in RING), (SIZE, 0)])
    assert alone.identity[SIZE] < 3 < tied([*BY_THREES, (SIZE, 0)]).identity[SIZE]


@pytest.mark.parametrize("cards", [(0,), (0, 1), (0, 1, 2)])
def test_a_flatmate_on_the_rings_cards_may_be_looked_at_and_not_named(cards):
    weights = tied([*BY_THREES, *((SIZE, card) for card in cards)])
    assert weights.naming_total[SIZE] <= 0 < weights.total[SIZE]


def test_what_others_say_counts_for_a_name_in_full(scene):
    weights = weigh(scene, RING, EVERY)
    assert (weights.naming_total <= weights.total).all()
    beside = weights.total - weights.identity - weights.prior_bits
    np.testing.assert_allclose(
        weights.naming_total, beside + np.minimum(weights.identity + weights.prior_bits, 0)
    )


@pytest.mark.parametrize(
    ("n_exchanges", "share", "is_apart"),
    [(2, 0.5, False), (3, 2 / 3, False), (40, 0.5, True), (40, 0.9, False)],
)
def test_what_two_or_three_exchanges_show_of_a_manner_sets_nobody_apart(
    n_exchanges, share, is_apart
):
    """Members ask nine targeted questions in ten, strangers any share of them."""
    rng, n, ring = np.random.default_rng(5), 1_000, np.arange(200)
    vectors = rng.normal(size=(n, DIMS))
    vectors[ring] = 4 * np.eye(1, DIMS)
    targeted = np.where(
        np.arange(n) < ring.size, rng.binomial(40, 0.9, n) / 40, rng.uniform(size=n)
    )
    exchanges = rng.integers(1, 80, n)
    exchanges[0], targeted[0] = n_exchanges, share
    capability = np.zeros((n, len(CAPABILITIES)))
    capability[:, CAPABILITIES.index("reasoning")] = targeted
    people = population(n, exchanges=exchanges, text_exchanges=exchanges, capability=capability)
    manner = weigh(scene_of(people, content=space_of(vectors)), ring, CONTENT).manner
    assert (manner[0] < np.log2(SETTINGS.speaks_p)) == is_apart


def test_who_asks_what_strangers_ask_word_for_word_is_told_apart_and_no_stray_hides_another():
    rng = np.random.default_rng(5)
    n, ring, strays = 1_000, np.arange(200), [0, 1, 2]
    vectors = rng.normal(size=(n, DIMS))
    vectors[ring] = 4 * np.eye(1, DIMS) + 0.5 * rng.normal(size=(ring.size, DIMS))
    prompts = [(account, account % 5) for account in [*strays, *range(500, 560)]]
    people = population(n, uses=uses(content=prompts), text_exchanges=np.ones(n, np.int64))
    scene = scene_of(people, content=space_of(vectors))
    manner = weigh(scene, ring, CONTENT).manner
    assert scene.common[[0, 3, 500]].tolist() == [1, 0, 1]
    assert (manner[strays] < -6).all()
    assert (manner[ring[3:]] > -1).all()


def test_a_ring_of_which_a_tenth_was_found_grows_until_nothing_changes(scene):
    members, weights = settle(scene, RING[:4], CONTENT, SETTINGS)
    assert set(np.flatnonzero(weights.total > 0)) == set(members)
    again, _ = settle(scene, members, CONTENT, SETTINGS)
    assert np.array_equal(members, again)

"""The space of what accounts ask: cosines and lengths right in expectation, chance not placed."""

from dataclasses import replace

import numpy as np
import pytest
from tests.fingerprint.requests import sampled, taken, under_cover
from tests.populations import asking, population, sketches

from stillhunt.fingerprint.cells import learn, of_sample
from stillhunt.link.space import cosine_error, schedule_space, whiten
from stillhunt.population import SHIFT_DIMS, Space
from stillhunt.records import N_CELLS, PROJECTION_DIMS, SKETCH_SCALE

N_CROWD = 600
PER_ACCOUNT = 8


def _asking(means: np.ndarray, per_account: int, seed: int):
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(len(means)), per_account)
    return asking(account, sketches(means[account], rng), len(means))


def _crowd(n: int, seed: int = 1) -> np.ndarray:
    """Return accounts that each ask about something else: means of length 0.6."""
    means = np.random.default_rng(seed).normal(size=(n, PROJECTION_DIMS))
    return 0.6 * means / np.linalg.norm(means, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def exchangeable():
    return whiten(_asking(np.zeros((1_000, PROJECTION_DIMS)), PER_ACCOUNT, 2))


@pytest.fixture(scope="module")
def twins():
    """A space in which accounts 0-199 come in pairs that ask the same, of few exchanges each."""
    means = _crowd(N_CROWD)
    means[100:200] = means[:100]
    return whiten(_asking(means, PER_ACCOUNT, 3)), whiten(_asking(means, 80, 4))


def test_accounts_that_ask_as_everybody_does_are_seldom_placed(exchangeable):
    assert exchangeable.placed.size <= 0.05 * 1_000


def test_strength_is_what_noise_leaves(exchangeable, twins):
    squared = np.square(exchangeable.vectors, dtype=np.float64).sum(axis=1)
    # Exchangeable accounts lie at the centre: all of their distance is noise.
    assert np.mean(squared) == pytest.approx(np.mean(exchangeable.noise), rel=0.05)
    few, many = twins
    assert np.mean(few.strength) == pytest.approx(np.mean(many.strength), rel=0.1)


def test_cosines_of_few_exchanges_are_those_of_many(twins):
    few, many = twins
    pairs = np.arange(100), np.arange(100, 200)
    strangers = np.arange(200, 300), np.arange(300, 400)
    for left, right in (pairs, strangers):
        cosine = [np.einsum("id,id->i", s.unit(left), s.unit(right)) for s in (few, many)]
        error = np.std(cosine[0]) / np.sqrt(left.size)
        assert np.mean(cosine[0]) == pytest.approx(np.mean(cosine[1]), abs=3 * error + 0.02)
    assert np.mean(np.einsum("id,id->i", few.unit(pairs[0]), few.unit(pairs[1]))) > 0.9


def test_the_error_of_a_cosine_is_its_spread(twins):
    few, _ = twins
    left, right = np.arange(200, 400), np.arange(400, 600)
    cosine = np.einsum("id,id->i", few.unit(left), few.unit(right))
    assert np.std(cosine) == pytest.approx(np.mean(cosine_error(few, left, right)), rel=0.25)


def test_the_space_is_the_same_on_any_number_of_threads(monkeypatch):
    monkeypatch.setattr("stillhunt.link.space.BLOCK", 64)  # so that there are several
    people = _asking(_crowd(N_CROWD), 80, 5)
    one, two = whiten(people), whiten(people, threads=2)
    assert (np.asarray(one.vectors) == np.asarray(two.vectors)).all()
    assert (one.strength == two.strength).all()


def test_those_who_ask_alike_are_placed(twins):
    few, _ = twins
    assert few.placed.size >= 0.95 * N_CROWD


def test_one_busy_account_does_not_bend_the_space():
    """One customer of thousands of exchanges is one customer among six hundred."""
    rng = np.random.default_rng(8)
    means = _crowd(N_CROWD)
    account = np.repeat(np.arange(N_CROWD), PER_ACCOUNT)
    busy = np.concatenate([account, np.zeros(20_000, dtype=np.int64)])
    quiet = whiten(asking(account, sketches(means[account], rng), N_CROWD))
    loud = whiten(asking(busy, sketches(means[busy], rng), N_CROWD))
    others = np.arange(1, N_CROWD)
    ratio = np.mean(loud.strength[others]) / np.mean(quiet.strength[others])
    assert ratio == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("n_exchanges", [0, 100])
def test_without_enough_text_nobody_is_placed(n_exchanges):
    account = np.arange(n_exchanges) % 20
    sketch = sketches(np.zeros((n_exchanges, PROJECTION_DIMS)), np.random.default_rng(1))
    space = whiten(asking(account, sketch, 20))
    assert space.placed.size == 0
    assert space.vectors.shape == (20, PROJECTION_DIMS)
    assert np.isfinite(space.vectors).all()


def test_an_account_without_text_stays_at_the_centre():
    account = np.repeat(np.arange(100), 10)
    sketch = sketches(_crowd(100)[account], np.random.default_rng(1))
    space = whiten(asking(account, sketch, 101))
    assert not space.vectors[100].any()
    assert 100 not in space.placed


def test_exchanges_that_are_all_the_same_give_a_finite_space():
    account = np.arange(1_200) % 40
    sketch = np.full((1_200, PROJECTION_DIMS), SKETCH_SCALE / np.sqrt(PROJECTION_DIMS))
    space = whiten(asking(account, sketch, 40))
    assert np.isfinite(space.vectors).all()
    assert np.isfinite(space.strength).all()
    assert space.placed.size == 0


N_RING = 80


@pytest.fixture(scope="module")
def covered() -> tuple[Space, Space]:
    """Return the space of a ring with nine tenths cover, and as it is where all is one cell."""
    table = under_cover(N_RING, 1_200, 40, 11)
    account = table["account"].astype(np.int64) - 1
    n, chosen = account[-1] + 1, np.random.default_rng(1).permutation(account.size)[:32_768]
    cell = learn(sampled(taken(table, chosen)), 1).of(of_sample(sampled(table)))
    spaces = []
    for kind in (cell, np.zeros_like(cell)):
        cells = np.bincount(account * N_CELLS + kind, minlength=n * N_CELLS).reshape(n, N_CELLS)
        people = asking(account, table["sketch"], n)
        sample = replace(people.sample, cell=kind)
        few = replace(sample, **{name: getattr(sample, name)[chosen] for name in sample.__slots__})
        spaces.append(whiten(replace(people, cells=cells.astype(np.int32), sample=few)))
    return spaces[0], spaces[1]


def _purity(space: Space) -> float:
    """Return how many of the 16 nearest accounts of the ring's are the ring's."""
    unit = space.unit(np.arange(len(space.vectors)))
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    return float((np.argsort(-cosine[:N_RING], axis=1)[:, :16] < N_RING).mean())


def test_cells_bring_a_ring_under_cover_together(covered):
    joint, alone = covered
    assert _purity(alone) < 0.75
    assert _purity(joint) > 0.85


def test_cells_tell_more_of_a_ring_under_cover_from_a_random_draw(covered):
    joint, alone = (np.count_nonzero(space.placed < N_RING) for space in covered)
    assert joint >= 2 * alone


def _clocks(extra: np.ndarray, n_exchanges: int):
    """Return accounts whose hours vary by chance about ``extra``."""
    rng = np.random.default_rng(6)
    n = len(extra)
    noise = rng.normal(size=(n, SHIFT_DIMS)) * np.sqrt(n_exchanges / SHIFT_DIMS)
    shifts = (extra + noise).astype(np.float32)
    return schedule_space(population(n, shifts=shifts, exchanges=np.full(n, n_exchanges)))


def test_clocks_that_vary_by_chance_alone_are_seldom_placed():
    space = _clocks(np.zeros((2_000, SHIFT_DIMS)), 40)
    assert space.placed.size <= 0.05 * 2_000
    squared = np.square(space.vectors, dtype=np.float64).sum(axis=1)
    assert np.mean(squared) == pytest.approx(np.mean(space.noise), rel=0.05)


def test_accounts_of_one_schedule_have_a_cosine_of_one():
    direction = np.zeros(SHIFT_DIMS)
    direction[0] = 40.0
    space = _clocks(np.tile(direction, (400, 1)), 40)
    assert space.placed.size == 400
    cosine = np.einsum(
        "id,id->i", space.unit(np.arange(200)), space.unit(np.arange(200, len(space.vectors)))
    )
    assert np.mean(cosine) == pytest.approx(1, abs=0.03)


def test_an_account_of_few_exchanges_has_no_schedule():
    space = _clocks(np.full((5, SHIFT_DIMS), 50.0), 9)
    assert space.placed.size == 0


def test_a_population_of_nobody_has_its_spaces():
    for space in (whiten(population(0)), schedule_space(population(0))):
        assert len(space.vectors) == space.placed.size == 0

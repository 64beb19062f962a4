"""Dense arrays of accounts: uses by kind, units whose products are cosines, sizes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.populations import population, uses

from stillhunt.population import Ring, Space, Uses

_KINDS = ("card", "device", "block")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 4)), unique=True))
def test_kinds_divide_the_uses_without_rest(rows):
    account, kind, key = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    n = np.arange(account.size)
    whole = Uses(account, kind.astype(np.int16), key.astype(np.uint64), n, _KINDS)
    parts = [whole.of(name) for name in _KINDS]
    assert sorted(np.concatenate([part.n for part in parts])) == n.tolist()
    for number, part in enumerate(parts):
        assert (part.kind == number).all()
        assert (part.account == account[part.n]).all()
        assert (part.key == key[part.n]).all()


def test_a_kind_that_the_traffic_lacks_has_no_entries():
    part = uses(card=[(0, 1), (1, 1)]).of("device")
    assert part.account.size == part.key.size == part.n.size == 0


def test_dot_products_of_units_are_cosines_where_there_is_no_noise():
    vectors = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
    strength = np.square(vectors, dtype=np.float64).sum(axis=1)
    unit = Space(vectors, strength, np.zeros(5), np.arange(5)).unit(np.arange(5))
    length = np.sqrt(strength)
    cosine = (vectors @ vectors.T) / np.outer(length, length)
    np.testing.assert_allclose(unit @ unit.T, cosine, atol=1e-5)


def test_the_unit_of_an_account_at_the_centre_is_finite():
    space = Space(np.zeros((2, 8), np.float32), np.zeros(2), np.ones(2), np.zeros(0, np.int64))
    assert np.isfinite(space.unit(np.arange(2))).all()


def test_lengths_count_accounts():
    assert len(population(7)) == 7
    assert len(Ring(np.array([1, 4, 6]), "pool")) == 3

"""Blocks, threads, and rows kept in half the memory."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.blocks import BLOCK, LARGEST, Packed, ahead, blocks, spread

_ROWS = st.lists(
    st.lists(st.integers(-(10**9), 10**9), min_size=3, max_size=3), min_size=1, max_size=20
)


@given(st.integers(0, 100), st.integers(1, 30))
def test_blocks_hold_every_row_once(n, size):
    found = [np.arange(n)[part] for part in blocks(n, size)]
    assert np.concatenate([[], *found]).tolist() == list(range(n))
    assert all(part.size == size for part in found[:-1])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_parts(threads):
    assert spread(lambda part: part * part, range(30), threads) == [k * k for k in range(30)]


def test_the_next_is_made_while_the_last_is_worked_on():
    made = [threading.Event() for _ in range(5)]

    def items():
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in ahead(items()):
        assert made[min(number + 1, 4)].wait(timeout=10)


@given(st.lists(st.one_of(st.none(), st.integers())), st.integers(1, 5))
def test_what_comes_ahead_comes_whole_and_in_order(items, n):
    assert list(ahead(iter(items), n)) == items


def test_what_fails_ahead_fails_in_its_turn():
    def items():
        yield 1
        raise ValueError

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(ValueError):
        next(coming)


def test_several_threads_work_at_once():
    meeting = threading.Barrier(2, timeout=10)
    spread(lambda _: meeting.wait(), range(2), 2)


@given(_ROWS)
def test_a_packed_number_is_off_by_a_trifle_of_the_largest_of_its_row(rows):
    plain = np.array(rows, dtype=np.float32) / 1_000
    packed = Packed.of(plain)
    largest = np.abs(plain).max(axis=1, keepdims=True)
    assert packed.shape == plain.shape
    assert len(packed) == len(plain)
    assert (np.abs(np.asarray(packed) - plain) <= largest * (0.51 / LARGEST)).all()


def test_packed_rows_are_read_and_multiplied_as_an_array_is():
    rng = np.random.default_rng(1)
    plain = rng.normal(size=(BLOCK + 10, 4)).astype(np.float32)
    packed, column = Packed.of(plain), rng.normal(size=4).astype(np.float32)
    whole = np.asarray(packed)
    some = np.array([3, BLOCK + 1, 3])
    assert (packed[some] == whole[some]).all()
    assert (packed[5:9] == whole[5:9]).all()
    np.testing.assert_allclose(packed @ column, whole @ column, atol=1e-5)
    assert (Packed.room(0, 4) @ column).shape == (0,)


def test_rows_may_be_replaced():
    packed = Packed.room(5, 2)
    packed[np.array([1, 3])] = np.array([[1.0, 2.0], [0.0, 0.0]])
    packed[4:] = np.array([[-3.0, 1.0]])
    wanted = [[0, 0], [1, 2], [0, 0], [0, 0], [-3, 1]]
    np.testing.assert_allclose(np.asarray(packed), wanted, atol=1e-4)


def test_packed_rows_land_at_their_places_among_zeros():
    packed = Packed.of(np.array([[1.0, 2.0], [-4.0, 0.0]]))
    among = packed.among(np.array([3, 1]), 5)
    np.testing.assert_allclose(among[:], [[0, 0], [-4, 0], [0, 0], [1, 2], [0, 0]], rtol=1e-4)


def test_sums_lengths_and_products_of_some_rows_are_those_of_an_array():
    rng = np.random.default_rng(5)
    packed = Packed.of(rng.normal(size=(9, 300)) * np.geomspace(1e-3, 1e6, 9)[:, None])
    rows, scale = np.array([7, 0, 3, 0]), np.array([0.5, 2.0, -1.0, 3.0])
    plain, column = packed[rows].astype(np.float64), rng.normal(size=300)
    total, squared = packed.total(rows, scale)
    np.testing.assert_allclose(total, scale @ plain, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(squared, np.square(plain).sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(packed.dots(rows, column), plain @ column, rtol=1e-5)


def test_long_rows_of_the_largest_numbers_do_not_overflow():
    packed = Packed.of(np.full((2, 5_000), 1e9))
    total, squared = packed.total(np.array([0, 1]), np.ones(2))
    np.testing.assert_allclose(squared, 5_000 * 1e18)
    np.testing.assert_allclose(total, 2e9)

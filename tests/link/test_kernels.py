"""Compiled loops, held against NumPy and networkx."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.blocks import Packed
from stillhunt.link.kernels import join_near, pick_nearest, sum_near

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(1, 6), st.integers(1, 30))
@settings(max_examples=40, deadline=None)  # the first compiles
def test_the_largest_products_are_picked_in_order(seed, k, n_pool):
    rng = np.random.default_rng(seed)
    dots = rng.integers(0, 9, (4, n_pool)).astype(np.float32)  # many are equal
    rows = np.array([7, 3, 8, 0], dtype=np.int32)
    pool = rng.permutation(40)[:n_pool].astype(np.int32)
    found, score = np.full((9, k), -1, np.int32), np.full((9, k), -np.inf, np.float32)
    pick_nearest(dots, rows, pool, found, score)
    for row, line in zip(rows, dots, strict=True):
        others = np.flatnonzero(pool != row)
        wanted = others[np.argsort(-line[others], kind="stable")][:k]
        assert found[row][: wanted.size].tolist() == pool[wanted].tolist()
        assert score[row][: wanted.size].tolist() == line[wanted].tolist()
        assert (found[row][wanted.size :] == -1).all()
    assert (np.delete(found, rows, axis=0) == -1).all()


@given(SEEDS, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_joined_accounts_are_what_networkx_finds_connected_at_every_level(seed, n):
    rng = np.random.default_rng(seed)
    found = rng.integers(-1, n, (n, 2)).astype(np.int32)
    cosine = rng.random((n, 2)).astype(np.float32) ** 0.2
    label, graph, above = np.arange(n, dtype=np.int32), nx.Graph(), np.inf
    graph.add_nodes_from(range(n))
    for level in (0.97, 0.9, 0.5):
        join_near(label, found, cosine, level, above)
        above = level
        near = np.argwhere((cosine >= level) & (found >= 0))
        graph.add_edges_from((int(i), int(found[i, j])) for i, j in near)
        for part in nx.connected_components(graph):
            assert set(label[list(part)].tolist()) == {min(part)}


def test_rows_are_added_to_those_of_their_neighbours():
    rng = np.random.default_rng(2)
    packed = Packed.of(rng.normal(size=(30, 5)).astype(np.float32))
    accounts = rng.permutation(30)[:12]
    near = rng.integers(-1, 12, (7, 4))
    sums = np.zeros((7, 5), np.float32)
    sum_near(packed.codes, packed.unit, accounts, near, sums)
    rows = np.where(near[:, :, None] >= 0, np.asarray(packed)[accounts[near]], 0)
    np.testing.assert_allclose(sums, rows.sum(axis=1), rtol=1e-5, atol=1e-5)

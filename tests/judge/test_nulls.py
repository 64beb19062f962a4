"""Comparison groups: what they are made of, and that they depend on nothing but the traffic."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.scenes import scene_of, space_of
from tests.populations import population

from stillhunt.judge.nulls import FEWEST, FINE_SIZES, SIZES, Nulls, size_below
from stillhunt.population import Ring
from stillhunt.settings import JudgeSettings

N = 300
HELD = np.arange(40)
SETTINGS = JudgeSettings(null_groups=60)


@dataclass
class Counting:
    """A signal that measures the mean row, knows nothing of small groups, and counts its calls."""

    name: str = "counting"
    calls: list[int] = field(default_factory=list)

    def measure(self, scene, members):
        self.calls.append(members.size)
        return float(members.mean()) if members.size > 8 else float("nan")


@pytest.fixture(scope="module")
def scene():
    vectors = np.random.default_rng(2).normal(size=(N, 16))
    vectors[100:140] = vectors[100] + 0.05 * np.random.default_rng(3).normal(size=(40, 16))
    return scene_of(population(N), content=space_of(vectors))


def _nulls(scene, others=()):
    held_out = np.zeros(N, dtype=np.bool_)
    held_out[HELD] = True
    return Nulls(scene, SETTINGS, held_out, list(others))


@given(st.integers(1, 10**6), st.integers(50, 1_000), st.sampled_from([SIZES, FINE_SIZES]))
def test_a_comparison_group_is_never_larger_than_allowed(n, largest, sizes):
    size = size_below(n, largest, sizes)
    assert size in sizes
    assert size <= max(min(n, largest), sizes[0])
    assert all(other <= size or other > min(n, largest) for other in sizes)


def test_a_verdicts_groups_are_hardly_smaller_than_the_ring_and_those_that_screen_may_be(scene):
    signal, ring = Counting(), Ring(np.arange(40, 159), "pool")
    for nulls in (_nulls(scene), _nulls(scene).final()):
        nulls.of(signal, ring, ("random",))
    assert sorted(set(signal.calls)) == [80, 100]


def test_in_a_small_log_groups_of_likeness_are_smaller_than_the_ring_and_not_missing(scene):
    groups = _nulls(scene).groups("pool", 200)  # of 260 who are free
    assert {group.size for group in groups} == {128}
    assert len(groups) == 60


@pytest.mark.parametrize("way", ["random", "pool"])
def test_groups_are_accounts_not_held_out_each_once(scene, way):
    groups = _nulls(scene).groups(way, 12)
    assert len(groups) == SETTINGS.null_groups
    for group in groups:
        assert group.size == np.unique(group).size == 12
        assert (np.diff(group) > 0).all()
        assert not set(group.tolist()) & set(HELD.tolist())


def test_a_verdict_takes_more_groups_of_the_same_accounts(scene):
    nulls = _nulls(scene)
    final = nulls.final()
    for way in ("random", "pool"):
        few, many = nulls.groups(way, 12), final.groups(way, 12)
        assert len(few) == SETTINGS.null_groups
        assert len(few) < len(many) <= SETTINGS.final_groups
        assert not np.isin(HELD, np.concatenate(many)).any()


def test_random_groups_hold_every_account_about_as_often(scene):
    rows = np.concatenate(_nulls(scene).groups("random", 80))
    counts = np.bincount(rows, minlength=N)[HELD.size :]
    expected = SETTINGS.null_groups * 80 / (N - HELD.size)
    assert counts.min() > 0
    assert abs(counts.mean() - expected) < 1e-9
    assert counts.std() < 2 * np.sqrt(expected)


def test_groups_around_an_account_are_its_nearest(scene):
    groups = [set(group.tolist()) for group in _nulls(scene).groups("pool", 32)]
    cluster = set(range(100, 140))
    assert sum(group <= cluster for group in groups) >= 3
    assert not any(set(g.tolist()) <= cluster for g in _nulls(scene).groups("random", 32))


def test_a_smaller_group_around_an_account_lies_within_a_larger(scene):
    nulls = _nulls(scene)
    smaller, larger = nulls.groups("pool", 12), nulls.groups("pool", 80)
    assert all(np.isin(a, b).all() for a, b in zip(smaller, larger, strict=True))


@pytest.mark.parametrize("block", [1, 7, 50])
def test_groups_around_an_account_do_not_depend_on_blocks_or_threads(scene, monkeypatch, block):
    whole = _nulls(scene).groups("pool", 20)
    monkeypatch.setattr("stillhunt.judge.nulls.BLOCK", block)
    for threads in (1, 3):
        nulls = replace(_nulls(scene), threads=threads)
        assert all(map(np.array_equal, whole, nulls.groups("pool", 20)))


def test_linked_groups_are_the_other_rings_of_that_kind(scene):
    rings = [Ring(np.arange(60, 90), "address"), Ring(np.arange(90, 96), "address"),
             Ring(np.arange(30), "address"), Ring(np.arange(200, 230), "template")]  # fmt: skip
    groups = _nulls(scene, rings).groups("address", 20)
    assert [group.size for group in groups] == [20, 6]
    assert set(groups[0].tolist()) <= set(range(60, 90))


def test_the_same_traffic_gives_the_same_groups(scene):
    for way in ("random", "pool"):
        first, again = (_nulls(scene).groups(way, 20) for _ in range(2))
        assert all(map(np.array_equal, first, again))


def test_too_few_accounts_make_no_comparison(scene):
    assert _nulls(scene).groups("random", 200) == []
    assert _nulls(scene).groups("schedule", 20) == []  # nobody is placed by the clock


def test_a_signal_is_measured_once_for_each_size(scene):
    nulls, signal = _nulls(scene), Counting()
    ring = Ring(np.arange(12), "pool")
    found = nulls.of(signal, ring, ("random", "pool"))
    assert {way: null.values.size for way, null in found.items()} == {"random": 60, "pool": 60}
    assert nulls.of(signal, Ring(np.arange(13), "pool"), ("random", "pool")).keys() == found.keys()
    assert signal.calls == [12] * 120


def test_too_few_measures_are_no_comparison(scene):
    rings = [Ring(np.arange(60 + i, 70 + i), "address") for i in range(FEWEST - 1)]
    nulls = _nulls(scene, rings)
    assert nulls.of(Counting(), Ring(np.arange(10), "address"), ("address",)) == {}
    assert nulls.of(Counting(), Ring(np.arange(5), "pool"), ("random",)) == {}  # all NaN

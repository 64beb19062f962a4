"""Cells: the same whatever way the exchanges come, gone when done, and finer than a mean."""

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fingerprint.requests import (
    Table,
    asking,
    directions,
    mixed,
    sampled,
    taken,
    under_cover,
)
from threadpoolctl import threadpool_limits

from stillhunt.errors import EngineError
from stillhunt.fingerprint.cells import (
    ASKED,
    BLOCK,
    DIRECTIONS,
    FACTS,
    MOST_EACH,
    STEPS,
    Cells,
    Shelf,
    count,
    halvings,
    learn,
    levels,
    of_sample,
)
from stillhunt.fingerprint.gather import SAMPLE_SIZE, Vectors
from stillhunt.records import N_CELLS, PROJECTION_DIMS, SKETCH_SCALE, WEIGHT_CAP

EXACT = 2**24
"""Whole numbers up to here are exact in float32."""


def put(shelf: Shelf, table: Table, mask: Any = None, vectors: Any = None) -> None:
    marks = pa.record_batch({name: table[name] for name in ("exchange", *FACTS)})
    kept = np.ones(len(marks), np.bool_) if mask is None else mask
    vectors = Vectors() if vectors is None else vectors
    vectors.add(table["account"], table["sketch"], kept)
    shelf.add(marks, table["sketch"], kept, vectors.counts_of(table["account"]))


def counted(tables: list[Table], cells: Cells, **limit: int) -> list[list[Any]]:
    with Shelf(**limit) as shelf:
        vectors = Vectors()
        for table in tables:
            put(shelf, table, vectors=vectors)
        account, _, n = vectors.table()
        return [part.tolist() for part in count(shelf, cells, account, n)]


def same(left: Cells, right: Cells) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in Cells.__slots__
    )


@pytest.fixture(scope="module")
def traffic() -> Table:
    return mixed(6_000, 2)


@pytest.fixture(scope="module")
def cells(traffic: Table) -> Cells:
    return learn(sampled(traffic), 1)


@settings(deadline=None, max_examples=25)
@given(st.randoms(), st.lists(st.integers(0, 6_000), max_size=5))
def test_any_split_and_order_counts_the_same(
    traffic: Table, cells: Cells, random: Any, cuts: list[int]
) -> None:
    order = np.random.default_rng(random.getrandbits(32)).permutation(6_000)
    parts = [taken(traffic, rows) for rows in np.split(order, sorted(cuts))]
    assert counted(parts, cells) == counted([traffic], cells)


@settings(deadline=None, max_examples=25)
@given(st.randoms())
def test_an_exchange_is_in_one_cell_in_whatever_company(
    traffic: Table, cells: Cells, random: Any
) -> None:
    asked = of_sample(sampled(traffic))
    whole = cells.of(asked)
    rows = np.array(random.sample(range(6_000), random.randrange(1, 40)))
    assert cells.of(asked[rows]).tolist() == whole[rows].tolist()


def test_cells_are_the_same_on_one_thread_and_on_two(traffic: Table) -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(learn(sampled(traffic), 1))
    assert same(*found)
    one, two = found
    asked = of_sample(sampled(traffic))
    with threadpool_limits(1):
        alone = one.of(asked)
    with threadpool_limits(2):
        assert np.array_equal(two.of(asked), alone)


def test_all_products_are_whole_and_exact(traffic: Table, cells: Cells) -> None:
    places = cells.place(of_sample(sampled(traffic)))
    for numbers in (places, cells.middles):
        assert np.array_equal(numbers, np.rint(numbers))
    # No partial sum, in whatever order, comes near the limit; nor would the rarest exchange's.
    squares = np.square(cells.middles).sum(axis=1)
    assert (2 * np.abs(places) @ np.abs(cells.middles).T + squares).max() < EXACT
    n_facts = places.shape[1] - DIRECTIONS
    signs = STEPS + np.sqrt(DIRECTIONS) / 2
    facts = 4 * STEPS + np.sqrt(n_facts) / 2
    assert 3 * (signs**2 + facts**2) < EXACT
    assert np.abs(places).max() * SAMPLE_SIZE < EXACT  # sums from which middles are made


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 300, 3_000]))
def test_signs_are_turned_within_sixteen_bits_and_as_the_plain_formula_says(
    seed: int, n: int
) -> None:
    rng = np.random.default_rng(seed)
    table = mixed(n, seed % 1_000)
    # As far from balanced as can be: some signs hardly ever change.
    table["sketch"][:, rng.random(PROJECTION_DIMS) < 0.9] = 9
    cells = learn(sampled(table), 1)
    far = np.abs(cells.turns.astype(np.int64)).max(axis=1).sum(axis=0)
    assert far.max() < 2**15
    signs = np.unpackbits(of_sample(sampled(table))["signs"], axis=1)
    bytes_ = np.packbits(signs, axis=1)
    turned = sum(cells.turns[k, bytes_[:, k]].astype(np.float64) for k in range(bytes_.shape[1]))
    length = np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1)
    places = cells.place(of_sample(sampled(table)))[:, :DIRECTIONS]
    np.testing.assert_allclose(places, turned * STEPS / length, atol=0.5001)


def test_the_cell_is_the_nearest(traffic: Table, cells: Cells) -> None:
    asked = of_sample(sampled(traffic))[:500]
    places = cells.place(asked).astype(np.float64)
    apart = np.square(places[:, None] - cells.middles[None]).sum(axis=2)
    assert np.array_equal(cells.of(asked), apart.argmin(axis=1))


def test_counts_are_the_exchanges_of_each_account_in_each_cell(
    traffic: Table, cells: Cells
) -> None:
    account, sums, n = counted([traffic], cells)
    which = cells.of(of_sample(sampled(traffic)))
    assert account == np.unique(traffic["account"]).tolist()
    for place in (0, 7, len(account) - 1):
        own = which[traffic["account"] == account[place]]
        assert sums[place] == np.bincount(own, minlength=N_CELLS).tolist()
        assert n[place] == own.size


def busy(traffic: Table, accounts: int) -> Table:
    return traffic | {"account": traffic["account"] % np.uint64(accounts) + np.uint64(1)}


@settings(deadline=None, max_examples=15)
@given(st.randoms(), st.lists(st.integers(0, 6_000), max_size=5), st.sampled_from([2, 9, 22]))
def test_of_busy_accounts_any_split_and_order_counts_the_same_few(
    traffic: Table, cells: Cells, random: Any, cuts: list[int], accounts: int
) -> None:
    table = busy(traffic, accounts)
    order = np.random.default_rng(random.getrandbits(32)).permutation(6_000)
    parts = [taken(table, rows) for rows in np.split(order, sorted(cuts))]
    whole = counted([table], cells)
    assert counted(parts, cells) == whole
    for account, n in zip(whole[0], whole[2], strict=True):
        mine = table["account"] == account
        asked = int(np.count_nonzero(mine))
        kept = np.count_nonzero(levels(table["exchange"][mine]) >= halvings(np.array([asked])))
        assert n == kept
        assert abs(n - asked / 2 ** int(halvings(np.array([asked]))[0])) < 5 * MOST_EACH**0.5


def test_a_long_log_of_few_accounts_needs_a_small_shelf(traffic: Table) -> None:
    with Shelf() as shelf:
        vectors = Vectors()
        for seed in range(10):
            asked = mixed(6_000, seed)
            put(shelf, busy(asked, 3), vectors=vectors)
        held = sum(block.size for block in shelf.blocks())
    # Each doubling leaves at most MOST_EACH: three accounts of 20,000 have doubled seven times.
    assert held < 3 * MOST_EACH * 8


def test_only_exchanges_under_the_mask_are_put_on_the_shelf(traffic: Table, cells: Cells) -> None:
    mask = np.arange(6_000) % 3 > 0
    with Shelf() as shelf:
        vectors = Vectors()
        put(shelf, traffic, mask, vectors)
        account, _, n = vectors.table()
        found = [part.tolist() for part in count(shelf, cells, account, n)]
    assert found == counted([taken(traffic, mask)], cells)


def test_a_shelf_may_be_read_twice_and_in_blocks(traffic: Table) -> None:
    with Shelf() as shelf:
        put(shelf, traffic)
        for _ in range(2):
            blocks = list(shelf.blocks())
            assert [block.size for block in blocks] == [BLOCK, 6_000 - BLOCK]
            asked = np.concatenate(blocks)
            assert (asked["level"] == levels(traffic["exchange"])).all()
            asked["level"] = 0
            assert np.array_equal(asked, of_sample(sampled(traffic)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def open_files(folder: Path) -> int:
    """Return how many files in a folder this process holds open, though they have no name."""
    links = Path("/proc/self/fd")
    return sum(str(folder) in _target(link) for link in links.iterdir())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed while the folder was read
        return ""


def test_a_shelf_above_its_memory_is_on_disk_and_counts_the_same(
    traffic: Table, cells: Cells, folder: Path
) -> None:
    parts = [taken(traffic, rows) for rows in np.array_split(np.arange(6_000), 5)]
    with Shelf(in_memory=3_000 * ASKED.itemsize) as shelf:
        held, vectors = [], Vectors()
        for part in parts:
            put(shelf, part, vectors=vectors)
            held.append(open_files(folder))
        assert held == [0, 0, 1, 1, 1]
        account, _, n = vectors.table()
        found = [part.tolist() for part in count(shelf, cells, account, n)]
        assert found == counted([traffic], cells)
    assert open_files(folder) == 0
    assert list(folder.iterdir()) == []


def test_the_file_is_gone_after_an_error(traffic: Table, folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), Shelf(in_memory=1) as shelf:
        put(shelf, traffic)
        assert open_files(folder) == 1
        raise ZeroDivisionError
    assert open_files(folder) == 0
    assert list(folder.iterdir()) == []


@contextmanager
def room_for(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as a disk that is full does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("n", [10, 6_000])
def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_left(
    traffic: Table, folder: Path, n: int
) -> None:
    """Also where the last of it would only have been written when the shelf closes."""
    with (
        room_for(15 * ASKED.itemsize),
        pytest.raises(EngineError, match=r"wanted more disk than there is \(.+\)\. Free some"),
        Shelf(in_memory=1) as shelf,
    ):
        for _ in range(2):
            put(shelf, taken(traffic, slice(n)))
    assert open_files(folder) == 0
    assert list(folder.iterdir()) == []


def test_a_log_without_text_has_cells_and_nothing_in_them(traffic: Table) -> None:
    nothing = taken(traffic, slice(0))
    cells = learn(sampled(nothing), 1)
    account, sums, n = counted([nothing], cells)
    assert (account, sums, n) == ([], [], [])
    assert cells.of(of_sample(sampled(nothing))).shape == (0,)
    assert set(cells.of(of_sample(sampled(traffic))).tolist()) <= set(range(N_CELLS))


@pytest.mark.parametrize("kinds", [1, 2, 5, N_CELLS])
@pytest.mark.parametrize("is_rare", [False, True])
def test_centres_are_drawn_so_far_apart_that_each_of_few_kinds_has_a_cell(
    traffic: Table, kinds: int, is_rare: bool
) -> None:
    """Be it asked once among thousands; centres drawn by lot would fall on the common ones."""
    kind = np.minimum(np.arange(2_000), kinds - 1) if is_rare else np.arange(2_000) % kinds
    table = taken(traffic, kind)
    table["account"] = np.arange(1, 2_001, dtype=np.uint64)
    cell = learn(sampled(table), 3).of(of_sample(sampled(table)))
    pairs = set(zip(kind.tolist(), cell.tolist(), strict=True))
    assert len(pairs) == len(set(cell.tolist())) == kinds


def test_a_busy_account_counts_as_one_customer(traffic: Table) -> None:
    """What it asks beyond its first few exchanges changes no cell."""
    busy = asking(np.full(3_000, 10**6), directions(41)[np.full(3_000, 40)], 10)
    few = taken(busy, slice(WEIGHT_CAP))

    def beside(part: Table) -> Table:
        return {name: np.concatenate([traffic[name], part[name]]) for name in traffic}

    assert same(learn(sampled(beside(few)), 1), learn(sampled(beside(busy)), 1))
    assert not same(learn(sampled(beside(few)), 1), learn(sampled(traffic), 1))


def test_a_tenth_of_one_pool_shows_in_cells_though_hardly_in_the_mean() -> None:
    n_ring, n_others, each = 80, 1_200, 40
    table = under_cover(n_ring, n_others, each, 11)
    row = table["account"].astype(np.int64) - 1
    chosen = np.random.default_rng(1).permutation(row.size)[:SAMPLE_SIZE]
    which = learn(sampled(taken(table, chosen)), 1).of(of_sample(sampled(table)))
    shares = np.zeros((n_ring + n_others, N_CELLS))
    np.add.at(shares, (row, which), 1 / each)
    mean = np.zeros((n_ring + n_others, PROJECTION_DIMS))
    np.add.at(mean, row, table["sketch"] / SKETCH_SCALE / each)
    assert _stands_out(shares, n_ring) > 0.95
    assert _stands_out(mean, n_ring) < 0.85


def _stands_out(view: np.ndarray[Any, Any], n_ring: int) -> float:
    """Return how well what half of a ring has beyond others tells the other half (AUC)."""
    half, others = n_ring // 2, view[n_ring:]
    spread = np.cov(others, rowvar=False) + 1e-6 * np.eye(view.shape[1])
    score = view @ np.linalg.solve(spread, view[:half].mean(axis=0) - others.mean(axis=0))
    return float((score[half:n_ring, None] > score[None, n_ring:]).mean())

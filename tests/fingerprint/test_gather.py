from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fingerprint.logs import EXCHANGE, exchanges, numbered

from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.marks import Marker
from stillhunt.records import PROJECTION_DIMS

KEY = b"0123456789abcdef"
MARKER = Marker(KEY)


def sketches(n: int, seed: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.random.default_rng(seed).integers(-512, 513, (n, PROJECTION_DIMS)).astype(np.int16)


def test_vectors_sum_each_account_apart() -> None:
    accounts = np.random.default_rng(1).integers(1, 900, 3000).astype(np.uint64)
    sketch, mask = sketches(3000, 2), np.arange(3000) % 3 > 0
    vectors = Vectors()
    for part in np.array_split(np.arange(3000), 7):
        vectors.add(accounts[part], sketch[part], mask[part])
        vectors.table()
    keys, sums, counts = vectors.table()
    assert keys.tolist() == np.unique(accounts[mask]).tolist()
    for place in range(0, keys.size, 50):
        rows = mask & (accounts == keys[place])
        assert np.array_equal(sums[place], sketch[rows].sum(axis=0, dtype=np.int64))
        assert counts[place] == rows.sum()


def test_vectors_stop_at_their_limits_instead_of_overflowing() -> None:
    vectors, one = Vectors(), np.ones(1, np.uint64)
    vectors.add(one, np.full((1, PROJECTION_DIMS), 30_000, np.int16), np.ones(1, np.bool_))
    for _ in range(18):
        copy = Vectors()
        copy.merge(vectors)
        vectors.merge(copy)
    _, sums, counts = vectors.table()
    assert set(sums[0].tolist()) == {2**31 - 1}
    assert counts.tolist() == [2**18]


def test_a_sample_keeps_what_its_keys_choose() -> None:
    marked = MARKER.mark(exchanges(numbered([{"prompt": f"solve {i}"} for i in range(500)])))
    sample = Sample(KEY, 50)
    sample.add(marked, np.ones(500, np.bool_))
    kept = sample.arrays()
    column = marked.marks.column("exchange").to_numpy()
    assert kept.exchange.size == np.unique(kept.exchange).size == 50
    for place, exchange in enumerate(kept.exchange.tolist()):
        row = int(np.flatnonzero(column == exchange)[0])
        assert np.array_equal(kept.sketch[place], marked.sketch[row])
        assert kept.time_us[place] == marked.marks.column("time_us")[row].as_py()


def test_another_secret_samples_other_exchanges() -> None:
    marked = MARKER.mark(exchanges(numbered([{}] * 400)))
    kept = []
    for key in (KEY, KEY[::-1]):
        sample = Sample(key, 40)
        sample.add(marked, np.ones(400, np.bool_))
        kept.append(set(sample.arrays().exchange.tolist()))
    assert len(kept[0] & kept[1]) < 20


def test_nothing_gathered_is_empty_not_an_error() -> None:
    assert Vectors().table()[1].shape == (0, PROJECTION_DIMS)
    assert Sample(KEY).arrays().sketch.shape == (0, PROJECTION_DIMS)
    assert Names().table().num_rows == 0


def split_like(rows: list[dict[str, Any]], cuts: list[int]) -> list[list[dict[str, Any]]]:
    """Deal the rows into parts, the i-th to part ``cuts[i]``."""
    return [[row for row, cut in zip(rows, cuts, strict=True) if cut == part] for part in range(4)]


def gather(rows: list[dict[str, Any]]) -> tuple[Vectors, Sample, Names]:
    parts = Vectors(), Sample(KEY, 5), Names()
    marked = MARKER.mark(exchanges(rows))
    accounts = marked.marks.column("account").to_numpy()
    parts[0].add(accounts, marked.sketch, marked.marks.column("content").to_numpy() != 0)
    parts[1].add(marked, np.ones(len(rows), np.bool_))
    parts[2].add(marked.names)
    return parts


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_any_split_and_order_gather_the_same(data: st.DataObject) -> None:
    rows = numbered(data.draw(st.lists(EXCHANGE, max_size=14)))
    cuts = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    whole = gather(rows)
    merged = Vectors(), Sample(KEY, 5), Names()
    for part in data.draw(st.permutations(split_like(rows, cuts))):
        for left, right in zip(merged, gather(data.draw(st.permutations(part))), strict=True):
            left.merge(right)  # type: ignore[arg-type]
    for wanted, found in zip(whole[0].table(), merged[0].table(), strict=True):
        assert np.array_equal(wanted, found)
    for name in whole[1].arrays().__slots__:
        assert np.array_equal(getattr(whole[1].arrays(), name), getattr(merged[1].arrays(), name))
    assert whole[2].table().equals(merged[2].table())
    assert isinstance(whole[2].table(), pa.Table)

"""What may come twice is told from what does not, and no repeat is missed."""

import numpy as np
import pytest

from stillhunt.spread.repeats import deal_keys, filter_of, find_repeats


def keys(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 2**64 - 1, n, dtype=np.uint64)


@pytest.mark.parametrize("places", [1, 7])
def test_every_key_that_comes_twice_is_told_and_few_others_are(places):
    once, twice = keys(1, 20_000), keys(2, 500)
    met: dict[int, list] = {}
    for part in (np.concatenate([once[:9_000], twice]), np.concatenate([once[9_000:], twice])):
        for parcel in deal_keys(part, places):
            met.setdefault(parcel.place, []).append(parcel)
    assert set(met) == set(range(places))
    repeats = filter_of([told for parcels in met.values() for told in find_repeats(parcels)])
    assert repeats is not None
    assert repeats.of(twice).all()
    assert repeats.of(once).mean() < 0.001


def test_where_nothing_repeats_there_is_no_filter():
    assert filter_of(find_repeats(deal_keys(keys(3, 1000), 1))) is None
    assert filter_of([]) is None

"""Uses that link are told without all of one key ever meeting."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from tests.spread.logs import SECRET

from stillhunt.engines.duckdb import open_duckdb
from stillhunt.engines.parcels import Parcel
from stillhunt.fingerprint.cells import Shelf
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.settings import EngineSettings
from stillhunt.spread.sums import Sums


def sums_of(parcels):
    with open_duckdb(EngineSettings(threads=1)) as engine, Shelf() as shelf:
        sums = Sums(engine, Vectors(), Sample(SECRET), Names(), shelf)
        assert all(sums.add(parcel) for parcel in parcels)
        sums.settle()
        yield sums


def rows(table: pa.Table) -> list[tuple]:
    return [tuple(row.values()) for row in table.select(["account", "key", "n"]).to_pylist()]


@pytest.mark.parametrize("seed", range(4))
def test_keys_of_two_accounts_are_found_however_the_uses_are_dealt(seed):
    rng, n = np.random.default_rng(seed), 120
    account, key = (
        rng.integers(1, 30, n).astype(np.uint64),
        rng.integers(1, 40, n).astype(np.uint64),
    )
    uses = pa.table(
        {"account": account, "kind": ["content"] * n, "key": key, "n": np.ones(n, np.int64)}
    )
    found, once = [], []
    for place in range(3):
        mine = pa.array((account * np.uint64(7) ^ key) % np.uint64(3) == place)
        for sums in sums_of([Parcel("uses", place, uses.filter(mine))]):
            sums.split_uses()
            found += rows(sums.shared())
            once.append(Parcel("once", 0, sums.once()))
    for sums in sums_of(once):
        found += rows(sums.shared_at_last())
    times = Counter(zip(account.tolist(), key.tolist(), strict=True))
    owners = Counter(key for _, key in times)
    assert sorted(found) == sorted((a, k, n) for (a, k), n in times.items() if owners[k] > 1)


def test_a_parcel_of_another_kind_is_handed_back():
    for sums in sums_of([]):
        assert not sums.add(Parcel("told", 0, pa.table({"n": [1]})))
        assert sums.profiles().num_rows == sums.shared_at_last().num_rows == 0

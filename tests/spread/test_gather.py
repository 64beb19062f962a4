"""The pass on a cluster, played in this process: the same numbers as on one machine."""

import io
import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from tests.spread.cluster import Rows
from tests.spread.logs import SECRET, SETTINGS, assert_same, gathered, random_log

from stillhunt import spread
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.engines.parcels import Parcel
from stillhunt.errors import InputError
from stillhunt.gathering import Clock, HuntRequest, Log
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.progress import Silent
from stillhunt.records import Rejection
from stillhunt.simulate import PRESETS, scenario, write
from stillhunt.spread.deferred import Deferred
from stillhunt.spread.gather import Arrived

PLACES = 5


def spread_out(log, parts, settings=SETTINGS, places=PLACES) -> tuple[Log, str, Rows]:
    sink, rows = io.StringIO(), Rows(parts)
    source = open_exchanges(log, settings.ingest)
    request = HuntRequest(log, secret=SECRET)
    with open_duckdb(settings.engine) as engine:
        found = spread.gather(
            request, settings, Clock(Silent()), Rejects(sink), engine, (source, [rows], places)
        )
    return found, sink.getvalue(), rows


def written(tmp_path, table: pa.Table) -> str:
    pq.write_table(table, tmp_path / "log.parquet")
    return str(tmp_path / "log.parquet")


def with_column(table: pa.Table, name: str, values) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.string()))


def unique(table: pa.Table) -> list[str]:
    return [f"e{i}" for i in range(len(table))]


def reasons(rejected: str) -> list[str]:
    return sorted(json.loads(line)["reason"] for line in rejected.splitlines())


@pytest.mark.parametrize("seed", range(6))
def test_any_split_of_any_log_comes_to_the_numbers_of_one_machine(tmp_path, seed):
    table = random_log(seed, ids=seed % 3 > 0)
    log, cut = written(tmp_path, table), np.random.default_rng(seed).integers(0, len(table), 3)
    edges = [0, *sorted(cut.tolist()), len(table)]
    parts = [table.slice(a, b - a) for a, b in pairwise(edges)]
    one, set_aside = gathered(log)
    other, also, _ = spread_out(log, parts)
    assert_same(one, other)
    assert reasons(also) == reasons(set_aside) != []


@pytest.mark.parametrize("preset", PRESETS)
def test_of_each_preset_a_cluster_makes_the_numbers_of_one_machine(tmp_path, preset):
    write(scenario(preset).scaled(0.001).among(30), tmp_path, 1)
    log = str(tmp_path / "exchanges")
    table = ds.dataset(log).to_table()
    third = -(-len(table) // 3)
    one, _ = gathered(log)
    other, _, _ = spread_out(log, [table.slice(part * third, third) for part in range(3)])
    assert_same(one, other)
    assert one.n_rows == len(table) > 1_000


def test_of_exchanges_with_one_id_the_earliest_counts_whatever_the_order(tmp_path):
    table = random_log(1, faults=False)
    log = written(tmp_path, table.sort_by("time"))
    shuffled = table.take(pa.array(np.random.default_rng(2).permutation(len(table))))
    other, _, _ = spread_out(log, [shuffled.slice(0, 100), shuffled.slice(100)])
    assert_same(gathered(log)[0], other)


def test_no_place_waits_for_a_busy_account(tmp_path):
    """One account with a third of all rows, no two of its prompts alike."""
    table = random_log(3, 3000, faults=False)
    busy = np.arange(len(table)) % 3 == 0
    owner = np.where(busy, "busy", table["account_id"].to_numpy(zero_copy_only=False))
    texts = np.where(busy, [f"ask {i}" for i in range(len(table))], "what is this?")
    columns = {
        "account_id": owner,
        "prompt": texts,
        "session_id": texts,
        "exchange_id": unique(table),
    }
    for name, values in columns.items():
        table = with_column(table, name, values)
    log = written(tmp_path, table)
    parts = [table.slice(start, 400) for start in range(0, len(table), 400)]
    other, _, rows = spread_out(log, parts, places=8)
    assert_same(gathered(log)[0], other)
    # The sample and the shelf have bounds of their own, whatever the account.
    loads = Counter()
    for (kind, place), n in rows.ledger.dealt.items():
        loads[place] += n * (kind not in ("sample", "shelf"))
    assert max(loads.values()) <= 1.5 * np.mean(list(loads.values()))


def test_what_comes_home_does_not_grow_with_the_rows(tmp_path):
    """But for the sample, which is full at 32,768 exchanges."""
    small, bytes_home = random_log(5, 400, faults=False), []
    for times in (1, 8):
        table = pa.concat_tables([small] * times)
        table = with_column(table, "exchange_id", unique(table))
        home = spread_out(written(tmp_path, table), [table])[2].ledger.home
        bytes_home.append(sum(n for kind, n in home.items() if kind not in ("sample", "cells")))
    assert bytes_home[1] < 1.2 * bytes_home[0]


def test_too_many_rows_set_aside_are_an_input_error(tmp_path):
    table = random_log(2)
    strict = SETTINGS.model_copy(
        update={"ingest": SETTINGS.ingest.model_copy(update={"max_rejected_ratio": 0.01})}
    )
    with pytest.raises(InputError, match=r"at most 0\.01 of the rows may be set aside"):
        spread_out(written(tmp_path, table), [table], strict)


def test_a_file_lost_in_a_task_counts_as_its_likely_rows(tmp_path):
    source = open_exchanges(written(tmp_path, random_log(2)), SETTINGS.ingest)
    deferred, rejects = Deferred(), Rejects(io.StringIO())
    deferred.lose(Rejection("b.parquet", 0, "damaged"), source.n_bytes // 4)
    arrived = Arrived(source, rejects, SETTINGS)
    arrived.take(Parcel("told", 0, pa.table({"n_rows": [300], "unseen": [False]})))
    arrived.set_aside([Parcel("rejected", 0, deferred.table())])
    assert rejects.n_rejected == pytest.approx(100, abs=2)


def test_a_log_of_which_nothing_is_left_is_an_input_error(tmp_path):
    table = random_log(2).slice(0, 3)
    table = with_column(table, "account_id", [None] * 3)
    with pytest.raises(InputError):
        spread_out(written(tmp_path, table), [table])

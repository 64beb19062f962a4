"""Taken before named: counted up to the look at which enough accounts first bear a verdict."""

import numpy as np
import pyarrow as pa
import pytest

from stillhunt.prove.leak import ENOUGH, HOUR_US, Look, PlantedHarvest, leak

RING = [f"g{n}" for n in range(ENOUGH + 1)]
HARVEST = np.arange(100, 200, dtype=np.uint64)


def planted(campaigns: dict[str, list[str]], owner: list[str]) -> PlantedHarvest:
    rows = [(account, name) for name, accounts in campaigns.items() for account in accounts]
    rows += [("i1", None), ("i2", None)]
    accounts = pa.table(
        {
            "account_id": pa.array([a for a, _ in rows], pa.string()),
            "campaign": pa.array([c for _, c in rows], pa.string()),
        }
    )
    return PlantedHarvest.of(
        accounts,
        HARVEST[: len(owner)][::-1],
        pa.chunked_array([pa.array(owner[::-1], pa.string())]),
    )


def look(hour: int, exchange: list[int], **verdicts: list[str]) -> Look:
    rows = [(account, verdict) for verdict, held in verdicts.items() for account in held]
    table = pa.table(
        {
            "account_id": pa.array([account for account, _ in rows], pa.string()),
            "verdict": pa.array([verdict for _, verdict in rows], pa.string()),
        }
    )
    times = np.full(len(exchange), (hour - 1) * HOUR_US)
    return Look(hour * HOUR_US, np.array(exchange, np.uint64), times, table)


TRUTH = planted({"ring": RING}, ["ring"] * 10)


def test_what_came_before_the_first_verdict_is_the_leak():
    looks = [
        look(1, [100, 101, 7]),
        look(2, [102], suspect=RING),
        look(5, [103, 104], campaign=RING, suspect=["i1"]),
        look(6, [105], campaign=RING),
    ]
    (one,) = leak(TRUTH, looks).leaks
    assert (one.accounts, one.exchanges) == (len(RING), 10)
    assert (one.suspect.exchanges, one.suspect.hours) == (3, 2)
    assert (one.named.exchanges, one.named.share, one.named.hours) == (5, 0.5, 5)


@pytest.mark.parametrize(("n", "is_found"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_fewer_accounts_than_make_a_ring_are_no_find(n, is_found):
    (one,) = leak(TRUTH, [look(1, [100], campaign=RING[:n])]).leaks
    assert (one.named is not None) is is_found
    assert (one.suspect is not None) is is_found


def test_whoever_is_named_once_was_wronged_and_is_counted_once():
    looks = [look(1, [], campaign=["i1"]), look(2, []), look(3, [], campaign=["i1", "i2"])]
    found = leak(TRUTH, looks)
    assert (found.wronged, found.looks) == (2, 3)
    assert leak(TRUTH, [look(1, [], suspect=["i1"])]).wronged == 0


def test_looks_end_once_all_are_named():
    two = planted({"a": RING, "b": [f"h{n}" for n in range(ENOUGH)]}, ["a", "b", "a"])
    looks = iter(
        [
            look(1, [100], campaign=RING),
            look(2, [101], campaign=[f"h{n}" for n in range(ENOUGH)]),
            look(3, [102]),
        ]
    )
    found = leak(two, looks)
    assert found.looks == 2
    assert [one.named.exchanges for one in found.leaks] == [1, 1]
    assert next(looks).now_us == 3 * HOUR_US


def test_an_exchange_that_comes_twice_is_taken_once():
    (one,) = leak(TRUTH, [look(1, [100, 100]), look(2, [100], campaign=RING)]).leaks
    assert one.named.exchanges == 1


def test_in_clean_traffic_every_look_counts():
    found = leak(planted({}, []), [look(1, [5]), look(2, [6], campaign=["i1"])])
    assert (found.leaks, found.wronged, found.looks) == ((), 1, 2)

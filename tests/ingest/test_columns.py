"""Columns of compatible types become the contract's; rows that cannot are told apart."""

import pyarrow as pa
import pytest

from stillhunt.ingest.columns import is_readable_as, screen
from stillhunt.tables import ACCOUNTS, EXCHANGES

US = 1_767_225_600_000_000
LIMIT = 100
LARGE = pa.large_list(pa.large_string())


def screen_one(name: str, array: pa.Array) -> tuple[list[object], dict[int, str]]:
    n_rows = len(array)
    columns = {"time": pa.array([US] * n_rows), "account_id": pa.array(["a"] * n_rows)}
    screened = screen({**columns, name: array}, n_rows, EXCHANGES, LIMIT)
    assert screened.rows.schema == EXCHANGES
    return screened.rows.column(name).to_pylist(), screened.faults


@pytest.mark.parametrize(
    ("name", "array", "becomes"),
    [
        ("prompt", pa.array(["ü", None], pa.large_string()), ["ü", None]),
        ("prompt", pa.array(["ü", None], pa.string_view()), ["ü", None]),
        ("prompt", pa.array([b"x", None], pa.large_binary()), ["x", None]),
        ("prompt", pa.array(["x", "x"]).dictionary_encode(), ["x", "x"]),
        ("prompt", pa.nulls(2), [None, None]),
        ("prompt", pa.array([], pa.string()), []),
        ("status", pa.array([200, None]), ["200", None]),
        ("n_turns", pa.array([3.0, float("nan")]), [3, None]),
        ("n_turns", pa.array([7, None], pa.uint64()), [7, None]),
        ("asn", pa.array([4_200_000_000, 3320]), [-94_967_296, 3320]),
        ("temperature", pa.array([1, 2]), [1.0, 2.0]),
        ("temperature", pa.array([float("nan"), 0.5]), [None, 0.5]),
        ("temperature", pa.array([float("nan"), 0.5], pa.float32()), [None, 0.5]),
        ("tools", pa.array([["a", None], None], LARGE), [["a", None], None]),
        ("tools", pa.array([[], ["b"]]), [[], ["b"]]),
    ],
)  # fmt: skip
def test_compatible_types_are_brought_over(
    name: str, array: pa.Array, becomes: list[object]
) -> None:
    assert screen_one(name, array) == (becomes, {})


@pytest.mark.parametrize(
    ("name", "bad", "reason"),
    [
        ("account_id", pa.array([""]), "no account_id"),
        ("time", pa.array([None], pa.string()), "no time"),
        ("time", pa.array(["noon"]), "time is not an ISO 8601 time"),
        ("time", pa.array([b"\xff"]), "time is not UTF-8"),
        ("prompt", pa.array(["é" * 51]), "prompt is longer than 100 bytes"),
        ("prompt", pa.array([b"ok \xff"]), "prompt is not UTF-8"),
        ("tools", pa.array([["ok", b"\xc3\x28"]], pa.list_(pa.binary())), "tools is not UTF-8"),
        ("n_turns", pa.array([2**31]), "n_turns is out of range"),
        ("n_turns", pa.array([1.5]), "n_turns must be a whole number"),
        ("top_p", pa.array([1e39]), "top_p is out of range"),
    ],
)
def test_row_that_does_not_fit_is_told_apart_and_its_neighbours_stay(
    name: str, bad: pa.Array, reason: str
) -> None:
    good = {"time": "2026-01-01", "prompt": "ok", "account_id": "a", "tools": ["t"]}
    value = good.get(name, 1)
    if isinstance(value, str) and pa.types.is_binary(bad.type):
        value = value.encode()
    array = pa.array([value, *bad.to_pylist(), value], bad.type)
    kept, faults = screen_one(name, array)
    assert faults == {1: reason}
    assert len(kept) == 2
    assert kept[0] == kept[1] is not None


@pytest.mark.parametrize(
    ("name", "came"),
    [
        ("account_id", pa.int64()),
        ("prompt", pa.int64()),
        ("prompt", pa.struct([("a", pa.string())])),
        ("time", pa.bool_()),
        ("time", pa.date32()),
        ("n_turns", pa.string()),
        ("n_turns", pa.bool_()),
        ("tools", pa.string()),
        ("tools", pa.list_(pa.int64())),
    ],
)
def test_impossible_types_are_refused(name: str, came: pa.DataType) -> None:
    assert not is_readable_as(EXCHANGES.field(name), came)


def test_times_that_may_be_null_stay_null() -> None:
    columns = {"account_id": pa.array(["a"]), "created_at": pa.array([None], pa.string())}
    assert screen(columns, 1, ACCOUNTS, LIMIT).rows.column("created_at").null_count == 1

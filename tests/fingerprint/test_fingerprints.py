from collections import Counter
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fingerprint.logs import EXCHANGE, START_US, exchanges, numbered

from stillhunt.fingerprint.fingerprints import (
    ARRIVALS_SQL,
    HOUR_US,
    HOURS_SQL,
    MARKS_READ,
    MERGE_HOURS_SQL,
    MERGE_TOTALS_SQL,
    MERGE_USES_SQL,
    PART_USES_SQL,
    PHRASES,
    PROFILES_SQL,
    TOTALS_SQL,
    USE_KINDS,
    uses_sql,
)
from stillhunt.fingerprint.marks import Marker
from stillhunt.gathering import shared_uses_sql
from stillhunt.link.assemble import LINK_KINDS
from stillhunt.tables import MARKS

MARKER = Marker(b"0123456789abcdef")
HABIT_RATIO = 0.3


def marks_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_batches([MARKER.mark(exchanges(rows)).marks]).select(list(MARKS_READ))


def query(sql: str, **tables: pa.Table) -> pa.Table:
    with duckdb.connect() as engine:
        for name, table in tables.items():
            engine.register(name, table)
        return engine.sql(sql).to_arrow_table()


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def totals_and_uses(marks: pa.Table) -> tuple[pa.Table, pa.Table]:
    totals = query(TOTALS_SQL, marks=marks)
    return totals, query(uses_sql(HABIT_RATIO), marks=marks, totals=totals)


def profile_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    marks = marks_of(numbered(rows))
    totals, uses = totals_and_uses(marks)
    (profile,) = query(PROFILES_SQL, totals=totals, uses=uses).to_pylist()
    return dict(profile)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.data())
def test_any_split_order_and_merging_give_the_same_fingerprints(data: st.DataObject) -> None:
    marks = marks_of(numbered(data.draw(st.lists(EXCHANGE, min_size=1, max_size=12))))
    order = data.draw(st.permutations(range(marks.num_rows)))
    cut = data.draw(st.integers(0, marks.num_rows))
    parts = [marks.take(pa.array(part, pa.int64())) for part in (order[:cut], order[cut:])]
    merges = (
        ("hours_parts", HOURS_SQL, MERGE_HOURS_SQL),
        ("totals_parts", TOTALS_SQL, MERGE_TOTALS_SQL),
        ("uses_parts", PART_USES_SQL, MERGE_USES_SQL),
    )
    for name, sql, merge_sql in merges:
        whole = query(sql, marks=marks)
        partial = pa.concat_tables([query(sql, marks=part) for part in parts])
        once = query(merge_sql, **{name: partial})
        assert once.schema == whole.schema
        assert rows_of(once) == rows_of(whole)
        assert rows_of(query(merge_sql, **{name: once})) == rows_of(whole)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(EXCHANGE, min_size=1, max_size=12))
def test_what_is_left_out_of_the_uses_is_asked_for_by_nobody(rows: list[dict[str, Any]]) -> None:
    marks = marks_of(numbered(rows))
    totals, uses = totals_and_uses(marks)
    all_uses = query(MERGE_USES_SQL, uses_parts=query(PART_USES_SQL, marks=marks))
    few = query(PROFILES_SQL, totals=totals, uses=uses)
    assert rows_of(few) == rows_of(query(PROFILES_SQL, totals=totals, uses=all_uses))
    assert set(rows_of(uses)) <= set(rows_of(all_uses))
    shared = shared_uses_sql(HABIT_RATIO)
    linking = query(shared, totals=totals, uses=uses)
    assert rows_of(linking) == rows_of(query(shared, totals=totals, uses=all_uses))
    # what accounts share is there, and of phrases what is a habit
    columns = (totals[name].to_pylist() for name in ("account", "exchanges"))
    volume = dict(zip(*columns, strict=True))
    asked = [
        row
        for row in rows_of(all_uses)
        if row[1] in LINK_KINDS
        and (row[1] not in PHRASES or row[3] >= HABIT_RATIO * volume[row[0]])
    ]
    holders = Counter((row[1], row[2]) for row in asked)
    assert rows_of(linking) == [row for row in asked if holders[row[1], row[2]] > 1]


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(EXCHANGE, min_size=1, max_size=12))
def test_hours_totals_and_uses_count_what_the_marks_hold(rows: list[dict[str, Any]]) -> None:
    marks = marks_of(numbered(rows))
    listed = marks.to_pylist()
    hours = query(HOURS_SQL, marks=marks).to_pylist()
    by_hour = Counter(
        (row["account"], row["model"], row["time_us"] // HOUR_US * HOUR_US) for row in listed
    )
    assert {
        (row["account"], row["model"], row["hour_us"]): row["exchanges"] for row in hours
    } == by_hour
    totals = query(TOTALS_SQL, marks=marks).to_pylist()
    assert sum(row["input_tokens"] for row in totals) == sum(row["input_tokens"] for row in listed)
    assert {row["account"]: row["exchanges"] for row in totals} == Counter(
        row["account"] for row in listed
    )
    by_use = Counter(
        (row["account"], kind, row[kind]) for row in listed for kind in USE_KINDS if row[kind]
    )
    uses = query(PART_USES_SQL, marks=marks).to_pylist()
    assert {(row["account"], row["kind"], row["key"]): row["n"] for row in uses} == by_use


def test_every_capability_and_elicitation_adds_up_to_the_exchanges_with_text() -> None:
    texts = ["translate this", "think step by step", None, "", "write code"]
    marks = marks_of(numbered([{"prompt": text} for text in texts]))
    (row,) = query(TOTALS_SQL, marks=marks).to_pylist()
    counted = sum(value for name, value in row.items() if name.startswith("capability_"))
    assert counted == row["with_text"] == 3
    assert row["exchanges"] == 5


def test_times_before_1970_fall_into_their_hour() -> None:
    marks = marks_of(numbered([{"time": -1}]))
    assert query(HOURS_SQL, marks=marks).column("hour_us").to_pylist() == [-HOUR_US]


def test_a_profile_says_what_an_account_did() -> None:
    frame = "solve the following riddle of the day with great care"
    rows = [
        {"prompt": frame, "session_id": "s1", "n_turns": 1, "ip": "192.0.2.1", "model": "m1"},
        {"prompt": frame, "session_id": "s1", "n_turns": 3, "ip": "192.0.2.9", "model": "m2"},
        {"prompt": "alpha beta gamma delta", "session_id": "s2", "n_turns": 1, "model": "m1"},
        {"time": START_US + HOUR_US, "n_turns": None, "input_tokens": 5},
    ]
    profile = profile_of(rows)
    expected = {
        "exchanges": 4,
        "first_us": START_US,
        "last_us": START_US + HOUR_US,
        "with_text": 3,
        "distinct_prompts": 2,
        "repeats": 1,
        "n_models": 2,
        "n_addresses": 2,
        "n_blocks": 1,
        "n_clients": 0,
        "input_tokens": 5,
        "single_turn_ratio": 2 / 3,
        "follow_up_ratio": 1 / 3,
        "concentration": 5 / 9,
    }
    assert {name: profile[name] for name in expected} == expected


def test_what_the_log_does_not_tell_is_null_and_not_zero() -> None:
    profile = profile_of([{}])
    for name in (
        "single_turn_ratio",
        "follow_up_ratio",
        "concentration",
        "capability_coding_ratio",
    ):
        assert profile[name] is None
    assert profile["distinct_prompts"] == 0


def test_no_marks_give_no_fingerprints() -> None:
    marks = MARKS.empty_table()
    for sql in (HOURS_SQL, TOTALS_SQL, PART_USES_SQL):
        assert query(sql, marks=marks).num_rows == 0
    assert [table.num_rows for table in totals_and_uses(marks)] == [0, 0]


def test_who_took_up_a_new_model_is_counted_from_the_hour_of_its_release_for_a_day() -> None:
    rows = [(1, 7, 0, 2), (1, 8, 1, 3), (1, 7, 24, 4), (2, 8, -1, 5), (2, 8, 23, 6)]
    columns = ("account", "model", "hour_us", "exchanges")
    hours = pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
    hours = hours.set_column(2, "hour_us", pc.multiply(hours["hour_us"], HOUR_US))
    releases = pa.table({"model": [7], "name": ["corvus"], "time_us": [HOUR_US // 2]})
    found = query(ARRIVALS_SQL, hours=hours, releases=releases).sort_by(
        [("account", "ascending"), ("hour", "ascending")]
    )
    columns = ("account", "hour", "new", "total")
    assert [tuple(row[c] for c in columns) for row in found.to_pylist()] == [
        (1, 0, 2, 2), (1, 1, 0, 3), (2, 23, 0, 6),
    ]  # fmt: skip

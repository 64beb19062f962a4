"""Small readers that never raise."""

import msgspec
import pytest

from stillhunt.ingest.formats.format import (
    COLUMNS,
    Exchange,
    code,
    count,
    number,
    text,
    total,
    unpacked,
)


def test_an_exchange_has_the_columns_of_the_contract():
    assert Exchange.__struct_fields__ and set(Exchange.__struct_fields__) == set(COLUMNS)


@pytest.mark.parametrize("value", [None, True, [], {}, 1e400, float("nan"), -(2**70)])
def test_what_is_no_value_is_none(value):
    assert (text(value), count(value)) == (None, None)


def test_ids_may_be_numbers_and_numbers_may_not_be_text():
    assert (code(7), code("7"), code(7.0), number("7"), count(7.5), count(-1)) == (
        "7", "7", None, None, None, None,
    )  # fmt: skip


def test_a_total_needs_its_first_part():
    assert (total(1, None, 2), total(None, 1)) == (3, None)


@pytest.mark.parametrize("raw", [b'"plain"', b'"{broken"', b"[1]", b"null"])
def test_only_json_in_text_is_unpacked(raw):
    assert bytes(unpacked(msgspec.Raw(raw))) in (raw, b"{broken")

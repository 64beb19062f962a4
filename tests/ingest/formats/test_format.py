"""Structs read as far as they fit, and names brought to columns."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhunt.ingest.formats.format import (
    COLUMNS,
    Aliases,
    Code,
    Count,
    Exchange,
    Number,
    code,
    count,
    number,
    reader,
    total,
    unpacked,
)


class Inner(msgspec.Struct):
    n: Count = None


class Outer(msgspec.Struct):
    name: str | None = None
    id: Code = None
    x: Number = None
    one: Inner | None = None
    many: list[Inner | str | None] | None = None
    rest: msgspec.Raw = msgspec.Raw(b"null")


KINDS = {
    "name": (str,), "id": (str, int), "x": (float, int), "one": (dict,), "many": (list,)
}  # fmt: skip
read = reader(Outer)


def test_an_exchange_has_the_columns_of_the_contract():
    assert Exchange.__struct_fields__ and set(Exchange.__struct_fields__) == set(COLUMNS)


SCALARS = st.sampled_from([None, True, 0, -3, 2.5, "", "text"])
ANYTHING = (
    SCALARS | st.dictionaries(st.sampled_from("nm"), SCALARS)
    | st.lists(SCALARS | st.dictionaries(st.sampled_from("nm"), SCALARS), max_size=3)
)  # fmt: skip


@given(record=st.fixed_dictionaries({}, optional={name: ANYTHING for name in (*KINDS, "rest")}))
def test_what_fits_is_read_and_what_does_not_is_as_absent(record):
    found = read(json.dumps(record).encode())
    for name, kinds in KINDS.items():
        value, came = record.get(name), getattr(found, name)
        fits = isinstance(value, kinds) and not isinstance(value, bool)
        assert (came is not None) == fits
        if fits and name in ("name", "id", "x"):
            assert came == value
        if fits and name == "many":
            assert [isinstance(one, Inner) for one in came] == [type(v) is dict for v in value]


@pytest.mark.parametrize("raw", [b"[]", b"7", b"{", b"", b'"\xff"'])
def test_what_is_another_kind_altogether_cannot_be_read(raw):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        read(raw)


@pytest.mark.parametrize("value", [None, True, [], {}, 1e400, float("nan"), -(2**70)])
def test_what_is_no_value_is_none(value):
    assert (number(value), count(value)) == (None, None)


def test_ids_may_be_numbers_and_numbers_may_not_be_text():
    assert (code(7), code("7"), code(7.0), code(""), number("7"), count(7.5), count(-1)) == (
        "7", "7", None, None, None, None, None,
    )  # fmt: skip


def test_a_total_needs_its_first_part():
    assert (total(1, None, 2), total(None, 1)) == (3, None)


@pytest.mark.parametrize("raw", [b'"plain"', b'"{broken"', b"[1]", b"null"])
def test_only_json_in_text_is_unpacked(raw):
    assert unpacked(msgspec.Raw(raw)) in (msgspec.Raw(raw), b"{broken")


def test_of_several_names_in_use_the_first_listed_counts():
    names = Aliases({"ip": ("a", "b", "c")})
    assert names.choose({"c": 3, "b": 2}) == names.choose({"b": 2, "c": 3, "d": 4}) == {"ip": 2}

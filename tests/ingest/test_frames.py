"""Records found without a parser, and what is wrong with them."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.ingest.frames import (
    DEEP,
    JUNK,
    LONG,
    ODD_KEY,
    OK,
    TORN,
    TWICE,
    cut_records,
    frames_of,
)


class Bytes(io.BytesIO):
    is_broken = False


def found(data):
    frames = frames_of(data)
    return [
        (data[start:stop], int(line), int(flag))
        for start, stop, line, flag in zip(
            frames.starts, frames.stops, frames.lines, frames.flags, strict=True
        )
    ]


def cut(data, chunk_bytes, max_bytes=2**20):
    return [
        (bytes(frames.data[start:stop]), int(line), int(flag))
        for frames in cut_records(Bytes(data), chunk_bytes, max_bytes)
        for start, stop, line, flag in zip(
            frames.starts, frames.stops, frames.lines, frames.flags, strict=True
        )
    ]


@pytest.mark.parametrize(
    ("data", "flag"),
    [
        (b'{"a": 1}', OK),
        (b'{"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]}', OK),
        (b'{"a": "b", "c": "a"}', OK),
        (b'{"a": "{\\"a\\": 1, \\"a\\": 2}"}', OK),
        (b'{"a": 1, "a": 2}', TWICE),
        (b'{"x": [{"q": {"r": 0, "r": 0}}]}', TWICE),
        (b'{"\\u0061": 1}', ODD_KEY),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", DEEP),
        (b"null", JUNK),
        (b'{"a": [1', TORN),
    ],
)
def test_a_record_is_flagged_for_what_is_wrong_with_it(data, flag):
    assert found(data + b"\n") == [(data, 1, flag)] or flag == TORN
    assert found(data + b"\n")[0][2] == flag


def test_many_keys_are_compared_byte_by_byte():
    keys = {f"key {number}": number for number in range(500)}
    data = json.dumps(keys).encode()
    assert found(data)[0][2] == OK
    assert found(data[:-1] + b', "key 77": 0}')[0][2] == TWICE


def test_a_torn_line_costs_that_line_alone():
    data = b'{"a": 1}\n{"b": [\n{"c": "x\ny"}\n{"d": 4}\n'
    assert [(line, flag) for _, line, flag in found(data)] == [
        (1, OK), (2, TORN), (3, TORN), (4, JUNK), (5, OK),
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
FORMS = {
    "lines": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "raw lines": lambda rows: "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
    "array": lambda rows: json.dumps(rows),
    "arrays": lambda rows: "\n".join(json.dumps([row, row]) for row in rows),
    "pretty array": lambda rows: json.dumps(rows, indent=1),
    "flat pretty array": lambda rows: json.dumps(rows, indent=0),
}


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    rows=st.lists(st.dictionaries(st.text(max_size=6), JSON, min_size=1), min_size=1, max_size=8),
    form=st.sampled_from(list(FORMS)),
    chunk=st.integers(64, 4096),
)
def test_records_are_those_that_were_written_in_whatever_form(rows, form, chunk):
    data = FORMS[form](rows).encode("utf-8", "surrogatepass")
    wanted = [row for row in rows for _ in range(2 if form == "arrays" else 1)]
    whole = cut(data, 2**20)
    assert [json.loads(record.decode("utf-8", "surrogatepass")) for record, _, _ in whole] == wanted
    assert all(flag in (OK, ODD_KEY) for _, _, flag in whole)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(rows=st.lists(st.text(max_size=40), min_size=1, max_size=40), chunk=st.integers(64, 512))
def test_where_chunks_end_does_not_matter(rows, chunk):
    data = "".join(json.dumps({"k": row, "l": [{}]}) + "\n" for row in rows).encode()
    assert cut(data, chunk) == cut(data, 2**20)


def test_a_record_beyond_the_limit_is_flagged_and_the_next_line_read():
    data = b'{"a": 1}\n{"a": "' + b"x" * 5000 + b'"}\n{"a": 3}\n'
    assert [(line, flag) for _, line, flag in cut(data, 256, 1024)] == [(1, OK), (2, LONG), (3, OK)]

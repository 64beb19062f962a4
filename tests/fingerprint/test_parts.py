from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fingerprint.logs import EXCHANGE, exchanges, numbered

from stillhunt.fingerprint.cells import Shelf
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.marks import Marker
from stillhunt.fingerprint.parts import Parts, join, schema_of, store

KEY = b"0123456789abcdef"
MAKERS: Any = {
    "vectors": Vectors, "sample": lambda: Sample(KEY, 7), "names": Names, "shelf": Shelf,
}  # fmt: skip


def added(part: Parts, rows: list[dict[str, Any]]) -> Parts:
    """Return a part with some exchanges in it."""
    marked = Marker(KEY).mark(exchanges(rows))
    account = marked.marks.column("account").to_numpy()
    every = np.ones(len(rows), np.bool_)
    match part:
        case Vectors():
            part.add(account, marked.sketch, every)
        case Sample():
            part.add(marked, every)
        case Names():
            part.add(marked.names)
        case Shelf():
            part.add(marked.marks, marked.sketch, every, np.ones(len(rows), np.int64))
    return part


def rows_of(part: Parts) -> list[str]:
    return sorted(map(repr, store(part).to_pylist()))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", MAKERS)
@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.lists(EXCHANGE, max_size=20), st.integers(0, 20), st.integers(1, 4))
def test_parts_that_were_stored_join_to_the_whole(
    kind: str, given_rows: list[dict[str, Any]], cut: int, at_a_time: int
) -> None:
    rows = numbered(given_rows)
    whole, joined = added(MAKERS[kind](), rows), MAKERS[kind]()
    made = [whole, joined]
    for part in (rows[:cut], rows[cut:]):
        made.append(added(MAKERS[kind](), part))
        for batch in store(made[-1]).to_batches(max_chunksize=at_a_time):
            join(joined, batch)
    assert rows_of(joined) == rows_of(whole)
    for part in made:
        if isinstance(part, Shelf):
            part.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_lists_of_any_length_are_taken_as_an_engine_gives_them(kind: str) -> None:
    part = added(MAKERS[kind](), numbered([{"account_id": "a", "prompt": "why"}] * 3))
    table = store(part)
    assert table.schema == schema_of(part)
    fields = [
        field.with_type(pa.list_(field.type.value_type))
        if pa.types.is_fixed_size_list(field.type)
        else field.with_type(pa.binary())
        if pa.types.is_fixed_size_binary(field.type)
        else field
        for field in table.schema
    ]
    again = MAKERS[kind]()
    for batch in table.cast(pa.schema(fields)).to_batches():
        join(again, batch)
    assert rows_of(again) == rows_of(part)
    for made in (part, again):
        if isinstance(made, Shelf):
            made.close()

"""Parcels: what is packed is what comes out, and every row goes to one place."""

import numpy as np
import pyarrow as pa
import pytest

from stillhunt.engines.parcels import Parcel, as_column, cut, deal, from_column, unpack

ROWS = pa.table({"n": np.arange(100), "text": [f"t{i}" for i in range(100)]})


def test_what_is_unpacked_is_what_was_packed():
    sliced = Parcel("some", 3, ROWS.slice(40, 7))
    found = unpack("some", 3, sliced.body())
    assert found.rows.equals(sliced.rows)
    assert len(sliced.body()) < len(Parcel("some", 3, ROWS).body())


def test_every_row_goes_to_its_place_once():
    places = np.arange(100) * 7 % 13
    dealt = list(deal("n", ROWS, places))
    assert [p.place for p in dealt] == list(range(13))
    for parcel in dealt:
        assert (places[parcel.rows["n"].to_numpy()] == parcel.place).all()
    assert sorted(n for p in dealt for n in p.rows["n"].to_pylist()) == list(range(100))


def test_of_no_rows_no_parcel_is_made():
    assert (
        list(deal("n", ROWS.slice(0, 0), np.zeros(0, int)))
        == list(cut("n", ROWS.slice(0, 0)))
        == []
    )


def test_a_table_is_cut_into_parcels_of_a_bounded_size():
    assert [p.rows.num_rows for p in cut("n", ROWS, 30)] == [30, 30, 30, 10]


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8])
def test_blocks_of_numbers_travel_as_bytes(kind):
    block = np.arange(60).reshape(12, 5).astype(kind)
    column = pa.chunked_array([as_column(block).slice(0, 5), as_column(block).slice(5)])
    assert np.array_equal(from_column(column, kind), block)
    assert np.array_equal(from_column(column.slice(3, 4), kind), block[3:7])

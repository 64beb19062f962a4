"""What travels is what arrives; of exchanges with one key one is chosen whatever their order."""

import numpy as np
import pyarrow as pa
from tests.spread.logs import SECRET, random_log

from stillhunt.fingerprint.cells import ASKED
from stillhunt.fingerprint.gather import Sample, Vectors
from stillhunt.fingerprint.marks import Marker
from stillhunt.ingest.columns import screen
from stillhunt.spread import packing
from stillhunt.tables import EXCHANGES


def marked(n: int = 60):
    (batch,) = random_log(1, n, faults=False).combine_chunks().to_batches()
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    return Marker(SECRET).mark(screen(columns, batch.num_rows, EXCHANGES, 10**6).rows)


def same(one: pa.RecordBatch, other: pa.RecordBatch) -> bool:
    """Temperatures that nobody knows are no numbers, and equal nothing."""
    return bool(one.drop_columns("temperature").equals(other.drop_columns("temperature")))


def test_marks_and_sketches_come_back():
    sent = marked()
    found = packing.unpack_marks(packing.pack_marks(sent))
    assert same(found.marks, sent.marks)
    assert np.array_equal(found.sketch, sent.sketch)


def test_vectors_samples_and_shelves_come_back():
    sent, vectors, sample = marked(), Vectors(), Sample(SECRET)
    every = np.ones(sent.marks.num_rows, bool)
    vectors.add(sent.marks.column("account").to_numpy(), sent.sketch, every)
    sample.add(sent, every)
    again, offered = Vectors(), Sample(SECRET)
    again.join(*packing.unpack_vectors(packing.pack_vectors(vectors)))
    offered.offer(packing.unpack_sample(packing.pack_sample(sample)))
    for one, other in zip(vectors.table(), again.table(), strict=True):
        assert np.array_equal(one, other)
    assert packing.pack_sample(offered).equals(packing.pack_sample(sample))
    asked = np.zeros(5, ASKED)
    asked["account"], asked["level"] = range(5), 3
    assert (packing.unpack_asked(packing.pack_asked(asked)) == asked).all()


def test_of_one_exchange_the_same_row_is_chosen_in_any_order():
    sent = marked()
    column = sent.marks.schema.get_field_index("exchange")
    keys = pa.array(np.arange(sent.marks.num_rows) // 3, pa.uint64())
    alike = type(sent)(sent.marks.set_column(column, "exchange", keys), sent.sketch, sent.names)
    order = np.random.default_rng(3).permutation(sent.marks.num_rows)
    other = type(sent)(alike.marks.take(pa.array(order)), alike.sketch[order], sent.names)
    one, two = packing.first_of_each([alike]), packing.first_of_each([other])
    assert same(one.marks, two.marks)
    assert np.array_equal(one.sketch, two.sketch)
    assert one.marks.num_rows == -(-sent.marks.num_rows // 3)
    earliest = alike.marks.column("time_us").to_numpy()
    assert (
        one.marks.column("time_us").to_numpy()
        == np.minimum.reduceat(earliest, np.arange(0, earliest.size, 3))
    ).all()

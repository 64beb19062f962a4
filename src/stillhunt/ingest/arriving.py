"""Rows that another reader has opened, such as Spark's: screened as the rows of files are."""

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.ingest.columns import screen
from stillhunt.ingest.jsonlines import Block, read_block
from stillhunt.ingest.pieces import Reading
from stillhunt.records import Rejection

LINE: Final = "value"
"""The one column of a batch whose rows are lines of JSON."""

FILE, ROW = "_file", "_row"
"""Columns that tell where a row stands, where the reader knows: the path, and its place from 0."""


def read_arriving(
    batches: Iterable[pa.RecordBatch], name: str, reading: Reading
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``batches`` in the reading's schema; what cannot be is set aside.

    A batch has columns of the contract, or lines of JSON in the column ``LINE``. A rejection has
    ``name`` and line 0 where nobody knows better.
    """
    for batch in batches:
        if not batch.num_rows:
            continue
        if batch.schema.names == [LINE]:
            block = _block(batch.column(LINE))
            reading.unseen -= {key for key in reading.unseen if f'"{key}"'.encode() in block.data}
            yield from read_block(name, block, reading)
        else:
            reading.unseen -= set(batch.schema.names)
            yield _screen(batch, name, reading)


def _block(lines: pa.Array) -> Block:
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines.cast(pa.binary()))
    return Block(pc.binary_join(whole, b"\n")[0].as_py(), [0] * len(lines))


def _screen(batch: pa.RecordBatch, name: str, reading: Reading) -> pa.RecordBatch:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    files, places = columns.pop(FILE, None), columns.pop(ROW, None)
    limit = reading.settings.max_text_bytes
    screened = screen(columns, batch.num_rows, reading.schema, limit)
    for row in sorted(screened.faults):
        file = name if files is None else files[row].as_py()
        line = 0 if places is None else places[row].as_py() + 1
        reading.rejects.add(Rejection(file, line, screened.faults[row]))
    return screened.rows

"""What adds up, as Arrow tables: what is stored of a part of a log, and how parts are joined.

Hours, totals and uses are tables from the beginning; their rules are in ``fingerprints``.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.cells import ASKED, Shelf
from stillhunt.fingerprint.gather import Names, Sample, Sampled, Vectors
from stillhunt.fingerprint.marks import NAMES
from stillhunt.records import PROJECTION_DIMS

VECTORS: Final = pa.schema(
    [
        ("account", pa.uint64()),
        ("exchanges", pa.int64()),  # those with text
        ("sums", pa.list_(pa.int32(), PROJECTION_DIMS)),
    ]
)
SHELF: Final = pa.schema(
    [
        ("account", pa.uint64()),
        ("capability", pa.uint8()),
        ("elicitation", pa.uint8()),
        ("text_bytes", pa.int32()),
        ("level", pa.uint8()),
        ("signs", pa.binary(PROJECTION_DIMS // 8)),
    ]
)
SAMPLE: Final = pa.schema(
    [
        ("exchange", pa.uint64()),
        ("account", pa.uint64()),
        ("capability", pa.uint8()),
        ("elicitation", pa.uint8()),
        ("time_us", pa.int64()),
        ("n_turns", pa.int32()),
        ("text_bytes", pa.int32()),
        ("sketch", pa.list_(pa.int16(), PROJECTION_DIMS)),
    ]
)

Parts = Vectors | Sample | Names | Shelf


def schema_of(part: Parts) -> pa.Schema:
    """Return the columns in which a part is stored."""
    match part:
        case Vectors():
            return VECTORS
        case Sample():
            return SAMPLE
        case Names():
            return NAMES
    return SHELF


def store(part: Parts) -> pa.Table:
    """Return all that a part holds, in the columns of ``schema_of``."""
    match part:
        case Vectors():
            account, sums, counts = part.table()
            return pa.table([account, counts, _rows(sums)], schema=VECTORS)
        case Sample():
            sampled = part.arrays()
            columns = [getattr(sampled, name) for name in SAMPLE.names[:-1]]
            return pa.table([*columns, _rows(sampled.sketch)], schema=SAMPLE)
        case Names():
            return part.table()
    batches = [_on_shelf(block) for block in part.blocks()]
    return pa.Table.from_batches(batches, schema=SHELF)


def join(part: Parts, rows: pa.RecordBatch) -> None:
    """Add to a part what was stored of another, or some of its rows.

    Lists and bytes may come as of any length, as an engine gives them.
    """
    table = pa.Table.from_batches([rows]).cast(schema_of(part)).combine_chunks()
    if not table.num_rows:
        return
    rows = table.to_batches()[0]
    columns: dict[str, Any] = {
        name: column.to_numpy(zero_copy_only=False)
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
        if pa.types.is_integer(column.type)
    }
    match part:
        case Vectors():
            sums = _matrix(rows.column("sums"))
            part.join(columns["account"], sums, columns["exchanges"])
        case Sample():
            part.offer(Sampled(**columns, sketch=_matrix(rows.column("sketch"))))
        case Names():
            part.add(pa.Table.from_batches([rows]))
        case Shelf():
            part.put(_asked(rows))


def _rows(matrix: npt.NDArray[Any]) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), PROJECTION_DIMS)


def _matrix(column: pa.Array) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = column.flatten().to_numpy()
    return numbers.reshape(-1, PROJECTION_DIMS)


def _on_shelf(asked: npt.NDArray[Any]) -> pa.RecordBatch:
    signs = pa.py_buffer(np.ascontiguousarray(asked["signs"]))
    kind = SHELF.field("signs").type
    columns = [pa.array(np.ascontiguousarray(asked[name])) for name in SHELF.names[:-1]]
    columns.append(pa.FixedSizeBinaryArray.from_buffers(kind, asked.size, [None, signs]))
    return pa.RecordBatch.from_arrays(columns, schema=SHELF)


def _asked(rows: pa.RecordBatch) -> npt.NDArray[Any]:
    asked = np.empty(rows.num_rows, ASKED)
    for name in SHELF.names[:-1]:
        asked[name] = rows.column(name).to_numpy()
    signs = rows.column("signs")
    width = PROJECTION_DIMS // 8
    flat = np.frombuffer(signs.buffers()[1], np.uint8)[signs.offset * width :]
    asked["signs"] = flat[: rows.num_rows * width].reshape(-1, width)
    return asked

"""Sketches, vectors, samples and shelves as tables that travel, and back."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.engines.parcels import as_column, from_column
from stillhunt.fingerprint.cells import ASKED
from stillhunt.fingerprint.gather import Sample, Sampled, Vectors
from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.marks import NAMES, Marked
from stillhunt.population import Index


def pack_marks(marked: Marked) -> pa.Table:
    """Return marks and sketches; names stay behind."""
    marks = pa.Table.from_batches([marked.marks])
    return marks.append_column("sketch", as_column(marked.sketch))


def unpack_marks(rows: pa.Table) -> Marked:
    """Return what was packed, without names."""
    (marks,) = rows.drop_columns("sketch").combine_chunks().to_batches()
    return Marked(marks, from_column(rows["sketch"], np.int16), NAMES.empty_table())


def first_of_each(parts: Sequence[Marked]) -> Marked:
    """Return each exchange once: the earliest, then the one least by its other marks."""
    table = pa.Table.from_batches([part.marks for part in parts]).combine_chunks()
    columns = {name: table[name].to_numpy() for name in table.column_names}
    # lexsort wants the first key last.
    rest = [values for name, values in columns.items() if name not in ("exchange", "time_us")]
    order = np.lexsort([*rest[::-1], columns["time_us"], columns["exchange"]])
    ranked = columns["exchange"][order]
    first = order[np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))]
    (marks,) = table.take(pa.array(first)).combine_chunks().to_batches()
    return Marked(marks, np.concatenate([part.sketch for part in parts])[first], parts[0].names)


def pack_vectors(vectors: Vectors) -> pa.Table:
    """Return accounts, the sums of each as bytes, and counts."""
    account, sums, n = vectors.table()
    return pa.table({"account": account, "sums": as_column(sums), "n": n})


def unpack_vectors(rows: pa.Table) -> tuple[Hashes, npt.NDArray[np.int32], Index]:
    """Return accounts, sums and counts."""
    sums = from_column(rows["sums"], np.int32)
    return rows["account"].to_numpy(), sums, rows["n"].to_numpy()


def pack_sample(sample: Sample) -> pa.Table:
    """Return what a sample holds."""
    sampled = sample.arrays()
    columns: dict[str, Any] = {one.name: getattr(sampled, one.name) for one in fields(Sampled)}
    columns["sketch"] = as_column(sampled.sketch)
    return pa.table(columns)


def unpack_sample(rows: pa.Table) -> Sampled:
    """Return what was packed."""
    columns = {name: rows[name].to_numpy() for name in rows.column_names if name != "sketch"}
    return Sampled(**columns, sketch=from_column(rows["sketch"], np.int16))


def pack_asked(asked: npt.NDArray[Any]) -> pa.Table:
    """Return what lay on a shelf, with its accounts."""
    return pa.table({"account": np.ascontiguousarray(asked["account"]), "asked": as_column(asked)})


def unpack_asked(rows: pa.Table) -> npt.NDArray[Any]:
    """Return what was packed, as an array of ``ASKED``."""
    return from_column(rows["asked"], np.uint8).reshape(-1).view(ASKED)

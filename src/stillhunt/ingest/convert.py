"""A source of exchanges written as one Parquet file of the contract."""

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from stillhunt.errors import EngineError
from stillhunt.ingest.rejects import Rejects
from stillhunt.ingest.source import open_exchanges
from stillhunt.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Converted:
    """How many rows were written, how many set aside, and where those are listed."""

    n_rows: int
    n_rejected: int
    rejected: Path


def convert(pattern: str, out: Path, settings: IngestSettings) -> Converted:
    """Write the log at ``pattern`` to ``out``, texts and all, readable by its owner alone.

    ``out`` appears when it is whole. Rows set aside are listed beside it, without their texts.
    InputError when the log cannot be used, EngineError when ``out`` cannot be written.
    """
    source = open_exchanges(pattern, settings)
    part, listed = out.with_suffix(".parquet.part"), out.with_suffix(".rejected.jsonl")
    n_rows = 0
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with (
            listed.open("w", encoding="utf-8") as sink,
            pq.ParquetWriter(part, source.schema, compression="zstd") as writer,
        ):
            rejects = Rejects(sink)
            for batch in source.batches(rejects):
                writer.write_batch(batch.rows)
                n_rows += batch.rows.num_rows
        part.replace(out)
    except OSError as error:
        raise EngineError(
            f"{out}: a file that can be written was wanted; {error.strerror}. Free the disk, or "
            "choose another place."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    if not rejects.n_rejected:
        listed.unlink()
    return Converted(n_rows, rejects.n_rejected, listed)

"""What every reader of a format takes and gives."""

from dataclasses import dataclass, field

import pyarrow as pa

from stillhunt.ingest.formats.format import Exchange
from stillhunt.ingest.rejects import Rejects
from stillhunt.settings import IngestSettings


@dataclass(slots=True)
class Reading:
    """One reading of a source: what is wanted, and where the rest goes.

    ``unseen`` are needed columns that no file has shown yet; a reader takes out what it meets.
    ``answers`` are those that came apart from their requests, without their texts; None: two.
    """

    schema: pa.Schema
    settings: IngestSettings
    rejects: Rejects
    unseen: set[str] = field(default_factory=set)
    answers: dict[str, Exchange | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one file, and how many bytes of the file on disk were read up to here."""

    rows: pa.RecordBatch
    n_bytes: int

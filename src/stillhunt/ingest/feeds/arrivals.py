"""What every feed gives."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from stillhunt.ingest.beginnings import format_of
from stillhunt.ingest.frames import frames_of
from stillhunt.ingest.jsonlines import Block, columns_of, read_block
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.records import first_records, read_lines
from stillhunt.ingest.rejects import Rejects
from stillhunt.records import Position
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

NEEDED = ("time", "account_id", "prompt")
NO_ROWS = pa.RecordBatch.from_pylist([], schema=EXCHANGES)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows, and all that changes with them: they count together, or not at all.

    ``positions`` are those that moved. ``columns`` were seen. ``rejected``: lines for
    ``rejected.jsonl``, which stand for ``n_rejected`` rows.
    """

    rows: pa.RecordBatch
    positions: Mapping[str, Position]
    columns: frozenset[str] = frozenset()
    rejected: str = ""
    n_rejected: int = 0


class Feed(Protocol):
    """A source that goes on."""

    is_over: bool
    """Nothing more will ever come."""

    def arrivals(self, positions: Mapping[str, Position]) -> Iterator[Arrival]:
        """Yield what is there beyond ``positions``; ends where nothing more is there for now."""


@dataclass(slots=True)
class Aside:
    """What is set aside, handed out arrival by arrival."""

    out: io.StringIO = field(default_factory=io.StringIO)
    rejects: Rejects = field(init=False)
    n_taken: int = 0

    def __post_init__(self) -> None:
        self.rejects = Rejects(self.out)

    def take(self) -> tuple[str, int]:
        """Return the lines since the last call, and for how many rows they stand."""
        text, n = self.out.getvalue(), self.rejects.n_rejected - self.n_taken
        self.n_taken += n
        self.out.seek(0)
        self.out.truncate()
        return text, n


def arrival_of(
    path: str, block: Block, key: str, position: Position, settings: IngestSettings
) -> Arrival:
    """Return the rows of whole lines of any format, with the position behind them."""
    aside = Aside()
    reading = Reading(EXCHANGES, settings, aside.rejects)
    form = format_of(settings, lambda: first_records(frames_of(block.data)))
    if form is None:
        rows, columns = read_block(path, block, reading), columns_of(block)
    else:
        rows, columns = read_lines(path, block, reading, form), form.columns
    return Arrival(joined(rows), {key: position}, columns, *aside.take())


def joined(batches: Iterable[pa.RecordBatch]) -> pa.RecordBatch:
    """Return several batches of exchanges as one."""
    whole = pa.Table.from_batches(batches, schema=EXCHANGES).combine_chunks().to_batches()
    return whole[0] if whole else NO_ROWS

"""Reading of the contract's tables: Parquet and JSON Lines to Arrow, bad rows set aside."""

from stillhunt.ingest.addresses import enriching
from stillhunt.ingest.arriving import FILE, LINE, ROW, read_arriving
from stillhunt.ingest.database import is_address
from stillhunt.ingest.jsonlines import Block, columns_of
from stillhunt.ingest.parquet import check_columns
from stillhunt.ingest.parts import Part, parts_of, read_part
from stillhunt.ingest.paths import find_files
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.rejects import Rejects
from stillhunt.ingest.source import (
    Batch,
    Source,
    describe_exchanges,
    open_exchanges,
    read_accounts,
    read_events,
)

__all__ = [
    "FILE",
    "LINE",
    "ROW",
    "Batch",
    "Block",
    "Part",
    "Reading",
    "Rejects",
    "Source",
    "check_columns",
    "columns_of",
    "describe_exchanges",
    "enriching",
    "find_files",
    "is_address",
    "open_exchanges",
    "parts_of",
    "read_accounts",
    "read_arriving",
    "read_events",
    "read_part",
]

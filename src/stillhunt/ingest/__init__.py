"""Reading of the contract's tables: Parquet and JSON Lines to Arrow, bad rows set aside."""

from stillhunt.ingest.database import is_address
from stillhunt.ingest.paths import find_files
from stillhunt.ingest.rejects import Rejects
from stillhunt.ingest.source import Batch, Source, open_exchanges, read_accounts, read_events

__all__ = [
    "Batch",
    "Rejects",
    "Source",
    "find_files",
    "is_address",
    "open_exchanges",
    "read_accounts",
    "read_events",
]

"""The embedded engine: one DuckDB connection, a memory limit, and a spill folder that cleans up."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

from stillhunt.errors import EngineError
from stillhunt.scratch import scratch_folder
from stillhunt.settings import EngineSettings
from stillhunt.sql import name

_STREAM_ROWS: Final = 2**17


@dataclass(frozen=True, slots=True)
class DuckDB:
    """An open DuckDB database, in memory until it must spill."""

    connection: duckdb.DuckDBPyConnection

    def create(self, table: str, query: str) -> None:
        """Create ``table`` from the rows of ``query``."""
        self._run(f"CREATE OR REPLACE TABLE {name(table)} AS {query}")

    def put(self, table: str, rows: pa.Table | pa.RecordBatch) -> None:
        """Append Arrow rows to ``table``, creating it with their columns where it is new."""
        arrow = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        self.connection.register("arriving", arrow)
        try:
            self._run(f"CREATE TABLE IF NOT EXISTS {name(table)} AS FROM arriving LIMIT 0")
            self._run(f"INSERT INTO {name(table)} FROM arriving")
        finally:
            self.connection.unregister("arriving")

    def query(self, query: str) -> pa.Table:
        """Return the rows of ``query`` as an Arrow table."""
        try:
            return self.connection.sql(query).to_arrow_table()
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise EngineError(_short_of(error)) from error

    def stream(self, query: str) -> pa.RecordBatchReader:
        """Return the rows of ``query`` a batch at a time; EngineError comes while they are read."""
        return self.connection.sql(query).to_arrow_reader(_STREAM_ROWS)

    def view(self, view: str, query: str) -> None:
        """Let ``view`` stand for the rows of ``query``."""
        self._run(f"CREATE OR REPLACE TEMP VIEW {name(view)} AS {query}")

    def look_at(self, view: str, files: Sequence[str]) -> None:
        """Let ``view`` stand for the rows of Parquet files."""
        self.connection.read_parquet(list(files)).create_view(name(view).strip('"'), replace=True)

    def drop(self, table: str) -> None:
        """Forget ``table``."""
        self._run(f"DROP TABLE IF EXISTS {name(table)}")

    def give_back(self) -> None:
        """Let the system have the memory of dropped tables, which is else kept for others."""
        self._run("SET allocator_background_threads = true")

    def stop(self) -> None:
        """Stop what runs on another thread, and let nothing more run."""
        self.connection.interrupt()
        self.connection.close()

    def _run(self, statement: str) -> None:
        try:
            self.connection.execute(statement)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise EngineError(_short_of(error)) from error


@contextmanager
def open_duckdb(settings: EngineSettings) -> Iterator[DuckDB]:
    """Yield an engine whose spill folder, of keyed hashes and counts only, goes when it closes."""
    with scratch_folder("spill") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": settings.threads,
                "memory_limit": f"{settings.memory_bytes // 2**20}MiB",
                "temp_directory": spill,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            yield DuckDB(connection)
        finally:
            connection.close()


def _short_of(error: Exception) -> str:
    kind = "memory" if isinstance(error, duckdb.OutOfMemoryException) else "disk"
    return (
        f"the run wanted more {kind} than there is ({type(error).__name__}). "
        "Free some, or give --memory another value; earlier verdicts are untouched."
    )

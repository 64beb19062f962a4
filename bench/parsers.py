"""How fast parsers read the same records: ``python bench/parsers.py [MB] [NAME …]``.

Each takes what a row needs of a record: the whole where it cannot do otherwise. What is measured is
CPU time, the best of five, of bytes in memory (DuckDB: of a file in the page cache). The last line
is all of our own reading, with finding the records, checking them, and columns. ``orjson`` and
``pysimdjson`` are asked where they are installed.
"""

import importlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.json

from formats import write
from stillhunt.ingest import Reading, Rejects
from stillhunt.ingest.decode import read_frames
from stillhunt.ingest.formats import FORMATS, format_named
from stillhunt.ingest.frames import all_frames
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

Run = Callable[[], object]


def main(n_mb: int, names: list[str]) -> None:
    for name in names or [form.name for form in FORMATS if not form.is_split]:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log.jsonl"
            write(name, n_mb * 10**6, log)
            print(f"\n| {name}, {n_mb} MB | MB per CPU s |\n|---|--:|")
            for what, run in ways(name, log):
                try:
                    speed = f"{log.stat().st_size / best(run) / 1e6:,.0f}"
                except pa.ArrowInvalid:
                    speed = "cannot: a field has several types"
                print(f"| {what} | {speed} |", flush=True)


def best(run: Run) -> float:
    seconds = []
    for _ in range(5):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    return min(seconds)


def ways(name: str, log: Path) -> Iterator[tuple[str, Run]]:
    data = log.read_bytes()
    lines = data.splitlines()
    keys = list(json.loads(lines[0]))
    with suppress(ImportError):
        orjson = importlib.import_module("orjson")
        yield "orjson, everything", lambda: each(orjson.loads, lines)
    with suppress(ImportError):
        parser = importlib.import_module("simdjson").Parser()
        yield "pysimdjson, a record's fields, undecoded", lambda: simd(parser, lines, keys)
    yield "msgspec, everything", lambda: each(msgspec.json.Decoder().decode, lines)
    yield "pyarrow.json, everything", lambda: pa.json.read_json(io.BytesIO(data))
    columns = ", ".join(f"'{key}': 'JSON'" for key in keys)
    query = (
        f"SELECT count(COLUMNS(*)) FROM read_json('{log}', format='newline_delimited', "
        f"columns={{{columns}}}, maximum_object_size=67108864)"
    )
    yield "DuckDB read_json, a record's fields, undecoded", lambda: duckdb.execute(query).fetchall()
    form = format_named(name)
    assert form is not None
    yield "msgspec, typed structs of ours", lambda: each(form.decode, lines)
    yield "ours, all of it", lambda: ours(name, data)


def each(decode: Callable[[bytes], Any], lines: list[bytes]) -> None:
    for line in lines:
        decode(line)


def simd(parser: Any, lines: list[bytes], keys: list[str]) -> None:
    for line in lines:
        record = parser.parse(line)
        for key in keys:
            record.get(key)
        del record  # it may not outlive the next


def ours(name: str, data: bytes) -> None:
    form = format_named(name)
    assert form is not None
    settings = IngestSettings(max_rejected_ratio=1.0)
    for frames in all_frames(data):
        read_frames("", frames, Reading(EXCHANGES, settings, Rejects(io.StringIO())), form)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 50, sys.argv[2:])

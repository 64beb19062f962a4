"""Many small files beside one huge one: ``python bench/jsonlines.py [--files 10000] [--write]``.

The same exchanges as JSON Lines: in gzip files of a hundred rows, in one gzip file, in one plain
file. What is measured is reading alone, from the page cache to Arrow batches, each in a process of
its own; bytes are those of the uncompressed text. ``--write`` updates ``docs/performance.md``.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from formats import read
from speed import vocabulary, write_page
from stillhunt.settings import IngestSettings

BEGIN, END = "<!-- jsonlines: made by bench/jsonlines.py -->", "<!-- end of jsonlines -->"
ROWS_EACH: Final = 100
WORDS: Final = 85


def parts(n_files: int) -> Iterator[bytes]:
    """Yield the text of one small file after the other."""
    rng = np.random.default_rng(5)
    words = np.array(vocabulary(rng).to_pylist())
    for number in range(n_files):
        drawn = words[(len(words) * rng.random((ROWS_EACH, WORDS)) ** 3).astype(int)]
        rows = (
            {
                "time": f"2026-02-23T09:{number // 60 % 60:02}:{number % 60:02}.{row:03}Z",
                "account_id": f"acct_{(number * 7 + row) % 5000:06}",
                "prompt": " ".join(prompt),
                "exchange_id": f"resp_{number}_{row}",
                "model": "large-1",
                "input_tokens": 4 * row,
            }
            for row, prompt in enumerate(drawn.tolist())
        )
        yield "".join(json.dumps(row) + "\n" for row in rows).encode()


def write(folder: Path, n_files: int) -> tuple[int, dict[str, Path]]:
    """Return the bytes of the text, and where it was written, by what it is called."""
    places = {
        f"{n_files:,} gzip files of {ROWS_EACH} rows": folder / "small",
        "one gzip file": folder / "whole.jsonl.gz",
        "one plain file": folder / "whole.jsonl",
    }
    small, zipped, plain = places.values()
    small.mkdir()
    n_bytes = 0
    with gzip.open(zipped, "wb", 1) as one, plain.open("wb") as bare:
        for number, text in enumerate(parts(n_files)):
            (small / f"part-{number:05}.jsonl.gz").write_bytes(gzip.compress(text, 1))
            one.write(text)
            bare.write(text)
            n_bytes += len(text)
    return n_bytes, places


def measure(place: Path) -> dict[str, Any]:
    """Return what reading costs in this process, after a first pass that compiles."""
    with tempfile.TemporaryDirectory() as few:
        warm = Path(few) / "warm.jsonl"
        warm.write_bytes(next(parts(1)))
        read(warm, IngestSettings())
    wall, cpu = time.perf_counter(), time.process_time()
    n_rows = read(place, IngestSettings())
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "rows": n_rows,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def line(name: str, n_bytes: int, cost: dict[str, Any]) -> str:
    """Return one line of the table."""
    mb = n_bytes / 1e6
    return (
        f"| {name} | {cost['wall_s']:.1f} s | {cost['cpu_s']:.1f} s | {mb / cost['wall_s']:.0f} "
        f"| {mb / cost['cpu_s']:.0f} | {cost['peak_bytes'] / 1e9:.2f} GB |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--one", type=Path, help="measure this file or folder, for itself")
    parser.add_argument("--write", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    with tempfile.TemporaryDirectory() as folder:
        n_bytes, places = write(Path(folder), given.files)
        lines = [
            f"{given.files * ROWS_EACH:,} exchanges, {n_bytes / 1e6:.0f} MB of JSON Lines, read "
            "into Arrow batches; nothing else was done with them.",
            "",
            "| | wall | CPU | MB/s | MB per CPU s | peak memory |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for name, place in places.items():
            command = [sys.executable, __file__, "--one", str(place)]
            said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            lines.append(line(name, n_bytes, json.loads(said.splitlines()[-1])))
    print("\n".join(lines))
    if given.write:
        write_page("\n".join(lines), BEGIN, END)


if __name__ == "__main__":
    main()

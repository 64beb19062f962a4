"""A whole disclosure on one machine: hunts of growing logs beside what merely reading costs.

``python bench/scale.py [--rows 1000000 4000000 33100000] [--folder DIR] [--write]`` writes the
traffic of February at each size (``bench/february.py``) unless it is there, hunts in it, and in
turn lets DuckDB read and hash the same columns and the text kernel read the same prompts. Verdicts
are scored against the truth: they must be as good on a large log as on a small one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from february import write_log
from hunting import Cost, hunt, run
from speed import READ_AND_HASH, write_page

BEGIN, END = "<!-- scale: made by bench/scale.py -->", "<!-- end of scale -->"
SIZES: Final = (1_000_000, 4_000_000, 33_100_000)

KERNEL: Final = """
import glob, sys
import pyarrow.parquet as pq
from stillhunt.fingerprint.cues import compile_cues
from stillhunt.fingerprint.lexicon import CUES
from stillhunt.fingerprint.text import read_texts
import time
key, spent, n_bytes = b"a bench's secret", 0.0, 0
cues = compile_cues(CUES, key)
for path in sorted(glob.glob(sys.argv[1] + "/*.parquet")):
    for batch in pq.ParquetFile(path).iter_batches(16_384, columns=["prompt"]):
        if not n_bytes:
            read_texts(batch.column(0), key, cues)
        start = time.thread_time()
        read_texts(batch.column(0), key, cues)
        spent += time.thread_time() - start
        n_bytes += batch.column(0).nbytes
print(spent, n_bytes)
"""


def kernel(exchanges: str) -> tuple[float, int]:
    """Return the CPU seconds of the text kernel alone, and the bytes it read."""
    said = subprocess.run(
        [sys.executable, "-c", KERNEL, exchanges], stdout=subprocess.PIPE, check=True
    ).stdout.split()
    return float(said[0]), int(said[1])


def score(folder: Path, verdicts: Path) -> str:
    """Return how many of the planted accounts were named, and how many innocents."""
    said = [folder / "truth" / "accounts.parquet", verdicts / "accounts.parquet"]
    truth, found = (pq.read_table(path).to_pandas().set_index("account_id") for path in said)
    named = found.index[found["verdict"] == "campaign"]
    planted = truth["campaign"].notna()
    hits = planted.reindex(named, fill_value=False)
    return f"{int(hits.sum()):,} of {int(planted.sum()):,}, {int((~hits).sum()):,} innocents"


def lines_of(folder: Path, verdicts: Path) -> list[str]:
    """Return the rows of the table for one log."""
    exchanges = str(folder / "exchanges")
    floor = run([sys.executable, "-c", READ_AND_HASH, exchanges])
    kernel_s, n_bytes = kernel(exchanges)
    hunted = hunt(folder, verdicts)
    facts = json.loads((verdicts / "run.json").read_text(encoding="utf-8"))
    n = facts["n_exchanges"]
    ratio = f"{hunted.cpu_s / floor.cpu_s:.1f} × the floor; named {score(folder, verdicts)}"
    speed = f"{n_bytes / kernel_s / 1e6:.0f} MB/s a core"
    return [
        _line(f"{n:,} exchanges of {facts['n_accounts']:,} accounts: hunt", n, hunted, ratio),
        _line("– DuckDB reads and hashes every column", n, floor, ""),
        f"| – text kernel alone | | {kernel_s:.1f} s | {kernel_s / n * 1e6:.2f} | | {speed} |",
    ]


def _line(name: str, n: int, cost: Cost, said: str) -> str:
    each = cost.cpu_s / n * 1e6
    peak = f"{cost.peak_bytes / 1e9:.2f} GB"
    return f"| {name} | {cost.wall_s:.1f} s | {cost.cpu_s:.1f} s | {each:.2f} | {peak} | {said} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--folder", type=Path, help="where logs are kept; made when absent")
    parser.add_argument("--write", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    lines = ["| | wall | CPU | µs each | peak memory | |", "|---|--:|--:|--:|--:|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        for rows in given.rows:
            folder = (given.folder or Path(scratch)) / f"feb{rows}"
            if not (folder / "exchanges").exists():
                write_log(folder, rows, 2)
            lines += lines_of(folder, Path(scratch) / "verdicts")
            print("\n".join(lines[-3:]), flush=True)
    if given.write:
        write_page("\n".join(lines), BEGIN, END)


if __name__ == "__main__":
    main()

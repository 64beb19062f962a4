"""How fast logs of each format are read: ``python bench/formats.py [MB] [NAME …]``.

The records are those of the format's cases, each with a prompt of its own of 10 to 300 words; what
is measured is reading alone, from the page cache to Arrow batches. Each format runs in a process of
its own, after a first pass over a few records that compiles what is compiled. The column "two, by
CPU" is the speed at which the busier of two processes, started before, works: what two cores give
when nothing else has them.
"""

import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from loky import get_reusable_executor

from stillhunt.ingest import Rejects, open_exchanges, workers
from stillhunt.ingest.beginnings import sample
from stillhunt.ingest.formats import FORMATS
from stillhunt.settings import IngestSettings

CASES = Path(__file__).parents[1] / "tests" / "cases"
PROMPTS = ("How deep should I plant garlic?", "And how many eggs?", "Look up the heron.")
ALONE, SHARED = (IngestSettings(max_rejected_ratio=1.0, workers=n) for n in (1, 2))


def main(n_mb: int, names: list[str]) -> None:
    columns = ("MB/s, one process", "MB per CPU s", "MB/s, two", "two, by CPU", "memory")
    print(f"| format | bytes a record | {' | '.join(columns)} |")
    print("|---" + "|--:" * 6 + "|")
    for name in names or [form.name for form in FORMATS if not form.is_split]:
        subprocess.run([sys.executable, __file__, "--one", name, str(n_mb)], check=True)


def one(name: str, n_mb: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        n_records = write(name, n_mb * 10**6, log)
        few = Path(folder) / "few.jsonl"
        write(name, 10**6, few)
        read(few, ALONE)
        began, cpu = time.perf_counter(), time.process_time()
        read(log, ALONE)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        read(log, SHARED)
        shared = time.perf_counter() - began
        mine, other = time.process_time(), cpu_of_other()
        read(log, SHARED)
        busier = max(time.process_time() - mine, cpu_of_other() - other)
        n_bytes = log.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(
        f"| {name} | {n_bytes // n_records:,} | {n_bytes / wall / 1e6:.0f} "
        f"| {n_bytes / cpu / 1e6:.0f} | {n_bytes / shared / 1e6:.0f} "
        f"| {n_bytes / busier / 1e6:.0f} | {peak:.0f} MiB |",
        flush=True,
    )


def cpu_of_other() -> float:
    pool = get_reusable_executor(max_workers=1, timeout=workers._IDLE_S)
    seconds: float = pool.submit(time.process_time).result()
    return seconds


def read(log: Path, settings: IngestSettings) -> int:
    source = open_exchanges(log, settings)
    return sum(batch.rows.num_rows for batch in source.batches(Rejects(io.StringIO())))


def write(name: str, n_bytes: int, out: Path) -> int:
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklm", k=rng.randint(2, 9))) for _ in range(5_000)]
    logs = [p for p in sorted((CASES / name).glob("*/[!_]*.json*")) if "old" not in p.parent.name]
    texts = [json.dumps(row) for path in logs for row in records(path)]
    texts = [text for text in texts if any(prompt in text for prompt in PROMPTS)]
    n_done = n_records = 0
    with out.open("w", encoding="utf-8") as sink:
        while n_done < n_bytes:
            text = rng.choice(texts)
            for prompt in PROMPTS:
                own = " ".join(rng.choices(words, k=rng.randint(10, 300)))
                text = text.replace(prompt, own)
            n_done += sink.write(text + "\n")
            n_records += 1
    return n_records


def records(path: Path) -> list[dict[str, Any]]:
    return sample(open_exchanges(path, ALONE).files[0], ALONE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 150, sys.argv[2:])

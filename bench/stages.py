"""Where the CPU seconds of a hunt go: ``python bench/stages.py LOG [--threads 1] [--write]``.

Runs one hunt in this process over the folder LOG and prints the CPU seconds of each stage, and
within stages of the parts that take most. ``--write`` puts the table into ``docs/performance.md``.
"""

import argparse
import io
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from speed import write_page
from stillhunt.gathering import HuntRequest
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent, Stage
from stillhunt.settings import load

BEGIN, END = "<!-- stages: made by bench/stages.py -->", "<!-- end of stages -->"

PARTS: Final = {
    "read and mark": {
        "text kernel": ("fingerprint.marks", "read_texts"),
        "capability and elicitation": ("fingerprint.marks", "decide"),
        "hashes of other columns": ("fingerprint.marks", "_client_columns"),
        "account and model names": ("fingerprint.marks", "_name"),
        "exchange keys": ("fingerprint.marks", "_exchanges"),
        "duplicates": ("fingerprint.seen", "Seen.new"),
        "sums of sketches": ("fingerprint.gather", "Vectors.add"),
        "sample": ("fingerprint.gather", "Sample.add"),
        "shelf": ("fingerprint.cells", "Shelf.add"),
        "into the engine": ("gathering", "Tally.settle"),
    },
    "add up": {
        "hours, totals and uses": ("engines.duckdb", "DuckDB.create"),
        "cells learnt": ("gathering", "learn"),
        "cells counted": ("gathering", "count"),
    },
    "link": {
        "population": ("deciding", "assemble"),
        "spaces": ("deciding", "whiten"),
        "candidates": ("deciding", "propose"),
    },
    "judge": {"rings weighed": ("deciding", "judge")},
}
"""What is timed within each stage: a function, by module and name."""


@dataclass(slots=True)
class Meter(Silent):
    """A progress that notes what each stage cost."""

    wall_s: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)
    parts_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Stage]:
        """Open a stage and meter it."""
        wall, cpu = time.perf_counter(), time.process_time()
        with Silent.stage(self, name, total, unit) as stage:
            yield stage
        self.wall_s[name] = time.perf_counter() - wall
        self.cpu_s[name] = time.process_time() - cpu
        self.peak_bytes[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def watch(self, clock: Callable[[], float]) -> None:
        """Time every call of ``PARTS``."""
        for parts in PARTS.values():
            for label, (module, name) in parts.items():
                owner: Any = import_module(f"stillhunt.{module}")
                *path, last = name.split(".")
                for step in path:
                    owner = getattr(owner, step)
                setattr(owner, last, self._timed(label, getattr(owner, last), clock))

    def _timed(self, label: str, function: Any, clock: Callable[[], float]) -> Any:
        def timed(*given: Any, **named: Any) -> Any:
            start = clock()
            try:
                return function(*given, **named)
            finally:
                self.parts_s[label] += clock() - start

        return timed


def page(meter: Meter, n_rows: int) -> str:
    """Return the costs as a Markdown table."""
    lines = [
        f"{n_rows:,} exchanges; microseconds of CPU are per exchange; memory is the largest "
        "resident set up to the end of the stage.",
        "",
        "| stage | CPU | µs | wall | memory |",
        "|---|--:|--:|--:|--:|",
    ]
    for stage, cpu_s in meter.cpu_s.items():
        lines.append(
            f"| **{stage}** | {cpu_s:.1f} s | {cpu_s / n_rows * 1e6:.2f} "
            f"| {meter.wall_s[stage]:.1f} s | {meter.peak_bytes[stage] / 1e9:.2f} GB |"
        )
        for label in PARTS.get(stage, ()):
            part_s = meter.parts_s[label]
            lines.append(f"| – {label} | {part_s:.1f} s | {part_s / n_rows * 1e6:.2f} | | |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("log", type=Path, help="a folder that bench/february.py wrote")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    request = HuntRequest(
        str(given.log / "exchanges"),
        str(given.log / "accounts.parquet"),
        str(given.log / "events.parquet"),
        secret=b"benchmark-only-" + b"0" * 32,
    )
    meter = Meter()
    # With one thread the engine works in the thread that asks, so its seconds are in the part.
    meter.watch(time.thread_time)
    settings = load(None, {}, {"engine": {"threads": given.threads}})
    _, facts = hunt(request, settings, meter, io.StringIO())
    table = page(meter, facts.n_exchanges)
    print(table)
    if given.write:
        write_page(table, BEGIN, END)


if __name__ == "__main__":
    main()

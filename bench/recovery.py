"""Kill a watch at random moments while its log grows, and count against the truth.

``python bench/recovery.py [--kills 200] [--seed 1] [--write]`` appends lines to files that are
rotated, drops Parquet files, and repeats, shuffles, delays and skews rows, with rows among them
that cannot be read. A watch follows, is killed with SIGKILL again and again, and begins anew. In
the end every exchange must have been counted once. ``--write`` puts the table into docs/live.md.
"""

import argparse
import io
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pages import put_between
from stillhunt.engines.duckdb import open_duckdb
from stillhunt.fingerprint.marks import Marker
from stillhunt.ingest.feeds.arrivals import NO_ROWS
from stillhunt.live.watching import Calls, WatchRequest, watch
from stillhunt.settings import EngineSettings, IngestSettings, Settings
from stillhunt.settings_watch import WatchSettings
from stillhunt.store import Manifest, open_reader
from stillhunt.tables import EXCHANGES

SECRET: Final = b"a secret for the bench alone"
SETTINGS: Final = Settings(
    watch=WatchSettings(
        commit_s=0.05, commit_rows=600, poll_s=0.02, settle_s=1.0, fan_in=3, judge_every_s=10**6
    ),
    ingest=IngestSettings(chunk_bytes=2**15),
    engine=EngineSettings(threads=1),
)
START_US: Final = 1_772_409_600_000_000
HOUR_US: Final = 3_600_000_000
ROWS_A_STEP: Final = 400
MOST_WAIT_S: Final = 20.0
PAGE: Final = Path(__file__).parent.parent / "docs" / "live.md"
BEGIN, END = "<!-- recovery: made by bench/recovery.py -->", "<!-- end of recovery -->"

POISON: Final = (b"{not json", b'{"account_id": "a1", "prompt": "no time"}', b"\xff\xfe{}", b"[1]")


@dataclass
class Writer:
    """Writes the log, and knows the truth."""

    place: Path
    rng: np.random.Generator
    seen: dict[str, str] = field(default_factory=dict)  # exchange: account
    rows: list[dict[str, Any]] = field(default_factory=list)
    n_rows: int = 0
    n_poison: int = 0
    n_files: int = 0
    half: bytes = b""

    def step(self) -> None:
        """Write some rows: to the end of a file, or as a file of their own."""
        batch = [self._row() for _ in range(ROWS_A_STEP)]
        again = [
            self.rows[i] for i in self.rng.integers(0, max(1, len(self.rows)), 40) if self.rows
        ]
        self.rows += batch
        batch = [(batch + again)[i] for i in self.rng.permutation(len(batch) + len(again))]
        self.n_rows += len(batch)
        if self.rng.random() < 0.2:
            self._drop(batch)
        else:
            self._append(batch)

    def _row(self) -> dict[str, Any]:
        n = len(self.seen)
        name, account = f"x{n}", f"a{int(self.rng.zipf(1.5)) % 300}"
        self.seen[name] = account
        skew = self.rng.choice([0, 0, 0, -24 * 30, 24 * 300], p=[0.4, 0.3, 0.28, 0.01, 0.01])
        late = int(self.rng.exponential(HOUR_US))
        return {
            "time": START_US + n * 1_000_000 - late + int(skew) * HOUR_US,
            "account_id": account,
            "prompt": f"why does thing {n % 977} follow from {n % 31}?",
            "exchange_id": name,
        }

    def _append(self, batch: list[dict[str, Any]]) -> None:
        path = self.place / "app.jsonl"
        if path.exists() and self.rng.random() < 0.1 and not self.half:
            path.rename(self.place / f"app.{self.n_files}.jsonl")
            self.n_files += 1
        lines = [json.dumps(row).encode() for row in batch]
        if self.rng.random() < 0.3:
            lines.insert(int(self.rng.integers(len(lines))), POISON[self.rng.integers(len(POISON))])
            self.n_poison += 1
        data = self.half + b"\n".join(lines) + b"\n"
        cut = int(self.rng.integers(1, 200)) if self.rng.random() < 0.5 else 0
        with path.open("ab", buffering=0) as file:
            whole = data[: len(data) - cut]
            middle = int(self.rng.integers(len(whole)))
            file.write(whole[:middle])
            file.write(whole[middle:])
        self.half = data[len(data) - cut :]

    def _drop(self, batch: list[dict[str, Any]]) -> None:
        path = self.place / f"drop-{self.n_files}.parquet"
        self.n_files += 1
        if self.rng.random() < 0.1:
            path.write_bytes(b"PAR1 and no more")
            path = path.with_name(f"good-{path.name}")
            self.n_poison += 1
        columns = {name: [row[name] for row in batch] for name in batch[0]}
        columns["time"] = pa.array(columns["time"], EXCHANGES.field("time").type)
        draft = path.with_suffix(".tmp")
        pq.write_table(pa.table(columns), draft)
        draft.rename(path)

    def finish(self) -> None:
        """Write the rest of a line that was begun."""
        with (self.place / "app.jsonl").open("ab") as file:
            file.write(self.half)
        self.half = b""


def follow(log: str, state: str, is_once: bool) -> None:
    """Watch, in a process that may be killed."""
    request = WatchRequest(
        (log,), Path(state), Path(state) / "verdicts", is_once=is_once, secret=SECRET
    )
    calls = Calls()
    signal.signal(signal.SIGTERM, lambda *_: calls.stop.set())
    watch(request, SETTINGS, calls, io.StringIO(), print)


def counted(state: Path) -> tuple[dict[str, int], Manifest]:
    """Return the exchanges of each account in a state, and its manifest."""
    with open_reader(state, SECRET) as opened, open_duckdb(SETTINGS.engine) as engine:
        engine.look_at("totals", opened.files("totals"))
        engine.look_at("names", opened.files("names"))
        rows = engine.query(
            "SELECT text, CAST(sum(exchanges) AS BIGINT) AS n FROM totals JOIN "
            "(SELECT DISTINCT hash, text FROM names WHERE kind = 'account') ON account = hash "
            "GROUP BY text"
        )
        return dict(
            zip(*(rows[c].to_pylist() for c in ("text", "n")), strict=True)
        ), opened.manifest


def kill_one(context: Any, writer: Writer, state: Path) -> bool:
    """Watch, kill it, and tell whether a segment was being written."""
    rng = writer.rng
    writer.step()
    child = context.Process(target=follow, args=(str(writer.place), str(state), False))
    child.start()
    before, patience_s = number_of(state), time.monotonic() + MOST_WAIT_S
    is_early = rng.random() < 0.1  # killed while it starts
    while not is_early and number_of(state) == before and time.monotonic() < patience_s:
        time.sleep(0.01)
    for _ in range(int(rng.integers(0, 4))):
        writer.step()  # while it reads
        time.sleep(float(rng.uniform(0.0, 0.3)))
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    return has_strays(state)


def play(n_kills: int, seed: int) -> dict[str, int]:
    """Return what was written and what was counted, after so many kills."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["recovery"])
    rng = np.random.default_rng(seed)
    n_midway = 0
    with tempfile.TemporaryDirectory(prefix="stillhunt-recovery-") as folder:
        log, state = Path(folder) / "log", Path(folder) / "state"
        log.mkdir()
        writer = Writer(log, rng)
        for _ in range(n_kills):
            n_midway += kill_one(context, writer, state)
        writer.finish()
        last = context.Process(target=follow, args=(str(log), str(state), True))
        last.start()
        last.join()
        got, manifest = counted(state)
    kills = {"kills": n_kills, "kills while a segment was being written": n_midway}
    return kills | compare(writer, got, manifest)


def compare(writer: Writer, got: dict[str, int], manifest: Manifest) -> dict[str, int]:
    """Return what was written, and what of it was counted."""
    truth = Counter(writer.seen.values())
    names = truth.keys() | got.keys()
    return {
        "rows written": writer.n_rows,
        "exchanges written": len(writer.seen),
        "exchanges counted": manifest.n_exchanges,
        "exchanges lost": sum(max(0, truth[name] - got.get(name, 0)) for name in names),
        "exchanges counted twice": sum(max(0, got.get(name, 0) - truth[name]) for name in names),
        "rows told for duplicates": manifest.n_rows - manifest.n_exchanges,
        "duplicates written": writer.n_rows - len(writer.seen),
        "rows and files set aside": manifest.n_rejected,
        "rows and files that cannot be read": writer.n_poison,
        "commits": manifest.number,
    }


def number_of(state: Path) -> int:
    """Return the number of a state's last commit."""
    try:
        return int(json.loads((state / "manifest.json").read_text())["number"])
    except FileNotFoundError:
        return 0


def has_strays(state: Path) -> bool:
    """Tell whether a kill left a segment that no manifest names."""
    try:
        named = {
            one["name"] for one in json.loads((state / "manifest.json").read_text())["segments"]
        }
        return any(one.name not in named for one in (state / "segments").iterdir())
    except FileNotFoundError:
        return False


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    figures = play(asked.kills, asked.seed)
    table = "\n".join(
        ["| what | count |", "|---|--:|", *(f"| {k} | {v:,} |" for k, v in figures.items())]
    )
    print(table)
    if asked.write:
        put_between(
            PAGE,
            BEGIN,
            END,
            f"`python bench/recovery.py --kills {asked.kills} --seed {asked.seed}`:\n\n{table}",
        )
    right = figures["exchanges lost"] == figures["exchanges counted twice"] == 0
    right &= figures["rows and files set aside"] == figures["rows and files that cannot be read"]
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
else:
    Marker(SECRET).mark(NO_ROWS)  # compiled code is loaded once, before processes are forked

"""Watch a steady stream while it is judged: lag, throughput, memory, and bytes of the state.

``python bench/live.py [--rate 20000] [--seconds 180] [--accounts 20000] [--write]`` drops a Parquet
file a second into a folder, each of ``rate`` exchanges of the last second with prompts of 550
bytes, and asks the watch's own ``/metrics`` how far behind it is. ``--write`` puts the table into
docs/live.md.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import speed
from pages import put_between
from results import MACHINE
from stillhunt.tables import TIME

PAGE: Final = Path(__file__).parent.parent / "docs" / "live.md"
BEGIN, END = "<!-- throughput: made by bench/live.py -->", "<!-- end of throughput -->"
POOL_ROWS: Final = 400_000
MOST_WAIT_S: Final = 120.0
"""Seconds to wait for a first judgement after the stream has ended."""


@dataclass
class Seen:
    """What was seen of a watch, second by second."""

    lags_s: list[float] = field(default_factory=list)
    rss_bytes: int = 0
    judge_bytes: int = 0
    figures: dict[str, float] = field(default_factory=dict)


def feed(pool: pa.Table, place: Path, rate: int, seconds: int) -> float:
    """Drop a file a second; return the seconds that it took."""
    begin = time.time()
    for second in range(seconds):
        start = (second * rate) % (pool.num_rows - rate)
        times = int((begin + second) * 1e6) + np.linspace(0, 999_999, rate).astype(np.int64)
        ids = pa.array(np.arange(second * rate, (second + 1) * rate)).cast(pa.string())
        rows = pool.slice(start, rate)
        for name, column in (("time", pa.array(times).cast(TIME)), ("exchange_id", ids)):
            at = rows.schema.get_field_index(name)
            rows = (
                rows.set_column(at, name, column) if at >= 0 else rows.append_column(name, column)
            )
        draft = place / f"{second:06d}.tmp"
        pq.write_table(rows, draft, compression="none")
        time.sleep(max(0.0, begin + second + 1 - time.time()))
        draft.rename(place / f"{second:06d}.parquet")
    return time.time() - begin


def observe(port: int, process: int, seen: Seen, over: threading.Event) -> None:
    """Note lag and memory until all is over."""
    while not over.wait(1.0):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            continue
        lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
        seen.figures = {name.removeprefix("stillhunt_"): float(value) for name, value in lines}
        if seen.figures["newest_exchange_timestamp_seconds"]:
            seen.lags_s.append(time.time() - seen.figures["newest_exchange_timestamp_seconds"])
        seen.rss_bytes = max(seen.rss_bytes, _rss(process))
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        seen.judge_bytes = max([seen.judge_bytes, *(_rss(int(child)) for child in children)])


def _rss(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except FileNotFoundError:
        pass
    return 0


def play(rate: int, seconds: int, n_accounts: int) -> dict[str, str]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory(prefix="stillhunt-live-") as folder:
        place = Path(folder)
        (place / "log").mkdir()
        speed.write_log(place / "pool", POOL_ROWS, n_accounts=n_accounts)
        pool = pq.read_table(place / "pool" / "exchanges").combine_chunks()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            sys.executable, "-m", "stillhunt", "watch", str(place / "log"),
            "--state", str(place / "state"), "--metrics-port", str(port), "--judge-every", "60",
        ]  # fmt: skip
        environ = os.environ | {"STILLHUNT_SECRET": "a secret for the bench alone"}
        watching = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
        seen, over = Seen(), threading.Event()
        observer = threading.Thread(target=observe, args=(port, watching.pid, seen, over))
        observer.start()
        took_s = feed(pool, place / "log", rate, seconds)
        behind_s = time.time()
        while seen.figures.get("exchanges_total", 0) < rate * seconds:
            time.sleep(0.5)
            if time.time() - behind_s > 300:
                break
        behind_s = time.time() - behind_s
        patience_s = time.time() + MOST_WAIT_S
        while not seen.figures["judgements_total"] and time.time() < patience_s:
            time.sleep(0.5)
        over.set()
        observer.join()
        stopping = time.time()
        watching.send_signal(signal.SIGTERM)
        code = watching.wait()
        stopping = time.time() - stopping
        return _table(seen, rate * seconds, took_s, (behind_s, stopping, float(code)))


def _table(seen: Seen, n: int, took_s: float, after: tuple[float, float, float]) -> dict[str, str]:
    figures, lags = seen.figures, np.array(seen.lags_s or [np.nan])
    behind_s, stopping_s, code = after
    return {
        "exchanges written, a second": f"{n / took_s:,.0f}",
        "exchanges counted": f"{figures['exchanges_total']:,.0f} of {n:,}",
        "seconds from the last one written to all counted": f"{behind_s:.1f}",
        "age of the newest counted exchange, median": f"{np.median(lags):.1f} s",
        "the same, greatest": f"{lags.max():.1f} s",
        "memory of the watch, greatest": f"{seen.rss_bytes / 1e9:.2f} GB",
        "memory of a judgement, greatest": f"{seen.judge_bytes / 1e9:.2f} GB",
        "judgements made": f"{figures['judgements_total']:.0f}",
        "wall time of the last one": f"{figures['judgement_seconds']:.1f} s",
        "bytes of the state, an exchange": f"{figures['state_bytes'] / n:.0f}",
        "seconds from SIGTERM to the end, exit code": f"{stopping_s:.1f}, {code:.0f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows = play(asked.rate, asked.seconds, asked.accounts)
    table = "\n".join(
        ["| what | measured |", "|---|--:|", *(f"| {k} | {v} |" for k, v in rows.items())]
    )
    print(table)
    if asked.write:
        command = f"`python bench/live.py --seconds {asked.seconds}`"
        text = f"{command}, {asked.accounts:,} accounts, {MACHINE}:\n\n{table}"
        put_between(PAGE, BEGIN, END, text)


if __name__ == "__main__":
    main()

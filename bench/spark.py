"""What Spark costs over the engine of one machine, and what that says of clusters.

``python bench/spark.py [--rows 200000 4000000] [--write]`` makes logs, hunts in each with both
engines on two cores and, on the smallest, once more on Spark with a tenth of the memory; compares
the verdicts; prints tables; ``--write`` puts them into ``docs/scale.md``.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from speed import write_log

PAGE: Final = Path(__file__).parent.parent / "docs" / "scale.md"
RESULTS: Final = Path(__file__).parent.parent / "build" / "spark"
BEGIN, END = "<!-- scale: made by bench/spark.py -->", "<!-- end of scale -->"
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
SHUFFLE_WRITE: Final = "internal.metrics.shuffle.write.bytesWritten"
SPILLED: Final = "internal.metrics.diskBytesSpilled"
DAYS: Final = {"100 M": 10**8, "1 B": 10**9, "10 B": 10**10}
HOURS: Final = 8
TENTH: Final = {"spark__driver__memory": "450m", "spark__memory__fraction": "0.4"}
"""Of 4 GB for two tasks' JVM and engines: as small a heap as Spark starts with, and with
``--memory 200MB`` a tenth of what each task's SQL may hold."""
ROLES: Final = {"driver": "driver", "JVM": "JVM", "tasks": "Python of tasks"}
TABLES: Final = ("accounts", "campaigns", "evidence")


@dataclass(frozen=True, slots=True)
class Run:
    """What one hunt cost; peaks by role are of resident memory, sampled ten times a second."""

    name: str
    rows: int
    wall_s: float
    cpu_s: dict[str, float]  # by role
    peak_bytes: dict[str, int]
    stages_s: dict[str, float]
    shuffle_bytes: int
    spilled_bytes: int
    out: str

    @property
    def all_cpu_s(self) -> float:
        """CPU seconds of all its processes."""
        return sum(self.cpu_s.values())


def processes(session: int) -> Iterator[tuple[int, str, float, int]]:
    """Yield pid, role, CPU seconds and resident bytes of each process of a session."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            head, _, tail = (path / "stat").read_text().rpartition(")")
            command = (path / "cmdline").read_bytes()
        except OSError:
            continue
        stat = tail.split()
        if int(stat[3]) != session:
            continue
        pid, name = int(path.name), head.partition("(")[2]
        role = "JVM" if name == "java" else "tasks" if b"pyspark" in command else "driver"
        cpu_s = (int(stat[11]) + int(stat[12])) / TICKS_PER_S
        yield pid, role, cpu_s, int(stat[21]) * PAGE_BYTES


def watch(
    command: list[str], env: dict[str, str]
) -> tuple[float, dict[str, float], dict[str, int]]:
    """Return wall time, and CPU and peak memory by role, of a command and all it starts."""
    cpu: dict[int, tuple[str, float]] = {}
    peak: Counter[str] = Counter()
    begin = time.perf_counter()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=os.environ | env,
            start_new_session=True,
        ) as child,
    ):
        while child.poll() is None:
            now: Counter[str] = Counter()
            for pid, role, cpu_s, resident in processes(child.pid):
                if role != "JVM":  # one that has ended has no command any more, but a name
                    role = cpu.get(pid, (role, 0))[0]
                cpu[pid] = role, cpu_s
                now[role] += resident
            peak |= now
            time.sleep(0.1)
        if child.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}: {said.read()[-3000:].decode()}")
    total: Counter[str] = Counter()
    for role, cpu_s in cpu.values():
        total[role] += cpu_s  # type: ignore[assignment]
    return time.perf_counter() - begin, dict(total), dict(peak)


def hunt(folder: Path, name: str, rows: int, *options: str, **conf: str) -> Run:
    """Hunt in a folder's exchanges; ``conf`` are settings of Spark, dots written as ``__``."""
    out = folder / name.replace(" ", "-").replace(",", "")
    with tempfile.TemporaryDirectory() as events:
        spark = {
            "spark.master": "local[2]",
            "spark.ui.enabled": "false",
            "spark.driver.memory": "2g",
            "spark.sql.shuffle.partitions": "16",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.rolling.enabled": "false",
            "spark.eventLog.compress": "false",
            "spark.eventLog.dir": f"file://{events}",
            "spark.local.dir": events,
        } | {key.replace("__", "."): value for key, value in conf.items()}
        submit = " ".join(f"--conf {key}={value}" for key, value in spark.items())
        env = {
            "STILLHUNT_SECRET": "benchmark-only-" + "0" * 32,
            "PYSPARK_SUBMIT_ARGS": f"{submit} pyspark-shell",
            "NUMBA_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "stillhunt", "hunt", str(folder / "exchanges")]
        command += ["--accounts", str(folder / "accounts.parquet"), "--out", str(out), *options]
        cost = watch(command, env)
        sums: Counter[str] = Counter()
        for path in Path(events).glob("*"):
            if path.is_file():
                sums += read_events(path)
    stages = json.loads((out / "run.json").read_text())["timings_s"]
    run = Run(name, rows, *cost, stages, sums[SHUFFLE_WRITE], sums[SPILLED], str(out))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{rows}-{out.name}.json").write_text(json.dumps(asdict(run), indent=1))
    return run


def read_events(path: Path) -> Counter[str]:
    """Return the sums of all stages' metrics in an event log of Spark."""
    sums: Counter[str] = Counter()
    for line in path.open(encoding="utf-8"):
        event = json.loads(line)
        if event["Event"] == "SparkListenerStageCompleted":
            for one in event["Stage Info"]["Accumulables"]:
                if one["Name"] in (SHUFFLE_WRITE, SPILLED):
                    sums[one["Name"]] += int(one["Value"])
    return sums


def same_verdicts(runs: list[Run]) -> bool:
    """Tell whether all runs over one log found the same, to the last digit."""
    first, *others = runs
    return all(
        pq.read_table(f"{first.out}/{name}.parquet").equals(
            pq.read_table(f"{run.out}/{name}.parquet")
        )
        for run in others
        for name in TABLES
    )


def runs_table(runs: list[Run]) -> list[str]:
    """Return what the runs cost, one column a run."""
    lines = [
        "| | " + " | ".join(f"{run.rows:,}, {run.name}" for run in runs) + " |",
        "|---|" + "--:|" * len(runs),
    ]

    def line(name: str, values: list[str]) -> None:
        lines.append(f"| {name} | " + " | ".join(values) + " |")

    line("wall", [f"{run.wall_s:.0f} s" for run in runs])
    line("CPU, all processes", [f"{run.all_cpu_s:.0f} s" for run in runs])
    line("CPU per exchange", [f"{run.all_cpu_s / run.rows * 1e6:.1f} µs" for run in runs])
    line("shuffled per exchange", [f"{run.shuffle_bytes / run.rows:,.0f} B" for run in runs])
    line("spilled by Spark", [f"{run.spilled_bytes / 1e6:,.0f} MB" for run in runs])
    for role, name in ROLES.items():
        line(f"CPU, {name}", [f"{run.cpu_s.get(role, 0):.0f} s" for run in runs])
    for role, name in ROLES.items():
        peaks = [run.peak_bytes.get(role, 0) / 1e9 for run in runs]
        line(f"peak memory, {name}", [f"{peak:.2f} GB" for peak in peaks])
    for stage in dict.fromkeys(stage for run in runs for stage in run.stages_s):
        line(f"wall: {stage}", [f"{run.stages_s.get(stage, 0):.1f} s" for run in runs])
    return lines


def days_table(small: Run, large: Run) -> list[str]:
    """Return what days of other sizes need, by what each exchange more cost on Spark."""
    rows = large.rows - small.rows
    cpu_s = large.all_cpu_s - small.all_cpu_s
    shuffled = (large.shuffle_bytes - small.shuffle_bytes) / rows
    lines = [
        f"Each exchange more costs {cpu_s / rows * 1e6:.0f} µs of CPU, linking and judging "
        f"included, and {shuffled:,.0f} bytes of shuffle.",
        "",
        f"| exchanges a day | CPU hours | cores to be done in {HOURS} h | shuffled |",
        "|---|--:|--:|--:|",
    ]
    for name, day in DAYS.items():
        cpu_h = cpu_s / rows * day / 3600
        cores = math.ceil(cpu_h / HOURS)
        lines.append(f"| {name} | {cpu_h:,.1f} | {cores:,} | {shuffled * day / 1e9:,.0f} GB |")
    return lines


def write_page(table: str) -> None:
    """Put the tables between their marks."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def play(folder: Path, rows: int, *, is_smallest: bool) -> None:
    """Hunt in one log with both engines; on the smallest once more with a tenth of the memory."""
    runs = [hunt(folder, "one machine", rows), hunt(folder, "Spark", rows, "--engine", "spark")]
    if is_smallest:
        options = ("--engine", "spark", "--memory", "200MB")
        runs.append(hunt(folder, "Spark with a tenth", rows, *options, **TENTH))
    if not same_verdicts(runs):
        raise SystemExit(f"{rows:,} exchanges: the engines found different things")


def page() -> str:
    """Return all runs that were kept, and what they say of days of other sizes."""
    kept = [Run(**json.loads(path.read_text())) for path in RESULTS.glob("*.json")]
    kept.sort(key=lambda run: (run.rows, run.name != "one machine", run.name))
    spark = [run for run in kept if run.name == "Spark"]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"One run each on {machine}; Spark on `local[2]`. All found the same, to the last digit."
    days = days_table(spark[0], spark[-1]) if len(spark) > 1 else []
    return "\n".join([head, "", *runs_table(kept), "", *days])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[200_000, 4_000_000])
    parser.add_argument("--folder", type=Path, help="where logs are kept; made when absent")
    parser.add_argument("--write", action="store_true", help="update docs/scale.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for rows in given.rows:
            folder = (given.folder or Path(scratch)) / f"sparklog-{rows}"
            if not folder.exists():
                write_log(folder, rows)
            play(folder, rows, is_smallest=rows == min(given.rows))
    table = page()
    print(table)
    if given.write:
        write_page(table)


if __name__ == "__main__":
    main()

"""Judging a state, beside what goes on being added to it: a reader of its own, in a process."""

import json
import os
import resource
import signal
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from stillhunt import __version__
from stillhunt.engines.duckdb import DuckDB, open_duckdb
from stillhunt.errors import EngineError, StillhuntError
from stillhunt.fingerprint.cells import Shelf
from stillhunt.gathering import Clock, HuntRequest, Log, add_up, read_beside
from stillhunt.ingest import Rejects
from stillhunt.judge.scene import Scene, silent_families
from stillhunt.live.keeping import REJECTED, fold_us
from stillhunt.live.storing import Rule, recall
from stillhunt.pipeline import judged, recalled
from stillhunt.progress import Silent
from stillhunt.records import RunFacts
from stillhunt.report import folder
from stillhunt.settings import Settings
from stillhunt.store import State, open_reader
from stillhunt.track.changes import Change, changes

CHANGES: Final = "changes.jsonl"
_KINDNESS: Final = 5  # the stream goes first


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of judging a state: changes since the verdicts before, and how long it took."""

    changes: tuple[Change, ...]
    n_campaigns: int
    n_exchanges: int
    wall_s: float


def judge_state(request: HuntRequest, settings: Settings, out: Path) -> Judged | None:
    """Judge the state at ``request.exchanges``, write ``out``, and return what changed.

    None when the state is empty. Changes are on disk, in the state's ``changes.jsonl``, before the
    folder is replaced: killed in between, they are found, and written, once more.
    """
    started_at, place = datetime.now(UTC), Path(request.exchanges)
    clock = Clock(Silent())
    with open_reader(place, request.secret) as state:
        if not state.manifest.segments:
            return None
        folder.check(out)
        with open_duckdb(settings.engine) as engine:
            log = recall_log(state, request, settings, engine)
            memory = recalled(out)
            scene, findings = judged(log, memory, settings, request.secret, clock, engine)
        facts = _facts(state, settings, scene, clock, started_at)
    news = changes(memory.track, findings.track)
    with (place / CHANGES).open("a", encoding="utf-8") as file:
        file.writelines(said(change, started_at) + "\n" for change in news)
        file.flush()
        os.fsync(file.fileno())
    folder.write(findings, facts, out, _rejected(place))
    wall_s = (datetime.now(UTC) - started_at).total_seconds()
    return Judged(tuple(news), findings.campaigns.num_rows, facts.n_exchanges, wall_s)


def recall_log(state: State, request: HuntRequest, settings: Settings, engine: DuckDB) -> Log:
    """Return the log that a state stands for; the engine gets its tables, ``uses`` among them."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        beside = read_beside(request, settings, Rejects(nowhere))
    rule = Rule(fold_us=fold_us(settings.watch.hours_days, time.time()))
    with Shelf() as shelf:
        tally = recall(state, shelf, rule, engine, request.secret)
        return add_up(tally, beside, state.manifest.present, settings, engine)


def said(change: Change, at: datetime) -> str:
    """Return a change as one line of JSON."""
    return json.dumps({"time": at.isoformat(), **asdict(change)})


@dataclass(slots=True)
class Judge:
    """Judges in a process of its own, one judgement at a time, so that the stream goes on."""

    request: HuntRequest
    settings: Settings
    out: Path
    process: BaseProcess | None = None
    answer: Connection | None = None

    def start(self) -> bool:
        """Begin to judge; False where a judgement is under way."""
        if self.process is not None:
            return False
        spawn = get_context("spawn")
        self.answer, theirs = spawn.Pipe(duplex=False)
        self.process = spawn.Process(
            target=_judge, args=(theirs, self.request, self.settings, self.out), daemon=True
        )
        self.process.start()
        theirs.close()
        return True

    def result(self, timeout_s: float = 0.0) -> Judged | None:
        """Return what came of the judgement, None where nothing has, or nothing was to be judged.

        EngineError when it failed; the next may succeed.
        """
        if self.answer is None or not self.answer.poll(timeout_s):
            return None
        try:
            judged = self.answer.recv()
        except EOFError as error:
            raise EngineError(
                "a judgement was wanted; its process was killed, perhaps for its memory. "
                "Earlier verdicts stand; the stream goes on."
            ) from error
        finally:
            self.stop()
        if isinstance(judged, StillhuntError):
            raise judged
        known: Judged | None = judged
        return known

    def stop(self) -> None:
        """End the judgement under way, if any; the verdict folder stays whole."""
        if self.process is not None and self.answer is not None:
            self.answer.close()
            self.process.terminate()
            self.process.join()
        self.process = self.answer = None


def _judge(answer: Connection, request: HuntRequest, settings: Settings, out: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the watcher's to answer
    os.nice(_KINDNESS)
    try:
        answer.send(judge_state(request, settings, out))
    except StillhuntError as error:
        answer.send(error)
    except Exception as error:  # noqa: BLE001 - a door: its message might quote a log
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        answer.send(
            EngineError(
                f"a judgement was wanted; it failed with {type(error).__name__} in {where}. "
                "Earlier verdicts stand; the stream goes on. Please report it."
            )
        )


def _facts(
    state: State, settings: Settings, scene: Scene, clock: Clock, started_at: datetime
) -> RunFacts:
    manifest, n_exchanges = state.manifest, int(scene.population.exchanges.sum())
    return RunFacts(
        version=__version__,
        settings=settings.model_dump(mode="json"),
        inputs=(),
        n_exchanges=n_exchanges,
        n_accounts=len(scene.population),
        n_duplicates=manifest.n_rows - n_exchanges,
        n_rejected=manifest.n_rejected,
        silent_families=silent_families(scene),
        timings_s=clock.timings_s,
        peak_rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        started_at=started_at,
    )


def _rejected(place: Path) -> Path | None:
    path = place / REJECTED
    return path if path.exists() else None

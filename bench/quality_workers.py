"""Worker processes that end with their run, however it ends, and the folder that it works in."""

import fcntl
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

Job = TypeVar("Job")
Done = TypeVar("Done")


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Hold a folder of temporary files for this run; SystemExit where another run does.

    What a killed run has left is deleted at the start, and the folder at the end. Children that are
    started meanwhile put their temporary files there, too.
    """
    work.parent.mkdir(parents=True, exist_ok=True)
    with work.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SystemExit(
                f"{work} must be one run's alone; another plays. Wait for its end."
            ) from error
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        os.environ["TMPDIR"] = str(work)
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            shutil.rmtree(work, ignore_errors=True)


def each(play: Callable[[Job], Done], jobs: Sequence[Job], workers: int) -> Iterator[Done]:
    """Yield what ``play`` returns for each job as it ends, in any order.

    Each worker is a process of its own. Who stops the run stops the workers and their children.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _follow_parent) as pool:
        playing = [pool.submit(play, job) for job in jobs]
        try:
            for done in as_completed(playing):
                yield done.result()
        except BaseException:
            for worker in multiprocessing.active_children():
                assert worker.pid is not None, "it was started"
                with suppress(ProcessLookupError):  # it has just begun, and leads no group yet
                    os.killpg(worker.pid, signal.SIGTERM)
                worker.terminate()
            raise


def _follow_parent() -> None:
    """Take this worker and its children down with the run, be it by a kill -9."""
    os.setpgrp()
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has one"

    def wait() -> None:
        parent.join()
        os.killpg(0, signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()

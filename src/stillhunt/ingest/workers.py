"""Records decoded in processes beside this one: what Python reads one by one, cores can share.

Bytes go there and columns come back through pipes; nothing is written. The processes stay for the
next file, and end when this one does or when nothing came for a while.
"""

import io
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Final

import pyarrow as pa
from loky import get_reusable_executor

from stillhunt import tables
from stillhunt.errors import EngineError
from stillhunt.ingest.decode import read_frames
from stillhunt.ingest.formats import FORMATS
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.frames import Frames
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.rejects import Rejects
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

PAYING_BYTES: Final = 512 * 2**20
"""Bytes of a file from which processes are worth their start, some 1.2 seconds, in any format."""

_IDLE_S: Final = 60
_BY_NAME: Final = {one.name: one for one in FORMATS}

Came = tuple[pa.RecordBatch, list[Rejection]]


class _Listed(Rejects):
    """Rejects that remember what was set aside, in its order."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.rejections: list[Rejection] = []

    def add(self, rejection: Rejection, n_rows: int = 1) -> None:
        self.rejections.append(rejection)


def pays(n_bytes: int, settings: IngestSettings, form: Format) -> bool:
    """Return whether a file of ``form`` is read faster by several processes."""
    is_known = any(form is one for one in FORMATS)  # a map is of this process alone
    return settings.workers > 1 and n_bytes >= PAYING_BYTES and is_known and not form.is_split


def read_apart(
    path: str, chunks: Iterator[Frames], reading: Reading, form: Format
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield the rows of each chunk, in order, and its last line; the rest goes to the rejects.

    EngineError when a process is killed, by the system for want of memory for one.
    """
    settings = reading.settings
    pool = get_reusable_executor(max_workers=settings.workers, timeout=_IDLE_S)
    waiting: deque[tuple[Future[Came], int]] = deque()
    try:
        for frames in chunks:
            future = pool.submit(_read, path, frames, settings, form.name)
            waiting.append((future, int(frames.lines[-1])))
            if len(waiting) > settings.workers:
                yield _taken(waiting, reading)
        while waiting:
            yield _taken(waiting, reading)
    except BrokenProcessPool as error:
        raise EngineError(
            "a process that decodes records was ended from outside, perhaps for want of memory. "
            "Free some, or set [ingest] workers to 1."
        ) from error


def _taken(
    waiting: deque[tuple[Future[Came], int]], reading: Reading
) -> tuple[pa.RecordBatch, int]:
    future, line = waiting.popleft()
    rows, rejections = future.result()
    for rejection in rejections:
        reading.rejects.add(rejection)
    return rows, line


def _read(path: str, frames: Frames, settings: IngestSettings, name: str) -> Came:
    rejects = _Listed()
    reading = Reading(tables.EXCHANGES, settings, rejects)
    rows = read_frames(path, frames, reading, _BY_NAME[name])
    return rows, rejects.rejections

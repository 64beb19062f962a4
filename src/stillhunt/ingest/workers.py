"""Records decoded here and in processes beside this one: what Python reads, cores can share.

A process takes a second to start, so this one reads on, and hands chunks over to those that are
ready. Bytes go there and columns come back through pipes; nothing is written. The processes stay
for the next file, and end when this one does or when nothing came for a while.
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
from stillhunt.ingest.decode import read_loosely
from stillhunt.ingest.formats import FORMATS
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.frames import Frames
from stillhunt.ingest.halves import Loose
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.rejects import Rejects
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings

PAYING_BYTES: Final = 64 * 2**20
"""Bytes of a file from which a process is worth its start, some 0.7 seconds of a core."""

_AHEAD: Final = 2
"""Chunks that a process has at a time: the one that it reads and the next."""
_LATE: Final = 8
"""Chunks that may be read before one that is not come back yet."""
_IDLE_S: Final = 60
_BY_NAME: Final = {one.name: one for one in FORMATS}

Came = tuple[pa.RecordBatch, list[Loose], list[Rejection]]


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


def read_shared(
    path: str, chunks: Iterator[Frames], reading: Reading, form: Format
) -> Iterator[tuple[pa.RecordBatch, list[Loose], int]]:
    """Yield of each chunk, in order, what ``read_loosely`` returns, and its last line.

    EngineError when a process is killed, by the system for want of memory for one.
    """
    try:
        yield from _Shared(path, reading, form).read(chunks)
    except BrokenProcessPool as error:
        raise EngineError(
            "a process that decodes records was ended from outside, perhaps for want of memory. "
            "Free some, or set [ingest] workers to 1."
        ) from error


class _Shared:
    """Chunks of one file on their way through this process and others."""

    def __init__(self, path: str, reading: Reading, form: Format) -> None:
        self._path, self._reading, self._form = path, reading, form
        self._n_others = reading.settings.workers - 1
        self._pool = get_reusable_executor(max_workers=self._n_others, timeout=_IDLE_S)
        self._start = self._pool.submit(_start)
        self._waiting: deque[tuple[Future[Came], int]] = deque()

    def read(self, chunks: Iterator[Frames]) -> Iterator[tuple[pa.RecordBatch, list[Loose], int]]:
        for frames in chunks:
            self._waiting.append((self._hand_out(frames), int(frames.lines[-1])))
            while self._waiting and (self._waiting[0][0].done() or len(self._waiting) > _LATE):
                yield self._next()
        while self._waiting:
            yield self._next()

    def _hand_out(self, frames: Frames) -> Future[Came]:
        """Return what becomes of a chunk, which this process reads where no other is free."""
        settings = self._reading.settings
        n_away = sum(not future.done() for future, _ in self._waiting)
        if self._start.done() and n_away < _AHEAD * self._n_others:
            self._start.result()
            away: Future[Came] = self._pool.submit(
                _read, self._path, frames, settings, self._form.name
            )
            return away
        here: Future[Came] = Future()
        here.set_result(_read(self._path, frames, settings, self._form.name))
        return here

    def _next(self) -> tuple[pa.RecordBatch, list[Loose], int]:
        future, line = self._waiting.popleft()
        rows, loose, rejections = future.result()
        for rejection in rejections:
            self._reading.rejects.add(rejection)
        return rows, loose, line


def _start() -> None:
    """Do nothing: it is done once a process is ready."""


def _read(path: str, frames: Frames, settings: IngestSettings, name: str) -> Came:
    rejects = _Listed()
    reading = Reading(tables.EXCHANGES, settings, rejects)
    rows, loose = read_loosely(path, frames, reading, _BY_NAME[name])
    return rows, loose, rejects.rejections

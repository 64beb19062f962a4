"""Files that are dropped into a folder, or appended to: what is new in them since.

Lines that are appended are read up to the last newline. Other files, such as Parquet, compressed
ones and one JSON array, are read whole, once they can be. A file is known again by its path; moved
or rotated, by what it holds: a keyed digest of its beginning and of what stands before the
position.

Where answers stand apart from their requests, as in batches of a model API, a folder holds one
batch: its requests are read once their answers lie beside them and all of it has come to rest.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from stillhunt.errors import EngineError, InputError
from stillhunt.ingest.beginnings import format_of, sample
from stillhunt.ingest.feeds.arrivals import NEEDED, NO_ROWS, Arrival, Aside, arrival_of
from stillhunt.ingest.feeds.batches import Batch, by_folder, files_due
from stillhunt.ingest.flat import peek_names
from stillhunt.ingest.formats.format import Exchange, Format
from stillhunt.ingest.jsonlines import Block, most_line_bytes, peek_columns
from stillhunt.ingest.parquet import UnreadableError, read_footer
from stillhunt.ingest.paths import SourceFile, find_files
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.source import read_file
from stillhunt.records import Position, Rejection
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

_STAMP_BYTES: Final = 1024
_PEEK_BYTES: Final = 2**16
_BOM: Final = b"\xef\xbb\xbf"
_UNREADABLE: Final = "the file cannot be read, or lacks a column that is needed"
_TOO_LONG: Final = "the line is too long"


@dataclass(slots=True)
class FolderFeed:
    """Follows the files of a path, a folder or a glob.

    ``settle_s``: seconds after its last change until when a file that cannot be read may still be
    in writing; a compressed file is not opened before. ``is_final``: nothing more is awaited, so a
    last line without a newline is a line. ``clock`` gives seconds since 1970.
    """

    pattern: str
    settings: IngestSettings
    secret: bytes = field(repr=False)
    settle_s: float
    is_final: bool
    clock: Callable[[], float]
    is_over: bool = False
    _waiting: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)

    def arrivals(self, positions: Mapping[str, Position]) -> Iterator[Arrival]:
        """Yield what is there beyond ``positions``, file by file in order of path."""
        found = [(file, self._since(file, positions)) for file in self._files()]
        moved = {_key(file): since for file, since in found if since.offset or since.is_done}
        moved = {key: since for key, since in moved.items() if positions.get(key) != since}
        if moved:  # noted before another file takes the name
            yield Arrival(NO_ROWS, moved)
        split: list[tuple[SourceFile, Format]] = []
        for file, since in found:
            try:
                if since.is_done:
                    continue
                if not since.line and (form := self._form(file)) and form.is_split:
                    split.append((file, form))
                elif self._is_lines(file, since):
                    yield from self._appended(file, since)
                else:
                    yield from self._whole(file, since, {})
            except InputError:
                aside = Aside()
                aside.rejects.add(Rejection(file.path, 0, _UNREADABLE))
                done = Position(0, 0, _as_it_is(file), is_done=True)
                yield Arrival(NO_ROWS, {_key(file): done}, frozenset(), *aside.take())
            except (EngineError, OSError):
                continue  # it was moved while it was read: it will be met where it is now
        since_of = {file.path: since for file, since in found}
        for batch in by_folder(split):
            with suppress(InputError, EngineError, OSError):
                yield from self._batch(batch, since_of)
        self.is_over = self.is_final

    def _is_lines(self, file: SourceFile, since: Position) -> bool:
        """Tell whether a file grows line by line; a JSON document over several lines does not."""
        if file.format != "json" or file.codec:
            return False
        if since.offset:
            return True
        with open(file.path, "rb") as raw:
            first, newline, _ = raw.read(_PEEK_BYTES).removeprefix(_BOM).lstrip().partition(b"\n")
        if first.startswith(b"["):
            return False
        # An object that is cut after its first line goes on; what is no JSON at all is a bad line.
        return not newline or first.rstrip() not in (b"{", b"")

    def _files(self) -> tuple[SourceFile, ...]:
        try:
            return find_files(self.pattern)
        except InputError:
            return ()  # nothing there yet

    def _since(self, file: SourceFile, positions: Mapping[str, Position]) -> Position:
        """Return up to where a file was read, under this name or under another."""
        known = positions.get(_key(file))
        if known is not None and (known.offset == file.n_bytes or self._is_of(known, file)):
            return known
        for key, position in positions.items():
            if (position.offset or position.is_done) and self._is_of(position, file):
                path = Path(key.removeprefix("file:"))
                if not path.exists() or not self._is_of(position, _file_at(path, file)):
                    return position
        return Position(0)

    def _is_of(self, position: Position, file: SourceFile) -> bool:
        """Tell whether it is this file that was read up to a position."""
        try:
            if position.is_done or file.format == "parquet" or file.codec:
                return position.stamp == _as_it_is(file)
            return position.stamp == self._stamp(file, position.offset)
        except OSError:
            return False

    def _stamp(self, file: SourceFile, offset: int) -> str:
        """Return a digest of the beginning of a file and of what stands before ``offset``."""
        if offset > file.n_bytes:
            return "shorter"
        digest = hashlib.blake2b(key=self.secret[:64], digest_size=16)
        with open(file.path, "rb", buffering=0) as raw:
            digest.update(raw.read(min(offset, _STAMP_BYTES)))
            raw.seek(max(0, offset - _STAMP_BYTES))
            digest.update(raw.read(min(offset, _STAMP_BYTES)))
        return digest.hexdigest()

    def _appended(self, file: SourceFile, since: Position) -> Iterator[Arrival]:
        """Yield the lines that were appended; one chunk of whole lines an arrival."""
        with open(file.path, "rb", buffering=0) as raw:
            while since.offset < file.n_bytes:
                raw.seek(since.offset)
                lines, n_bytes = self._lines(raw, file.n_bytes - since.offset)
                if not n_bytes:
                    return
                data = lines.removeprefix(_BOM) if since.offset == 0 else lines
                n_lines = data.count(b"\n") + 1
                block = Block(data, range(since.line + 1, since.line + 1 + n_lines))
                end = Position(since.offset + n_bytes, since.line + n_lines)
                end = replace(end, stamp=self._stamp(file, end.offset))
                yield arrival_of(file.path, block, _key(file), end, self.settings)
                since = end

    def _lines(self, raw: io.FileIO, n_there: int) -> tuple[bytes, int]:
        """Return whole lines without the last newline, and how many bytes they take with it."""
        data = b""
        most = most_line_bytes(Reading(EXCHANGES, self.settings, Aside().rejects))
        while len(data) < n_there:
            read = raw.read(min(self.settings.chunk_bytes, n_there - len(data)))
            if not read:
                break
            data += read
            end = data.rfind(b"\n")
            if end >= 0:
                return data[:end], end + 1
            if len(data) > most:
                return self._skip(raw, data, n_there)
        return (data, len(data)) if self.is_final else (b"", 0)

    def _skip(self, raw: io.FileIO, data: bytes, n_there: int) -> tuple[bytes, int]:
        """Return the beginning of a line that is too long, and how many bytes it takes in all."""
        n_bytes = len(data)
        while n_bytes < n_there:
            read: bytes = raw.read(min(self.settings.chunk_bytes, n_there - n_bytes))
            end = read.find(b"\n")
            if end >= 0:
                return data, n_bytes + end + 1
            if not read:
                break
            n_bytes += len(read)
        return (data, n_bytes) if self.is_final else (b"", 0)

    def _batch(self, batch: Batch, since_of: Mapping[str, Position]) -> Iterator[Arrival]:
        """Yield the requests that lie in a folder with their answers; nothing before."""
        stamps = [f"{file.path}:{_as_it_is(file)}" for file, _ in batch]
        # What waits may be large, and wait for a day: it is looked at when it changes.
        if stamps == self._waiting.get(batch[0][0].path):
            return
        if all(self._is_ready(file) for file, _ in batch):
            self._waiting[batch[0][0].path] = stamps
            due, answers = files_due(batch, self.settings, self.is_final)
            for file in due:
                yield from self._whole(file, since_of[file.path], answers)

    def _form(self, file: SourceFile) -> Format | None:
        return format_of(self.settings, partial(sample, file, self.settings))

    def _whole(
        self, file: SourceFile, since: Position, answers: dict[str, Exchange | None]
    ) -> Iterator[Arrival]:
        """Yield the rows of a file that is read whole, beyond those that were counted."""
        if not self._is_ready(file):
            return
        stamp, key = _as_it_is(file), _key(file)
        form = self._form(file)
        columns = _columns(file, form, self.settings)
        aside, n_rows = Aside(), 0
        reading = Reading(EXCHANGES, self.settings, aside.rejects, answers=answers)
        for piece in self._pieces(file, form, reading):
            rows, before = piece.rows, n_rows
            n_rows += rows.num_rows
            text, n_rejected = aside.take()
            if n_rows <= since.offset and since.offset:
                continue
            rows = rows.slice(max(0, since.offset - before))
            position = Position(n_rows, 0, stamp)
            yield Arrival(rows, {key: position}, columns, text, n_rejected)
        done = Position(n_rows, 0, stamp, is_done=True)
        yield Arrival(NO_ROWS, {key: done}, columns, *aside.take())

    def _pieces(self, file: SourceFile, form: Format | None, reading: Reading) -> Iterator[Piece]:
        most = self.settings.batch_rows
        for piece in read_file(file, form, reading):
            for start in range(0, max(1, piece.rows.num_rows), most):
                yield Piece(piece.rows.slice(start, most), piece.n_bytes)

    def _is_ready(self, file: SourceFile) -> bool:
        """Tell whether a file is no longer being written, as far as can be known."""
        if self.is_final or self.clock() - Path(file.path).stat().st_mtime >= self.settle_s:
            return True
        if file.format != "parquet":
            return False
        try:
            read_footer(file, EXCHANGES)
        except UnreadableError:
            return False
        return True


def _columns(file: SourceFile, form: Format | None, settings: IngestSettings) -> frozenset[str]:
    if form is not None:
        return form.columns
    if file.format == "json":
        return peek_columns(file)  # InputError where it is one array: rows stand on lines
    if file.format == "parquet":
        columns = read_footer(file, EXCHANGES).columns
    else:
        columns = peek_names(file, settings)
    if not columns.issuperset(NEEDED):
        raise InputError(_UNREADABLE)
    return columns


def _key(file: SourceFile) -> str:
    return f"file:{file.path}"


def _file_at(path: Path, like: SourceFile) -> SourceFile:
    return replace(like, path=str(path), n_bytes=path.stat().st_size)


def _as_it_is(file: SourceFile) -> str:
    """Return what changes when a file is written again."""
    stat = Path(file.path).stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"

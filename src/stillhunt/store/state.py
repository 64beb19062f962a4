"""The state folder: one writer, many readers, and one rename between two states.

::

    store.json      format, and a check value of the secret
    manifest.json   what counts; replaced in one step
    segments/N/     Parquet files, never changed once they count
    lock, readers   held by the writer, and by whoever reads

A segment is written and on disk before a manifest names it, so a run that is killed leaves the
state before the commit or the one after it, and at most files that nobody names; the next writer
removes those. Readers hold a shared lock while they read, and files go only when nobody does.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stillhunt.errors import EngineError, InputError, RefusedError, SettingsError
from stillhunt.store.manifest import Manifest, dump, load

FORMAT: Final = 1
"""Of all files here. Another format is refused: fingerprints of two ways to read do not add up."""

_ABOUT: Final = "store.json"
_MANIFEST: Final = "manifest.json"
_LOCK: Final = "lock"
_READERS: Final = "readers"


@dataclass(slots=True)
class State:
    """A state folder that is open; ``manifest`` is what counts, as far as this process knows."""

    place: Path
    manifest: Manifest
    busy: set[str] = field(default_factory=set)  # segments being written: no strays

    def path(self, segment: str) -> Path:
        """Return the folder of a segment."""
        return self.place / "segments" / segment

    def files(self, table: str, segments: list[str] | None = None) -> list[str]:
        """Return the files of one table, of all segments that count or of those named."""
        names = [one.name for one in self.manifest.segments] if segments is None else segments
        return [str(self.path(name) / f"{table}.parquet") for name in names]

    def commit(self, manifest: Manifest) -> None:
        """Make ``manifest`` what counts; EngineError when the disk gives out: then nothing changed.

        Its segments must be on disk. What no longer counts is removed unless someone is reading.
        """
        try:
            replace_text(self.place / _MANIFEST, dump(manifest))
        except OSError as error:
            raise _out_of_disk(self.place, error) from error
        self.manifest = manifest
        self.sweep()

    def sweep(self, *, is_patient: bool = False) -> bool:
        """Remove what no manifest names; return False when somebody is reading.

        ``is_patient``: wait for the readers.
        """
        named = {segment.name for segment in self.manifest.segments} | self.busy
        strays = [one for one in (self.place / "segments").iterdir() if one.name not in named]
        if not strays:
            return True
        try:
            with _locked(self.place / _READERS, fcntl.LOCK_EX, is_patient=is_patient):
                for stray in strays:
                    shutil.rmtree(stray, ignore_errors=True)
        except BlockingIOError:
            return False
        return True


@contextmanager
def open_writer(place: Path, secret: bytes) -> Iterator[State]:
    """Give the state at ``place`` to write to, a new one where there is none.

    RefusedError when another process writes to it, or when the folder holds something else;
    SettingsError when it was made with another secret; InputError when it is of another format.
    """
    try:
        _make(place, secret)
        lock = _locked(place / _LOCK, fcntl.LOCK_EX)
        with lock:
            state = State(place, _read(place, secret))
            (place / f"{_MANIFEST}.tmp").unlink(missing_ok=True)
            state.sweep()
            yield state
    except BlockingIOError as error:
        raise RefusedError(
            f"{place}: one process may write to a state folder; another does. Stop it first."
        ) from error


@contextmanager
def open_reader(place: Path, secret: bytes) -> Iterator[State]:
    """Give the state at ``place`` as it is now; its files stay until the context ends.

    InputError when there is none; otherwise errors as of ``open_writer``.
    """
    if not (place / _ABOUT).exists():
        raise InputError(
            f"{place}: a state folder written by `stillhunt watch` was wanted; got none. "
            "Check --state."
        )
    with _locked(place / _READERS, fcntl.LOCK_SH, is_patient=True):
        yield State(place, _read(place, secret))


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file in one step, and on disk."""
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make(place: Path, secret: bytes) -> None:
    about = place / _ABOUT
    if about.exists():
        return
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = sorted({one.name for one in place.iterdir()} - {"segments", f"{_ABOUT}.tmp"})
        if foreign:
            raise RefusedError(
                f"{place}: the state folder must be new or empty; it holds {foreign[0]!r}. "
                "Name another."
            )
        (place / "segments").mkdir(exist_ok=True)
        replace_text(about, json.dumps({"format": FORMAT, "check": _check(secret)}) + "\n")
    except OSError as error:
        raise _out_of_disk(place, error) from error


def _read(place: Path, secret: bytes) -> Manifest:
    try:
        about = json.loads((place / _ABOUT).read_text("utf-8"))
        made, check = about["format"], about["check"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{place}: a state folder written by `stillhunt watch` was wanted; its {_ABOUT} cannot "
            "be read. Put it back, or begin with a new folder."
        ) from error
    if made != FORMAT:
        raise InputError(
            f"{place}: a state of format {FORMAT} was wanted; came {made!r}, of another version. "
            "Use that version, or begin with a new folder and the logs."
        )
    if check != _check(secret):
        raise SettingsError(
            f"{place}: the secret with which the state was begun was wanted; got another. Hashes "
            "of two secrets do not add up: give the old one, or begin with a new folder."
        )
    with suppress(FileNotFoundError):
        return load((place / _MANIFEST).read_text("utf-8"))
    return Manifest()


def _check(secret: bytes) -> str:
    """Return a value that tells one secret from another, and nothing of it."""
    return hashlib.blake2b(b"stillhunt state", key=secret[:64], digest_size=16).hexdigest()


@contextmanager
def _locked(path: Path, kind: int, *, is_patient: bool = False) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind if is_patient else kind | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _out_of_disk(place: Path, error: OSError) -> EngineError:
    return EngineError(
        f"{place}: the state could not be written; {error.strerror or error}. What was counted "
        "before stands. Free the disk, and start again."
    )

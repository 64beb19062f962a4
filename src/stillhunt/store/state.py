"""The state folder: one writer, many readers, and one rename between two states.

::

    store.json      format, edition of the fingerprints, and a check value of the secret
    manifest.json   what counts; replaced in one step
    segments/N/     Parquet files, never changed once they count
    lock, readers   held by the writer, and by whoever reads

A segment is written and on disk before a manifest names it, so a run that is killed leaves the
state before the commit or the one after it, and at most files that nobody names; the next writer
removes those. Readers hold a shared lock while they read, and files go only when nobody does.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stillhunt.errors import EngineError, InputError, RefusedError
from stillhunt.store.about import FORMAT, NAME, STEPS, About, check_of
from stillhunt.store.about import read as about_of
from stillhunt.store.manifest import Manifest, dump, load

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
def open_writer(place: Path, secret: bytes, edition: str | None) -> Iterator[State]:
    """Give the state at ``place`` to write to, a new one where there is none.

    ``edition`` is that of the fingerprints to be added, None: none will be. A state of an older
    format is brought to this one. RefusedError when another process writes to it, or when the
    folder holds something else; SettingsError when it was made with another secret; InputError
    when it is of a later format, or its fingerprints of another edition.
    """
    try:
        _make(place, secret, edition or "")
        lock = _locked(place / _LOCK, fcntl.LOCK_EX)
        with lock:
            about = _bring_up(place, about_of(place, secret))
            if edition is not None and about.edition != edition:
                raise InputError(
                    f"{place}: a state whose prompts were read as this version reads them was "
                    "wanted; came one of another version, and the two do not add up. Use that "
                    "version, or begin with a new folder and the logs."
                )
            state = State(place, _counted(place))
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

    InputError when there is none, or it is of another format; SettingsError of another secret.
    """
    if not (place / NAME).exists():
        raise InputError(
            f"{place}: a state folder written by `stillhunt watch` was wanted; got none. "
            "Check --state."
        )
    with _locked(place / _READERS, fcntl.LOCK_SH, is_patient=True):
        about = about_of(place, secret)
        if about.format != FORMAT:
            raise InputError(
                f"{place}: a state of format {FORMAT} was wanted; came {about.format}. "
                "`stillhunt watch` brings it up when it is started on it."
            )
        yield State(place, _counted(place))


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


def _make(place: Path, secret: bytes, edition: str) -> None:
    if (place / NAME).exists():
        return
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = sorted({one.name for one in place.iterdir()} - {"segments", f"{NAME}.tmp"})
        if foreign:
            raise RefusedError(
                f"{place}: the state folder must be new or empty; it holds {foreign[0]!r}. "
                "Name another."
            )
        (place / "segments").mkdir(exist_ok=True)
        replace_text(place / NAME, About(FORMAT, check_of(secret), edition).text())
    except OSError as error:
        raise _out_of_disk(place, error) from error


def _counted(place: Path) -> Manifest:
    with suppress(FileNotFoundError):
        return load((place / _MANIFEST).read_text("utf-8"))
    return Manifest()


def _bring_up(place: Path, about: About) -> About:
    """Return what a state says of itself once it is of this format, step by step on disk."""
    try:
        while about.format != FORMAT:
            about = STEPS[about.format](place, about)
            replace_text(place / NAME, about.text())
    except OSError as error:
        raise _out_of_disk(place, error) from error
    return about


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

"""A folder for what a run must put on disk on its way: it goes, however the run ends.

No text is ever in one; an engine spills keyed hashes and counts. Each run holds a lock on its own
folder. What is not locked is of a run that was killed, and the next one removes it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "stillhunt-scratch-"


@contextmanager
def scratch_folder(what: str) -> Iterator[str]:
    """Yield an empty folder of this process alone, in ``TMPDIR``; it is removed at the end.

    ``what`` it is for stands in its name.
    """
    sweep()
    while True:
        made = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{what}-", ignore_cleanup_errors=True)
        with made as folder, _locked(Path(folder)) as is_ours:
            if is_ours is not False:  # where nothing can be locked, nothing is swept either
                yield folder
                return


def sweep() -> None:
    """Remove what runs of this user left that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # no folder, or gone meanwhile
            if left.lstat().st_uid == os.getuid():
                with _locked(left) as is_dead:
                    if is_dead:
                        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool | None]:
    """Hold a lock on a folder; None where this file system has no locks.

    False where another has it, or has removed the folder meanwhile.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _take(folder, handle)
    finally:
        os.close(handle)


def _take(folder: Path, handle: int) -> bool | None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(folder.lstat(), os.fstat(handle))
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:
        return None

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
            if is_ours:
                yield folder
                return


def sweep() -> None:
    """Remove what runs of this user left that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # gone meanwhile, locked by a run that lives, or another user's
            if left.lstat().st_uid == os.getuid():
                with _locked(left) as is_dead:
                    if is_dead:
                        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a lock on a folder; False where another has it, or has removed the folder meanwhile."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = folder.exists() and os.path.samestat(folder.lstat(), os.fstat(handle))
    except (BlockingIOError, FileNotFoundError):
        is_there = False
    try:
        yield is_there
    finally:
        os.close(handle)

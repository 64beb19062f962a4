"""Telling a command of changes, beside the stream: one call a change, JSON on its input."""

import shlex
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

MOST_S: Final = 30.0
"""Seconds after which a command that has not ended is ended."""


@dataclass(slots=True)
class Notifier:
    """Calls ``command`` (words, no shell) with each line; ``complain`` hears of failures."""

    command: tuple[str, ...]
    complain: Callable[[str], None]
    caller: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    running: "subprocess.Popen[bytes] | None" = None

    def tell(self, line: str) -> None:
        """Hand over a line, and do not wait."""
        if self.command:
            self.caller.submit(self._call, line)

    def close(self, *, is_patient: bool) -> None:
        """Leave: after all was told (``is_patient``), or at once."""
        if not is_patient and self.running is not None:
            self.running.kill()
        self.caller.shutdown(wait=is_patient, cancel_futures=not is_patient)

    def _call(self, line: str) -> None:
        try:
            called = subprocess.Popen(  # noqa: S603 - the operator's own command, and no shell
                self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
            self.running = called
            try:
                called.communicate(line.encode() + b"\n", timeout=MOST_S)
            except subprocess.TimeoutExpired:
                called.kill()
                called.wait()
            if called.returncode:
                self.complain(f"--notify: the command left with {called.returncode}.")
        except OSError as error:
            self.complain(f"--notify: the command could not be started; {error.strerror}.")
        finally:
            self.running = None


def words_of(command: str | None) -> tuple[str, ...]:
    """Return the words of a command line.

    >>> words_of("send --to 'the team'")
    ('send', '--to', 'the team')
    """
    return tuple(shlex.split(command)) if command else ()

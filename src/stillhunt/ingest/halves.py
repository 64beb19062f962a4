"""Exchanges that several records of a file tell of, such as a span and its events, put together.

What one record tells waits for the others in a window of bounded size: those that come much later
are not waited for.
"""

from collections.abc import Iterator
from typing import Final

from stillhunt.ingest.formats.format import Exchange, Half, fill
from stillhunt.settings import IngestSettings

Loose = tuple[str, Half | None, int]
"""The key of an exchange, what was told of it (None: all), and on which line."""

MOST: Final = 16_384
_MOST_CHUNKS: Final = 4


def is_whole(row: Exchange) -> bool:
    """Tell whether nothing needs to be awaited for ``row``: it has an account and a prompt."""
    return bool(row.account_id and row.prompt)


class Window:
    """Halves that wait for each other: at most ``MOST``, and text of some chunks."""

    def __init__(self, settings: IngestSettings) -> None:
        self._waiting: dict[str, tuple[Half | None, int]] = {}
        self._n_chars = 0
        self._most_chars = _MOST_CHUNKS * settings.chunk_bytes

    def add(self, loose: list[Loose]) -> Iterator[tuple[Half, int]]:
        """Take what records told; yield what is no longer waited with, oldest first."""
        for key, half, line in loose:
            before, first_line = self._waiting.pop(key, (half, line))
            if before is not None:
                self._n_chars -= _n_chars(before) if before is not half else 0
            # What was told as a whole elsewhere is not told again.
            if half is None or before is None:
                self._waiting[key] = (None, first_line)
                continue
            both = half if before is half else _merged(before, half)
            self._n_chars += _n_chars(both)
            self._waiting[key] = (both, first_line)
            if len(self._waiting) > MOST or self._n_chars > self._most_chars:
                yield from self._let_go(len(self._waiting) // 2)

    def rest(self) -> Iterator[tuple[Half, int]]:
        """Yield what waits still, oldest first."""
        yield from self._let_go(len(self._waiting))

    def _let_go(self, n: int) -> Iterator[tuple[Half, int]]:
        for key in list(self._waiting)[:n]:
            half, line = self._waiting.pop(key)
            if half is not None:
                self._n_chars -= _n_chars(half)
                yield half, line


def _merged(left: Half, right: Half) -> Half:
    """Return what both tell; what either has, the main one, or else the first, decides."""
    if right.is_main:
        left, right = right, left
    fill(left, right)
    return left


def _n_chars(half: Half) -> int:
    return sum(len(text or "") for text in (half.prompt, half.system, half.response))

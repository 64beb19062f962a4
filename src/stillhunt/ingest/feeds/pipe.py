"""Standard input: lines as they come. What was read and not yet committed is lost to a kill."""

import os
import select
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from stillhunt.ingest.feeds.arrivals import Arrival, Aside, arrival_of
from stillhunt.ingest.jsonlines import Block, most_line_bytes
from stillhunt.ingest.pieces import Reading
from stillhunt.records import Position
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

_WAIT_S: Final = 0.1
_READ_BYTES: Final = 2**20
_KEY: Final = "-"


@dataclass(slots=True)
class PipeFeed:
    """Reads lines from a file descriptor, as many as are there; who writes faster must wait."""

    handle: int
    settings: IngestSettings
    is_over: bool = False
    pending: bytes = field(default=b"", repr=False)

    def arrivals(self, positions: Mapping[str, Position]) -> Iterator[Arrival]:
        """Yield the lines that are there; ends where none comes for a moment."""
        line = positions.get(_KEY, Position(0)).line
        most = most_line_bytes(Reading(EXCHANGES, self.settings, Aside().rejects))
        while data := self._read():
            lines, newline, tail = data.rpartition(b"\n")
            if self.is_over:
                lines, newline, tail = data.removesuffix(b"\n"), b"\n", b""
            # Of a line beyond the limit no more is kept than shows that it is beyond.
            self.pending = tail[: most + 1]
            if newline:
                n_lines = lines.count(b"\n") + 1
                block = Block(lines, range(line + 1, line + 1 + n_lines))
                line += n_lines
                yield arrival_of("stdin", block, _KEY, Position(0, line), self.settings)

    def _read(self) -> bytes:
        """Return what was left and what came since; empty where nothing came."""
        parts, size = [self.pending], 0
        while not self.is_over and size < self.settings.chunk_bytes:
            if not select.select([self.handle], [], [], _WAIT_S)[0]:
                break
            part = os.read(self.handle, _READ_BYTES)
            self.is_over = not part
            parts.append(part)
            size += len(part)
        left = b"".join(parts)
        if self.is_over:
            self.pending = b""
            return left
        return left if size else b""

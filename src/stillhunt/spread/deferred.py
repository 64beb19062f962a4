"""What a task sets aside, on its way to where all of it is written and held against the limit."""

import io
from typing import Final

import pyarrow as pa

from stillhunt.engines.parcels import Parcel
from stillhunt.ingest import Rejects
from stillhunt.records import Rejection

_COLUMNS: Final = ("file", "line", "reason", "rows", "lost")


class Deferred(Rejects):
    """Rejects that write nothing: they travel."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self._told: list[tuple[str, int, str, int, int]] = []

    def add(self, rejection: Rejection, n_rows: int = 1) -> None:
        """Note ``rejection``, which stands for ``n_rows`` rows."""
        self._told.append((rejection.file, rejection.line, rejection.reason, n_rows, 0))

    def lose(self, rejection: Rejection, n_bytes: int) -> None:
        """Note a ``rejection`` that stands for ``n_bytes`` of a file."""
        self._told.append((rejection.file, rejection.line, rejection.reason, 1, n_bytes))

    def table(self) -> pa.Table:
        """Return what was noted."""
        return pa.Table.from_pylist([dict(zip(_COLUMNS, one, strict=True)) for one in self._told])


def set_aside(parcel: Parcel, rejects: Rejects) -> None:
    """Write what tables of ``Deferred`` tell."""
    for one in parcel.rows.to_pylist():
        rejection = Rejection(one["file"], one["line"], one["reason"])
        if one["lost"]:
            rejects.lose(rejection, one["lost"])
        else:
            rejects.add(rejection, one["rows"])

"""What a log is: its format, the columns it fills, and a map where no format knows it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from stillhunt.errors import InputError
from stillhunt.ingest.beginnings import sample
from stillhunt.ingest.paths import find_files
from stillhunt.ingest.propose import propose
from stillhunt.ingest.rejects import Rejects
from stillhunt.ingest.source import Source, open_exchanges
from stillhunt.settings import IngestSettings

_ROWS: Final = 10_000
_OURS: Final = "the data contract's own columns"


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was seen of the first file. ``shares`` tell of each column how full it is, 0 to 1."""

    path: str
    title: str
    n_rows: int
    shares: Mapping[str, float]
    reasons: Mapping[str, int]
    proposal: str | None = None


def inspect(pattern: str, settings: IngestSettings) -> Inspected:
    """Return what the log at ``pattern`` is, by its first rows; no value of it is kept.

    InputError where there is nothing to read.
    """
    patient = settings.model_copy(update={"max_rejected_ratio": 1.0})
    try:
        source = open_exchanges(pattern, patient)
    except InputError:
        return _unknown(pattern, patient)
    if not any(form.is_split for form in source.formats if form is not None):
        source = replace(source, files=source.files[:1], formats=source.formats[:1])
    return _look(source)


def _look(source: Source) -> Inspected:
    rejects, n_rows = Rejects(io.StringIO()), 0
    filled = dict.fromkeys(source.schema.names, 0)
    try:
        for batch in source.batches(rejects):
            n_rows += batch.rows.num_rows
            for name in filled:
                column = batch.rows.column(name)
                filled[name] += len(column) - column.null_count
            if n_rows >= _ROWS:
                break
    except InputError:
        # Not one row could be kept: the reasons tell why.
        pass
    form = source.formats[0]
    return Inspected(
        path=source.files[0].path,
        title=_OURS if form is None else form.title,
        n_rows=n_rows,
        shares={name: count / max(1, n_rows) for name, count in filled.items()},
        reasons=dict(rejects.reasons),
    )


def _unknown(pattern: str, settings: IngestSettings) -> Inspected:
    file = find_files(pattern)[0]
    records = sample(file, settings)
    return Inspected(file.path, "no known format", 0, {}, {}, propose(records))

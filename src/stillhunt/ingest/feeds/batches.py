"""Batches of a model API, whose answers stand apart from their requests, as they lie in a folder.

A folder holds one batch, for the ids in it are unique in a batch alone.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby

from stillhunt.ingest.feeds.arrivals import Aside
from stillhunt.ingest.formats.format import Exchange, Format
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Reading
from stillhunt.ingest.records import gather_answers, is_answered
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

Batch = tuple[tuple[SourceFile, Format], ...]


def by_folder(files: Iterable[tuple[SourceFile, Format]]) -> Iterator[Batch]:
    """Yield the files of each folder."""
    for _, batch in groupby(sorted(files, key=_folder), _folder):
        yield tuple(batch)


def _folder(one: tuple[SourceFile, Format]) -> str:
    return os.path.dirname(one[0].path)


def files_due(
    batch: Batch, settings: IngestSettings, is_final: bool
) -> tuple[list[SourceFile], dict[str, Exchange | None]]:
    """Return which files of a folder can be read now, and the answers in all of them.

    Requests wait for their answers, and answers for the first of their requests, unless the
    matter ``is_final``.
    """
    reading = Reading(EXCHANGES, settings, Aside().rejects)
    for file, form in batch:
        gather_answers(file, reading, form)
    told = [is_answered(file, reading, form) for file, form in batch]
    due = [
        file
        for (file, _), is_told in zip(batch, told, strict=True)
        if is_told or is_final or (is_told is None and any(told))
    ]
    return due, reading.answers

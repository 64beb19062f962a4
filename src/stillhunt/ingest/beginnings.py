"""How a file is written and which columns it has, told from what it begins with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec

from stillhunt.ingest.flat import peek_names, peek_rows
from stillhunt.ingest.formats import AUTO, format_named, recognise
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.jsonlines import peek_columns
from stillhunt.ingest.maps import load_map, mapped_format
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.records import peek_records
from stillhunt.ingest.streams import sip
from stillhunt.settings import IngestSettings

SMALL_BYTES: Final = 2**18
"""A file as small as that is looked at, and read, beside others: by itself it costs a millisecond
or two, many times what its rows do."""

ENOUGH: Final = 32
"""Small files looked at of those that begin alike, before their like are taken at their word."""

_LINE_BYTES: Final = 2**13

Look = tuple[Format | None, frozenset[str]]
"""How a file is written, None: in the contract's own columns, and the columns that it has."""


@dataclass(slots=True)
class Looks:
    """Looks at one file after the other.

    Small files whose first rows have the same keys are, as a rule, written alike; once ``ENOUGH``
    were, the next is not looked at any further. Where they ever were not, each is.
    """

    settings: IngestSettings
    is_exchanges: bool = True
    _mapped: Format | None = None
    _alike: dict[frozenset[str], tuple[Look, int]] = field(default_factory=dict)
    _unlike: set[frozenset[str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.is_exchanges and self.settings.map is not None:
            self._mapped = mapped_format(load_map(self.settings.map))

    def at(self, file: SourceFile) -> Look:
        """Return how a file is written, and its columns; of Parquet of the contract's own, none."""
        keys = _first_keys(file) if is_small(file) else None
        if keys is None or keys in self._unlike:
            return self._closely(file)
        known, n = self._alike.get(keys, (None, 0))
        if known is not None and n >= ENOUGH:
            return known
        look = self._closely(file)
        if known is not None and look[0] is not known[0]:
            self._unlike.add(keys)
        self._alike[keys] = look, n + 1
        return look

    def form_of(self, file: SourceFile) -> Format | None:
        """Return how a file is written; only exchanges come in other formats."""
        if self._mapped is not None or not self.is_exchanges:
            return self._mapped
        return format_of(self.settings, partial(sample, file, self.settings))

    def _closely(self, file: SourceFile) -> Look:
        form = self.form_of(file)
        if form is not None:
            return form, form.columns
        if file.format == "parquet":
            return None, frozenset()  # its footer tells
        return None, peek_names(file, self.settings) if file.format == "csv" else peek_columns(file)


def is_small(file: SourceFile) -> bool:
    """Tell whether a file of JSON is small enough to be looked at and read beside others."""
    return file.format == "json" and file.n_bytes <= SMALL_BYTES


def forms_of(files: tuple[SourceFile, ...], settings: IngestSettings) -> tuple[Format | None, ...]:
    """Return how each file is written, None: in the contract's own columns."""
    return tuple(map(Looks(settings, is_exchanges=True).form_of, files))


def format_of(settings: IngestSettings, peek: Callable[[], list[dict[str, Any]]]) -> Format | None:
    """Return how something is written, by the settings, or else by the records that it begins with.

    None: in the contract's own columns.
    """
    if settings.map is not None:
        return mapped_format(load_map(settings.map))
    return recognise(peek()) if settings.format == AUTO else format_named(settings.format)


def sample(file: SourceFile, settings: IngestSettings) -> list[dict[str, Any]]:
    """Return the first records of ``file`` as plain values; none where it cannot be read."""
    is_flat = file.format in ("csv", "parquet")
    return peek_rows(file, settings) if is_flat else peek_records(file, settings)


def _first_keys(file: SourceFile) -> frozenset[str] | None:
    """Return the keys of the object on the first line; None where there is none, or a long one."""
    try:
        row = msgspec.json.decode(sip(file, _LINE_BYTES).partition(b"\n")[0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return frozenset(row) if isinstance(row, dict) else None

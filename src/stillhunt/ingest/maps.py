"""A column map: how a table that nobody knows, or a format that knows too little, is to be read.

::

    format = "pairs"                              # optional: read it as this format first

    [columns]                                     # a column of the contract = where it stands
    time = "meta.received"
    account_id = "auth.customers[0].id"
    org_id = { constant = "acme" }

    [bodies]                                      # optional: bodies of a model API, read as such
    request = "payload.request"
    response = "payload.reply"
    headers = "payload.headers"

A path is names and indices; a name with a dot in it stands in quotes. Nothing in a map is computed.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError

from stillhunt.errors import SettingsError
from stillhunt.ingest.formats import format_named
from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    COLUMNS,
    Exchange,
    Format,
    Readable,
    as_json,
    code,
    number,
    plain,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import read_body, read_messages, read_text
from stillhunt.tables import EXCHANGES

Steps = tuple[str | int, ...]
Body = Literal["request", "messages", "response", "headers"]

_STEP: Final = re.compile(r'\.?(?:"([^"]+)"|([^."\[\]]+))|\[(-?\d+)\]')


class Constant(BaseModel):
    """A value that every row has."""

    model_config = ConfigDict(extra="forbid")

    constant: str | float | int


class MapFile(BaseModel):
    """A map as its TOML file says it."""

    model_config = ConfigDict(extra="forbid")

    format: str | None = None
    columns: dict[str, str | Constant] = {}
    bodies: dict[Body, str] = {}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each column stands, which have one value, and where bodies lie."""

    base: Format | None
    paths: Mapping[str, Steps]
    constants: Mapping[str, Any]
    bodies: Mapping[str, Steps]

    @property
    def columns(self) -> frozenset[str]:
        """The contract's columns that rows can have."""
        found = frozenset(self.paths) | frozenset(self.constants)
        if self.base is not None:
            found |= self.base.columns
        return found | frozenset(COLUMNS) if self.bodies else found


def load_map(path: Path) -> ColumnMap:
    """Return the map in a TOML file; SettingsError says what is wrong with it."""
    try:
        said = MapFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{path}: a map was wanted; {error.strerror}. Check --map.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: a map is TOML; {error}. Mend the file.") from error
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SettingsError(
            f"{path}: {place}: {error.errors()[0]['msg']}. It has format, [columns], [bodies]."
        ) from error
    for name in said.columns:
        if name not in COLUMNS:
            raise SettingsError(f"{path}: no column is called {name!r}. docs/contract.md has them.")
    return ColumnMap(
        base=None if said.format is None else format_named(said.format),
        paths={n: parse_path(v) for n, v in said.columns.items() if isinstance(v, str)},
        constants={n: v.constant for n, v in said.columns.items() if isinstance(v, Constant)},
        bodies={name: parse_path(value) for name, value in said.bodies.items()},
    )


def parse_path(path: str) -> Steps:
    """Return the steps of a path; SettingsError where it is none.

    >>> parse_path('a."b.c"[-1].d')
    ('a', 'b.c', -1, 'd')
    """
    steps: list[str | int] = []
    place = 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            break
        steps.append(int(match[3]) if match[3] else match[1] or match[2])
        place = match.end()
    if not steps or place < len(path):
        raise SettingsError(f'a path is names and indices, such as a.b[0]."c.d"; got {path!r}.')
    return tuple(steps)


def look_up(record: object, path: Steps) -> Any:
    """Return what stands at ``path``, through JSON in text where there is some; None: nothing."""
    for step in path:
        record = _unpacked(record)
        if isinstance(step, str):
            record = record.get(step) if isinstance(record, dict) else None
        elif isinstance(record, list) and -len(record) <= step < len(record):
            record = record[step]
        else:
            return None
    return record


def mapped_format(found: ColumnMap) -> Format:
    """Return the map as a format, whose records are plain objects."""
    decode_plain = msgspec.json.Decoder().decode
    base = found.base

    def decode(record: Readable) -> tuple[Any, Any]:
        whole = decode_plain(record)
        if not isinstance(whole, dict):
            raise msgspec.ValidationError
        return whole, None if base is None else base.decode(record)

    def exchanges(both: tuple[Any, Any]) -> Iterable[Exchange]:
        record, known = both
        rows = [Exchange()] if base is None else base.exchanges(known)
        return [apply(row, record, found) for row in rows]

    return Format(
        name="map",
        title="a column map",
        recognises=lambda _: True,
        decode=decode,
        exchanges=exchanges,
        columns=found.columns,
        is_split=base is not None and base.is_split,
    )


def apply(row: Exchange, record: Mapping[str, Any], found: ColumnMap) -> Exchange:
    """Return ``row`` with what the map finds in ``record``; a column's own path counts most."""
    for name, path in found.bodies.items():
        _read_part(name, look_up(record, path), row)
    for column, value in found.constants.items():
        setattr(row, column, _fit(column, value))
    for column, path in found.paths.items():
        value = look_up(record, path)
        if value is not None:
            setattr(row, column, _fit(column, value))
    return row


def _read_part(name: str, value: Any, row: Exchange) -> None:
    if value is None:
        return
    if name == "headers":
        headers = _unpacked(value)
        read_headers(headers if isinstance(headers, dict) else None, row)
        return
    read = {"request": read_body, "messages": read_messages, "response": read_answer}[name]
    read(msgspec.json.encode(value), row)


def _fit(column: str, value: Any) -> Any:
    """Return ``value`` as its column takes it: numbers also out of text, texts out of parts."""
    kind = EXCHANGES.field(column).type
    if column == "time":
        return value
    if column == "tools":
        value = _unpacked(value)
        return [str(item) for item in value] if isinstance(value, list) else []
    if kind == EXCHANGES.field("prompt").type:
        is_content = isinstance(value, list | dict)
        return read_text(msgspec.json.encode(value)) if is_content else code(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return number(value)


def _unpacked(value: object) -> Any:
    """Return the JSON in a text, or ``value`` itself where it is none."""
    inner = as_json(value)
    return value if inner is None else plain(inner)

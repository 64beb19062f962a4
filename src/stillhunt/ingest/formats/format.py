"""What a format is, the exchange that every one makes of a record, and how records are read.

What is wanted of a record is a struct whose fields have types: the parser checks them, and skips
the rest undecoded. Fields that a customer sends may hold anything, and one that cannot be is
dropped alone: a row set aside for it would let him choose what is read. See ``reader``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from stillhunt.tables import EXCHANGES

ABSENT: Final = msgspec.Raw(b"null")
"""What an untouched part of a record is before it was met."""


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading JSON raises where there is none, or none of the kind that is wanted."""

T = TypeVar("T")
Readable = bytes | memoryview | msgspec.Raw

Number = Annotated[float, msgspec.Meta(gt=-(2**31), lt=2**31)] | None
"""A number that a 32-bit float can hold."""
Count = Annotated[float, msgspec.Meta(ge=0, lt=2**31, multiple_of=1)] | None
"""A whole number from 0 to 2^31 - 1."""
Code = str | int | None
"""An id or a code, as text or as a whole number; see ``code``."""


class Exchange(msgspec.Struct, gc=False):
    """One row of the contract on its way into columns; a field holds what the column may hold.

    ``time`` is as it came, text or a number; it is read, and refused, with the other rows.
    """

    time: Any = None
    account_id: str | None = None
    prompt: str | None = None
    exchange_id: str | None = None
    session_id: str | None = None
    org_id: str | None = None
    key_id: str | None = None
    end_user: str | None = None
    model: str | None = None
    system: str | None = None
    response: str | None = None
    n_turns: float | None = None
    n_tools: float | None = None
    tools: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    stop_reason: str | None = None
    status: str | None = None
    ip: str | None = None
    country: str | None = None
    asn: float | None = None
    user_agent: str | None = None
    tls_ja4: str | None = None
    n_images: float | None = None


class Half(Exchange, gc=False):
    """What one record tells of an exchange that others, with the same ``key``, may tell of too.

    Where two tell of one column, the ``is_main`` one counts.
    """

    key: str = ""
    is_main: bool = False


COLUMNS: Final = tuple(EXCHANGES.names)


def fill(row: Exchange, more: Exchange) -> None:
    """Write into ``row`` what it lacks and ``more`` has."""
    for column in COLUMNS:
        if getattr(row, column) is None:
            setattr(row, column, getattr(more, column))


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which some gateway or SDK writes its log.

    ``recognises`` looks at one record, as plain JSON, and tells whether it is of this format;
    ``decode`` reads the bytes of one record (raising what ``msgspec`` raises), ``exchanges`` turns
    it into rows, none where it is no exchange. ``columns`` are what the format can ever fill.
    ``is_split``: requests and answers are records of their own, joined by ``exchange_id``; those
    of answers have no ``n_turns``.
    """

    name: str
    title: str
    recognises: Callable[[Mapping[str, Any]], bool]
    decode: Callable[[Readable], Any]
    exchanges: Callable[[Any], Iterable[Exchange]]
    columns: frozenset[str]
    is_split: bool = False


def reader(kind: Any) -> Callable[[Readable], Any]:
    """Return what reads JSON as a ``kind``; what does not fit is as absent.

    An item of a list that does not fit is None where it may be.

    It raises one of ``UNREADABLE``; ``msgspec.ValidationError`` where the whole does not fit.

    >>> class Place(msgspec.Struct):
    ...     x: Number = None
    ...     y: Number = None
    >>> reader(Place)(b'{"x": 1, "y": "far"}')
    Place(x=1.0, y=None)
    """
    read = msgspec.json.Decoder(kind).decode

    def read_what_fits(raw: Readable) -> Any:
        try:
            return read(raw)
        except msgspec.ValidationError:
            return _salvage(raw, kind)

    return read_what_fits


def _salvage(raw: Readable, kind: Any) -> Any:
    """Return what fits ``kind`` of an object or a list, each part of which is tried alone."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    for one in kinds:
        if begins(raw, "{") and hasattr(one, "__struct_fields__"):
            return one(**dict(_fitting_fields(raw, one)))
        if begins(raw, "[") and get_origin(one) is list:
            return list(_fitting_items(raw, get_args(one)[0]))
    raise msgspec.ValidationError


def _fitting_fields(raw: Readable, kind: Any) -> Iterator[tuple[str, Any]]:
    there = _read_fields(raw)
    for field in msgspec.structs.fields(kind):
        if field.encode_name in there:
            try:
                yield field.name, reader(field.type)(there[field.encode_name])
            except msgspec.ValidationError:
                continue


def _fitting_items(raw: Readable, kind: Any) -> Iterator[Any]:
    for item in _read_items(raw):
        try:
            yield reader(kind)(item)
        except msgspec.ValidationError:
            if type(None) in get_args(kind):
                yield None


_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def begins(raw: Readable, char: str) -> bool:
    """Tell whether JSON that was cut out of a record begins with ``char``."""
    view = memoryview(raw)
    return bool(view) and view[0] == ord(char)


def is_there(raw: msgspec.Raw) -> bool:
    """Tell whether a part of a record came, and is not null."""
    return raw != ABSENT


def unpacked(raw: Readable) -> Readable:
    """Return the JSON within a JSON string, or ``raw`` itself where it is no string or no JSON.

    >>> unpacked(b'"[1]"')
    b'[1]'
    """
    if not begins(raw, '"'):
        return raw
    return as_json(plain(raw)) or raw


def as_json(text: object) -> bytes | None:
    """Return a text that looks like JSON as such; None where it does not."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    return text.encode()


def plain(raw: Readable) -> Any:
    """Return an untouched part of a record as plain JSON; None where it cannot be read."""
    try:
        return msgspec.json.decode(raw)
    except UNREADABLE:
        return None


def code(value: object) -> str | None:
    """Return an id or a code as text, whether it came as text or as a whole number."""
    if isinstance(value, str):
        return value or None
    return str(value) if type(value) is int else None


def number(value: object) -> float | None:
    """Return a number that a 32-bit float can hold, else None.

    >>> number(0.5), number("0.5"), number(1e300)
    (0.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 2**31 else None


def count(value: object) -> float | None:
    """Return a whole number from 0 to 2^31 - 1, else None."""
    found = number(value)
    return found if found is not None and found >= 0 and found == int(found) else None


def total(*counts: float | None) -> float | None:
    """Return the sum of those counts that are there; None when the first is not."""
    if counts[0] is None:
        return None
    return sum(filter(None, counts))


def known(*values: Any) -> Any:
    """Return the first value that is there, be it nought; None where none is."""
    for value in values:  # a loop, for it is called most of all
        if value is not None:
            return value
    return None


class Aliases:
    """Which of many names in use is which column; of several that came the first listed counts."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._ranks = {
            name: (rank, column)
            for column, listed in names.items()
            for rank, name in enumerate(listed)
        }

    def choose(self, fields: Mapping[str, T]) -> dict[str, T]:
        """Return the field that counts of each column.

        >>> names = Aliases({"ip": ("client_ip", "peer"), "time": ("ts",)})
        >>> names.choose({"other": 1, "peer": "192.0.2.1"})
        {'ip': '192.0.2.1'}
        """
        found: dict[str, T] = {}
        ranks: dict[str, int] = {}
        for name, value in fields.items():
            known_as = self._ranks.get(name)
            if known_as is None:
                continue
            rank, column = known_as
            if rank < ranks.get(column, rank + 1):
                found[column], ranks[column] = value, rank
        return found

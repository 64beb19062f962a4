"""What a format is, and the exchange that every one of them makes of a record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from stillhunt.tables import EXCHANGES

ABSENT: Final = msgspec.Raw(b"null")
"""What an untouched part of a record is before it was met."""


class Exchange(msgspec.Struct):
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


COLUMNS: Final = tuple(EXCHANGES.names)


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
    decode: Callable[[bytes], Any]
    exchanges: Callable[[Any], Iterable[Exchange]]
    columns: frozenset[str]
    is_split: bool = False


def text(value: object) -> str | None:
    """Return ``value`` where it is text with something in it, else None.

    Fields that a customer sends may hold anything. What cannot be is dropped alone: a row set
    aside for it would let him choose what is read.
    """
    return value if isinstance(value, str) and value else None


def code(value: object) -> str | None:
    """Return an id or a code as text, whether it came as text or as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


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


def total(*values: object) -> float | None:
    """Return the sum of those counts that are there; None when the first is not."""
    if count(values[0]) is None:
        return None
    return count(sum(count(value) or 0.0 for value in values))


def mapping(value: object) -> Mapping[str, Any]:
    """Return ``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """Return ``value`` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def first(*values: str | None) -> str | None:
    """Return the first value that is there."""
    for value in values:
        if value:
            return value
    return None


def plain(raw: msgspec.Raw) -> Any:
    """Return an untouched part of a record as plain JSON; None where it cannot be read."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def unpacked(raw: msgspec.Raw) -> msgspec.Raw:
    """Return the JSON within a JSON string, or ``raw`` itself where it is no string or no JSON.

    >>> bytes(unpacked(msgspec.Raw(b'"[1]"')))
    b'[1]'
    """
    if bytes(memoryview(raw)[:1]) != b'"':
        return raw
    inner = plain(raw)
    if not isinstance(inner, str) or inner.lstrip()[:1] not in ("{", "["):
        return raw
    return msgspec.Raw(inner.encode())

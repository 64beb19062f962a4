"""Requests to OpenAI or Anthropic beside their answers, one pair a record.

SDKs have no log of their own; what keeps one is a few lines in a gateway, which write the two
bodies as they are and something of who sent them. So the bodies are read by the APIs' own rules,
and what stands around them by the names that are in use.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    ABSENT,
    UNREADABLE,
    Aliases,
    Code,
    Exchange,
    Format,
    as_json,
    code,
    is_there,
    reader,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import read_body

REQUEST: Final = ("request", "request_body", "req", "body")
ANSWER: Final = ("response", "response_body", "resp", "answer")
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("time", "timestamp", "created_at", "started_at", "start_time", "ts"),
    "account_id": ("account_id", "account", "customer_id", "user_id", "user"),
    "exchange_id": ("exchange_id", "request_id", "id", "custom_id"),
    "session_id": ("session_id", "conversation_id", "thread_id"),
    "org_id": ("org_id", "organization_id", "organization", "tenant_id"),
    "key_id": ("key_id", "api_key_id", "api_key_hash"),
    "ip": ("ip", "client_ip", "remote_addr", "ip_address"),
    "status": ("status", "status_code", "http_status"),
    "user_agent": ("user_agent",),
    "tls_ja4": ("tls_ja4", "ja4"),
    "country": ("country",),
}
"""Names under which a pair's surroundings are looked for, the first that is there counts."""

_BODY_KEYS: Final = frozenset({"messages", "input", "prompt", "contents"})


_PARTS: Final = Aliases(
    {**NAMES, "request": REQUEST, "answer": ANSWER, "headers": ("headers", "request_headers")}
)


class _Wrapped(msgspec.Struct, gc=False):
    body: msgspec.Raw = ABSENT
    headers: dict[str, Any] | None = None
    status_code: Code = None


_read_wrapped = reader(_Wrapped)
_read_headers = reader(dict[str, Any] | None)


def _recognises(record: Mapping[str, Any]) -> bool:
    bodies = (record.get(name) for name in REQUEST)
    return any(_is_body(body) for body in bodies) and any(name in record for name in ANSWER)


def _is_body(body: object) -> bool:
    inner = as_json(body)
    if inner is not None:
        try:
            body = msgspec.json.decode(inner)
        except UNREADABLE:
            return False
    if not isinstance(body, dict):
        return False
    return not _BODY_KEYS.isdisjoint(body) or _is_body(body.get("body"))


def _exchanges(pair: dict[str, msgspec.Raw]) -> Iterable[Exchange]:
    parts = _PARTS.choose({name: raw for name, raw in pair.items() if is_there(raw)})
    request, asked = _unwrapped(parts.pop("request", ABSENT))
    answer, answered = _unwrapped(parts.pop("answer", ABSENT))
    headers = parts.pop("headers", ABSENT)
    row = Exchange()
    for column, raw in parts.items():
        value = msgspec.json.decode(raw)
        setattr(row, column, value if column == "time" else code(value))
    read_body(request, row)
    read_answer(answer, row)
    row.status = code(answered.status_code) or row.status
    read_headers(asked.headers, row)
    with suppress(*UNREADABLE):
        read_headers(_read_headers(headers), row)
    return (row,)


def _unwrapped(raw: msgspec.Raw) -> tuple[msgspec.Raw, _Wrapped]:
    """Return the body within {"body": …, "headers": …}, or the body itself."""
    try:
        wrapped = _read_wrapped(raw)
    except UNREADABLE:
        return raw, _Wrapped()
    return (raw if wrapped.body is ABSENT else wrapped.body), wrapped


PAIRS: Final = Format(
    name="pairs",
    title="OpenAI and Anthropic requests beside their answers",
    recognises=_recognises,
    decode=msgspec.json.Decoder(dict[str, msgspec.Raw]).decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"asn"},
)

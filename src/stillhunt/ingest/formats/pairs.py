"""Requests to OpenAI or Anthropic beside their answers, one pair a record.

SDKs have no log of their own; what keeps one is a few lines in a gateway, which write the two
bodies as they are and something of who sent them. So the bodies are read by the APIs' own rules,
and what stands around them by the names that are in use.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import ABSENT, Exchange, Format, code, first, mapping
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


class _Pair(msgspec.Struct):
    request: msgspec.Raw = ABSENT
    request_body: msgspec.Raw = ABSENT
    req: msgspec.Raw = ABSENT
    body: msgspec.Raw = ABSENT
    response: msgspec.Raw = ABSENT
    response_body: msgspec.Raw = ABSENT
    resp: msgspec.Raw = ABSENT
    answer: msgspec.Raw = ABSENT
    headers: Any = None
    request_headers: Any = None


_Named = msgspec.defstruct(
    "_Named", [(name, Any, None) for names in NAMES.values() for name in names], bases=(_Pair,)
)


class _Wrapped(msgspec.Struct):
    body: msgspec.Raw = ABSENT
    headers: Any = None
    status_code: Any = None


_decode_wrapped = msgspec.json.Decoder(_Wrapped).decode


def _recognises(record: Mapping[str, Any]) -> bool:
    bodies = (record.get(name) for name in REQUEST)
    return any(_is_body(body) for body in bodies) and any(name in record for name in ANSWER)


def _is_body(body: object) -> bool:
    if isinstance(body, str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return False
    body = mapping(body)
    return not _BODY_KEYS.isdisjoint(body) or _is_body(body.get("body") or {}) if body else False


def _exchanges(pair: Any) -> Iterable[Exchange]:
    row = Exchange()
    for column, names in NAMES.items():
        values = (getattr(pair, name) for name in names)
        found = next((value for value in values if value is not None), None)
        setattr(row, column, found if column == "time" else code(found))
    request, asked = _unwrap(_one(pair, REQUEST))
    answer, answered = _unwrap(_one(pair, ANSWER))
    read_body(request, row)
    read_answer(answer, row)
    row.status = first(code(answered.status_code), row.status)
    for headers in (asked.headers, pair.headers, pair.request_headers):
        read_headers(mapping(headers), row)
    return (row,)


def _one(pair: Any, names: tuple[str, ...]) -> msgspec.Raw:
    raws = (getattr(pair, name) for name in names)
    return next((raw for raw in raws if raw is not ABSENT), ABSENT)


def _unwrap(raw: msgspec.Raw) -> tuple[msgspec.Raw, _Wrapped]:
    """Return the body within {"body": …, "headers": …}, or the body itself."""
    try:
        wrapped = _decode_wrapped(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return raw, _Wrapped()
    return (raw if wrapped.body is ABSENT else wrapped.body), wrapped


PAIRS: Final = Format(
    name="pairs",
    title="OpenAI and Anthropic requests beside their answers",
    recognises=_recognises,
    decode=msgspec.json.Decoder(_Named).decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"asn"},
)

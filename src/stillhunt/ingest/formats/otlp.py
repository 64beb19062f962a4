"""OpenTelemetry traces and logs with the conventions for generative AI, as OTLP writes them.

Emitters differ in names: the conventions have changed theirs, and several SDKs were there before
them. ``ALIASES`` lists for each column the names in use, the first that is there counts. Who asked
often stands on the span of the gateway's own server alone; so a span inherits from those above it
in the same export, and last from its resource.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    ABSENT,
    Exchange,
    Format,
    code,
    count,
    mapping,
    number,
    sequence,
)
from stillhunt.ingest.formats.requests import read_messages, read_tools, text_of

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "account_id": (
        "user.id", "enduser.id", "enduser.pseudo.id", "metadata.user_api_key_user_id",
        "langfuse.user.id", "traceloop.association.properties.user_id", "gen_ai.request.user",
    ),
    "key_id": ("metadata.user_api_key_hash",),
    "org_id": (
        "organization.id", "tenant.id", "metadata.user_api_key_org_id",
        "metadata.user_api_key_team_id",
    ),
    "end_user": ("metadata.user_api_key_end_user_id", "llm.user"),
    "session_id": (
        "gen_ai.conversation.id", "session.id", "langfuse.session.id",
        "traceloop.association.properties.session_id",
    ),
    "exchange_id": ("gen_ai.response.id",),
    "model": (
        "gen_ai.request.model", "llm.request.model", "llm.model_name", "gen_ai.response.model",
    ),
    "ip": (
        "client.address", "metadata.requester_ip_address", "http.client_ip",
        "http.request.header.x-forwarded-for",
    ),
    "country": ("geo.country.iso_code",),
    "user_agent": ("user_agent.original", "http.user_agent", "http.request.header.user-agent"),
    "tls_ja4": ("http.request.header.x-ja4", "tls.client.ja4"),
    "temperature": ("gen_ai.request.temperature", "llm.request.temperature"),
    "top_p": ("gen_ai.request.top_p", "llm.top_p"),
    "max_tokens": ("gen_ai.request.max_tokens", "llm.request.max_tokens"),
    "input_tokens": (
        "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt",
        "llm.usage.prompt_tokens",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
        "llm.token_count.completion", "llm.usage.completion_tokens",
    ),
    "stop_reason": (
        "gen_ai.response.finish_reasons", "gen_ai.completion.0.finish_reason",
        "llm.response.finish_reason",
    ),
    "status": ("error.type", "http.response.status_code"),
}  # fmt: skip

ASKED: Final = ("gen_ai.input.messages", "gen_ai.prompt", "llm.prompts", "input.value")
ANSWERED: Final = ("gen_ai.output.messages", "gen_ai.completion", "output.value")
SYSTEM: Final = ("gen_ai.system_instructions",)
TOOLS: Final = ("gen_ai.tool.definitions",)

_INHERITED: Final = frozenset(
    {"account_id", "key_id", "org_id", "end_user", "session_id", "ip", "country", "user_agent",
     "tls_ja4"}
)  # fmt: skip
_MARKS: Final = ("gen_ai.request.model", "gen_ai.operation.name", "llm.model_name",
                 "llm.request.type")  # fmt: skip
_OPERATIONS: Final = (
    "chat", "text_completion", "generate_content", "completion", "LLM", "acompletion", "responses",
    "aresponses", "message",
)  # fmt: skip
_FLAT: Final = re.compile(
    r"(?:gen_ai\.prompt|llm\.input_messages)\.(\d+)\.(?:message\.)?(role|content)$"
)
_FUNCTION: Final = re.compile(r"(?:llm\.request\.functions|gen_ai\.request\.tools)\.\d+\.name$")
_EVENT: Final = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message$")
_NUMBERS: Final = {"temperature": number, "top_p": number, "max_tokens": count,
                   "input_tokens": count, "output_tokens": count}  # fmt: skip
_DEEPEST: Final = 32


class _Attribute(msgspec.Struct):
    key: str = ""
    value: msgspec.Raw = ABSENT


class _Event(msgspec.Struct):
    name: str = ""
    attributes: list[_Attribute] = []


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    start_time_unix_nano: Any = None
    attributes: list[_Attribute] = []
    events: list[_Event] = []
    status: Any = None


class _Record(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    time_unix_nano: Any = None
    observed_time_unix_nano: Any = None
    event_name: str = ""
    attributes: list[_Attribute] = []
    body: msgspec.Raw = ABSENT


class _Resource(msgspec.Struct, frozen=True):
    attributes: list[_Attribute] = []


class _Spans(msgspec.Struct):
    spans: list[_Span] = []


class _Records(msgspec.Struct, rename="camel"):
    log_records: list[_Record] = []


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Resource = _Resource()
    scope_spans: list[_Spans] = []


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Resource = _Resource()
    scope_logs: list[_Records] = []


class _Export(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] = []
    resource_logs: list[_ResourceLogs] = []


Attributes = Mapping[str, msgspec.Raw]


def _recognises(record: Mapping[str, Any]) -> bool:
    return "resourceSpans" in record or "resourceLogs" in record


def _exchanges(export: _Export) -> Iterator[Exchange]:
    for of_resource in export.resource_spans:
        resource = _named(of_resource.resource.attributes)
        yield from _of_spans(
            [s for scope in of_resource.scope_spans for s in scope.spans], resource
        )
    for logs in export.resource_logs:
        resource = _named(logs.resource.attributes)
        yield from _of_records(
            [r for scope in logs.scope_logs for r in scope.log_records], resource
        )


def _of_spans(spans: list[_Span], resource: Attributes) -> Iterator[Exchange]:
    by_id = {span.span_id: (span.parent_span_id, _named(span.attributes)) for span in spans}
    # A gateway may tell of one call on several spans, one within the other: the innermost counts.
    above = {span.parent_span_id for span in spans if _is_call(by_id[span.span_id][1])}
    for span in spans:
        own = by_id[span.span_id][1]
        if not _is_call(own) or span.span_id in above:
            continue
        row = _row(own, [*_lineage(span, by_id), resource])
        row.time = span.start_time_unix_nano
        row.exchange_id = row.exchange_id or span.span_id or None
        for event in span.events:
            _read_content(_named(event.attributes), row)
        if row.status is None and mapping(span.status).get("code") in (2, "STATUS_CODE_ERROR"):
            row.status = "error"
        yield row


def _lineage(span: _Span, by_id: Mapping[str, tuple[str, Attributes]]) -> list[Attributes]:
    """Return the attributes of the spans above, nearest first."""
    found: list[Attributes] = []
    parent = span.parent_span_id
    while parent in by_id and len(found) < _DEEPEST:
        parent, attributes = by_id[parent]
        found.append(attributes)
    return found


def _of_records(records: list[_Record], resource: Attributes) -> Iterator[Exchange]:
    """Yield the exchanges told by events: one each, or one for the messages of one span."""
    messages: dict[str, list[Any]] = {}
    for record in records:
        name = record.event_name
        own = _named(record.attributes)
        if not name and "event.name" in own:
            name = str(_value(own["event.name"]))
        if match := _EVENT.match(name):
            message = mapping(_value(record.body))
            messages.setdefault(record.span_id, []).append({"role": match[1], **message})
        elif name == "gen_ai.choice":
            row = _row(own, [resource])
            row.time = record.time_unix_nano or record.observed_time_unix_nano
            row.exchange_id = row.exchange_id or record.span_id or None
            read_messages(msgspec.Raw(msgspec.json.encode(messages.pop(record.span_id, []))), row)
            choice = msgspec.json.encode({"choices": [_value(record.body)]})
            read_answer(msgspec.Raw(choice), row)
            yield row
        elif _is_call(own):
            row = _row(own, [resource])
            row.time = record.time_unix_nano or record.observed_time_unix_nano
            row.exchange_id = row.exchange_id or record.span_id or None
            yield row


def _named(attributes: list[_Attribute]) -> dict[str, msgspec.Raw]:
    return {attribute.key: attribute.value for attribute in attributes}


def _is_call(own: Attributes) -> bool:
    if not any(mark in own for mark in _MARKS):
        return False
    operation = own.get("gen_ai.operation.name", own.get("openinference.span.kind"))
    return operation is None or _value(operation) in _OPERATIONS


def _row(own: Attributes, above: list[Attributes]) -> Exchange:
    row = Exchange()
    for column, names in ALIASES.items():
        places = [own, *above] if column in _INHERITED else [own]
        found = next((p[name] for p in places for name in names if name in p), None)
        if found is None:
            continue
        value = _json(found)
        if isinstance(value, list):
            value = value[0] if value else None
        setattr(row, column, _NUMBERS.get(column, code)(value))
    _read_content(own, row)
    return row


def _read_content(own: Attributes, row: Exchange) -> None:
    asked = _first(own, ASKED)
    if asked is not None:
        read_messages(_raw(asked), row)
    elif flat := _flat_messages(own):
        read_messages(msgspec.Raw(msgspec.json.encode(flat)), row)
    for name in SYSTEM:
        if name in own:
            row.system = text_of(_json(own[name])) or row.system
    answered, tools = _first(own, ANSWERED), _first(own, TOOLS)
    if answered is not None:
        row.response = _answer_of(_json(answered))
    if tools is not None:
        read_tools(_json(tools), row)
    functions = [str(_value(own[name])) for name in own if _FUNCTION.match(name)]
    if functions and row.tools is None:
        row.tools, row.n_tools = functions, float(len(functions))


def _first(own: Attributes, names: tuple[str, ...]) -> msgspec.Raw | None:
    return next((own[name] for name in names if name in own), None)


def _answer_of(whole: Any) -> str | None:
    parts = [p for m in sequence(whole) for p in sequence(mapping(m).get("parts"))]
    return text_of(parts) if parts else text_of(whole)


def _flat_messages(own: Attributes) -> list[dict[str, Any]]:
    messages: dict[int, dict[str, Any]] = {}
    for name, raw in own.items():
        if match := _FLAT.match(name):
            messages.setdefault(int(match[1]), {})[match[2]] = _value(raw)
    return [messages[index] for index in sorted(messages)]


def _raw(value: msgspec.Raw) -> msgspec.Raw:
    """Return an attribute as JSON, whether it came structured or as a string of JSON."""
    return msgspec.Raw(msgspec.json.encode(_value(value)))


def _json(value: msgspec.Raw) -> Any:
    found = _value(value)
    if isinstance(found, str) and found[:1] in ("{", "["):
        try:
            return msgspec.json.decode(found)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return found
    return found


def _value(raw: msgspec.Raw) -> Any:
    """Return an attribute's value, out of the wrapping that tells its type."""
    try:
        return _unwrap(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _unwrap(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for kind, found in value.items():
        match kind:
            case "intValue":
                return int(found) if isinstance(found, int) or _is_digits(found) else None
            case "arrayValue":
                return [_unwrap(item) for item in sequence(mapping(found).get("values"))]
            case "kvlistValue":
                pairs: Iterable[Any] = map(mapping, sequence(mapping(found).get("values")))
                return {str(p.get("key")): _unwrap(p.get("value")) for p in pairs}
        return found
    return None


def _is_digits(text: object) -> bool:
    return isinstance(text, str) and len(text) < 20 and text.lstrip("-").isdecimal()


OTLP: Final = Format(
    name="otlp",
    title="OpenTelemetry (OTLP) traces and logs, JSON and protobuf",
    recognises=_recognises,
    decode=msgspec.json.Decoder(_Export).decode,
    exchanges=_exchanges,
    columns=frozenset(ALIASES)
    | {"time", "prompt", "system", "response", "n_turns", "n_tools", "tools", "n_images"},
)

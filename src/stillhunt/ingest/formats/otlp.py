"""OpenTelemetry traces and logs with the conventions for generative AI, as OTLP writes them.

Emitters differ in names: the conventions have changed theirs, and several SDKs were there before
them. ``ALIASES`` lists for each column the names in use, the first that is there counts. Who asked
often stands on the span of the gateway's own server alone; so a span inherits from those above it
in the same export, and last from its resource.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    UNREADABLE,
    Aliases,
    Exchange,
    Format,
    Half,
    code,
    count,
    number,
    plain,
    reader,
    unpacked,
)
from stillhunt.ingest.formats.requests import (
    Message,
    read_messages,
    read_text,
    read_tools,
    write_messages,
)

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

_CONTENT: Final[Mapping[str, tuple[str, ...]]] = {
    "asked": ("gen_ai.input.messages", "gen_ai.prompt", "llm.prompts", "input.value"),
    "answered": ("gen_ai.output.messages", "gen_ai.completion", "output.value"),
    "instructions": ("gen_ai.system_instructions",),
    "definitions": ("gen_ai.tool.definitions",),
}
_NAMES: Final = Aliases({**ALIASES, **_CONTENT})

_INHERITED: Final = frozenset(
    {"account_id", "key_id", "org_id", "end_user", "session_id", "ip", "country", "user_agent",
     "tls_ja4"}
)  # fmt: skip
_MARKS: Final = frozenset(
    {"gen_ai.request.model", "gen_ai.operation.name", "llm.model_name", "llm.request.type"}
)
_OPERATIONS: Final = (
    "chat", "text_completion", "generate_content", "completion", "LLM", "acompletion", "responses",
    "aresponses", "message",
)  # fmt: skip
_FLAT: Final = re.compile(
    r"(?:gen_ai\.prompt|llm\.input_messages)\.(\d+)\.(?:message\.)?(role|content)$"
)
_FUNCTION: Final = re.compile(r"(?:llm\.request\.functions|gen_ai\.request\.tools)\.\d+\.name$")
_FUNCTIONS: Final = frozenset({"llm.request.functions.0.name", "gen_ai.request.tools.0.name"})
_EVENT: Final = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message$")
_NUMBERS: Final = {"temperature": number, "top_p": number, "max_tokens": count,
                   "input_tokens": count, "output_tokens": count}  # fmt: skip
_DEEPEST: Final = 32


class _Value(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """An attribute's value, wrapped in what tells its type."""

    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: "_Items | None" = None
    kvlist_value: "_Pairs | None" = None


class _Items(msgspec.Struct, gc=False):
    values: list[_Value] = []


class _Attribute(msgspec.Struct, gc=False):
    key: str = ""
    value: _Value = _Value()


class _Pairs(msgspec.Struct, gc=False):
    values: list[_Attribute] = []


class _Event(msgspec.Struct, gc=False):
    name: str = ""
    attributes: list[_Attribute] = []


class _Status(msgspec.Struct, gc=False):
    code: int | str | None = None


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    start_time_unix_nano: Any = None
    attributes: list[_Attribute] = []
    events: list[_Event] = []
    status: _Status | None = None


class _Record(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    time_unix_nano: Any = None
    observed_time_unix_nano: Any = None
    event_name: str = ""
    attributes: list[_Attribute] = []
    body: _Value = _Value()


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


Facts = Mapping[str, _Value]
"""What attributes say, by name, by column or by part of the content."""
Told = dict[str, Any]
"""Columns of a row."""


def _recognises(record: Mapping[str, Any]) -> bool:
    return "resourceSpans" in record or "resourceLogs" in record


def _exchanges(export: _Export) -> Iterator[Exchange]:
    for of_resource in export.resource_spans:
        resource = _heritage(_NAMES.choose(_named(of_resource.resource.attributes)))
        yield from _of_spans(
            [s for scope in of_resource.scope_spans for s in scope.spans], resource
        )
    for logs in export.resource_logs:
        resource = _heritage(_NAMES.choose(_named(logs.resource.attributes)))
        yield from _of_records(
            [r for scope in logs.scope_logs for r in scope.log_records], resource
        )


def _of_spans(spans: list[_Span], resource: Told) -> Iterator[Exchange]:
    own = {span.span_id: _named(span.attributes) for span in spans}
    facts = {name: _NAMES.choose(attributes) for name, attributes in own.items()}
    calls = {name for name, attributes in own.items() if _is_call(attributes)}
    parents = {span.span_id: span.parent_span_id for span in spans}
    # A gateway may tell of one call on several spans, one within the other: the innermost counts.
    calls -= {parents[name] for name in calls}
    for span in spans:
        name = span.span_id
        if name not in calls:
            continue
        told = dict(resource)
        for parent in reversed([*_lineage(name, parents)]):
            told |= _heritage(facts[parent])
        row = Half(**(told | _told(facts[name])), key=_key(span), is_main=True)
        row.time = span.start_time_unix_nano
        row.exchange_id = row.exchange_id or name or None
        _read_content(facts[name], own[name], row)
        for event in span.events:
            said = _named(event.attributes)
            _read_content(_NAMES.choose(said), said, row)
        if row.status is None and span.status and span.status.code in (2, "STATUS_CODE_ERROR"):
            row.status = "error"
        yield row


def _lineage(name: str, parents: Mapping[str, str]) -> Iterator[str]:
    """Yield the spans above, nearest first."""
    for _ in range(_DEEPEST):
        name = parents[name]
        if name not in parents:
            return
        yield name


def _of_records(records: list[_Record], resource: Told) -> Iterator[Exchange]:
    """Yield the exchanges told by events: one each, or one for the messages of one span."""
    of_spans: dict[str, Half] = {}
    messages: dict[str, list[Any]] = {}
    for record in records:
        own, key = _named(record.attributes), _key(record)
        name = record.event_name or _scalar(own.get("event.name", _Value()))
        message = _EVENT.match(name) if isinstance(name, str) else None
        if not (message or name == "gen_ai.choice" or _is_call(own)):
            continue
        facts = _NAMES.choose(own)
        row = Half(**(resource | _told(facts)), key=key)
        row.time = record.time_unix_nano or record.observed_time_unix_nano
        if not message and name != "gen_ai.choice":
            row.exchange_id = row.exchange_id or record.span_id or None
            _read_content(facts, own, row)
            yield row
            continue
        row, body = of_spans.setdefault(key, row), _plain(record.body)
        row.exchange_id = record.span_id or None
        if message and isinstance(body, dict):
            messages.setdefault(key, []).append({"role": message[1], **body})
        elif not message:
            read_answer(msgspec.json.encode({"choices": [body]}), row)
    for key, row in of_spans.items():
        if key in messages:
            read_messages(msgspec.json.encode(messages[key]), row)
        yield row


def _key(told: _Span | _Record) -> str:
    return told.trace_id + told.span_id


def _named(attributes: list[_Attribute]) -> dict[str, _Value]:
    return {attribute.key: attribute.value for attribute in attributes}


def _is_call(own: Facts) -> bool:
    if _MARKS.isdisjoint(own):
        return False
    operation = own.get("gen_ai.operation.name") or own.get("openinference.span.kind")
    return operation is None or _scalar(operation) in _OPERATIONS


def _told(facts: Facts) -> Told:
    """Return the columns that ``facts`` tell."""
    found = {c: _NUMBERS.get(c, code)(_scalar(v)) for c, v in facts.items() if c in ALIASES}
    return {column: value for column, value in found.items() if value is not None}


def _heritage(facts: Facts) -> Told:
    """Return the columns that a span has from what stands above it."""
    return _told({column: facts[column] for column in _INHERITED & facts.keys()})


def _read_content(facts: Facts, own: Facts, row: Exchange) -> None:
    if "asked" in facts:
        text = facts["asked"].string_value
        if text is None:
            read_messages(_json(facts["asked"]), row)
        else:
            write_messages(text, row)
    elif flat := _flat_messages(own):
        read_messages(msgspec.json.encode(flat), row)
    if "instructions" in facts:
        row.system = read_text(_json(facts["instructions"])) or row.system
    if "answered" in facts:
        row.response = _answer_of(_json(facts["answered"]))
    if "definitions" in facts:
        read_tools(_json(facts["definitions"]), row)
    elif not _FUNCTIONS.isdisjoint(own):
        named = [_scalar(value) for name, value in own.items() if _FUNCTION.match(name)]
        row.tools, row.n_tools = [n for n in named if isinstance(n, str)], float(len(named))


def _answer_of(raw: bytes) -> str | None:
    try:
        messages: list[Message] = _read_answers(unpacked(raw))
    except UNREADABLE:
        return read_text(raw)
    return "\n".join(filter(None, (read_text(message.parts) for message in messages))) or None


def _flat_messages(own: Facts) -> list[dict[str, Any]]:
    messages: dict[int, dict[str, Any]] = {}
    for name, value in own.items():
        if match := _FLAT.match(name):
            messages.setdefault(int(match[1]), {})[match[2]] = _plain(value)
    return [messages[index] for index in sorted(messages)]


def _scalar(value: _Value) -> Any:
    """Return a text or a number; of a list, plain or as JSON in text, the first item."""
    text = value.string_value
    if text is not None and text.startswith("["):
        items = plain(text.encode())
        return items[0] if items else text
    if value.array_value is not None and value.array_value.values:
        return _scalar(value.array_value.values[0])
    return _plain(value)


def _json(value: _Value) -> bytes:
    """Return an attribute as JSON, whether it came structured or as a text."""
    return msgspec.json.encode(_plain(value))


def _plain(value: _Value) -> Any:
    """Return an attribute's value as plain JSON, out of all wrappings."""
    if value.string_value is not None:
        return value.string_value
    if value.kvlist_value is not None:
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    if value.array_value is not None:
        return [_plain(item) for item in value.array_value.values]
    if isinstance(value.int_value, str):
        return int(value.int_value) if _is_digits(value.int_value) else None
    return value.double_value if value.int_value is None else value.int_value


def _is_digits(text: str) -> bool:
    return len(text) < 20 and text.lstrip("-").isdecimal()


_read_answers = reader(list[Message])

OTLP: Final = Format(
    name="otlp",
    title="OpenTelemetry (OTLP) traces and logs, JSON and protobuf",
    recognises=_recognises,
    decode=reader(_Export),
    exchanges=_exchanges,
    columns=frozenset(ALIASES)
    | {"time", "prompt", "system", "response", "n_turns", "n_tools", "tools", "n_images"},
)

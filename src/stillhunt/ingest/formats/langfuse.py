"""Langfuse's export of observations, with names in either case and bodies plain or as JSON text."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    ABSENT,
    Exchange,
    Format,
    code,
    count,
    first,
    mapping,
    number,
    plain,
    sequence,
    text,
    total,
    unpacked,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import read_body, read_messages, read_tools, text_of

_CALLS: Final = (None, "GENERATION")


class _Snake(msgspec.Struct):
    id: Any = None
    type: Any = None
    start_time: Any = None
    user_id: Any = None
    session_id: Any = None
    project_id: Any = None
    level: Any = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    provided_model_name: Any = None
    model: Any = None
    model_parameters: msgspec.Raw = ABSENT
    usage_details: msgspec.Raw = ABSENT
    tool_definitions: msgspec.Raw = ABSENT


_Camel = msgspec.defstruct(
    "_Camel",
    [(field.name, field.type, field.default) for field in msgspec.structs.fields(_Snake)],
    rename="camel",
)

_decode_snake = msgspec.json.Decoder(_Snake).decode
_decode_camel = msgspec.json.Decoder(_Camel).decode


def _decode(record: bytes) -> Any:
    found = _decode_snake(record)
    return _decode_camel(record) if found.start_time is None else found


def _recognises(record: Mapping[str, Any]) -> bool:
    names = {name.replace("_", "").lower() for name in record}
    return {"traceid", "starttime", "type", "input", "output"} <= names


def _exchanges(seen: Any) -> Iterable[Exchange]:
    if seen.type not in _CALLS:
        return ()
    row = Exchange(
        time=seen.start_time,
        account_id=code(seen.user_id),
        exchange_id=text(seen.id),
        session_id=code(seen.session_id),
        org_id=code(seen.project_id),
        model=first(text(seen.provided_model_name), text(seen.model)),
        status="error" if seen.level == "ERROR" else None,
    )
    _read_asked(seen.input, row)
    _read_answered(seen.output, row)
    parameters = _object(seen.model_parameters)
    row.temperature = number(parameters.get("temperature"))
    row.top_p = number(parameters.get("top_p"))
    limits = (parameters.get(name) for name in ("max_tokens", "max_completion_tokens", "maxTokens"))
    row.max_tokens = next((limit for limit in map(count, limits) if limit is not None), None)
    usage = _object(seen.usage_details)
    row.input_tokens = total(
        usage.get("input"), usage.get("input_cached_tokens"), usage.get("input_cache_read"),
        usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens"),
    ) or row.input_tokens  # fmt: skip
    row.output_tokens = count(usage.get("output")) or row.output_tokens
    tools = plain(unpacked(seen.tool_definitions))
    if tools:
        read_tools(_tools(tools), row)
    metadata = _object(seen.metadata)
    read_headers({**metadata, **mapping(metadata.get("headers"))}, row)
    return (row,)


def _read_asked(raw: msgspec.Raw, row: Exchange) -> None:
    """Read an input: a list of messages, a request's body, or a text."""
    raw = unpacked(raw)
    if bytes(memoryview(raw)[:1]) == b"{":
        read_body(raw, row)
    else:
        read_messages(raw, row)


def _read_answered(raw: msgspec.Raw, row: Exchange) -> None:
    """Read an output: an answer's body, a message, or a text."""
    whole = plain(unpacked(raw))
    if isinstance(whole, dict) and not {"choices", "stop_reason", "output"}.isdisjoint(whole):
        read_answer(unpacked(raw), row)
        return
    message = mapping(whole[0] if isinstance(whole, list) and whole else whole)
    row.response = text_of(message.get("content")) if message else text(whole)


def _tools(tools: object) -> list[Any]:
    """Return tool definitions as a list, where they came by name as well."""
    if isinstance(tools, dict):
        return [{"name": name} for name in tools]
    return [{"name": tool} if isinstance(tool, str) else tool for tool in sequence(tools)]


def _object(raw: msgspec.Raw) -> Mapping[str, Any]:
    return mapping(plain(unpacked(raw)))


LANGFUSE: Final = Format(
    name="langfuse",
    title="Langfuse export of observations",
    recognises=_recognises,
    decode=_decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"country", "asn", "key_id"},
)

"""Langfuse's export of observations, with names in either case and bodies plain or as JSON text."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import Answer, write_answer
from stillhunt.ingest.formats.format import (
    ABSENT,
    UNREADABLE,
    Code,
    Count,
    Exchange,
    Format,
    Readable,
    begins,
    code,
    reader,
    total,
    unpacked,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import (
    Parameters,
    Tool,
    read_body,
    read_messages,
    write_tools,
)

_CALLS: Final = (None, "GENERATION")


class _Snake(msgspec.Struct, gc=False):
    id: str | None = None
    type: str | None = None
    start_time: Any = None
    user_id: Code = None
    session_id: Code = None
    project_id: Code = None
    level: str | None = None
    input: msgspec.Raw = ABSENT
    output: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    provided_model_name: str | None = None
    model: str | None = None
    model_parameters: msgspec.Raw = ABSENT
    usage_details: msgspec.Raw = ABSENT
    tool_definitions: msgspec.Raw = ABSENT


_Camel = msgspec.defstruct(
    "_Camel",
    [(field.name, field.type, field.default) for field in msgspec.structs.fields(_Snake)],
    rename="camel",
)


class _Usage(msgspec.Struct, gc=False):
    input: Count = None
    input_cached_tokens: Count = None
    input_cache_read: Count = None
    cache_read_input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    output: Count = None


_read_snake = reader(_Snake)
_read_camel = reader(_Camel)
_read_usage = reader(_Usage | None)
_read_parameters = reader(Parameters | None)
_read_metadata = reader(dict[str, Any] | None)
_read_tools = reader(list[Tool | str | None] | dict[str, msgspec.Raw] | None)
_read_output = reader(Answer | list[Answer | None] | str | None)


def _decode(record: Readable) -> Any:
    found = _read_snake(record)
    return _read_camel(record) if found.start_time is None else found


def _recognises(record: Mapping[str, Any]) -> bool:
    names = {name.replace("_", "").lower() for name in record}
    return {"traceid", "starttime", "type", "input", "output"} <= names


def _exchanges(seen: Any) -> Iterable[Exchange]:
    if seen.type not in _CALLS:
        return ()
    row = Exchange(
        time=seen.start_time,
        account_id=code(seen.user_id),
        exchange_id=seen.id or None,
        session_id=code(seen.session_id),
        org_id=code(seen.project_id),
        model=seen.provided_model_name or seen.model or None,
        status="error" if seen.level == "ERROR" else None,
    )
    _read_asked(seen.input, row)
    _read_answered(seen.output, row)
    parameters = _read_inner(_read_parameters, seen.model_parameters)
    if parameters is not None:
        parameters.write(row)
    usage = _read_inner(_read_usage, seen.usage_details)
    if usage is not None:
        row.input_tokens = total(
            usage.input, usage.input_cached_tokens, usage.input_cache_read,
            usage.cache_read_input_tokens, usage.cache_creation_input_tokens,
        ) or row.input_tokens  # fmt: skip
        row.output_tokens = usage.output or row.output_tokens
    tools = _read_inner(_read_tools, seen.tool_definitions)
    if tools:
        write_tools([Tool(name=t) if isinstance(t, str) else t for t in tools], row)
    metadata = _read_inner(_read_metadata, seen.metadata)
    if metadata:
        read_headers(metadata, row)
        headers = metadata.get("headers")
        read_headers(headers if isinstance(headers, dict) else None, row)
    return (row,)


def _read_asked(raw: msgspec.Raw, row: Exchange) -> None:
    """Read an input: a list of messages, a request's body, or a text."""
    body = unpacked(raw)
    if begins(body, "{"):
        read_body(body, row)
    if row.n_turns is None:
        read_messages(raw, row)


def _read_answered(raw: msgspec.Raw, row: Exchange) -> None:
    """Read an output: an answer's body, a message, or a text."""
    came = _read_inner(_read_output, raw)
    if isinstance(came, list) and came:
        came = came[0]
    if isinstance(came, Answer):
        write_answer(came, row)
    elif isinstance(came, str):
        row.response = came or None


def _read_inner(read: Callable[[Readable], Any], raw: msgspec.Raw) -> Any:
    """Return what ``read`` makes of a part, plain or as JSON in text; None: unreadable."""
    try:
        return read(unpacked(raw))
    except UNREADABLE:
        return None


LANGFUSE: Final = Format(
    name="langfuse",
    title="Langfuse export of observations",
    recognises=_recognises,
    decode=_decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"country", "asn", "key_id"},
)

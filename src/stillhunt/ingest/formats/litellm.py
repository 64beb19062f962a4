"""LiteLLM's ``StandardLoggingPayload``, as its ``generic_api`` callback posts it."""

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
    text,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import read_messages, read_tools

_NOBODY: Final = "default_user_id"
"""Whom LiteLLM names where a key belongs to no user."""


class _Metadata(msgspec.Struct):
    user_api_key_user_id: Any = None
    user_api_key_hash: Any = None
    user_api_key_org_id: Any = None
    user_api_key_team_id: Any = None
    user_api_key_end_user_id: Any = None
    requester_ip_address: Any = None
    requester_custom_headers: Any = None


class _Payload(msgspec.Struct):
    id: Any = None
    litellm_call_id: Any = None
    session_id: Any = None
    startTime: Any = None  # noqa: N815
    status: Any = None
    error_information: Any = None
    model: Any = None
    model_group: Any = None
    messages: msgspec.Raw = ABSENT
    response: msgspec.Raw = ABSENT
    model_parameters: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    end_user: Any = None
    requester_ip_address: Any = None
    user_agent: Any = None
    metadata: _Metadata | None = None


def _recognises(record: Mapping[str, Any]) -> bool:
    return {"litellm_call_id", "startTime", "metadata"} <= record.keys() or (
        "call_type" in record and "user_api_key_hash" in mapping(record.get("metadata"))
    )


def _exchanges(payload: _Payload) -> Iterable[Exchange]:
    metadata = payload.metadata or _Metadata()
    user = text(metadata.user_api_key_user_id)
    key = text(metadata.user_api_key_hash)
    row = Exchange(
        time=payload.startTime,
        account_id=first(
            user if user != _NOBODY else None, text(metadata.user_api_key_team_id), key, user
        ),
        exchange_id=first(text(payload.id), text(payload.litellm_call_id)),
        session_id=text(payload.session_id),
        org_id=first(text(metadata.user_api_key_org_id), text(metadata.user_api_key_team_id)),
        key_id=key,
        end_user=first(code(payload.end_user), code(metadata.user_api_key_end_user_id)),
        model=first(text(payload.model_group), text(payload.model)),
        ip=first(text(payload.requester_ip_address), text(metadata.requester_ip_address)),
        user_agent=text(payload.user_agent),
    )
    read_messages(payload.messages, row)
    read_answer(payload.response, row)
    _read_parameters(mapping(payload.model_parameters), row)
    read_headers(mapping(metadata.requester_custom_headers), row)
    error = code(mapping(payload.error_information).get("error_code"))
    row.status = error or text(payload.status)
    # A failed call counts no tokens, rather than none.
    for name, value in (
        ("input_tokens", payload.prompt_tokens),
        ("output_tokens", payload.completion_tokens),
    ):
        setattr(row, name, count(value) or getattr(row, name))
    return (row,)


def _read_parameters(parameters: Mapping[str, Any], row: Exchange) -> None:
    row.temperature = number(parameters.get("temperature"))
    row.top_p = number(parameters.get("top_p"))
    row.max_tokens = next(
        (
            limit
            for name in ("max_tokens", "max_completion_tokens", "max_output_tokens")
            if (limit := count(parameters.get(name))) is not None
        ),
        None,
    )
    read_tools(parameters.get("tools") or parameters.get("functions"), row)
    row.system = row.system or text(parameters.get("instructions"))


LITELLM: Final = Format(
    name="litellm",
    title="LiteLLM proxy, generic_api callback",
    recognises=_recognises,
    decode=msgspec.json.Decoder(_Payload).decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"country", "asn"},
)

"""LiteLLM's ``StandardLoggingPayload``, as its ``generic_api`` callback posts it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import (
    ABSENT,
    Code,
    Count,
    Exchange,
    Format,
    code,
    reader,
)
from stillhunt.ingest.formats.headers import read_headers
from stillhunt.ingest.formats.requests import Parameters, read_messages

_NOBODY: Final = "default_user_id"
"""Whom LiteLLM names where a key belongs to no user."""


class _Metadata(msgspec.Struct, gc=False):
    user_api_key_user_id: str | None = None
    user_api_key_hash: str | None = None
    user_api_key_org_id: str | None = None
    user_api_key_team_id: str | None = None
    user_api_key_end_user_id: Code = None
    requester_ip_address: str | None = None
    requester_custom_headers: dict[str, Any] | None = None


class _Parameters(Parameters, gc=False):
    instructions: str | None = None


class _Error(msgspec.Struct, gc=False):
    error_code: Code = None


class _Payload(msgspec.Struct, gc=False):
    id: str | None = None
    litellm_call_id: str | None = None
    session_id: str | None = None
    startTime: Any = None  # noqa: N815
    status: str | None = None
    error_information: _Error | None = None
    model: str | None = None
    model_group: str | None = None
    messages: msgspec.Raw = ABSENT
    response: msgspec.Raw = ABSENT
    model_parameters: _Parameters | None = None
    prompt_tokens: Count = None
    completion_tokens: Count = None
    end_user: Code = None
    requester_ip_address: str | None = None
    user_agent: str | None = None
    metadata: _Metadata | None = None


def _recognises(record: Mapping[str, Any]) -> bool:
    return {"litellm_call_id", "startTime", "metadata"} <= record.keys() or (
        "call_type" in record and "user_api_key_hash" in (record.get("metadata") or ())
    )


def _exchanges(payload: _Payload) -> Iterable[Exchange]:
    metadata = payload.metadata or _Metadata()
    user, team = metadata.user_api_key_user_id, metadata.user_api_key_team_id
    key = metadata.user_api_key_hash or None
    row = Exchange(
        time=payload.startTime,
        account_id=(user if user != _NOBODY else None) or team or key or user or None,
        exchange_id=payload.id or payload.litellm_call_id or None,
        session_id=payload.session_id or None,
        org_id=metadata.user_api_key_org_id or team or None,
        key_id=key,
        end_user=code(payload.end_user) or code(metadata.user_api_key_end_user_id),
        model=payload.model_group or payload.model or None,
        ip=payload.requester_ip_address or metadata.requester_ip_address or None,
        user_agent=payload.user_agent or None,
    )
    read_messages(payload.messages, row)
    read_answer(payload.response, row)
    if payload.model_parameters is not None:
        payload.model_parameters.write(row)
        row.system = row.system or payload.model_parameters.instructions or None
    read_headers(metadata.requester_custom_headers, row)
    error = payload.error_information
    row.status = (error and code(error.error_code)) or payload.status or None
    # A failed call counts no tokens, rather than none.
    row.input_tokens = payload.prompt_tokens or row.input_tokens
    row.output_tokens = payload.completion_tokens or row.output_tokens
    return (row,)


LITELLM: Final = Format(
    name="litellm",
    title="LiteLLM proxy, generic_api callback",
    recognises=_recognises,
    decode=reader(_Payload),
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__) - {"country", "asn"},
)

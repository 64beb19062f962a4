"""Amazon Bedrock's model invocation log, as it lies in S3 or comes out of CloudWatch."""

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
    known,
    reader,
    total,
)
from stillhunt.ingest.formats.requests import read_body


class _Input(msgspec.Struct, rename="camel", frozen=True):
    input_body_json: msgspec.Raw = ABSENT
    input_token_count: Count = None
    cache_read_input_token_count: Count = None
    cache_write_input_token_count: Count = None


class _Output(msgspec.Struct, rename="camel", frozen=True):
    output_body_json: msgspec.Raw = ABSENT
    output_token_count: Count = None


class _Identity(msgspec.Struct, gc=False):
    arn: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    session_id: str | None = None
    user_id: str | None = None


class _Invocation(msgspec.Struct, rename="camel", gc=False):
    timestamp: Any = None
    account_id: Code = None
    identity: _Identity | None = None
    request_id: str | None = None
    model_id: str | None = None
    error_code: Code = None
    request_metadata: _Metadata | None = None
    input: _Input = _Input()
    output: _Output = _Output()


def _recognises(record: Mapping[str, Any]) -> bool:
    return record.get("schemaType") == "ModelInvocationLog" or (
        "modelId" in record and "inputBodyJson" in (record.get("input") or ())
    )


def _exchanges(call: _Invocation) -> Iterable[Exchange]:
    row = Exchange(exchange_id=call.request_id or None, model=call.model_id or None)
    read_body(call.input.input_body_json, row)
    read_answer(call.output.output_body_json, row)
    row.time = call.timestamp
    row.org_id = code(call.account_id)
    row.account_id = (call.identity and call.identity.arn) or row.org_id
    if call.request_metadata is not None:
        row.session_id = call.request_metadata.session_id or None
        row.end_user = call.request_metadata.user_id or row.end_user
    row.status = code(call.error_code) or row.status
    asked = total(
        call.input.input_token_count,
        call.input.cache_read_input_token_count,
        call.input.cache_write_input_token_count,
    )
    row.input_tokens = known(asked, row.input_tokens)
    row.output_tokens = known(call.output.output_token_count, row.output_tokens)
    return (row,)


BEDROCK: Final = Format(
    name="bedrock",
    title="Amazon Bedrock model invocation log",
    recognises=_recognises,
    decode=reader(_Invocation),
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__)
    - {"ip", "country", "asn", "user_agent", "tls_ja4", "key_id"},
)

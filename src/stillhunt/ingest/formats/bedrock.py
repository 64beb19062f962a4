"""Amazon Bedrock's model invocation log, as it lies in S3 or comes out of CloudWatch."""

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
    text,
    total,
)
from stillhunt.ingest.formats.requests import read_body


class _Input(msgspec.Struct, rename="camel", frozen=True):
    input_body_json: msgspec.Raw = ABSENT
    input_token_count: Any = None
    cache_read_input_token_count: Any = None
    cache_write_input_token_count: Any = None


class _Output(msgspec.Struct, rename="camel", frozen=True):
    output_body_json: msgspec.Raw = ABSENT
    output_token_count: Any = None


class _Invocation(msgspec.Struct, rename="camel"):
    timestamp: Any = None
    account_id: Any = None
    identity: Any = None
    request_id: Any = None
    model_id: Any = None
    error_code: Any = None
    request_metadata: Any = None
    input: _Input = _Input()
    output: _Output = _Output()


def _recognises(record: Mapping[str, Any]) -> bool:
    return record.get("schemaType") == "ModelInvocationLog" or (
        "modelId" in record and "inputBodyJson" in mapping(record.get("input"))
    )


def _exchanges(call: _Invocation) -> Iterable[Exchange]:
    row = Exchange()
    read_body(call.input.input_body_json, row)
    read_answer(call.output.output_body_json, row)
    metadata = mapping(call.request_metadata)
    row.time = call.timestamp
    row.account_id = first(text(mapping(call.identity).get("arn")), code(call.account_id))
    row.org_id = code(call.account_id)
    row.exchange_id = text(call.request_id) or row.exchange_id
    row.session_id = text(metadata.get("session_id"))
    row.end_user = text(metadata.get("user_id")) or row.end_user
    row.model = text(call.model_id) or row.model
    row.status = code(call.error_code) or row.status
    asked = total(
        call.input.input_token_count,
        call.input.cache_read_input_token_count,
        call.input.cache_write_input_token_count,
    )
    row.input_tokens = row.input_tokens if asked is None else asked
    given = count(call.output.output_token_count)
    row.output_tokens = row.output_tokens if given is None else given
    return (row,)


BEDROCK: Final = Format(
    name="bedrock",
    title="Amazon Bedrock model invocation log",
    recognises=_recognises,
    decode=msgspec.json.Decoder(_Invocation).decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__)
    - {"ip", "country", "asn", "user_agent", "tls_ja4", "key_id"},
)

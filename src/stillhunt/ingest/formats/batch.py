"""Batch files of OpenAI and Anthropic: requests, and answers with the same ``custom_id``.

Neither says whose the batch is, so the account is the end user that the request declares; where
each customer's batches lie in a folder of their own, a map names the account.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import Answer, Error, write_answer
from stillhunt.ingest.formats.format import ABSENT, Code, Exchange, Format, code, reader
from stillhunt.ingest.formats.requests import read_body


class _Answer(Answer, gc=False):
    created: Any = None
    created_at: Any = None


class _Response(msgspec.Struct, gc=False):
    body: _Answer | None = None
    status_code: Code = None


class _Failure(msgspec.Struct, gc=False):
    error: Error | None = None


class _Result(msgspec.Struct, gc=False):
    message: _Answer | None = None
    type: str | None = None
    error: _Failure | None = None


class _Line(msgspec.Struct, gc=False):
    custom_id: Code = None
    body: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT
    response: _Response | None = None
    result: _Result | None = None
    error: Error | None = None


_ANSWERS: Final = ("response", "result", "error")


def _recognises(record: Mapping[str, Any]) -> bool:
    return "custom_id" in record and any(
        isinstance(record.get(name), dict) for name in ("body", "params", *_ANSWERS)
    )


def _exchanges(line: _Line) -> Iterable[Exchange]:
    row = Exchange(exchange_id=code(line.custom_id))
    if line.body is not ABSENT or line.params is not ABSENT:
        read_body(line.params if line.body is ABSENT else line.body, row)
        row.account_id = row.end_user
        row.n_turns = row.n_turns or 0.0
        return (row,)
    response, result = line.response or _Response(), line.result or _Result()
    answer = response.body or result.message or _Answer()
    write_answer(answer, row)
    row.time = answer.created or answer.created_at
    error = line.error or (result.error and result.error.error)
    row.status = (error and error.status) or code(response.status_code) or result.type
    return (row,)


BATCH: Final = Format(
    name="batch",
    title="OpenAI and Anthropic batch files, requests and results",
    recognises=_recognises,
    decode=reader(_Line),
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__)
    - {"ip", "country", "asn", "user_agent", "tls_ja4", "key_id", "org_id", "session_id",
       "response"},
    is_split=True,
)  # fmt: skip

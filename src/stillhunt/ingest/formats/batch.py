"""Batch files of OpenAI and Anthropic: requests, and answers with the same ``custom_id``.

Neither says whose the batch is, so the account is the end user that the request declares; where
each customer's batches lie in a folder of their own, a map names the account.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.answers import read_plain_answer
from stillhunt.ingest.formats.format import ABSENT, Exchange, Format, code, mapping, text
from stillhunt.ingest.formats.requests import read_body


class _Line(msgspec.Struct):
    custom_id: Any = None
    body: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT
    response: Any = None
    result: Any = None
    error: Any = None


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
    response, result = mapping(line.response), mapping(line.result)
    answer = mapping(response.get("body") or result.get("message"))
    read_plain_answer(answer, row)
    row.time = answer.get("created") or answer.get("created_at")
    row.status = code(response.get("status_code")) or text(result.get("type"))
    error = mapping(line.error or mapping(result.get("error")).get("error"))
    row.status = code(error.get("code")) or text(error.get("type")) or row.status
    row.n_images = None
    return (row,)


BATCH: Final = Format(
    name="batch",
    title="OpenAI and Anthropic batch files, requests and results",
    recognises=_recognises,
    decode=msgspec.json.Decoder(_Line).decode,
    exchanges=_exchanges,
    columns=frozenset(Exchange.__struct_fields__)
    - {"ip", "country", "asn", "user_agent", "tls_ja4", "key_id", "org_id", "session_id",
       "response"},
    is_split=True,
)  # fmt: skip

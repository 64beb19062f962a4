"""What came back: text, usage, how it ended, in one piece or streamed.

One reader for OpenAI (chat, responses, completions), Anthropic and Bedrock.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from stillhunt.ingest.formats.format import (
    Exchange,
    code,
    count,
    mapping,
    plain,
    sequence,
    text,
    total,
)
from stillhunt.ingest.formats.requests import text_of


def read_answer(raw: msgspec.Raw | bytes, row: Exchange) -> None:
    """Write into ``row`` what an answer says: an object, a list of events or their text (SSE)."""
    answer = plain(msgspec.Raw(raw))
    if isinstance(answer, str):
        answer = _unpack(answer)
    if isinstance(answer, list):
        answer = fold(mapping(event) for event in answer)
    if isinstance(answer, dict):
        read_plain_answer(answer, row)


def read_plain_answer(answer: Mapping[str, Any], row: Exchange) -> None:
    """Write into ``row`` what one answer, as plain JSON, says."""
    row.exchange_id = row.exchange_id or text(answer.get("id"))
    row.model = row.model or text(answer.get("model"))
    read_usage(mapping(answer.get("usage")), row)
    error = mapping(answer.get("error"))
    if error:
        row.status = code(error.get("code")) or text(error.get("type")) or "error"
    choices = sequence(answer.get("choices"))
    if choices:
        _read_choice(mapping(choices[0]), row)
    elif "output" in answer:
        _read_output(answer, row)
    elif "content" in answer:
        row.response = text_of(answer["content"])
        row.stop_reason = text(answer.get("stop_reason"))


def read_usage(usage: Mapping[str, Any], row: Exchange) -> None:
    """Write token counts into ``row``; what came from a cache counts as read.

    OpenAI's count of the input holds what was cached, Anthropic's and Bedrock's do not.
    """
    asked = total(usage.get("prompt_tokens"))
    if asked is None:
        asked = total(
            usage.get("input_tokens"),
            usage.get("cache_read_input_tokens"),
            usage.get("cache_creation_input_tokens"),
        )
    if asked is None:
        asked = total(
            usage.get("inputTokens"),
            usage.get("cacheReadInputTokens"),
            usage.get("cacheWriteInputTokens"),
        )
    given = (usage.get(n) for n in ("completion_tokens", "output_tokens", "outputTokens"))
    row.input_tokens = row.input_tokens if asked is None else asked
    row.output_tokens = next((n for n in map(count, given) if n is not None), row.output_tokens)


def fold(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer that a stream of events of any of the APIs adds up to."""
    whole: dict[str, Any] = {}
    words: list[str] = []
    for event in events:
        kind = event.get("type")
        if isinstance(kind, str) and kind.startswith("response."):
            # OpenAI's responses: the last event holds the whole.
            whole = dict(mapping(event.get("response"))) or whole
        elif "choices" in event:
            _fold_chunk(event, whole, words)
        else:
            _fold_event(event, whole, words)
    return whole


def _unpack(answer: str) -> Any:
    """Return a JSON text, or the list of events in a text of server-sent events."""
    if answer.lstrip()[:1] in ("{", "["):
        return plain(msgspec.Raw(answer.encode()))
    return list(_events(answer))


def _events(stream: str) -> Iterator[Any]:
    for line in stream.splitlines():
        if line.startswith("data:") and line[5:].strip() != "[DONE]":
            yield plain(msgspec.Raw(line[5:].encode()))


def _fold_chunk(event: Mapping[str, Any], whole: dict[str, Any], words: list[str]) -> None:
    for name in ("id", "model", "usage"):
        if event.get(name):
            whole[name] = event[name]
    for choice in map(mapping, sequence(event["choices"])[:1]):
        delta = mapping(choice.get("delta"))
        words += filter(None, [text(delta.get("content")), text(choice.get("text"))])
        old = mapping(sequence(whole.get("choices", [{}]))[0])
        message = {"content": "".join(words)}
        refusal = (mapping(old.get("message")).get("refusal") or "") + (delta.get("refusal") or "")
        ended = choice.get("finish_reason") or old.get("finish_reason")
        whole["choices"] = [{"message": message | {"refusal": refusal}, "finish_reason": ended}]


def _fold_event(event: Mapping[str, Any], whole: dict[str, Any], words: list[str]) -> None:
    match event.get("type"):
        case "message_start":
            whole.update(mapping(event.get("message")))
        case "content_block_delta":
            words += filter(None, [text(mapping(event.get("delta")).get("text"))])
            whole["content"] = "".join(words)
        case "message_delta":
            whole["stop_reason"] = mapping(event.get("delta")).get("stop_reason")
            whole["usage"] = {**mapping(whole.get("usage")), **mapping(event.get("usage"))}
        case "error":
            whole["error"] = event.get("error")


def _read_choice(choice: Mapping[str, Any], row: Exchange) -> None:
    message = mapping(choice.get("message"))
    row.response = text_of(message.get("content")) or text(choice.get("text"))
    row.stop_reason = text(choice.get("finish_reason"))
    # LiteLLM keeps what is not common to all providers apart.
    apart = mapping(message.get("provider_specific_fields"))
    _read_refusal(text(message.get("refusal")) or text(apart.get("refusal")), row)


def _read_output(answer: Mapping[str, Any], row: Exchange) -> None:
    if isinstance(answer["output"], dict):  # Bedrock
        row.response = text_of(mapping(answer["output"].get("message")).get("content"))
        row.stop_reason = text(answer.get("stopReason"))
        return
    parts = [
        p for item in sequence(answer["output"]) for p in sequence(mapping(item).get("content"))
    ]
    row.response = text_of(parts)
    why = text(mapping(answer.get("incomplete_details")).get("reason"))
    row.stop_reason = why or text(answer.get("status"))
    for part in map(mapping, parts):
        _read_refusal(text(part.get("refusal")), row)


def _read_refusal(refusal: str | None, row: Exchange) -> None:
    if refusal:
        row.response, row.stop_reason = row.response or refusal, "refusal"

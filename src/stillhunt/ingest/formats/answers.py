"""What came back: text, usage, how it ended, in one piece or streamed.

One reader for OpenAI (chat, responses, completions), Anthropic and Bedrock.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import msgspec

from stillhunt.ingest.formats.format import (
    ABSENT,
    UNREADABLE,
    Code,
    Count,
    Exchange,
    Readable,
    as_json,
    code,
    is_there,
    known,
    reader,
    total,
)
from stillhunt.ingest.formats.requests import Content, Part, text_of


class _Usage(msgspec.Struct, gc=False):
    """Token counts, by the names of any of the APIs."""

    prompt_tokens: Count = None
    input_tokens: Count = None
    cache_read: Count = msgspec.field(default=None, name="cache_read_input_tokens")
    cache_made: Count = msgspec.field(default=None, name="cache_creation_input_tokens")
    input_camel: Count = msgspec.field(default=None, name="inputTokens")
    cache_read_camel: Count = msgspec.field(default=None, name="cacheReadInputTokens")
    cache_made_camel: Count = msgspec.field(default=None, name="cacheWriteInputTokens")
    completion_tokens: Count = None
    output_tokens: Count = None
    output_camel: Count = msgspec.field(default=None, name="outputTokens")


class Error(msgspec.Struct, gc=False):
    """Why there is no answer."""

    code: Code = None
    type: str | None = None
    message: msgspec.Raw = ABSENT

    @property
    def status(self) -> str | None:
        """What the error is called; None where there is none but its place."""
        return code(self.code) or self.type or ("error" if is_there(self.message) else None)


class _Apart(msgspec.Struct, gc=False):
    refusal: str | None = None


class _Said(msgspec.Struct, gc=False):
    """The message of a choice, the piece of one in an event, or an item of an output."""

    content: Content = None
    text: str | None = None
    refusal: str | None = None
    stop_reason: str | None = None
    provider_specific_fields: _Apart | None = None


class _Choice(msgspec.Struct, gc=False):
    """One of the answers that were asked for."""

    message: _Said | None = None
    delta: _Said | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Output(msgspec.Struct, gc=False):
    message: _Said | None = None


class _Incomplete(msgspec.Struct, gc=False):
    reason: str | None = None


class Answer(msgspec.Struct, gc=False):
    """The body of an answer of any of the APIs."""

    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    error: Error | None = None
    choices: list[_Choice | None] | None = None
    output: _Output | list[_Said | None] | None = None
    content: Content = None
    stop_reason: str | None = None
    stop_reason_camel: str | None = msgspec.field(default=None, name="stopReason")
    status: str | None = None
    incomplete_details: _Incomplete | None = None


class _Event(Answer, gc=False):
    """One event of a stream; also what a stream of them adds up to."""

    type: str | None = None
    response: Answer | None = None
    message: Answer | None = None
    delta: _Said | None = None


_read_any = reader(_Event | list[_Event | None] | str | None)
_read_event = reader(_Event)


def read_answer(raw: Readable, row: Exchange) -> None:
    """Write into ``row`` what an answer says: an object, a list of events or their text (SSE)."""
    with suppress(*UNREADABLE):
        came = _read_any(raw)
        if isinstance(came, str):
            inner = as_json(came)
            came = list(_events(came)) if inner is None else _read_any(inner)
        if isinstance(came, list):
            came = fold(event for event in came if event is not None)
        if isinstance(came, Answer):
            write_answer(came, row)


def write_answer(answer: Answer, row: Exchange) -> None:
    """Write into ``row`` what one answer says."""
    row.exchange_id = row.exchange_id or answer.id or None
    row.model = row.model or answer.model or None
    if answer.usage is not None:
        _write_usage(answer.usage, row)
    if answer.error is not None:
        row.status = answer.error.status or row.status
    if answer.choices:
        _write_choice(answer.choices[0] or _Choice(), row)
    elif answer.output is not None:
        _write_output(answer, row)
    elif answer.content is not None or answer.stop_reason:
        row.response = text_of(answer.content)
        row.stop_reason = answer.stop_reason or None


def _write_usage(usage: _Usage, row: Exchange) -> None:
    """Write token counts into ``row``; what came from a cache counts as read.

    OpenAI's count of the input holds what was cached, Anthropic's and Bedrock's do not.
    """
    row.input_tokens = known(
        usage.prompt_tokens,
        total(usage.input_tokens, usage.cache_read, usage.cache_made),
        total(usage.input_camel, usage.cache_read_camel, usage.cache_made_camel),
        row.input_tokens,
    )
    row.output_tokens = known(
        usage.completion_tokens, usage.output_tokens, usage.output_camel, row.output_tokens
    )


def fold(events: Iterable[_Event]) -> Answer:
    """Return the answer that a stream of events of any of the APIs adds up to."""
    whole, words = Answer(), list[str]()
    for event in events:
        if event.type is not None and event.type.startswith("response."):
            # OpenAI's responses: the last event holds the whole.
            whole = event.response or whole
        elif event.choices is not None:
            _fold_chunk(event, whole, words)
        else:
            _fold_event(event, whole, words)
    return whole


def _events(stream: str) -> Iterator[_Event]:
    for line in stream.splitlines():
        if line.startswith("data:") and line[5:].strip() != "[DONE]":
            with suppress(*UNREADABLE):
                yield _read_event(line[5:].encode())


def _fold_chunk(event: _Event, whole: Answer, words: list[str]) -> None:
    for name in ("id", "model", "usage"):
        setattr(whole, name, getattr(event, name) or getattr(whole, name))
    for choice in filter(None, (event.choices or [])[:1]):
        told = whole.choices[0] if whole.choices else None
        told = told or _Choice(message=_Said())
        whole.choices = [told]
        delta, message = choice.delta or _Said(), told.message or _Said()
        words += filter(None, [text_of(delta.content), choice.text])
        message.content = "".join(words)
        message.refusal = (message.refusal or "") + (delta.refusal or "")
        told.finish_reason = choice.finish_reason or told.finish_reason


def _fold_event(event: _Event, whole: Answer, words: list[str]) -> None:
    delta = event.delta or _Said()
    match event.type:
        case "message_start" if event.message is not None:
            for name in ("id", "model", "usage", "content"):
                setattr(whole, name, getattr(event.message, name))
        case "content_block_delta":
            words += filter(None, [delta.text])
            whole.content = "".join(words)
        case "message_delta":
            whole.stop_reason = delta.stop_reason
            whole.usage = _added(whole.usage, event.usage)
        case "error":
            whole.error = event.error


def _added(before: _Usage | None, usage: _Usage | None) -> _Usage | None:
    """Return the counts of two events; of one that both have, the later."""
    if before is None or usage is None:
        return usage or before
    names: tuple[str, ...] = _Usage.__struct_fields__
    return _Usage(*(known(getattr(usage, name), getattr(before, name)) for name in names))


def _write_choice(choice: _Choice, row: Exchange) -> None:
    message = choice.message or _Said()
    row.response = text_of(message.content) or choice.text or None
    row.stop_reason = choice.finish_reason or None
    # LiteLLM keeps what is not common to all providers apart.
    apart = message.provider_specific_fields
    _write_refusal(message.refusal or (apart.refusal if apart else None), row)


def _write_output(answer: Answer, row: Exchange) -> None:
    if isinstance(answer.output, _Output):  # Bedrock
        row.response = text_of(answer.output.message.content if answer.output.message else None)
        row.stop_reason = answer.stop_reason_camel or None
        return
    parts: list[Any] = []
    for item in answer.output or ():
        if item is not None and isinstance(item.content, list):
            parts += item.content
    row.response = text_of(parts)
    why = answer.incomplete_details and answer.incomplete_details.reason
    row.stop_reason = why or answer.status or None
    for part in parts:
        _write_refusal(part.refusal if isinstance(part, Part) else None, row)


def _write_refusal(refusal: str | None, row: Exchange) -> None:
    if refusal:
        row.response, row.stop_reason = row.response or refusal, "refusal"

"""Answers in one piece and in events."""

import json

import pytest

from stillhunt.ingest.formats.answers import read_answer
from stillhunt.ingest.formats.format import Exchange


def answered(answer):
    row = Exchange()
    read_answer(json.dumps(answer).encode(), row)
    return row


def chunk(text, reason=None):
    return {"choices": [{"delta": {"content": text}, "finish_reason": reason}]}


def test_chunks_add_up():
    row = answered([chunk("a"), chunk("b"), chunk(None, "stop")])
    assert (row.response, row.stop_reason) == ("ab", "stop")


def test_a_stream_may_come_as_its_text():
    events = "".join(f"data: {json.dumps(chunk(text))}\n\n" for text in "xyz")
    assert answered(events + "data: [DONE]\n\n").response == "xyz"


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 5}}, 9),
        ({"input_tokens": 4, "cache_read_input_tokens": 5}, 9),
        ({"inputTokens": 4, "cacheReadInputTokens": 5, "cacheWriteInputTokens": 1}, 10),
        ({}, None),
    ],
)
def test_what_came_from_a_cache_counts_as_read_once(usage, tokens):
    assert answered({"content": [], "usage": usage}).input_tokens == tokens


def test_a_refusal_is_how_it_ended():
    row = answered({"choices": [{"message": {"refusal": "no"}, "finish_reason": "stop"}]})
    assert (row.response, row.stop_reason) == ("no", "refusal")


def test_an_error_is_a_status():
    assert answered({"error": {"type": "overloaded"}}).status == "overloaded"


@pytest.mark.parametrize("answer", [None, 7, "text", [], [7], {"choices": 7}, {"output": None}])
def test_what_is_no_answer_says_nothing(answer):
    assert answered(answer).response is None


def test_an_empty_error_is_none():
    assert answered({"error": {}, "content": "a"}).status is None
    assert answered({"error": {"message": "no"}}).status == "error"


def test_events_of_anthropic_add_up():
    row = answered(
        [
            {"type": "message_start", "message": {"id": "m", "content": [], "model": "c",
                                                  "usage": {"input_tokens": 3}}},
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}},
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "b"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
             "usage": {"output_tokens": 2}},
        ]
    )  # fmt: skip
    assert (row.exchange_id, row.model, row.response, row.stop_reason) == (
        "m",
        "c",
        "ab",
        "end_turn",
    )
    assert (row.input_tokens, row.output_tokens) == (3, 2)

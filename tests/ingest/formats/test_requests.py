"""The newest user turn and what stands around it."""

import json

import pytest

from stillhunt.ingest.formats.format import Exchange
from stillhunt.ingest.formats.requests import read_body, read_text


def asked(**body):
    row = Exchange()
    read_body(json.dumps(body).encode(), row)
    return row


def user(content):
    return {"role": "user", "content": content}


def test_the_newest_user_turn_counts_and_the_system_prompt_is_no_turn():
    row = asked(messages=[{"role": "system", "content": "s"}, user("a"),
                          {"role": "assistant", "content": "b"}, user("c")])  # fmt: skip
    assert (row.prompt, row.system, row.n_turns) == ("c", "s", 3)


@pytest.mark.parametrize(
    "results",
    [
        [{"role": "tool", "tool_call_id": "1", "content": "r"}],
        [user([{"type": "tool_result", "tool_use_id": "1", "content": "r"}])],
        [{"type": "function_call_output", "call_id": "1", "output": "r"}],
    ],
)
def test_results_of_tools_are_no_user_turn(results):
    assert asked(messages=[user("ask"), *results]).prompt == "ask"


def test_parts_are_joined_and_images_counted():
    row = asked(messages=[user([{"type": "text", "text": "a"}, {"type": "image_url"},
                                {"type": "text", "text": "b"}])])  # fmt: skip
    assert (row.prompt, row.n_images) == ("a\nb", 1)


def test_a_turn_of_images_alone_has_no_text():
    row = asked(messages=[user("before"), user([{"type": "image"}])])
    assert (row.prompt, row.n_images) == (None, 1)


@pytest.mark.parametrize(
    ("prompt", "text"), [("p", "p"), (["p", "q"], "p\nq"), ([1, 2], None), ([[1], [2]], None)]
)
def test_a_prompt_in_tokens_is_no_text(prompt, text):
    assert asked(prompt=prompt).prompt == text


@pytest.mark.parametrize("role", ["system", "developer"])
def test_whoever_instructs_is_the_system(role):
    assert asked(messages=[{"role": role, "content": "s"}, user("a")]).system == "s"


def test_tools_have_names_in_every_dialect():
    tools = [{"type": "function", "function": {"name": "a"}}, {"name": "b"},
             {"toolSpec": {"name": "c"}}, {"type": "web_search"}, 7]  # fmt: skip
    row = asked(messages=[user("a")], tools=tools)
    assert (row.tools, row.n_tools) == (["a", "b", "c", "web_search"], 5)


@pytest.mark.parametrize("value", ["hot", True, [1], {"a": 1}, 1e300])
def test_a_parameter_that_cannot_be_is_dropped_alone(value):
    row = asked(messages=[user("a")], temperature=value, max_tokens=value)
    assert (row.prompt, row.temperature, row.max_tokens) == ("a", None, None)


def test_a_long_history_is_not_decoded():
    history = [user("old " * 1000), {"role": "assistant", "content": "older " * 1000}] * 50
    assert asked(messages=[*history, user("new")]).prompt == "new"


def test_text_is_found_in_parts_of_any_dialect():
    assert read_text(b'[{"type": "text", "content": "a"}, "b", {"text": "c"}]') == "a\nb\nc"
    assert read_text(b'[{"type": "tool_call", "content": "a"}]') is None


@pytest.mark.parametrize(
    "text", ["[sic] what is this?", '{"task": "translate"}', '["a", "b"]', '[{"x": 1}]', "{"]
)
def test_a_customer_who_writes_json_has_asked_it(text):
    assert asked(messages=[user(text)]).prompt == text
    assert asked(input=text).prompt == text


def test_messages_and_contents_may_be_json_in_text():
    inner = json.dumps([user(json.dumps([{"type": "text", "text": "a"}]))])
    assert asked(messages=inner).prompt == "a"


def test_what_is_no_part_or_message_hides_none():
    row = asked(messages=[7, user([None, 7, {"type": "text", "text": "a"}]), [], {"role": 7}])
    assert (row.prompt, row.n_turns) == ("a", 2)

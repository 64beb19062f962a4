"""What a request asks: the newest user turn, the system prompt, tools and parameters.

One reader for the bodies of OpenAI (chat, responses, completions), Anthropic and Bedrock, and for
the messages of OpenTelemetry: they differ in names, not in kind. A history is looked through once,
from its end, and only the texts that are wanted are ever decoded.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.format import (
    ABSENT,
    Exchange,
    code,
    count,
    mapping,
    number,
    plain,
    sequence,
    text,
    unpacked,
)

# Tuples, because what is looked for in them may be anything, also what cannot be hashed.
_SYSTEM_ROLES: Final = ("system", "developer")
_USER_ROLES: Final = ("user", "human")
_TEXTS: Final = ("text", "input_text", "output_text")
_IMAGES: Final = ("image", "image_url", "input_image", "blob", "uri", "file")


class Body(msgspec.Struct):
    """The body of a request to any of the APIs; what is not here is skipped unread."""

    model: Any = None
    messages: msgspec.Raw = ABSENT
    input: msgspec.Raw = ABSENT
    prompt: msgspec.Raw = ABSENT
    system: msgspec.Raw = ABSENT
    instructions: msgspec.Raw = ABSENT
    tools: Any = None
    functions: Any = None
    tool_config: Any = msgspec.field(default=None, name="toolConfig")
    inference_config: Any = msgspec.field(default=None, name="inferenceConfig")
    temperature: Any = None
    top_p: Any = None
    max_tokens: Any = None
    max_completion_tokens: Any = None
    max_output_tokens: Any = None
    max_tokens_to_sample: Any = None
    user: Any = None
    safety_identifier: Any = None
    metadata: Any = None


class Message(msgspec.Struct):
    """One message; ``content`` stays undecoded until it is known to be wanted."""

    role: Any = None
    type: Any = None
    content: msgspec.Raw = ABSENT
    parts: msgspec.Raw = ABSENT


_decode_body = msgspec.json.Decoder(Body).decode
_decode_messages = msgspec.json.Decoder(list[Message]).decode


def read_body(raw: msgspec.Raw | bytes, row: Exchange) -> Body | None:
    """Write into ``row`` what a request body says; return the body, None where it is none."""
    try:
        body = _decode_body(unpacked(msgspec.Raw(raw)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    row.model = row.model or text(body.model)
    asked = next((p for p in (body.messages, body.input, body.prompt) if _is_there(p)), ABSENT)
    if asked is not body.prompt:
        read_messages(asked, row)
    elif _is_there(asked):
        row.prompt, row.n_turns = _completion_prompt(plain(asked)), 1.0
    for raw_system in (body.system, body.instructions):
        if _is_there(raw_system):
            row.system = _join(_text_of(raw_system), row.system)
    read_tools(body.tools or body.functions or mapping(body.tool_config).get("tools"), row)
    _read_parameters(body, row)
    row.end_user = row.end_user or text(body.safety_identifier) or code(body.user)
    row.end_user = row.end_user or code(mapping(body.metadata).get("user_id"))
    return body


def read_messages(raw: msgspec.Raw, row: Exchange) -> None:
    """Write the newest user turn, the system prompt and the number of turns into ``row``."""
    raw = unpacked(raw)
    try:
        messages = _decode_messages(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        whole = plain(raw)
        if isinstance(whole, str):
            row.prompt, row.n_turns, row.n_images = whole or None, 1.0, 0.0
        elif isinstance(whole, list) and whole and all(isinstance(part, str) for part in whole):
            row.prompt, row.n_turns = "\n".join(whole) or None, float(len(whole))
        return
    systems = [m for m in messages if m.role in _SYSTEM_ROLES]
    row.n_turns = float(len(messages) - len(systems))
    for message in reversed(messages):
        if message.role in _USER_ROLES and _read_turn(message, row):
            break
    for message in systems:
        row.system = _join(row.system, _text_of(_content(message)))


def read_tools(tools: object, row: Exchange) -> None:
    """Write the names of the tools offered into ``row``; a built-in tool is called by its type."""
    if not isinstance(tools, list):
        return
    row.n_tools = float(len(tools))
    row.tools = [name for name in map(_tool_name, tools) if name]


def text_of(content: object) -> str | None:
    """Return the text of a decoded content, its parts on lines of their own; None without text."""
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return text(content)
    return "\n".join(_part_texts(content)) or None


def _read_turn(message: Message, row: Exchange) -> bool:
    """Write a user turn into ``row``; False where it only brings the results of tools."""
    content = plain(unpacked(_content(message)))
    row.n_images = float(_n_images(content))
    row.prompt = text_of(content)
    return row.prompt is not None or row.n_images > 0


def _is_there(raw: msgspec.Raw) -> bool:
    return raw is not ABSENT and bytes(memoryview(raw)[:4]) != b"null"


def _content(message: Message) -> msgspec.Raw:
    return message.parts if _is_there(message.parts) else message.content


def _text_of(raw: msgspec.Raw) -> str | None:
    return text_of(plain(unpacked(raw)))


def _part_texts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type", "text") in _TEXTS:
            # OpenTelemetry says content where the APIs say text.
            found = text(part.get("text")) or text(part.get("content"))
            if found:
                yield found


def _n_images(content: object) -> int:
    return sum(
        part.get("type") in _IMAGES or "image" in part
        for part in sequence(content)
        if isinstance(part, dict)
    )


def _completion_prompt(prompt: object) -> str | None:
    """Return the text of a completion's prompt; tokens are no text."""
    if isinstance(prompt, list):
        return "\n".join(part for part in prompt if isinstance(part, str)) or None
    return text(prompt)


def _tool_name(tool: object) -> str | None:
    tool = mapping(tool)
    for inner in (tool.get("function"), tool.get("toolSpec"), tool):
        name = text(mapping(inner).get("name"))
        if name:
            return name
    return text(tool.get("type"))


def _read_parameters(body: Body, row: Exchange) -> None:
    inference = mapping(body.inference_config)
    row.temperature = number(body.temperature)
    row.top_p = number(body.top_p)
    if inference:
        row.temperature = number(inference.get("temperature"))
        row.top_p = number(inference.get("topP"))
    limits = (
        body.max_tokens, body.max_completion_tokens, body.max_output_tokens,
        body.max_tokens_to_sample, inference.get("maxTokens"),
    )  # fmt: skip
    row.max_tokens = next((c for c in map(count, limits) if c is not None), None)


def _join(left: str | None, right: str | None) -> str | None:
    return f"{left}\n{right}" if left and right else left or right

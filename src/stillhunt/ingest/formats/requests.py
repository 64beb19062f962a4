"""What a request asks: the newest user turn, the system prompt, tools and parameters.

One reader for the bodies of OpenAI (chat, responses, completions), Anthropic and Bedrock, and for
the messages of OpenTelemetry: they differ in names, not in kind. A history is looked through once,
from its end, and only the texts that are wanted are ever decoded.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.format import (
    ABSENT,
    UNREADABLE,
    Code,
    Count,
    Exchange,
    Number,
    Readable,
    as_json,
    code,
    is_there,
    known,
    plain,
    reader,
    unpacked,
)

_SYSTEM_ROLES: Final = ("system", "developer")
_USER_ROLES: Final = ("user", "human")
_TEXTS: Final = ("text", "input_text", "output_text")
_IMAGES: Final = ("image", "image_url", "input_image", "blob", "uri", "file")


class Part(msgspec.Struct, gc=False):
    """One part of a content."""

    type: str | None = "text"
    text: str | None = None
    content: msgspec.Raw = ABSENT
    image: msgspec.Raw = ABSENT
    refusal: str | None = None


Content = str | Part | list[Part | str | None] | None


class Message(msgspec.Struct, gc=False):
    """One message; ``content`` stays undecoded until it is known to be wanted."""

    role: str | None = None
    content: msgspec.Raw = ABSENT
    parts: msgspec.Raw = ABSENT


Messages = str | list[Message | str | None]


class _Named(msgspec.Struct, gc=False):
    name: str | None = None


class Tool(_Named, gc=False):
    """A tool as any of the APIs declares it; a built-in one is called by its type."""

    type: str | None = None
    function: _Named | None = None
    spec: _Named | None = msgspec.field(default=None, name="toolSpec")

    @property
    def label(self) -> str | None:
        """The tool's name."""
        named = self.function or self.spec
        return (named and named.name) or self.name or self.type


class _ToolConfig(msgspec.Struct, gc=False):
    tools: list[Tool | None] | None = None


class _InferenceConfig(msgspec.Struct, rename="camel", gc=False):
    temperature: Number = None
    top_p: Number = None
    max_tokens: Count = None


class _Metadata(msgspec.Struct, gc=False):
    user_id: Code = None


class Parameters(msgspec.Struct, gc=False):
    """What a request may set, by the names of any of the APIs."""

    temperature: Number = None
    top_p: Number = None
    max_tokens: Count = None
    max_completion_tokens: Count = None
    max_output_tokens: Count = None
    max_tokens_to_sample: Count = None
    max_tokens_camel: Count = msgspec.field(default=None, name="maxTokens")
    tools: list[Tool | None] | None = None
    functions: list[Tool | None] | None = None

    def write(self, row: Exchange) -> None:
        """Write into ``row`` what was set."""
        row.temperature = known(self.temperature, row.temperature)
        row.top_p = known(self.top_p, row.top_p)
        row.max_tokens = known(
            self.max_tokens, self.max_completion_tokens, self.max_output_tokens,
            self.max_tokens_to_sample, self.max_tokens_camel, row.max_tokens,
        )  # fmt: skip
        write_tools(self.tools or self.functions, row)


class Body(Parameters, gc=False):
    """The body of a request to any of the APIs; what is not here is skipped unread."""

    model: str | None = None
    messages: msgspec.Raw = ABSENT
    input: msgspec.Raw = ABSENT
    prompt: msgspec.Raw = ABSENT
    system: msgspec.Raw = ABSENT
    instructions: msgspec.Raw = ABSENT
    tool_config: _ToolConfig | None = msgspec.field(default=None, name="toolConfig")
    inference_config: _InferenceConfig | None = msgspec.field(default=None, name="inferenceConfig")
    user: Code = None
    safety_identifier: str | None = None
    metadata: _Metadata | None = None


_read_body = reader(Body)
_read_messages = reader(Messages)
_read_content = reader(Content)
_read_tools = reader(list[Tool | None])


def read_body(raw: Readable, row: Exchange) -> None:
    """Write into ``row`` what a request body says."""
    try:
        body: Body = _read_body(unpacked(raw))
    except UNREADABLE:
        return
    row.model = row.model or body.model or None
    if is_there(body.messages):
        read_messages(body.messages, row)
    elif is_there(body.input):
        read_messages(body.input, row)
    elif is_there(body.prompt):
        row.prompt, row.n_turns = _completion_prompt(plain(body.prompt)), 1.0
    for system in (body.system, body.instructions):
        if is_there(system):
            row.system = _join(read_text(system), row.system)
    body.write(row)
    if body.tool_config is not None:
        write_tools(body.tool_config.tools, row)
    if body.inference_config is not None:
        row.temperature = body.inference_config.temperature
        row.top_p = body.inference_config.top_p
        row.max_tokens = known(row.max_tokens, body.inference_config.max_tokens)
    of_metadata = body.metadata.user_id if body.metadata else None
    row.end_user = row.end_user or body.safety_identifier or code(body.user) or code(of_metadata)


def read_messages(raw: Readable, row: Exchange) -> None:
    """Write the newest user turn, the system prompt and the number of turns into ``row``."""
    with suppress(*UNREADABLE):
        write_messages(_read_messages(raw), row)


def write_messages(came: Messages, row: Exchange) -> None:
    """Write into ``row`` what messages say: a list, one text, or a list as JSON in a text."""
    if isinstance(came, str):
        came = _messages_in(came) or came
    if isinstance(came, str):
        row.prompt, row.n_turns, row.n_images = came or None, 1.0, 0.0
        return
    messages = [message for message in came if isinstance(message, Message)]
    if not messages:
        texts = [text for text in came if isinstance(text, str)]
        row.prompt, row.n_turns = "\n".join(texts) or None, float(len(texts))
        return
    systems = [message for message in messages if message.role in _SYSTEM_ROLES]
    row.n_turns = float(len(messages) - len(systems))
    for message in reversed(messages):
        if message.role in _USER_ROLES and _read_turn(message, row):
            break
    for message in systems:
        row.system = _join(row.system, read_text(_content(message)))


def _messages_in(text: str) -> list[Message | str | None] | None:
    """Return the messages that are encoded in a text; None where it is but a text."""
    inner = as_json(text)
    if inner is None:
        return None
    with suppress(*UNREADABLE):
        came: list[Message | str | None] = _read_messages(inner)
        if any(isinstance(message, Message) and message.role for message in came):
            return came
    return None


def read_tools(raw: Readable, row: Exchange) -> None:
    """Write the names of the tools offered into ``row``."""
    with suppress(*UNREADABLE):
        write_tools(_read_tools(unpacked(raw)), row)


def write_tools(tools: list[Tool | None] | None, row: Exchange) -> None:
    """Write the names of ``tools`` into ``row``."""
    if tools is not None:
        row.n_tools = float(len(tools))
        row.tools = [tool.label for tool in tools if tool is not None and tool.label]


def read_text(raw: Readable) -> str | None:
    """Return the text of a content, plain or as JSON in text; None without any."""
    return text_of(_content_of(raw))


def text_of(content: Content) -> str | None:
    """Return the text of a content, its parts on lines of their own; None without any."""
    if content is None or isinstance(content, str):
        return content or None
    return "\n".join(_texts(content if isinstance(content, list) else [content])) or None


def _content_of(raw: Readable) -> Content:
    try:
        content: Content = _read_content(raw)
    except UNREADABLE:
        return None
    inner = as_json(content)
    if inner is not None:
        # A customer may well write JSON; it is parts of a content only where that gives a text.
        with suppress(*UNREADABLE):
            parts = _read_content(inner)
            parts = parts if isinstance(parts, list) else [parts]
            parts = [part for part in parts if isinstance(part, Part)]
            return parts if text_of(parts) else content
    return content


def _read_turn(message: Message, row: Exchange) -> bool:
    """Write a user turn into ``row``; False where it only brings the results of tools."""
    content = _content_of(_content(message))
    row.n_images = 0.0
    if isinstance(content, list):
        row.n_images = float(sum(_is_image(part) for part in content))
    row.prompt = text_of(content)
    return row.prompt is not None or row.n_images > 0


def _content(message: Message) -> msgspec.Raw:
    return message.parts if is_there(message.parts) else message.content


def _texts(parts: list[Part | str | None]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif part is not None and part.type in _TEXTS:
            # OpenTelemetry says content where the APIs say text.
            text = part.text or (plain(part.content) if is_there(part.content) else None)
            if text and isinstance(text, str):
                yield text


def _is_image(part: Part | str | None) -> bool:
    return isinstance(part, Part) and (part.type in _IMAGES or part.image is not ABSENT)


def _completion_prompt(prompt: Any) -> str | None:
    """Return the text of a completion's prompt; tokens are no text."""
    if isinstance(prompt, list):
        return "\n".join(part for part in prompt if isinstance(part, str)) or None
    return prompt or None if isinstance(prompt, str) else None


def _join(left: str | None, right: str | None) -> str | None:
    return f"{left}\n{right}" if left and right else left or right

"""A map proposed for records that no format knows, by names and by what stands there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from stillhunt.ingest.formats.pairs import NAMES
from stillhunt.ingest.times import read_epoch_one, read_time_one

Steps = tuple[str, ...]

_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("date", "datetime", "received", "received_at", "event_time", "when"),
    "account_id": ("customer", "consumer", "who", "owner", "client_id", "subscription_id"),
    "prompt": ("prompt", "question", "query", "user_message", "input_text", "input", "text"),
    "system": ("system", "system_prompt", "instructions"),
    "response": ("response", "answer", "output", "completion", "output_text"),
    "model": ("model", "model_name", "model_id", "deployment"),
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "max_tokens": ("max_tokens", "max_output_tokens"),
    "input_tokens": ("input_tokens", "prompt_tokens", "tokens_in"),
    "output_tokens": ("output_tokens", "completion_tokens", "tokens_out"),
    "stop_reason": ("stop_reason", "finish_reason"),
    "asn": ("asn", "as_number"),
    "end_user": ("end_user",),
}
_NUMBERS: Final = frozenset(
    {"temperature", "top_p", "max_tokens", "input_tokens", "output_tokens", "asn"}
)
_DEEPEST: Final = 6
_LONGEST_NAME: Final = 40


def propose(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the text of a map for records like these; None where no time or no account shows.

    No value of a record is in it, only names.
    """
    found: dict[str, Steps] = {}
    bodies: dict[str, Steps] = {}
    for record in records:
        for path, value in _leaves(record, ()):
            body = _body(path, value)
            if body is not None:
                bodies.setdefault(body, path)
    for column in {**NAMES, **_MORE}:
        names = (*NAMES.get(column, ()), *_MORE.get(column, ()))
        places = (_named(records, column, name, tuple(bodies.values())) for name in names)
        place = next((place for place in places if place is not None), None)
        if place is not None:
            found[column] = place
    if "request" in bodies:
        bodies.pop("messages", None)
    if bodies:
        found.pop("prompt", None)
    if "time" not in found or "account_id" not in found:
        return None
    lines = ["[columns]", *(f"{column} = {_toml(path)}" for column, path in found.items())]
    if bodies:
        lines += ["", "[bodies]", *(f"{name} = {_toml(path)}" for name, path in bodies.items())]
    return "\n".join(lines) + "\n"


def _leaves(node: object, path: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(node, str) and node[:1] in ("{", "["):
        node = _unpack(node)
    yield path, node
    if isinstance(node, dict) and len(path) < _DEEPEST:
        for name, value in node.items():
            if isinstance(name, str) and _is_plain(name):
                yield from _leaves(value, (*path, name))


def _unpack(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def _is_plain(name: str) -> bool:
    """Tell whether a key looks like a name: keys may be anything, even text."""
    bare = name.replace(".", "_").replace("-", "_")
    return len(name) <= _LONGEST_NAME and bare.isidentifier()


def _body(path: Steps, value: object) -> str | None:
    if not path:
        return None
    if isinstance(value, dict):
        if "messages" in value:
            return "request"
        if "choices" in value or {"content", "stop_reason"} <= value.keys():
            return "response"
        return "headers" if "user-agent" in {str(name).lower() for name in value} else None
    if isinstance(value, list) and value and isinstance(value[0], dict) and "role" in value[0]:
        return "messages"
    return None


def _named(
    records: Sequence[Mapping[str, Any]], column: str, name: str, bodies: tuple[Steps, ...]
) -> Steps | None:
    for record in records:
        for path, value in _leaves(record, ()):
            within = any(path[: len(body)] == body for body in bodies)
            if path and not within and _same(path[-1], name) and _fits(column, value):
                return path
    return None


def _same(left: str, right: str) -> bool:
    bare = left.replace("_", "").replace("-", "").replace(".", "").lower()
    return bare == right.replace("_", "")


def _fits(column: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    if column == "time":
        if isinstance(value, str) and not value.isdigit():
            return read_time_one(value) is not None
        return read_epoch_one(float(value)) is not None
    if column in _NUMBERS:
        return isinstance(value, int | float) or value.replace(".", "", 1).isdigit()
    return isinstance(value, str) or column not in ("prompt", "system", "response", "model")


def _toml(path: Steps) -> str:
    steps = ".".join(f'"{step}"' if "." in step else step for step in path)
    return f"'{steps}'" if '"' in steps else f'"{steps}"'

"""The forms in which gateways and SDKs write their logs: one file each, one line in ``FORMATS``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stillhunt.errors import SettingsError
from stillhunt.ingest.formats.batch import BATCH
from stillhunt.ingest.formats.bedrock import BEDROCK
from stillhunt.ingest.formats.format import Format
from stillhunt.ingest.formats.langfuse import LANGFUSE
from stillhunt.ingest.formats.litellm import LITELLM
from stillhunt.ingest.formats.otlp import OTLP
from stillhunt.ingest.formats.pairs import PAIRS

FORMATS: Final = (LITELLM, OTLP, BEDROCK, LANGFUSE, BATCH, PAIRS)
"""Every format, in the order in which they are asked whether a record is theirs."""

AUTO: Final = "auto"
CONTRACT: Final = "contract"
"""The columns of the data contract themselves; read by other means than the formats."""


def format_named(name: str) -> Format | None:
    """Return the format called ``name``; None for the contract's own; SettingsError: no such."""
    if name == CONTRACT:
        return None
    for one in FORMATS:
        if one.name == name:
            return one
    names = ", ".join((AUTO, CONTRACT, *(one.name for one in FORMATS)))
    raise SettingsError(f"[ingest] format must be one of {names}; got {name!r}.")


def recognise(records: Sequence[Mapping[str, Any]]) -> Format | None:
    """Return the format that most of ``records`` are of; None where none knows any.

    A record with the contract's own columns is the contract's.
    """
    counts = {one.name: 0 for one in FORMATS}
    for record in records:
        if "account_id" in record and "time" in record and "prompt" in record:
            return None
        for one in FORMATS:
            if one.recognises(record):
                counts[one.name] += 1
                break
    best = max(FORMATS, key=lambda one: counts[one.name])
    return best if counts[best.name] else None

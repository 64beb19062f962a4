"""The words of the house: closed lists and the small frozen records that cross its floors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Family = Literal["identity", "clock", "content", "purpose", "life_cycle"]
FAMILIES: Final[tuple[Family, ...]] = ("identity", "clock", "content", "purpose", "life_cycle")

CAPABILITIES: Final = (
    "general",
    "reasoning",
    "tool_use",
    "coding",
    "agentic_coding",
    "grading",
    "rewriting",
    "data_analysis",
    "vision",
    "classification",
    "translation",
    "roleplay",
)
"""What an exchange asks of the model; ``marks.capability`` is an index into this tuple.

``rewriting`` is the censorship-safe kind: the same content made to pass a filter or a censor.
"""

ELICITATIONS: Final = (
    "full_reasoning",
    "reasoning_behind_answer",
    "rubric_reward",
    "foreign_reasoning",
)
"""Forms that draw out what a student model is trained on; bit i of ``marks.elicitation``."""

VERDICTS: Final = ("campaign", "suspect", "clear")
KINDS: Final = ("extraction", "reseller", "trial_farm", "key_theft", "automation")

CHANGES: Final = (
    "found", "split", "returned", "grew", "shrank", "merged", "quiet", "cleared",
    "pivoted", "replaced",
)  # fmt: skip
"""What can become of a campaign from one judgement to the next."""

PROJECTION_DIMS: Final = 256
"""Components of the signed random projection of one exchange."""

N_CELLS: Final = 128
"""Kinds of request that exchanges are counted in. In development 64 were too coarse for rings that
hide nine tenths of their traffic, and 256 told no more than 128."""

WEIGHT_CAP: Final = 8
"""Exchanges of one account that count where the traffic is described: one busy customer is one
customer."""

SKETCH_SCALE: Final = 512
"""Length of one exchange's projection in integer steps, so that sums are exact in any order."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was set aside: where it stood and why; never its text.

    ``line`` counts from 1; 0 means the file as a whole.
    """

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source was read: all before ``offset`` has been counted, or set aside.

    ``offset`` is in bytes of lines, rows of a file that is read whole, or messages of a Kafka
    partition; ``line`` counts the lines before it. ``stamp`` tells whether the file is still the
    same; ``is_done``: nothing more will come from it as it is.
    """

    offset: int
    line: int = 0
    stamp: str = ""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: where it lay, its length, and a digest of its bytes."""

    path: str
    n_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of the run itself; ``run.json`` holds it and the report ends with it.

    ``settings`` and the two other mappings hold only what JSON can say. ``silent_families`` gives,
    for each evidence family that could not speak, the reason. ``timings_s`` is by stage, in the
    order in which the stages ran; ``peak_rss_bytes`` is the largest memory the process held.
    """

    version: str
    settings: Mapping[str, object]
    inputs: tuple[InputFile, ...]
    n_exchanges: int
    n_accounts: int
    n_duplicates: int
    n_rejected: int
    silent_families: Mapping[str, str]
    timings_s: Mapping[str, float]
    peak_rss_bytes: int
    started_at: datetime
    is_labelled: bool = False

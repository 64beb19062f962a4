"""Every setting, with its unit, its default and the reason for it; read once, handed down.

Values come from one TOML file (``--settings FILE``), overridden by environment variables such as
``STILLHUNT_JUDGE__FDR_RATIO=0.005``. Nothing else in the house reads the environment.
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from stillhunt.errors import SettingsError
from stillhunt.intake import IngestSettings as IngestSettings
from stillhunt.intake import Section
from stillhunt.records import FAMILIES, Family
from stillhunt.secret import SECRET_VARIABLE
from stillhunt.settings_watch import WatchSettings

PREFIX: Final = "STILLHUNT_"
Layer = Mapping[str, Any]
"""What one source says: section to name to value."""


class EngineSettings(Section):
    """What the machine may spend."""

    name: Literal["duckdb", "spark"] = Field(default="duckdb", description="Who reads the log.")
    threads: int = Field(default=2, gt=0, description="Worker threads.")
    memory_bytes: int = Field(
        default=2**30,
        gt=0,
        description="Memory of the SQL engine before it spills keyed hashes and counts to disk.",
    )


class LinkSettings(Section):
    """How accounts are proposed to belong together."""

    min_accounts: int = Field(
        default=8,
        ge=3,
        description=(
            "Fewest accounts of a ring: with fewer, the comparison with random groups has no power,"
            " and families and developers with a handful of accounts live there."
        ),
    )
    neighbours: int = Field(
        default=16,
        gt=1,
        description=(
            "Nearest accounts asked per account; a dense ring of any size stays connected from "
            "about log2 of its size."
        ),
    )
    levels: tuple[float, ...] = Field(
        default=(0.97, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4),
        description=(
            "Cosines at which the tree of nearest accounts is cut; every cut is judged, so the "
            "list decides resolution, not verdicts."
        ),
    )
    cosine_sigmas: float = Field(
        default=2.0,
        ge=0,
        description="Standard errors taken off a cosine before it counts as an edge.",
    )
    habit_ratio: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description=(
            "Share of an account's exchanges from which a template, an opening, a client or an "
            "address is its habit and may propose a ring; a harvest under 90 % cover has it."
        ),
    )
    max_stars: int = Field(
        default=200,
        gt=0,
        description="Most candidates taken from single widely shared artefacts, largest first.",
    )
    seed: int = Field(default=20260223, description="Seed of the approximate neighbour search.")


class JudgeSettings(Section):
    """When a ring is named, and with whom it is compared."""

    fdr_ratio: float = Field(
        default=0.01,
        gt=0,
        lt=1,
        description=(
            "Share of innocents among the named accounts that is accepted, by the data contract 1"
            " in 100."
        ),
    )
    least_p: float = Field(
        default=0.95,
        ge=0.5,
        lt=1,
        description=(
            "Probability below which no account is named, however sure its fellows are: one in "
            "twenty, the customary level, for the least certain; on average one in a hundred."
        ),
    )
    edge_ratio: float = Field(
        default=0.02,
        gt=0,
        lt=0.5,
        description=(
            "Share of outsiders, those nearest to a ring, whose thinning out tells how many lie "
            "within it: fewer are too few to tell, more are no neighbours."
        ),
    )
    edge_errors: float = Field(
        default=3.0,
        ge=0,
        description=(
            "Standard errors by which strays between ring and crowd are raised before a gap is "
            "believed. With three, as many are expected as there are in the hardest of the crowds "
            "whose strays are known; with two, four fifths (decision 10)."
        ),
    )
    null_groups: int = Field(
        default=200,
        ge=50,
        description="Groups drawn for each comparison; 200 give 20 in the tenth that is fitted.",
    )
    final_groups: int = Field(
        default=1600,
        ge=50,
        description="The same against a ring that stood: with half as many, the draw decided.",
    )
    largest_group: int = Field(
        default=500,
        ge=50,
        description=(
            "Accounts of a comparison group at the most; a larger ring is compared with groups of"
            " this size, which vary more, so it errs towards innocence."
        ),
    )
    family_cap_bits: float = Field(
        default=16.0,
        gt=0,
        description=(
            "Evidence that one family can give at the most, so that no family condemns alone "
            "however extreme its tail."
        ),
    )
    speaks_p: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description=(
            "p-value up to which a family counts as speaking, after correction for its number of "
            "signals; the customary level, since it lists and never condemns."
        ),
    )
    second_p: float = Field(
        default=0.01,
        gt=0,
        lt=1,
        description=(
            "p-value that the families beside the strongest must reach, one of them or all "
            "together, before a ring is named, and at which one signal overrules an innocent "
            "explanation; the accepted false discovery rate again."
        ),
    )
    even_p: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description=(
            "p-value of purpose from which a ring asks for less of a harvest than most comparison "
            "groups; the middle, so that nothing is tuned."
        ),
    )
    suspect_probability: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Posterior from which a ring is a suspect: more likely a campaign than not.",
    )
    bits_per_exchange: float = Field(
        default=2.0,
        gt=0,
        description=(
            "Evidence that one prompt can give for an account to belong: eight must agree before "
            "content has its full say, fewer than the dozen that a careful harvest sends."
        ),
    )
    is_repeated: bool = Field(
        default=False, description="Whether rings are judged as they grow, so that each look pays."
    )
    quiet_hours: float = Field(
        default=72.0,
        gt=0,
        description="Hours without an exchange after which a campaign has gone quiet.",
    )
    families: tuple[Family, ...] = Field(
        default=FAMILIES,
        min_length=1,
        description=(
            "Families of evidence that may speak: fewer where one may not be used, or to see what "
            "verdicts owe to it."
        ),
    )
    seed: int = Field(default=20260623, description="Seed of the comparison groups.")
    most_ratio: float = Field(
        default=0.8,
        gt=0.5,
        le=1,
        description=(
            "Share of accounts meant by 'most' in an innocent explanation: four of five, so that "
            "a few strays do not undo it."
        ),
    )
    overlap_ratio: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description=(
            "Share of the other accounts asking the same prompt from which it is a common test "
            "set: a harvest split over n accounts has 1/n or less, a set run by all has 1."
        ),
    )
    repeat_distinct_ratio: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description=(
            "Share of new prompts below which traffic repeats itself: sampling three answers per "
            "prompt, common in harvests, gives a third."
        ),
    )
    dense_ratio: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description=(
            "Mean cosine within a ring from which its accounts take no part in comparison groups:"
            " half of what sets them apart is common to them."
        ),
    )
    viral_surge: float = Field(
        default=2.0,
        gt=1,
        description=(
            "Times their usual rate at which outsiders sign up on a viral day; daily counts of a "
            "steady service stay within a factor of 1.5."
        ),
    )
    settle_rounds: int = Field(
        default=20,
        ge=1,
        description=(
            "Most rounds in which members without weight leave a ring and others join. It ends when"
            " nothing changes: after two or three rounds, or seven where a tenth was found first."
        ),
    )
    aggregator_end_users: int = Field(
        default=10,
        gt=1,
        description="Declared end users from which an account passes on the requests of others.",
    )


class ReportSettings(Section):
    """What the report reckons with."""

    input_usd_per_million: float = Field(
        default=3.0, ge=0,
        description="List price of a million input tokens, to estimate what was taken.",
    )  # fmt: skip
    output_usd_per_million: float = Field(
        default=15.0, ge=0,
        description="List price of a million output tokens, to estimate what was taken.",
    )  # fmt: skip


class Settings(BaseModel):
    """The tree of all settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ingest: IngestSettings = IngestSettings()
    engine: EngineSettings = EngineSettings()
    link: LinkSettings = LinkSettings()
    judge: JudgeSettings = JudgeSettings()
    report: ReportSettings = ReportSettings()
    watch: WatchSettings = WatchSettings()


def load(path: Path | None, environ: Mapping[str, str], overrides: Layer | None = None) -> Settings:
    """Return the settings of a TOML file, overridden by the environment, then by ``overrides``.

    ``path`` None: no file. ``overrides`` is what the command line says, section by section.
    SettingsError when the file cannot be read, or a name or a value is not right.

    >>> load(None, {"STILLHUNT_ENGINE__THREADS": "4"}).engine.threads
    4
    """
    sources: list[tuple[str, Layer]] = [
        (str(path), {} if path is None else _read(path)),
        ("environment", _from_environment(environ)),
        ("command line", overrides or {}),
    ]
    tree: dict[str, Any] = {}
    for _place, layer in sources:
        for section, said in layer.items():
            lower = tree.get(section)
            merge = isinstance(said, dict) and isinstance(lower, dict)
            tree[section] = {**(lower or {}), **said} if merge else said
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        complaints = [_complaint(one, sources) for one in error.errors(include_url=False)]
        raise SettingsError("\n".join(complaints)) from error


def _read(path: Path) -> Layer:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: the settings must be a TOML file; got {error.strerror!r}. Check --settings."
        ) from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise SettingsError(
            f"{path}: the settings must be TOML in UTF-8; got: {error}. Mend that place."
        ) from error


def _from_environment(environ: Mapping[str, str]) -> Layer:
    layer: dict[str, dict[str, Any]] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable == SECRET_VARIABLE:
            continue
        section, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not separator:
            known = [f"{PREFIX}{section}__{key}".upper() for section, key in _names()]
            raise SettingsError(
                f"{variable} must be named {PREFIX}SECTION__NAME"
                f"{_nearest(variable, [*known, SECRET_VARIABLE])}. Rename or unset it."
            )
        layer.setdefault(section, {})[key] = _value(variable, text)
    return layer


def _value(variable: str, text: str) -> object:
    """Return a list or a table written as TOML; anything else stays text, which pydantic reads."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{variable} must be a value as TOML writes it; got {text!r}. Mend it, or unset it."
        ) from error


def _names() -> list[tuple[str, str]]:
    """Return section and name of every setting."""
    sections = ((name, type(getattr(Settings(), name))) for name in Settings.model_fields)
    return [(section, key) for section, kind in sections for key in kind.model_fields]


def _complaint(error: ErrorDetails, sources: Sequence[tuple[str, Layer]]) -> str:
    """Return one sentence on what is wrong with one setting, and what to do."""
    section, *rest = [str(part) for part in error["loc"]] or ["?"]
    label = f"[{section}] {'.'.join(rest)}".strip()
    holding = [place for place, layer in sources if rest and rest[0] in layer.get(section, ())]
    files = [place for place, layer in sources if section in layer]
    place = (holding or files or ["settings"])[-1]
    if error["type"] == "extra_forbidden":
        known = [f"[{a}] {b}" for a, b in _names()]
        sections = (
            [] if section in Settings.model_fields else [f"[{a}]" for a in Settings.model_fields]
        )
        return (
            f"{place}: {label} is not a setting{_nearest(label, [*sections, *known])}. "
            "Rename or remove it."
        )
    wanted = error["msg"].removeprefix("Input ").removeprefix("Value error, ")
    if error["type"] == "model_type":
        wanted = "should be a section with settings below it"
    return f"{place}: {label} {wanted}; got {error['input']!r}. Mend it, or leave it out."


def _nearest(name: str, known: Sequence[str]) -> str:
    """Return a clause that names the setting probably meant: first the same key elsewhere."""
    key = name.split("] ")[-1].strip("[]")
    same = [other for other in known if other.split("] ")[-1] == key]
    matches = same or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean {matches[0]}?)" if matches else ""

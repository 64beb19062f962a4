"""What a scenario is: who lives in it, which campaigns run through it, and for how long."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from stillhunt.records import CAPABILITIES, ELICITATIONS
from stillhunt.simulate import world

CLASSES: Final = (
    "individual", "coding_agent", "company_seats", "classroom", "batch_application",
    "product_own_key", "evaluation_harness", "load_test", "hourly_ci", "aggregator",
    "synthetic_data", "researcher", "startup_cohort", "viral_day", "model_migration", "vpn_exit",
    "multi_account_developer",
)  # fmt: skip
"""The classes of innocents; a campaign's accounts have the class ``campaign``."""
LEAST_ACCOUNTS: Final = 20
"""No campaign is scaled below so many accounts: with fewer, there is no telling many from one."""

_STRICT: Final = ConfigDict(extra="forbid")


def _among(names: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"should be one of {', '.join(names)}")
        return name

    return AfterValidator(check)


def _pairs(table: Any) -> Any:
    """Return a table of TOML as pairs; anything else as it is."""
    return tuple(table.items()) if isinstance(table, dict) else table


def _at_greenwich(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Capability = Annotated[str, _among(CAPABILITIES)]
Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Population:
    """Innocent accounts of one class."""

    kind: Annotated[str, _among(CLASSES)] = Field(description="One of the classes above.")
    accounts: int = Field(ge=1, description="Accounts.")
    group_size: int = Field(
        default=30, ge=1,
        description="Mean accounts per product, company, class of pupils, cohort or developer.",
    )  # fmt: skip
    per_day: float = Field(
        default=1.0, gt=0, le=1000,
        description="Exchanges per account and day, as a multiple of the class's own habit.",
    )  # fmt: skip
    tide: float = Field(
        default=0.0, ge=0, le=1,
        description="How far a group, or the people of one country, rise and fall together.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, config=_STRICT)
class CampaignPlan:
    """One campaign; every knob is independent of the others."""

    name: str = Field(min_length=1, description="What the truth calls it.")
    accounts: int = Field(ge=1, description="Accounts, replacements included.")
    per_day: float = Field(
        default=12.0, gt=0, le=10_000, description="Mean exchanges per account and day."
    )
    spread: float = Field(
        default=0.4, ge=0, le=3,
        description="How unequal the accounts' volumes are: sigma of a lognormal.",
    )  # fmt: skip
    accounts_per_card: int = Field(default=1, ge=1, description="Accounts that share a card.")
    accounts_per_device: int = Field(default=1, ge=1, description="Accounts that share a device.")
    accounts_per_block: int = Field(
        default=1, ge=1, description="Accounts that share an address block."
    )
    asns: int = Field(
        default=0, ge=0, le=world.N_HOMES,
        description="Networks that it uses; 0: spread as the population is.",
    )  # fmt: skip
    clients: int = Field(
        default=0, ge=0, description="Client programs that it uses; 0: each account its own."
    )
    signup_days: float = Field(
        default=0.0, ge=0,
        description="All accounts are opened within so many days; 0: as the population's.",
    )  # fmt: skip
    template: Literal["none", "fixed", "paraphrased"] = Field(
        default="none", description="The frame around each task."
    )
    is_uniform: bool = Field(
        default=True,
        description="Harvest has one sampling, system prompt and model; else each account's own.",
    )
    templates: int = Field(default=1, ge=1, description="How many frames it uses.")
    schedule: Literal["human", "synchronised", "load_balanced", "machine"] = Field(
        default="human", description="When its accounts work."
    )
    tide: float = Field(
        default=0.0, ge=0, le=1, description="How far all its accounts rise and fall together."
    )
    pool_size: int = Field(default=200_000, ge=1, description="Tasks in its pool.")
    seed_tasks: int = Field(
        default=4, ge=0,
        description="Forms of task that its pool was grown from; 0: no end of them.",
    )  # fmt: skip
    pool_topics: int = Field(default=60, ge=1, description="Subjects in its pool.")
    corner_topics: int = Field(
        default=0,
        ge=0,
        description="Subjects of the pool, and forms of task, that one account works on; 0: all.",
    )
    shard_overlap: float = Field(
        default=0.0, ge=0, le=1, description="Share of exchanges that any account may repeat."
    )
    capabilities: Annotated[
        tuple[tuple[Capability, Weight], ...], BeforeValidator(_pairs), Field(min_length=1)
    ] = Field(
        default=(("reasoning", 1.0),),
        description=f"What it is after, by weight: {', '.join(CAPABILITIES)}.",
    )
    language: Annotated[str, _among(world.LANGUAGES)] = Field(
        default="en", description=f"Language of its tasks: {', '.join(world.LANGUAGES)}."
    )
    conversation_ratio: float = Field(
        default=0.75, ge=0, le=1,
        description="How often harvest is sent within a conversation, as a multiple of how often "
        "people converse.",
    )  # fmt: skip
    elicitation_ratio: float = Field(
        default=0.0, ge=0, le=1, description="Share of harvest that asks to show the working."
    )
    elicitations: Annotated[
        tuple[Annotated[str, _among(ELICITATIONS)], ...], Field(min_length=1)
    ] = Field(
        default=("full_reasoning", "reasoning_behind_answer"),
        description=f"In which forms it asks: {', '.join(ELICITATIONS)}.",
    )
    cover_ratio: float = Field(
        default=0.0, ge=0, le=0.95,
        description="Share of ordinary customers' exchanges in its traffic.",
    )  # fmt: skip
    clientele: int = Field(
        default=24, ge=1, description="Ordinary customers whom one account serves as cover."
    )
    ramp_days: float = Field(
        default=0.0, ge=0, description="Accounts join one by one over so many days."
    )
    life_days: float = Field(
        default=0.0, ge=0,
        description="Mean life of an account before another replaces it; 0: the whole period.",
    )  # fmt: skip
    is_closed: bool = Field(
        default=True,
        description="The operator closes accounts that end, which is an event; else abandoned.",
    )
    pivot_ratio: float = Field(
        default=0.0, ge=0, le=1,
        description="Share of harvest that moves to the newest model within a day.",
    )  # fmt: skip
    evade_at: float = Field(
        default=0.0, ge=0, lt=1,
        description="Share of the period after which half of the accounts give way to ones that "
        "share nothing, and frames go; 0: never.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, config=_STRICT)
class PromptRules:
    """Which of the files given with ``--prompts`` serve whom; patterns as a shell has them."""

    campaigns: tuple[str, ...] = Field(
        default=(), description='Files for harvest; when none are named, those of role "distill".'
    )
    shared: tuple[str, ...] = Field(
        default=(), description="Files that may serve both harvest and innocents."
    )
    capabilities: Annotated[tuple[tuple[str, Capability], ...], BeforeValidator(_pairs)] = Field(
        default=(), description="What the lines of a file ask for, where they do not say it."
    )


@dataclass(frozen=True, slots=True, config=_STRICT)
class Scenario:
    """A world to write: innocents, campaigns, a first day and a number of days."""

    name: str
    innocents: tuple[Population, ...] = Field(description="Who lives in it.")
    campaigns: tuple[CampaignPlan, ...] = Field(default=(), description="What is planted.")
    days: int = Field(default=14, ge=1, le=3650, description="Length of the period.")
    start: Annotated[datetime, AfterValidator(_at_greenwich)] = Field(
        default=datetime(2026, 3, 2, tzinfo=UTC), description="First day, from midnight UTC."
    )
    release_day: float = Field(
        default=0.0, ge=0,
        description="Days after the start on which the newest model appears; 0: none.",
    )  # fmt: skip
    about: str = Field(default="", description="What it is for, in a sentence.")
    prompts: PromptRules = Field(
        default=PromptRules(), description="Which files of `--prompts` serve whom."
    )

    def scaled(self, factor: float) -> "Scenario":
        """Return the same scenario with ``factor`` times the accounts and the exchanges.

        A campaign keeps at least ``LEAST_ACCOUNTS`` (or all that it has) and asks less of each, so
        that its exchanges shrink as everybody else's: the proportions of campaigns hold.
        """
        return replace(
            self,
            innocents=_scaled(self.innocents, factor),
            campaigns=tuple(_shrunk(plan, factor) for plan in self.campaigns),
        )

    def among(self, accounts: int) -> "Scenario":
        """Return the same campaigns among so many innocents, give or take rounding.

        Classes keep their shares, and each has at least one account.
        """
        everybody = sum(p.accounts for p in self.innocents) or 1
        return replace(self, innocents=_scaled(self.innocents, accounts / everybody))


def _scaled(populations: tuple[Population, ...], factor: float) -> tuple[Population, ...]:
    return tuple(replace(p, accounts=_grown(p.accounts, factor)) for p in populations)


def _shrunk(plan: CampaignPlan, factor: float) -> CampaignPlan:
    accounts = max(_grown(plan.accounts, factor), min(plan.accounts, LEAST_ACCOUNTS))
    return replace(
        plan,
        accounts=accounts,
        per_day=plan.per_day * plan.accounts * factor / accounts,
        pool_size=_grown(plan.pool_size, factor),
    )


def _grown(count: int, factor: float) -> int:
    return max(1, math.ceil(count * factor))

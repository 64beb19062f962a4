"""The settings of ``stillhunt watch``; read with the others, by ``settings``."""

from pydantic import BaseModel, ConfigDict, Field


class WatchSettings(BaseModel):
    """How a stream is followed and kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit_s: float = Field(
        default=10.0,
        gt=0,
        description="Seconds between commits: what a kill costs is read again, not lost.",
    )
    commit_rows: int = Field(
        default=2**18,
        gt=0,
        description="Exchanges after which a commit comes at once, so that memory stays bounded.",
    )
    poll_s: float = Field(
        default=1.0, gt=0, description="Seconds of rest where a source had nothing new."
    )
    settle_s: float = Field(
        default=30.0,
        ge=0,
        description=(
            "Seconds after its last change from which a file that cannot be read is no longer "
            "thought to be still in writing."
        ),
    )
    judge_every_s: float = Field(default=60.0, gt=0, description="Seconds between judgements.")
    remembered: int = Field(
        default=2**26,
        gt=1,
        description=(
            "Exchange keys remembered to tell duplicates, the newest at least half of so many; "
            "16 to 24 bytes of memory each."
        ),
    )
    fan_in: int = Field(
        default=8, gt=1, description="Segments of one level that are merged into one of the next."
    )
    hours_days: int = Field(
        default=0,
        ge=0,
        description="Days after which hours are folded into days; 0: never.",
    )

"""How input is read: the settings of the section ``[ingest]``."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic.networks import IPvAnyNetwork


class Section(BaseModel):
    """A group of settings; frozen, and unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestSettings(Section):
    """How input is read and when a row is set aside."""

    max_rejected_ratio: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description=(
            "Share of rows that may be set aside before the run stops; a log with more is "
            "probably not what it claims to be."
        ),
    )
    max_text_bytes: int = Field(
        default=16 * 2**20,
        gt=0,
        description=(
            "Longest text of one field; a longer one sets its row aside. Four times a context of "
            "1 M tokens."
        ),
    )
    batch_rows: int = Field(
        default=32_768,
        gt=0,
        description=(
            "Rows per Arrow batch; 2^15 rows of 600 bytes fit a processor's outer cache many "
            "times over and keep memory small."
        ),
    )
    batch_bytes: int = Field(
        default=32 * 2**20,
        gt=0,
        description="Text per Arrow batch, about: with long texts, batches have fewer rows.",
    )
    chunk_bytes: int = Field(
        default=8 * 2**20,
        gt=0,
        description="Bytes of JSON Lines parsed at a time, decompressed; a batch ends with each.",
    )

    workers: int = Field(
        default=2,
        gt=0,
        description=(
            "Processes that decode the records of other formats than our own, this one among "
            "them, where a file is large."
        ),
    )
    format: str = Field(
        default="auto",
        description=(
            "How the log is written: a format's name, `contract` for our own columns, or `auto`: "
            "told by the content, file by file."
        ),
    )
    map: Path | None = Field(
        default=None,
        description=(
            "A TOML file that tells where the columns of another table stand; `stillhunt inspect` "
            "proposes one."
        ),
    )
    accounts_query: str | None = Field(
        default=None,
        exclude=True,  # it may name what is nobody's business in run.json
        description="The query that gives the accounts, where --accounts is a database's address.",
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description=(
            "Networks of your own proxies: in a forwarding header the client is the last address "
            "that is none of theirs. Empty: the last of all, which no client can make up."
        ),
    )
    mmdb: tuple[Path, ...] = Field(
        default=(),
        description=(
            "Local MMDB files (GeoLite2, DB-IP, IPinfo) in which `asn` and `country` are looked up "
            "where the log has none."
        ),
    )

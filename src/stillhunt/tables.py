"""The tables that go in, pass between the stages, and come out: Arrow schemas, nothing else.

What goes in and comes out is fixed by the data contract (``docs/contract.md``). What passes
between the stages holds no text: only keyed hashes, counts, times and projections.
"""

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

TIME: Final = pa.timestamp("us", tz="UTC")

EXCHANGES: Final = pa.schema(
    [
        pa.field("time", TIME, nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        ("prompt", pa.string()),
        ("exchange_id", pa.string()),
        ("session_id", pa.string()),
        ("org_id", pa.string()),
        ("key_id", pa.string()),
        ("end_user", pa.string()),
        ("model", pa.string()),
        ("system", pa.string()),
        ("response", pa.string()),
        ("n_turns", pa.int32()),
        ("n_tools", pa.int32()),
        ("tools", pa.list_(pa.string())),
        ("temperature", pa.float32()),
        ("top_p", pa.float32()),
        ("max_tokens", pa.int32()),
        ("input_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("stop_reason", pa.string()),
        ("status", pa.string()),
        ("ip", pa.string()),
        ("country", pa.string()),
        ("asn", pa.int32()),
        ("user_agent", pa.string()),
        ("tls_ja4", pa.string()),
        ("n_images", pa.int32()),
    ]
)
"""One row per request answered by the model API. Only ``time``, ``account_id`` and the column
``prompt`` are needed."""

ACCOUNTS: Final = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        ("created_at", TIME),
        ("org_id", pa.string()),
        ("email_domain", pa.string()),
        ("email_hash", pa.string()),
        ("payment_id", pa.string()),
        ("device_id", pa.string()),
        ("billing_country", pa.string()),
        ("tier", pa.string()),
        ("verified", pa.bool_()),
        ("trusted", pa.bool_()),
    ]
)
"""One row per account; the whole table is optional."""

EVENTS: Final = pa.schema(
    [
        pa.field("time", TIME, nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        ("subject", pa.string()),
        ("note", pa.string()),
    ]
)
"""Releases, closures, restorations and policy changes; optional."""

MARKS: Final = pa.schema(
    [
        ("exchange", pa.uint64()),  # keyed hash of the exchange id, or of the row where absent
        ("account", pa.uint64()),  # keyed hash of account_id
        ("time_us", pa.int64()),  # UTC microseconds since 1970
        ("content", pa.uint64()),  # keyed hash of the normalised prompt; 0: no prompt
        ("opening", pa.uint64()),  # of its first words; 0: none
        ("closing", pa.uint64()),  # of its last words; 0: none
        ("template", pa.uint64()),  # of a few minima of its MinHash; 0: none
        ("system", pa.uint64()),  # of the system prompt; 0: none
        ("tools", pa.uint64()),  # of the sorted tool names; 0: none
        ("session", pa.uint64()),
        ("end_user", pa.uint64()),
        ("org", pa.uint64()),
        ("key", pa.uint64()),  # of the API key's id
        ("model", pa.uint64()),
        ("client", pa.uint64()),  # of user agent and TLS fingerprint together
        ("address", pa.uint64()),  # of the full client address
        ("block", pa.uint64()),  # of its /24 (v4) or /48 (v6)
        ("asn", pa.uint64()),
        ("capability", pa.uint8()),  # index into records.CAPABILITIES; 255: no prompt
        ("elicitation", pa.uint8()),  # bit i: records.ELICITATIONS[i]
        ("simhash", pa.uint64()),  # signs of the projection, folded to 64 bits
        ("n_turns", pa.int32()),  # 0: not known
        ("n_tools", pa.int32()),
        ("temperature", pa.float32()),  # NaN: not known
        ("max_tokens", pa.int32()),  # 0: not known
        ("input_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("text_bytes", pa.int32()),  # length of the prompt in bytes
    ]
)
"""What is kept of one exchange. Every hash is keyed with the operator's secret; 0 means absent."""

ACCOUNT_VERDICTS: Final = pa.schema(
    [
        ("account_id", pa.string()),
        ("probability", pa.float64()),
        ("verdict", pa.string()),
        ("kind", pa.string()),
        ("campaign_id", pa.string()),
        ("exchanges", pa.int64()),
        ("first_seen", TIME),
        ("last_seen", TIME),
        ("evidence_bits", pa.float64()),
        ("reasons", pa.list_(pa.string())),
    ]
)
"""``accounts.parquet``: one row for every account seen."""

CAMPAIGNS: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("probability", pa.float64()),
        ("verdict", pa.string()),  # campaign or suspect
        ("kind", pa.string()),
        ("accounts", pa.int64()),
        ("exchanges", pa.int64()),
        ("extraction_exchanges", pa.int64()),
        ("first_seen", TIME),
        ("last_seen", TIME),
        ("capabilities", pa.list_(pa.struct([("name", pa.string()), ("share", pa.float64())]))),
        ("models", pa.list_(pa.string())),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("estimated_cost_usd", pa.float64()),
        ("families", pa.list_(pa.string())),
        ("summary", pa.string()),
    ]
)
"""``campaigns.parquet``: one row per campaign or suspected campaign."""

EVIDENCE: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("account_id", pa.string()),  # null: about the campaign as a whole
        ("signal", pa.string()),
        ("family", pa.string()),
        ("bits", pa.float64()),
        ("p_value", pa.float64()),
        ("detail", pa.string()),  # JSON
    ]
)
"""``evidence.parquet``: one row per piece of evidence, and per innocent explanation asked."""

LABELS: Final = pa.schema(
    [
        ("exchange_id", pa.string()),
        ("account_id", pa.string()),
        ("campaign_id", pa.string()),
        ("probability", pa.float64()),
        ("capability", pa.string()),
    ]
)
"""``exchanges.parquet``: harvest or cover, for every exchange of a named account."""

ACTIVITY: Final = pa.schema(
    [("campaign_id", pa.string()), ("hour_at", TIME), ("exchanges", pa.int64())]
)
"""Exchanges of each campaign per hour; null campaign: everybody else."""

MIXES: Final = pa.schema(
    [
        ("campaign_id", pa.string()),  # null: the population
        ("dimension", pa.string()),  # capability, elicitation or hour_of_day (UTC)
        ("name", pa.string()),
        ("share", pa.float64()),  # 0-1; capabilities and hours sum to 1
    ]
)
"""What a campaign asks for, and when, beside the population's shares."""

LINKS: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("account_id", pa.string()),
        ("artefact_kind", pa.string()),  # payment, device, block, template, pool, schedule, …
        ("artefact", pa.string()),  # an opaque token, never the value itself
        ("bits", pa.float64()),  # surprise of sharing it
    ]
)
"""What holds a campaign's accounts together: the bipartite graph of its strongest links."""

ROSTER: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("account_id", pa.string()),
        ("first_at", TIME),  # the first judgement that put it there
        ("last_at", TIME),  # and the last
    ]
)
"""``roster.parquet``: who has ever been in which campaign."""

HISTORY: Final = pa.schema(
    [
        ("at", TIME),
        ("campaign_id", pa.string()),
        ("change", pa.string()),  # one of records.CHANGES
        ("other_id", pa.string()),  # the campaign that it came from or went into
        ("accounts", pa.int64()),  # how many it concerns
        ("p_value", pa.float64()),  # of what was tested; null where nothing was
    ]
)
"""``history.parquet``: what became of campaigns, oldest first."""

PROFILES: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("last_at", TIME),
        ("exchanges", pa.int64()),
        ("asks", pa.list_(pa.float32())),  # mean projection
        ("clock", pa.list_(pa.int64())),  # exchanges by hour of the day, UTC
        ("clients", pa.list_(pa.uint64())),  # keyed hashes
        ("client_share", pa.list_(pa.float64())),
    ]
)
"""``profiles.parquet``: what is left of a campaign when its accounts are gone; no text."""

SUCCESSORS: Final = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("account_id", pa.string()),
        ("p_value", pa.float64()),
        ("families", pa.list_(pa.string())),
        ("exchanges", pa.int64()),  # of the newcomer when it was first linked
        ("at", TIME),
    ]
)
"""``successors.parquet``: newcomers that took the place of closed accounts."""


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of campaigns from one judgement to the next."""

    roster: pa.Table
    history: pa.Table
    profiles: pa.Table
    successors: pa.Table

    @staticmethod
    def empty() -> "Track":
        """Return the memory before the first judgement."""
        return Track(*(s.empty_table() for s in (ROSTER, HISTORY, PROFILES, SUCCESSORS)))


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run found, as the tables above; what the report and the explanations read.

    ``labels`` is None unless exchanges were labelled; ``track`` is what is remembered. Facts about
    the run itself (``run.json``) are not here.
    """

    accounts: pa.Table
    campaigns: pa.Table
    evidence: pa.Table
    activity: pa.Table
    mixes: pa.Table
    links: pa.Table
    labels: pa.Table | None = None
    track: Track = field(default_factory=Track.empty)

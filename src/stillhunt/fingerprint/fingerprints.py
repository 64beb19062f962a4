"""SQL that turns marks into fingerprints: rows that add up, per account, hour and use.

Every column but the keys is a sum, a least or a greatest, so the tables of parts of a log merge
with ``MERGE_HOURS_SQL``, ``MERGE_TOTALS_SQL``, ``MERGE_USES_SQL`` and ``MERGE_BY_USE_SQL`` in any
order and grouping into the same rows. Texts are constants; they read the tables ``marks``,
``totals``, ``uses``, ``by_use`` and, of parts, ``hours_parts`` and so on. On a cluster each task
runs them in an embedded engine of its own.
"""

from typing import Final

from stillhunt.records import CAPABILITIES, ELICITATIONS

HOUR_US: Final = 3_600_000_000
NO_CAPABILITY: Final = 255

USE_KINDS: Final = (
    "content",
    "opening",
    "template",
    "system",
    "tools",
    "session",
    "end_user",
    "org",
    "model",
    "client",
    "address",
    "block",
)
"""Columns of ``marks`` that an account can be said to use; ``uses.kind`` is one of them."""


def _hour_start_sql(column: str) -> str:
    return f"{column} - (({column} % {HOUR_US}) + {HOUR_US}) % {HOUR_US}"


_HOUR_START: Final = _hour_start_sql("time_us")

COUNTED: Final[dict[str, str]] = {
    "exchanges": "1 = 1",
    "single_turn": "n_turns BETWEEN 1 AND 2",  # a question, with or without a system prompt
    "known_turns": "n_turns > 0",
    "follow_ups": "n_turns > 2",  # a request that carries an earlier answer
    "with_text": f"capability <> {NO_CAPABILITY}",
    **{f"capability_{name}": f"capability = {i}" for i, name in enumerate(CAPABILITIES)},
    **{
        f"elicitation_{name}": f"(elicitation & {1 << i}) <> 0"
        for i, name in enumerate(ELICITATIONS)
    },
    **{f"with_{kind}": f"{kind} <> 0" for kind in USE_KINDS},
}
"""Columns of ``totals`` that count exchanges, and which exchanges they count."""

SUMMED: Final = ("input_tokens", "output_tokens", "text_bytes")
"""Columns of ``totals`` that sum a column of ``marks``."""

MARKS_READ: Final = (
    "account",
    "time_us",
    "n_turns",
    "capability",
    "elicitation",
    *SUMMED,
    *USE_KINDS,
)
"""The columns of ``marks`` that the queries here read."""


def _sum_sql(column: str) -> str:
    return f"CAST(sum({column}) AS BIGINT)"


def _list_sql(parts: list[str]) -> str:
    return ",\n    ".join(parts)


HOURS_SQL: Final = f"""
SELECT account, model, {_HOUR_START} AS hour_us, count(*) AS exchanges
FROM marks
GROUP BY account, model, {_HOUR_START}
"""
"""``hours``: one row per account, model and UTC hour (its start in microseconds since 1970)."""

MERGE_HOURS_SQL: Final = f"""
SELECT account, model, hour_us, {_sum_sql("exchanges")} AS exchanges
FROM hours_parts
GROUP BY account, model, hour_us
"""

ACTIVITY_SQL: Final = f"""
SELECT account, CAST(hour_us // {HOUR_US} AS INTEGER) AS hour,
    CAST(sum(exchanges) AS INTEGER) AS exchanges
FROM hours
GROUP BY account, hour_us
"""
"""One row per account and hour since 1970, in 16 bytes: a large log has tens of millions."""

ARRIVALS_HOURS: Final = 24
ARRIVALS_SQL: Final = f"""
WITH since AS (SELECT *, {_hour_start_sql("time_us")} AS start_us FROM releases)
SELECT
    since.model, name, time_us AS release_us, account,
    (hour_us - start_us) // {HOUR_US} AS hour,
    {_sum_sql("CASE WHEN hours.model = since.model THEN exchanges ELSE 0 END")} AS new,
    {_sum_sql("exchanges")} AS total
FROM hours JOIN since ON hour_us >= start_us
    AND hour_us < start_us + {ARRIVALS_HOURS * HOUR_US}
GROUP BY ALL
"""
"""``arrivals``: who took up which new model, from the hour of its release on (``releases``)."""

_TOTALS_COLUMNS: Final = [
    # Thrice as fast in DuckDB as count(*) FILTER (WHERE ...).
    *(f"count(CASE WHEN {test} THEN 1 END) AS {column}" for column, test in COUNTED.items()),
    *(f"{_sum_sql(f'CAST({column} AS BIGINT)')} AS {column}" for column in SUMMED),
    "min(time_us) AS first_us",
    "max(time_us) AS last_us",
]

TOTALS_SQL: Final = f"""
SELECT
    account,
    {_list_sql(_TOTALS_COLUMNS)}
FROM marks
GROUP BY account
"""
"""``totals``: one row per account."""

MERGE_TOTALS_SQL: Final = f"""
SELECT
    account,
    {_list_sql([f"{_sum_sql(column)} AS {column}" for column in (*COUNTED, *SUMMED)])},
    min(first_us) AS first_us,
    max(last_us) AS last_us
FROM totals_parts
GROUP BY account
"""


PHRASES: Final = ("opening", "template", "system", "tools")
"""Kinds of use of which nothing is asked but what is a habit of its account."""

_WITHIN: Final = ("session", "end_user")
"""Kinds of use that tell how often an account comes back to one, and link no accounts."""


def _uses_sql(kind: str, condition: str, least: str = "") -> str:
    return f"""
SELECT account, '{kind}' AS kind, {kind} AS "key", count(*) AS n
FROM marks
WHERE {condition}
GROUP BY account, {kind}{least and f" HAVING {least}"}
"""


def _is_repeated_sql(kind: str) -> str:
    keys = f"SELECT {kind} FROM marks WHERE {kind} <> 0 GROUP BY {kind} HAVING count(*) > 1"
    return f"{kind} IN ({keys})"


def is_habit_sql(n: str, ratio: float) -> str:
    """Return the condition that ``n`` is at least so large a share of ``totals.exchanges``."""
    return f"{n} >= CAST({ratio!r} AS DOUBLE) * exchanges"


def uses_sql(habit_ratio: float) -> str:
    """Return the query of ``uses``: one row per account, kind and key that it used: how often.

    Left out is what nobody asks for, some nine in ten, and ``totals`` counts it: prompts and models
    that come once in the whole log; sessions and end users met once; and phrases that an account
    used once, unless that alone is a habit, ``habit_ratio`` of its exchanges. Reads ``totals`` too.
    """
    few = f"account IN (SELECT account FROM totals WHERE {is_habit_sql('1', habit_ratio)})"
    least = dict.fromkeys(_WITHIN, "count(*) > 1")
    least |= dict.fromkeys(PHRASES, f"count(*) > 1 OR {few}")
    once = {kind: _is_repeated_sql(kind) for kind in ("content", "model")}
    return "UNION ALL".join(
        _uses_sql(kind, once.get(kind, f"{kind} <> 0"), least.get(kind, "")) for kind in USE_KINDS
    )


PART_USES_SQL: Final = "UNION ALL".join(_uses_sql(kind, f"{kind} <> 0") for kind in USE_KINDS)
"""The uses of a part of a log, which may come again in another: keys that come once are there."""

MERGE_USES_SQL: Final = f"""
SELECT account, kind, "key", {_sum_sql("n")} AS n
FROM uses_parts
GROUP BY account, kind, "key"
"""
"""``uses`` from those of all parts. What ``uses_sql`` leaves out does no harm there."""

_SHARES: Final = [
    f"{column} / nullif(with_text, 0) AS {column}_ratio"
    for column in COUNTED
    if column.startswith(("capability_", "elicitation_"))
]
_DISTINCT: Final = {
    "n_models": "model",
    "n_end_users": "end_user",
    "n_clients": "client",
    "n_addresses": "address",
    "n_blocks": "block",
    "n_sessions": "session",
    "n_systems": "system",
    "n_templates": "template",
    "distinct_prompts": "content",
}


def _repeats_sql(kind: str) -> str:
    again = f"sum(n - 1) FILTER (WHERE kind = '{kind}')"
    return f"CAST(coalesce({again}, 0) AS BIGINT) AS again_{kind}"


BY_USE_SQL: Final = f"""
SELECT
    account,
    {_list_sql([_repeats_sql(kind) for kind in _DISTINCT.values()])},
    sum(CAST(n AS DOUBLE) * (n - 1)) FILTER (WHERE kind = 'template') AS squares
FROM uses
GROUP BY account
"""
"""``by_use``: one row per account, sums over its uses."""

MERGE_BY_USE_SQL: Final = f"""
SELECT
    account,
    {_list_sql([f"{_sum_sql(f'again_{kind}')} AS again_{kind}" for kind in _DISTINCT.values()])},
    sum(squares) AS squares
FROM by_use_parts
GROUP BY account
"""

BY_USE_PROFILES_SQL: Final = f"""
SELECT
    totals.account,
    exchanges,
    first_us,
    last_us,
    with_text,
    {_list_sql(list(SUMMED))},
    single_turn / nullif(known_turns, 0) AS single_turn_ratio,
    {_list_sql(_SHARES)},
    {_list_sql([f"with_{k} - coalesce(again_{k}, 0) AS {c}" for c, k in _DISTINCT.items()])},
    coalesce(again_content, 0) AS repeats,
    (with_template + coalesce(squares, 0))
        / nullif(CAST(with_template AS DOUBLE) * with_template, 0) AS concentration,
    coalesce(again_session, 0) / nullif(with_session, 0) AS follow_up_ratio
FROM totals
LEFT JOIN by_use ON totals.account = by_use.account
"""
"""``PROFILES_SQL`` where ``by_use`` is a table."""

PROFILES_SQL: Final = f"WITH by_use AS ({BY_USE_SQL}) {BY_USE_PROFILES_SQL}"
"""One row per account: volumes, shares and distinct counts.

``concentration`` is the sum of squared template shares (1: one template), ``follow_up_ratio`` the
share of exchanges beyond the first of their session, ``repeats`` the exchanges whose prompt the
account had sent before. Null where the log does not tell.
"""

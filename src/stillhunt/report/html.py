"""The report: one page that needs nothing but itself, for engineer, lawyer and accused alike."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import jinja2
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from stillhunt import records, tables
from stillhunt.report import text
from stillhunt.report.campaigns import Account, Campaign, of_campaign, read_campaigns, read_members
from stillhunt.report.figures import Figure, draw, draw_sparkline

MOST_DRAWN: Final = 12
MOST_CARDS: Final = 40
MOST_LISTED: Final = 200
MOST_MEMBERS: Final = 200
MOST_INPUTS: Final = 50

FAMILY_WORDS: Final = {
    "identity": "who they are",
    "clock": "when they work",
    "content": "what they send",
    "purpose": "what they are after",
    "life_cycle": "how they come and go",
}


@dataclass(frozen=True, slots=True)
class _Card:
    campaign: Campaign
    anchor: str
    sparkline: str
    has_card: bool
    figures: Sequence[Figure] = ()
    members: Sequence[Account] = ()
    n_members: int = 0


@dataclass(frozen=True, slots=True)
class _Total:
    n_accounts: int
    n_named: int  # the others are suspected members
    n_exchanges: int
    n_extraction: int
    cost_usd: float


def render(findings: tables.Findings, run: records.RunFacts) -> str:
    """Return the whole report as one HTML page without outside requests.

    The first dozen groups are drawn, the first 40 have a card, the first 200 are listed; the page
    says so and names the table that holds the rest. Names out of the logs are made harmless.
    """
    cards = _cards(findings, read_campaigns(findings))
    named = [card for card in cards if card.campaign.verdict == "campaign"]
    suspects = [card for card in cards if card.campaign.verdict != "campaign"]
    style, script = _asset("report.css"), _asset("report.js")
    return _environment().get_template("report.html").render(
        headline=f"{text.several(len(named), 'campaign') if named else 'No campaign'} named",
        named=named,
        suspects=suspects,
        index=cards[:MOST_LISTED],
        n_found=len(cards),
        total=_add_up([card.campaign for card in named], findings.accounts),
        families=FAMILY_WORDS,
        facts=run,
        inputs=run.inputs[:MOST_INPUTS],
        settings=text.visible_lines(json.dumps(run.settings, indent=2, default=str)),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
    ).strip()  # fmt: skip


def _cards(findings: tables.Findings, found: Sequence[Campaign]) -> list[_Card]:
    first, last = _time_axis(findings)
    cards = []
    for rank, campaign in enumerate(found[:MOST_CARDS]):
        members, n_members = read_members(findings, campaign.campaign_id, MOST_MEMBERS)
        activity = of_campaign(findings.activity, campaign.campaign_id)
        cards.append(
            _Card(
                campaign=campaign,
                anchor=_anchor(campaign.campaign_id, rank),
                sparkline=draw_sparkline(activity, first, last),
                has_card=True,
                figures=draw(findings, campaign) if rank < MOST_DRAWN else (),
                members=members,
                n_members=n_members,
            )
        )
    rest = enumerate(found[MOST_CARDS:], MOST_CARDS)
    return cards + [_Card(one, _anchor(one.campaign_id, rank), "", False) for rank, one in rest]


def _time_axis(findings: tables.Findings) -> tuple[datetime | None, datetime | None]:
    ends = pc.min_max(findings.activity["hour_at"]).as_py()
    return ends["min"], ends["max"]


def _anchor(campaign_id: str, rank: int) -> str:
    is_plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", campaign_id)
    return f"campaign-{campaign_id if is_plain else rank}"


def _add_up(named: Sequence[Campaign], accounts: pa.Table) -> _Total:
    return _Total(
        n_accounts=sum(one.n_accounts for one in named),
        n_named=accounts["verdict"].to_pylist().count("campaign"),
        n_exchanges=sum(one.n_exchanges for one in named),
        n_extraction=sum(one.n_extraction_exchanges for one in named),
        cost_usd=sum(one.cost_usd for one in named),
    )


def _csp_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("stillhunt.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = (
        text.visible, text.prose, text.words, text.count, text.several, text.percent, text.figure,
        text.probability, text.p_value, text.bits, text.usd, text.size, text.day, text.minute,
    )  # fmt: skip
    environment.filters.update({word.__name__: word for word in own})
    environment.filters["trusted"] = Markup  # only for drawings that svg.clean has made
    return environment


def _asset(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - set above; for the type checker
    return loader.get_source(_environment(), name)[0].strip()

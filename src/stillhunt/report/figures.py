"""The figures of a campaign: charts drawn without a browser, as SVG that fits a phone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import altair as alt
import pyarrow as pa
import vl_convert
from altair.utils.schemapi import debug_mode

from stillhunt import tables
from stillhunt.report import membership, text
from stillhunt.report.campaigns import Campaign, Step, of_campaign, steps
from stillhunt.report.svg import COLOURS, clean

WIDTH: Final = 360
_MOST_SHARES: Final = 7
_LONGEST_HOURLY_S: Final = 8 * 86_400
_GRAPH_HEIGHT: Final = 300


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its heading and what it shows in words."""

    title: str
    drawing: str
    caption: str
    has_population: bool = False


def draw(findings: tables.Findings, campaign: Campaign) -> list[Figure]:
    """Return a campaign's figures; those for which the findings hold nothing are left out."""
    with debug_mode(False):  # charts written here are checked by the tests, not at every run
        return _draw(findings, campaign)


def _draw(findings: tables.Findings, campaign: Campaign) -> list[Figure]:
    mixes = _mixes(findings, campaign.campaign_id)
    drawn = (
        draw_waterfall(steps(campaign.evidence)),
        draw_membership(findings, campaign.campaign_id),
        draw_activity(findings, campaign.campaign_id),
        draw_hours(*mixes["hour_of_day"]),
        draw_shares("What is asked for", *mixes["capability"]),
        draw_shares("What is drawn out", *mixes["elicitation"]),
    )
    return [figure for figure in drawn if figure is not None]


def draw_waterfall(bars: Sequence[Step]) -> Figure | None:
    """Return the sum of the evidence in bits, from the prior to the total."""
    if not bars:
        return None
    total = bars[-1].end_bits
    rows = [_bar_row(bar.label, bar.start_bits, bar.end_bits, bar.bits) for bar in bars]
    rows.append(_bar_row("total", 0.0, total, total) | {"colour": COLOURS["ink"]})
    low = min(0.0, *(min(row["start"], row["end"]) for row in rows))
    high = max(0.0, *(max(row["start"], row["end"]) for row in rows))
    reach = (high - low) * 0.17 + 1
    base = _chart("rows").encode(y=_names("label", rows))
    scale = alt.Scale(domain=[low - reach, high + reach], nice=False)
    axis = alt.Axis(tickCount=5)
    x = alt.X("start:Q", scale=scale, axis=axis, title="bits: each doubles the odds")
    bar = base.mark_bar(height=14).encode(x=x, x2="end:Q", color=_paint())
    tag = base.mark_text(align="left", dx=5).encode(x=alt.X("right:Q"), text="tag:N")
    zero = _chart("zero").mark_rule(color=COLOURS["mute"]).encode(x="at:Q")
    words = f"{text.bits(bars[0].bits)} before any evidence, {text.bits(total)} after all of it"
    return Figure(
        "Weight of evidence",
        _render(
            (zero + bar + tag).properties(height=len(rows) * 27),
            f"Waterfall: {words}.",
            rows=rows,
            zero=[{"at": 0}],
        ),
        f"In bits: {words}. That is {text.odds(total)}, before calibration.",
    )


def draw_activity(findings: tables.Findings, campaign_id: str) -> Figure | None:
    """Return exchanges over time, by hour or day, with everybody else's on a scale of their own."""
    own = _series(of_campaign(findings.activity, campaign_id).to_pylist())
    if not own:
        return None
    others = _series(of_campaign(findings.activity, None).to_pylist())
    is_daily = (max(own) - min(own)).total_seconds() > _LONGEST_HOURLY_S
    own, others = (_by_day(series) if is_daily else series for series in (own, others))
    others = {at: n for at, n in others.items() if min(own) <= at <= max(own)}
    factor = max(own.values()) / max(others.values(), default=1) if any(others.values()) else 0
    rows = [{"at": at.isoformat(), "n": n} for at, n in sorted(own.items())]
    rest = [{"at": at.isoformat(), "n": n * factor} for at, n in sorted(others.items())]
    x = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(tickCount=4, format="%b %d", labelFlush=False),
    )
    y = alt.Y("n:Q", title=None, axis=alt.Axis(tickCount=3, format="~s"))
    area = _chart("rows").encode(x=x, y=y)
    fill = area.mark_area(color=COLOURS["accent"], opacity=0.22, interpolate="step")
    line = area.mark_line(color=COLOURS["accent"], strokeWidth=1.5, interpolate="step")
    rest_chart = _chart("rest").mark_line(color=COLOURS["mute"], strokeWidth=1.2, strokeDash=[3, 2])
    peak = max(own, key=lambda at: own[at])
    unit = "day" if is_daily else "hour"
    said = f"{text.count(own[peak])} exchanges in the busiest {unit}, {text.day(peak)}"
    return Figure(
        f"Exchanges per {unit}",
        _render(
            (fill + rest_chart.encode(x=x, y=y) + line).properties(height=130),
            f"{said}.",
            rows=rows,
            rest=rest,
        ),
        f"At most {said}. Times are UTC. Everybody else is drawn to the same height.",
        has_population=True,
    )


def draw_hours(own: Mapping[str, float], others: Mapping[str, float]) -> Figure | None:
    """Return the shares of a day's hours beside the population's."""
    if not own:
        return None
    shares = _by_hour(own)
    rows = [
        {"hour": h + 0.05, "to": h + 0.95, "share": shares.get(h, 0), "zero": 0} for h in range(24)
    ]
    rest = [{"hour": hour, "share": _by_hour(others).get(hour % 24, 0)} for hour in range(25)]
    axis = alt.Axis(values=[0, 6, 12, 18, 24], format="02d", grid=False)
    x = alt.X("hour:Q", scale=alt.Scale(domain=[0, 24], nice=False), axis=axis, title=None)
    y = alt.Y("share:Q", title=None, axis=alt.Axis(tickCount=3, format="~%"))
    bars = _chart("rows").mark_bar(color=COLOURS["accent"], opacity=0.75, stroke=None)
    line = _chart("rest").mark_line(
        color=COLOURS["mute"], interpolate="step-after", strokeDash=[3, 2], strokeWidth=1.4
    )
    busiest = sorted(shares, key=lambda hour: -shares[hour])[:8]
    said = f"{text.percent(sum(shares[hour] for hour in busiest))} in its 8 busiest hours"
    theirs = text.percent(sum(sorted(_by_hour(others).values())[-8:]))
    chart = bars.encode(x=x, x2="to:Q", y=y, y2="zero:Q") + line.encode(x=x, y=y)
    return Figure(
        "Hours of the day",
        _render(
            chart.properties(height=130),
            f"Share of exchanges by hour: {said}.",
            rows=rows,
            rest=rest,
        ),
        f"Hours in UTC. {said}; everybody else: {theirs}.",
        has_population=True,
    )


def draw_shares(title: str, own: Mapping[str, float], others: Mapping[str, float]) -> Figure | None:
    """Return a campaign's shares as bars, with the population's share as a mark on each."""
    if not own:
        return None
    names = sorted({*own, *others}, key=lambda name: (-own.get(name, 0), -others.get(name, 0)))
    rows: list[dict[str, Any]] = [
        {"name": text.words(name), "own": own.get(name, 0), "rest": others.get(name, 0),
         "tag": text.percent(own.get(name, 0)), "right": max(own.get(name, 0), others.get(name, 0))}
        for name in names[:_MOST_SHARES]
    ]  # fmt: skip
    longest = max(row["right"] for row in rows) or 1
    base = _chart("rows").encode(y=_names("name", rows))
    x = alt.X("own:Q", axis=None, scale=alt.Scale(domain=[0, longest * 1.2], nice=False))
    bars = base.mark_bar(height=13, color=COLOURS["accent"], opacity=0.75).encode(x=x)
    ticks = base.mark_tick(thickness=2, height=19, color=COLOURS["ink"]).encode(x="rest:Q")
    tags = base.mark_text(align="left", dx=6).encode(x="right:Q", text="tag:N")
    said = f"{text.words(names[0])} {text.percent(own.get(names[0], 0))}"
    chart = (bars + ticks + tags).properties(height=len(rows) * 26)
    theirs = text.percent(others.get(names[0], 0))
    return Figure(
        title,
        _render(chart, f"{title}: above all {said}.", rows=rows),
        f"Upright marks: everybody else. Above all {said}; everybody else: {theirs}.",
    )


def draw_membership(findings: tables.Findings, campaign_id: str) -> Figure | None:
    """Return who shares what: accounts on the left, artefacts on the right; a sample of both."""
    graph = membership.sample(of_campaign(findings.links, campaign_id))
    if not graph.edges:
        return None
    # Hues repeat beyond four kinds; the labels tell the kinds apart.
    hues = {kind: COLOURS[f"kind-{'abcd'[i % 4]}"] for i, kind in enumerate(graph.kinds)}
    curves = [
        {"kind": edge.kind, "x": x, "y": y, "order": 5 * index + step, "colour": hues[edge.kind]}
        for index, edge in enumerate(graph.edges)
        for step, (x, y) in enumerate(_curve(edge.left, edge.right))
    ]
    dots = [{"x": 0, "y": y, "colour": COLOURS["ink"], "size": 14} for y in graph.account_heights]
    hubs = [
        {"x": 1, "y": hub.height, "colour": hues[hub.kind], "size": 55,
         "label": f"{text.words(hub.kind)} · {text.count(hub.n_accounts)}"}
        for hub in graph.hubs
    ]  # fmt: skip
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1.48], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[1.02, -0.02], nice=False))
    lines = _chart("curves").mark_line(strokeWidth=0.6, opacity=0.6, interpolate="basis")
    points = _chart("dots").mark_circle(opacity=1)
    names = _chart("hubs").mark_text(align="left", dx=8).encode(x=x, y=y, text="label:N")
    chart = (
        lines.encode(x=x, y=y, detail="kind:N", order="order:Q", color=_paint())
        + points.encode(x=x, y=y, color=_paint(), size=alt.Size("size:Q", scale=None))
        + names
    )
    shown = f"{len(dots)} of {text.several(graph.n_accounts, 'account')}"
    held = f"{len(hubs)} of {text.several(graph.n_artefacts, 'shared artefact')}"
    said = f"{shown}, linked through {held}."
    chart = chart.properties(height=_GRAPH_HEIGHT)
    return Figure(
        "What holds the accounts together",
        _render(chart, said, curves=curves, dots=dots + hubs, hubs=hubs),
        f"Left: {shown}. Right: {held}, each with the number of accounts that share it.",
    )


def draw_sparkline(activity: pa.Table, first: datetime | None, last: datetime | None) -> str:
    """Return one campaign's exchanges per day as a small curve; empty when there are none.

    The curve's width is the time from ``first`` to ``last``, so that curves can be compared.
    """
    series = _by_day(_series(activity.to_pylist()))
    if not series or first is None or last is None:
        return ""
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    n_days, peak = (last - start).days + 1, max(series.values()) or 1
    heights = [series.get(start + timedelta(days=day), 0) / peak for day in range(n_days)]
    points = "".join(
        f"V{25 - 22 * height:.0f}H{120 * (day + 1) / n_days:.1f}"
        for day, height in enumerate(heights)
    )
    drawing = (
        '<svg viewBox="0 0 120 26" width="120" preserveAspectRatio="none">'
        f'<path d="M0,25{points}V25" fill="{COLOURS["accent"]}" fill-opacity="0.3"/>'
        f'<path d="M0,25H120" stroke="{COLOURS["rule"]}" stroke-width="1"/></svg>'
    )
    return clean(drawing, f"Exchanges per day, at most {text.count(peak)}")


def _render(chart: Any, label: str, **rows: Sequence[Mapping[str, Any]]) -> str:
    styled = (
        chart.properties(width=WIDTH - 90, padding=2)
        .configure(aria=False, font="sans-serif")
        .configure_view(stroke=None)
        .configure_text(color=COLOURS["ink"], fontSize=12)
        .configure_axis(
            labelColor=COLOURS["soft"], titleColor=COLOURS["soft"], labelFontSize=12,
            titleFontSize=12, titleFontWeight="normal", gridColor=COLOURS["rule"], domain=False,
            ticks=False, labelPadding=5, labelLimit=150,
        )
        .configure_axisX(grid=False)
    )  # fmt: skip
    specification = styled.to_dict(validate=False)
    specification["background"] = None
    specification["datasets"] = rows
    specification["autosize"] = {"type": "fit-x", "contains": "padding"}
    specification["width"] = WIDTH
    return clean(vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]), label)


def _chart(name: str) -> alt.Chart:
    # The rows come in after Altair has checked the chart: it would check each row, slowly.
    return alt.Chart(alt.NamedData(name=name))


def _curve(left: float, right: float) -> Iterable[tuple[float | None, float | None]]:
    # The last point is none: it ends this curve, so that one path can hold all of a kind.
    return ((0, left), (0.3, left), (0.7, right), (1, right), (None, None))


def _names(field: str, rows: Sequence[Mapping[str, Any]]) -> alt.Y:
    # Room for the widest of the fonts that a reader may have, not only for the one measured here.
    room = 7.2 * max(len(row[field]) for row in rows)
    return alt.Y(f"{field}:N", sort=None, title=None, axis=alt.Axis(minExtent=min(room, 150)))


def _paint() -> alt.Color:
    return alt.Color("colour:N", scale=None)


def _bar_row(label: str, start: float, end: float, value: float) -> dict[str, Any]:
    return {
        "label": text.words(label),
        "start": start,
        "end": end,
        "right": max(start, end),
        "tag": text.bits(value),
        "colour": COLOURS["accent"] if value >= 0 else COLOURS["mute"],
    }


def _series(rows: Iterable[Mapping[str, Any]]) -> dict[datetime, int]:
    return {row["hour_at"]: row["exchanges"] for row in rows if row["hour_at"] is not None}


def _by_day(series: Mapping[datetime, int]) -> dict[datetime, int]:
    out: dict[datetime, int] = {}
    for at, n in series.items():
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        out[day] = out.get(day, 0) + n
    return out


def _mixes(
    findings: tables.Findings, campaign_id: str
) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
    out: dict[str, tuple[dict[str, float], dict[str, float]]] = {
        name: ({}, {}) for name in ("capability", "elicitation", "hour_of_day")
    }
    for side, whose in enumerate((campaign_id, None)):
        for row in of_campaign(findings.mixes, whose).to_pylist():
            if row["dimension"] in out and row["share"] is not None:
                out[row["dimension"]][side][row["name"]] = row["share"]
    return out


def _by_hour(shares: Mapping[str, float]) -> dict[int, float]:
    return {int(name): share for name, share in shares.items() if name.isdecimal()}

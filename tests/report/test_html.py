import base64
import dataclasses
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import invented
import pytest

from stillhunt import tables
from stillhunt.report import html


class Reader(HTMLParser):
    """Collects the tags, the attributes and the text of a page as a browser would see them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.inside = [], [], [], {}
        self.open = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        self.open.append(tag)

    def handle_data(self, data):
        self.text.append(data)
        if self.open:
            self.inside.setdefault(self.open[-1], []).append(data)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def policy(reader):
    return next(v for t, k, v in reader.attributes if t == "meta" and v and "default-src" in v)


@pytest.fixture(scope="module")
def page(findings, facts):
    return html.render(findings, facts)


@pytest.fixture(scope="module")
def hostile_page():
    names = invented.HOSTILE
    findings = invented.build_findings(hostile=names)
    models = [list(names)] * findings.campaigns.num_rows
    column = findings.campaigns.schema.get_field_index("models")
    hostile = findings.campaigns.set_column(
        column, "models", [models]
    ).cast(tables.CAMPAIGNS)  # fmt: skip
    facts = invented.build_facts(
        settings={name[:99]: name for name in names},
        silent_families={"clock": names[0]},
        inputs=tuple(invented.records.InputFile(name, 1, name) for name in names),
    )
    return html.render(dataclasses.replace(findings, campaigns=hostile), facts)


@pytest.fixture(scope="module", params=["page", "hostile_page"])
def reader(request):
    return Reader(request.getfixturevalue(request.param))


def test_the_page_asks_nobody_for_anything(reader):
    fetching = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background"}
    for tag, name, value in reader.attributes:
        if name in fetching:
            assert (tag, name) == ("a", "href"), (tag, name)
            assert re.fullmatch(r"#[A-Za-z0-9_-]+", value)
    assert not {"link", "iframe", "img", "object", "embed", "form", "base", "image"} & set(
        reader.tags
    )
    style = "".join(reader.inside["style"])
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_forbids_all_but_the_page_s_own_style_and_script(reader):
    allowed = dict(rule.strip().split(" ", 1) for rule in policy(reader).split(";"))
    assert allowed["default-src"] == "'none'"
    assert "unsafe" not in policy(reader)
    for tag in ("style", "script"):
        assert reader.tags.count(tag) == 1
        digest = hashlib.sha256("".join(reader.inside[tag]).encode()).digest()
        assert allowed[f"{tag}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_there_are_no_inline_handlers_or_styles(reader):
    for tag, name, _ in reader.attributes:
        assert name != "style", tag
        assert not name.startswith("on"), (tag, name)


def test_hostile_names_are_shown_as_text(hostile_page):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile_page
    assert "acc⟨U+202E⟩moc.live" in hostile_page
    assert "(100,000 characters)" in hostile_page
    hidden = r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
    assert not re.search(hidden, hostile_page)
    assert "é" * 1000 not in hostile_page


def test_the_page_tells_named_accounts_from_suspected_members(findings, facts):
    column = findings.accounts.schema.get_field_index("verdict")
    verdicts = findings.accounts["verdict"].to_pylist()
    first = verdicts.index("campaign")
    verdicts[first : first + 3] = ["suspect"] * 3
    accounts = findings.accounts.set_column(column, "verdict", [verdicts])
    page = html.render(replace(findings, accounts=accounts), facts)
    read = " ".join("".join(Reader(page).text).split())
    assert "1,290 accounts, 1,287 of them named and the others suspected, took" in read


def test_the_page_leads_with_what_was_found(page):
    read = " ".join("".join(Reader(page).text).split())
    assert "2 campaigns named" in read
    assert "1,290 accounts took 922,168 exchanges for training" in read
    assert "life cycle: no accounts table was given" in read
    assert page.index("campaign-c-7f3a91d0") < page.index("campaign-c-20be44c1")
    assert page.index('id="suspects"') > page.index("campaign-c-20be44c1-name")


def test_a_card_holds_evidence_explanations_and_what_would_clear(page):
    read = " ".join("".join(Reader(page).text).split())
    for said in (
        "37 payment tokens cover 1,102 accounts.",
        "500 random groups of the same size, volume and age",
        "95th percentile 0.048",
        "a class repeats the same exercises",
        "it could not be refuted",
        "an evaluation agreement that names the tool-use benchmark",
        "The 200 with the most evidence against them; all 1,204 are in accounts.parquet.",
        "If your account is named here",
    ):
        assert said in read


def test_every_table_has_a_caption_and_every_drawing_a_name(reader):
    assert reader.tags.count("table") == reader.tags.count("caption")
    figures = [one for one in reader.attributes if one[:2] == ("svg", "aria-label")]
    assert len(figures) >= reader.tags.count("figure") > 10


def test_nothing_found_is_said_plainly(facts):
    page = html.render(invented.build_findings(names=()), facts)
    assert "No campaign named" in page
    assert "None is named" in page


def test_no_findings_at_all_still_make_a_page(facts):
    empty = tables.Findings(*(schema.empty_table() for schema in (
        tables.ACCOUNT_VERDICTS, tables.CAMPAIGNS, tables.EVIDENCE, tables.ACTIVITY,
        tables.MIXES, tables.LINKS)))  # fmt: skip
    assert "No campaign named" in html.render(empty, facts)


def test_only_the_first_dozen_groups_are_drawn(findings, facts):
    row = findings.campaigns.slice(0, 1).to_pylist()[0]
    rows = [row | {"campaign_id": f"c-{i:04d}", "accounts": i} for i in range(250)]
    many = dataclasses.replace(
        findings, campaigns=findings.campaigns.from_pylist(rows, schema=tables.CAMPAIGNS)
    )
    page = html.render(many, facts)
    assert page.count("<article") == html.MOST_CARDS
    assert "The first 200 of 250; all are in campaigns.parquet." in page


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_from_their_ground_in_light_and_dark(page):
    for block in re.findall(r":root \{([^}]*)\}", page)[:2]:
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
        for ground in ("paper", "card", "tint"):
            for name in ("ink", "soft", "accent", "alarm", "warn"):
                pair = sorted((luminance(colours[name]), luminance(colours[ground])))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (name, ground)

import re
import runpy
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from stillhunt import __version__
from stillhunt.ingest.formats import FORMATS
from stillhunt.judge.explanations import EXPLANATIONS
from stillhunt.judge.signals import SIGNALS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["commands", "evidence", "formats", "scenarios", "settings", "words"]
)
def test_a_page_made_from_code_is_up_to_date(name):
    page = runpy.run_path(str(ROOT / "tools" / f"{name}_page.py"))["page"]()
    assert page == _text(f"docs/{name}.md"), "run make docs"


def test_every_signal_and_explanation_has_its_row():
    page = _text("docs/evidence.md")
    for plug_in in (*SIGNALS, *EXPLANATIONS):
        (row,) = [line for line in page.splitlines() if f"| `{plug_in.name}` |" in line]
        assert not re.search(r"\|\s*\|", row)


def test_every_format_has_its_page():
    for form in FORMATS:
        assert "**Seen.**" in _text(f"docs/formats/{form.name}.md") or form.name == "batch"


TWICE = {"Population", "Reading", "Sampled"}
"""Class names that two modules share. The list may only shrink."""


def test_one_word_is_one_thing():
    classes = runpy.run_path(str(ROOT / "tools" / "words_page.py"))["classes"]
    counts = Counter(name for name, _meaning, _module in classes())
    assert {name for name, n in counts.items() if n > 1} == TWICE


def test_every_dependency_has_a_reason():
    page = _text("docs/decisions/0001-dependencies.md")
    extras = [one for group in PROJECT["optional-dependencies"].values() for one in group]
    for requirement in [*PROJECT["dependencies"], *extras]:
        assert f"`{re.split('[<>=~ ]', requirement)[0]}`" in page


def test_the_changelog_tells_of_this_version():
    assert f"## [{__version__}]" in _text("CHANGELOG.md")
    assert PROJECT["version"] == __version__


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_names_only_targets_that_make_knows():
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.MULTILINE))
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"\bmake (demo|test|check|full|docs|bench|\w+)`", pages)) <= targets


def test_continuous_integration_calls_the_test_command_and_nothing_else():
    commands = [line for line in _text(".ci/run").splitlines()[1:] if "make" in line]
    assert commands == ["exec make test"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100

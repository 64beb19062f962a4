from pathlib import Path

import pages
import recovery


def test_after_kills_every_exchange_is_counted_once_and_what_cannot_be_read_is_set_aside() -> None:
    figures = recovery.play(4, 2)
    assert figures["exchanges counted"] == figures["exchanges written"] > 1_000
    assert figures["exchanges lost"] == figures["exchanges counted twice"] == 0
    assert figures["rows told for duplicates"] == figures["duplicates written"] > 0
    assert figures["rows and files set aside"] == figures["rows and files that cannot be read"]
    assert figures["commits"] > 4


def test_a_table_replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "live.md"
    page.write_text("# Live\n\n<!-- a -->\nold\n<!-- b -->\nrest\n")
    pages.put_between(page, "<!-- a -->", "<!-- b -->", "new")
    assert page.read_text() == "# Live\n\n<!-- a -->\nnew\n<!-- b -->\nrest\n"
    pages.put_between(page, "<!-- c -->", "<!-- d -->", "more")
    assert page.read_text().endswith("rest\n\n<!-- c -->\nmore\n<!-- d -->\n")

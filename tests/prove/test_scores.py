from dataclasses import fields
from pathlib import Path

import pytest

from stillhunt import prove

PAGE = Path(__file__).parents[2] / "docs" / "scores.md"
RECORDS = [
    record
    for record in (getattr(prove, name) for name in prove.__all__)
    if record.__module__ == "stillhunt.prove.scores" and record is not prove.Interval
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_figure_is_defined_on_the_page(record):
    page = PAGE.read_text(encoding="utf-8")
    missing = [one.name for one in fields(record) if f"`{one.name}`" not in page]
    assert missing == []

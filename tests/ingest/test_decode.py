from io import StringIO

import pytest

from stillhunt import tables
from stillhunt.ingest import Rejects
from stillhunt.ingest.decode import read_frames
from stillhunt.ingest.formats import format_named
from stillhunt.ingest.frames import frames_of
from stillhunt.ingest.pieces import Reading
from stillhunt.settings import IngestSettings

BODY = b'"request": {"model": "m", "messages": [{"role": "user", "content": "why?"}]}'
GOOD = b'{"time": 1772409600, "account_id": "a", ' + BODY + b', "response": {"id": "r"}}'


def decoded(data: bytes) -> tuple[list[str], str]:
    form, out = format_named("pairs"), StringIO()
    assert form is not None
    reading = Reading(tables.EXCHANGES, IngestSettings(), Rejects(out))
    rows = read_frames("log.jsonl", frames_of(data), reading, form)
    return rows.column("prompt").to_pylist(), out.getvalue()


def test_a_record_becomes_a_row_of_the_contract() -> None:
    assert decoded(GOOD + b"\n") == (["why?"], "")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (GOOD.replace(b"1772409600", b'"yesterday"'), "time"),
        (GOOD.replace(b"1772409600", b"true"), "time must be ISO 8601 text or a number"),
        (GOOD.replace(b'"time": 1772409600, ', b""), "no time"),
        (GOOD[:-1], "JSON"),
        (GOOD.replace(b"why?", b"\xff\xfe"), "UTF-8"),
    ],
)
def test_what_cannot_be_a_row_is_set_aside_with_its_line_and_no_text(
    record: bytes, reason: str
) -> None:
    prompts, aside = decoded(GOOD + b"\n" + record + b"\n" + GOOD + b"\n")
    assert prompts == ["why?", "why?"]
    assert '"line": 2' in aside
    assert reason in aside
    assert "why" not in aside

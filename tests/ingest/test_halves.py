"""Exchanges that several records tell of."""

import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stillhunt.ingest import Rejects, halves, open_exchanges
from stillhunt.ingest.formats.format import Half
from stillhunt.ingest.halves import Window, is_whole
from stillhunt.settings import IngestSettings

CASE = Path(__file__).parents[1] / "cases" / "otlp" / "openai-instrumentation"
ALL = IngestSettings(max_rejected_ratio=1.0)


def span(key, **told):
    return (key, Half(key=key, is_main=True, account_id="a", time=1, **told), 1)


def event(key, **told):
    return (key, Half(key=key, time=2, **told), 2)


def joined(loose, settings=ALL):
    window = Window(settings)
    return [half for half, _ in (*window.add(loose), *window.rest())]


@given(order=st.permutations(range(6)))
def test_the_order_in_which_records_tell_of_an_exchange_does_not_matter(order):
    loose = [
        span("x", model="m"), event("x", prompt="p"), event("x", response="r"),
        span("y"), event("z", prompt="q"), ("w", None, 1),
    ]  # fmt: skip
    found = {half.key: half for half in joined([loose[i] for i in order])}
    assert set(found) == {"x", "y", "z"}
    x = found["x"]
    assert (x.time, x.account_id, x.model, x.prompt, x.response) == (1, "a", "m", "p", "r")
    assert [is_whole(found[key]) for key in "xyz"] == [True, False, False]


@given(order=st.permutations(range(3)))
def test_what_one_record_tells_whole_is_not_told_again(order):
    loose = [("x", None, 1), event("x", prompt="p"), event("x", response="r")]
    assert not joined([loose[i] for i in order])


def test_what_waits_is_bounded_in_number_and_in_text(monkeypatch):
    monkeypatch.setattr(halves, "MOST", 8)
    window = Window(ALL)
    assert [h.key for h, _ in window.add([event(str(i)) for i in range(9)])] == list("0123")
    small = Window(IngestSettings(chunk_bytes=100))
    out = [h.key for h, _ in small.add([event(str(i), prompt="p" * 150) for i in range(4)])]
    assert out == ["0", "1"]
    assert not list(small.add([event("4", response="r" * 50)]))
    assert [h.key for h, _ in small.rest()] == ["2", "3", "4"]


def test_events_that_repeat_their_spans_in_one_file_are_no_rows_of_their_own(tmp_path):
    log, aside = tmp_path / "all.jsonl", io.StringIO()
    texts = [(CASE / name).read_text(encoding="utf-8") for name in ("logs.json", "traces.json")]
    log.write_text("".join(texts), encoding="utf-8")
    rows = [
        row for batch in open_exchanges(log, ALL).batches(Rejects(aside))
        for row in batch.rows.to_pylist()
    ]  # fmt: skip
    assert len(rows) == texts[1].count('"SPAN_KIND_CLIENT"')
    assert not json.loads(aside.getvalue() or "null")

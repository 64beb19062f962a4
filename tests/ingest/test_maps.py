"""Maps of columns."""

import pytest

from stillhunt.errors import SettingsError
from stillhunt.ingest.formats.format import Exchange
from stillhunt.ingest.maps import apply, load_map, look_up, mapped_format, parse_path

MAP = """
[columns]
time = "meta.at"
account_id = 'who."a.b"[-1]'
org_id = { constant = "acme" }
temperature = "warm"
[bodies]
request = "sent"
response = "got"
"""
RECORD = {
    "meta": '{"at": 1770000000}',
    "who": {"a.b": ["x", "y"]},
    "warm": "0.5",
    "sent": '{"messages": [{"role": "user", "content": "ask"}]}',
    "got": {"content": [{"type": "text", "text": "told"}], "stop_reason": "end_turn"},
}


def write(folder, text):
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_map_finds_paths_constants_and_bodies(tmp_path):
    row = apply(Exchange(), RECORD, load_map(write(tmp_path, MAP)))
    assert (row.time, row.account_id, row.org_id) == (1_770_000_000, "y", "acme")
    assert (row.prompt, row.response, row.temperature) == ("ask", "told", 0.5)


def test_a_map_may_stand_on_a_format(tmp_path):
    path = write(tmp_path, 'format = "bedrock"\n[columns]\naccount_id = "requestMetadata.tenant"\n')
    form = mapped_format(load_map(path))
    record = b'{"modelId": "m", "requestMetadata": {"tenant": "t"}, "timestamp": "2026-02-01"}'
    (row,) = form.exchanges(form.decode(record))
    assert (row.account_id, row.model) == ("t", "m")


@pytest.mark.parametrize(
    "text", ["[columns", '[columns]\nprice = "a"', '[columns]\ntime = ""', "[sql]", 'format = "x"']
)
def test_a_map_that_cannot_be_is_refused(tmp_path, text):
    with pytest.raises(SettingsError):
        load_map(write(tmp_path, text))


def test_paths_lead_nowhere_quietly():
    assert look_up({"a": [1]}, parse_path("a[3].b")) is None
    assert look_up({"a": "no json"}, parse_path("a.b")) is None

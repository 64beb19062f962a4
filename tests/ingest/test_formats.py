"""Which format a log is of."""

import pytest

from stillhunt.errors import SettingsError
from stillhunt.ingest.formats import FORMATS, format_named, recognise


def test_names_are_one_of_a_kind():
    assert len({form.name for form in FORMATS}) == len(FORMATS)


def test_the_contracts_own_columns_come_first():
    row = {"time": 0, "account_id": "a", "prompt": "p", "request": {"messages": []}, "response": {}}
    assert recognise([row]) is None
    assert recognise([{"resourceSpans": []}]).name == "otlp"
    assert recognise([]) is None


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(SettingsError, match="litellm"):
        format_named("lightllm")

"""Options shared by commands."""

from pathlib import Path

from stillhunt.cli.options import ingest_overrides, ingest_settings


def test_only_what_was_asked_overrides():
    assert ingest_overrides(None, None, 0.5) == {"max_rejected_ratio": 0.5}


def test_options_stand_above_the_environment():
    environment = {"STILLHUNT_INGEST__FORMAT": "otlp"}
    assert ingest_settings(environment, None, None).format == "otlp"
    found = ingest_settings(environment, "pairs", Path("m.toml"))
    assert (found.format, found.map) == ("pairs", Path("m.toml"))

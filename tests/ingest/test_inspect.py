"""What a log is told to be."""

import json
from pathlib import Path

from stillhunt.ingest.inspect import inspect
from stillhunt.settings import IngestSettings

CASES = Path(__file__).parents[1] / "cases"


def test_a_known_log_shows_what_is_filled():
    seen = inspect(str(CASES / "litellm" / "proxy"), IngestSettings())
    assert "LiteLLM" in seen.title
    assert seen.shares["prompt"] == 1
    assert seen.shares["country"] == 0
    assert seen.proposal is None


def test_an_unknown_log_gets_a_proposal(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"when": "2026-02-01", "who": "w", "question": "q"}) + "\n")
    seen = inspect(str(path), IngestSettings())
    assert 'prompt = "question"' in seen.proposal

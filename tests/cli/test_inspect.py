"""``stillhunt inspect``."""

import json
from pathlib import Path

from stillhunt.cli import main

CASE = Path(__file__).parents[1] / "cases" / "bedrock" / "documented"


def test_a_log_is_told_with_the_families_it_feeds(capsys):
    assert main(["inspect", str(CASE)]) == 0
    out = capsys.readouterr().out
    assert "Bedrock" in out
    assert "identity: silent" in out
    assert "content: prompt" in out


def test_a_map_is_proposed_without_values(tmp_path, capsys):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"when": "2026-02-01", "who": "somebody", "question": "q!"}) + "\n")
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    assert 'account_id = "who"' in out
    assert "somebody" not in out


def test_what_shows_neither_time_nor_account_is_refused(tmp_path, capsys):
    path = tmp_path / "log.jsonl"
    path.write_text('{"a": 1}\n')
    assert main(["inspect", str(path)]) == 2
    assert "--map" in capsys.readouterr().err

from pathlib import Path

import pytest

import sensitivity
from sensitivity import DEFAULTS, NEIGHBOURS, Count, changes, measure, page, read
from stillhunt import simulate
from stillhunt.settings import JudgeSettings, LinkSettings, Settings

ONE_LOG_EACH = {"link.seed"}
"""Settings that would need the log to be read again. The list may only shrink."""

ABLATED = {"judge.families"}
"""What `bench/quality.py` varies instead: each family left out. The list may only shrink."""

OVER_TIME = {"judge.is_repeated", "judge.quiet_hours"}
"""What one hunt does not hang on: `bench/peeking.py` varies the one, the other names nobody."""


def test_every_setting_that_a_verdict_hangs_on_is_varied() -> None:
    settings = {f"link.{name}" for name in LinkSettings.model_fields}
    settings |= {f"judge.{name}" for name in JudgeSettings.model_fields}
    varied = {f"{section}.{name}" for section, names in NEIGHBOURS.items() for name in names}
    assert varied == settings - ONE_LOG_EACH - ABLATED - OVER_TIME


def test_each_change_changes_one_setting() -> None:
    labels, settings = zip(*changes(), strict=True)
    assert len(set(labels)) == len(labels)
    for one in settings[1:]:
        differing = [
            name
            for section in ("link", "judge")
            for name in type(getattr(one, section)).model_fields
            if getattr(getattr(one, section), name) != getattr(getattr(Settings(), section), name)
        ]
        assert len(differing) == 1


def test_only_the_settings_asked_for_are_changed() -> None:
    labels = [label for label, _settings in changes(["judge.fdr_ratio"])]
    assert labels == [
        DEFAULTS,
        "`judge.fdr_ratio` 0.01 → 0.005",
        "`judge.fdr_ratio` 0.01 → 0.02",
    ]


def test_a_change_that_changes_a_verdict_is_bold() -> None:
    first = {DEFAULTS: Count(10, 0, 1.0), "a": Count(10, 0, 1.0), "b": Count(8, 1, 1.0)}
    second = {DEFAULTS: Count(5, 0, 1.0), "a": Count(5, 0, 1.0), "b": Count(5, 0, 1.0)}
    lines = page({"x": first, "y": second}, {"x": 10, "y": 6}).splitlines()
    assert "| setting | x (of 10) | y (of 6) | all (of 16) |" in lines
    assert "| a | 10 · 0 | 5 · 0 | 15 · 0 |" in lines
    assert "| b | **8 · 1** | **5 · 0** | **13 · 1** |" in lines


def test_a_planted_campaign_is_counted_as_guilty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate.write(simulate.scenario("demo").scaled(0.05), tmp_path / "log", seed=1)
    log = read(tmp_path / "log")
    monkeypatch.setattr(sensitivity, "NEIGHBOURS", {"judge": {"fdr_ratio": (1e-12,)}})
    usual, strict = measure(log).values()
    assert 0 < usual.guilty <= log.is_guilty.sum()
    assert usual.innocent == 0
    assert strict.guilty < usual.guilty

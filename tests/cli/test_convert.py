"""``stillhunt convert``."""

from pathlib import Path

from stillhunt.cli import main

CASE = Path(__file__).parents[1] / "cases" / "pairs" / "sdk-wire"


def test_a_log_is_converted_and_counted(tmp_path, capsys):
    out = tmp_path / "out.parquet"
    assert main(["convert", str(CASE), "--out", str(out)]) == 0
    assert "25 rows written" in capsys.readouterr().out
    assert out.exists()


def test_another_ending_is_refused(tmp_path, capsys):
    assert main(["convert", str(CASE), "--out", str(tmp_path / "out.csv")]) == 2
    assert ".parquet" in capsys.readouterr().err

import json

import pytest

from stillhunt.cli import main
from stillhunt.cli.replay import parse_duration_us
from stillhunt.errors import SettingsError
from stillhunt.simulate import scenario, write


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    place = tmp_path_factory.mktemp("world")
    write(scenario("demo").scaled(0.01), place, 1)
    return place


def _replay(world, *options: str) -> int:
    return main(
        ["replay", str(world / "exchanges"), "--truth", str(world / "truth"),
         "--accounts", str(world / "accounts.parquet"), "--step", "7d", *options]
    )  # fmt: skip


def test_each_planted_campaign_has_its_row(world, capsys):
    assert _replay(world) == 0
    text = capsys.readouterr().out
    assert all(plan.name in text for plan in scenario("demo").campaigns)


def test_json_says_the_same(world, capsys):
    assert _replay(world, "--json", "--speed", "1e9") == 0
    said = json.loads(capsys.readouterr().out)
    assert {one["campaign"] for one in said["leaks"]} == {
        c.name for c in scenario("demo").campaigns
    }


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1w"])
def test_a_step_that_is_no_time_is_refused(text):
    with pytest.raises(SettingsError, match="--step must be a time"):
        parse_duration_us(text)

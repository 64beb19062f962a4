import pytest

from stillhunt.cli import main


@pytest.mark.parametrize("campaign", ["SH-a", "SH-b"])
def test_a_merger_is_in_the_history_of_both(remembered, campaign, capsys):
    assert main(["campaign", str(remembered), campaign, "--history"]) == 0
    assert "merged" in capsys.readouterr().out


def test_newcomers_are_shown_with_their_exchanges(remembered, capsys):
    assert main(["campaign", str(remembered), "SH-b", "--history"]) == 0
    text = capsys.readouterr().out
    assert "new-one" in text
    assert "content, identity" in text


def test_a_campaign_that_is_not_known_is_said_to_be_so(remembered, capsys):
    assert main(["campaign", str(remembered), "SH-x", "--history"]) == 2
    assert "`stillhunt campaigns` lists them" in capsys.readouterr().err

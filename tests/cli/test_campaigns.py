from stillhunt.cli import main


def test_campaigns_that_are_gone_are_listed_beside_those_that_are_there(remembered, capsys):
    assert main(["campaigns", str(remembered)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("SH-a" in line and "gone" in line and "SH-b" in line for line in lines)
    assert any("SH-b" in line and "there" in line for line in lines)


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    assert main(["campaigns", str(tmp_path)]) == 2
    assert "a verdict folder written by" in capsys.readouterr().err

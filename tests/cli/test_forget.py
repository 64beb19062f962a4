import json

from stillhunt.cli import main
from stillhunt.live.judging import CHANGES
from stillhunt.report import folder


def test_an_account_leaves_state_and_changes(log, tmp_path, capsys):
    state = tmp_path / "state"
    assert main(["watch", str(log), "--state", str(state), "--once"]) == 0
    change = {"kind": "found", "accounts": ["a-3", "a-4"]}
    (state / CHANGES).write_text(json.dumps(change) + "\n")
    assert main(["forget", "a-3", "--state", str(state)]) == 0
    assert "a-3: 20 exchanges forgotten" in capsys.readouterr().out
    assert json.loads((state / CHANGES).read_text())["accounts"] == ["a-4"]
    manifest = json.loads((state / "manifest.json").read_text())
    assert sum(one["n_exchanges"] for one in manifest["segments"]) == 220
    left = folder.read(state / "verdicts").accounts["account_id"].to_pylist()
    assert "a-3" not in left
    assert "a-4" in left


def test_an_account_leaves_what_a_verdict_folder_remembers(log, remembered, tmp_path):
    state = tmp_path / "state"
    assert main(["watch", str(log), "--state", str(state), "--once"]) == 0
    for account in ("a", "new-one"):
        assert main(["forget", account, "--state", str(state), "--out", str(remembered)]) == 0
    track = folder.read(remembered).track
    assert set(track.roster["account_id"].to_pylist()) == set("bcdef")
    assert track.successors.num_rows == 0
    assert track.history.num_rows == 3


def test_a_folder_that_is_no_state_leaves_2_and_is_not_made(tmp_path, capsys):
    assert main(["forget", "a-3", "--state", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()

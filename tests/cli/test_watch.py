import json
import os
import signal
import subprocess
import sys
import time

import pytest

from stillhunt.cli import main
from stillhunt.report import folder


def test_once_leaves_the_verdicts_of_a_hunt_whose_looks_are_paid_for(log, tmp_path, monkeypatch):
    state = tmp_path / "state"
    assert main(["watch", str(log), "--state", str(state), "--once"]) == 0
    assert folder.read_facts(state / "verdicts").n_exchanges == 240
    monkeypatch.setenv("STILLHUNT_JUDGE__IS_REPEATED", "true")
    assert main(["hunt", str(log), "--out", str(tmp_path / "hunted")]) == 0
    watched, hunted = folder.read(state / "verdicts"), folder.read(tmp_path / "hunted")
    assert watched.accounts.equals(hunted.accounts)
    assert folder.read_facts(state / "verdicts").settings["judge"]["is_repeated"] is True


def test_sigterm_commits_what_came_and_leaves_within_five_seconds(log, tmp_path):
    state = tmp_path / "state"
    command = [sys.executable, "-m", "stillhunt", "watch", str(log.parent), "--state", str(state)]
    environ = os.environ | {"STILLHUNT_WATCH__COMMIT_S": "3600"}
    watching = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    while not (state / "lock").exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(5)
    start = time.monotonic()
    watching.send_signal(signal.SIGTERM)
    assert watching.wait(20) == 0
    assert time.monotonic() - start < 5
    assert watching.stderr.read() == b""
    watching.stderr.close()
    manifest = json.loads((state / "manifest.json").read_text())
    assert sum(one["n_exchanges"] for one in manifest["segments"]) == 240


@pytest.mark.parametrize("option", [["--metrics-port", "99999999"], ["--judge-every", "0"]])
def test_what_cannot_be_leaves_2(log, tmp_path, capsys, option):
    state = tmp_path / "state"
    assert main(["watch", str(log), "--state", str(state), "--once", *option]) == 2

"""The scratch folder goes at the end, and with the next run where a run was killed."""

import errno
import os
import signal
import subprocess
import sys
import tempfile

import pytest

from stillhunt.scratch import scratch_folder, sweep

HOLD = """
import time
from pathlib import Path
from stillhunt.scratch import scratch_folder
with scratch_folder("test") as folder:
    (Path(folder) / "deep").mkdir()
    (Path(folder) / "deep" / "marks").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_the_folder_is_there_for_its_run_and_then_gone(place):
    with scratch_folder("test") as one, scratch_folder("test") as other:
        assert one != other
        assert sorted(os.listdir(place)) == sorted(map(os.path.basename, (one, other)))
    assert os.listdir(place) == []


def test_what_a_killed_run_left_goes_with_the_next_and_not_before(place):
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as run:
        left = run.stdout.readline().strip()
        with scratch_folder("test"):
            assert os.path.exists(f"{left}/deep/marks")  # it lives
        run.send_signal(signal.SIGKILL)
    assert os.path.exists(left)
    with scratch_folder("test") as mine:
        assert os.listdir(place) == [os.path.basename(mine)]


def test_where_nothing_can_be_locked_a_run_goes_on_and_nothing_is_swept(place, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("fcntl.flock", refuse)
    with scratch_folder("test") as one, scratch_folder("test") as other:
        assert len(os.listdir(place)) == len({one, other}) == 2
    assert os.listdir(place) == []


def test_what_is_not_ours_stays(place):
    (place / "stillhunt-scratch-diary").write_text("a file")
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / "diary").write_text("x")
    (place / "stillhunt-scratch-link").symlink_to(place / "elsewhere")
    (place / "stillhunt-other").mkdir()
    sweep()
    assert len(os.listdir(place)) == 4
    assert (place / "elsewhere" / "diary").read_text() == "x"


def test_what_another_user_left_stays(place, monkeypatch):
    (place / "stillhunt-scratch-theirs").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: -1)
    sweep()
    assert os.listdir(place) == ["stillhunt-scratch-theirs"]


def test_a_folder_that_a_sweep_took_before_it_was_locked_is_made_anew(place, monkeypatch):
    made, make = [], tempfile.TemporaryDirectory

    def taken(**options):
        folder = make(**options)
        made.append(folder.name)
        if len(made) == 1:
            sweep()
        return folder

    monkeypatch.setattr(tempfile, "TemporaryDirectory", taken)
    with scratch_folder("test") as folder:
        assert [os.path.exists(name) for name in made] == [False, True]
        assert folder == made[1]
    assert os.listdir(place) == []

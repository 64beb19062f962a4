import json
from dataclasses import replace
from pathlib import Path

import pytest

from stillhunt.errors import EngineError, InputError, RefusedError, SettingsError
from stillhunt.store import Manifest, Segment, State, open_reader, open_writer
from stillhunt.store.about import EDITION_OF_1, STEPS, About

SECRET = b"a secret for tests alone"
EDITION = "one"


def add(state: State, name: str) -> None:
    """Commit one more segment."""
    state.path(name).mkdir()
    segment = Segment(name, 0, 1, 1)
    before = state.manifest
    state.commit(replace(before, number=before.number + 1, segments=(*before.segments, segment)))


def test_what_was_committed_counts_for_the_next_writer_and_for_readers(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        assert state.manifest == Manifest()
        add(state, "1")
    with open_writer(tmp_path / "state", SECRET, EDITION) as again:
        assert again.manifest == state.manifest
    with open_reader(tmp_path / "state", SECRET) as read:
        assert read.manifest == state.manifest
        assert read.files("hours") == [str(tmp_path / "state" / "segments" / "1" / "hours.parquet")]


def test_strays_of_a_run_that_died_are_swept_and_what_counts_stays(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        add(state, "1")
        state.path("2").mkdir()
        (state.path("2") / "hours.parquet").write_text("half")
        (state.place / "manifest.json.tmp").write_text("half")
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        assert [one.name for one in (state.place / "segments").iterdir()] == ["1"]
        assert not (state.place / "manifest.json.tmp").exists()


def test_files_stay_while_somebody_reads_them(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        add(state, "1")
        with open_reader(tmp_path / "state", SECRET) as read:
            state.commit(replace(state.manifest, number=2, segments=()))
            assert read.path("1").exists()
            assert not state.sweep()
        assert state.sweep()
        assert not read.path("1").exists()


def test_a_segment_being_written_is_no_stray(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        state.busy.add("9")
        state.path("9").mkdir()
        add(state, "1")
        assert state.path("9").exists()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "state"
    refused = pytest.raises(RefusedError, match="one process may write")
    with open_writer(place, SECRET, EDITION), refused, open_writer(place, SECRET, EDITION):
        pass


def test_another_secret_is_refused_and_nothing_of_it_is_on_disk(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION):
        pass
    with (
        pytest.raises(SettingsError, match="the secret with which the state was begun"),
        open_writer(tmp_path / "state", b"another secret of some length", EDITION),
    ):
        pass
    about = (tmp_path / "state" / "store.json").read_bytes()
    assert SECRET not in about
    assert SECRET.hex().encode() not in about


def test_another_format_and_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got none"), open_reader(tmp_path / "state", SECRET):
        pass
    with open_writer(tmp_path / "state", SECRET, EDITION):
        pass
    about = tmp_path / "state" / "store.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"format": 99}))
    with (
        pytest.raises(InputError, match="format 2 was wanted; came 99"),
        open_reader(tmp_path / "state", SECRET),
    ):
        pass
    about.write_text("half")
    with (
        pytest.raises(InputError, match=r"store\.json cannot"),
        open_writer(tmp_path / "state", SECRET, EDITION),
    ):
        pass
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear")
    with (
        pytest.raises(RefusedError, match=r"holds 'mine\.txt'"),
        open_writer(tmp_path / "letters", SECRET, EDITION),
    ):
        pass
    assert (tmp_path / "letters" / "mine.txt").read_text() == "dear"


def old(place: Path) -> Manifest:
    """Make a state of format 1 and return what it counts."""
    with open_writer(place, SECRET, EDITION_OF_1) as state:
        add(state, "1")
    about = json.loads((place / "store.json").read_text())
    del about["edition"]
    (place / "store.json").write_text(json.dumps(about | {"format": 1}))
    return state.manifest


def test_an_older_format_is_brought_up_by_the_writer_and_refused_to_readers(tmp_path: Path) -> None:
    before = old(tmp_path / "state")
    with (
        pytest.raises(InputError, match=r"came 1\..*started on it"),
        open_reader(tmp_path / "state", SECRET),
    ):
        pass
    with open_writer(tmp_path / "state", SECRET, EDITION_OF_1) as state:
        assert state.manifest == before
    with open_reader(tmp_path / "state", SECRET) as read:
        assert read.manifest == before
    with open_writer(tmp_path / "state", SECRET, EDITION_OF_1) as again:
        assert again.manifest == before


def test_a_step_that_was_killed_is_taken_again(tmp_path: Path, monkeypatch) -> None:
    before = old(tmp_path / "state")
    step, taken = STEPS[1], []

    def kill(place: Path, about: About) -> About:
        taken.append(step(place, about))
        raise KeyboardInterrupt

    monkeypatch.setitem(STEPS, 1, kill)
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / "state", SECRET, EDITION_OF_1):
        pass
    monkeypatch.undo()
    assert taken
    with open_writer(tmp_path / "state", SECRET, EDITION_OF_1) as state:
        assert state.manifest == before


def test_a_disk_that_fails_while_a_state_is_brought_up_leaves_it_as_it_was(tmp_path: Path) -> None:
    before = old(tmp_path / "state")
    (tmp_path / "state" / "store.json.tmp").mkdir()  # cannot be written to
    with (
        pytest.raises(EngineError, match="What was counted before stands"),
        open_writer(tmp_path / "state", SECRET, EDITION_OF_1),
    ):
        pass
    (tmp_path / "state" / "store.json.tmp").rmdir()
    with open_writer(tmp_path / "state", SECRET, EDITION_OF_1) as state:
        assert state.manifest == before


def test_nothing_is_added_to_fingerprints_that_were_read_otherwise(tmp_path: Path) -> None:
    for place, made in ((tmp_path / "state", EDITION), (tmp_path / "older", EDITION_OF_1)):
        if made == EDITION_OF_1:
            old(place)
        else:
            with open_writer(place, SECRET, made):
                pass
        refused = pytest.raises(InputError, match="the two do not add up")
        with refused, open_writer(place, SECRET, "another"):
            pass
        with open_writer(place, SECRET, None), open_reader(place, SECRET):
            pass  # to forget and to read, it may be any


def test_a_disk_that_fails_leaves_what_counted(tmp_path: Path) -> None:
    with open_writer(tmp_path / "state", SECRET, EDITION) as state:
        add(state, "1")
        before = state.manifest
        (state.place / "manifest.json.tmp").mkdir()  # cannot be written to
        with pytest.raises(EngineError, match="What was counted before stands"):
            state.commit(replace(before, number=2))
        assert state.manifest == before
        (state.place / "manifest.json.tmp").rmdir()
    with open_reader(tmp_path / "state", SECRET) as read:
        assert read.manifest == before

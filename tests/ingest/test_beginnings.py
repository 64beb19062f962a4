"""Small files that begin alike are looked at until enough were; all others always."""

import json
from itertools import cycle

import pytest

from stillhunt.errors import InputError
from stillhunt.ingest import beginnings
from stillhunt.ingest.beginnings import ENOUGH, Looks, forms_of
from stillhunt.ingest.formats import format_named
from stillhunt.ingest.paths import find_files
from stillhunt.settings import IngestSettings

ROW = {"time": 1_767_225_600, "account_id": "a", "prompt": "x"}
SETTINGS = IngestSettings()


@pytest.fixture
def looked(monkeypatch):
    """Return the names of the files that were looked at closely, as they come."""
    names = []
    sample = beginnings.sample

    def note(file, settings):
        names.append(file.path.rpartition("/")[2])
        return sample(file, settings)

    monkeypatch.setattr(beginnings, "sample", note)
    return names


def write(folder, name, *rows):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def look(folder, settings=SETTINGS):
    looks = Looks(settings)
    return [looks.at(file) for file in find_files(folder)]


def test_once_enough_small_files_began_alike_the_rest_is_taken_at_its_word(tmp_path, looked):
    for number in range(ENOUGH + 9):
        write(tmp_path, f"{number:03}.jsonl", ROW | {"account_id": f"a{number}"})
    assert look(tmp_path) == [(None, frozenset(ROW))] * (ENOUGH + 9)
    assert len(looked) == ENOUGH


@pytest.mark.parametrize(
    "odd",
    [
        ROW | {"model": "large-1"},  # other keys
        ROW | {"prompt": "y" * 2**14},  # a first line of which the end is not seen
    ],
)
def test_what_begins_otherwise_is_looked_at(tmp_path, looked, odd):
    for number in range(ENOUGH + 1):
        write(tmp_path, f"{number:03}.jsonl", ROW)
    write(tmp_path, "odd.jsonl", odd)
    assert look(tmp_path)[-1] == (None, frozenset(odd))
    assert looked[-1] == "odd.jsonl"


def test_an_array_among_files_of_rows_is_told(tmp_path):
    for number in range(ENOUGH + 1):
        write(tmp_path, f"{number:03}.jsonl", ROW)
    (tmp_path / "odd.jsonl").write_text(json.dumps([ROW]) + "\n")
    with pytest.raises(InputError, match="JSON array"):
        look(tmp_path)


def test_large_files_are_always_looked_at(tmp_path, looked, monkeypatch):
    monkeypatch.setattr(beginnings, "SMALL_BYTES", 8)
    for number in range(ENOUGH + 1):
        write(tmp_path, f"{number:03}.jsonl", ROW)
    look(tmp_path)
    assert len(looked) == ENOUGH + 1


def test_where_files_that_begin_alike_differed_once_each_is_looked_at(tmp_path, monkeypatch):
    forms = cycle([None, format_named("litellm")])
    monkeypatch.setattr(beginnings, "recognise", lambda _: next(forms))
    for number in range(2 * ENOUGH):
        write(tmp_path, f"{number:03}.jsonl", ROW)
    found = [form and form.name for form, _ in look(tmp_path)]
    assert found == [None, "litellm"] * ENOUGH


def test_a_map_is_read_once_and_holds_for_all(tmp_path, monkeypatch):
    said = tmp_path / "map.toml"
    said.write_text('[columns]\ntime = "t"\naccount_id = "who"\nprompt = "p"\n')
    (tmp_path / "log").mkdir()
    for number in range(3):
        write(tmp_path / "log", f"{number}.jsonl", {"t": 1, "who": "a", "p": "x"})
    calls = []
    load = beginnings.load_map
    monkeypatch.setattr(beginnings, "load_map", lambda path: calls.append(path) or load(path))
    settings = IngestSettings(map=said)
    forms = {id(form) for form, _ in look(tmp_path / "log", settings)}
    assert len(forms) == 1 == len(calls)
    assert None not in forms_of(find_files(tmp_path / "log"), settings)

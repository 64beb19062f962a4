"""Every format, every case of its own, every check.

A case is a folder below ``tests/cases/<format>``: a log as an emitter wrote it (``tools/fixtures``)
and the rows that are expected of it, written by ``make fixtures`` and read by a person.
"""

import contextlib
import io
import json
import os
import tracemalloc
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.errors import InputError
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.ingest.beginnings import sample
from stillhunt.ingest.convert import convert
from stillhunt.ingest.formats import FORMATS
from stillhunt.ingest.frames import REASONS
from stillhunt.settings import IngestSettings

CASES = Path(__file__).parents[1] / "cases"
BY_NAME = {form.name: form for form in FORMATS}
FOLDERS = [folder for name in BY_NAME for folder in sorted((CASES / name).iterdir())]
LOGS = [p for folder in FOLDERS for p in sorted(folder.glob("[!_]*.json*"))]
CANARY = "a canary that sings nowhere"
PLAIN_REASONS = {
    *REASONS.values(), "not JSON", "not UTF-8", "no time", "no account_id",
    "no answer to this request in the files, or more than one",
    "time is not an ISO 8601 time", "time is outside the years 2000 to 2100",
    "time must be ISO 8601 text or a number",
    *(f"not a record of format {form.name}" for form in FORMATS),
}  # fmt: skip

every_case = pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: f"{p.parent.name}/{p.name}")


def settings_of(folder, **more):
    column_map = folder / "map.toml"
    return IngestSettings(
        max_rejected_ratio=1.0, map=column_map if column_map.exists() else None, **more
    )


def read(path, settings):
    """Return the rows of a log, and what was set aside."""
    sink, rows = io.StringIO(), []
    try:
        for batch in open_exchanges(path, settings).batches(Rejects(sink)):
            rows += batch.rows.to_pylist()
    except InputError as error:
        assert CANARY not in str(error)
    return rows, [json.loads(line) for line in sink.getvalue().splitlines()]


def expected(folder):
    lines = (folder / "_expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def plain(row):
    return {
        name: value.isoformat() if name == "time" else value
        for name, value in row.items()
        if value is not None
    }


def test_every_format_has_a_case():
    assert {folder.parent.name for folder in FOLDERS} == set(BY_NAME)


@every_case
def test_a_log_is_recognised_by_its_content(folder):
    settings = IngestSettings(max_rejected_ratio=1.0)
    assert {form.name for form in open_exchanges(folder, settings).formats} == {folder.parent.name}


@every_case
def test_rows_are_those_expected(folder):
    rows, _ = read(folder, settings_of(folder))
    assert [plain(row) for row in rows] == expected(folder)


@every_case
def test_no_format_claims_more_columns_than_it_can_fill(folder):
    columns = BY_NAME[folder.parent.name].columns | {"time"}
    rows, _ = read(folder, settings_of(folder))
    assert {name for row in rows for name in plain(row)} <= columns


@every_case
def test_a_converted_log_reads_the_same(folder, tmp_path):
    rows, _ = read(folder, settings_of(folder))
    if not rows:
        pytest.skip("nothing of this case can be kept")
    out = tmp_path / "out.parquet"
    assert convert(str(folder), out, settings_of(folder)).n_rows == len(rows)
    again, _ = read(out, IngestSettings())
    assert again == rows
    assert pq.read_table(out).to_pylist() == rows


@every_case
def test_small_chunks_change_nothing(folder):
    rows, aside = read(folder, settings_of(folder, chunk_bytes=4096))
    assert (rows, aside) == read(folder, settings_of(folder))


@every_case
def test_images_are_counted_and_never_kept(folder):
    rows, _ = read(folder, settings_of(folder))
    kept = json.dumps([plain(row) for row in rows])
    assert "base64" not in kept
    assert "iVBORw0KGgo" not in kept


@lru_cache
def records_of(path):
    return tuple(json.dumps(record) for record in sample_of(path))


def sample_of(path):
    (source,) = open_exchanges(path, IngestSettings()).files
    return sample(source, IngestSettings())


BREAKS = {
    "cut": lambda text: text[: len(text) // 2],
    "twice": lambda text: '{"k": 1, "k": 2, ' + text[1:],
    "disguised twice": lambda text: '{"k": 1, "\\u006b": 2, ' + text[1:],
    "nan": lambda text: '{"k": NaN, ' + text[1:],
    "half a surrogate": lambda text: '{"k": "\\ud800", ' + text[1:],
    "bomb": lambda text: '{"k": ' + "[" * 100_000 + "]" * 100_000 + ", " + text[1:],
    "no object": lambda _: f'"{CANARY}"',
}


@pytest.mark.parametrize("path", LOGS, ids=lambda p: f"{p.parent.name}/{p.name}")
@pytest.mark.parametrize("name", BREAKS)
def test_what_cannot_be_read_is_set_aside_with_file_line_and_reason(path, name, tmp_path):
    good = records_of(path)
    bad = BREAKS[name](good[0])
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join([good[0], bad, *good]) + "\n", encoding="utf-8")
    _, aside = read(log, settings_of(path.parent, format=path.parents[1].name))
    (found,) = [one for one in aside if one["line"] == 2]
    assert found["file"] == str(log)
    assert found["reason"] in {*REASONS.values(), "not JSON", "not UTF-8"}


def nodes(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from nodes(value, (*path, key))


def replaced(node, path, value):
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


VALUES = st.sampled_from(
    [None, True, 0, -1, 1e300, 2**70, "", CANARY, [], {}, [CANARY], {"text": CANARY}, [[[]]],
     [{"role": "user", "content": CANARY}], "[", '{"a": 1}', "9" * 400, [1, 2, 3]]
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_no_mutation_of_a_record_raises_or_sings(data, tmp_path_factory):
    path = data.draw(st.sampled_from(LOGS))
    record = json.loads(data.draw(st.sampled_from(records_of(path))))
    place = data.draw(st.sampled_from(list(nodes(record))))
    record = replaced(record, place, data.draw(VALUES))
    log = tmp_path_factory.mktemp("mutated") / "log.jsonl"
    log.write_text(json.dumps(record) + "\n", encoding="utf-8")
    _, aside = read(log, settings_of(path.parent, format=path.parents[1].name))
    for one in aside:
        assert one["reason"] in PLAIN_REASONS
        assert CANARY not in json.dumps(one)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_memory_is_bounded_whatever_the_file(form, tmp_path):
    path = next(path for path in LOGS if path.parents[1].name == form.name)
    lines = [record.encode() + b"\n" for record in records_of(path)]
    log, n_bytes = tmp_path / "log.jsonl", 0
    with log.open("wb") as out:
        while n_bytes < 24 * 2**20:
            for line in lines:
                n_bytes += out.write(line)
    source = open_exchanges(log, settings_of(path.parent, format=form.name, chunk_bytes=2**18))
    tracemalloc.start()
    with Path(os.devnull).open("w") as sink, contextlib.suppress(InputError):
        for _ in source.batches(Rejects(sink)):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 2**20

"""The contract's tables, from any mix of files, with one sentence for each way to fail."""

import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.errors import EngineError, InputError
from stillhunt.ingest import Rejects, Source, open_exchanges, read_accounts, read_events
from stillhunt.settings import IngestSettings
from stillhunt.tables import ACCOUNTS, EVENTS, EXCHANGES

SETTINGS = IngestSettings()
CODECS = {"gz": "gzip", "zst": "zstd"}
ROW = {"time": "2026-01-01T00:00:00.5Z", "account_id": "a", "prompt": "hello"}


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    codec = CODECS.get(path.suffix[1:])
    if codec is None:
        path.write_bytes(data)
    else:
        with pa.CompressedOutputStream(str(path), codec) as out:
            out.write(data)
    return path


def read(source: Source) -> pa.Table:
    batches = list(source.batches(Rejects(io.StringIO())))
    assert [batch.n_bytes for batch in batches] == sorted(batch.n_bytes for batch in batches)
    assert all(batch.n_bytes <= source.n_bytes for batch in batches)
    return pa.Table.from_batches([batch.rows for batch in batches], EXCHANGES)


EXCHANGE_ROWS = st.fixed_dictionaries(
    {
        "time": st.integers(946_684_800, 4_133_980_799),
        "account_id": st.text(min_size=1, max_size=4),
        "prompt": st.none() | st.text(max_size=30),
    },
    optional={
        "tools": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "n_turns": st.none() | st.integers(-(2**31), 2**31 - 1),
        "temperature": st.none() | st.floats(0, 2, width=32),
        "status": st.none() | st.sampled_from(["200", "429"]),
    },
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    rows=st.lists(EXCHANGE_ROWS, min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=3),
    endings=st.lists(
        st.sampled_from(["jsonl", "ndjson.gz", "json.zst", "parquet"]), min_size=4, max_size=4
    ),
    batch_rows=st.integers(1, 40),
    chunk_bytes=st.integers(1, 3_000),
)
def test_files_batches_and_compression_do_not_change_the_rows(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    cuts: list[int],
    endings: list[str],
    batch_rows: int,
    chunk_bytes: int,
) -> None:
    folder = tmp_path_factory.mktemp("split")
    expected = read(open_exchanges(write_lines(folder / "all.jsonl", rows), SETTINGS))
    assert expected["prompt"].to_pylist() == [row["prompt"] for row in rows]
    ends = sorted({*(cut for cut in cuts if cut < len(rows)), len(rows)} - {0})
    parts = folder / "parts"
    parts.mkdir()
    start = 0
    for number, (end, ending) in enumerate(zip(ends, endings, strict=False)):
        path = parts / f"{number}.{ending}"
        if ending == "parquet":
            pq.write_table(expected.slice(start, end - start), path, row_group_size=7)
        else:
            write_lines(path, rows[start:end])
        start = end
    small = IngestSettings(batch_rows=batch_rows, chunk_bytes=chunk_bytes, batch_bytes=200)
    assert read(open_exchanges(parts, small)).equals(expected)


def test_present_columns_are_the_contracts_that_came(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [ROW, {**ROW, "ip": None, "other": 1}])
    table = pa.table({**{name: [value] for name, value in ROW.items()}, "model": ["m"]})
    pq.write_table(table, tmp_path / "b.parquet")
    source = open_exchanges(tmp_path, SETTINGS)
    assert source.present == {"time", "account_id", "prompt", "ip", "model"}
    assert len(read(source)) == 3


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in ROW.items() if key != name}


@pytest.mark.parametrize("missing", ["time", "account_id", "prompt"])
@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_missing_needed_column_is_named_beside_those_that_came(
    tmp_path: Path, missing: str, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    row = {**without(missing), "text": "canary-7731", "canary of 7731 words": 1}
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        write_lines(path, [row])
    with pytest.raises(InputError, match=f"column '{missing}' is needed; came .*text") as caught:
        read(open_exchanges(path, SETTINGS))
    assert "canary" not in str(caught.value)


def test_prompt_may_come_late(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [*[without("prompt")] * 30_000, ROW])
    assert len(read(open_exchanges(path, SETTINGS))) == 30_001


def test_prompt_that_is_always_null_is_there(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{**ROW, "prompt": None}])
    assert read(open_exchanges(path, SETTINGS))["prompt"].null_count == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_file_without_rows_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(EXCHANGES.empty_table(), path)
    else:
        write_lines(path, [])
    with pytest.raises(InputError, match="at least one row was wanted"):
        read(open_exchanges(path, SETTINGS))


def test_file_gone_while_reading_is_an_engine_error(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.parquet"):
        path = tmp_path / name
        if name == "b.parquet":
            pq.write_table(pa.Table.from_pylist([ROW]), path)
        else:
            write_lines(path, [ROW])
        source = open_exchanges(path, SETTINGS)
        path.unlink()
        with pytest.raises(EngineError, match="now cannot be read"):
            read(source)


def test_unreadable_file_is_set_aside_among_others_and_counts_by_its_size(tmp_path: Path) -> None:
    rows = [{**ROW, "prompt": f"{n * n}"} for n in range(2_000)]
    for name in ("a.parquet", "b.parquet", "c.parquet"):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
    data = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[:-50])
    with pytest.raises(InputError, match=r"may be set aside; 1,9.. of 5,9.. were"):
        read(open_exchanges(tmp_path, SETTINGS))
    patient = IngestSettings(max_rejected_ratio=0.5)
    assert len(read(open_exchanges(tmp_path, patient))) == 4_000


def test_unreadable_file_alone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="a whole Parquet file was wanted"):
        open_exchanges(tmp_path, SETTINGS)


def test_too_many_bad_rows_stop_the_run_and_early_where_that_is_certain(tmp_path: Path) -> None:
    good = [ROW] * 300
    path = write_lines(tmp_path / "a.jsonl", [*good, *[{**ROW, "account_id": 5}] * 3])
    assert len(read(open_exchanges(path, SETTINGS))) == 300
    write_lines(path, [*good, *[{**ROW, "account_id": 5}] * 4])
    with pytest.raises(InputError, match="4 of 304 were"):
        read(open_exchanges(path, SETTINGS))
    path.write_bytes(b"x" * 20 + b"\n" + b'{"time":1,"account_id":"a"}\n' * 50_000)
    rejects = Rejects(io.StringIO())
    small = IngestSettings(chunk_bytes=10_000)
    with pytest.raises(InputError, match="may be set aside"):
        list(open_exchanges(path, small).batches(rejects))
    assert rejects.n_rejected < 10_000


def test_last_row_of_an_account_counts(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"account_id": "a", "tier": "payg"},
        {"account_id": "b", "tier": "scale", "verified": True, "created_at": "2026-01-01"},
        {"account_id": "a", "tier": "enterprise"},
    ]
    path = write_lines(tmp_path / "a.jsonl", rows)
    table = read_accounts(path, SETTINGS, Rejects(io.StringIO()))
    assert table.schema == ACCOUNTS
    assert table.select(["account_id", "tier", "verified"]).to_pylist() == [
        {"account_id": "b", "tier": "scale", "verified": True},
        {"account_id": "a", "tier": "enterprise", "verified": None},
    ]


def test_events_are_read_and_bad_ones_counted(tmp_path: Path) -> None:
    event = {"time": "2026-01-01", "kind": "model_release", "subject": "m-2"}
    path = write_lines(tmp_path / "a.ndjson.zst", [*[event] * 3, {"time": "2026-01-01"}])
    rejects = Rejects(io.StringIO())
    table = read_events(path, IngestSettings(max_rejected_ratio=0.25), rejects)
    assert table.schema == EVENTS
    assert table["subject"].to_pylist() == ["m-2"] * 3
    assert rejects.reasons == {"no kind": 1}


CLEAN = (
    b'{"time": 1767225600, "account_id": "a", "prompt": "x"}',
    b'{"time": 1767225601, "account_id": "b", "prompt": null, "n_turns": 3}',
)
FAULTY = (
    *CLEAN,
    b'{"time": 1767225600, "prompt": "nobody"}',
    b'{"time": 17, "account_id": "a", "prompt": "long ago"}',
)
AMISS = (
    *FAULTY,
    b'{"time": "2026-01-01T00:00:00Z", "account_id": 7, "prompt": "\\ud83d\\ude00"}',
    b'{"time": 1767225600, "account_id": "a"} {"time": 1767225600, "account_id": "a"}',
    b'{"account_id": "a", "account_id": "b", "time": 1767225600}',
    b" ",
    b"",
    b"\xff",
    b"[1]",
)
LINES = st.sampled_from((CLEAN, FAULTY, AMISS)).flatmap(
    lambda some: st.lists(st.lists(st.sampled_from(some), max_size=5), min_size=1, max_size=6)
)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    files=LINES,
    bom=st.booleans(),
    end=st.sampled_from([b"", b"\n", b"\r\n\n"]),
    n_cut=st.sampled_from([0, 0, 9]),
)
def test_small_files_give_together_what_each_gives_for_itself(
    tmp_path_factory, files, bom, end, n_cut
):
    folder = tmp_path_factory.mktemp("small")
    first = b'{"time": 1767225600, "account_id": "a", "prompt": "x"}'
    for number, lines in enumerate([[], *files, [first]]):
        # A row first: what begins with an array is no JSON Lines at all.
        data = b"\xef\xbb\xbf" * bom + b"\n".join([first, *lines] if lines else []) + end
        packed = gzip.compress(data)
        (folder / f"{number}.jsonl.gz").write_bytes(packed[: len(packed) - n_cut * (number % 2)])

    def told() -> tuple[pa.Table, str]:
        rejected = io.StringIO()
        batches = open_exchanges(folder, IngestSettings(max_rejected_ratio=1)).batches(
            Rejects(rejected)
        )
        return pa.Table.from_batches([batch.rows for batch in batches], EXCHANGES), (
            rejected.getvalue()
        )

    together = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stillhunt.ingest.beginnings.SMALL_BYTES", -1)
        alone = told()
    assert together[0].equals(alone[0])
    assert together[1] == alone[1]


def test_many_small_files_are_parsed_at_once(tmp_path, monkeypatch):
    for number in range(20):
        write_lines(tmp_path / f"{number:02}.jsonl.gz", [ROW | {"account_id": f"a{number}"}])
    calls = []
    parse = pa.json.read_json
    monkeypatch.setattr("pyarrow.json.read_json", lambda *a, **k: calls.append(1) or parse(*a, **k))
    rows = read(open_exchanges(tmp_path, SETTINGS))
    assert rows["account_id"].to_pylist() == [f"a{number}" for number in range(20)]
    assert len(calls) == 1


@pytest.mark.parametrize("chunk_bytes", [1, 2_999, 5_998, 10**6])
def test_small_files_that_are_much_when_unpacked_lose_nothing(tmp_path, chunk_bytes):
    row = json.dumps(ROW | {"prompt": "x" * 932}).encode()
    assert 3 * len(row) + 2 == 2_999  # so that some chunks end where a file does
    for number in range(8):
        (tmp_path / f"{number}.jsonl.gz").write_bytes(gzip.compress(b"\n".join([row] * 3)))
    assert read(open_exchanges(tmp_path, IngestSettings(chunk_bytes=chunk_bytes))).num_rows == 24

import io
import json
import signal
from multiprocessing import parent_process
from pathlib import Path

import pyarrow as pa
import pytest
from loky.reusable_executor import _ReusablePoolExecutor

from stillhunt.errors import EngineError
from stillhunt.ingest import Rejects, open_exchanges, workers
from stillhunt.ingest.formats import FORMATS, format_named
from stillhunt.settings import IngestSettings

CASES = Path(__file__).parents[1] / "cases"
FORM = format_named("pairs")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return records of a gateway, every seventh of them not to be read."""
    records = (CASES / "pairs" / "sdk-wire" / "wire.jsonl").read_bytes().splitlines()
    path = tmp_path_factory.mktemp("logs") / "log.jsonl"
    with path.open("wb") as sink:
        for i in range(400):
            record = records[i % len(records)]
            sink.write((b"{" if i % 7 == 3 else b"") + record + b"\n")
    return path


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what is handed to another process, which is ready from the first chunk on."""
    handed: list[object] = []
    submit = _ReusablePoolExecutor.submit

    def submit_once_ready(pool: object, task: object, *arguments: object) -> object:
        future = submit(pool, task, *arguments)
        if task is workers._start:
            future.result()
        handed.append(task)
        return future

    monkeypatch.setattr(workers, "PAYING_BYTES", 1)
    monkeypatch.setattr(_ReusablePoolExecutor, "submit", submit_once_ready)
    return handed


def read(log: Path, n: int) -> tuple[pa.Table, list[dict[str, object]]]:
    ingest = IngestSettings(workers=n, chunk_bytes=20_000, max_rejected_ratio=1.0)
    out = io.StringIO()
    batches = [b.rows for b in open_exchanges(log, ingest).batches(Rejects(out))]
    return pa.Table.from_batches(batches), [json.loads(x) for x in out.getvalue().splitlines()]


def test_processes_give_the_rows_and_rejections_of_one_in_their_order(
    log: Path, tasks: list[object]
) -> None:
    alone, aside = read(log, 1)
    assert not tasks
    shared, aside_shared = read(log, 2)
    assert tasks.count(workers._read) > 1
    assert shared.combine_chunks() == alone.combine_chunks()
    assert aside_shared == aside
    assert len(aside) > 50


def test_a_process_that_dies_is_told_in_a_sentence_and_the_next_run_works(
    log: Path, tasks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(workers, "_read", _die)
        with pytest.raises(EngineError, match="ended from outside"):
            read(log, 2)
    assert read(log, 2)[0].num_rows > 300
    assert workers._read in tasks


def _die(*_: object) -> None:
    if parent_process() is not None:
        signal.raise_signal(signal.SIGKILL)


def test_only_large_files_of_known_formats_are_shared() -> None:
    assert FORM is not None
    two, size = IngestSettings(workers=2), workers.PAYING_BYTES
    assert workers.pays(size, two, FORM)
    assert not workers.pays(size - 1, two, FORM)
    assert not workers.pays(size, IngestSettings(workers=1), FORM)
    split = next(form for form in FORMATS if form.is_split)
    assert not workers.pays(size, two, split)

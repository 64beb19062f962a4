import io
import json
import signal
from pathlib import Path

import pyarrow as pa
import pytest

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
def is_paying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAYING_BYTES", 1)


def read(log: Path, n: int) -> tuple[pa.Table, list[dict[str, object]]]:
    ingest = IngestSettings(workers=n, chunk_bytes=20_000, max_rejected_ratio=1.0)
    out = io.StringIO()
    batches = [b.rows for b in open_exchanges(log, ingest).batches(Rejects(out))]
    return pa.Table.from_batches(batches), [json.loads(x) for x in out.getvalue().splitlines()]


@pytest.mark.usefixtures("is_paying")
def test_processes_give_the_rows_and_rejections_of_one_in_their_order(log: Path) -> None:
    alone, aside = read(log, 1)
    apart, aside_apart = read(log, 2)
    assert apart.combine_chunks() == alone.combine_chunks()
    assert aside_apart == aside
    assert len(aside) > 50


@pytest.mark.usefixtures("is_paying")
def test_a_process_that_dies_is_told_in_a_sentence_and_the_next_run_works(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = workers.get_reusable_executor

    def killing(**options: int) -> object:
        pool = submit(**options)
        pool.submit(signal.raise_signal, signal.SIGKILL)
        return pool

    monkeypatch.setattr(workers, "get_reusable_executor", killing)
    with pytest.raises(EngineError, match="ended from outside"):
        read(log, 2)
    monkeypatch.undo()
    monkeypatch.setattr(workers, "PAYING_BYTES", 1)
    assert read(log, 2)[0].num_rows > 300


def test_only_large_files_of_known_formats_are_shared() -> None:
    assert FORM is not None
    two, size = IngestSettings(workers=2), workers.PAYING_BYTES
    assert workers.pays(size, two, FORM)
    assert not workers.pays(size - 1, two, FORM)
    assert not workers.pays(size, IngestSettings(workers=1), FORM)
    split = next(form for form in FORMATS if form.is_split)
    assert not workers.pays(size, two, split)

"""OTLP's protobuf files."""

import gzip
from pathlib import Path

import pytest

from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.settings import IngestSettings

pytest.importorskip("opentelemetry.proto")
CASE = Path(__file__).parents[1] / "cases" / "otlp" / "openai-instrumentation"
PATIENT = IngestSettings(max_rejected_ratio=1.0)


def prompts(path, sink=None):
    import io

    batches = open_exchanges(path, PATIENT).batches(Rejects(sink or io.StringIO()))
    found = [p for batch in batches for p in batch.rows.column("prompt").to_pylist()]
    return [prompt for prompt in found if prompt]


def test_protobuf_and_json_tell_the_same():
    assert prompts(CASE / "traces.binpb") == prompts(CASE / "traces.json")


def test_exports_behind_their_lengths_are_read_one_by_one(tmp_path):
    body = (CASE / "traces.binpb").read_bytes()
    framed = len(body).to_bytes(4, "big") + body
    path = tmp_path / "many.binpb.gz"
    path.write_bytes(gzip.compress(framed * 3))
    assert prompts(path) == prompts(CASE / "traces.binpb") * 3


def test_a_cut_export_is_set_aside(tmp_path):
    import io

    body = (CASE / "traces.binpb").read_bytes()
    framed = len(body).to_bytes(4, "big") + body
    path, sink = tmp_path / "cut.binpb", io.StringIO()
    path.write_bytes(framed + framed[:100])
    assert len(prompts(path, sink)) == 9
    assert '"line": 2' in sink.getvalue()

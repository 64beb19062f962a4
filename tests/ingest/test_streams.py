"""Bytes come out whole, and up to the last one before damage."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from stillhunt.errors import EngineError
from stillhunt.ingest.paths import SourceFile, find_files
from stillhunt.ingest.streams import ByteStream, head_of, sip

TEXT = b"".join(b"%d," % (n * n) for n in range(60_000))
ENDINGS = {"gzip": "gz", "zstd": "zst"}


def pack(codec: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as out:
        out.write(TEXT)
    return bytes(sink.getvalue())


def read(path: Path, n_bytes: int) -> tuple[bytes, ByteStream]:
    with ByteStream(find_files(path)[0]) as stream:
        got = b"".join(iter(lambda: stream.read(n_bytes), b""))
        assert stream.n_read == path.stat().st_size
    return got, stream


@pytest.mark.parametrize("codec", ENDINGS)
@pytest.mark.parametrize("n_bytes", [1_000, 10**7])
def test_members_of_a_compressed_file_follow_each_other(
    tmp_path: Path, codec: str, n_bytes: int
) -> None:
    path = tmp_path / f"a.jsonl.{ENDINGS[codec]}"
    path.write_bytes(pack(codec) * 2)
    got, stream = read(path, n_bytes)
    assert got == TEXT * 2
    assert not stream.is_broken


@pytest.mark.parametrize("codec", ENDINGS)
@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_damaged_file_gives_what_came_before_the_damage(
    tmp_path: Path, codec: str, damage: str
) -> None:
    packed = pack(codec)
    half = packed[: len(packed) // 2]
    path = tmp_path / f"a.jsonl.{ENDINGS[codec]}"
    path.write_bytes(half if damage == "cut" else packed + b"garbage" * 100)
    got, stream = read(path, 10**6)
    assert stream.is_broken
    assert TEXT.startswith(got)
    assert len(got) > len(TEXT) * (0.2 if damage == "cut" else 0.99)


def test_vanished_file_is_an_engine_error(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.jsonl.gz"):
        path = tmp_path / name
        path.write_bytes(b"")
        file = find_files(path)[0]
        path.unlink()
        with pytest.raises(EngineError, match="now cannot be read"):
            ByteStream(file)


def test_the_head_of_a_file_that_was_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "a.jsonl"
    for number, text in enumerate((b"one", b"two")):
        path.write_bytes(text)
        os.utime(path, ns=(number, number))
        assert head_of(SourceFile(str(path), "json", None, 3)) == text


@pytest.mark.parametrize("codec", [None, *ENDINGS])
@pytest.mark.parametrize("n_bytes", [0, 1, 5_000, 10**7])
def test_a_sip_is_what_a_file_begins_with(tmp_path, codec, n_bytes):
    path = tmp_path / f"a.jsonl{f'.{ENDINGS[codec]}' if codec else ''}"
    path.write_bytes(pack(codec) if codec else TEXT)
    assert sip(find_files(path)[0], n_bytes) == TEXT[:n_bytes]


@pytest.mark.parametrize("codec", ENDINGS)
def test_a_sip_of_what_is_damaged_is_nothing_and_of_what_is_gone_an_error(tmp_path, codec):
    path = tmp_path / f"a.jsonl.{ENDINGS[codec]}"
    path.write_bytes(b"no such thing" * 9)
    (file,) = find_files(path)
    assert sip(file, 100) == b""
    path.unlink()
    with pytest.raises(EngineError, match="was listed"):
        sip(file, 100)

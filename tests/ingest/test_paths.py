"""Which files a path stands for."""

from pathlib import Path

import pytest

from stillhunt.errors import InputError
from stillhunt.ingest.paths import find_files


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(files: tuple[object, ...], folder: Path) -> list[str]:
    return [str(Path(file.path).relative_to(folder)) for file in files]  # type: ignore[attr-defined]


def test_folder_gives_readable_files_to_its_bottom_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.jsonl", "a/z.parquet", "a/y.json.gz", "c.ndjson.zst", "notes.txt")
    make(tmp_path, "_temporary/part.parquet", ".hidden.jsonl", "_SUCCESS")
    assert names(find_files(tmp_path), tmp_path) == [
        "a/y.json.gz",
        "a/z.parquet",
        "b.jsonl",
        "c.ndjson.zst",
    ]


def test_glob_gives_matching_files_once(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.jsonl", "day2/b.jsonl", "day2/c.txt")
    found = find_files(f"{tmp_path}/**/*")
    assert names(found, tmp_path) == ["day1/a.jsonl", "day2/b.jsonl"]


def test_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    make(tmp_path, "part[1].jsonl", "part1.jsonl")
    assert names(find_files(tmp_path / "part[1].jsonl"), tmp_path) == ["part[1].jsonl"]


@pytest.mark.parametrize(
    ("made", "asked", "came"),
    [
        ((), "gone.jsonl", "nothing is there"),
        ((), "*.jsonl", "came none"),
        ((), "", "came none"),
        (("a.xls",), "", r"came none \(1 others\)"),
        (("a.xls",), "a.xls", "got '.xls'"),
    ],
)
def test_nothing_to_read_is_said_in_a_sentence(
    tmp_path: Path, made: tuple[str, ...], asked: str, came: str
) -> None:
    make(tmp_path, *made)
    with pytest.raises(InputError, match=came):
        find_files(tmp_path / asked)

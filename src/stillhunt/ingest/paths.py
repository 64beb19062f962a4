"""Which files a path, a folder or a glob stands for."""

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from stillhunt.errors import InputError

Form = Literal["parquet", "json", "csv", "protobuf"]
Codec = Literal["gzip", "zstd"]

_CODECS: Final[dict[str, Codec]] = {".gz": "gzip", ".zst": "zstd"}
_FORMS: Final[dict[str, Form]] = {
    ".parquet": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".csv": "csv",
    ".binpb": "protobuf",
    ".pb": "protobuf",
}
_ENDINGS: Final = ".parquet, or .jsonl, .ndjson, .json, .csv, .binpb or .pb, plain, .gz or .zst"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read; ``n_bytes`` is its size on disk, compressed.

    ``groups`` are the row groups to read of a Parquet file; None: all.
    """

    path: str
    format: Form
    codec: Codec | None
    n_bytes: int
    groups: range | None = None


def find_files(pattern: str | Path) -> tuple[SourceFile, ...]:
    """Return the files that ``pattern`` stands for, sorted by path.

    A folder is searched to its bottom; names that begin with ``.`` or ``_`` and other endings are
    passed over there, as in a glob. InputError when nothing can be read.
    """
    text = os.fspath(pattern)
    path = Path(text)
    if path.is_dir():
        found = _below(path)
    elif path.exists():
        if _kind(text) is None:
            raise InputError(f"{text}: an input file ends in {_ENDINGS}; got {path.suffix!r}.")
        if not path.is_file():
            raise InputError(
                f"{text}: a file, a folder or a glob was wanted; got a device or pipe."
            )
        found = [text]
    elif glob.has_magic(text):
        found = _matches(text)
    else:
        raise InputError(
            f"{text}: a file, a folder or a glob was wanted; nothing is there. Check the path."
        )
    kinds = {name: _kind(name) for name in sorted(set(found))}
    files = [_source_file(name, *kind) for name, kind in kinds.items() if kind is not None]
    if not files:
        raise InputError(
            f"{text}: files ending in {_ENDINGS} were wanted; came none "
            f"({len(found)} others). Check the path or the endings."
        )
    return tuple(files)


def _matches(pattern: str) -> list[str]:
    found = []
    for name in glob.glob(pattern, recursive=True):
        found += _below(Path(name)) if Path(name).is_dir() else [name]
    return found


def _below(folder: Path) -> list[str]:
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        paths = (os.path.join(parent, name) for name in names if not name.startswith((".", "_")))
        found += [path for path in paths if os.path.isfile(path)]
    return found


def _kind(name: str) -> tuple[Form, Codec | None] | None:
    stem, ending = os.path.splitext(name.lower())
    codec = _CODECS.get(ending)
    if codec is not None:
        ending = os.path.splitext(stem)[1]
    form = _FORMS.get(ending)
    if form is None or (form == "parquet" and codec is not None):
        return None
    return form, codec


def _source_file(path: str, file_format: Form, codec: Codec | None) -> SourceFile:
    try:
        n_bytes = os.stat(path).st_size
    except OSError as error:
        raise InputError(
            f"{path}: a readable file was wanted; {error.strerror}. Mend it or move it away."
        ) from error
    return SourceFile(path, file_format, codec, n_bytes)

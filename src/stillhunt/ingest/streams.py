"""Bytes of a plain, gzip or zstd file, up to where it is cut or damaged."""

import io
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol, Self

import pyarrow as pa

from stillhunt.errors import EngineError, InputError
from stillhunt.ingest.paths import SourceFile

PEEK_BYTES: Final = 2**20
"""How much of a file is looked at to tell how it is written, and in which columns."""

_STEP_BYTES: Final = 64 * 2**10
_SIP_BYTES: Final = 2**11


class _Readable(Protocol):
    def read(self, n_bytes: int, /) -> bytes: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


def vanished(path: str, error: OSError) -> EngineError | InputError:
    """Return the error for a file that was listed and now cannot be read."""
    if isinstance(error, PermissionError):
        return InputError(
            f"{path}: a readable file was wanted; {error.strerror}. Allow reading it."
        )
    return EngineError(
        f"{path}: the file was listed and now cannot be read; {error.strerror}. "
        "Run again when nothing moves or rewrites the input."
    )


def head_of(file: SourceFile) -> bytes:
    """Return the first MiB of a file; asked for again before it changed, it is not read again."""
    try:
        changed_ns = Path(file.path).stat().st_mtime_ns
    except OSError as error:
        raise vanished(file.path, error) from error
    return _head(file, changed_ns)


@lru_cache(maxsize=1)
def _head(file: SourceFile, _: int) -> bytes:
    with ByteStream(file) as stream:
        return stream.read(PEEK_BYTES)


def sip(file: SourceFile, n_bytes: int) -> bytes:
    """Return a file's first bytes without unpacking much more; nothing where it is damaged.

    Of what it is given Arrow unpacks all at once, 64 KiB of a file: most of one that is small.
    """
    try:
        with Path(file.path).open("rb", buffering=0) as raw:
            if file.codec is None:
                return raw.read(n_bytes)
            with pa.PythonFile(_Sips(raw), "r") as sips:
                return bytes(pa.CompressedInputStream(sips, file.codec).read(n_bytes))
    except OSError as error:
        if error.errno is not None:
            raise vanished(file.path, error) from error
        return b""


class _Sips:
    """A file of which a read returns a little, whatever was asked for."""

    closed = False

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def read(self, n_bytes: int) -> bytes:
        return self._raw.read(min(n_bytes, _SIP_BYTES)) or b""

    def close(self) -> None:
        self.closed = True


class ByteStream:
    """The decompressed bytes of one file.

    ``is_broken`` turns true when a compressed file ends early or is damaged; everything before
    that point has then been given, and ``lost_bytes`` of the file were left unread.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self.is_broken = False
        self.lost_bytes = 0
        self._n_given = 0
        self._open()

    def _open(self) -> None:
        try:
            if self._file.codec is None:
                self._raw: _Readable = open(self._file.path, "rb", buffering=0)  # noqa: SIM115
                self._plain = self._raw
            else:
                self._raw = pa.OSFile(self._file.path)
                self._plain = pa.CompressedInputStream(self._raw, self._file.codec)
        except OSError as error:
            raise vanished(self._file.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._plain.close()
        self._raw.close()

    @property
    def n_read(self) -> int:
        """Bytes of the file on disk consumed so far."""
        return self._file.n_bytes if self.is_broken else self._raw.tell()

    def read(self, n_bytes: int) -> bytes:
        """Return about ``n_bytes``, fewer near the end; empty at the end or at the damage."""
        parts: list[bytes] = []
        size = 0
        while size < n_bytes and not self.is_broken:
            # Small steps: what a failed call had decompressed is lost, so a step is what is reread.
            part = self._step(min(_STEP_BYTES, n_bytes) if self._file.codec else n_bytes - size)
            if not part:
                break
            parts.append(part)
            size += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _step(self, n_bytes: int) -> bytes:
        try:
            part = self._plain.read(n_bytes)
        except OSError as error:
            if error.errno is not None:
                raise vanished(self._file.path, error) from error
            part = self._salvage(n_bytes)
        self._n_given += len(part)
        return part

    def _salvage(self, n_bytes: int) -> bytes:
        """Return the bytes between the last step and the damage, one by one from a fresh start."""
        self.lost_bytes = max(0, self._file.n_bytes - self._raw.tell())
        self.__exit__()
        self._open()
        n_skip = self._n_given
        saved = bytearray()
        try:
            while n_skip > 0 and (part := self._plain.read(min(_STEP_BYTES, n_skip))):
                n_skip -= len(part)
            while len(saved) < n_bytes and (part := self._plain.read(1)):
                saved += part
        except OSError:
            pass
        self.is_broken = True
        return bytes(saved)

"""JSON Lines, cut at newlines and read by Arrow's parser in blocks.

A block that Arrow does not take is halved until what is left is few lines, which ``rows`` reads
one by one. Which rows are kept does not depend on where the blocks were cut: what Arrow takes,
``rows`` takes too, and what Arrow takes too freely (several objects on a line, one object over
several) is kept from it.

Of a key that comes twice in a row nobody knows which was meant: such a row is set aside.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.json

from stillhunt.blocks import ahead
from stillhunt.errors import InputError
from stillhunt.ingest.columns import NUMBERS_AS_TEXT, is_utf8, screen
from stillhunt.ingest.paths import SourceFile
from stillhunt.ingest.pieces import Piece, Reading
from stillhunt.ingest.rows import UndecidedError, fit_row, parse_row, plain_type, plan_row
from stillhunt.ingest.streams import ByteStream, head_of
from stillhunt.records import Rejection
from stillhunt.settings import IngestSettings
from stillhunt.tables import TIME

_FEW_LINES: Final = 256
_PARALLEL_BYTES: Final = 2**20
_SAMPLE_LINES: Final = 64
_SAMPLE_BYTES: Final = 8 * 2**20
_TEXTS_PER_LINE: Final = 4
_OTHER_BYTES: Final = 64 * 2**10
_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = "the compressed file is cut or damaged here; the rest is lost"

Types = Mapping[str, pa.DataType]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file, without the last newline; ``numbers`` are the lines' numbers."""

    data: bytes
    numbers: Sequence[int]


def read_json_lines(file: SourceFile, reading: Reading) -> Iterator[Piece]:
    """Yield the rows of ``file``; what cannot be read goes to the reading's rejects."""
    reader = _Reader(file.path, reading, _learn([], reading.schema))
    with ByteStream(file) as stream:
        n_lines = 0
        for block in ahead(_cut(stream, reading.settings.chunk_bytes, reader.max_line_bytes)):
            n_lines = block.numbers[-1]
            if reading.unseen:
                reading.unseen -= {c for c in reading.unseen if f'"{c}"'.encode() in block.data}
            for rows in reader.read(block):
                yield Piece(rows, stream.n_read)
        if stream.is_broken:
            rejection = Rejection(file.path, n_lines + 1, _DAMAGED)
            reading.rejects.lose(rejection, stream.lost_bytes)


def unpack_together(files: Sequence[SourceFile], settings: IngestSettings) -> bytes | None:
    """Return the lines of small files, one file's after the other's.

    None where one is damaged, or they are larger than they look: each must be read for itself.
    """
    parts, most = [], settings.chunk_bytes
    for file in files:
        with ByteStream(file) as stream:
            data = stream.read(most).removeprefix(_BOM).removesuffix(b"\n")
            most -= len(data)
            if stream.is_broken or most <= 0:
                return None
        parts.append(data)
    return b"\n".join(part for part in parts if part)


def read_together(data: bytes, reading: Reading) -> pa.RecordBatch | None:
    """Return the rows of several files' lines; None where any row is amiss.

    A row that is set aside is told with its file and line, so each must be read for itself then.
    """
    block = Block(data, range(1, data.count(b"\n") + 2))
    reader = _Reader("", reading, _learn(_sample(data), reading.schema))
    table = reader.parse(block)
    if table is None:
        return None
    screened = screen(_columns(table), len(table), reading.schema, reading.settings.max_text_bytes)
    if screened.faults:
        return None
    reading.unseen -= {c for c in reading.unseen if f'"{c}"'.encode() in data}
    return screened.rows


def read_block(path: str, block: Block, reading: Reading) -> Iterator[pa.RecordBatch]:
    """Yield the rows of whole lines that came from ``path``; the rest goes to the rejects."""
    yield from _Reader(path, reading, _learn([], reading.schema)).read(block)


def columns_of(block: Block) -> frozenset[str]:
    """Return the keys of some rows of a block, spread over it."""
    return frozenset().union(*_sample(block.data))


def most_line_bytes(reading: Reading) -> int:
    """Return the length from which a line is not read."""
    return _Reader("", reading, {}).max_line_bytes


def peek_columns(file: SourceFile) -> frozenset[str]:
    """Return the keys of the first rows of ``file``; empty when none of them can be read.

    InputError when the file is one JSON array rather than a row a line.
    """
    data = head_of(file).removeprefix(_BOM)
    rows = _sample(data)
    first = data.lstrip().partition(b"\n")[0].rstrip()
    if first == b"[" or (first.startswith(b"[") and not rows):
        raise InputError(
            f"{file.path}: one JSON object a line was wanted; came a JSON array. "
            "Write each of its elements on a line of its own."
        )
    return frozenset().union(*rows)


def _cut(stream: ByteStream, chunk_bytes: int, max_line_bytes: int) -> Iterator[Block]:
    """Yield blocks of whole lines; of a line far too long only its beginning."""
    number = 1
    pending: list[bytes] = []
    n_pending = 0
    is_first = True
    while read := stream.read(chunk_bytes):
        if is_first:
            read, is_first = read.removeprefix(_BOM), False
        head, newline, tail = read.rpartition(b"\n")
        if newline:
            data = b"".join((*pending, head))
            n_lines = data.count(b"\n") + 1
            yield Block(data, range(number, number + n_lines))
            number += n_lines
            pending, n_pending = [], 0
        # Of a line beyond the limit no more is kept than shows that it is beyond.
        if n_pending <= max_line_bytes:
            pending.append(tail)
            n_pending += len(tail)
    # In a broken file the last line is part of what is lost.
    if n_pending and not stream.is_broken:
        yield Block(b"".join(pending), range(number, number + 1))


@dataclass(slots=True)
class _Reader:
    path: str
    reading: Reading
    types: Types

    @property
    def max_line_bytes(self) -> int:
        return _TEXTS_PER_LINE * self.reading.settings.max_text_bytes + _OTHER_BYTES

    def read(self, block: Block) -> Iterator[pa.RecordBatch]:
        table = self.parse(block)
        if table is None:
            tidy = _tidy(block)
            sample = _sample(tidy.data)
            types = _learn(sample, self.reading.schema) if sample else self.types
            if types != self.types or tidy.data != block.data:
                self.types = types
                table = self.parse(tidy)
            block = tidy
        if table is not None:
            yield from self._screen(_columns(table), block.numbers)
        elif block.data:
            yield from self._halve(block)

    def _halve(self, block: Block) -> Iterator[pa.RecordBatch]:
        if len(block.numbers) <= _FEW_LINES:
            yield from self._read_each(block)
            return
        middle = block.data.find(b"\n", len(block.data) // 2)
        if middle < 0:
            middle = block.data.rfind(b"\n")
        n_left = block.data.count(b"\n", 0, middle) + 1
        for half in (
            Block(block.data[:middle], block.numbers[:n_left]),
            Block(block.data[middle + 1 :], block.numbers[n_left:]),
        ):
            table = self.parse(half)
            if table is None:
                yield from self._halve(half)
            else:
                yield from self._screen(_columns(table), half.numbers)

    def parse(self, block: Block) -> pa.Table | None:
        """Return the block as Arrow reads it, or None when it must be read with more care."""
        data = block.data
        if len(data) > self.max_line_bytes or not (_is_object_a_line(block) and is_utf8(data)):
            return None
        # Several blocks parse side by side, but a line must not straddle two of them.
        block_bytes = _PARALLEL_BYTES if len(data) > 4 * _PARALLEL_BYTES else len(data) + 1
        try:
            table = pa.json.read_json(
                pa.BufferReader(data),
                read_options=pa.json.ReadOptions(block_size=block_bytes),
                parse_options=pa.json.ParseOptions(
                    explicit_schema=_arrow_schema(self.reading.schema, self.types),
                    unexpected_field_behavior="ignore",
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table if len(table) == len(block.numbers) else None

    def _read_each(self, block: Block) -> Iterator[pa.RecordBatch]:
        schema = self.reading.schema
        plan = plan_row(schema)
        kept: list[dict[str, object]] = []
        numbers: list[int] = []
        for line, number in zip(block.data.split(b"\n"), block.numbers, strict=True):
            try:
                kept.append(fit_row(self._parse_one(line), plan))
            except InputError as error:
                self.reading.rejects.add(Rejection(self.path, number, str(error)))
            else:
                numbers.append(number)
        columns = {
            f.name: pa.array([row.get(f.name) for row in kept], type=plain_type(f)) for f in schema
        }
        yield from self._screen(columns, numbers)

    def _parse_one(self, line: bytes) -> Mapping[str, object]:
        if len(line) > self.max_line_bytes:
            raise InputError(f"the line is longer than {self.max_line_bytes} bytes")
        try:
            return parse_row(line)
        except UndecidedError:
            table = self.parse(Block(line, range(1)))
            if table is None:
                raise
            row: Mapping[str, object] = table.to_pylist()[0]
            return row

    def _screen(
        self, columns: Mapping[str, pa.Array], numbers: Sequence[int]
    ) -> Iterator[pa.RecordBatch]:
        reading = self.reading
        limit = reading.settings.max_text_bytes
        screened = screen(columns, len(numbers), reading.schema, limit)
        for row in sorted(screened.faults):
            reading.rejects.add(Rejection(self.path, numbers[row], screened.faults[row]))
        yield screened.rows


def _tidy(block: Block) -> Block:
    """Return the block without blank lines and without blanks around its lines."""
    lines = [line.strip(b" \t\r") for line in block.data.split(b"\n")]
    numbers = [number for number, line in zip(block.numbers, lines, strict=True) if line]
    return Block(b"\n".join(line for line in lines if line), numbers)


def _is_object_a_line(block: Block) -> bool:
    """Tell whether every line begins an object and ends one.

    Where a line ends in ``}`` and the next begins with ``{``, no valid object goes on over the
    newline; so as many objects as lines means one on each.
    """
    data = block.data
    if not (data.startswith(b"{") and data.endswith(b"}")):
        return False
    return data.count(b"}\n{") == len(block.numbers) - 1


def _sample(data: bytes) -> list[Mapping[str, object]]:
    """Return some of the rows on the lines of ``data``, spread over it."""
    lines = data[:_SAMPLE_BYTES].split(b"\n")
    rows = []
    for line in lines[:: max(1, len(lines) // _SAMPLE_LINES)]:
        with suppress(InputError):
            rows.append(_glance(line))
    return rows


def _glance(line: bytes) -> Mapping[str, object]:
    """Return the object on a line as the fast parser has it, which tells no key that comes twice.

    InputError where the patient one finds none either.
    """
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return parse_row(line)
    return row if isinstance(row, dict) else parse_row(line)


def _learn(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> Types:
    """Return the types to ask Arrow for where a column may come as text or as numbers."""
    types: dict[str, pa.DataType] = {}
    for column in schema:
        if column.type != TIME and column.name not in NUMBERS_AS_TEXT:
            continue
        came = {type(row.get(column.name)) for row in rows}
        if str in came or not came & {int, float}:
            types[column.name] = pa.string()
        elif float in came and column.type == TIME:
            types[column.name] = pa.float64()
        else:
            types[column.name] = pa.int64()
    return types


def _arrow_schema(schema: pa.Schema, types: Types) -> pa.Schema:
    return pa.schema([(f.name, types.get(f.name, plain_type(f))) for f in schema])


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    table = table.combine_chunks()
    return {name: table.column(name).chunk(0) for name in table.column_names if len(table)}

"""OTLP's protobuf files, message by message, as the JSON that the format reads.

A file is the body of one export, as it was posted, or many of them, each behind its length in four
bytes, as the OpenTelemetry collector's file exporter writes them.
"""

import importlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from stillhunt.errors import EngineError
from stillhunt.ingest.frames import JUNK, LONG, OK, Frames
from stillhunt.ingest.streams import ByteStream

_PREFIX_BYTES: Final = 4
_PACKAGE: Final = "opentelemetry.proto.collector"


def cut_exports(stream: ByteStream, max_bytes: int) -> Iterator[Frames]:
    """Yield each export of ``stream`` as one record, whose line is its number.

    One that is longer than ``max_bytes`` is flagged, and so is what follows it. EngineError where
    the extra that reads protobuf is not installed.
    """
    convert = _converter()
    head = stream.read(_PREFIX_BYTES)
    # A body begins with the tag of its first field, 0x0A; the length of one that long is refused.
    if head[:1] == b"\n" or len(head) < _PREFIX_BYTES:
        body = head + stream.read(max_bytes)
        yield _frame(body, 1, max_bytes, convert)
        return
    number = 1
    while len(head) == _PREFIX_BYTES:
        size = int.from_bytes(head, "big")
        if size > max_bytes:
            yield _flagged(number, LONG)
            return
        body = stream.read(size)
        if len(body) < size:
            yield _flagged(number, JUNK)
            return
        yield _frame(body, number, max_bytes, convert)
        head, number = stream.read(_PREFIX_BYTES), number + 1


def _frame(body: bytes, number: int, max_bytes: int, convert: Any) -> Frames:
    if len(body) >= max_bytes:
        return _flagged(number, LONG)
    data = convert(body)
    return _flagged(number, JUNK) if data is None else _flagged(number, OK, data)


def _flagged(number: int, flag: int, data: bytes = b"") -> Frames:
    start, stop, line = (np.array([n], np.int64) for n in (0, len(data), number))
    return Frames(data, start, stop, line, np.array([flag], np.uint8))


def _converter() -> Any:
    try:
        json_format = importlib.import_module("google.protobuf.json_format")
        message = importlib.import_module("google.protobuf.message")
        traces = importlib.import_module(f"{_PACKAGE}.trace.v1.trace_service_pb2")
        logs = importlib.import_module(f"{_PACKAGE}.logs.v1.logs_service_pb2")
    except ImportError as error:
        raise EngineError(
            "protobuf files need the package opentelemetry-proto; it is not installed. "
            "pip install 'stillhunt[otlp]', or export JSON."
        ) from error

    def convert(body: bytes) -> bytes | None:
        # The one kind of export may parse as the other; only spans have an id in the first field.
        for kind in (traces.ExportTraceServiceRequest, logs.ExportLogsServiceRequest):
            try:
                export = kind.FromString(body)
            except (message.DecodeError, ValueError):
                continue
            if kind is logs.ExportLogsServiceRequest or _has_spans(export):
                text: str = json_format.MessageToJson(export, indent=None)
                return text.encode()
        return None

    return convert


def _has_spans(export: Any) -> bool:
    return any(
        span.trace_id
        for of_resource in export.resource_spans
        for scope in of_resource.scope_spans
        for span in scope.spans
    )

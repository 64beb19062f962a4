"""How a watch is doing, for Prometheus and for whoever asks whether it lives.

The text format is a line a figure (https://prometheus.io/docs/instrumenting/exposition_formats/);
the client library, whose own reader checks it in the tests, would be more than this file.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from stillhunt.errors import SettingsError

ALIVE_S: Final = 60.0
"""Seconds without a turn of the loop after which a watch is thought to hang."""


def _figure(meaning: str, kind: str = "gauge") -> Any:
    return field(default=0.0, metadata={"meaning": meaning, "kind": kind})


@dataclass(slots=True)
class Figures:
    """What is shown; one thread writes, others read."""

    exchanges_total: float = _figure("Exchanges counted, each once.", "counter")
    duplicates_total: float = _figure("Rows left out because they came before.", "counter")
    rejected_total: float = _figure("Rows set aside.", "counter")
    commits_total: float = _figure("Commits of the state.", "counter")
    segments: float = _figure("Segments of the state.")
    state_bytes: float = _figure("Bytes of the state's segments.")
    newest_exchange_timestamp_seconds: float = _figure("Time of the newest exchange counted.")
    last_commit_timestamp_seconds: float = _figure("When the state was last committed.")
    judgements_total: float = _figure("Judgements made.", "counter")
    failed_judgements_total: float = _figure("Judgements that failed.", "counter")
    judgement_seconds: float = _figure("Wall time of the last judgement.")
    campaigns: float = _figure("Campaigns and suspected campaigns of the last judgement.")


def text_of(figures: Figures) -> str:
    """Return the figures in the text format of Prometheus."""
    lines = []
    for one in fields(figures):
        name = f"stillhunt_{one.name}"
        lines += [
            f"# HELP {name} {one.metadata['meaning']}",
            f"# TYPE {name} {one.metadata['kind']}",
            f"{name} {getattr(figures, one.name):.17g}",
        ]
    return "\n".join([*lines, ""])


@dataclass(slots=True)
class Pulse:
    """When the loop last turned."""

    at_s: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """Say that the loop turns."""
        self.at_s = time.monotonic()

    def said(self) -> tuple[HTTPStatus, str]:
        """Return whether the loop turned not long ago, as an answer."""
        if time.monotonic() - self.at_s < ALIVE_S:
            return HTTPStatus.OK, "ok\n"
        return HTTPStatus.SERVICE_UNAVAILABLE, "the loop hangs\n"


Pages = Mapping[str, Callable[[], tuple[HTTPStatus, str]]]


class _Page(BaseHTTPRequestHandler):
    def __init__(self, pages: Pages, *asked: Any) -> None:
        self._pages = pages
        super().__init__(*asked)

    def do_GET(self) -> None:
        unknown = HTTPStatus.NOT_FOUND, "/metrics or /healthz\n"
        code, text = self._pages.get(self.path, lambda: unknown)()
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@contextmanager
def served(figures: Figures, pulse: Pulse, port: int | None) -> Iterator[int | None]:
    """Show ``/metrics`` and ``/healthz`` on a port of this machine alone; give the port (0: any).

    None: shown nowhere. SettingsError when the port is taken.
    """
    if port is None:
        yield None
        return

    pages = {"/metrics": lambda: (HTTPStatus.OK, text_of(figures)), "/healthz": pulse.said}
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Page, pages))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is above 65535"
        raise SettingsError(
            f"--metrics-port {port}: a free port was wanted; {reason}. Name another."
        ) from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()

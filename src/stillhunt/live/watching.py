"""The loop: read what came, add it up, commit, judge aside, say what changed."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

import pyarrow as pa

from stillhunt.blocks import ahead
from stillhunt.errors import StillhuntError
from stillhunt.fingerprint.marks import Marker
from stillhunt.gathering import READ_AHEAD, HuntRequest, in_order
from stillhunt.ingest.addresses import Enrich, enriching
from stillhunt.ingest.feeds import Arrival, Feed, FolderFeed, KafkaFeed, PipeFeed
from stillhunt.live.judging import Judge, Judged, said
from stillhunt.live.keeping import Keeper, open_keeper
from stillhunt.live.metrics import Figures, Pulse, served
from stillhunt.live.notifying import Notifier, words_of
from stillhunt.settings import Settings

_JUDGED_WITHIN_S: Final = 0.2
Complaint = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What to watch, and whom to tell.

    ``sources``: files, folders, globs, ``-`` for standard input, ``kafka://broker/topic``.
    ``is_once``: leave when all that is there was read and judged.
    """

    sources: tuple[str, ...]
    state: Path
    out: Path
    accounts: str | None = None
    events: str | None = None
    notify: str | None = None
    metrics_port: int | None = None
    is_once: bool = False
    secret: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Calls:
    """What signals ask of the loop."""

    stop: threading.Event = field(default_factory=threading.Event)
    judge: threading.Event = field(default_factory=threading.Event)


def open_feeds(request: WatchRequest, settings: Settings) -> list[Feed]:
    """Return a feed for each source; nothing is read yet."""
    feeds: list[Feed] = []
    for source in request.sources:
        if source == "-":
            feeds.append(PipeFeed(sys.stdin.fileno(), settings.ingest))
        elif source.startswith("kafka://"):
            feeds.append(KafkaFeed(source, settings.ingest, request.is_once))
        else:
            feeds.append(
                FolderFeed(
                    source, settings.ingest, request.secret, settings.watch.settle_s,
                    request.is_once, time.time,
                )
            )  # fmt: skip
    return feeds


def watch(
    request: WatchRequest, settings: Settings, calls: Calls, out: TextIO, complain: Complaint
) -> None:
    """Follow the sources until they are over or ``calls.stop`` is set; changes go to ``out``.

    Errors as of opening the state; a judgement that fails is complained of, and the stream goes on.
    """
    figures, pulse = Figures(), Pulse()
    hunt = HuntRequest(
        str(request.state), request.accounts, request.events, False, request.secret, request.out
    )
    with ExitStack() as stack:
        keeper = stack.enter_context(open_keeper(request.state, settings, request.secret))
        stack.enter_context(served(figures, pulse, request.metrics_port))
        judge = Judge(hunt, settings, request.out)
        stack.callback(judge.stop)
        notifier = Notifier(words_of(request.notify), complain)
        enrich = stack.enter_context(enriching(settings.ingest))
        loop = Loop(keeper, settings, calls, judge, notifier, figures, pulse, out, complain, enrich)
        loop.run(open_feeds(request, settings))
        notifier.close(is_patient=not calls.stop.is_set())


@dataclass(slots=True)
class Loop:
    """One watch under way."""

    keeper: Keeper
    settings: Settings
    calls: Calls
    judge: Judge
    notifier: Notifier
    figures: Figures
    pulse: Pulse
    out: TextIO
    complain: Complaint
    enrich: Enrich
    committed_s: float = field(default_factory=time.monotonic)
    judged_s: float = field(default_factory=time.monotonic)
    n_judged: int = -1

    def run(self, feeds: Sequence[Feed]) -> None:
        """Go on until all feeds are over, or a stop is called."""
        marker = Marker(self.keeper.secret)
        while not self.calls.stop.is_set():
            came = sum(self._round(feed, marker) for feed in feeds if not feed.is_over)
            if all(feed.is_over for feed in feeds):
                break
            self._between()
            if not came:
                self.calls.stop.wait(self.settings.watch.poll_s)
        self._commit()
        if not self.calls.stop.is_set():
            self._judge_last()

    def _round(self, feed: Feed, marker: Marker) -> int:
        """Add what a feed has now; return how many arrivals that was."""
        passing: deque[Arrival] = deque()
        n = 0

        def rows() -> Iterator[pa.RecordBatch]:
            arrivals = self._until_stopped(feed.arrivals(dict(self.keeper.positions)))
            for arrival in ahead(arrivals, READ_AHEAD):
                passing.append(arrival)
                yield self.enrich(arrival.rows)

        for marked in in_order(marker, rows(), self.settings.engine.threads):
            self.keeper.add(passing.popleft(), marked)
            n += 1
            self._between()
        return n

    def _until_stopped(self, arrivals: Iterator[Arrival]) -> Iterator[Arrival]:
        for arrival in arrivals:
            yield arrival
            if self.calls.stop.is_set():
                return

    def _between(self) -> None:
        """Do what is due: commit, judge, say what changed."""
        self.pulse.beat()
        now, watching = time.monotonic(), self.settings.watch
        is_full = self.keeper.n_waiting >= watching.commit_rows
        if is_full or now - self.committed_s >= watching.commit_s:
            self._commit()
        if self.calls.judge.is_set() or now - self.judged_s >= watching.judge_every_s:
            self._begin_to_judge(now)
        self._hear_judge(0.0)

    def _commit(self) -> None:
        self.committed_s = time.monotonic()
        if not self.keeper.has_news:
            return
        manifest = self.keeper.commit()
        figures = self.figures
        figures.exchanges_total = manifest.n_exchanges
        figures.duplicates_total = manifest.n_rows - manifest.n_exchanges
        figures.rejected_total = manifest.n_rejected
        figures.commits_total = manifest.number
        figures.segments = len(manifest.segments)
        figures.state_bytes = sum(one.n_bytes for one in manifest.segments)
        figures.newest_exchange_timestamp_seconds = self.keeper.newest_us / 1e6
        figures.last_commit_timestamp_seconds = time.time()

    def _begin_to_judge(self, now: float) -> None:
        is_asked = self.calls.judge.is_set()
        if is_asked:
            self._commit()
        n = self.keeper.state.manifest.n_exchanges
        if n == self.n_judged and not is_asked:
            self.judged_s = now  # nothing new: nothing to judge
        elif self.judge.start():
            self.n_judged, self.judged_s = n, now
            self.calls.judge.clear()

    def _judge_last(self) -> None:
        """Judge all there is, and wait for it."""
        while self.judge.process is not None and not self.calls.stop.is_set():
            self._hear_judge(_JUDGED_WITHIN_S)
        self.judge.start()
        while self.judge.process is not None and not self.calls.stop.is_set():
            self._hear_judge(_JUDGED_WITHIN_S)

    def _hear_judge(self, timeout_s: float) -> None:
        try:
            judged = self.judge.result(timeout_s)
        except StillhuntError as error:
            self.figures.failed_judgements_total += 1
            self.complain(str(error))
            return
        if judged is not None:
            self._tell(judged)

    def _tell(self, judged: Judged) -> None:
        self.figures.judgements_total += 1
        self.figures.judgement_seconds = judged.wall_s
        self.figures.campaigns = judged.n_campaigns
        for change in judged.changes:
            line = said(change, datetime.now(UTC))
            self.out.write(line + "\n")
            self.notifier.tell(line)
        self.out.flush()

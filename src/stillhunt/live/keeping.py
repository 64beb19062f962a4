"""The writer's side of a state folder: what arrives is added up, committed, and merged aside."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from stillhunt.engines.duckdb import DuckDB, open_duckdb
from stillhunt.fingerprint.cells import Shelf
from stillhunt.fingerprint.edition import edition
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.marks import Marked
from stillhunt.fingerprint.seen import Recent
from stillhunt.gathering import Tally
from stillhunt.ingest.feeds import Arrival
from stillhunt.live import storing
from stillhunt.live.storing import Rule
from stillhunt.records import Position
from stillhunt.settings import Settings
from stillhunt.store import Segment, State, open_writer
from stillhunt.store.manifest import Manifest

REJECTED: Final = "rejected.jsonl"
HOUR_S: Final = 3_600


@dataclass(slots=True)
class Keeper:
    """Adds arrivals to a state; what was added counts from the next ``commit`` on.

    One thread uses it. ``clock`` gives seconds since 1970.
    """

    state: State
    engine: DuckDB
    settings: Settings
    secret: bytes = field(repr=False)
    recent: Recent
    sample: Sample  # of all that was committed
    tally: Tally
    aside: ThreadPoolExecutor
    positions: dict[str, Position]
    present: frozenset[str]
    rejected: str = ""
    n_rejected: int = 0
    newest_us: int = 0
    has_news: bool = False
    merging: "Future[Merged] | None" = None
    merging_engine: DuckDB | None = None

    @property
    def n_waiting(self) -> int:
        """Rows added since the last commit."""
        return self.tally.n_rows

    def add(self, arrival: Arrival, marked: Marked) -> None:
        """Add what arrived, and how far its source was read for it."""
        self.tally.add(marked, self.engine)
        newest = pc.max(marked.marks.column("time_us")).as_py()
        self.newest_us = max(self.newest_us, newest or 0)
        self.has_news = True
        self.positions.update(arrival.positions)
        self.present |= arrival.columns
        self.rejected += arrival.rejected
        self.n_rejected += arrival.n_rejected

    def commit(self) -> Manifest:
        """Let all that was added count, on disk."""
        before = self.state.manifest
        number = before.number + 1
        keys = self.recent.turn(number + 1)
        segments = self._settled(before.segments)
        if keys.size:
            name = f"{number:09d}"
            folder = self.state.path(name)
            self.state.busy.add(name)
            storing.write_part(folder, self.tally, keys, number, self.engine)
            self.state.busy.discard(name)
            segments += (Segment(name, 0, keys.size, storing.bytes_of(folder)),)
        manifest = replace(
            before,
            number=number,
            segments=segments,
            positions=dict(self.positions),
            since=self.recent.since,
            present=self.present,
            n_rows=before.n_rows + self.tally.n_rows,
            n_rejected=self.n_rejected,
            rejected_bytes=before.rejected_bytes + self._append_rejected(),
        )
        self.state.commit(manifest)
        self.has_news = False
        self.sample.merge(self.tally.sample)
        self.tally.shelf.close()
        self.tally = _tally(self.recent, self.sample)
        self._merge_next()
        return manifest

    def settle(self) -> None:
        """Wait for the merge under way, if any, and let it count."""
        while self.merging is not None:
            self.merging.exception()
            self.commit()

    def stop(self) -> None:
        """Give up the merge under way; what it wrote does not count, and is swept away."""
        is_under_way = self.merging is not None and not self.merging.done()
        if is_under_way and self.merging_engine is not None:
            self.merging_engine.stop()

    def _append_rejected(self) -> int:
        data, self.rejected = self.rejected.encode(), ""
        if data:
            with (self.state.place / REJECTED).open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        return len(data)

    def _settled(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Return the segments with the merged one in the place of its parts, once it is done."""
        if self.merging is None or not self.merging.done():
            return segments
        merged, self.merging = self.merging.result(), None
        self.state.busy.discard(merged.segment.name)
        kept = tuple(one for one in segments if one.name not in merged.parts)
        return (merged.segment, *kept) if merged.segment.n_exchanges else kept

    def _merge_next(self) -> None:
        if self.merging is not None:
            return
        parts = next_merge(self.state.manifest.segments, self.settings.watch.fan_in)
        if parts:
            name = f"{self.state.manifest.number:09d}m"
            self.state.busy.add(name)
            rule = Rule(
                fold_us=fold_us(self.settings.watch.hours_days, time.time()),
                since=self.state.manifest.since[0],
            )
            self.merging = self.aside.submit(self._merge, parts, name, rule)

    def _merge(self, parts: tuple[Segment, ...], name: str, rule: Rule) -> "Merged":
        names = [part.name for part in parts]
        with open_duckdb(self.settings.engine) as engine:
            self.merging_engine = engine
            n = storing.merge(
                self.state, names, self.state.path(name), rule, engine, Sample(self.secret)
            )
        level = max(part.level for part in parts) + 1
        n_bytes = storing.bytes_of(self.state.path(name))
        return Merged(Segment(name, level, n, n_bytes), frozenset(names))


@dataclass(frozen=True, slots=True)
class Merged:
    """A segment, and the names of those that it holds together."""

    segment: Segment
    parts: frozenset[str]


def next_merge(segments: tuple[Segment, ...], fan_in: int) -> tuple[Segment, ...]:
    """Return the segments to merge next: all of the lowest level that has ``fan_in`` of them.

    So each exchange is written once a level, and levels grow by ``fan_in``.
    """
    for level in sorted({one.level for one in segments}):
        same = tuple(one for one in segments if one.level == level)
        if len(same) >= fan_in:
            return same
    return ()


def fold_us(hours_days: int, now_s: float) -> int:
    """Return before when hours fold into days, in microseconds since 1970; 0: never."""
    if not hours_days:
        return 0
    return (int(now_s) // (24 * HOUR_S) - hours_days) * storing.DAY_US


def forget(state: State, settings: Settings, account: int, secret: bytes) -> int:
    """Write all segments anew without an account (its hash); return how many exchanges it had.

    What is gone counts no more, and its files are removed: readers are waited for.
    """
    before = state.manifest
    number, rule = before.number + 1, Rule(since=before.since[0], forgotten=account)
    segments: list[Segment] = []
    with open_duckdb(settings.engine) as engine:
        for place, one in enumerate(before.segments):
            name = f"{number:09d}f{place}"
            state.busy.add(name)
            folder = state.path(name)
            n = storing.merge(state, [one.name], folder, rule, engine, Sample(secret))
            if n:
                segments.append(Segment(name, one.level, n, storing.bytes_of(folder)))
    state.commit(replace(before, number=number, segments=tuple(segments)))
    state.busy.clear()
    state.sweep(is_patient=True)
    return before.n_exchanges - state.manifest.n_exchanges


@contextmanager
def open_keeper(place: Path, settings: Settings, secret: bytes) -> Iterator[Keeper]:
    """Give a keeper of the state at ``place``; errors as of ``store.open_writer``."""
    with ExitStack() as stack:
        state = stack.enter_context(open_writer(place, secret, edition()))
        engine = stack.enter_context(open_duckdb(settings.engine))
        aside = stack.enter_context(ThreadPoolExecutor(1))
        manifest = state.manifest
        _cut_rejected(place / REJECTED, manifest.rejected_bytes)
        recent, sample = Recent(settings.watch.remembered, manifest.since), Sample(secret)
        if manifest.segments:
            storing.recall_keys(state, recent, engine)
            storing.recall_sample(state, sample, engine)
        keeper = Keeper(
            state, engine, settings, secret, recent, sample, _tally(recent, sample), aside,
            dict(manifest.positions), manifest.present, n_rejected=manifest.n_rejected,
        )  # fmt: skip
        stack.callback(keeper.stop)
        stack.callback(lambda: keeper.tally.shelf.close())
        yield keeper


def _tally(recent: Recent, sample: Sample) -> Tally:
    return Tally(recent, Vectors(), sample.next(), Names(), Shelf())


def _cut_rejected(path: Path, n_bytes: int) -> None:
    """Take from the list of what was set aside all that no commit counts."""
    if path.exists():
        with path.open("r+b") as file:
            file.truncate(n_bytes)

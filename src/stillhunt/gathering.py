"""From a log to what it adds up to: read, mark, add up. No text is left after it."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from stillhunt.blocks import Packed, ahead
from stillhunt.engines.duckdb import DuckDB
from stillhunt.fingerprint.cells import Shelf, count, learn, of_sample
from stillhunt.fingerprint.fingerprints import (
    ACTIVITY_SQL,
    ARRIVALS_SQL,
    HOURS_SQL,
    MARKS_READ,
    PHRASES,
    PROFILES_SQL,
    TOTALS_SQL,
    is_habit_sql,
    uses_sql,
)
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.hashing import hash_strings
from stillhunt.fingerprint.marks import ACCOUNT, MODEL, Marked, Marker
from stillhunt.fingerprint.seen import Recent, Seen
from stillhunt.ingest import (
    Rejects,
    Source,
    read_accounts,
    read_events,
)
from stillhunt.link.assemble import LINK_KINDS, Gathered
from stillhunt.population import FRAME_RATIO, Index
from stillhunt.progress import Progress, Stage
from stillhunt.settings import Settings
from stillhunt.tables import ACCOUNTS, EVENTS

LINKING_SQL: Final = f"""
SELECT account, kind, "key", n FROM uses WHERE kind IN {LINK_KINDS}
"""
"""Uses of kinds that link."""


def shared_uses_sql(habit_ratio: float) -> str:
    """Return the query of uses that link: artefacts of two accounts or more.

    Of ``PHRASES`` habits alone: of 37 million phrases in a log of 33 million exchanges one in
    thirty is anyone's, and no more are ever asked for.
    """
    return f"""
WITH linking AS (
    SELECT uses.* FROM ({LINKING_SQL}) AS uses JOIN totals USING (account)
    WHERE kind NOT IN {PHRASES} OR {is_habit_sql("n", habit_ratio)}
), shared AS (
    SELECT kind, "key" FROM linking GROUP BY kind, "key" HAVING count(*) >= 2
)
SELECT account, kind, "key", n FROM linking SEMI JOIN shared USING (kind, "key")
"""


READ_AHEAD = 3
"""Batches read before they are asked for: reading goes on while marks are added up."""


@dataclass(frozen=True, slots=True)
class HuntRequest:
    """What to hunt in. Paths are files, folders or globs; ``secret`` keys every hash.

    ``earlier`` is the verdict folder of an earlier run, whose campaigns keep their ids.
    """

    exchanges: str
    accounts: str | None = None
    events: str | None = None
    label_exchanges: bool = False
    secret: bytes = field(default=b"", repr=False)
    earlier: Path | None = None


PUT_ROWS: Final = 2**18
"""Marks put into the engine at a time: two of its own row groups, 40 MB."""


@dataclass(slots=True)
class Tally:
    """What was added up so far of a log, or of a part of it."""

    seen: Seen | Recent
    vectors: Vectors
    sample: Sample
    names: Names
    shelf: Shelf
    n_rows: int = 0
    waiting: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, marked: Marked, engine: DuckDB) -> None:
        """Add one batch; exchanges that came before are left out."""
        new = self.seen.new(marked.marks.column("exchange").to_numpy())
        has_text = new & (marked.marks.column("content").to_numpy() != 0)
        self.n_rows += marked.marks.num_rows
        account = marked.marks.column("account").to_numpy()
        self.vectors.add(account, marked.sketch, has_text)
        self.sample.add(marked, has_text)
        self.shelf.add(marked.marks, marked.sketch, has_text, self.vectors.counts_of(account))
        self.names.add(marked.names)
        marks = marked.marks.select(list(MARKS_READ))
        self.waiting.append(marks if new.all() else marks.filter(pa.array(new)))
        if sum(part.num_rows for part in self.waiting) >= PUT_ROWS:
            self.settle(engine)

    def settle(self, engine: DuckDB) -> None:
        """Put the marks that wait into the engine."""
        if self.waiting:
            engine.put("marks", pa.Table.from_batches(self.waiting))
            self.waiting.clear()


def in_order(marker: Marker, batches: Iterable[pa.RecordBatch], threads: int) -> Iterator[Marked]:
    """Yield the marks of each batch in the order of the batches, made on several threads."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Marked]] = deque()
        for batch in batches:
            waiting.append(pool.submit(marker.mark, batch))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(slots=True)
class Clock:
    """A progress that also notes how long each stage took, in seconds."""

    progress: Progress
    timings_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Stage]:
        """Open a stage and time it."""
        start = time.monotonic()
        with self.progress.stage(name, total, unit) as stage:
            yield stage
        self.timings_s[name] = round(time.monotonic() - start, 3)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the log: its accounts, and what happened."""

    accounts: pa.Table  # with their hash in ``account``
    events: pa.Table  # with the hash of the subject as a model in ``model``

    def by(self, time_us: int) -> "Beside":
        """Return what had happened before or at a time."""
        times_us = self.events["time"].cast(pa.int64())
        return replace(self, events=self.events.filter(pc.less_equal(times_us, time_us)))


@dataclass(frozen=True, slots=True)
class Log:
    """What is left of a log after it was read, and what is known beside it.

    ``arrivals``: who took up which released model, as of ``ARRIVALS_SQL``.
    """

    gathered: Gathered
    models: pa.Table  # hash and name
    events: pa.Table
    arrivals: pa.Table
    n_rows: int

    @property
    def releases_us(self) -> Index:
        """Return when models came out."""
        releases_us: Index = _releases(self.events)["time"].cast(pa.int64()).to_numpy()
        return releases_us


def gather(
    request: HuntRequest, source: Source, settings: Settings, progress: Clock, rejects: Rejects,
    engine: DuckDB,
) -> Log:  # fmt: skip
    """Return what one pass over the log, and the tables beside it, add up to."""
    beside = read_beside(request, settings, rejects)
    marker = Marker(request.secret)
    with Shelf() as shelf:
        tally = Tally(Seen(), Vectors(), Sample(request.secret), Names(), shelf)
        with progress.stage("read and mark", source.n_bytes, "bytes") as stage:
            for marked in in_order(
                marker, rows_of(source, rejects, stage), settings.engine.threads
            ):
                tally.add(marked, engine)
            tally.settle(engine)
        tally.seen = Seen()  # nobody asks again, and large logs have gigabytes of keys
        with progress.stage("add up", 5, "tables") as stage:
            sum_marks(engine, settings, stage)
            engine.drop("marks")
            log = add_up(tally, beside, source.present, settings, engine)
            let_go(engine)
            stage.advance(2)
    return log


def let_go(engine: DuckDB) -> None:
    """Forget what was added up of marks, but for the uses of models."""
    engine.create("uses", "FROM uses WHERE kind = 'model'")
    engine.drop("hours")
    engine.drop("totals")
    engine.give_back()


def sum_marks(engine: DuckDB, settings: Settings, stage: Stage) -> None:
    """Make the tables hours, totals and uses of the marks in the engine."""
    uses = uses_sql(asked_ratio(settings))
    for table, query in (("hours", HOURS_SQL), ("totals", TOTALS_SQL), ("uses", uses)):
        engine.create(table, query)
        stage.advance(1)


def asked_ratio(settings: Settings) -> float:
    """Return the share of an account's exchanges from which a phrase is asked for."""
    return min(settings.link.habit_ratio, FRAME_RATIO)


def add_up(
    tally: Tally, beside: Beside, present: frozenset[str], settings: Settings, engine: DuckDB
) -> Log:
    """Return what a tally, and the engine's tables hours, totals and uses, come to.

    The tally may go on afterwards.
    """
    sample = tally.sample.arrays()
    vectors = tally.vectors.table()
    # Many small products: threads of the linear algebra wait for each other longer than they save.
    with threadpool_limits(1, "blas"):
        cells = learn(sample, settings.link.seed)
        counted = count(tally.shelf, cells, vectors[0], vectors[2])
    names = tally.names.table()
    gathered = Gathered(
        profiles=engine.query(PROFILES_SQL),
        hours=engine.query(ACTIVITY_SQL),
        uses=engine.query(shared_uses_sql(asked_ratio(settings))),
        names=names.filter(pc.equal(names["kind"], "account")),
        accounts=beside.accounts,
        vectors=(vectors[0], Packed.of(vectors[1]), vectors[2]),
        cells=counted,
        sample=(sample.account, cells.of(of_sample(sample)), sample.sketch),
        present=present,
    )
    models = names.filter(pc.equal(names["kind"], "model"))
    return Log(gathered, models, beside.events, arrivals_of(beside.events, engine), tally.n_rows)


def arrivals_of(events: pa.Table, engine: DuckDB) -> pa.Table:
    """Return who took up each released model, as of the engine's table hours."""
    released = _releases(events).filter(pc.is_valid(_releases(events)["subject"]))
    columns = [released["model"], released["subject"], released["time"].cast(pa.int64())]
    engine.drop("releases")
    engine.put("releases", pa.table(columns, names=("model", "name", "time_us")))
    return engine.query(ARRIVALS_SQL)


def read_beside(request: HuntRequest, settings: Settings, rejects: Rejects) -> Beside:
    """Return what the tables beside the log hold; empty ones where there are none."""
    accounts, events = ACCOUNTS.empty_table(), EVENTS.empty_table()
    if request.accounts is not None:
        accounts = read_accounts(request.accounts, settings.ingest, rejects)
    if request.events is not None:
        events = read_events(request.events, settings.ingest, rejects)
    ids, subjects = (
        pa.array(hash_strings(column.combine_chunks(), request.secret, domain))
        for column, domain in ((accounts["account_id"], ACCOUNT), (events["subject"], MODEL))
    )
    return Beside(accounts.append_column("account", ids), events.append_column("model", subjects))


def _releases(events: pa.Table) -> pa.Table:
    return events.filter(pc.equal(events["kind"], "model_release"))


def rows_of(source: Source, rejects: Rejects, stage: Stage) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a log, batch after batch, read a little ahead."""
    done = 0
    for batch in ahead(source.batches(rejects), READ_AHEAD):
        stage.advance(batch.n_bytes - done)
        done = batch.n_bytes
        yield batch.rows

"""A recorded log fed at its own times: what had been judged by when, without a look ahead.

Every exchange is marked and added up once. At each look what has come so far is linked and judged
as a hunt in that much of the log would do it, so a replay tells what hunting again and again would
have said. Exchanges come in the order of the log; one that stands behind later ones comes late.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillhunt.deciding import Memory, decide
from stillhunt.engines.duckdb import DuckDB
from stillhunt.fingerprint.cells import Shelf
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.fingerprint.hashing import Hashes, hash_strings
from stillhunt.fingerprint.marks import EXCHANGE, Marked, Marker
from stillhunt.fingerprint.seen import Seen
from stillhunt.gathering import (
    Beside,
    Clock,
    HuntRequest,
    Tally,
    add_up,
    in_order,
    read_beside,
    rows_of,
    sum_marks,
)
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.judge.findings import write_accounts
from stillhunt.judge.naming import Named
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.progress import Progress, Silent
from stillhunt.prove import Look, PlantedHarvest
from stillhunt.prove.inputs import read
from stillhunt.settings import Settings


@dataclass(frozen=True, slots=True)
class Pace:
    """When a replay looks: every ``step_us`` of the log's own time, and once more at its end.

    The first look is at ``start_us``; 0: at the end of the first step that the log begins in.
    """

    step_us: int
    start_us: int = 0


@dataclass(slots=True)
class _SoFar:
    """What has come, and who was named at the last look."""

    request: HuntRequest
    settings: Settings
    engine: DuckDB
    tally: Tally
    beside: Beside
    present: frozenset[str]
    memory: Memory = field(default_factory=Memory)
    exchange: list[Hashes] = field(default_factory=list)
    time_us: list[Index] = field(default_factory=list)

    def add(self, marked: Marked) -> None:
        """Take in exchanges."""
        self.tally.add(marked, self.engine)
        self.exchange.append(marked.marks.column("exchange").to_numpy())
        self.time_us.append(marked.marks.column("time_us").to_numpy())

    def look(self, now_us: int) -> Look:
        """Judge what has come by now. Nothing outlives it that the tally may still move."""
        self.tally.settle(self.engine)
        sum_marks(self.engine, self.settings, Silent())
        beside = self.beside.by(now_us)
        log = add_up(self.tally, beside, self.present, self.settings, self.engine)
        clock, secret = Clock(Silent()), self.request.secret
        decided = decide(log, self.memory, self.settings, secret, clock, now_us)
        verdicts = _spoken(decided.scene, decided.named)
        self.memory = Memory.of(verdicts, decided.track)
        exchange, time_us = np.concatenate(self.exchange), np.concatenate(self.time_us)
        self.exchange, self.time_us = [], []
        return Look(now_us, exchange, time_us, verdicts)


def replay(
    request: HuntRequest,
    settings: Settings,
    pace: Pace,
    progress: Progress,
    rejects: Rejects,
    engine: DuckDB,
) -> Iterator[Look]:
    """Yield a look at every step of the log's own time; who stops asking stops the work.

    Looks being many, ``judge.is_repeated`` should be set, so that each pays. InputError and
    EngineError as of a hunt.
    """
    source = open_exchanges(request.exchanges, settings.ingest)
    beside = read_beside(request, settings, rejects)
    with Shelf() as shelf, progress.stage("replay", source.n_bytes, "bytes") as stage:
        tally = Tally(Seen(), Vectors(), Sample(request.secret), Names(), shelf)
        state = _SoFar(request, settings, engine, tally, beside, source.present)
        batches = rows_of(source, rejects, stage)
        marked = in_order(Marker(request.secret), batches, settings.engine.threads)
        for part, due_us in in_steps(marked, pace):
            if part.marks.num_rows:
                state.add(part)
            if due_us is not None and state.exchange:
                yield state.look(due_us)


def in_steps(batches: Iterator[Marked], pace: Pace) -> Iterator[tuple[Marked, int | None]]:
    """Yield parts of batches, each with the time of the look that is due after it; None: not yet.

    The clock is the latest time that has come. Steps in which nothing came are passed over.
    """
    due_us, now_us, last = pace.start_us, 0, None
    for batch in batches:
        clock = np.maximum.accumulate(batch.marks.column("time_us").to_numpy())
        clock = np.maximum(clock, now_us)
        if not clock.size:
            continue
        due_us = due_us or int(clock[0]) // pace.step_us * pace.step_us + pace.step_us
        first = 0
        while clock[-1] >= due_us:
            end = int(np.searchsorted(clock, due_us))
            yield _part(batch, first, end), due_us
            first, now_us = end, int(clock[end])
            due_us += (now_us - due_us) // pace.step_us * pace.step_us + pace.step_us
        now_us = int(clock[-1])
        last = batch
        yield _part(batch, first, clock.size), None
    if last is not None:
        yield _part(last, 0, 0), now_us


def _part(batch: Marked, first: int, end: int) -> Marked:
    return Marked(batch.marks.slice(first, end - first), batch.sketch[first:end], batch.names)


def _spoken(scene: Scene, named: list[Named]) -> pa.Table:
    """Return account, verdict and campaign of all who are not clear."""
    accounts = write_accounts(scene, named).select(["account_id", "verdict", "campaign_id"])
    return accounts.filter(pc.not_equal(accounts["verdict"], "clear"))


def planted_in(truth: Path, secret: bytes) -> PlantedHarvest:
    """Return the truth of a folder that ``simulate`` wrote, its harvest by keyed hashes.

    InputError where it has no accounts or exchanges.
    """
    accounts = read(truth / "accounts.parquet", ("account_id", "campaign"))
    is_harvest = pc.field("harvest")
    harvest = read(truth / "exchanges.parquet", ("exchange_id", "campaign"), rows=is_harvest)
    ids = harvest["exchange_id"].combine_chunks()
    return PlantedHarvest.of(accounts, hash_strings(ids, secret, EXCHANGE), harvest["campaign"])

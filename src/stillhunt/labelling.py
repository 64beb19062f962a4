"""From named accounts to labelled exchanges: two more passes over the log, text in memory only."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from stillhunt.errors import EngineError
from stillhunt.fingerprint.marks import Marker
from stillhunt.fingerprint.seen import Seen
from stillhunt.ingest import Rejects, Source
from stillhunt.judge.divide import OUTSIDER_ROWS, OUTSIDERS, RING_ROWS, Described, Divide, divide
from stillhunt.judge.label import Draw, Labels, describe
from stillhunt.population import Index
from stillhunt.progress import Progress
from stillhunt.tables import LABELS, Findings


@dataclass(frozen=True, slots=True)
class Again:
    """A log that is read again, and the secret of its marks."""

    source: Source
    secret: bytes = field(repr=False)

    def ask(
        self, accounts: pa.Array, progress: Progress, name: str
    ) -> Iterator[tuple[pa.RecordBatch, Described]]:
        """Yield ids and what is weighed of some accounts' exchanges, each exchange once.

        Rows that were set aside before are so again, and not written a second time.
        """
        marker, seen, done = Marker(self.secret), Seen(), 0
        with (
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            progress.stage(name, self.source.n_bytes, "bytes") as stage,
        ):
            for batch in self.source.batches(Rejects(nowhere)):
                mine = pc.is_in(batch.rows.column("account_id"), value_set=accounts)
                rows = batch.rows.filter(mine)
                marked = marker.mark(rows)
                new = seen.new(marked.marks.column("exchange").to_numpy())
                asked = describe(marked.marks, marked.sketch).take(new)
                yield rows.select(["exchange_id", "account_id"]).filter(pa.array(new)), asked
                stage.advance(batch.n_bytes - done)
                done = batch.n_bytes


@dataclass(frozen=True, slots=True)
class Owners:
    """The named accounts and, row by row, the number of their campaign."""

    campaigns: pa.Array
    members: pa.Array
    number: Index

    def of(self, ids: pa.RecordBatch) -> Index:
        """Return the number of the campaign of each row's account; -1: none."""
        place = pc.index_in(ids.column("account_id"), value_set=self.members).fill_null(-1)
        return np.asarray(np.append(self.number, -1)[place.to_numpy()])


def label_exchanges(findings: Findings, log: Again, progress: Progress) -> Findings:
    """Return the findings with the labels of all exchanges of named accounts.

    ``extraction_exchanges`` of their campaigns becomes what the labels add up to. InputError and
    EngineError as of reading the log.
    """
    accounts = findings.accounts
    mine = accounts.filter(pc.equal(accounts["verdict"], "campaign"))
    if not mine.num_rows:
        return replace(findings, labels=LABELS.empty_table())
    campaigns = pa.array(sorted(mine["campaign_id"].unique().to_pylist()))
    owners = Owners(
        campaigns,
        mine["account_id"].combine_chunks(),
        pc.index_in(mine["campaign_id"], value_set=campaigns).to_numpy(),
    )
    # Accounts are in the order of keyed hashes, so the first outsiders are a random few.
    others = accounts.filter(pc.is_null(accounts["campaign_id"]))["account_id"][:OUTSIDERS]
    labels = Labels(campaigns.to_pylist(), _learn(owners, others, log, progress))
    for ids, asked in log.ask(owners.members, progress, "label"):
        labels.add(ids, asked, owners.of(ids))
    table = labels.table()
    return replace(findings, labels=table, campaigns=count_harvest(findings.campaigns, table))


def _learn(owners: Owners, others: pa.ChunkedArray, log: Again, progress: Progress) -> list[Divide]:
    """Return what tells harvest from cover in each campaign."""
    rings = [Draw(RING_ROWS) for _ in owners.campaigns]
    outside = Draw(OUTSIDERS * OUTSIDER_ROWS, OUTSIDER_ROWS)
    wanted = pa.concat_arrays([owners.members, *others.chunks])
    for ids, asked in log.ask(wanted, progress, "learn"):
        number = owners.of(ids)
        outside.add(asked.take(number < 0))
        for campaign in np.unique(number[number >= 0]).tolist():
            rings[campaign].add(asked.take(number == campaign))
    known = [ring for ring in (draw.settle() for draw in rings) if ring is not None]
    if len(known) < len(rings):
        raise EngineError(
            "the log must stay the same while it is read; named accounts are gone from it. "
            "Run again."
        )
    divides = []
    # Many small products: threads of the linear algebra cost more than they bring, tenfold where
    # other work shares the machine.
    with threadpool_limits(1, "blas"), progress.stage("divide", len(known), "campaigns") as stage:
        for ring in known:
            divides.append(divide(ring, outside.settle()))
            stage.advance(1)
    return divides


def count_harvest(campaigns: pa.Table, labels: pa.Table) -> pa.Table:
    """Return ``campaigns.parquet`` with the harvest that their labels add up to."""
    sums = labels.group_by("campaign_id").aggregate([("probability", "sum")])
    place = pc.index_in(campaigns["campaign_id"], value_set=sums["campaign_id"].combine_chunks())
    counted = pc.round(sums["probability_sum"]).cast(pa.int64()).take(place)
    column = campaigns.schema.get_field_index("extraction_exchanges")
    known = pc.coalesce(counted, campaigns["extraction_exchanges"])
    return campaigns.set_column(column, campaigns.schema.field(column), known)

"""The hunt from end to end in a small invented world: what may change, and what must not."""

import io
import json
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillhunt.gathering import HuntRequest
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent
from stillhunt.records import FAMILIES, RunFacts
from stillhunt.report import folder
from stillhunt.settings import Settings
from stillhunt.simulate import scenario, write
from stillhunt.tables import ACCOUNT_VERDICTS, Findings, Track

SECRET = b"a secret for tests alone"
QUICK = {"judge": {"null_groups": 50, "final_groups": 50}}


@dataclass(frozen=True)
class World:
    """A small log, and what a hunt in it found."""

    place: Path
    rows: pa.Table
    findings: Findings
    facts: RunFacts


def _hunt(exchanges: Path | str, place: Path | None = None, **settings: dict) -> tuple:
    beside = {} if place is None else {
        "accounts": str(place / "accounts.parquet"), "events": str(place / "events.parquet"),
    }  # fmt: skip
    request = HuntRequest(str(exchanges), **beside, secret=SECRET)
    return hunt(request, Settings(**{**QUICK, **settings}), Silent(), io.StringIO())


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    place = tmp_path_factory.mktemp("world")
    demo = scenario("demo")
    tools = replace(demo.campaigns[1], accounts=50, pool_size=5_000)
    write(replace(demo.scaled(0.08), campaigns=(tools,), days=7, release_day=3), place, 1)
    rows = pq.read_table(place / "exchanges")
    return World(place, rows, *_hunt(place / "exchanges", place))


def _differences(one: Findings, other: Findings) -> list[str]:
    """Return the tables that differ; figures may differ in their last digits."""
    return [
        field.name
        for field in fields(Findings)
        if not _is_same(getattr(one, field.name), getattr(other, field.name))
    ]


def _is_same(one: pa.Table | None, other: pa.Table | None) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, Track):
        return all(_is_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(Track))
    rows = [sorted(map(repr, map(_round, table.to_pylist()))) for table in (one, other)]
    return rows[0] == rows[1]


def _round(value: object) -> object:
    """Return a value without the digits that the order of a sum decides."""
    match value:
        case float():
            return float(f"{value:.3g}")
        case dict():
            return {key: _round(part) for key, part in value.items()}
        case list():
            return [_round(part) for part in value]
        case str() if value.startswith("{"):
            return _round(json.loads(value))
    return value


def test_every_account_has_a_verdict_and_its_exchanges(world):
    accounts = world.findings.accounts
    assert accounts.schema.names == ACCOUNT_VERDICTS.names
    counted = Counter(world.rows["account_id"].to_pylist())
    assert dict(zip(accounts["account_id"].to_pylist(), accounts["exchanges"].to_pylist(),
                    strict=True)) == counted  # fmt: skip
    times = world.rows.group_by("account_id").aggregate([("time", "min"), ("time", "max")])
    wanted = {row["account_id"]: (row["time_min"], row["time_max"]) for row in times.to_pylist()}
    for row in accounts.to_pylist():
        assert (row["first_seen"], row["last_seen"]) == wanted[row["account_id"]]


def test_the_facts_say_how_much_was_read_and_how_long_it_took(world):
    facts = world.facts
    assert facts.n_exchanges == world.rows.num_rows
    assert facts.n_accounts == len(set(world.rows["account_id"].to_pylist()))
    assert (facts.n_duplicates, facts.n_rejected) == (0, 0)
    assert list(facts.timings_s) == ["read and mark", "add up", "link", "judge", "write up"]
    assert all(seconds >= 0 for seconds in facts.timings_s.values())
    assert facts.peak_rss_bytes > 2**20
    paths = {Path(file.path).name for file in facts.inputs}
    assert {"accounts.parquet", "events.parquet"} < paths


def test_the_planted_campaign_is_named_and_no_innocent(world):
    truth = pq.read_table(world.place / "truth" / "accounts.parquet").to_pylist()
    planted = {row["account_id"] for row in truth if row["campaign"]}
    named = world.findings.accounts.filter(pc.equal(world.findings.accounts["verdict"], "campaign"))
    found = set(named["account_id"].to_pylist())
    assert len(found & planted) >= 0.8 * len(planted)
    assert found <= planted


def test_a_second_run_gives_the_same_tables(world):
    findings, facts = _hunt(world.place / "exchanges", world.place)
    assert _differences(findings, world.findings) == []
    assert facts.silent_families == world.facts.silent_families
    assert [file.digest for file in facts.inputs] == [f.digest for f in world.facts.inputs]


def test_batches_threads_files_and_their_order_do_not_matter(world, tmp_path):
    order = np.random.default_rng(3).permutation(world.rows.num_rows)
    for number, part in enumerate(np.array_split(order, 3)):
        pq.write_table(world.rows.take(np.sort(part)[::-1]), tmp_path / f"z{3 - number}.parquet")
    findings, facts = _hunt(
        tmp_path, world.place, ingest={"batch_rows": 999}, engine={"threads": 1}
    )
    assert _differences(findings, world.findings) == []
    assert facts.n_exchanges == world.facts.n_exchanges


def test_json_lines_give_what_parquet_gives(world, tmp_path):
    with (tmp_path / "log.jsonl").open("w", encoding="utf-8") as file:
        for row in world.rows.to_pylist():
            known = {name: value for name, value in row.items() if value is not None}
            file.write(json.dumps(known | {"time": row["time"].isoformat()}) + "\n")
    findings, facts = _hunt(tmp_path / "log.jsonl", world.place)
    assert facts.n_rejected == 0
    assert _differences(findings, world.findings) == []


def test_exchanges_that_come_twice_count_once(world, tmp_path):
    pq.write_table(world.rows, tmp_path / "a.parquet")
    pq.write_table(world.rows.slice(100, 2_000), tmp_path / "b.parquet")
    findings, facts = _hunt(tmp_path, world.place)
    assert facts.n_duplicates == 2_000
    assert facts.n_exchanges == world.rows.num_rows
    assert _differences(findings, world.findings) == []


def test_an_account_that_only_repeats_anothers_exchange_harms_nobody(world, tmp_path):
    """Its one row bears the id of another's, which was there before."""
    copy = world.rows.slice(0, 1).to_pylist()[0] | {"account_id": "a-copycat"}
    pq.write_table(world.rows, tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_pylist([copy], world.rows.schema), tmp_path / "b.parquet")
    findings, facts = _hunt(tmp_path, world.place)
    assert facts.n_duplicates == 1
    wanted = world.findings.accounts["account_id"].to_pylist()
    assert sorted(findings.accounts["account_id"].to_pylist()) == sorted(wanted)


def test_with_the_least_a_log_can_hold_it_runs_and_says_who_is_silent(world, tmp_path):
    columns = ["time", "account_id", "prompt"]
    pq.write_table(world.rows.select(columns), tmp_path / "bare.parquet")
    findings, facts = _hunt(tmp_path / "bare.parquet")
    assert findings.accounts.num_rows == world.findings.accounts.num_rows
    assert set(facts.silent_families) <= set(FAMILIES)
    assert "payment_id" in facts.silent_families["identity"]
    speaking = set(findings.evidence["family"].to_pylist()) & set(FAMILIES)
    assert not speaking & set(facts.silent_families)


def test_without_prompts_content_and_purpose_are_silent(world, tmp_path):
    nothing = pa.nulls(world.rows.num_rows, pa.string())
    place = world.rows.schema.get_field_index("prompt")
    pq.write_table(world.rows.set_column(place, "prompt", nothing), tmp_path / "redacted.parquet")
    findings, facts = _hunt(tmp_path / "redacted.parquet", world.place)
    assert {"content", "purpose"} <= set(facts.silent_families)
    assert findings.accounts.num_rows == world.findings.accounts.num_rows
    speaking = set(findings.evidence["family"].to_pylist())
    assert not speaking & {"content", "purpose"}


def test_campaigns_keep_their_ids_where_an_earlier_folder_is_given(world, tmp_path):
    rejected = tmp_path / "rejected.jsonl"
    rejected.touch()
    folder.write(world.findings, world.facts, tmp_path / "earlier", rejected)
    request = HuntRequest(
        str(world.place / "exchanges"),
        str(world.place / "accounts.parquet"),
        str(world.place / "events.parquet"),
        secret=b"another secret, of which other ids are made",
        earlier=tmp_path / "earlier",
    )
    findings, _ = hunt(request, Settings(**QUICK), Silent(), io.StringIO())
    before, after = (
        set(f.campaigns["campaign_id"].to_pylist()) for f in (world.findings, findings)
    )
    named = world.findings.campaigns["verdict"].to_pylist().index("campaign")
    assert world.findings.campaigns["campaign_id"][named].as_py() in after
    assert len(before & after) >= len(before) - 1  # another secret draws another sample

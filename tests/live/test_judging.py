import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.live.streams import SECRET, SETTINGS, keep

from stillhunt.errors import EngineError, RefusedError
from stillhunt.gathering import HuntRequest
from stillhunt.ingest import Rejects, open_exchanges
from stillhunt.live.judging import CHANGES, Judge, judge_state
from stillhunt.live.keeping import open_keeper
from stillhunt.pipeline import hunt
from stillhunt.progress import Silent
from stillhunt.report import folder
from stillhunt.settings import Settings
from stillhunt.simulate import scenario, write

QUICK = Settings(
    **{
        "judge": {"null_groups": 50, "final_groups": 50, "is_repeated": True},
        "engine": {"threads": 1},
    }
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state with a campaign in it."""
    place = tmp_path_factory.mktemp("world")
    write(scenario("demo").scaled(0.05), place, 1)
    source = open_exchanges(place / "exchanges", QUICK.ingest)
    with (
        open_keeper(place / "state", QUICK, SECRET) as keeper,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        for batch in source.batches(Rejects(nowhere)):
            keep(keeper, batch.rows)
        keeper.commit()
    return place / "state"


def asked(state: Path, out: Path) -> HuntRequest:
    beside = [str(state.parent / f"{name}.parquet") for name in ("accounts", "events")]
    return HuntRequest(str(state), *beside, secret=SECRET, earlier=out)


def test_a_state_is_judged_and_changes_are_told_once(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts"
    judged = judge_state(asked(state, out), QUICK, out)
    assert judged is not None
    found = [change for change in judged.changes if change.kind == "found"]
    assert found
    accounts = folder.read(out).accounts
    named = {row["account_id"] for row in accounts.to_pylist() if row["verdict"] == "campaign"}
    assert {account for change in judged.changes for account in change.accounts} >= named
    lines = (state / CHANGES).read_text().splitlines()
    assert [json.loads(line)["campaign_id"] for line in lines] == [
        change.campaign_id for change in judged.changes
    ]
    again = judge_state(asked(state, out), QUICK, out)
    assert again is not None
    assert again.changes == ()
    rows = pq.read_table(state.parent / "exchanges").num_rows
    assert folder.read_facts(out).n_exchanges == rows == again.n_exchanges


def test_a_state_has_the_verdicts_of_a_hunt_whose_looks_are_paid_for(
    state: Path, tmp_path: Path
) -> None:
    out = tmp_path / "verdicts"
    judge_state(asked(state, out), QUICK, out)
    whole = replace(asked(state, out), exchanges=str(state.parent / "exchanges"), earlier=None)
    found, _ = hunt(whole, QUICK, Silent(), io.StringIO())
    watched = folder.read(out)
    for name in ("accounts", "campaigns"):
        one, other = (getattr(findings, name) for findings in (watched, found))
        key = one.column_names[0]
        assert one.sort_by(key).equals(other.select(one.column_names).sort_by(key))
    assert watched.track.history.equals(found.track.history)


def test_an_empty_state_is_not_judged(tmp_path: Path) -> None:
    with open_keeper(tmp_path / "state", SETTINGS, SECRET):
        pass
    request = HuntRequest(str(tmp_path / "state"), secret=SECRET)
    assert judge_state(request, QUICK, tmp_path / "out") is None
    assert not (tmp_path / "out").exists()


def wait(judge: Judge) -> object:
    while judge.process is not None:
        result = judge.result(0.1)
        if result is not None:
            return result
    return None


def test_one_judgement_at_a_time_goes_on_in_a_process_of_its_own(
    state: Path, tmp_path: Path
) -> None:
    out = tmp_path / "verdicts"
    judge = Judge(asked(state, out), QUICK, out)
    assert judge.start()
    assert not judge.start()
    start = time.monotonic()
    assert judge.result() is None
    assert time.monotonic() - start < 0.1
    assert wait(judge) is not None
    assert (out / "run.json").exists()
    assert judge.start()
    judge.stop()
    assert judge.process is None


def test_what_goes_wrong_in_the_process_is_told_here(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts"
    out.mkdir()
    (out / "mine.txt").write_text("dear")
    judge = Judge(asked(state, out), QUICK, out)
    judge.start()
    with pytest.raises(RefusedError, match=r"mine\.txt"):
        wait(judge)
    judge.start()
    assert judge.process is not None
    judge.process.kill()
    with pytest.raises(EngineError, match="its process was killed"):
        wait(judge)

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt.cli import main
from stillhunt.tables import HISTORY, ROSTER, SUCCESSORS

BEGAN_AT = datetime(2026, 2, 23, tzinfo=UTC)
N_ACCOUNTS = 12
N_ROWS = 240


@pytest.fixture
def log(tmp_path):
    """A small log of unrelated people, as JSON Lines."""
    path = tmp_path / "requests.jsonl"
    rows = (
        {
            "time": (BEGAN_AT + timedelta(minutes=7 * n)).isoformat(),
            "account_id": f"a-{n * 7 % N_ACCOUNTS}",
            "prompt": f"How do I water plant number {n * n} in a room of {n % 5} windows?",
        }
        for n in range(N_ROWS)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _own_secret(monkeypatch):
    monkeypatch.setenv("STILLHUNT_SECRET", "a secret for tests alone")


@pytest.fixture
def remembered(log, tmp_path, monkeypatch):
    """A verdict folder whose run remembers two campaigns, of which one went into the other."""
    monkeypatch.setenv("COLUMNS", "140")
    out = tmp_path / "verdicts"
    assert main(["hunt", str(log), "--out", str(out)]) == 0
    at = [BEGAN_AT, BEGAN_AT + timedelta(days=1)]
    rows = {
        "roster": [
            *({"campaign_id": "SH-a", "account_id": a, "first_at": at[0], "last_at": at[0]}
              for a in "abc"),
            *({"campaign_id": "SH-b", "account_id": a, "first_at": at[0], "last_at": at[1]}
              for a in "abcdef"),
        ],
        "history": [
            {"at": at[0], "campaign_id": "SH-a", "change": "found", "accounts": 3},
            {"at": at[0], "campaign_id": "SH-b", "change": "found", "accounts": 3},
            {"at": at[1], "campaign_id": "SH-a", "change": "merged", "other_id": "SH-b",
             "accounts": 3},
        ],
        "successors": [
            {"campaign_id": "SH-b", "account_id": "new-one", "p_value": 1e-5,
             "families": ["content", "identity"], "exchanges": 17, "at": at[1]},
        ],
    }  # fmt: skip
    schemas = {"roster": ROSTER, "history": HISTORY, "successors": SUCCESSORS}
    for name, schema in schemas.items():
        table = pa.Table.from_pylist(rows[name], schema=schema)
        pq.write_table(table, out / f"{name}.parquet")
    return out

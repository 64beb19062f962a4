"""Lines of a log, and what a feed gives of them."""

import json

from stillhunt.ingest.feeds import Feed
from stillhunt.records import Position

SECRET = b"a secret for tests alone"


def line(name: object, **more: object) -> bytes:
    """Return one exchange as a line without its end."""
    row = {"time": "2026-03-01T00:00:00Z", "account_id": str(name), "prompt": "why", **more}
    return json.dumps(row).encode()


def lines(*names: object) -> bytes:
    """Return exchanges as whole lines."""
    return b"".join(line(name) + b"\n" for name in names)


def drain(feed: Feed, positions: dict[str, Position]) -> tuple[list[str], int]:
    """Return the accounts of what came, and how many rows were set aside; move the positions."""
    accounts, n_rejected = [], 0
    for arrival in feed.arrivals(dict(positions)):
        accounts += arrival.rows.column("account_id").to_pylist()
        positions |= dict(arrival.positions)
        n_rejected += arrival.n_rejected
        assert arrival.rejected.count("\n") == arrival.n_rejected
    return accounts, n_rejected

"""The Python door: the same hunt as the command's, with Arrow tables for an answer."""

import io
import os
from pathlib import Path

from stillhunt import pipeline
from stillhunt.gathering import HuntRequest
from stillhunt.progress import Silent
from stillhunt.secret import load_secret
from stillhunt.settings import Settings
from stillhunt.tables import Findings


def hunt(
    exchanges: str | Path,
    *,
    accounts: str | Path | None = None,
    events: str | Path | None = None,
    label_exchanges: bool = False,
    settings: Settings | None = None,
    secret: bytes | None = None,
) -> Findings:
    """Return the campaigns in request logs, as the tables of the data contract.

    ``exchanges``, ``accounts`` and ``events`` are files, folders or globs of Parquet or JSON
    Lines. ``secret`` (16-64 bytes) keys every hash; None takes the operator's own, as the command
    does. Nothing is written. InputError when the input cannot be used, EngineError when the
    machine gives out.

    >>> import pathlib, tempfile
    >>> import stillhunt
    >>> from stillhunt import simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     simulate.write(simulate.scenario("demo").scaled(0.02), pathlib.Path(folder), seed=1)
    ...     found = stillhunt.hunt(f"{folder}/exchanges", secret=b"sixteen bytes or more")
    >>> found.accounts.schema.names[:3]
    ['account_id', 'probability', 'verdict']
    """
    request = HuntRequest(
        exchanges=str(exchanges),
        accounts=None if accounts is None else str(accounts),
        events=None if events is None else str(events),
        label_exchanges=label_exchanges,
        secret=load_secret(os.environ) if secret is None else secret,
    )
    findings, _ = pipeline.hunt(request, settings or Settings(), Silent(), io.StringIO())
    return findings

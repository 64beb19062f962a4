"""The way through the house: read, mark, add up, link, judge, track. One function a stage."""

import hashlib
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa

from stillhunt import __version__, spread
from stillhunt.deciding import Memory, decide
from stillhunt.engines.duckdb import DuckDB, open_duckdb
from stillhunt.engines.spark import open_spark
from stillhunt.errors import EngineError, InputError
from stillhunt.fingerprint.fingerprints import HOUR_US
from stillhunt.gathering import Clock, HuntRequest, Log, gather
from stillhunt.ingest import Rejects, Source, find_files, is_address, open_exchanges
from stillhunt.judge.findings import write_accounts, write_campaigns, write_evidence
from stillhunt.judge.naming import Named, stands
from stillhunt.judge.pictures import draw_activity, draw_links, draw_mixes
from stillhunt.judge.scene import Scene, silent_families
from stillhunt.labelling import Again, label_exchanges
from stillhunt.link.assemble import Gathered
from stillhunt.population import Population
from stillhunt.progress import Progress
from stillhunt.records import InputFile, RunFacts
from stillhunt.report.folder import read as read_folder
from stillhunt.settings import Settings
from stillhunt.spread.opening import open_log
from stillhunt.tables import Findings


def hunt(
    request: HuntRequest, settings: Settings, progress: Progress, rejected: TextIO
) -> tuple[Findings, RunFacts]:
    """Return what was found in a log, and the facts of the run.

    Rows set aside are written to ``rejected`` as they come. InputError when the input cannot be
    used, EngineError when the machine gives out; nothing is written elsewhere.
    """
    clock, started_at = Clock(progress), datetime.now(UTC)
    rejects = Rejects(rejected)
    with open_duckdb(settings.engine) as engine, ThreadPoolExecutor(1) as aside:
        source, log = _gather(request, settings, clock, rejects, engine)
        inputs = aside.submit(_inputs, source, request, settings)
        memory = recalled(request.earlier)
        scene, findings = judged(log, memory, settings, request.secret, clock, engine)
    if request.label_exchanges:
        findings = label_exchanges(findings, Again(source, request.secret), clock)
    population = scene.population
    facts = RunFacts(
        version=__version__,
        settings=settings.model_dump(mode="json"),
        inputs=inputs.result(),
        n_exchanges=int(population.exchanges.sum()),
        n_accounts=len(population),
        n_duplicates=log.n_rows - int(population.exchanges.sum()),
        n_rejected=rejects.n_rejected,
        silent_families=silent_families(scene, settings.judge.families),
        timings_s=clock.timings_s,
        peak_rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        started_at=started_at,
        is_labelled=findings.labels is not None,
    )
    return findings, facts


def judged(
    log: Log, memory: Memory, settings: Settings, secret: bytes, clock: Clock, engine: DuckDB
) -> tuple[Scene, Findings]:
    """Return the traffic as the judge saw it, and what was found in it.

    ``secret`` keys new ids. The engine holds the table ``uses`` of the same log.
    """
    decided = decide(log, memory, settings, secret, clock)
    scene, named = decided.scene, decided.named
    models = _models(engine, log.models, named, scene.population)
    with clock.stage("write up", 1, "findings") as stage:
        standing = [entry for entry in named if stands(entry)]
        findings = Findings(
            accounts=write_accounts(scene, named),
            campaigns=write_campaigns(scene, named, models, settings.report),
            evidence=write_evidence(scene, named),
            activity=_activity(log.gathered, scene.population, standing),
            mixes=draw_mixes(scene, standing),
            links=draw_links(scene, standing),
            track=decided.track,
        )
        stage.advance(1)
    return scene, findings


def recalled(folder: Path | None) -> Memory:
    """Return what a verdict folder remembers; nothing where there is none."""
    if folder is None or not (folder / "run.json").exists():
        return Memory()
    found = read_folder(folder, has_labels=False)
    return Memory.of(found.accounts, found.track)


def _gather(
    request: HuntRequest, settings: Settings, clock: Clock, rejects: Rejects, engine: DuckDB
) -> tuple[Source, Log]:
    """Return what was read, by the engine of the settings, and what is left of it."""
    if settings.engine.name == "duckdb":
        source = open_exchanges(request.exchanges, settings.ingest)
        return source, gather(request, source, settings, clock, rejects, engine)
    if request.label_exchanges:
        raise InputError(
            "--label-exchanges reads the log again on one machine, which --engine spark does not; "
            "label with --engine duckdb, or leave it out."
        )
    with open_spark() as spark:
        opened = open_log(spark, request.exchanges, settings.ingest)
        log = (*opened, spark.places)
        return opened[0], spread.gather(request, settings, clock, rejects, engine, log)


def _models(
    engine: DuckDB, names: pa.Table, named: list[Named], population: Population
) -> dict[str, list[str]]:
    """Return the models that each campaign used, most used first."""
    named = [entry for entry in named if stands(entry)]
    if not named:
        return {}
    owner = pa.table(
        {
            "account": np.concatenate([population.keys[entry.members] for entry in named]),
            "campaign_id": np.repeat(
                [entry.campaign_id for entry in named], [entry.members.size for entry in named]
            ),
        }
    )
    engine.put("owners", owner)
    engine.put("models", names)
    used = engine.query(
        """SELECT campaign_id, text FROM uses JOIN owners USING (account)
        JOIN models ON uses."key" = models.hash WHERE uses.kind = 'model'
        GROUP BY campaign_id, text ORDER BY campaign_id, sum(n) DESC, text"""
    )
    models: dict[str, list[str]] = {}
    for row in used.to_pylist():
        models.setdefault(row["campaign_id"], []).append(row["text"])
    return models


def _activity(gathered: Gathered, population: Population, named: list[Named]) -> pa.Table:
    hours = gathered.hours
    account = np.searchsorted(population.keys, hours["account"].to_numpy())
    hour_us = hours["hour"].to_numpy().astype(np.int64) * HOUR_US
    return draw_activity(named, account, hour_us, hours["exchanges"].to_numpy(), len(population))


def _inputs(source: Source, request: HuntRequest, settings: Settings) -> tuple[InputFile, ...]:
    files = list(source.files)
    for pattern in (request.accounts, request.events):
        if pattern is not None and not is_address(pattern):
            files += find_files(pattern)
    # What only Spark can reach has no length here, and no digest.
    return tuple(
        InputFile(file.path, file.n_bytes, _digest(file.path) if file.n_bytes else "")
        for file in files
    )


def _digest(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(
            f"{path}: the input must stay in place while it is read; {error.strerror}. Run again."
        ) from error

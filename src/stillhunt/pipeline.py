"""The way through the house: read, mark, add up, link, judge, track. One function a stage."""

import hashlib
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillhunt import __version__, spread
from stillhunt.engines.duckdb import DuckDB, open_duckdb
from stillhunt.engines.spark import open_spark
from stillhunt.errors import EngineError, InputError
from stillhunt.gathering import Clock, HuntRequest, Log, gather
from stillhunt.ingest import Rejects, Source, find_files, is_address, open_exchanges
from stillhunt.judge.findings import write_accounts, write_campaigns, write_evidence
from stillhunt.judge.naming import Named, name_trials, stands
from stillhunt.judge.pictures import draw_activity, draw_links, draw_mixes
from stillhunt.judge.scene import Scene, look, silent_families
from stillhunt.judge.verdict import judge
from stillhunt.labelling import Again, label_exchanges
from stillhunt.link.assemble import Gathered, assemble
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.population import Population, Ring
from stillhunt.progress import Progress, Stage
from stillhunt.records import InputFile, RunFacts
from stillhunt.report.folder import read as read_folder
from stillhunt.settings import Settings
from stillhunt.spread.opening import open_log
from stillhunt.tables import Findings
from stillhunt.track.identity import name_campaigns


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
        scene, findings = decide(log, request, settings, clock, engine)
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


def decide(
    log: Log, request: HuntRequest, settings: Settings, clock: Clock, engine: DuckDB
) -> tuple[Scene, Findings]:
    """Return the traffic as the judge saw it, and what was found in it.

    The engine holds the table ``uses`` of the same log.
    """
    with clock.stage("link", 2, "steps") as stage:
        scene, candidates = _link(log, settings, stage)
    with clock.stage("judge", len(candidates), "rings") as stage:
        named = _judge(request, settings, scene, candidates)
        stage.advance(len(candidates))
    models = _models(engine, log.models, named, scene.population)
    with clock.stage("write up", 1, "findings") as stage:
        findings = _write_up(scene, log, named, models, settings)
        stage.advance(1)
    return scene, findings


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


def _link(log: Log, settings: Settings, stage: Stage) -> tuple[Scene, list[Ring]]:
    """Return the traffic as the judge sees it, and who may belong together."""
    population = assemble(log.gathered, settings.link.seed)
    stage.advance(1)
    scene = look(population, whiten(population), schedule_space(population), log.releases_us)
    candidates = propose(population, scene.content, scene.schedule, settings.link)
    stage.advance(1)
    return scene, candidates


def _judge(
    request: HuntRequest, settings: Settings, scene: Scene, candidates: list[Ring]
) -> list[Named]:
    trials = judge(scene, candidates, settings.judge)
    members = [scene.population.account_id[trial.ring.members].tolist() for trial in trials]
    ids = name_campaigns(members, request.secret, _earlier(request.earlier))
    return name_trials(scene, trials, ids)


def _write_up(
    scene: Scene, log: Log, named: list[Named], models: dict[str, list[str]], settings: Settings
) -> Findings:
    standing = [entry for entry in named if stands(entry)]
    return Findings(
        accounts=write_accounts(scene, named),
        campaigns=write_campaigns(scene, named, models, settings.report),
        evidence=write_evidence(scene, named),
        activity=_activity(log.gathered, scene.population, standing),
        mixes=draw_mixes(scene, standing),
        links=draw_links(scene, standing),
    )


def _earlier(folder: Path | None) -> dict[str, str]:
    if folder is None or not (folder / "run.json").exists():
        return {}
    table = read_folder(folder, has_labels=False).accounts
    table = table.filter(pc.is_valid(table["campaign_id"]))
    return dict(zip(table["account_id"].to_pylist(), table["campaign_id"].to_pylist(), strict=True))


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
    return draw_activity(
        named, account, hours["hour_us"].to_numpy(), hours["exchanges"].to_numpy(), len(population)
    )


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

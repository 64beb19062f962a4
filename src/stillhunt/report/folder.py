"""The verdict folder: written whole or not at all, and read back."""

import dataclasses
import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillhunt import errors, records, tables
from stillhunt.report import html, swap, text

MADE_BY: Final = "stillhunt hunt"
FORMAT: Final = 1
REPORT: Final = "report.html"
FACTS: Final = "run.json"
REJECTED: Final = "rejected.jsonl"
"""Only there when rows were set aside."""

_TABLES: Final[Mapping[str, tuple[pa.Schema, tuple[str, ...]]]] = {
    "accounts": (tables.ACCOUNT_VERDICTS, ("account_id",)),
    "campaigns": (tables.CAMPAIGNS, ("verdict", "campaign_id")),
    "evidence": (
        tables.EVIDENCE,
        ("campaign_id", "account_id", "family", "signal", "bits", "detail"),
    ),
    "activity": (tables.ACTIVITY, ("campaign_id", "hour_at")),
    "mixes": (tables.MIXES, ("campaign_id", "dimension", "name")),
    "links": (tables.LINKS, ("campaign_id", "account_id", "artefact_kind", "artefact", "bits")),
    "labels": (tables.LABELS, ("account_id", "exchange_id", "campaign_id", "probability")),
}
_TRACK: Final[Mapping[str, tuple[pa.Schema, tuple[str, ...]]]] = {
    "roster": (tables.ROSTER, ("campaign_id", "account_id")),
    "history": (tables.HISTORY, ("at", "campaign_id", "change", "other_id")),
    "profiles": (tables.PROFILES, ("campaign_id",)),
    "successors": (tables.SUCCESSORS, ("campaign_id", "account_id")),
}
"""What is remembered from run to run; an older folder has none of it."""
_SCHEMAS: Final = {name: schema for name, (schema, _) in {**_TABLES, **_TRACK}.items()}
_FILES: Final = {name: f"{name}.parquet" for name in _SCHEMAS} | {"labels": "exchanges.parquet"}
_OURS: Final = frozenset({*_FILES.values(), REPORT, FACTS, REJECTED, swap.UNFINISHED})
_ATTEMPTS: Final = 3


def check(out_dir: Path) -> None:
    """Say at once whether a run may write here, rather than after its work; clear what died here.

    Raises ``RefusedError`` for what is no folder, for a folder with anything in it that Stillhunt
    did not write, and for a mount point; ``EngineError`` when it cannot be read.
    """
    place = out_dir.resolve()
    try:
        swap.recover(place, _is_verdict_folder)
        _check(place)
    except OSError as error:
        raise _engine_error(out_dir, error) from error


def write(
    findings: tables.Findings,
    run: records.RunFacts,
    out_dir: Path,
    rejected_path: Path | None = None,
) -> None:
    """Write the verdict folder in one step: whoever looks sees the old one or the new one, whole.

    The same findings give the same bytes in every table. ``rejected_path`` is copied in as
    ``rejected.jsonl`` when it holds rows. Raises ``RefusedError`` as ``check`` does, and
    ``EngineError`` when the disk is full or fails; the old folder then stands as it was.
    """
    check(out_dir)
    place = out_dir.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with swap.staged(place) as folder:
            _fill(folder, findings, run, rejected_path)
            if place.exists():
                folder.chmod(place.stat().st_mode & 0o777)
            swap.put(folder, place)
    except OSError as error:
        raise _engine_error(out_dir, error) from error


def read(out_dir: Path, *, has_labels: bool = True) -> tables.Findings:
    """Return what a verdict folder holds; all of it out of one run, even while another ends.

    Without ``has_labels`` the labels of exchanges, which can be many, are left out. Raises
    ``InputError`` when there is no verdict folder or a table of it is missing or broken.
    """
    _read_marker(out_dir)
    wanted = [name for name in _TABLES if name != "labels" or has_labels]
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _read_tables(out_dir, wanted)
        except FileNotFoundError as error:
            # The folder was swapped while we read; the next attempt opens the new one.
            if attempt == _ATTEMPTS:
                raise _unreadable(out_dir, Path(str(error.filename)).name, error) from error
    raise AssertionError("unreachable")


def forget(out_dir: Path, account: str) -> None:
    """Take all rows of an account out of a verdict folder, in one step.

    Sums that it was a part of, and all that rests on them, stand until the next run. Errors as of
    ``read`` and ``write``.
    """
    found, facts = read(out_dir), read_facts(out_dir)

    def without(one: Any) -> dict[str, pa.Table]:
        tables_of = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
        return {
            name: table.filter(pc.fill_null(pc.not_equal(table["account_id"], account), True))
            for name, table in tables_of.items()
            if isinstance(table, pa.Table) and "account_id" in table.column_names
        }

    track = dataclasses.replace(found.track, **without(found.track))
    left = dataclasses.replace(found, **without(found), track=track)
    rejected = out_dir / REJECTED
    write(left, facts, out_dir, rejected if rejected.exists() else None)


def read_facts(out_dir: Path) -> records.RunFacts:
    """Return the facts about the run that wrote a verdict folder.

    Raises ``InputError`` when there is no verdict folder.
    """
    facts = _read_marker(out_dir)
    try:
        known = {one.name: facts[one.name] for one in dataclasses.fields(records.RunFacts)}
        known["inputs"] = tuple(records.InputFile(**one) for one in known["inputs"])
        known["started_at"] = datetime.fromisoformat(known["started_at"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(out_dir, FACTS, error) from error
    return records.RunFacts(**known)


def _check(place: Path) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise errors.RefusedError(
            f"the verdict folder must be a folder; {str(place)!r} is a file. Name another place."
        )
    if place.is_mount():
        raise errors.RefusedError(
            f"the verdict folder must be replaceable in one step; {str(place)!r} is a mount point. "
            f"Name a folder inside it, such as {str(place / 'verdicts')!r}."
        )
    entries = {entry.name for entry in place.iterdir()}
    foreign = sorted(entries - _OURS)
    if entries and (foreign or not _is_verdict_folder(place)):
        held = text.visible(foreign[0]) if foreign else "no readable run.json"
        raise errors.RefusedError(
            f"the verdict folder must be new, empty or written by an earlier hunt, because it is "
            f"replaced as a whole; {str(place)!r} holds {held!r}. Name another, or empty it."
        )


def _fill(
    folder: Path, findings: tables.Findings, run: records.RunFacts, rejected_path: Path | None
) -> None:
    for name, (schema, order) in _TABLES.items():
        table = getattr(findings, name)
        if table is not None:
            _write_table(table, schema, order, folder / _FILES[name])
    for name, (schema, order) in _TRACK.items():
        _write_table(getattr(findings.track, name), schema, order, folder / _FILES[name])
    if rejected_path is not None and rejected_path.stat().st_size:
        shutil.copyfile(rejected_path, folder / REJECTED)
        swap.sync(folder / REJECTED)
    _write_text(html.render(findings, run), folder / REPORT)
    _write_text(json.dumps(_facts(run), indent=2, default=str) + "\n", folder / FACTS)


def _facts(run: records.RunFacts) -> dict[str, Any]:
    known = {one.name: getattr(run, one.name) for one in dataclasses.fields(run)}
    plain = {k: dict(v) if isinstance(v, Mapping) else v for k, v in known.items()}
    plain["inputs"] = [dataclasses.asdict(one) for one in run.inputs]
    plain["started_at"] = run.started_at.astimezone(UTC).isoformat()
    return {"made_by": MADE_BY, "format": FORMAT} | plain


def _write_table(table: pa.Table, schema: pa.Schema, order: tuple[str, ...], path: Path) -> None:
    rows = table.select(schema.names).cast(schema).replace_schema_metadata(None)
    rows = rows.sort_by([(name, "ascending") for name in order]).combine_chunks()
    with path.open("wb") as file:
        pq.write_table(rows, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def _write_text(content: str, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_tables(out_dir: Path, names: list[str]) -> tables.Findings:
    # All files are opened through one handle on the folder, so that they are of one run.
    folder = os.open(out_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = {name: _read_table(out_dir, folder, name) for name in names if name != "labels"}
        there = os.listdir(folder)
        if "labels" in names and _FILES["labels"] in there:
            found["labels"] = _read_table(out_dir, folder, "labels")
        track = tables.Track.empty()
        if all(_FILES[name] in there for name in _TRACK):
            track = tables.Track(**{name: _read_table(out_dir, folder, name) for name in _TRACK})
        return tables.Findings(**found, track=track)
    finally:
        os.close(folder)


def _read_table(out_dir: Path, folder: int, name: str) -> pa.Table:
    handle = os.open(_FILES[name], os.O_RDONLY, dir_fd=folder)
    with open(handle, "rb") as file:
        try:
            return pq.read_table(file).select(_SCHEMAS[name].names).cast(_SCHEMAS[name])
        except (pa.ArrowException, KeyError, OSError) as error:
            raise _unreadable(out_dir, _FILES[name], error) from error


def _read_marker(out_dir: Path) -> dict[str, Any]:
    try:
        facts = json.loads((out_dir / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise errors.InputError(
            f"a verdict folder written by `stillhunt hunt` was wanted; {str(out_dir)!r} has no "
            f"readable {FACTS}. Give the folder named after --out."
        ) from error
    if not isinstance(facts, dict) or facts.get("made_by") != MADE_BY:
        raise errors.InputError(
            f"a verdict folder written by `stillhunt hunt` was wanted; {str(out_dir)!r} has a "
            f"{FACTS} of something else. Give the folder named after --out."
        )
    return facts


def _is_verdict_folder(folder: Path) -> bool:
    try:
        return bool(_read_marker(folder))
    except errors.InputError:
        return False


def _unreadable(out_dir: Path, name: str, error: Exception) -> errors.InputError:
    return errors.InputError(
        f"{str(out_dir / name)!r} must be as `stillhunt hunt` wrote it; it is missing, broken or "
        f"of another version ({type(error).__name__}). Run the hunt again."
    )


def _engine_error(out_dir: Path, error: OSError) -> errors.EngineError:
    return errors.EngineError(
        f"verdicts could not be written to {str(out_dir)!r}: {error.strerror or error}. What stood "
        "there before stands unchanged; free space or name another place, and run again."
    )

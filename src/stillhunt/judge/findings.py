"""Verdicts written down: trials in, the tables that leave the house out."""

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from stillhunt.judge.evidence import Reading
from stillhunt.judge.harvest import harvest_ratio, mix_of
from stillhunt.judge.looks import cost_bits
from stillhunt.judge.naming import Named, stands
from stillhunt.judge.scene import Scene
from stillhunt.judge.verdict import Trial
from stillhunt.records import CAPABILITIES, FAMILIES
from stillhunt.settings import ReportSettings
from stillhunt.tables import ACCOUNT_VERDICTS, CAMPAIGNS, EVIDENCE, TIME

WAYS = {
    "random": "accounts drawn at random",
    "pool": "the accounts that ask most alike around other accounts",
    "schedule": "the accounts whose hours are most alike around other accounts",
}
"""Comparison groups in words; other ways are groups that share an artefact of the same kind."""


def write_accounts(scene: Scene, named: Sequence[Named]) -> pa.Table:
    """Return ``accounts.parquet``: every account, the trusted never named."""
    people = scene.population
    n = len(people)
    floor = 0.5 / max(n, 1)  # nothing points at it: half a member is expected among all of these
    probability = np.full(n, floor)
    verdict = np.full(n, "clear", dtype=object)
    kind, campaign = np.full(n, None, dtype=object), np.full(n, None, dtype=object)
    reasons: list[list[str]] = [[] for _ in range(n)]
    for entry in reversed(named):
        codes = reasons_of(entry.trial)
        for row in entry.vouched.tolist():
            reasons[row] = [*codes, "trusted"]
            probability[row] = entry.trial.probability
        if not stands(entry):
            continue
        own, is_named = entry.probability, entry.is_named
        for place, row in enumerate(entry.members.tolist()):
            probability[row] = max(float(own[place]), floor)
            reasons[row] = list(codes)
            verdict[row] = "campaign" if is_named[place] else "suspect"
            kind[row], campaign[row] = entry.kind, entry.campaign_id
    bits = np.log2(probability / (1 - np.minimum(probability, 1 - 1e-9)))
    return pa.table(
        [
            pa.array(people.account_id, pa.string()),
            pa.array(probability),
            pa.array(verdict, pa.string()),
            pa.array(kind, pa.string()),
            pa.array(campaign, pa.string()),
            pa.array(people.exchanges),
            pa.array(people.first_us).cast(TIME),
            pa.array(people.last_us).cast(TIME),
            pa.array(bits - np.log2(floor / (1 - floor))),
            pa.array(reasons, pa.list_(pa.string())),
        ],
        schema=ACCOUNT_VERDICTS,
    )


def reasons_of(trial: Trial) -> list[str]:
    """Return the codes of the signals that speak and are not explained, the strongest first."""
    speaking = [
        reading
        for reading in trial.readings
        if reading.signal.family in trial.speaking and reading.p_value <= trial.settings.speaks_p
    ]
    return [r.signal.name for r in sorted(speaking, key=lambda r: r.p_value)]


def write_campaigns(
    scene: Scene,
    named: Sequence[Named],
    models: Mapping[str, list[str]],
    settings: ReportSettings,
) -> pa.Table:
    """Return ``campaigns.parquet``; ``models`` are the models of each campaign, by its id."""
    rows = [
        _campaign(scene, entry, models.get(entry.campaign_id, []), settings)
        for entry in named
        if stands(entry)
    ]
    return pa.Table.from_pylist(rows, schema=CAMPAIGNS)


def _campaign(
    scene: Scene, entry: Named, models: list[str], settings: ReportSettings
) -> dict[str, object]:
    people, members = scene.population, entry.members
    exchanges = int(people.exchanges[members].sum())
    taken = int(people.input_tokens[members].sum()), int(people.output_tokens[members].sum())
    mix = mix_of(scene, members)
    capabilities = [
        {"name": CAPABILITIES[i], "share": float(mix[i])} for i in np.argsort(-mix) if mix[i] > 0
    ]
    row: dict[str, object] = {
        "campaign_id": entry.campaign_id,
        "probability": entry.trial.probability,
        "verdict": entry.verdict,
        "kind": entry.kind,
        "accounts": members.size,
        "exchanges": exchanges,
        "extraction_exchanges": round(exchanges * harvest_ratio(scene, members)),
        "first_seen": int(people.first_us[members].min()),
        "last_seen": int(people.last_us[members].max()),
        "capabilities": capabilities,
        "models": models,
        "input_tokens": taken[0],
        "output_tokens": taken[1],
        "estimated_cost_usd": taken[0] / 1e6 * settings.input_usd_per_million
        + taken[1] / 1e6 * settings.output_usd_per_million,
        "families": list(entry.trial.speaking),
    }
    row["summary"] = summarise(entry, row)
    return row


def summarise(entry: Named, row: Mapping[str, object]) -> str:
    """Return one paragraph on a campaign, in words and figures only."""
    trial = entry.trial
    capabilities = row["capabilities"]
    top = capabilities[0] if isinstance(capabilities, list) and capabilities else None
    said = {reading.signal.name: reading.signal.say(reading.value, reading.median)
            for reading in trial.readings}  # fmt: skip
    strongest = [said[name] for name in reasons_of(trial)[:3]]
    explained = [name for name, answer in trial.answers.items() if answer.holds]
    asked = f"{len(trial.answers)} innocent explanations were asked; " + (
        f"{', '.join(explained)} accounts for a part." if explained else "none holds."
    )
    target = f", most of it {top['name']} ({top['share']:.0%})" if top else ""
    return (
        f"{row['accounts']:,} accounts made {row['exchanges']:,} exchanges{target}. "
        + " ".join(text[0].upper() + text[1:] for text in strongest)
        + f" {asked}"
    )


def write_evidence(scene: Scene, named: Sequence[Named]) -> pa.Table:
    """Return ``evidence.parquet``: what counts, was asked, would clear, and each account's own."""
    rows: list[dict[str, object]] = []
    for entry in named:
        if stands(entry):
            rows += _ring_evidence(entry)
            rows += _member_evidence(scene, entry)
        rows += _vouched_evidence(scene, entry)
    return pa.Table.from_pylist(rows, schema=EVIDENCE)


def _ring_evidence(entry: Named) -> Iterable[dict[str, object]]:
    trial = entry.trial
    yield _row(entry, "prior", "prior", trial.prior_bits, None, {
        "text": f"before any evidence: one of {2**-trial.prior_bits:,.0f} rings proposed is "
        "expected to be a campaign.",
    })  # fmt: skip
    if trial.look:
        yield _row(entry, "looks", "prior", -cost_bits(trial.look), None, {
            "text": f"this is look {trial.look} at the ring as it grows, and each look pays.",
        })  # fmt: skip
    for family in FAMILIES:
        readings = sorted(
            (r for r in trial.readings if r.signal.family == family), key=lambda r: r.p_value
        )
        for rank, reading in enumerate(readings):
            counted = rank == 0 and family not in trial.explained
            bits = trial.bits.get(family, 0.0) if counted else reading.bits
            yield _row(entry, reading.signal.name, family, bits, reading.p_value,
                       _reading_detail(reading, counted=counted))  # fmt: skip
    for name, answer in trial.answers.items():
        yield _row(entry, name, "explanation", 0.0, None,
                   {"text": answer.text, "holds": answer.holds, "values": {}})  # fmt: skip
    for text in clearing(trial):
        yield _row(entry, "clearing", "clearing", 0.0, None, {"text": text})


def _reading_detail(reading: Reading, *, counted: bool) -> dict[str, object]:
    way = WAYS.get(reading.group, f"other groups that share one {reading.group}")
    return {
        "text": reading.signal.say(reading.value, reading.median),
        "values": {"seen": _round(reading.value)},
        "comparison": {
            "group": way,
            "n": reading.n_groups,
            "median": _round(reading.median),
            "p95": _round(reading.p95),
        },
        "counted": counted,
    }


def _member_evidence(scene: Scene, entry: Named) -> Iterable[dict[str, object]]:
    weights = entry.trial.weights
    if weights is None:
        return
    prior = f"before any evidence: one of {1 + 2**-weights.prior_bits:,.0f} accounts is a member."
    parts = (
        ("own_content", "content", weights.content, "how close its prompts are to the ring's"),
        ("own_schedule", "clock", weights.schedule, "how far its hours follow the ring's"),
        ("own_ties", "identity", weights.naming_identity, "what it shares with the members"),
        ("own_signup", "life_cycle", weights.life_cycle, "whether it signed up with the others"),
        ("own_manner", "manner", weights.manner, "whether it behaves as the members do"),
    )
    for row in entry.members.tolist():
        account_id = str(scene.population.account_id[row])
        yield _row(entry, "own_prior", "prior", weights.prior_bits, None,
                   {"text": prior, "values": {}}, account_id)  # fmt: skip
        for signal, family, bits, text in parts:
            if bits[row] != 0:
                yield _row(entry, signal, family, float(bits[row]), None,
                           {"text": f"{text}: {bits[row]:+.1f} bits.", "values": {}},
                           account_id)  # fmt: skip


def _vouched_evidence(scene: Scene, entry: Named) -> Iterable[dict[str, object]]:
    for row in entry.vouched.tolist():
        detail = {
            "text": "the operator vouches for this account, so it is not named, although the "
            f"evidence puts it in a ring ({', '.join(entry.trial.speaking)}: "
            f"{entry.trial.evidence_bits:.1f} bits).",
            "holds": True,
            "values": {},
        }
        written = _row(
            entry, "trusted", "explanation", 0.0, None, detail,
            str(scene.population.account_id[row]),
        )  # fmt: skip
        yield written if stands(entry) else {**written, "campaign_id": None}


def clearing(trial: Trial) -> list[str]:
    """Return what would clear the ring or one of its accounts."""
    ways = {
        "identity": "proof that the accounts have owners of their own: contracts, cards, devices.",
        "clock": "an innocent cause of the common hours, such as one batch window or one lesson.",
        "content": "the product, course or test set that the prompts come from, shown by its owner",
        "purpose": "what the answers were used for, shown by a pipeline or a product in use.",
        "life_cycle": "an innocent cause of the common sign-ups, such as a programme or an event.",
    }
    return [
        *(ways[family] for family in trial.speaking),
        "an operator who knows the customer may set trusted for the account: it is then not named.",
    ]


def _row(  # noqa: PLR0913 - one parameter a column
    entry: Named,
    signal: str,
    family: str,
    bits: float,
    p_value: float | None,
    detail: Mapping[str, object],
    account_id: str | None = None,
) -> dict[str, object]:
    return {
        "campaign_id": entry.campaign_id,
        "account_id": account_id,
        "signal": signal,
        "family": family,
        "bits": bits,
        "p_value": p_value,
        "detail": json.dumps(detail),
    }


def _round(value: float) -> float:
    return float(f"{value:.4g}")

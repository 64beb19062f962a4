"""Prompts for windows: real ones from a folder, or from the simulator; read once, text dropped."""

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from purpose import DEVELOPMENT
from stillhunt import simulate
from stillhunt.fingerprint.cues import compile_cues
from stillhunt.fingerprint.lexicon import CUES
from stillhunt.fingerprint.purpose import decide
from stillhunt.fingerprint.text import Texts, read_texts
from stillhunt.records import CAPABILITIES, ELICITATIONS, SKETCH_SCALE
from window_tests import Floats

KEY: Final = b"windows-benchmark-secret-key-000"
TFIDF_DIMS: Final = 256
_LENGTHS: Final = 20
_LEVELS: Final = 6
_LOUDEST: Final = 24
_PRESETS: Final = {
    "burners": 0.1,
    "february": 0.001,
    "hydra": 0.25,
    "june": 0.01,
    "low_and_slow": 0.25,
}
"""Presets whose harvests are asked for, and the share of their accounts that suffices."""
_PEOPLE: Final = 3000


@dataclass(frozen=True, slots=True)
class Population:
    """Benign prompts of several sources, and the harvests that are mixed into them."""

    name: str
    benign: dict[str, Floats]  # by space, one prompt a row
    harvests: dict[str, dict[str, Floats]]
    developed_on: frozenset[str]  # harvests that were looked at while the tests were chosen


def profile(texts: Texts) -> Floats:
    """Return what each text asks for, in which form and shape: one row of indicators a text.

    Capability, elicitations, doublings of the length in halves, how thick digits, signs, newlines
    and foreign letters stand, and how loudly each cue target is called for. All are parts of the
    fingerprint, and add up.
    """
    none = np.zeros(len(texts.scores), np.int32)
    capability, elicitation = decide(texts.scores, texts.structure, none, none)
    words = texts.structure[:, :1]
    thickness = np.sqrt(texts.structure[:, 1:5] / np.maximum(words, 1)) * _LEVELS
    length = np.log2(words + 1) * 2 - 2
    parts = [
        _indicate(np.minimum(capability, len(CAPABILITIES))[:, None], len(CAPABILITIES) + 1),
        (elicitation[:, None] >> np.arange(len(ELICITATIONS))) & 1,
        _indicate(length, _LENGTHS),
        _indicate(thickness, _LEVELS),
        np.log1p(np.clip(texts.scores, 0, _LOUDEST)),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _indicate(values: NDArray[Any], n: int) -> NDArray[np.bool_]:
    """Return, column by column, which of ``n`` steps each value lies on; the last is open."""
    steps = np.clip(values, 0, n - 1).astype(np.int64)
    return np.asarray(steps[:, :, None] == np.arange(n)).reshape(len(values), -1)


def read(prompts: pa.Array) -> dict[str, Floats]:
    """Return the fingerprint's spaces of these prompts."""
    texts = read_texts(prompts, KEY, compile_cues(CUES, KEY))
    return {
        "profile": profile(texts),
        "projection": texts.sketch.astype(np.float32) / SKETCH_SCALE,
    }


def populate(
    name: str, benign: pa.Array, harvests: Mapping[str, pa.Array], developed_on: frozenset[str]
) -> Population:
    """Return the population; the kernel test's embedding is fitted to its benign prompts.

    TF-IDF of words, reduced to as many directions as our projection has. That it has
    seen the benign prompts of the test windows favours the kernel test.
    """
    weigh = TfidfVectorizer(sublinear_tf=True, min_df=3, max_features=20_000, dtype=np.float32)
    weights = weigh.fit_transform(benign.to_pylist())
    reduce = TruncatedSVD(min(TFIDF_DIMS, weights.shape[1] - 1), n_iter=1, random_state=1)
    reduce.fit(weights)

    def spaces(prompts: pa.Array) -> dict[str, Floats]:
        points = reduce.transform(weigh.transform(prompts.to_pylist())).astype(np.float32)
        length = np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
        return {**read(prompts), "tfidf": points / length}

    found = {harvest: spaces(prompts) for harvest, prompts in harvests.items()}
    return Population(name, spaces(benign), found, developed_on)


def real(folder: Path) -> Iterator[Population]:
    """Yield two populations without a source in common: developed on, and held out.

    Sources are the files ``NAME.jsonl.gz`` of ``folder`` with ``prompt`` and ``role``; those with
    the role ``distill`` are harvests of both populations, all others benign. SystemExit where
    there is none of either.
    """
    benign: dict[str, pa.Array] = {}
    harvests: dict[str, pa.Array] = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        kind = harvests if rows[0]["role"] == "distill" else benign
        kind[path.name.removesuffix(".jsonl.gz")] = pc.unique(
            pa.array([row["prompt"] for row in rows], pa.string())
        )
    if not benign or not harvests:
        raise SystemExit(
            f"--prompts wants a folder of *.jsonl.gz of which some have the role distill and some "
            f"another; {folder} has {len(harvests)} and {len(benign)}."
        )
    halves = (True, "developed on"), (False, "held out")
    for is_development, name in halves:
        prompts = [p for source, p in benign.items() if (source in DEVELOPMENT) == is_development]
        seen = frozenset(DEVELOPMENT) if is_development else frozenset[str]()
        yield populate(name, pa.concat_arrays(prompts), harvests, seen)


def simulated(seed: int) -> Population:
    """Return prompts of the simulator's private people, and harvests of its presets."""
    people = simulate.scenario("nothing").among(_PEOPLE)
    benign = _simulate(people, seed, "individual", 24_000)
    harvests = {
        name: _simulate(simulate.scenario(name).scaled(factor).among(20), seed, None, 4_000)
        for name, factor in _PRESETS.items()
    }
    return populate("simulated", benign, harvests, frozenset())


def _simulate(world: simulate.Scenario, seed: int, label: str | None, n: int) -> pa.Array:
    """Return up to ``n`` prompts of the innocents with this label, or of the harvests: None."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        simulate.write(replace(world, days=7), folder, seed)
        log = pq.read_table(folder / "exchanges", columns=["account_id", "prompt"])
        truth = pq.read_table(folder / "truth" / "exchanges.parquet", columns=["harvest"])
        if label is None:
            chosen = truth["harvest"]
        else:
            accounts = pq.read_table(folder / "truth" / "accounts.parquet")
            named = accounts.filter(pc.equal(accounts["class"], label))["account_id"]
            chosen = pc.is_in(log["account_id"], value_set=named.combine_chunks())
    prompts = pc.unique(log["prompt"].filter(chosen))
    rows = np.random.default_rng(seed).permutation(len(prompts))[:n]
    return prompts.take(pa.array(rows)).cast(pa.string())

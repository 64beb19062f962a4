"""How real is the grammar? ``python bench/realism.py [--prompts DIR --traces DIR] [--write]``.

The same figures of real prompts (``bench/real.py``) and of the simulator's presets: how far a pool
stands out from everybody else's prompts, how alike one account's prompts are, how long and how
varied they are. ``--write`` makes ``docs/realism.md`` anew. Without folders: the presets alone.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

import real
from campaigns import SCENARIOS
from stillhunt import simulate
from stillhunt.fingerprint.cues import compile_cues
from stillhunt.fingerprint.text import read_texts
from traffic import load_pools

Floats = NDArray[np.float32]
Int64s = NDArray[np.int64]

KEY: Final = b"realism" * 5
N_POOL: Final = 600
N_REST: Final = 29_400  # so that harvest is 2 % of what is told apart
N_FOLDS: Final = 4
LEAST_PROMPTS: Final = 10  # of an account whose likeness is measured
N_WORDS: Final = 100_000  # over which the growth of the vocabulary is counted
PRESETS: Final = {
    "hydra": 0.4, "low_and_slow": 0.2, "burners": 0.15, "replacement": 0.15, "pivot": 0.3,
    "june": 0.002,
}  # fmt: skip
"""The quiet presets, and at which scale they hold enough harvest to measure."""
N_INNOCENTS: Final = 1_500
HARVESTS: Final = (
    "fireact", "gorilla_apibench", "gpteacher_codegen", "gpteacher_roleplay",
    "gpteacher_toolformer", "gsm8k_train_zeroshot_cot", "prometheus_rubric",
)  # fmt: skip
QUANTITY: Final = frozenset({"each", "costs", "left", "dollars"})
ORGANIC: Final = ("arena_hard_v01", "awesome_chatgpt_prompts", "bfcl_live_a")
"""Real prompts of about as many people as prompts."""
SEED: Final = 21
PAGE: Final = Path(__file__).parent.parent / "docs" / "realism.md"
INTRODUCTION: Final = """# How real is the grammar?

```sh
python bench/realism.py --prompts DIR --traces DIR --write   # real prompts beside the presets
python bench/realism.py                                      # the presets alone
```

A benchmark of invented prompts is worth as much as they are like real ones where it matters. Three
things matter here: how far a harvest stands out from everybody else's prompts, how alike one
account's prompts are and how alike two strangers', and how long and varied they are.

## How far a pool stands out

A logistic regression on the 256 components of a prompt's sketch is told which prompts are harvest,
on some accounts, and says it of others: 600 of harvest among 29,400 of everybody else, 2 %. That
is more than a hunt knows, so it bounds what content can say of a single exchange, and it
measures the pool, not the hunter.
"""
SOURCES: Final = """
The real rest is the innocents of `bench/real.py`, made of a dozen sources; people in general write
more variously, so real pools would stand out somewhat less from them than this says. Presets are
therefore to lie in the lower half of the real range. A pool with `seed_tasks = 0` has no forms at
all, and lies below every real one.
"""
SPEECH: Final = """
## How people write

Likeness is the mean cosine of two sketches; `share` is the share of all variance that lies between
accounts. Organic sources have no accounts, so only strangers can be compared. The people of
`bench/real.py` are put together from those sources at random: their likeness to themselves is a
lower bound. Words are distinct ones among the first 1,000, 10,000 and 100,000 that are read; a `*`
says that the source ends before. Numbers and words of quantity (each, costs, left, dollars) are
counted in a thousand words: prose full of them would look like sums to be solved.

| whose | own | strangers | share | bytes at 5, 25, 50, 75, 95 % | words | numbers | quantity |
|---|--:|--:|--:|---|---|--:|--:|
"""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts as unit sketches, who sent each, and their texts (which never leave memory)."""

    sketch: Floats
    account: Int64s
    text: pa.StringArray

    @staticmethod
    def of(text: pa.StringArray, account: Int64s) -> "Prompts":
        """Return the prompts with their sketches."""
        sketch = read_texts(text, KEY, compile_cues((), KEY)).sketch.astype(np.float32)
        length = np.maximum(np.linalg.norm(sketch, axis=1, keepdims=True), 1e-9)
        return Prompts(sketch / length, account, text)

    def __len__(self) -> int:
        return len(self.account)

    def some(self, count: int, rng: np.random.Generator) -> "Prompts":
        """Return at most so many of them, in random order."""
        rows = rng.permutation(len(self))[:count]
        return Prompts(self.sketch[rows], self.account[rows], self.text.take(pa.array(rows)))


@dataclass(frozen=True, slots=True)
class Traffic:
    """A log: its harvest, everything else, and the prompts of its private people."""

    harvest: Prompts
    rest: Prompts
    people: Prompts


@dataclass(frozen=True, slots=True)
class Separability:
    """How well a straight cut through the sketches tells a pool, on accounts that it never saw."""

    pool: str
    auc: float
    average_precision: float


@dataclass(frozen=True, slots=True)
class Speech:
    """How people write: likeness as mean cosine in [-1, 1], lengths in bytes."""

    who: str
    own: float
    strangers: float
    quartiles: tuple[float, ...]  # 5, 25, 50, 75, 95 % of the lengths
    distinct: tuple[int, ...]  # words in the first thousand, ten thousand, hundred thousand
    is_whole: bool  # whether there are so many words
    numbers: float  # in a thousand words
    quantities: float  # words of quantity, likewise

    @property
    def account_share(self) -> float:
        """The share of all variance that lies between accounts."""
        return (self.own - self.strangers) / (1 - self.strangers)


def separability(name: str, pool: Prompts, rest: Prompts, seed: int = 1) -> Separability:
    """Return how far the pool stands out at a base rate of 2 %; folds share no account."""
    rng = np.random.default_rng(seed)
    pool, rest = pool.some(N_POOL, rng), rest.some(N_REST * len(pool) // N_POOL, rng)
    sketch = np.concatenate([pool.sketch, rest.sketch]) * 8
    truth = np.arange(len(sketch)) < len(pool)
    account = np.concatenate([pool.account, rest.account])
    said = cross_val_predict(
        LogisticRegression(max_iter=200), sketch, truth, groups=account,
        cv=StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed), method="predict_proba",
    )[:, 1]  # fmt: skip
    return Separability(
        name, float(roc_auc_score(truth, said)), float(average_precision_score(truth, said))
    )


def likeness(prompts: Prompts) -> tuple[float, float]:
    """Return the mean cosine of two prompts of one account, and of two accounts.

    >>> one = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    >>> likeness(Prompts(one, np.array([0, 0, 1, 1]), pa.array(["a"] * 4)))
    (1.0, 0.0)
    """
    names, who, counts = np.unique(prompts.account, return_inverse=True, return_counts=True)
    sums = np.zeros((len(names), prompts.sketch.shape[1]))
    np.add.at(sums, who, prompts.sketch)
    square = (sums**2).sum(axis=1)
    often = counts >= min(LEAST_PROMPTS, counts.max())
    own = (square[often] - counts[often]) / np.maximum(counts[often] * (counts[often] - 1), 1)
    total, n = (sums.sum(axis=0) ** 2).sum(), len(prompts)
    strangers = (total - square.sum()) / max(n * n - (counts.astype(np.float64) ** 2).sum(), 1)
    return float(own.mean()) if counts.max() > 1 else float("nan"), float(strangers)


def speech(name: str, prompts: Prompts, seed: int = 1) -> Speech:
    """Return how alike, how long and how varied prompts are; ``own`` is nan without accounts."""
    own, strangers = likeness(prompts)
    n_bytes = pc.binary_length(prompts.text).to_numpy(zero_copy_only=False)
    known: dict[str, int] = {}
    place = numbers = quantities = 0
    for text in prompts.some(len(prompts), np.random.default_rng(seed)).text.to_pylist():
        for word in re.findall(r"\w+", text.lower()):
            known.setdefault(word, place)
            place += 1
            numbers += word.isdecimal()
            quantities += word in QUANTITY
        if place >= N_WORDS:
            break
    first = np.array(list(known.values()))
    return Speech(
        name, own, strangers,
        tuple(float(q) for q in np.quantile(n_bytes, [0.05, 0.25, 0.5, 0.75, 0.95])),
        tuple(int((first < n).sum()) for n in (1_000, 10_000, N_WORDS)), place >= N_WORDS,
        1_000 * numbers / max(place, 1), 1_000 * quantities / max(place, 1),
    )  # fmt: skip


def read(folder: Path, seed: int = 1) -> Traffic:
    """Return the traffic of a log and its truth, people's first turns apart."""
    log = pq.read_table(
        folder / "exchanges", columns=["exchange_id", "account_id", "prompt", "n_turns"]
    )
    truth = pq.read_table(
        folder / "truth" / "exchanges.parquet", columns=["exchange_id", "harvest"]
    )
    classes = pq.read_table(folder / "truth" / "accounts.parquet", columns=["account_id", "class"])
    log = log.join(truth, "exchange_id").join(classes, "account_id").sort_by("exchange_id")
    rng = np.random.default_rng(seed)
    account = log["account_id"].combine_chunks().dictionary_encode().indices.to_numpy()

    def prompts(mask: pa.ChunkedArray, count: int) -> Prompts:
        rows = np.sort(rng.permutation(np.flatnonzero(mask.to_numpy()))[:count])
        return Prompts.of(log["prompt"].take(rows).combine_chunks(), account[rows].astype(np.int64))

    is_person = pc.equal(log["class"], "individual")
    return Traffic(
        prompts(log["harvest"], 5 * N_POOL),
        prompts(pc.invert(log["harvest"]), N_REST),
        prompts(pc.and_(is_person, pc.equal(log["n_turns"], 1)), N_REST),
    )


def of_sources(folder: Path, rest: Prompts) -> Iterator[tuple[Separability | None, Speech]]:
    """Yield each real harvest against the rest, and how organic sources speak."""
    pools = load_pools(folder)
    for name in (*HARVESTS, *ORGANIC):
        texts = pools[name].texts
        prompts = Prompts.of(pa.array(texts, pa.string()), -1 - np.arange(len(texts)))
        stands_out = separability(name, prompts, rest) if name in HARVESTS else None
        yield stands_out, speech(name, prompts)


def of_preset(name: str, seed_tasks: int | None = None) -> Traffic:
    """Return the traffic of a quiet preset; with ``seed_tasks``, of that many forms of task."""
    made = simulate.scenario(name).scaled(PRESETS[name]).among(N_INNOCENTS)
    if seed_tasks is not None:
        plans = tuple(replace(plan, seed_tasks=seed_tasks) for plan in made.campaigns)
        made = replace(made, campaigns=plans)
    with tempfile.TemporaryDirectory() as scratch:
        simulate.write(made, Path(scratch), SEED)
        return read(Path(scratch))


def of_real(name: str, prompts: Path, traces: Path) -> Traffic:
    """Return the traffic of a scenario of ``bench/real.py``."""
    with tempfile.TemporaryDirectory() as scratch:
        log = real.make(prompts, traces, SEED, real.Scenario(SCENARIOS[name], N_INNOCENTS))
        real.write(log, Path(scratch), SEED)
        return read(Path(scratch))


def page(prompts: Path | None, traces: Path | None) -> str:
    """Return the page in Markdown."""
    pools: list[Separability] = []
    speakers: list[Speech] = []
    summary = ""
    if prompts and traces:
        for name in ("low_and_slow", "hydra"):
            log = of_real(name, prompts, traces)
            pools.append(separability(f"{name}, real prompts", log.harvest, log.rest))
        speakers.append(speech("people of `bench/real.py`", log.people))
        single = list(of_sources(prompts, log.rest))
        sources = [s for s, _ in single if s]
        speakers += [speaker for s, speaker in single if s is None]
        pools = [*sources, *pools]
        for label, key in (("AUC", "auc"), ("average precision", "average_precision")):
            values = [getattr(s, key) for s in sources]
            least, low, middle, most = np.quantile(values, [0, 0.25, 0.5, 1])
            summary += (
                f"Over the {len(sources)} real sources: {label} {least:.2f} at least, {low:.2f} "
                f"lower quartile, {middle:.2f} median, {most:.2f} at most.\n"
            )
    for name in PRESETS:
        log = of_preset(name)
        pools.append(separability(f"`{name}`", log.harvest, log.rest))
        if name == "hydra":
            speakers.append(speech("private people of the grammar", log.people))
            ideal = of_preset(name, 0)
            pools.append(separability(f"`{name}`, `seed_tasks = 0`", ideal.harvest, ideal.rest))
    rows = "".join(f"| {p.pool} | {p.auc:.3f} | {p.average_precision:.2f} |\n" for p in pools)
    return (
        f"{INTRODUCTION}\n| pool | AUC | average precision |\n|---|--:|--:|\n{rows}\n"
        f"{summary}{SOURCES}{SPEECH}{''.join(_row(speaker) for speaker in speakers)}"
    )


def _row(s: Speech) -> str:
    own, share = (f"{x:.2f}" if np.isfinite(x) else "" for x in (s.own, s.account_share))
    lengths, words = (", ".join(f"{v:,.0f}" for v in row) for row in (s.quartiles, s.distinct))
    star = "" if s.is_whole else "*"
    return (
        f"| {s.who} | {own} | {s.strangers:.2f} | {share} | {lengths} | {words}{star}"
        f" | {s.numbers:.0f} | {s.quantities:.1f} |\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    given = parser.parse_args()
    text = page(given.prompts, given.traces)
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

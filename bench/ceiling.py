"""What the data hold of a campaign: ``python bench/ceiling.py LOG [LOG ...]``.

LOG is as ``bench/sensitivity.py`` takes it. Two readers who know more than a hunt can:

- *the ring handed in*: the true accounts are judged as if linking had found them all and nobody
  else. ``P`` is the probability that they are a campaign; ``carry`` the share of the accounts
  whose own evidence is enough for a name, by the families that speak for the ring.
- *taught*: gradient-boosted trees on the same columns that the judge sees are told the truth about
  four fifths of all accounts, and asked about the last fifth. ``taught`` is the share of the
  campaign found at one false alarm in a thousand innocents: what can be told of single accounts
  whose fellows are known.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from sensitivity import Log, linker, read
from stillhunt.judge.members import weigh
from stillhunt.judge.nulls import Nulls
from stillhunt.judge.scene import Scene
from stillhunt.judge.verdict import Trial, comparison, prior_bits_of, try_one
from stillhunt.population import Floats, Index, Ring
from stillhunt.records import FAMILIES
from stillhunt.settings import Settings

FALSE_ALARMS: Final = 0.001


def campaigns_of(folder: Path, log: Log) -> dict[str, Index]:
    """Return the accounts of each campaign, by its name in the truth."""
    truth = pq.read_table(folder / "truth" / "accounts.parquet", columns=["account_id", "campaign"])
    of = dict(zip(*(column.to_pylist() for column in truth.columns), strict=True))
    name = np.array([of.get(a) or "" for a in log.scene.population.account_id])
    return {each: np.flatnonzero(name == each) for each in sorted(set(name) - {""})}


def handed_in(members: Index, nulls: Nulls, prior_bits: float) -> tuple[Trial, float]:
    """Return the trial of a true ring, and the share of it that may be named by own evidence."""
    trial = try_one(Ring(members, "pool"), nulls, prior_bits, is_final=True)
    weights = weigh(nulls.scene, members, frozenset(trial.speaking), nulls.settings)
    belongs_p = 1 / (1 + np.exp2(-weights.naming_total[members]))
    return trial, float((belongs_p >= nulls.settings.least_p).mean())


def columns(scene: Scene) -> Floats:
    """Return what is told of each account: where its prompts and hours lie, and its manners."""
    people = scene.population
    spaces = [space.vectors[:] / space.length[:, None] for space in (scene.content, scene.schedule)]
    plain = [
        scene.log_volume, scene.targeted, scene.elicited, scene.fresh, scene.common,
        scene.rhythm, scene.born, scene.breadth, scene.has_twin,
    ]  # fmt: skip
    return np.column_stack([*spaces, *plain, people.capability, people.days.vectors[:]])


def taught(table: Floats, is_ours: NDArray[np.bool_], is_innocent: NDArray[np.bool_]) -> float:
    """Return the share of a campaign above all but one in a thousand innocents."""
    rows = is_ours | is_innocent
    model = HistGradientBoostingClassifier(max_iter=100, random_state=1)
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    chances = cross_val_predict(model, table[rows], is_ours[rows], cv=folds, method="predict_proba")
    score = chances[:, 1]
    bar = np.quantile(score[is_innocent[rows]], 1 - FALSE_ALARMS, method="higher")
    return float((score[is_ours[rows]] > bar).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("logs", nargs="+", type=Path)
    settings = Settings()
    print("| log | campaign | accounts |", *(f" {family} |" for family in FAMILIES), sep="", end="")
    print(" P | carry | taught |\n|---|---|--:|", "--:|" * (len(FAMILIES) + 3), sep="")
    for folder in parser.parse_args().logs:
        log = read(folder)
        table, candidates = columns(log.scene), linker(log)(settings.link)
        nulls = comparison(log.scene, candidates, settings.judge)
        prior_bits = prior_bits_of(candidates, log.scene)
        for name, members in campaigns_of(folder, log).items():
            trial, carry = handed_in(members, nulls, prior_bits)
            is_ours = np.zeros(log.is_guilty.size, dtype=np.bool_)
            is_ours[members] = True
            share = taught(table, is_ours, ~log.is_guilty)
            p_values = (f"{trial.p_values.get(family, np.nan):.2g}" for family in FAMILIES)
            cells = (log.name, name, f"{members.size:,}", *p_values, f"{trial.posterior:.3f}")
            print("| " + " | ".join((*cells, f"{carry:.0%}", f"{share:.0%}")) + " |", flush=True)


if __name__ == "__main__":
    main()

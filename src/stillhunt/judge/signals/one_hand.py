"""Whether the accounts differ in what they ask at all, beyond the luck of the draw.

Accounts that are dealt their prompts from one pool are exchangeable: their means differ by
sampling noise only. People, companies and a product's customers, however alike their template,
each bring questions of their own.

Parameters      none
Score           minus log2 of the intraclass correlation of the projections, >= 0; its own error is
                the floor, so few exchanges leave little to say
Innocent causes an evaluation harness that everybody runs in full; few exchanges (then no power)
References      Shrout and Fleiss (1979), ICC(1,1), over vectors
"""

from dataclasses import dataclass

import numpy as np

from stillhunt.judge.groups import rank_value
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import SKETCH_SCALE, Family


@dataclass(frozen=True, slots=True)
class OneHand:
    """Exchangeability of the accounts' prompts."""

    name: str = "one_hand"
    family: Family = "content"
    grain: float = 0.25

    def measure(self, scene: Scene, members: Index) -> float:
        """Return minus log2 of the share of variance that lies between accounts."""
        people = scene.population
        rows = members[people.text_exchanges[members] >= 2]
        if rows.size < 3:
            return float("nan")
        n = people.text_exchanges[rows].astype(np.float64)
        # A busy account must not speak for the others: the effective count is capped at the
        # median, which leaves the mean square between accounts unbiased.
        weight = np.minimum(n, rank_value(n, 0.5))
        scale = 1 / (n * SKETCH_SCALE)

        total, squared = people.sums.total(rows, weight * scale)
        centre = total / weight.sum()
        own = np.square(scale) * squared
        apart = own - 2 * scale * people.sums.dots(rows, centre) + centre @ centre
        inner = (1 - own) * n / np.maximum(n - 1, 1)
        within = float(weight @ inner / weight.sum())
        between = float(np.mean(apart) * rows.size / (rows.size - 1) - np.mean(inner / n))
        error = np.sqrt(2 / rows.size) / rank_value(n, 0.5)
        return -float(np.log2(max(between / max(between + within, 1e-9), 2 * error, 1e-6)))

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"{np.exp2(-value):.2%} of the variety in the prompts lies between the accounts; "
            f"{np.exp2(-typical):.2%} in comparison groups."
        )

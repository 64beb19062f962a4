"""How closely the accounts' sign-ups crowd, on a calendar stretched by everybody's sign-ups.

Accounts made for a campaign are made together. A day on which the whole world signed up is long
on this calendar, so it crowds nobody.

Parameters      none
Score           bits by which two thirds of the sign-ups crowd more than chance; none unknown
Innocent causes a class, a company's first day, a start-up programme
References      Kulldorff (1997): scan statistics against an inhomogeneous null
"""

from dataclasses import dataclass

import numpy as np

from stillhunt.judge.groups import rank_value
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class SignupBurst:
    """Crowding of sign-ups."""

    name: str = "signup_burst"
    family: Family = "life_cycle"
    grain: float = 0.25

    def measure(self, scene: Scene, members: Index) -> float:
        """Return log2 of expected over seen distance to the next few sign-ups, for two thirds."""
        born = np.sort(scene.born[members])
        born = born[: np.searchsorted(born, np.nan)]  # unknown ones sort last
        if born.size < 5:
            return float("nan")
        # Distance on the calendar of the others: what the ring itself adds is taken off again.
        others = max(scene.n_born - born.size, 1)
        step = max(born.size // 10, 2)
        gap = (born[step:] - born[:-step]) * scene.n_born - step
        expected = others * step / born.size
        return rank_value(np.log2((expected + 1) / (np.maximum(gap, 0) + 1)), 1 / 3)

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"sign-ups follow each other {2**value:.1f} times closer than chance, viral days "
            f"allowed for; {2**typical:.1f} times in comparison groups."
        )

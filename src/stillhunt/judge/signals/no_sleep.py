"""How little the accounts' clocks know of day and night.

A scheduler, and an account that many people share through a proxy, is awake around the clock;
a person or an office is not.

Parameters      none
Score           minus the mean squared clock direction, noise taken out, about -1 to 0
Innocent causes batch jobs, hourly CI, honest aggregators
References      Mardia and Jupp (2000), Directional Statistics, section 6.3 (the Rayleigh test)
"""

from dataclasses import dataclass

import numpy as np

from stillhunt.judge.groups import two_thirds_reach
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class NoSleep:
    """Absence of a daily rhythm."""

    name: str = "no_sleep"
    family: Family = "clock"
    grain: float = 0.02

    def measure(self, scene: Scene, members: Index) -> float:
        """Return minus the rhythm that two thirds of the accounts stay below."""
        return two_thirds_reach(-scene.rhythm[members])

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"the daily rhythm of the accounts is {np.sqrt(max(-value, 0)):.2f} of 1; "
            f"{np.sqrt(max(-typical, 0)):.2f} in comparison groups."
        )

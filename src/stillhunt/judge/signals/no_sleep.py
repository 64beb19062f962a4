"""How little the accounts' clocks know of day and night, for how much they do.

A scheduler, and an account that many people share through a proxy, is awake around the clock;
a person or an office is not. Few exchanges lie in few hours by themselves, and who does much sleeps
less, so each account is ranked among those that do as much. The grain is what classes of people
differ by in one log: private people, researchers, developers and users of a VPN.

Parameters      none
Score           minus the rank that two thirds of the accounts stay below, -1 to 0, about -0.67 by
                chance
Innocent causes batch jobs, hourly CI, honest aggregators
References      Mardia and Jupp (2000), Directional Statistics, section 6.3 (the Rayleigh test)
"""

from dataclasses import dataclass

from stillhunt.judge.groups import two_thirds_reach
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class NoSleep:
    """Absence of a daily rhythm."""

    name: str = "no_sleep"
    family: Family = "clock"
    grain: float = 0.03

    def measure(self, scene: Scene, members: Index) -> float:
        """Return minus the rank that two thirds of the accounts stay below."""
        return two_thirds_reach(-scene.asleep[members])

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"two thirds of the accounts are among the {-value:.0%} that know least of day and "
            f"night of those that do as much; the {-typical:.0%} in comparison groups."
        )

"""How mixed the prompts of each account are, behind one client.

A proxy that hides a harvest among its customers' requests makes accounts that ask a little of
everything, as the whole traffic does, from one program and one address. A person, a product or a
class has subjects of its own, so its prompts are alike.

Parameters      none
Score           bits by which two thirds of the accounts' prompts are less alike than the typical
                account's of the traffic; none where clients are not logged
Innocent causes honest aggregators, a company's shared key, a general-purpose assistant
References      accounts of proxy networks of more than 20,000 accounts, February 2026
"""

from dataclasses import dataclass

import numpy as np

from stillhunt.judge.groups import two_thirds_reach
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class ManyHands:
    """Breadth of content behind a pinned client."""

    name: str = "many_hands"
    family: Family = "identity"
    grain: float = 0.1

    def measure(self, scene: Scene, members: Index) -> float:
        """Return the breadth in bits that two thirds of the accounts reach."""
        return two_thirds_reach(scene.breadth[members])

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"behind one client each, the accounts' prompts are {np.exp2(value):.1f} times as "
            f"mixed as the typical account's; {np.exp2(typical):.1f} times in comparison groups."
        )

"""How much of the traffic has the form of a harvest: single new questions after known targets.

A harvest asks each question once, never converses, and is after reasoning, tools, code or
grading. Programmers ask for code too, but talk; products ask once, but sort and translate. Neither
half counts without the other, since alike prompts alone would bring it along.

Parameters      none
Score           share of exchanges in [0, 1]; none without prompts, or without turns and sessions
Innocent causes evaluation harnesses, batch jobs over code or data, one product's customers
References      public accounts of February and June 2026; the single-turn corpora of published
                harvests such as Alpaca, GPTeacher and FireAct
"""

from dataclasses import dataclass

from stillhunt.judge.groups import two_thirds_reach
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class HarvestForm:
    """Share of exchanges that are single new questions after targeted capabilities."""

    name: str = "harvest_form"
    family: Family = "purpose"
    grain: float = 0.02

    def measure(self, scene: Scene, members: Index) -> float:
        """Return the share that two thirds of the accounts reach."""
        return two_thirds_reach(scene.targeted[members] * scene.fresh[members])

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"{value:.1%} of the exchanges are single new questions after reasoning, tools, code "
            f"or grading; {typical:.1%} in comparison groups."
        )

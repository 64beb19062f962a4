"""How often the accounts draw out what a student is trained on: full reasoning, rubrics, rewards.

A harvest wants the way to the answer; most customers want the answer. One phrase in one prompt
proves nothing, so only the share over a whole group is compared.

Parameters      none
Score           share of exchanges in [0, 1]; none without prompts
Innocent causes researchers who study reasoning, evaluation harnesses with a fixed suffix, graders
References      public accounts of February 2026: reasoning asked for behind finished answers
"""

from dataclasses import dataclass

from stillhunt.judge.groups import two_thirds_reach
from stillhunt.judge.scene import Scene
from stillhunt.population import Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class Elicitation:
    """Share of exchanges that ask for full reasoning, or for a rubric's reward."""

    name: str = "elicitation"
    family: Family = "purpose"
    grain: float = 0.02

    def measure(self, scene: Scene, members: Index) -> float:
        """Return the share that two thirds of the accounts reach."""
        return two_thirds_reach(scene.elicited[members])

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"{value:.1%} of the exchanges ask for full reasoning or a graded rubric; "
            f"{typical:.1%} in comparison groups."
        )

"""Accounts of many people each: a family's, a laboratory's, a team's that pays for one."""

from dataclasses import dataclass

from stillhunt.judge.explanations.answer import Answer, Case
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class SharedAccount:
    """Several people behind each account explain mixed prompts, hardly any sleep and even volumes.

    All three have that one cause, so they are no three witnesses. It does not explain a harvest,
    belongings in common, or orders from one place; where any of these shows, it does not hold.
    """

    name: str = "shared_account"
    explains: tuple[Family, ...] = ("identity", "clock", "content")

    def ask(self, case: Case) -> Answer:
        """Hold where prompts are mixed, no harvest is asked for, and nothing else is in common."""
        is_mixed = case.signal_speaks("many_hands")
        purpose_p = case.family_p.get("purpose", 0.0)
        ties = ("shared_identity", "shared_shifts", "shared_days")
        tied = any(case.signal_speaks(name) for name in ties)
        return Answer(
            is_mixed and purpose_p >= case.settings.even_p and not tied,
            f"each account's prompts are {'as mixed as' if is_mixed else 'too alike for'} several "
            f"people's, what is asked has a p-value of {purpose_p:.2f} for a harvest, at least "
            f"{case.settings.even_p:g} wanted, and the accounts are "
            f"{'tied by more' if tied else 'strangers otherwise'}.",
        )

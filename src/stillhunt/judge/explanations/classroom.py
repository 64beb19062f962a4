"""A class: one school's address or domain, one week of sign-ups, the same assignments."""

from dataclasses import dataclass

from stillhunt.judge.explanations.answer import Answer, Case
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class Classroom:
    """A class shares everything that a ring shares, but asks little and follows up.

    Pupils may ask for the way to an answer, and a class of many time zones may never sleep; that
    all do both is no class.
    """

    name: str = "classroom"
    explains: tuple[Family, ...] = ("identity", "clock", "content", "life_cycle")

    def ask(self, case: Case) -> Answer:
        """Hold for one place or tier, small volumes and conversations."""
        seen = case.portrait
        together = max(seen.owner_ratio, seen.domain_ratio, seen.education_ratio)
        small = seen.median_exchanges <= 2 * seen.typical_exchanges
        talks = seen.fresh_ratio < case.settings.most_ratio
        # The family must overrule the class, as elsewhere; its one signal need only be heard in it.
        draws_out = case.signal_p.get("elicitation", 1.0) <= case.settings.speaks_p
        extracts = draws_out and case.speaks("purpose") and not case.sleeps
        same = seen.overlap_ratio >= case.settings.overlap_ratio
        return Answer(
            together >= 0.5 and small and (talks or same) and not extracts,
            f"{together:.0%} of the accounts share a place or the education tier; the median "
            f"account asked {seen.median_exchanges:.0f} times, {seen.fresh_ratio:.0%} of it single "
            f"new questions; a prompt is asked by {seen.overlap_ratio:.1%} of the others; they "
            f"{'draw out reasoning around the clock' if extracts else 'work as pupils do'}.",
        )

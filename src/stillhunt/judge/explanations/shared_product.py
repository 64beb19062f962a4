"""A shared product or open-source agent: one template, and customers with data of their own."""

from dataclasses import dataclass

from stillhunt.judge.explanations.answer import Answer, Case
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class SharedProduct:
    """One frame over unrelated customers explains alike content and a narrow purpose."""

    name: str = "shared_product"
    explains: tuple[Family, ...] = ("content", "purpose")

    def ask(self, case: Case) -> Answer:
        """Hold for one frame, unless the accounts are also held together from outside of it."""
        seen = case.portrait
        framed = seen.product_ratio >= case.settings.most_ratio
        # Not by shared_days: customers of one product are of one trade, which has its busy days.
        # Nor by many_hands, which ties nobody to anybody.
        ties = ("shared_identity", "shared_shifts", "signup_burst")
        tied = any(case.signal_speaks(name) for name in ties)
        # Their own: less like one hand's than the median comparison group. Where content is
        # unknown, so is whose data they bring, and ties alone decide.
        own_data = "content" in case.family_p and case.signal_p.get("one_hand", 1.0) > 0.5
        bond = "tied to each other by more than it" if tied else "strangers otherwise"
        if tied and own_data:
            bond += ", but nothing in what they send shows one hand"
        return Answer(
            framed and (own_data or not tied),
            f"{seen.product_ratio:.0%} of the accounts share their {seen.product_kind} with others "
            f"of the ring; they are {bond}.",
        )

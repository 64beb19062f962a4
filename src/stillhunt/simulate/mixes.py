"""Named mixes of innocents: which share of the accounts each class has."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from stillhunt.simulate.scenario import CLASSES, Population

Shares = Mapping[str, tuple[float, int]]
MIXES: Final[Mapping[str, Shares]] = {
    # class: share of the accounts, mean group size
    "ordinary": {
        "individual": (0.47, 1), "coding_agent": (0.12, 1), "company_seats": (0.05, 25),
        "classroom": (0.05, 28), "batch_application": (0.03, 1), "product_own_key": (0.08, 120),
        "evaluation_harness": (0.006, 1), "load_test": (0.003, 1), "hourly_ci": (0.012, 1),
        "aggregator": (0.003, 1), "synthetic_data": (0.002, 1), "researcher": (0.014, 1),
        "startup_cohort": (0.02, 40), "viral_day": (0.05, 1), "model_migration": (0.03, 1),
        "vpn_exit": (0.03, 1), "multi_account_developer": (0.03, 3),
    },
    "hard": {
        "company_seats": (0.10, 40), "classroom": (0.10, 30), "batch_application": (0.06, 1),
        "product_own_key": (0.24, 200), "evaluation_harness": (0.03, 1), "load_test": (0.01, 1),
        "hourly_ci": (0.04, 1), "aggregator": (0.01, 1), "synthetic_data": (0.01, 1),
        "researcher": (0.04, 1), "startup_cohort": (0.06, 50), "viral_day": (0.08, 1),
        "coding_agent": (0.12, 1), "model_migration": (0.04, 1), "vpn_exit": (0.04, 1),
        "multi_account_developer": (0.02, 4),
    },
}  # fmt: skip
"""``ordinary``: everybody. ``hard``: only those who look like a campaign in some way."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Mix:
    """Innocents of many classes at once."""

    mix: Literal["ordinary", "hard"] = Field(description="Which shares the classes have.")
    accounts: int = Field(ge=1, description="Accounts of all classes together.")
    per_day: float = Field(
        default=1.0, gt=0, le=1000,
        description="Exchanges per account and day, as a multiple of each class's own habit.",
    )  # fmt: skip
    tide: float = Field(
        default=0.0, ge=0, le=1,
        description="How far a group, or the people of one country, rise and fall together.",
    )  # fmt: skip

    def populations(self) -> list[Population]:
        """Return a population of each class in the mix, at least one account each.

        >>> sum(p.accounts for p in Mix("ordinary", 1_000).populations())
        1000
        """
        shares = MIXES[self.mix]
        return [
            Population(
                kind,
                max(1, round(self.accounts * shares[kind][0])),
                shares[kind][1],
                self.per_day,
                self.tide,
            )
            for kind in CLASSES
            if kind in shares
        ]

"""Which families of evidence a log can feed, by the columns it fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class Need:
    """What a family reads of the exchanges: any of ``any_of``, and better with ``helps``."""

    any_of: tuple[str, ...]
    helps: tuple[str, ...] = ()


NEEDS: Final[Mapping[Family, Need]] = {
    "identity": Need(("ip", "user_agent", "tls_ja4"), ("asn",)),
    "clock": Need(("time",)),
    "content": Need(("prompt",), ("system", "tools")),
    "purpose": Need(("prompt",), ("n_turns", "session_id", "n_tools")),
    "life_cycle": Need(()),
}
"""Life cycle reads the accounts alone, which no log carries."""


def fed(columns: frozenset[str]) -> dict[Family, str]:
    """Return for each family what ``columns`` feed it with; empty: it stays silent.

    >>> fed(frozenset({"time", "ip"}))["identity"], fed(frozenset({"time"}))["content"]
    ('ip', '')
    """
    return {
        family: ", ".join(
            name
            for name in (*need.any_of, *need.helps)
            if name in columns and not columns.isdisjoint(need.any_of)
        )
        for family, need in NEEDS.items()
    }

"""How many strays are expected of crowds whose strays are known: ``python bench/strays.py``.

Crowds of 5,000 outsiders thin out towards a ring of 150 in one of six ways. The table of decision
10 says how many lie beyond two bits, and how many the estimates expect there.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillhunt.judge.strays import expected_strays
from stillhunt.settings import JudgeSettings

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]

N, RING, DRAWS, BITS = 5_000, 150, 300, 2.0
CROWDS: Final[dict[str, Draw]] = {
    "thins out evenly by 2 bits": lambda r, n: r.exponential(2, n) - 12,
    "by 3 bits": lambda r, n: r.exponential(3, n) - 14,
    "by 3 bits, four fifths without any evidence": lambda r, n: (
        np.where(r.random(n) < 0.8, 0, r.exponential(3, n)) - 12
    ),
    "normal": lambda r, n: r.normal(-8, 2.7, n),
    "two crowds": lambda r, n: np.where(
        r.random(n) < 0.02, r.normal(-3, 2, n), r.exponential(1.5, n) - 12
    ),
    "Student's t, four degrees": lambda r, n: 2 * r.standard_t(4, n) - 10,
}
ERRORS: Final = {"slope alone": 1e9, "both, no errors": 0.0, "two": 2.0, "three": 3.0}


def measure(draw: Draw) -> Floats:
    """Return the strays there are, and those expected with each of ``ERRORS``: means of draws."""
    rng, rows = np.random.default_rng(0), []
    for _ in range(DRAWS):
        crowd = draw(rng, N)
        total = np.concatenate([crowd, 4 + rng.gamma(4, 1.5, RING)])
        members = np.flatnonzero(total > 0)
        reach = np.searchsorted(np.sort(total[members]), BITS)
        row = [float(np.count_nonzero(crowd >= BITS))]
        for errors in ERRORS.values():
            strays = expected_strays(total, members, JudgeSettings(edge_errors=errors))
            row.append(min(np.sort(strays)[::-1][reach], N))
        rows.append(row)
    return np.asarray(np.mean(rows, axis=0))


if __name__ == "__main__":
    print("| crowd | there are |", *(f" {name} |" for name in ERRORS), sep="")
    print("|---|--:|", "--:|" * len(ERRORS), sep="")
    for name, draw in CROWDS.items():
        print(f"| {name} |", *(f" {mean:.1f} |" for mean in measure(draw)), sep="")

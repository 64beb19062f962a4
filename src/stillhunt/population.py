"""All accounts of a run as dense arrays in one order: what links are made of and judged by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillhunt.blocks import Choice, Packed

Index = NDArray[np.int64]
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]

SHIFT_DIMS = 128
"""Random directions over the hours of a log; 128 keep a correlation to within 0.09."""

FRAME_RATIO = 0.5
"""Share of an account's exchanges from which what it uses is a frame that it lives under."""


@dataclass(frozen=True, slots=True)
class Uses:
    """Which account used which artefact how often; one entry per account and artefact.

    In no order; only artefacts of two accounts or more.
    """

    account: NDArray[np.int32]  # row of the population
    kind: NDArray[np.int8]  # index into ``kinds``
    key: NDArray[np.uint64]
    n: NDArray[np.int32]
    kinds: tuple[str, ...]

    def of(self, kind: str) -> "Uses":
        """Return the entries of one kind; none where the traffic has no such artefact."""
        chosen = (
            self.kind == self.kinds.index(kind)
            if kind in self.kinds
            else np.zeros(self.kind.shape, dtype=np.bool_)
        )
        return Uses(
            self.account[chosen], self.kind[chosen], self.key[chosen], self.n[chosen], self.kinds
        )


@dataclass(frozen=True, slots=True)
class Sampled:
    """A keyed random sample of exchanges, for what sums cannot tell: spread within accounts."""

    account: Index
    cell: NDArray[np.uint8]
    sketch: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Days:
    """How much more than usual each account does on each day of the log; 0 on its days off."""

    vectors: Vectors  # N × days, at most SHIFT_DIMS; square roots of exchanges
    weekday: Index  # of each day; 0 is Monday


@dataclass(frozen=True, slots=True)
class Population:
    """One row per account, in the order of ``keys``; N accounts.

    Absent facts are NaN in ratios, 0 in counts and times, empty text in ``tier`` and ``domain``.
    """

    keys: NDArray[np.uint64]
    account_id: NDArray[np.object_]
    exchanges: Index
    first_us: Index
    last_us: Index
    clock: NDArray[np.int32]  # N × 24, UTC
    shifts: Packed  # N × SHIFT_DIMS
    days: Days
    capability: Floats  # N × capabilities, shares of the exchanges with text
    elicitation: Floats  # N × elicitations, likewise
    single_turn_ratio: Floats
    follow_up_ratio: Floats  # exchanges beyond the first of their session
    distinct_prompts: Index
    concentration: Floats  # sum of squared template shares
    end_users: Index
    clients: Index  # distinct ones
    input_tokens: Index
    output_tokens: Index
    text_exchanges: Index
    sums: Packed  # N × PROJECTION_DIMS
    cells: NDArray[np.uint16]  # N × N_CELLS, exchanges with text by kind of request
    created_us: Index
    is_trusted: NDArray[np.bool_]
    tier: NDArray[np.object_]
    domain: NDArray[np.object_]
    uses: Uses
    sample: Sampled
    present: frozenset[str]  # columns of the input that held anything

    def __len__(self) -> int:
        """Return the number of accounts."""
        return int(self.keys.shape[0])


@dataclass(frozen=True, slots=True)
class Space:
    """Whitened account means.

    ``vectors``: N × D. ``strength``: squared distance from the centre, noise taken out, >= 0.
    ``noise``: expected squared noise. ``placed``: rows that can be told from the crowd.
    """

    vectors: Packed
    strength: NDArray[np.float64]
    noise: NDArray[np.float64]
    placed: Index

    def unit(self, rows: Index) -> Vectors:
        """Return some vectors scaled so that dot products estimate cosines without bias."""
        units = self.vectors[rows]
        units /= _length(self.strength[rows]).astype(np.float32)[:, None]
        return units

    @property
    def length(self) -> Floats:
        """Return the length of each vector, noise taken out."""
        return _length(self.strength)


@dataclass(frozen=True, slots=True)
class Units:
    """The units of some accounts of a space, made when they are asked for."""

    space: Space
    accounts: Index

    def __len__(self) -> int:
        """Return the number of accounts."""
        return int(self.accounts.size)

    def __getitem__(self, rows: Choice) -> Vectors:
        """Return the units of some of the accounts."""
        return self.space.unit(self.accounts[rows])


def _length(strength: Floats) -> Floats:
    return np.sqrt(np.maximum(strength, 1e-9))


@dataclass(frozen=True, slots=True)
class Ring:
    """Accounts (sorted rows of the population) and what proposed them."""

    members: Index
    origin: str  # "pool", "schedule", or the kind of artefact

    def __len__(self) -> int:
        """Return the number of members."""
        return int(self.members.size)

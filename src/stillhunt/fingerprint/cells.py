"""Cells: every exchange in one of a hundred kinds of request, so that a share can be counted.

The mean of an account's sketches tells what it asks as a whole. A tenth of harvest among nine
tenths of its customers' requests moves that mean by a tenth, and is lost; counted in cells it fills
a few far beyond their usual share. The cells are learnt from the sample of exchanges, so they are
fine where this traffic is dense, and counts of cells add up like everything else.

Of an account that asks much a fair sample is counted: what is on the shelf stays small, and a share
is known well enough from some two hundred exchanges.

What is compared is whole, and small enough that sums of products are exact in any order: an
exchange comes into the same cell in whatever batch, and on however many threads, it is counted.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.errors import EngineError
from stillhunt.fingerprint.gather import Sampled, Vectors
from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.intrinsics import compiled, lowest_bit
from stillhunt.fingerprint.seen import Flags
from stillhunt.records import CAPABILITIES, ELICITATIONS, N_CELLS, PROJECTION_DIMS, WEIGHT_CAP

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]

DIRECTIONS: Final = 64
"""Main directions of the sketches in which cells are told apart; the others are mostly noise."""

ROUNDS: Final = 8
"""Rounds of k-means; in development later ones moved next to nothing."""

RIDGE: Final = 0.05
"""Share of the mean variance added before directions are made equally long."""

LEAST_SPREAD: Final = 1e-6
"""Variance of the signs along a direction below which all that was sampled is alike there."""

STEPS: Final = 127
"""Whole numbers to the length of one, in the space of the cells."""

REACH: Final = 16_000
"""Most that signs come to along one direction: less the centre, still a whole number of 16 bits."""

MOST_SPREADS: Final = 4.0
"""Standard deviations at which a rare fact stops counting."""

IN_MEMORY: Final = 2**27
"""Bytes of what is asked that are held in memory; beyond that the shelf is on disk."""

BLOCK: Final = 2**12
"""Exchanges counted at a time: what is in hand stays in the processor's cache."""

MOST_EACH: Final = 256
"""Exchanges of an account up to which all are counted, of more about half as many to as many: a
share of a tenth is then known to within a fifth of itself or better."""

FACTS: Final = ("account", "capability", "elicitation", "text_bytes")
ASKED: Final = np.dtype(
    [
        ("signs", "u1", PROJECTION_DIMS // 8),
        *zip(FACTS, ("<u8", "u1", "u1", "<i4"), strict=True),
        ("level", "u1"),
    ]
)
"""What is kept of an exchange until the cells are known: keyed signs, counts and how many halvings
of its account it outlasts; 47 bytes."""


class Shelf:
    """What exchanges ask, one after the other, on disk where it is much; gone when it closes.

    Whenever an account has asked twice as much, half of its exchanges are left out: those of low
    level, a keyed lot. Which are counted depends on how many there are in all and not on their
    order, so shelves of parts of a log, one after the other, are a shelf of the whole.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(in_memory, prefix="stillhunt-")  # noqa: SIM115

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all that is on the shelf."""
        with suppress(OSError):  # what could not be written is not missed
            self._file.close()

    def add(self, marks: pa.RecordBatch, sketch: Shorts, mask: Flags, so_far: Index) -> None:
        """Put the exchanges under ``mask`` on the shelf; EngineError when the disk is full.

        ``so_far``: of each exchange's account, how many have come, this batch included.
        """
        level = levels(marks.column("exchange").to_numpy())
        kept = np.flatnonzero(mask & (level >= halvings(so_far)))
        columns = {name: marks.column(name).to_numpy()[kept] for name in FACTS}
        asked = _asked(columns, _pack(sketch[kept]))
        asked["level"] = level[kept]
        self.put(asked)

    def put(self, asked: npt.NDArray[Any]) -> None:
        """Put exchanges (``ASKED``) on the shelf; EngineError when the disk is full."""
        try:
            self._file.write(asked.tobytes())
            self._file.flush()
        except OSError as error:
            raise EngineError(
                f"the run wanted more disk than there is ({error.strerror}). Free some in the "
                "folder for temporary files; earlier verdicts are untouched."
            ) from error

    def blocks(self) -> Iterator[npt.NDArray[Any]]:
        """Yield all that was added, as arrays of ``ASKED``."""
        self._file.seek(0)
        while block := self._file.read(BLOCK * ASKED.itemsize):
            yield np.frombuffer(block, ASKED)

    def counted(self, account: Hashes, n: Index) -> Iterator[npt.NDArray[Any]]:
        """Yield what outlasts the halvings of its account.

        ``account``, ascending, and ``n``: how many exchanges with text each account has in all.
        """
        halved = halvings(n)
        for block in self.blocks():
            yield block[block["level"] >= halved[np.searchsorted(account, block["account"])]]


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cell an exchange is in: tables of whole numbers, made by ``learn``.

    ``turns``: what each byte of the signs adds in each direction, less the centre. ``told``: where
    each capability and elicitation lies; ``usual`` and ``spread``: of the log length. ``middles``:
    the cells' centres.
    """

    turns: Shorts
    told: Shorts
    usual: float
    spread: float
    middles: Floats

    def of(self, asked: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return the cell of each exchange (``ASKED``), below ``N_CELLS``."""
        return _nearest(self.place(asked), self.middles)

    def place(self, asked: npt.NDArray[Any]) -> Floats:
        """Return whole numbers in which exchanges that ask alike are near: signs, then facts."""
        length = (_length(asked) - self.usual) / self.spread
        places = np.empty((asked.size, DIRECTIONS + self.told.shape[1] + 1), np.float32)
        places[:, -1] = _in_steps(length, self.told.shape[1] + 1)
        _turn(asked["signs"], _fact(asked), self.turns, self.told, places)
        return places


def learn(sample: Sampled, seed: int) -> Cells:
    """Return the cells of the traffic of which ``sample`` is a fair sample.

    K-means from centres that are drawn far apart (k-means++; Arthur and Vassilvitskii, 2007), over
    the whitened main directions of the sketches' signs, and capability, elicitation and length.
    At most ``WEIGHT_CAP`` exchanges of an account count: one busy customer is one customer.
    """
    asked = of_sample(sample)[_few_each(sample.account)]
    if asked.size == 0:
        asked = np.zeros(1, ASKED)  # where no text was kept, nothing is told apart
    length = _length(asked)
    cells = Cells(
        _turns(asked), _told(asked), float(length.mean()), float(length.std()) + RIDGE,
        np.zeros((1, 1), np.float32),
    )  # fmt: skip
    places = cells.place(asked)
    middles = _far_apart(places, np.random.default_rng(seed))
    for _ in range(ROUNDS):
        inside = np.eye(N_CELLS, dtype=np.float32)[_nearest(places, middles)]
        n = inside.sum(axis=0)[:, None]
        middles = np.where(n > 0, np.rint(inside.T @ places / np.maximum(n, 1)), middles)
    return replace(cells, middles=middles)


def count(
    shelf: Shelf, cells: Cells, account: Hashes, n: Index
) -> tuple[Hashes, npt.NDArray[np.uint16], Index]:
    """Return accounts in ascending order, their exchanges by cell [m, N_CELLS], and their sum.

    ``account``, ascending, and ``n``: how many exchanges with text each account has in all.
    """
    # Some 256 are counted of an account, so 16 bits do.
    sums = Vectors(N_CELLS, np.uint16)
    for asked in shelf.counted(account, n):
        sums.count(asked["account"], cells.of(asked))
    return sums.table()


def halvings(n: Index) -> npt.NDArray[np.int32]:
    """Return how often the exchanges of an account that has ``n`` are halved.

    >>> halvings(np.array([0, 256, 257, 512, 513, 10_000])).tolist()
    [0, 0, 1, 1, 2, 6]
    """
    return np.asarray(np.frexp((np.maximum(n, 1) - 1) // MOST_EACH)[1])


def levels(exchange: Hashes) -> npt.NDArray[np.uint8]:
    """Return how many halvings each exchange outlasts, by the lot that its keyed hash is."""
    level = np.empty(exchange.size, np.uint8)
    _draw_levels(exchange, level)
    return level


@compiled
def _draw_levels(exchange: Any, level: Any) -> None:
    for row in range(exchange.size):
        level[row] = lowest_bit(exchange[row])


def of_sample(sample: Sampled) -> npt.NDArray[Any]:
    """Return what a sample's exchanges ask, as ``ASKED``."""
    return _asked({name: getattr(sample, name) for name in FACTS}, _pack(sample.sketch))


def _pack(sketch: Shorts) -> npt.NDArray[np.uint8]:
    return np.packbits(sketch > 0, axis=1)


def _asked(columns: dict[str, npt.NDArray[Any]], signs: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    asked = np.zeros(signs.shape[0], ASKED)
    asked["signs"] = signs
    for name, values in columns.items():
        asked[name] = values
    return asked


def _signs(packed: npt.NDArray[np.uint8]) -> Floats:
    """Return signs as 1 and -1."""
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1


def _turns(asked: npt.NDArray[Any]) -> Shorts:
    """Return what each value of each byte of the signs adds in the whitened main directions."""
    signs = _signs(asked["signs"])
    total = signs.sum(axis=0, dtype=np.float64)
    centre = total / asked.size
    covariance = (signs.T @ signs).astype(np.float64) / asked.size - np.outer(centre, centre)
    values, turn = np.linalg.eigh(covariance)
    ridge = RIDGE * float(np.trace(covariance)) / PROJECTION_DIMS
    values, turn = values[-DIRECTIONS:], turn[:, -DIRECTIONS:]
    turn = turn * (values > LEAST_SPREAD) / np.sqrt(np.maximum(values, LEAST_SPREAD) + ridge)
    turn = np.rint(turn * (REACH / max(float(np.abs(turn).sum(axis=0).max()), 1e-9)))
    bits = _signs(np.arange(256, dtype=np.uint8)[:, None])
    turns = bits @ turn.reshape(-1, 8, DIRECTIONS)
    turns[0] -= np.rint(total @ turn / asked.size)
    return np.asarray(turns, np.int16)


def _told(asked: npt.NDArray[Any]) -> Shorts:
    """Return where each capability with each elicitation lies: as far as it is unusual."""
    capability, elicitation = np.divmod(
        np.arange((len(CAPABILITIES) + 1) << len(ELICITATIONS)), 1 << len(ELICITATIONS)
    )
    facts = np.concatenate(
        [
            np.eye(len(CAPABILITIES) + 1)[capability],
            elicitation[:, None] >> np.arange(len(ELICITATIONS)) & 1,
        ],
        axis=1,
    )
    seen = facts[_fact(asked)]
    unusual = (facts - seen.mean(axis=0)) / (seen.std(axis=0) + RIDGE)
    return np.asarray(_in_steps(unusual, facts.shape[1] + 1), np.int16)


def _fact(asked: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return capability and elicitation as one number; none is the last capability."""
    capability = np.minimum(asked["capability"], len(CAPABILITIES))
    return np.asarray(capability << len(ELICITATIONS) | asked["elicitation"], np.uint8)


def _length(asked: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return half the log of each prompt's length in bytes."""
    return np.asarray(np.log1p(asked["text_bytes"], dtype=np.float64) / 2)


def _in_steps(unusual: npt.NDArray[np.float64], n_facts: int) -> npt.NDArray[np.float64]:
    """Return standard deviations as whole numbers: ``n_facts`` usual ones have a length of one."""
    clipped = np.clip(unusual, -MOST_SPREADS, MOST_SPREADS)
    return np.asarray(np.rint(clipped * (STEPS / np.sqrt(n_facts))))


@compiled
def _turn(signs: Any, fact: Any, turns: Any, told: Any, places: Any) -> None:
    turned = np.empty(turns.shape[2], np.int16)
    for row in range(fact.size):
        turned[:] = 0
        for part in range(turns.shape[0]):
            byte = signs[row, part]
            for way in range(turned.size):
                turned[way] += turns[part, byte, way]
        square = np.int64(0)
        for way in range(turned.size):
            square += np.int64(turned[way]) * np.int64(turned[way])
        scale = STEPS / max(np.sqrt(float(square)), 1.0)
        for way in range(turned.size):
            places[row, way] = np.rint(turned[way] * scale)
        for which in range(told.shape[1]):
            places[row, turned.size + which] = told[fact[row], which]


def _nearest(places: Floats, middles: Floats) -> npt.NDArray[np.uint8]:
    """Return the nearest of the middles, the first of those equally near."""
    nearness = places @ (2 * middles.T)
    nearness -= np.square(middles).sum(axis=1)
    return np.asarray(nearness.argmax(axis=1), np.uint8)


def _few_each(account: Hashes) -> npt.NDArray[np.int64]:
    """Return the places of at most ``WEIGHT_CAP`` exchanges of each account."""
    order = np.argsort(account, kind="stable")
    ranked = account[order]
    place = np.arange(order.size) - np.searchsorted(ranked, ranked)
    return np.sort(order[place < WEIGHT_CAP])


def _far_apart(places: Floats, rng: np.random.Generator) -> Floats:
    """Return centres drawn one after the other, the likelier the further from those before."""
    squares = np.square(places).sum(axis=1)
    chosen = [int(rng.integers(squares.size))]
    apart = np.full(squares.size, np.inf)
    while len(chosen) < N_CELLS:
        last = chosen[-1]
        distance = squares - 2 * (places @ places[last]) + squares[last]
        apart = np.minimum(apart, distance)
        total = float(apart.sum())
        odds = apart / total if total > 0 else None
        chosen.append(int(rng.choice(squares.size, p=odds)))
    return places[chosen]

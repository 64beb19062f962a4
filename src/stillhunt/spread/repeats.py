"""Which exchanges may come twice in a log that no single task sees whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.engines.parcels import Parcel, deal
from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.seen import Flags

_BYTES: Final = 2**24
"""Of a filter with a bit for each of 2^27 ranges of keys: whatever the log, 16 MB."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """A Bloom filter of one hash, the key itself: all keys that repeat are in it, few others."""

    bits: npt.NDArray[np.uint8]

    def of(self, keys: Hashes) -> Flags:
        """Return which exchanges may come twice: of those that do not, one in many says so."""
        return np.asarray((self.bits[_byte(keys)] & _bit(keys)) != 0)


def deal_keys(keys: Hashes, places: int) -> Iterator[Parcel]:
    """Yield the keys of a part, so that all alike meet."""
    yield from deal("keys", pa.table({"key": keys}), _byte(keys) * places // _BYTES)


def find_repeats(parcels: Iterable[Parcel]) -> Iterator[Parcel]:
    """Yield the bits of the keys that came more than once."""
    parts = [parcel.rows["key"].to_numpy() for parcel in parcels]
    keys = np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))
    again = keys[1:][keys[1:] == keys[:-1]]
    if again.size:
        places, back = np.unique(_byte(again), return_inverse=True)
        bits = np.zeros(places.size, np.uint8)
        np.bitwise_or.at(bits, back, _bit(again))
        yield Parcel("repeats", 0, pa.table({"byte": places, "bits": bits}))


def filter_of(parcels: Iterable[Parcel]) -> Repeats | None:
    """Return the filter that the parcels of all ``find_repeats`` make; None: nothing repeats."""
    bits = np.zeros(_BYTES, np.uint8)
    for parcel in parcels:
        bits[parcel.rows["byte"].to_numpy()] |= parcel.rows["bits"].to_numpy()
    return Repeats(bits) if bits.any() else None


def _byte(keys: Hashes) -> npt.NDArray[np.int64]:
    return (keys >> np.uint64(40)).astype(np.int64)


def _bit(keys: Hashes) -> npt.NDArray[np.uint8]:
    place = (keys >> np.uint64(37)) & np.uint64(7)
    return np.asarray(np.left_shift(1, place), np.uint8)

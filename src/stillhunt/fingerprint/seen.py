"""Keys met: an open-addressed map of 64-bit hashes, and which exchanges came before."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.intrinsics import compiled, inlined

Flags = npt.NDArray[np.bool_]

FIRST_SLOTS: Final = 1024


@inlined
def mix(value: np.uint64) -> np.uint64:
    """Return ``value`` stirred; one to one, so that distinct keys stay distinct."""
    value = (value ^ (value >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(32))


@inlined
def place_of(keys: Any, wanted: np.uint64) -> Any:
    """Return the slot of a key, or the free slot where it would go."""
    mask = np.uint64(keys.size - 1)
    slot = mix(wanted) & mask
    while keys[slot] != 0 and keys[slot] != wanted:
        slot = (slot + np.uint64(1)) & mask
    return np.int64(slot)


@compiled
def _rehash(keys: Any, values: Any, wider_keys: Any, wider_values: Any) -> None:
    for slot in range(keys.size):
        if keys[slot] != 0:
            place = place_of(wider_keys, keys[slot])
            wider_keys[place] = keys[slot]
            if values.size:
                wider_values[place] = values[slot]


@compiled
def _note_new(slots: Any, keys: Any, new: Any) -> int:
    count = 0
    for row in range(keys.size):
        if keys[row] == 0:
            continue
        place = place_of(slots, keys[row])
        if slots[place] == 0:
            slots[place] = keys[row]
            new[row] = True
            count += 1
    return count


@compiled
def _find_keys(slots: Any, keys: Any, found: Any) -> None:
    for row in range(keys.size):
        found[row] = slots[place_of(slots, keys[row])] != 0


class Seen:
    """The exchange keys met so far; 0, no key, is never new."""

    def __init__(self) -> None:
        self._slots = np.zeros(FIRST_SLOTS, np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def new(self, keys: Hashes) -> Flags:
        """Return which keys come for the first time, and remember them.

        >>> seen = Seen()
        >>> seen.new(np.array([7, 8, 7], np.uint64)).tolist(), len(seen)
        ([True, True, False], 2)
        """
        self._slots, _ = make_room(self._slots, _NO_VALUES, self._count + keys.size)
        new = np.zeros(keys.size, np.bool_)
        self._count += _note_new(self._slots, keys, new)
        return new

    def has(self, keys: Hashes) -> Flags:
        """Return which keys were met, and remember none."""
        found = np.empty(keys.size, np.bool_)
        _find_keys(self._slots, keys, found)
        return found


class Recent:
    """The exchange keys met lately: the newest ``most``, or down to half as many.

    In two generations: when the young one is half of ``most``, the old one is forgotten.
    ``since`` are the turns in which the old and the young one began.
    """

    def __init__(self, most: int, since: tuple[int, int] = (0, 0)) -> None:
        self._most = most
        self._old, self._young = Seen(), Seen()
        self._came: list[Hashes] = []
        self.since = since

    def __len__(self) -> int:
        return len(self._old) + len(self._young)

    def remember(self, keys: Hashes, turns: npt.NDArray[np.int32]) -> None:
        """Take in keys of earlier turns."""
        is_young = turns >= self.since[1]
        self._young.new(keys[is_young])
        self._old.new(keys[~is_young])

    def new(self, keys: Hashes) -> Flags:
        """Return which keys come for the first time, as far as remembered; remember them."""
        fresh = ~self._old.has(keys)
        fresh[fresh] = self._young.new(keys[fresh])
        self._came.append(keys[fresh])
        return fresh

    def turn(self, number: int) -> Hashes:
        """Return the keys that came since the last turn; ``number`` is that of the next."""
        came, self._came = np.concatenate([*self._came, _NO_KEYS]), []
        if len(self._young) >= self._most // 2:
            self._old, self._young = self._young, Seen()
            self.since = (self.since[1], number)
        return came


_NO_KEYS: Final = np.zeros(0, np.uint64)
_NO_VALUES: Final = np.zeros(0, np.int32)


def make_room(
    keys: Hashes, values: npt.NDArray[np.int32], count: int
) -> tuple[Hashes, npt.NDArray[np.int32]]:
    """Return a map with room for ``count`` keys at a load of at most two thirds."""
    if 3 * count <= 2 * keys.size:
        return keys, values
    size = keys.size
    while 3 * count > 2 * size:
        size *= 2
    wider_keys = np.zeros(size, np.uint64)
    wider_values = np.zeros(size if values.size else 0, np.int32)
    _rehash(keys, values, wider_keys, wider_values)
    return wider_keys, wider_values

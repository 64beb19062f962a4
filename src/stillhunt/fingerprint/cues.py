"""Cues compiled for the text kernel: a trie over keyed word hashes, read from the last word back.

Almost every word of a text ends no cue. Two bit maps say so at the price of two loads: one over
cues of one word, one over the last two words of longer cues. What passes walks the trie.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.hashing import Hashes
from stillhunt.fingerprint.intrinsics import compiled, fold, inlined
from stillhunt.fingerprint.words import HISTORY, hash_words, word_keys
from stillhunt.records import CAPABILITIES, ELICITATIONS

TARGETS: Final = (*CAPABILITIES, *ELICITATIONS)
MAX_CUE_COUNT: Final = 2
"""How often one run of words counts in one text, so that a long text cannot shout."""

_GUARD_WORDS: Final = 1024
_ONE: Final = np.uint64(1)
_LOW_SIX: Final = np.uint64(63)
_PHRASE: Final = np.uint64(0xFFFF_FFFF)
_LONGER: Final = np.uint64(1 << 32)


class CueLike(Protocol):
    """One to five words separated by blanks, what they speak for, and how loudly."""

    @property
    def words(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> str: ...  # noqa: D102
    @property
    def weight(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class CueTable:
    """The trie as one open-addressed table, and the votes of each run of words."""

    guards: Hashes  # [words, 2]: filters of one-word cues, and of the last two words of others
    nodes: Hashes  # [capacity, 2]: key (0: free); phrase completed, and a bit for "goes on"
    votes: npt.NDArray[np.int32]  # [phrases, most, 2]: target, weight; phrase 0: none

    def arrays(self) -> tuple[Hashes, Hashes, npt.NDArray[np.int32]]:
        """Return the parts in the order in which the kernel takes them."""
        return self.guards, self.nodes, self.votes


@inlined
def pair_of(before: np.uint64, word: np.uint64, keys: Any) -> np.uint64:
    """Return the hash of two neighbouring words."""
    return np.uint64(before * keys[3] + word)


@inlined
def _guard_word(value: np.uint64) -> np.uint64:
    return np.uint64((value >> np.uint64(12)) & np.uint64(_GUARD_WORDS - 1))


@inlined
def _passes(guards: Any, which: int, value: np.uint64) -> np.int64:
    """Return 1 where a value may end a cue: two bits of a filter word say so, else 0.

    Two bits of 64 are rarer to pass by chance than one bit of a filter that fills the cache.
    """
    bits = guards[_guard_word(value), which]
    both = (bits >> (value & _LOW_SIX)) & (bits >> ((value >> np.uint64(6)) & _LOW_SIX))
    return np.int64(both & _ONE)


@inlined
def _find(nodes: Any, value: np.uint64) -> np.uint64:
    """Return the slot of a node, or of the free place where it would go."""
    mask = np.uint64(nodes.shape[0] - 1)
    slot = (value >> np.uint64(24)) & mask
    while nodes[slot, 0] != 0 and nodes[slot, 0] != value:
        slot = (slot + _ONE) & mask
    return np.uint64(slot)


@inlined
def list_candidates(words: Any, pairs: Any, fill: int, guards: Any, places: Any) -> tuple[Any, Any]:
    """Write where cues of one word, and longer ones, may end; return how many there are of each.

    Nothing here branches on a word: most words pass no filter, but which do cannot be foreseen.
    """
    short, long = places
    n_short, n_long = np.int64(0), np.int64(0)
    for index in range(HISTORY, fill):
        short[n_short] = index
        long[n_long] = index
        n_short += _passes(guards, 0, words[index])
        n_long += _passes(guards, 1, pairs[index])
    return n_short, n_long


@inlined
def _vote(node: np.uint64, row: int, votes: Any, hits: Any, scores: Any) -> None:
    """Add what the phrase of a node speaks for, unless this text has said it often enough.

    ``hits`` counts on from ``row`` times the most, so that no text need clear it for the next.
    Without a branch: a node without a phrase, and one said too often, add nothing.
    """
    phrase = node & _PHRASE
    first = np.int64(row) * MAX_CUE_COUNT
    count = max(hits[phrase], first)
    counts = np.int32(count < first + MAX_CUE_COUNT)
    hits[phrase] = count + counts
    for vote in range(votes.shape[1]):
        scores[row, votes[phrase, vote, 0]] += counts * votes[phrase, vote, 1]


@inlined
def match_short(words: Any, places: Any, count: int, row: int, cues: Any, out: Any) -> None:
    """Add the votes of every cue of one word that stands at one of the first ``count`` places.

    ``out`` holds the counts of phrases met, and the scores of all rows.
    """
    _, nodes, votes = cues
    for index in range(count):
        slot = _find(nodes, words[places[index]])
        _vote(nodes[slot, 1], row, votes, out[0], out[1])


@inlined
def match_long(words: Any, places: Any, count: int, row: int, tables: Any, out: Any) -> None:
    """Add the votes of every cue of two words or more that ends at one of ``count`` places."""
    (_, nodes, votes), keys = tables
    for index in range(count):
        place = places[index]
        value = pair_of(words[place - 1], words[place], keys)
        for length in range(2, HISTORY + 1):
            node = nodes[_find(nodes, value), 1]
            _vote(node, row, votes, out[0], out[1])
            if node & _LONGER == 0:
                break
            value = fold(value ^ words[place - length], keys[5])


@compiled
def _plant(hashes: Any, edges: Any, keys: Any, nodes: Any, guards: Any) -> None:
    for phrase in range(edges.size - 1):
        last = edges[phrase + 1] - 1
        length = edges[phrase + 1] - edges[phrase]
        value = hashes[last]
        if length > 1:
            value = pair_of(hashes[last - 1], value, keys)
        for shift in (0, 6):
            bit = (value >> np.uint64(shift)) & _LOW_SIX
            guards[_guard_word(value), min(length, 2) - 1] |= _ONE << bit
        for depth in range(2, length):
            slot = _find(nodes, value)
            nodes[slot, 0] = value
            nodes[slot, 1] |= _LONGER
            value = fold(value ^ hashes[last - depth], keys[5])
        slot = _find(nodes, value)
        nodes[slot, 0] = value
        nodes[slot, 1] |= np.uint64(phrase + 1)


def compile_cues(cues: Sequence[CueLike], key: bytes) -> CueTable:
    """Return the cues as tables for the kernel; ValueError for a cue it could never meet."""
    texts = sorted({cue.words for cue in cues})
    hashes, edges = hash_words(pa.array(texts, pa.string()), key)
    for text, length in zip(texts, np.diff(edges).tolist(), strict=True):
        if not 1 <= length <= HISTORY:
            raise ValueError(f"a cue must have 1 to {HISTORY} words; {text!r} has {length}.")
    nodes = np.zeros((1 << max(4, (2 * hashes.size).bit_length()), 2), np.uint64)
    guards = np.zeros((_GUARD_WORDS, 2), np.uint64)
    _plant(hashes, edges, word_keys(key), nodes, guards)
    place = {text: index for index, text in enumerate(texts, start=1)}
    n_votes = Counter(cue.words for cue in cues)
    votes = np.zeros((len(texts) + 1, max(n_votes.values(), default=0), 2), np.int32)
    for cue in cues:
        n_votes[cue.words] -= 1
        vote = TARGETS.index(cue.target), cue.weight
        votes[place[cue.words], n_votes[cue.words]] = vote
    return CueTable(guards, nodes, votes)

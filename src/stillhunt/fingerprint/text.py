"""One pass over the bytes of each prompt: hashes, MinHash, sketch, scores and structure.

Every part is computed from the keyed hashes of the words; no text outlives the call. The kernel
is compiled, holds no interpreter lock and may run on several threads at once.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillhunt.fingerprint.cues import (
    TARGETS,
    CueTable,
    list_candidates,
    match_long,
    match_short,
    pair_of,
)
from stillhunt.fingerprint.hashing import Hashes, locate_strings
from stillhunt.fingerprint.intrinsics import compiled, fold, inlined
from stillhunt.fingerprint.letters import code_point_kinds
from stillhunt.fingerprint.words import (
    BLOCK_WORDS,
    CHAIN,
    DIGITS,
    FOREIGN,
    HISTORY,
    NEWLINES,
    SYMBOLS,
    TALLY_SIZE,
    WINDOW,
    split_block,
    word_keys,
)
from stillhunt.records import PROJECTION_DIMS, SKETCH_SCALE

END_WORDS: Final = HISTORY + 1
"""Words in an opening and in a closing; a shorter text has neither."""
BINS: Final = 16
"""Bins of the MinHash over runs of three words."""
NO_MINIMUM: Final = 0xFFFFFFFF
SIMHASH_BITS: Final = 64
STRUCTURE: Final = ("words", "digits", "code_symbols", "newlines", "foreign_letters", "bytes")
CONTENT, OPENING, CLOSING, TEMPLATE, SIMHASH = range(5)

_ONE: Final = np.uint64(1)
_COUNTERS: Final = 2 * PROJECTION_DIMS
_COUNTER_SHIFT: Final = np.uint64(64 - 9)
_BIN_SHIFT: Final = np.uint64(64 - 4)
_MINIMUM_SHIFT: Final = np.uint64(28)
_MINIMUM_MASK: Final = np.uint64(NO_MINIMUM)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is kept of each text; row i of every array belongs to text i. Hash 0: absent."""

    content: Hashes  # the whole normalised text, digits exact
    opening: Hashes  # its first six words
    closing: Hashes  # its last six words
    template: Hashes  # two minima of its MinHash; near-copies share it often
    simhash: Hashes  # signs of the sketch folded to 64 components
    minima: npt.NDArray[np.uint32]  # [n, BINS] for a finer comparison; NO_MINIMUM: empty
    sketch: npt.NDArray[np.int16]  # [n, PROJECTION_DIMS], of length SKETCH_SCALE
    scores: npt.NDArray[np.int32]  # [n, len(TARGETS)]
    structure: npt.NDArray[np.int32]  # [n, len(STRUCTURE)]


@inlined
def _chain(words: Any, first: int, keys: Any) -> np.uint64:
    """Return the hash of six words from index ``first``."""
    value = keys[5]
    for index in range(first, first + END_WORDS):
        value = fold(value ^ words[index], keys[6])
    return np.uint64(value | _ONE)


@inlined
def _pair(words: Any, fill: int, keys: Any, pairs: Any) -> None:
    """Write the hash of each word and the one before it: once, for all who ask for it."""
    for index in range(HISTORY, fill):
        pairs[index] = pair_of(words[index - 1], words[index], keys)


@inlined
def _count_features(words: Any, pairs: Any, fill: int, n_before: int, counters: Any) -> None:
    """Add one to the counter of every word and every pair of words."""
    first = HISTORY if n_before else HISTORY + 1
    for index in range(HISTORY, fill):
        counters[words[index] >> _COUNTER_SHIFT] += 1
    for index in range(first, fill):
        counters[pairs[index] >> _COUNTER_SHIFT] += 1


@inlined
def _lower_minima(runs: Any, fill: int, n_before: int, key: np.uint64, minima: Any) -> None:
    """Bring the smallest hash of each bin down over every run of three words."""
    words, pairs = runs
    for index in range(HISTORY + max(0, 2 - n_before), fill):
        value = words[index - 2] * key + pairs[index]
        place = value >> _BIN_SHIFT
        least = np.uint32((value >> _MINIMUM_SHIFT) & _MINIMUM_MASK)
        minima[place] = min(minima[place], least)


@inlined
def _template(minima: Any, keys: Any) -> np.uint64:
    """Return one hash of the smallest minimum of either half of the bins."""
    value = keys[7]
    for half in range(2):
        least = np.uint64(NO_MINIMUM) << np.uint64(4)
        for place in range(half * BINS // 2, (half + 1) * BINS // 2):
            least = min(least, (np.uint64(minima[place]) << np.uint64(4)) | np.uint64(place))
        value = fold(value ^ least, keys[2])
    return np.uint64(value | _ONE)


@inlined
def _finish_sketch(counters: Any, sketch: Any) -> np.uint64:
    """Write the scaled sketch, clear the counters, and return its signs folded to 64 bits."""
    square = np.int64(0)
    for place in range(PROJECTION_DIMS):
        value = counters[place] - counters[place + PROJECTION_DIMS]
        counters[place] = value
        square += np.int64(value) * np.int64(value)
    scale = np.float32(SKETCH_SCALE / np.sqrt(np.float64(square) + np.float64(square == 0)))
    half = np.float32(0.5)
    for place in range(PROJECTION_DIMS):
        value = np.float32(counters[place]) * scale
        sketch[place] = np.int16(value + half if value >= 0 else value - half)
    bits = np.uint64(0)
    for place in range(SIMHASH_BITS):
        value = np.int32(0)
        for part in range(PROJECTION_DIMS // SIMHASH_BITS):
            value += counters[place + part * SIMHASH_BITS]
        bits |= np.uint64(value > 0) << np.uint64(place)
    counters[:] = 0
    return bits


@inlined
def _read_row(row: int, position: int, stop: int, tables: Any, scratch: Any, out: Any) -> int:
    """Read one text into counters, minima, scores and ends; return how many words it has."""
    kinds, keys, cues = tables
    words, pairs, tally, counters, places, hits = scratch
    hashes, minima, _, scores, _ = out
    words[:HISTORY] = keys[7]  # stands for no word, and meets no cue
    tally[:] = 0
    tally[CHAIN] = keys[6]
    n_words = 0
    while position < stop:
        position, fill = split_block(position, stop, words, tally, kinds, keys)
        _pair(words, fill, keys, pairs)
        _count_features(words, pairs, fill, n_words, counters)
        _lower_minima((words, pairs), fill, n_words, keys[4], minima[row])
        n_short, n_long = list_candidates(words, pairs, fill, cues[0], places)
        match_short(words, places[0], n_short, row, cues, (hits, scores))
        match_long(words, places[1], n_long, row, (cues, keys), (hits, scores))
        if n_words == 0 and fill >= HISTORY + END_WORDS:
            hashes[OPENING, row] = _chain(words, HISTORY, keys)
        n_words += fill - HISTORY
        if n_words >= END_WORDS and fill > HISTORY:
            hashes[CLOSING, row] = _chain(words, fill - END_WORDS, keys)
        for index in range(HISTORY):
            words[index] = words[fill - HISTORY + index]
    return n_words


@compiled
def _read_rows(starts: Any, stops: Any, kinds: Any, keys: Any, cues: Any, out: Any) -> None:
    hashes, minima, sketch, _, structure = out
    words = np.zeros(HISTORY + BLOCK_WORDS + WINDOW, np.uint64)
    tally = np.zeros(TALLY_SIZE, np.uint64)
    counters = np.zeros(_COUNTERS, np.int32)
    places = (np.zeros(words.size, np.int64), np.zeros(words.size, np.int64))
    hits = np.zeros(cues[2].shape[0], np.int64)
    scratch = (words, np.zeros_like(words), tally, counters, places, hits)
    for row in range(starts.size):
        n_words = 0
        if stops[row] > starts[row]:
            n_words = _read_row(row, starts[row], stops[row], (kinds, keys, cues), scratch, out)
            structure[row, 1] = np.int32(tally[DIGITS])
            structure[row, 2] = np.int32(tally[SYMBOLS])
            structure[row, 3] = np.int32(tally[NEWLINES])
            structure[row, 4] = np.int32(tally[FOREIGN])
        structure[row, 0] = n_words
        structure[row, 5] = stops[row] - starts[row]
        if n_words == 0:
            sketch[row] = 0
            continue
        hashes[CONTENT, row] = fold(tally[CHAIN] ^ np.uint64(n_words), keys[7]) | _ONE
        if n_words >= 3:
            hashes[TEMPLATE, row] = _template(minima[row], keys)
        hashes[SIMHASH, row] = _finish_sketch(counters, sketch[row])


def read_texts(array: pa.Array, key: bytes, cues: CueTable) -> Texts:
    """Return what is kept of each text of a ``string`` or ``large_string`` array.

    Null, empty and wordless texts have hash 0 throughout and a sketch of zeros. Sketches are
    integers, so sums of them are the same in any order. ValueError for another type of array.
    """
    strings = locate_strings(array)
    n = len(array)
    hashes = np.zeros((SIMHASH + 1, n), np.uint64)
    minima = np.full((n, BINS), NO_MINIMUM, np.uint32)
    sketch = np.empty((n, PROJECTION_DIMS), np.int16)  # the kernel writes every row
    scores = np.zeros((n, len(TARGETS)), np.int32)
    structure = np.zeros((n, len(STRUCTURE)), np.int32)
    out = (hashes, minima, sketch, scores, structure)
    _read_rows(
        strings.starts, strings.stops, code_point_kinds(), word_keys(key), cues.arrays(), out
    )
    return Texts(
        content=hashes[CONTENT],
        opening=hashes[OPENING],
        closing=hashes[CLOSING],
        template=hashes[TEMPLATE],
        simhash=hashes[SIMHASH],
        minima=minima,
        sketch=sketch,
        scores=scores,
        structure=structure,
    )

"""Which way of reading made a fingerprint: those of two ways do not add up.

A change to the lexicon, to a hash, to what a word is or to where a word points changes what
exchanges come to. Nobody has to remember to say so: the edition is what the marker makes of a few
exchanges, and the cues themselves.
"""

import hashlib
from functools import lru_cache
from typing import Final

import pyarrow as pa

from stillhunt.fingerprint.lexicon import CUES
from stillhunt.fingerprint.marks import Marker
from stillhunt.tables import EXCHANGES, TIME

_PROMPTS: Final = (
    "Write a Python function that returns the longest run of equal words; think step by step.",
    "def f(x):\n    return x + 1\n\n# why does `f('1')` fail?",
    'Return only JSON: {"name": "…", "score": 1-10}. Do not explain.',
    "Wie weit ist es von Köln nach Aachen? Bitte kurz, mit U\u0308bernachtung.",
    "请把下面的句子翻译成英文: 今天天气很好。",
    "  ¿Qué\tes\u00a0esto?!  " + "word " * 300,
    "",
)


@lru_cache(maxsize=1)
def edition() -> str:
    """Return 32 hexadecimal digits that change with the way of reading, and with nothing else.

    >>> len(edition()), edition() == edition()
    (32, True)
    """
    n = len(_PROMPTS)
    said = {
        "exchange_id": pa.array([str(number) for number in range(n)]),
        "account_id": pa.array(["account"] * n),
        "time": pa.array([0] * n, TIME),
        "prompt": pa.array(_PROMPTS),
        "system": pa.array(["You are a careful assistant."] * n),
        "model": pa.array(["large-1"] * n),
        "ip": pa.array(["2001:db8::1"] * n),
        "user_agent": pa.array(["client/1.0"] * n),
    }
    columns = [
        said[field.name] if field.name in said else pa.nulls(n, field.type) for field in EXCHANGES
    ]
    made = Marker(b"\0" * 32).mark(pa.RecordBatch.from_arrays(columns, schema=EXCHANGES))
    digest = hashlib.blake2b(repr(CUES).encode(), digest_size=16)
    for column in made.marks.columns:
        digest.update(repr(column.to_pylist()).encode())
    digest.update(made.sketch.astype("<i2").tobytes())
    return digest.hexdigest()

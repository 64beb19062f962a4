"""Speed of the text kernel on one core: ``python bench/kernel.py [--log DIR] [--write]``.

Prints megabytes of text per second of CPU time, for plain English-like prompts, for prompts with
typographic signs, and for Chinese; and what the parts cost. These texts are generated; ``--log``
adds the prompts of a folder of Parquet. ``--write`` puts the table into ``docs/performance.md``.
"""

import argparse
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from speed import write_page
from stillhunt.fingerprint.cues import compile_cues
from stillhunt.fingerprint.lexicon import CUES
from stillhunt.fingerprint.text import read_texts
from stillhunt.fingerprint.words import hash_words

KEY = b"a bench's secret"
REPEATS = 7
ROWS = 16_000
WORDS = 97
BEGIN, END = "<!-- kernel: made by bench/kernel.py -->", "<!-- end of kernel -->"
LETTERS = "eeeettaaooiinnsshhrrddlucm"


def cpu_s(work: Callable[[], object]) -> float:
    """Return the least CPU time of a few runs, after one that compiles."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def vocabulary(chance: random.Random, cues: bool) -> list[str]:
    sizes = (1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 11)
    words = ["".join(chance.choices(LETTERS, k=chance.choice(sizes))) for _ in range(4000)]
    return words + [word for cue in CUES for word in cue.words.split()] * cues


def prompts(chance: random.Random, words: list[str], n_words: int, marks: str) -> list[str]:
    texts = []
    for _ in range(2000):
        parts = chance.choices(words, k=n_words)
        for place in range(7, n_words, 11):
            parts[place] += chance.choice(marks)
        texts.append(" ".join(parts).capitalize() + ".\n")
    return texts


def kinds_of_text(log: Path | None) -> dict[str, pa.Array]:
    """Return ``ROWS`` texts of each kind."""
    chance = random.Random(7)
    plain, cued = vocabulary(chance, cues=False), vocabulary(chance, cues=True)
    ideographs = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
    kinds = {
        "plain words": prompts(chance, plain, WORDS, ",.;:"),
        "words of cues": prompts(chance, cued, WORDS, ",.;:"),
        "typographic": prompts(chance, plain, WORDS, "\u201d\u2019\u2014\u2026"),
        "accented": prompts(chance, [word + "\u00e9" for word in plain], WORDS, ",."),
        "Chinese": [text.replace(" ", "") for text in prompts(chance, ideographs, 180, "\u3002")],
    }
    arrays = {name: pa.array((texts * ROWS)[:ROWS], pa.string()) for name, texts in kinds.items()}
    if log is not None:
        column = pq.read_table(log, columns=["prompt"])["prompt"].drop_null()
        rows = random.Random(8).sample(range(len(column)), min(ROWS, len(column)))
        arrays["the log"] = column.take(pa.array(rows)).combine_chunks()
    return arrays


def page(log: Path | None) -> str:
    """Return the speeds as a Markdown table."""
    tables = {"all cues": compile_cues(CUES, KEY), "no cues": compile_cues([], KEY)}
    lines = [
        "Text kernel, MB/s of CPU time on one core; least of 7 runs.",
        "",
        "| text | bytes a row | words only | without cues | all |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, array in kinds_of_text(log).items():
        n_bytes = pc.sum(pc.binary_length(array)).as_py()
        times = [
            cpu_s(partial(hash_words, array, KEY)),
            cpu_s(partial(read_texts, array, KEY, tables["no cues"])),
            cpu_s(partial(read_texts, array, KEY, tables["all cues"])),
        ]
        speeds = " | ".join(f"{n_bytes / seconds / 1e6:.0f}" for seconds in times)
        lines.append(f"| {name} | {n_bytes / len(array):.0f} | {speeds} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--log", type=Path, help="Parquet with a column prompt, read as well")
    parser.add_argument("--write", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    table = page(given.log)
    print(table)
    if given.write:
        write_page(table, BEGIN, END)


if __name__ == "__main__":
    main()

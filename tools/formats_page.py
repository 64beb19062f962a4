"""Write ``docs/formats.md`` from the formats themselves; the tests fail when it is stale."""

from collections.abc import Iterator
from pathlib import Path

from stillhunt.ingest.evidence import fed
from stillhunt.ingest.formats import FORMATS
from stillhunt.ingest.formats.format import COLUMNS
from stillhunt.records import FAMILIES

INTRODUCTION = """# Formats

`stillhunt hunt LOG` reads these as they are; which it is, is told by the content, file by file.
`stillhunt inspect LOG` says what it found, and `--format NAME` overrules it. Files end in `.jsonl`,
`.ndjson` or `.json` (one object a line, arrays, or printed prettily), `.parquet`, `.csv`, or
`.binpb` and `.pb` for OTLP; all but Parquet may be `.gz` or `.zst`. Anything else:
[a map](formats/map.md).

What a format can feed each family of evidence with, where the log is whole:

"""

LATER = """

Life cycle reads the accounts (`--accounts`), which no log carries.

| format | columns it never has |
|---|---|
"""

END = """
This page is made from `src/stillhunt/ingest/formats` by `make docs`.
"""


def page() -> str:
    """Return the page in Markdown."""
    return INTRODUCTION + "\n".join(_families()) + LATER + "\n".join(_lacks()) + "\n" + END


def _families() -> Iterator[str]:
    families = [family for family in FAMILIES if family != "life_cycle"]
    yield "| format | what it is | " + " | ".join(families) + " |"
    yield "|---|---|" + "---|" * len(families)
    for form in FORMATS:
        told = fed(form.columns)
        cells = (_code(told[family]) or "–" for family in families)
        name = f"[`{form.name}`](formats/{form.name}.md)"
        yield f"| {name} | {form.title} | " + " | ".join(cells) + " |"


def _lacks() -> Iterator[str]:
    for form in FORMATS:
        lacking = [name for name in COLUMNS if name not in form.columns]
        yield f"| `{form.name}` | {_code(', '.join(lacking)) or '–'} |"


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", ") if name)


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "formats.md"
    target.write_text(page(), encoding="utf-8")

"""Tables in pages: what a bench measured, put between two markers."""

from pathlib import Path


def put_between(page: Path, begin: str, end: str, text: str) -> None:
    """Replace what stands between two markers of a page; at the end where they are not there."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    before, found, rest = old.partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    before = before if found else f"{old}\n"
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")

"""Fail when a module of the product has no test file of its own, or a test file no module."""

import sys
from pathlib import Path

EXEMPT = frozenset[str](
    {
        "__init__.py",  # hands out what test_api.py asks for
        "__main__.py",  # one call of cli.main, run by tests/cli
        # Cues, nothing else; test_lexicon.py and test_purpose.py read every one of them.
        "fingerprint/lexicon_elicitation.py",
        "fingerprint/lexicon_english.py",
        "fingerprint/lexicon_languages.py",
    }
)
"""Modules without a test file. The list may only shrink: an entry no longer needed fails."""

NOT_MIRRORS = frozenset({"bench", "cases", "contracts", "tools"})
"""Folders of tests that answer to something else than a module."""

CASED = frozenset({"ingest/formats", "judge/signals", "judge/explanations"})
"""Folders of plug-ins; each is tested by its folder of cases and by the suite of contracts."""

WHOLE_HOUSE = frozenset({"test_docs.py", "test_leaks.py", "test_privacy.py"})
"""Test files about the whole house."""


def differences(root: Path) -> list[str]:
    """Return one sentence for each module or test file that stands alone."""
    source, tests = root / "src" / "stillhunt", root / "tests"
    names = (_name(path, source) for path in source.rglob("*.py"))
    modules = {name for name in names if name is not None}
    tested = {
        str(path.relative_to(tests).with_name(path.name.removeprefix("test_")))
        for path in tests.rglob("test_*.py")
        if path.name not in WHOLE_HOUSE and path.relative_to(tests).parts[0] not in NOT_MIRRORS
    }
    cased = {name for name in modules if _has_cases(tests, Path(name))}
    lacking = sorted(modules - tested - cased - EXEMPT)
    idle = sorted(EXEMPT & tested | EXEMPT - modules)
    alone = sorted(tested - modules)
    return [
        *(
            f"src/stillhunt/{name}: wants a test file; got none. Write tests/{_test(name)}."
            for name in lacking
        ),
        *(f"tests/{_test(name)}: tests no module of that name. Rename it." for name in alone),
        *(f"tools/mirror.py: {name} needs no exemption any more. Take it out." for name in idle),
    ]


def _name(path: Path, source: Path) -> str | None:
    """Return the path of a module below the package; None when it holds nothing to test."""
    relative = path.relative_to(source)
    if path.name != "__init__.py":
        return str(relative)
    has_code = any(
        line.startswith(("def ", "class ")) for line in path.read_text("utf-8").splitlines()
    )
    folder = relative.parent
    return str(folder.with_suffix(".py") if folder.name else relative) if has_code else None


def _has_cases(tests: Path, module: Path) -> bool:
    return module.parent.as_posix() in CASED and (tests / "cases" / module.stem).is_dir()


def _test(name: str) -> Path:
    return Path(name).with_name(f"test_{Path(name).name}")


def main(root: Path) -> int:
    complaints = differences(root)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))

"""What a state folder says of itself, and how one of an older format becomes one of this."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from stillhunt.errors import InputError, SettingsError

FORMAT: Final = 2
"""Of all files of a state: their names, columns and meaning."""

EDITION_OF_1: Final = "e20f42b0cad842cd2b071d387cd8c5f6"
"""States of format 1 did not say how they read; one way of reading wrote all that there are."""

NAME: Final = "store.json"


@dataclass(frozen=True, slots=True)
class About:
    """``format`` of files, ``edition`` of fingerprints, and ``check``, a value of the secret."""

    format: int
    check: str
    edition: str

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self)) + "\n"


def check_of(secret: bytes) -> str:
    """Return a value that tells one secret from another, and nothing of it."""
    return hashlib.blake2b(b"stillhunt state", key=secret[:64], digest_size=16).hexdigest()


def read(place: Path, secret: bytes) -> About:
    """Return what the state at ``place`` says of itself.

    InputError where it cannot be read or is of a later format, SettingsError of another secret.
    """
    try:
        said = json.loads((place / NAME).read_text("utf-8"))
        about = About(**{"edition": ""} | said)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{place}: a state folder written by `stillhunt watch` was wanted; its {NAME} cannot "
            "be read. Put it back, or begin with a new folder."
        ) from error
    if about.format not in (FORMAT, *STEPS):
        raise InputError(
            f"{place}: a state of format {FORMAT} was wanted; came {about.format!r}, of another "
            "version. Use that version, or begin with a new folder and the logs."
        )
    if about.check != check_of(secret):
        raise SettingsError(
            f"{place}: the secret with which the state was begun was wanted; got another. Hashes "
            "of two secrets do not add up: give the old one, or begin with a new folder."
        )
    return about


def _say_edition(_: Path, about: About) -> About:
    """Format 2 says how prompts were read."""
    return replace(about, format=2, edition=EDITION_OF_1)


STEPS: Final[Mapping[int, Callable[[Path, About], About]]] = {1: _say_edition}
"""From each older format to the next. One that is killed is taken again, so it must not mind."""

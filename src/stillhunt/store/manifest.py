"""What of a state folder counts: its segments, and how far each source was read for them."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from stillhunt.errors import InputError
from stillhunt.records import Position


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the log, added up: a folder of Parquet files.

    ``level``: how often it was merged. ``n_exchanges`` were counted in it.
    """

    name: str
    level: int
    n_exchanges: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of the whole: what was counted is what was read, no more and no less.

    ``number`` counts commits. ``since``: the commits from which the two generations of remembered
    exchange keys come. ``present``: columns of the contract that were seen. ``n_rows`` were read
    and kept, duplicates among them; ``n_rejected`` were set aside, in the first ``rejected_bytes``
    of the list.
    """

    number: int = 0
    segments: tuple[Segment, ...] = ()
    positions: Mapping[str, Position] = field(default_factory=dict)
    since: tuple[int, int] = (0, 0)
    present: frozenset[str] = frozenset()
    n_rows: int = 0
    n_rejected: int = 0
    rejected_bytes: int = 0

    @property
    def n_exchanges(self) -> int:
        """Exchanges counted, each once."""
        return sum(segment.n_exchanges for segment in self.segments)


def dump(manifest: Manifest) -> str:
    """Return a manifest as JSON."""
    plain = {one.name: getattr(manifest, one.name) for one in dataclasses.fields(manifest)}
    plain["segments"] = [dataclasses.asdict(segment) for segment in manifest.segments]
    plain["positions"] = {k: dataclasses.asdict(p) for k, p in manifest.positions.items()}
    plain["present"] = sorted(manifest.present)
    return json.dumps(plain, indent=1) + "\n"


def load(text: str) -> Manifest:
    """Return the manifest that ``dump`` wrote; InputError when it is something else."""
    try:
        plain = json.loads(text)
        plain["segments"] = tuple(Segment(**one) for one in plain["segments"])
        plain["positions"] = {key: Position(**one) for key, one in plain["positions"].items()}
        plain["present"] = frozenset(plain["present"])
        plain["since"] = tuple(plain["since"])
        return Manifest(**plain)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "manifest.json of a state folder must be as `stillhunt watch` wrote it; it is cut or "
            "of something else. Put it back, or begin with a new folder."
        ) from error

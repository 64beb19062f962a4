import pytest

from stillhunt.errors import InputError
from stillhunt.records import Position
from stillhunt.store.manifest import Manifest, Segment, dump, load


def test_what_is_written_is_read_again() -> None:
    manifest = Manifest(
        7, (Segment("000000003m", 1, 40, 900),), {"file:a": Position(5, 2, "stamp", True)},
        (2, 5), frozenset({"time", "prompt"}), 41, 3, 120,
    )  # fmt: skip
    assert load(dump(manifest)) == manifest
    assert manifest.n_exchanges == 40


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"number": 1, "segments": [{}]}'])
def test_what_is_no_manifest_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"manifest\.json .* must be as `stillhunt watch`"):
        load(text)

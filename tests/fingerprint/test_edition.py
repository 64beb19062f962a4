"""The edition changes with the way of reading."""

import pytest

from stillhunt.fingerprint import edition as module
from stillhunt.fingerprint.edition import edition
from stillhunt.fingerprint.marks import Marker
from stillhunt.store.about import EDITION_OF_1


@pytest.fixture
def anew():
    """Return the edition, reckoned anew."""
    edition.cache_clear()
    yield lambda: edition.__wrapped__()
    edition.cache_clear()


def test_states_that_are_there_can_be_added_to():
    """Who changes how prompts are read changes this line, and refuses every state that there is."""
    assert edition() == "e20f42b0cad842cd2b071d387cd8c5f6" == EDITION_OF_1


def test_another_cue_is_another_edition(anew, monkeypatch):
    before = anew()
    monkeypatch.setattr(module, "CUES", module.CUES[:-1])
    assert anew() != before


@pytest.mark.parametrize("part", ["marks", "sketch"])
def test_another_mark_or_place_of_a_word_is_another_edition(anew, monkeypatch, part):
    before, mark = anew(), Marker.mark

    def otherwise(self, batch):
        made = mark(self, batch)
        if part == "sketch":
            made.sketch[0, 0] += 1
            return made
        column = made.marks.schema.get_field_index("template")
        swapped = made.marks.column(column).take([1, 0, *range(2, len(batch))])
        return type(made)(
            made.marks.set_column(column, "template", swapped), made.sketch, made.names
        )

    monkeypatch.setattr(Marker, "mark", otherwise)
    assert anew() != before

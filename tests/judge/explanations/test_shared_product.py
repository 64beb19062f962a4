"""What a shared product's answer says of the ties that it was asked about."""

from dataclasses import replace

import pytest
from tests.judge.crowd import SETTINGS, unknown_portrait

from stillhunt.judge.explanations import Case
from stillhunt.judge.explanations.shared_product import SharedProduct


@pytest.mark.parametrize(
    ("identity_p", "one_hand_p", "content_p", "holds", "ends"),
    [
        (1.0, {"one_hand": 1e-9}, {"content": 1e-9}, True, "they are strangers otherwise."),
        (1e-9, {"one_hand": 1e-9}, {"content": 1e-9}, False, "tied to each other by more than it."),
        (1e-9, {"one_hand": 0.9}, {"content": 1e-9}, True, "in what they send shows one hand."),
        (1e-9, {}, {"content": 1e-9}, True, "in what they send shows one hand."),
        (1e-9, {}, {}, False, "tied to each other by more than it."),
        (1.0, {}, {}, True, "they are strangers otherwise."),
    ],
    ids=["strangers", "one hand", "own data", "unmeasured", "tied, no content", "no content"],
)
def test_an_answer_tells_why_ties_do_or_do_not_undo_it(
    identity_p, one_hand_p, content_p, holds, ends
):
    answer = SharedProduct().ask(
        Case(
            replace(unknown_portrait(), product_ratio=1.0),
            {"shared_identity": identity_p, **one_hand_p},
            {"identity": identity_p, **content_p},
            SETTINGS,
        )
    )
    assert answer.holds == holds
    assert answer.text.endswith(ends)

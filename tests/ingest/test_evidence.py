"""Which families a log can feed."""

from stillhunt.ingest.evidence import NEEDS, fed
from stillhunt.records import FAMILIES
from stillhunt.tables import EXCHANGES


def test_every_family_says_what_it_needs_of_the_contract():
    assert tuple(NEEDS) == FAMILIES
    assert {n for need in NEEDS.values() for n in (*need.any_of, *need.helps)} <= {*EXCHANGES.names}


def test_helpers_alone_feed_nothing():
    assert fed(frozenset({"n_turns", "tools"}))["purpose"] == ""

"""The memory after a judgement: written once, and the same when one judges again."""

from dataclasses import replace

import numpy as np
import pytest
from tests.populations import DAY_US, population, uses

from stillhunt.blocks import Packed
from stillhunt.population import Space
from stillhunt.settings import JudgeSettings
from stillhunt.tables import Track
from stillhunt.track.history import HOUR_US, Now, Present, Release, follow

N = 600
RING = Present("SH-1", np.arange(60))
RELEASE_US = 3 * DAY_US


def _now(at_us, ring_share=0.0):
    people = population(N, uses=uses(client=[(a, a % 7) for a in range(N)]))
    space = Space(Packed.room(N, 8), np.zeros(N), np.zeros(N), np.zeros(0, np.int64))
    rng = np.random.default_rng(1)
    total = np.full(N, 6)
    new = rng.binomial(total, np.where(np.arange(N) < 60, ring_share, 0.2))
    release = Release("corvus", RELEASE_US, np.arange(N), rng.integers(0, 3, N), new, total)
    return Now(at_us, people, space, np.zeros(N, np.int64), (release,))


def _changes(track):
    return [(row["campaign_id"], row["change"]) for row in track.history.to_pylist()]


def test_a_campaign_is_found_and_keeps_a_profile_when_it_goes():
    track = follow(Track.empty(), _now(DAY_US), [RING], JudgeSettings())
    gone = follow(track, _now(2 * DAY_US), [], JudgeSettings())
    assert _changes(gone) == [("SH-1", "found"), ("SH-1", "cleared")]
    assert gone.profiles["campaign_id"].to_pylist() == ["SH-1"]
    assert gone.roster.num_rows == RING.members.size


def test_a_campaign_from_which_nothing_comes_is_quiet_named_or_not():
    now = _now(DAY_US)
    late = replace(now, at_us=int(now.people.last_us.max()) + 73 * HOUR_US)
    track = follow(Track.empty(), now, [RING], JudgeSettings())
    for present in ([RING], []):
        quiet = follow(track, late, present, JudgeSettings())
        assert _changes(quiet) == [("SH-1", "found"), ("SH-1", "quiet")]
    elsewhere = replace(late, people=population(5))
    assert _changes(follow(track, elsewhere, [], JudgeSettings()))[-1] == ("SH-1", "quiet")


def test_the_same_judgement_again_adds_nothing():
    now = _now(4 * DAY_US, ring_share=0.7)
    once = follow(Track.empty(), now, [RING], JudgeSettings())
    again = follow(once, now, [RING], JudgeSettings())
    assert all(getattr(once, n).equals(getattr(again, n)) for n in once.__slots__)


@pytest.mark.parametrize(
    ("share", "hours", "is_told"), [(0.7, 7, True), (0.7, 5, False), (0.2, 48, False)]
)
def test_a_pivot_is_told_from_the_first_look_at_which_it_shows(share, hours, is_told):
    track = follow(
        Track.empty(), _now(RELEASE_US + hours * HOUR_US, share), [RING], JudgeSettings()
    )
    told = [row for row in track.history.to_pylist() if row["change"] == "pivoted"]
    assert bool(told) is is_told
    if told:
        assert (told[0]["other_id"], told[0]["accounts"]) == ("corvus", 60)
        assert told[0]["at"].timestamp() * 1e6 == RELEASE_US + 6 * HOUR_US

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.fingerprint.seen import Recent, Seen

KEYS = st.lists(st.integers(0, 40).map(lambda key: key * 0x123456789ABCDEF), max_size=60)


@settings(deadline=None, derandomize=True)
@given(st.lists(KEYS, max_size=4))
def test_seen_tells_first_occurrences_like_a_set(batches: list[list[int]]) -> None:
    seen, known = Seen(), {0}
    for batch in batches:
        assert seen.has(np.array(batch, np.uint64)).tolist() == [k in known - {0} for k in batch]
        wanted = []
        for key in batch:
            wanted.append(key not in known)
            known.add(key)
        assert seen.new(np.array(batch, np.uint64)).tolist() == wanted
    assert len(seen) == len(known) - 1


def test_seen_grows_without_losing_keys() -> None:
    keys = np.arange(1, 50_001, dtype=np.uint64)
    seen = Seen()
    assert seen.new(keys).all()
    assert not seen.new(keys[::-1]).any()


@settings(deadline=None, derandomize=True)
@given(st.lists(KEYS, max_size=6))
def test_recent_tells_like_seen_while_there_is_room_also_after_a_restart(
    batches: list[list[int]],
) -> None:
    seen, recent, kept = Seen(), Recent(10**6), []
    for turn, batch in enumerate(batches):
        keys = np.array(batch, np.uint64)
        new = seen.new(keys)
        assert recent.new(keys).tolist() == new.tolist()
        came = recent.turn(turn + 1)
        assert sorted(came.tolist()) == sorted(keys[new].tolist())
        kept.append((came, turn))
        recent = Recent(10**6, recent.since)
        for earlier, when in kept:
            recent.remember(earlier, np.full(earlier.size, when, np.int32))


def test_recent_forgets_the_older_generation_and_never_the_newest_half() -> None:
    recent = Recent(100)
    for turn in range(40):
        keys = np.arange(10 * turn + 1, 10 * turn + 11, dtype=np.uint64)
        assert recent.new(keys).all()
        recent.turn(turn + 1)
        assert len(recent) <= 110
        newest = np.arange(max(1, 10 * turn - 39), 10 * turn + 11, dtype=np.uint64)
        assert not recent.new(newest).any()
    assert recent.new(np.array([1], np.uint64)).all()
    assert recent.since[0] >= 30

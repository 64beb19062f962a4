from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.live.streams import SECRET, SETTINGS, exchanges, keep, recalled

from stillhunt.fingerprint.hashing import hash_strings
from stillhunt.fingerprint.marks import ACCOUNT
from stillhunt.live.keeping import REJECTED, fold_us, forget, next_merge, open_keeper
from stillhunt.settings import Settings
from stillhunt.store import Segment, open_reader, open_writer


def test_what_was_not_committed_does_not_count_and_may_come_again(tmp_path: Path) -> None:
    with open_keeper(tmp_path / "state", SETTINGS, SECRET) as keeper:
        keep(keeper, exchanges("a", "b"), rejected="{}\n")
        keeper.commit()
        keep(keeper, exchanges("c", "d", first=2), rejected="{}\n{}\n")
        keeper._append_rejected()  # killed between the list and the manifest
    assert (tmp_path / "state" / REJECTED).read_text() == "{}\n" * 3
    with open_keeper(tmp_path / "state", SETTINGS, SECRET) as keeper:
        assert (tmp_path / "state" / REJECTED).read_text() == "{}\n"
        keep(keeper, exchanges("c", "d", first=2))
        manifest = keeper.commit()
    assert (manifest.n_exchanges, manifest.n_rows, manifest.n_rejected) == (4, 4, 1)
    assert manifest.positions["test"].offset == 4


def test_a_commit_of_duplicates_alone_moves_the_position_and_adds_no_segment(
    tmp_path: Path,
) -> None:
    with open_keeper(tmp_path / "state", SETTINGS, SECRET) as keeper:
        for _ in range(2):
            keep(keeper, exchanges("a", "b"))
            manifest = keeper.commit()
    assert len(manifest.segments) == 1
    assert (manifest.n_exchanges, manifest.n_rows) == (2, 4)
    assert manifest.positions["test"].offset == 4


def test_segments_are_merged_aside_and_few_remain(tmp_path: Path) -> None:
    with open_keeper(tmp_path / "state", SETTINGS, SECRET) as keeper:
        for start in range(9):
            keep(keeper, exchanges("a", "b", first=2 * start))
            keeper.commit()
            keeper.settle()
        manifest = keeper.state.manifest
        assert {one.level for one in manifest.segments} == {2}
        assert manifest.n_exchanges == 18
        names = {one.name for one in (tmp_path / "state" / "segments").iterdir()}
        assert names == {one.name for one in manifest.segments}


def test_only_the_lowest_full_level_is_merged() -> None:
    segments = tuple(Segment(str(i), level, 1, 1) for i, level in enumerate([1, 1, 0, 0, 0, 1]))
    assert [one.name for one in next_merge(segments, 3)] == ["2", "3", "4"]
    assert [one.name for one in next_merge(segments[:2] + segments[5:], 3)] == ["0", "1", "5"]
    assert next_merge(segments, 4) == ()


def test_keys_are_forgotten_and_only_then_a_duplicate_counts(tmp_path: Path) -> None:
    few = Settings(**{"watch": {"remembered": 8, "fan_in": 2}})
    with open_keeper(tmp_path / "state", few, SECRET) as keeper:
        for start in range(0, 40, 4):
            keep(keeper, exchanges(*"abcd", first=start))
            keeper.commit()
            keeper.settle()
    with open_keeper(tmp_path / "state", few, SECRET) as keeper:
        assert len(keeper.recent) <= 8
        keep(keeper, exchanges(*"abcd", first=36))
        assert keeper.commit().n_exchanges == 40
        keep(keeper, exchanges(*"abcd", first=0))
        assert keeper.commit().n_exchanges == 44


def test_hours_fold_by_whole_days() -> None:
    assert fold_us(0, 10 * 86_400) == 0
    assert fold_us(3, 10 * 86_400 + 5) == 7 * 86_400_000_000


def test_a_forgotten_account_is_in_no_file(tmp_path: Path) -> None:
    place = tmp_path / "state"
    with open_keeper(place, SETTINGS, SECRET) as keeper:
        for start in (0, 3):
            keep(keeper, exchanges("a", "b", "a", first=start))
            keeper.commit()
        keep(keeper, exchanges("a", first=6))
        keeper.commit()
    hashed = int(hash_strings(pa.array(["a"]), SECRET, ACCOUNT)[0])
    with open_writer(place, SECRET, None) as state:
        assert forget(state, SETTINGS, hashed, SECRET) == 5
    assert recalled(place).gathered.names["text"].to_pylist() == ["b"]
    with open_reader(place, SECRET) as state:
        assert len(list((place / "segments").iterdir())) == len(state.manifest.segments) == 2
    for file in place.rglob("*.parquet"):
        table = pq.read_table(file)
        for column in {"account", "hash"} & set(table.column_names):
            assert hashed not in table[column].to_pylist(), file


def test_the_secret_shows_in_no_repr(tmp_path: Path) -> None:
    with open_keeper(tmp_path / "state", SETTINGS, SECRET) as keeper:
        assert "secret for tests" not in repr(keeper)

"""Tasks alone: what a part without rows sends, and that no secret shows."""

import pyarrow as pa
from tests.spread.cluster import arriving
from tests.spread.logs import SECRET, SETTINGS, random_log

from stillhunt.spread.tasks import Work
from stillhunt.tables import EXCHANGES

WORK = Work(SECRET, SETTINGS, 4)


def test_a_part_without_rows_says_so_and_nothing_else():
    (told,) = WORK.part(arriving(EXCHANGES.empty_table()), None)
    assert told.kind == "told"
    assert told.rows.to_pylist() == [{"n_rows": 0, "unseen": True}]
    assert list(WORK.merge(iter(()))) == list(WORK.finish(iter(()))) == []


def test_a_part_tells_the_rows_that_it_kept_and_set_aside():
    table = random_log(2)
    sent = list(WORK.part(arriving(table), None))
    (told,) = (p.rows.to_pylist()[0] for p in sent if p.kind == "told")
    assert not told["unseen"]
    set_aside = pa.concat_tables([p.rows for p in sent if p.kind == "rejected"])
    assert told["n_rows"] + len(set_aside) == len(table)
    assert len(set_aside) > 0


def test_ids_alone_give_the_keys_that_marks_have():
    table = random_log(1, faults=False)

    def keys(task, columns):
        sent = task(arriving(table.select(columns)))
        return sorted(k for p in sent if p.kind == "keys" for k in p.rows["key"].to_pylist())

    assert keys(WORK.ids, ["exchange_id"]) == keys(WORK.keys, table.column_names)


def test_exchanges_without_an_id_are_told():
    table = random_log(2, faults=False)
    unnamed = [p for p in WORK.ids(arriving(table.select(["exchange_id"]))) if p.kind == "unnamed"]
    assert unnamed[0].rows["n"].to_pylist() == [table["exchange_id"].null_count]


def test_no_text_is_sent_but_names():
    table = random_log(2)
    for parcel in WORK.part(arriving(table), None):
        for name, column in zip(parcel.rows.column_names, parcel.rows.columns, strict=True):
            if pa.types.is_string(column.type) and parcel.kind not in ("names", "rejected"):
                assert name == "kind"


def test_the_secret_shows_in_no_repr():
    assert SECRET.decode() not in repr(WORK)

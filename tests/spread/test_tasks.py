"""Tasks alone: what a part without rows sends, and that no secret shows."""

import pyarrow as pa
from tests.spread.logs import SECRET, SETTINGS, random_log

from stillhunt.spread.tasks import Work

WORK = Work(SECRET, SETTINGS, "the log", 4)


def test_a_part_without_rows_says_so_and_nothing_else():
    (told,) = WORK.part(iter(()), None)
    assert told.kind == "told"
    assert told.rows.to_pylist() == [{"n_rows": 0, "n_rejected": 0, "unseen": True}]
    assert list(WORK.merge(iter(()))) == list(WORK.finish(iter(()))) == []


def test_a_part_tells_the_rows_that_it_kept_and_set_aside():
    table = random_log(2)
    sent = list(WORK.part(iter(table.to_batches()), None))
    (told,) = (p.rows.to_pylist()[0] for p in sent if p.kind == "told")
    assert told["n_rows"] + told["n_rejected"] == len(table)
    assert not told["unseen"]
    set_aside = pa.concat_tables([p.rows for p in sent if p.kind == "rejected"])
    assert len(set_aside) == told["n_rejected"] > 0


def test_ids_alone_give_the_keys_that_marks_have():
    table = random_log(1, faults=False)

    def keys(task, columns):
        sent = task(iter(table.select(columns).to_batches()))
        return sorted(k for p in sent if p.kind == "keys" for k in p.rows["key"].to_pylist())

    assert keys(WORK.ids, ["exchange_id"]) == keys(WORK.keys, table.column_names)


def test_exchanges_without_an_id_are_told():
    table = random_log(2, faults=False)
    unnamed = [
        p for p in WORK.ids(iter(table.select(["exchange_id"]).to_batches())) if p.kind == "unnamed"
    ]
    assert unnamed[0].rows["n"].to_pylist() == [table["exchange_id"].null_count]


def test_no_text_is_sent_but_names():
    table = random_log(2)
    for parcel in WORK.part(iter(table.to_batches()), None):
        for name, column in zip(parcel.rows.column_names, parcel.rows.columns, strict=True):
            if pa.types.is_string(column.type) and parcel.kind not in ("names", "rejected"):
                assert name == "kind"


def test_the_secret_shows_in_no_repr():
    assert SECRET.decode() not in repr(WORK)

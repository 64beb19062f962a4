from tests.ingest.feeds.lines import line

from stillhunt.ingest.feeds.arrivals import NO_ROWS, Aside, arrival_of, joined
from stillhunt.ingest.jsonlines import Block
from stillhunt.records import Position, Rejection
from stillhunt.settings import IngestSettings


def test_rows_come_with_their_position_their_columns_and_what_was_set_aside() -> None:
    block = Block(line("a", model="m") + b"\n{no\n" + line("b"), range(7, 10))
    arrival = arrival_of("log", block, "key", Position(99, 9), IngestSettings())
    assert arrival.rows.column("account_id").to_pylist() == ["a", "b"]
    assert arrival.positions == {"key": Position(99, 9)}
    assert arrival.columns == {"time", "account_id", "prompt", "model"}
    assert arrival.n_rejected == 1
    assert '"line": 8' in arrival.rejected
    assert "no" not in arrival.rejected.replace("not JSON", "")


def test_what_is_set_aside_is_handed_out_once() -> None:
    aside = Aside()
    aside.rejects.add(Rejection("log", 1, "no time"))
    assert aside.take()[1] == 1
    assert aside.take() == ("", 0)
    aside.rejects.add(Rejection("log", 2, "no time"), 5)
    text, n = aside.take()
    assert (text.count("\n"), n) == (1, 5)


def test_no_batches_are_no_rows() -> None:
    assert joined([]) == NO_ROWS
    assert joined([NO_ROWS, NO_ROWS]).num_rows == 0

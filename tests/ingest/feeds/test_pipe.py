import os
import threading

from tests.ingest.feeds.lines import drain, line, lines

from stillhunt.ingest.feeds import PipeFeed
from stillhunt.records import Position
from stillhunt.settings import IngestSettings


def test_lines_come_as_they_are_written_and_the_last_one_at_the_end() -> None:
    theirs, ours = os.pipe()
    feed, positions = PipeFeed(theirs, IngestSettings()), dict[str, Position]()
    assert drain(feed, positions) == ([], 0)
    os.write(ours, lines(1, 2) + line(3)[:10])
    assert drain(feed, positions) == (["1", "2"], 0)
    os.write(ours, line(3)[10:] + b"\n{no\n" + line(5))
    assert drain(feed, positions) == (["3"], 1)
    os.close(ours)
    assert drain(feed, positions) == (["5"], 0)
    assert feed.is_over
    assert positions["-"].line == 5
    os.close(theirs)


def test_who_writes_faster_than_is_read_must_wait_and_loses_nothing() -> None:
    theirs, ours = os.pipe()
    names = [str(i) for i in range(20_000)]

    def write() -> None:
        with os.fdopen(ours, "wb") as out:
            out.write(lines(*names))

    writer = threading.Thread(target=write)
    writer.start()
    feed, came = PipeFeed(theirs, IngestSettings(chunk_bytes=10_000)), []
    while not feed.is_over:
        came += drain(feed, {})[0]
    writer.join()
    os.close(theirs)
    assert came == names


def test_a_line_far_too_long_is_set_aside_and_takes_no_memory() -> None:
    theirs, ours = os.pipe()
    feed = PipeFeed(theirs, IngestSettings(max_text_bytes=100, chunk_bytes=5_000))
    came, n_rejected = [], 0
    for part in [lines(1), *[b"x" * 50_000] * 8, b"\n", lines(3)]:
        os.write(ours, part)
        accounts, n = drain(feed, {})
        came += accounts
        n_rejected += n
        assert len(feed.pending) < 80_000
    os.close(ours)
    os.close(theirs)
    assert (came, n_rejected) == (["1", "3"], 1)

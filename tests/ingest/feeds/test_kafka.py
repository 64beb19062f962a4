from collections.abc import Iterator
from typing import Any

import confluent_kafka as kafka
import pytest
from tests.ingest.feeds.lines import drain, line

from stillhunt.errors import EngineError, SettingsError
from stillhunt.ingest.feeds import KafkaFeed
from stillhunt.records import Position
from stillhunt.settings import IngestSettings


@pytest.fixture
def producer() -> Iterator[Any]:
    """Return a producer that brings a cluster of its own, librdkafka's mock."""
    made = kafka.Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    yield made
    made.flush(10)


def address(producer: Any, topic: str) -> str:
    (broker,) = producer.list_topics(topic, timeout=10).brokers.values()
    return f"kafka://{broker.host}:{broker.port}/{topic}"


def send(producer: Any, topic: str, *values: bytes | None) -> None:
    for place, value in enumerate(values):
        producer.produce(topic, value, partition=place % 2)
    producer.flush(10)


def following(producer: Any, topic: str) -> KafkaFeed:
    return KafkaFeed(address(producer, topic), IngestSettings(), is_final=True)


def until_over(feed: KafkaFeed, positions: dict[str, Position]) -> tuple[list[str], int]:
    came, n_rejected = [], 0
    for _ in range(40):
        accounts, n = drain(feed, positions)
        came += accounts
        n_rejected += n
        if feed.is_over:
            break
    feed.close()
    return sorted(came), n_rejected


def test_messages_come_once_also_after_a_restart(producer: Any) -> None:
    positions: dict[str, Position] = {}
    send(producer, "one", *(line(i) for i in range(10)))
    assert until_over(following(producer, "one"), positions) == ([str(i) for i in range(10)], 0)
    send(producer, "one", line("late"))
    assert until_over(following(producer, "one"), positions) == (["late"], 0)
    assert sorted(p.offset for p in positions.values() if p.offset) == [5, 6]


def test_a_poisonous_message_is_set_aside_with_its_offset(producer: Any) -> None:
    pretty = line("b").replace(b", ", b",\n  ")
    send(producer, "two", line("a"), b"\xff{no", pretty, b"", None, line("c"))
    feed, rejected = following(producer, "two"), ""
    positions: dict[str, Position] = {}
    came = []
    for _ in range(40):
        for arrival in feed.arrivals(dict(positions)):
            came += arrival.rows.column("account_id").to_pylist()
            rejected += arrival.rejected
            positions |= dict(arrival.positions)
        if feed.is_over:
            break
    feed.close()
    assert sorted(came) == ["a", "b", "c"]
    assert '"file": "two/1", "line": 0' in rejected
    assert rejected.count("\n") == 1


def test_a_broker_out_of_reach_is_told_in_a_sentence() -> None:
    feed = KafkaFeed("kafka://127.0.0.1:1/topic", IngestSettings(), is_final=True)
    with pytest.raises(EngineError, match="a topic that can be read was wanted"):
        drain(feed, {})
    feed.close()
    with pytest.raises(SettingsError, match="kafka://broker:9092/topic; got"):
        drain(KafkaFeed("kafka://broker", IngestSettings(), is_final=True), {})

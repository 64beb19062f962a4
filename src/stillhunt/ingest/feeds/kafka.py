"""A Kafka topic: one exchange, as a JSON object, a message.

How far each partition was read stands in the state and nowhere else, so that what was counted and
what was read change in one step; no consumer group is needed, and offsets committed to the broker
are not asked. librdkafka fetches ahead up to ``_AHEAD_KB``, and then waits.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from stillhunt.errors import EngineError, SettingsError
from stillhunt.ingest.feeds.arrivals import NO_ROWS, Arrival, arrival_of
from stillhunt.ingest.jsonlines import Block
from stillhunt.records import Position
from stillhunt.settings import IngestSettings

_MESSAGES: Final = 16_384
_WAIT_S: Final = 0.5
_METADATA_S: Final = 4.0  # a stop is to be heard within five seconds
_AHEAD_KB: Final = 65_536


@dataclass(slots=True)
class KafkaFeed:
    """Reads all partitions of ``kafka://broker[:port]/topic``.

    ``is_final``: over once all that was there at the beginning has been read.
    """

    address: str
    settings: IngestSettings
    is_final: bool
    is_over: bool = False
    consumer: Any = None
    topic: str = ""
    ends: dict[int, int] = field(default_factory=dict)

    def arrivals(self, positions: Mapping[str, Position]) -> Iterator[Arrival]:
        """Yield the messages that are there; an arrival a partition."""
        if self.consumer is None:
            self._open(positions)
        while True:
            by_partition: dict[int, list[Any]] = defaultdict(list)
            for message in self._consume():
                by_partition[message.partition()].append(message)
            for partition, messages in by_partition.items():
                yield self._arrival(partition, messages)
            if not by_partition:
                break
        self.is_over = self.is_final and all(
            one.offset >= self.ends[one.partition] for one in self._read_up_to()
        )

    def close(self) -> None:
        """Leave the broker."""
        if self.consumer is not None:
            self.consumer.close()

    def _open(self, positions: Mapping[str, Position]) -> None:
        kafka = _library()
        split = urlsplit(self.address)
        self.topic = split.path.strip("/")
        if not split.netloc or not self.topic:
            raise SettingsError(
                f"a topic is named kafka://broker:9092/topic; got {self.address!r}."
            )
        self.consumer = kafka.Consumer(
            {
                "bootstrap.servers": split.netloc,
                "group.id": "stillhunt",  # asked for by the library; nothing is committed to it
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": _AHEAD_KB,
            }
        )
        try:
            found = self.consumer.list_topics(self.topic, timeout=_METADATA_S).topics[self.topic]
            if found.error is not None:
                raise self._unreachable(kafka.KafkaException(found.error))
            places = [
                kafka.TopicPartition(self.topic, number, self._offset(number, positions, kafka))
                for number in sorted(found.partitions)
            ]
            self.consumer.assign(places)
            for place in places:
                _low, high = self.consumer.get_watermark_offsets(place, timeout=_METADATA_S)
                self.ends[place.partition] = high
        except kafka.KafkaException as error:
            raise self._unreachable(error) from error

    def _offset(self, partition: int, positions: Mapping[str, Position], kafka: Any) -> int:
        position = positions.get(self._key(partition))
        return position.offset if position else int(kafka.OFFSET_BEGINNING)

    def _key(self, partition: int) -> str:
        return f"{self.address}:{partition}"

    def _consume(self) -> list[Any]:
        kafka, kept = _library(), []
        for message in self.consumer.consume(_MESSAGES, timeout=_WAIT_S):
            error = message.error()
            if error is None:
                kept.append(message)
            elif error.fatal() or error.code() == kafka.KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise self._unreachable(kafka.KafkaException(error))
        return kept

    def _read_up_to(self) -> list[Any]:
        kafka = _library()
        asked = [kafka.TopicPartition(self.topic, number) for number in self.ends]
        return [
            place if place.offset >= 0 else kafka.TopicPartition(self.topic, place.partition, 0)
            for place in self.consumer.position(asked)
        ]

    def _arrival(self, partition: int, messages: list[Any]) -> Arrival:
        """Return the rows of some messages; a message without a value is nothing."""
        end = Position(messages[-1].offset() + 1)
        key = self._key(partition)
        valued = [message for message in messages if message.value() is not None]
        if not valued:
            return Arrival(NO_ROWS, {key: end})
        # A newline between two parts of an object is a blank; inside of a text it may not be.
        lines = [message.value().replace(b"\n", b" ").strip() for message in valued]
        block = Block(b"\n".join(lines), [message.offset() for message in valued])
        return arrival_of(f"{self.topic}/{partition}", block, key, end, self.settings)

    def _unreachable(self, error: Exception) -> EngineError:
        return EngineError(
            f"{self.address}: a topic that can be read was wanted; {error.args[0].str()}. "
            "What was counted stands. Check the address and start again."
        )


def _library() -> Any:
    try:
        import confluent_kafka  # noqa: PLC0415 - an extra that few need
    except ImportError as error:
        raise SettingsError(
            "a Kafka topic needs an extra that is not there. Install it: "
            "pip install 'stillhunt[kafka]'"
        ) from error
    return confluent_kafka

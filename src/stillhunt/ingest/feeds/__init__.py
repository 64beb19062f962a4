"""Sources that go on: what has arrived since, and how far each was read for it."""

from stillhunt.ingest.feeds.arrivals import Arrival, Feed
from stillhunt.ingest.feeds.folder import FolderFeed
from stillhunt.ingest.feeds.kafka import KafkaFeed
from stillhunt.ingest.feeds.pipe import PipeFeed

__all__ = ["Arrival", "Feed", "FolderFeed", "KafkaFeed", "PipeFeed"]

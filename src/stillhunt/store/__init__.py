"""The state of a stream on disk: segments of Parquet, and a manifest that says which count."""

from stillhunt.store.manifest import Manifest, Segment
from stillhunt.store.state import State, open_reader, open_writer

__all__ = ["Manifest", "Segment", "State", "open_reader", "open_writer"]

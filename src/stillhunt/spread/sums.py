"""Sums of parcels: the same queries and the same monoids as on one machine."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from stillhunt.engines.duckdb import DuckDB
from stillhunt.engines.parcels import Parcel, cut
from stillhunt.fingerprint.cells import Shelf
from stillhunt.fingerprint.fingerprints import (
    BY_USE_PROFILES_SQL,
    BY_USE_SQL,
    MERGE_BY_USE_SQL,
    MERGE_HOURS_SQL,
    MERGE_TOTALS_SQL,
    MERGE_USES_SQL,
)
from stillhunt.fingerprint.gather import Names, Sample, Vectors
from stillhunt.gathering import LINKING_SQL, PUT_ROWS
from stillhunt.spread import packing

_USES: Final = pa.schema(
    [("account", pa.uint64()), ("kind", pa.string()), ("key", pa.uint64()), ("n", pa.int64())]
)
_TABLES: Final = frozenset({"hours", "totals", "uses", "by_use", "once"})

MANY_SQL: Final = """SELECT kind, "key" FROM linking GROUP BY kind, "key" HAVING count(*) >= 2"""
ONCE_SQL: Final = """
SELECT account, kind, "key", n FROM linking ANTI JOIN many USING (kind, "key")
UNION ALL
SELECT CAST(0 AS UBIGINT) AS account, kind, "key", CAST(0 AS BIGINT) AS n FROM many
"""
"""Uses whose key came to this task from one account alone, and a word (n = 0) on every key that
came from several: so that where they meet, even the most popular key has one row a task."""

LAST_SQL: Final = """
SELECT account, kind, "key", n FROM once_parts
SEMI JOIN (
    SELECT kind, "key" FROM once_parts GROUP BY kind, "key" HAVING count(*) >= 2
) USING (kind, "key")
WHERE n > 0
"""


@dataclass(slots=True)
class Sums:
    """What the parcels of some places have added up to so far."""

    engine: DuckDB
    vectors: Vectors
    sample: Sample
    names: Names
    shelf: Shelf
    waiting: dict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))

    def add(self, parcel: Parcel) -> bool:
        """Add a parcel; False when it is of no kind that adds up here."""
        rows = parcel.rows
        match parcel.kind:
            case "vectors":
                self.vectors.join(*packing.unpack_vectors(rows))
            case "sample":
                self.sample.offer(packing.unpack_sample(rows))
            case "names":
                self.names.add(rows)
            case "shelf":
                self.shelf.put(packing.unpack_asked(rows))
            case kind if kind in _TABLES:
                self.waiting[kind].append(rows)
                if sum(part.num_rows for part in self.waiting[kind]) >= PUT_ROWS:
                    self._put(kind)
            case _:
                return False
        return True

    def settle(self) -> None:
        """Put the rows that wait into the engine."""
        for kind in _TABLES:
            self._put(kind)

    def hours(self) -> pa.Table:
        """Return the hours of these accounts."""
        return self._merged("hours", MERGE_HOURS_SQL)

    def totals(self) -> pa.Table:
        """Return the totals of these accounts."""
        return self._merged("totals", MERGE_TOTALS_SQL)

    def counted(self) -> Iterator[Parcel]:
        """Yield what is counted of the exchanges on the shelf."""
        account, _, n = self.vectors.table()
        for asked in self.shelf.counted(account, n):
            yield from cut("shelf", packing.pack_asked(asked))

    def split_uses(self) -> None:
        """Tell the uses that link from the others."""
        self.engine.put("uses", _USES.empty_table())
        if "uses" in self.waiting:
            self.engine.put("uses", self._merged("uses", MERGE_USES_SQL))
            self.engine.drop("uses_parts")
        self.engine.create("linking", LINKING_SQL)
        self.engine.create("many", MANY_SQL)

    def by_use(self) -> pa.Table:
        """Return sums over the uses of each account."""
        return self.engine.query(BY_USE_SQL)

    def models(self) -> pa.Table:
        """Return the uses of models."""
        return self.engine.query("FROM uses WHERE kind = 'model'")

    def shared(self) -> pa.Table:
        """Return the uses known to link."""
        return self.engine.query("""FROM linking SEMI JOIN many USING (kind, "key")""")

    def once(self) -> pa.Table:
        """Return the uses of which other tasks may know more."""
        return self.engine.query(ONCE_SQL)

    def profiles(self) -> pa.Table:
        """Return the profiles of these accounts, from totals and sums over uses."""
        if "totals" not in self.waiting:
            return pa.table({})
        self.engine.put("uses", _USES.empty_table())
        self.engine.put("by_use_parts", self.engine.query(BY_USE_SQL))
        self.engine.create("by_use", MERGE_BY_USE_SQL)
        self.engine.create("totals", "FROM totals_parts")
        return self.engine.query(BY_USE_PROFILES_SQL)

    def shared_at_last(self) -> pa.Table:
        """Return the uses that link, of those known from one account a task."""
        return self._merged("once", LAST_SQL)

    def _merged(self, kind: str, query: str) -> pa.Table:
        return self.engine.query(query) if kind in self.waiting else pa.table({})

    def _put(self, kind: str) -> None:
        if self.waiting.get(kind):
            self.engine.put(f"{kind}_parts", pa.concat_tables(self.waiting[kind]))
            self.waiting[kind].clear()

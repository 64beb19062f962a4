"""What tasks set aside counts where it is written as it would have counted there."""

import io

from stillhunt.engines.parcels import Parcel
from stillhunt.ingest import Rejects
from stillhunt.records import Rejection
from stillhunt.spread.deferred import Deferred, set_aside

ONE = Rejection("a.jsonl", 7, "no time")
MANY = Rejection("b.parquet", 3, "damaged")
FILE = Rejection("c.parquet", 0, "unreadable")


def tell(rejects: Rejects) -> None:
    rejects.add(ONE)
    rejects.add(MANY, 12)
    rejects.lose(FILE, 500)


def test_what_has_travelled_is_written_and_counted_as_what_has_not():
    near, far, deferred = io.StringIO(), io.StringIO(), Deferred()
    here, there = Rejects(near), Rejects(far)
    tell(here)
    tell(deferred)
    set_aside(Parcel("rejected", 0, deferred.table()), there)
    assert far.getvalue() == near.getvalue() != ""
    for rejects in (here, there):
        rejects.settle(1000, 10_000)
    assert there.reasons == here.reasons
    assert there.n_rejected == here.n_rejected > 14

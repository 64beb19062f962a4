"""Which address is the client's, and what a local file tells of it; no network is asked."""

import importlib
import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic.networks import IPvAnyNetwork

from stillhunt.errors import EngineError, InputError
from stillhunt.settings import IngestSettings

Network = IPvAnyNetwork | ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Enrich = Callable[[pa.RecordBatch], pa.RecordBatch]

_COUNTRY: Final = ("country_code", "country")
_ODD: Final = r"[,\[\]\"\s]|^[0-9.]+:\d+$"
_ASN: Final = ("autonomous_system_number", "asn", "as_number")


def read_address(text: str) -> Address | None:
    """Return the address in ``text``, which may be in brackets, have a port, a zone or be mapped.

    >>> str(read_address("[::ffff:192.0.2.1]:443")), str(read_address("192.0.2.1:80"))
    ('192.0.2.1', '192.0.2.1')
    """
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def client_of(text: str, trusted: Sequence[Network]) -> str | None:
    """Return the client in a forwarding list: from its end, the first that is none of ours.

    What stands before it, the client may have made up. None where nothing can be read; the first
    of all where every one is ours.

    >>> client_of("203.0.113.9, 192.0.2.1, 10.0.0.7", [ipaddress.ip_network("10.0.0.0/8")])
    '192.0.2.1'
    """
    known = [read_address(part) for part in text.split(",")]
    for address in reversed(known):
        if address is None:
            return None
        if not any(address.version == net.version and address in net for net in trusted):
            return str(address)
    return str(known[0])


@contextmanager
def enriching(settings: IngestSettings) -> Iterator[Enrich]:
    """Yield what brings addresses into one form, and adds network and country where it can.

    EngineError where the extra that reads MMDB is wanted and not installed; InputError where a
    file is none.
    """
    with ExitStack() as stack:
        readers = [stack.enter_context(_open(path)) for path in settings.mmdb]

        def enrich(rows: pa.RecordBatch) -> pa.RecordBatch:
            ips = rows.column("ip")
            # A plain address needs no care; the marks of exchanges know all its spellings.
            asked = ips if readers else pc.if_else(_is_odd(ips), ips, None)
            if asked.null_count == len(asked):
                return rows
            # Many rows, few addresses: each is looked up once.
            coded = asked.dictionary_encode()
            found = [_tell(text, settings.trusted_proxies, readers)
                     for text in coded.dictionary.to_pylist()]  # fmt: skip
            client, country, asn = (list(column) for column in zip(*found, strict=True))
            numbers = pa.array(asn, pa.uint32()).view(pa.int32())
            told = {
                "ip": pc.coalesce(_take(pa.array(client, pa.string()), coded), ips),
                "country": pc.coalesce(
                    rows.column("country"), _take(pa.array(country, pa.string()), coded)
                ),
                "asn": pc.coalesce(rows.column("asn"), _take(numbers, coded)),
            }
            arrays = [told.get(f.name, rows.column(f.name)) for f in rows.schema]
            return pa.RecordBatch.from_arrays(arrays, schema=rows.schema)

        yield enrich


def _is_odd(ips: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(ips, _ODD), False)


def _take(values: pa.Array, coded: pa.DictionaryArray) -> pa.Array:
    return values.take(coded.indices)


def _open(path: Path) -> Any:
    try:
        maxminddb = importlib.import_module("maxminddb")
    except ImportError as error:
        raise EngineError(
            "MMDB files need the package maxminddb; it is not installed. "
            "pip install 'stillhunt[geo]', or leave [ingest] mmdb empty."
        ) from error
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise InputError(
            f"{path}: an MMDB file was wanted; it cannot be read. Check [ingest] mmdb."
        ) from error


def _tell(
    text: str, trusted: Sequence[Network], readers: Sequence[Any]
) -> tuple[str, str | None, int | None]:
    client = client_of(text, trusted) or text
    country, asn = None, None
    address = read_address(client)
    if address is not None:
        for reader in readers:
            # A file of addresses of version 4 refuses those of 6.
            is_there = address.version <= reader.metadata().ip_version
            record = (reader.get(address) if is_there else None) or {}
            country, asn = country or _country(record), asn or _asn(record)
    return client, country, asn


def _country(record: dict[str, Any]) -> str | None:
    """Return the code of a country, from any of the makers' layouts."""
    for name in _COUNTRY:
        value = record.get(name)
        value = value.get("iso_code") if isinstance(value, dict) else value
        if isinstance(value, str) and len(value) == 2:
            return value.upper()
    return None


def _asn(record: dict[str, Any]) -> int | None:
    for name in _ASN:
        value = record.get(name)
        number = str(value).upper().removeprefix("AS")
        if number.isdecimal() and int(number) < 2**32:
            return int(number)
    return None

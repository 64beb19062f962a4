"""Clients behind proxies, and what a local file tells of them."""

import ipaddress

import pyarrow as pa
import pytest

from stillhunt.errors import InputError
from stillhunt.ingest.addresses import client_of, enriching, read_address
from stillhunt.settings import IngestSettings
from stillhunt.tables import EXCHANGES

OURS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8:1::/48")]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        (' "192.0.2.1" ', "192.0.2.1"),
    ],
)
def test_an_address_is_read_in_every_spelling(text, address):
    assert str(read_address(text)) == address


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "192.0.2.1.5:80"])
def test_what_is_no_address_is_none(text):
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("198.51.100.9, 192.0.2.1, 10.0.0.7", "192.0.2.1"),
        ("192.0.2.1, 2001:db8:1::5", "192.0.2.1"),
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("198.51.100.9, junk, 10.0.0.7", None),
    ],
)
def test_the_client_is_the_last_that_is_not_ours(text, client):
    assert client_of(text, OURS) == client


def test_without_trusted_proxies_nobody_can_make_up_his_address():
    assert client_of("203.0.113.9, 192.0.2.1", []) == "192.0.2.1"


def rows(*ips):
    filled = [{"time": 0, "account_id": "a", "ip": ip} for ip in ips]
    return pa.RecordBatch.from_pylist(filled, schema=EXCHANGES)


def test_only_odd_addresses_are_touched_without_a_file():
    settings = IngestSettings(trusted_proxies=["10.0.0.0/8"])
    with enriching(settings) as enrich:
        found = enrich(rows("192.0.2.1, 10.1.1.1", "192.0.2.7:80", "::1", "what", None))
    assert found.column("ip").to_pylist() == ["192.0.2.1", "192.0.2.7", "::1", "what", None]


@pytest.fixture
def mmdb(tmp_path):
    """Return what writes an MMDB file, as makers of them do, and gives its path."""
    writer, netaddr = (pytest.importorskip(name) for name in ("mmdb_writer", "netaddr"))

    def write(name, version, records):
        # Addresses of version 4 lie at ::/96 in a file of version 6, and are found there.
        file = writer.MMDBWriter(version, name, ipv4_compatible=version == 6)
        for network, record in records.items():
            file.insert_network(netaddr.IPSet([network]), record)
        file.to_db_file(str(tmp_path / name))
        return tmp_path / name

    return write


def test_network_and_country_are_added_where_the_log_has_none(mmdb):
    countries = mmdb(
        "country.mmdb",
        6,
        {
            "192.0.2.0/25": {"country": {"iso_code": "SE"}},
            "192.0.2.128/25": {"country_code": "no"},
            "2001:db8::/32": {"country": "PT"},
        },
    )
    networks = mmdb(
        "asn.mmdb",
        4,
        {
            "192.0.2.0/25": {"autonomous_system_number": 64500},
            "192.0.2.128/25": {"asn": "AS4200000000"},
        },
    )
    came = rows("192.0.2.1", "192.0.2.200", "203.0.113.3", None, "[2001:db8::7]:443", "what",
                "::ffff:192.0.2.1")  # fmt: skip
    with enriching(IngestSettings(mmdb=[countries, networks])) as enrich:
        found = enrich(came)
    private = 4200000000 - 2**32
    assert found.column("country").to_pylist() == ["SE", "NO", None, None, "PT", None, "SE"]
    assert found.column("asn").to_pylist() == [64500, private, None, None, None, None, 64500]
    known = came.set_column(
        came.schema.get_field_index("country"), EXCHANGES.field("country"), pa.array(["DE"] * 7)
    )
    with enriching(IngestSettings(mmdb=[countries])) as enrich:
        assert enrich(known).column("country").to_pylist() == ["DE"] * 7


def test_a_file_that_is_none_is_said(tmp_path):
    pytest.importorskip("maxminddb")
    path = tmp_path / "x.mmdb"
    path.write_bytes(b"no database")
    with (
        pytest.raises(InputError, match="MMDB file was wanted"),
        enriching(IngestSettings(mmdb=[path])),
    ):
        pass

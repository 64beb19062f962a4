"""What headers tell."""

from stillhunt.ingest.formats.format import Exchange
from stillhunt.ingest.formats.headers import read_headers


def test_names_are_compared_without_case_and_what_is_known_stays():
    row = Exchange(user_agent="known")
    read_headers({"X-JA4": "t13", "User-Agent": "other", "X-Forwarded-For": "192.0.2.1"}, row)
    assert (row.user_agent, row.tls_ja4, row.ip) == ("known", "t13", "192.0.2.1")

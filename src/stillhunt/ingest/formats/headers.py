"""What the headers of a request tell of the client that sent it."""

from collections.abc import Mapping
from typing import Any, Final

from stillhunt.ingest.formats.format import Exchange

_JA4: Final = ("x-ja4", "x-ja4-fingerprint", "cf-ja4", "x-amzn-tls-ja4", "ja4")
_NAMES: Final = {
    "user-agent": "user_agent",
    "x-forwarded-for": "ip",
    "openai-organization": "org_id",
    **dict.fromkeys(_JA4, "tls_ja4"),
}


def read_headers(headers: Mapping[str, Any] | None, row: Exchange) -> None:
    """Write user agent, TLS fingerprint and address into ``row`` where they are not known yet.

    Names are compared without case. The address is the whole list of a forwarding header; which
    of its entries is the client's, ``addresses`` decides.
    """
    for name, value in (headers or {}).items():
        column = _NAMES.get(name.lower())
        if column and value and isinstance(value, str) and not getattr(row, column):
            setattr(row, column, value)

"""What the headers of a request tell of the client that sent it."""

from collections.abc import Mapping
from typing import Any, Final

from stillhunt.ingest.formats.format import Exchange, text

_JA4: Final = ("x-ja4", "x-ja4-fingerprint", "cf-ja4", "x-amzn-tls-ja4", "ja4")
_FORWARDED: Final = ("x-forwarded-for",)


def read_headers(headers: Mapping[str, Any], row: Exchange) -> None:
    """Write user agent, TLS fingerprint and address into ``row`` where they are not known yet.

    Names are compared without case. The address is the whole list of a forwarding header; which
    of its entries is the client's, ``addresses`` decides.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    row.user_agent = row.user_agent or text(lower.get("user-agent"))
    for name in _JA4:
        row.tls_ja4 = row.tls_ja4 or text(lower.get(name))
    for name in _FORWARDED:
        row.ip = row.ip or text(lower.get(name))
    row.org_id = row.org_id or text(lower.get("openai-organization"))

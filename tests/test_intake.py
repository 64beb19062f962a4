"""How input is read."""

import pytest
from pydantic import ValidationError

from stillhunt.intake import IngestSettings


def test_nothing_needs_to_be_set():
    settings = IngestSettings()
    assert settings.format == "auto"
    assert not settings.trusted_proxies


def test_a_proxy_is_a_network():
    assert str(IngestSettings(trusted_proxies=["10.0.0.0/8"]).trusted_proxies[0]) == "10.0.0.0/8"
    with pytest.raises(ValidationError):
        IngestSettings(trusted_proxies=["our proxy"])

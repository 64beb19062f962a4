import pytest

from stillhunt.errors import SettingsError
from stillhunt.settings import load
from stillhunt.settings_watch import WatchSettings


def test_the_section_is_read_like_the_others() -> None:
    assert load(None, {"STILLHUNT_WATCH__COMMIT_S": "3"}).watch == WatchSettings(commit_s=3)
    with pytest.raises(SettingsError, match=r"\[watch\] commit_m is not a setting"):
        load(None, {}, {"watch": {"commit_m": 1}})

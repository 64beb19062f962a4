"""What a state says of itself is read back, and there is a way from every older format."""

import pytest

from stillhunt.errors import InputError, SettingsError
from stillhunt.store.about import FORMAT, NAME, STEPS, About, check_of, read

SECRET = b"a secret for tests alone"


def test_what_is_said_is_read_back(tmp_path):
    about = About(FORMAT, check_of(SECRET), "one")
    (tmp_path / NAME).write_text(about.text())
    assert read(tmp_path, SECRET) == about


def test_steps_lead_from_every_older_format_to_this_one(tmp_path):
    assert sorted(STEPS) == list(range(1, FORMAT))
    for number, step in STEPS.items():
        assert step(tmp_path, About(number, "c", "")).format == number + 1


@pytest.mark.parametrize("said", ["half", "[]", "{}", '{"format": 2, "check": "c", "more": 1}'])
def test_what_cannot_be_read_is_refused(tmp_path, said):
    (tmp_path / NAME).write_text(said)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path, SECRET)


def test_later_formats_and_other_secrets_are_refused(tmp_path):
    (tmp_path / NAME).write_text(About(FORMAT + 1, check_of(SECRET), "one").text())
    with pytest.raises(InputError, match=f"came {FORMAT + 1}"):
        read(tmp_path, SECRET)
    (tmp_path / NAME).write_text(About(FORMAT, check_of(SECRET + b"!"), "one").text())
    with pytest.raises(SettingsError, match="got another"):
        read(tmp_path, SECRET)

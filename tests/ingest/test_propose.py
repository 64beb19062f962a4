"""Maps proposed."""

import tomllib

from stillhunt.ingest.propose import propose


def test_names_and_bodies_are_found_and_no_value_is_told():
    text = propose(
        [{"meta": {"when": "2026-02-01T00:00:00Z", "customer": "secret-name"},
          "req": '{"messages": [{"role": "user", "content": "secret"}]}'}]
    )  # fmt: skip
    assert tomllib.loads(text) == {
        "columns": {"time": "meta.when", "account_id": "meta.customer"},
        "bodies": {"request": "req"},
    }


def test_keys_that_are_text_are_not_repeated():
    row = {"time": 1_770_000_000, "user": "u", "a secret sentence": {"model": "m"}}
    assert "secret" not in propose([row])


def test_without_time_and_account_there_is_none():
    assert propose([{"prompt": "p"}]) is None

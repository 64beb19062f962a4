"""Tables in any order to arrays in one order; every fact at the account it is about."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.blocks import Packed
from stillhunt.link.assemble import HOUR_US, LINK_KINDS, Gathered, assemble
from stillhunt.population import Population
from stillhunt.records import CAPABILITIES, ELICITATIONS, N_CELLS, PROJECTION_DIMS
from stillhunt.tables import ACCOUNTS

BEGAN_AT = datetime(2026, 3, 2, tzinfo=UTC)
BEGAN_US = int(BEGAN_AT.timestamp()) * 10**6
KEYS = (900, 17, 400, 2**63 + 5, 60)  # hashes of accounts a to e
NAMES = "abcde"

_COUNTS = ("exchanges", "first_us", "last_us", "distinct_prompts", "n_end_users", "n_clients",
           "input_tokens", "output_tokens")  # fmt: skip
_RATIOS = ("single_turn_ratio", "follow_up_ratio", "concentration",
           *(f"capability_{name}_ratio" for name in CAPABILITIES),
           *(f"elicitation_{name}_ratio" for name in ELICITATIONS))  # fmt: skip


def _hashes(values) -> pa.Array:
    return pa.array(list(values), pa.uint64())


def _accounts(rows: list[dict]) -> pa.Table:
    """Return the accounts table with hashes; account x has no exchange in the log."""
    hash_of = dict(zip(NAMES, KEYS, strict=True)) | {"x": 5}
    table = pa.Table.from_pylist(rows, ACCOUNTS)
    return table.append_column("account", _hashes(hash_of[row["account_id"]] for row in rows))


KNOWN = [
    {"account_id": "c", "created_at": BEGAN_AT, "tier": "scale", "trusted": True,
     "payment_id": "card-1", "email_domain": "example.org", "device_id": ""},
    {"account_id": "x", "tier": "free", "trusted": True, "payment_id": "card-1"},
    {"account_id": "a", "created_at": BEGAN_AT + timedelta(minutes=59), "payment_id": "card-1",
     "device_id": "", "verified": True},
    {"account_id": "e", "created_at": BEGAN_AT + timedelta(minutes=60), "payment_id": "card-2"},
]  # fmt: skip
USES = [
    (900, "template", 7, 3), (17, "template", 7, 2), (900, "block", 8, 1), (60, "block", 8, 4),
    (400, "model", 9, 5), (17, "model", 9, 5),
]  # fmt: skip


def _gathered() -> Gathered:
    n = len(KEYS)
    columns = {name: pa.array([10 * place + i for place in range(n)], pa.int64())
               for i, name in enumerate(_COUNTS)}  # fmt: skip
    columns |= {name: pa.array([None, *([0.25] * (n - 1))], pa.float64()) for name in _RATIOS}
    hours = [(key, BEGAN_US + place * HOUR_US, place + 1) for place, key in enumerate(KEYS)]
    account, kind, key, used = zip(*USES, strict=True)
    with_text = sorted(KEYS)[:-1]
    return Gathered(
        profiles=pa.table({"account": _hashes(KEYS), **columns}),
        hours=pa.table({"account": _hashes(h[0] for h in hours),
                        "hour": [h[1] // HOUR_US for h in hours],
                        "exchanges": [h[2] for h in hours]}),
        uses=pa.table({"account": _hashes(account), "kind": list(kind), "key": _hashes(key),
                       "n": list(used)}),
        names=pa.table({"hash": _hashes(KEYS), "text": list(NAMES)}),
        accounts=_accounts(KNOWN),
        vectors=(np.array(with_text, np.uint64),
                 Packed.of(np.arange(4 * PROJECTION_DIMS).reshape(4, PROJECTION_DIMS)),
                 np.array([1, 2, 3, 4])),
        cells=(np.array(with_text, np.uint64), np.diag([1, 2, 3, 4]).astype(np.int32) @ np.eye(
               4, N_CELLS, k=5, dtype=np.int32), np.array([1, 2, 3, 4])),
        sample=(np.array([400, 60, 400], np.uint64), np.array([1, 2, 3], np.uint8),
                np.ones((3, PROJECTION_DIMS), np.int16)),
        present=frozenset({"prompt"}),
    )  # fmt: skip


def _row(people: Population, account: str) -> int:
    return people.account_id.tolist().index(account)


@pytest.fixture(scope="module")
def people() -> Population:
    return assemble(_gathered(), 1)


def test_accounts_stand_in_the_order_of_their_hashes(people):
    assert people.keys.tolist() == sorted(KEYS)
    assert people.account_id.tolist() == ["b", "e", "c", "a", "d"]
    assert people.exchanges.tolist() == [10, 40, 20, 0, 30]
    assert people.output_tokens.tolist() == [17, 47, 27, 7, 37]


def test_what_is_not_known_is_nan_nought_or_empty(people):
    a, b = _row(people, "a"), _row(people, "b")
    assert np.isnan(people.capability[a]).all()
    assert np.isnan(people.follow_up_ratio[a])
    assert people.capability[b].tolist() == [0.25] * len(CAPABILITIES)
    assert (people.created_us[b], people.tier[b], people.is_trusted[b]) == (0, "", False)


def test_facts_land_at_their_accounts(people):
    c = _row(people, "c")
    assert people.tier.tolist() == ["scale" if i == c else "" for i in range(5)]
    assert people.domain[c] == "example.org"
    assert np.flatnonzero(people.is_trusted).tolist() == [c]
    assert people.created_us[c] == BEGAN_US


def test_sums_and_samples_land_at_their_accounts(people):
    assert people.text_exchanges.tolist() == [1, 2, 3, 4, 0]  # d has no text
    np.testing.assert_allclose(people.sums[:][:, 0], [0, 256, 512, 768, 0], rtol=1e-4)
    assert [people.account_id[row] for row in people.sample.account] == ["c", "e", "c"]
    assert people.sample.cell.tolist() == [1, 2, 3]


def test_cells_land_at_their_accounts_and_count_each_exchange_with_text(people):
    assert people.cells.sum(axis=1).tolist() == people.text_exchanges.tolist()
    assert people.cells[[0, 1, 2, 3], [5, 6, 7, 8]].tolist() == [1, 2, 3, 4]


def test_the_clock_counts_exchanges_by_hour_of_day(people):
    for place, name in enumerate(NAMES):
        wanted = np.eye(24, dtype=int)[place] * (place + 1)
        assert people.clock[_row(people, name)].tolist() == wanted.tolist()


def _held(people: Population, kind: str) -> list[set[str]]:
    part = people.uses.of(kind)
    keys = sorted(set(part.key.tolist()))
    return [{people.account_id[row] for row in part.account[part.key == key]} for key in keys]


def test_uses_link_accounts_by_kind(people):
    assert _held(people, "template") == [{"a", "b"}]
    assert _held(people, "block") == [{"a", "e"}]
    assert people.uses.of("template").n[people.uses.of("template").account == 0].tolist() == [2]


def test_models_do_not_link(people):
    assert "model" not in LINK_KINDS
    assert "model" not in people.uses.kinds


def test_cards_of_two_accounts_link_and_empty_ones_do_not(people):
    assert _held(people, "payment") == [{"a", "c"}]
    assert _held(people, "signup") == [{"a", "c"}]  # within one hour
    assert not {"device", "domain", "email"} & set(people.uses.kinds)


def test_without_an_accounts_table_all_else_is_the_same(people):
    bare = assemble(replace(_gathered(), accounts=_accounts([])), 1)
    assert not bare.created_us.any()
    assert not bare.is_trusted.any()
    assert set(bare.tier) == {""}
    assert bare.uses.kinds == ("template", "block")
    assert bare.exchanges.tolist() == people.exchanges.tolist()


def test_an_account_all_of_whose_exchanges_repeat_anothers_has_no_row(people):
    """Its name was seen, though nothing of it was counted."""
    for stranger in (1, 500, 2**64 - 1):
        names = pa.table({"hash": _hashes([stranger, *KEYS]), "text": ["stranger", *NAMES]})
        found = assemble(replace(_gathered(), names=names), 1)
        assert found.account_id.tolist() == people.account_id.tolist()


def test_an_account_listed_twice_shares_no_card_with_itself():
    twice = [{"account_id": "a", "payment_id": "card-1"}] * 2
    found = assemble(replace(_gathered(), accounts=_accounts(twice)), 1)
    assert "payment" not in found.uses.kinds


def test_a_log_of_nobody_is_a_population_of_nobody():
    whole = _gathered()
    nothing = {name: getattr(whole, name)[:0] for name in
               ("profiles", "hours", "uses", "names", "accounts")}  # fmt: skip
    nothing |= {name: tuple(part[:0] for part in getattr(whole, name)) for name in
                ("vectors", "cells", "sample")}  # fmt: skip
    found = assemble(replace(whole, **nothing), 1)
    assert len(found) == 0
    assert found.uses.kinds == ()


def _facts_of(people: Population) -> dict[str, object]:
    facts = {field.name: getattr(people, field.name) for field in fields(Population)}
    uses, sample, days = facts.pop("uses"), facts.pop("sample"), facts.pop("days")
    facts |= {"days": days.vectors, "weekday": days.weekday}
    facts["shifts"], facts["sums"] = np.asarray(people.shifts), np.asarray(people.sums)
    by_kind = {kind: uses.of(kind) for kind in uses.kinds}
    facts["uses"] = {
        kind: sorted(zip(part.account.tolist(), part.key.tolist(), part.n.tolist(), strict=True))
        for kind, part in by_kind.items()
        if kind in LINK_KINDS
    }
    facts["held"] = {kind: sorted(map(sorted, _held(people, kind))) for kind in by_kind}
    facts["sampled"] = sample.account
    return facts


_TABLES = ("profiles", "hours", "uses", "names", "accounts")
_TWICE = [*KNOWN, {"account_id": "c", "tier": "free", "created_at": BEGAN_AT - timedelta(days=1)},
          {"account_id": "a", "trusted": True, "email_domain": "a.example"}]  # fmt: skip


@given(st.randoms())
@settings(max_examples=30)
def test_the_order_of_rows_does_not_matter(random):
    """Not even where the accounts table says two things of one account."""
    whole = replace(_gathered(), accounts=_accounts(_TWICE))
    shuffled = {}
    for name in _TABLES:
        table = getattr(whole, name)
        shuffled[name] = table.take(random.sample(range(table.num_rows), table.num_rows))
    plain, moved = assemble(whole, 1), assemble(replace(whole, **shuffled), 1)
    for (name, here), there in zip(
        _facts_of(plain).items(), _facts_of(moved).values(), strict=True
    ):
        np.testing.assert_equal(there, here, err_msg=name)

"""Verdicts written down: every account once, sums that agree, nobody named without cause."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.judge.crowd import DAY_US, SETTINGS, START_US, Crowd, Group
from tests.judge.rings import ONLY, RING, hunt

from stillhunt.judge.findings import (
    clearing,
    reasons_of,
    write_accounts,
    write_campaigns,
    write_evidence,
)
from stillhunt.judge.naming import Named, name_trials, stands
from stillhunt.records import CAPABILITIES, FAMILIES, KINDS, VERDICTS
from stillhunt.settings import ReportSettings
from stillhunt.tables import ACCOUNT_VERDICTS, CAMPAIGNS, EVIDENCE

PRICES = ReportSettings(input_usd_per_million=2.0, output_usd_per_million=10.0)
N_TRUSTED = 3
MODELS = {"c-1": ["large", "small"]}


@pytest.fixture(scope="module")
def found():
    """Return a crowd with a campaign, three of whose accounts are trusted, and a suspect."""
    suspect = replace(ONLY["clock"], judged=False)
    made, trials = hunt(Crowd((replace(RING, trusted=N_TRUSTED), suspect)))
    return made, name_trials(made.scene, trials, [f"c-{i + 1}" for i in range(len(trials))])


@pytest.fixture(scope="module")
def accounts(found):
    return write_accounts(found[0].scene, found[1])


@pytest.fixture(scope="module")
def campaigns(found):
    return write_campaigns(found[0].scene, found[1], MODELS, PRICES)


@pytest.fixture(scope="module")
def evidence(found):
    return write_evidence(found[0].scene, found[1])


def rows_of(table, **values):
    """Return the rows of a table that have these values."""
    return [
        row
        for row in table.to_pylist()
        if all(row[name] == value for name, value in values.items())
    ]


def detail_of(row):
    return json.loads(row["detail"])


def test_tables_have_the_columns_of_the_contract(accounts, campaigns, evidence):
    assert accounts.schema == ACCOUNT_VERDICTS
    assert campaigns.schema == CAMPAIGNS
    assert evidence.schema == EVIDENCE


def test_where_nothing_was_found_every_account_is_clear_and_the_rest_is_empty(found):
    scene = found[0].scene
    table = write_accounts(scene, [])
    assert pc.unique(table["verdict"]).to_pylist() == ["clear"]
    assert np.allclose(table["evidence_bits"], 0.0)
    assert write_campaigns(scene, [], {}, PRICES) == CAMPAIGNS.empty_table()
    assert write_evidence(scene, []) == EVIDENCE.empty_table()


def test_the_campaign_and_the_suspect_were_found(found, campaigns):
    made, _ = found
    assert campaigns["verdict"].to_pylist() == ["campaign", "suspect"]
    assert campaigns["accounts"].to_pylist() == [30 - N_TRUSTED, made.rows[1].size]


def test_every_account_stands_once_in_the_order_of_the_population(found, accounts):
    people = found[0].scene.population
    assert accounts["account_id"].to_pylist() == people.account_id.tolist()
    assert accounts["exchanges"].to_pylist() == people.exchanges.tolist()
    assert accounts["first_seen"].cast(pa.int64()).to_pylist() == people.first_us.tolist()
    assert accounts["last_seen"].cast(pa.int64()).to_pylist() == people.last_us.tolist()


def test_probabilities_are_probabilities_and_verdicts_are_words(accounts, campaigns):
    for table in (accounts, campaigns):
        p = table["probability"].to_numpy()
        assert ((p >= 0) & (p <= 1)).all()
        assert set(table["verdict"].to_pylist()) <= set(VERDICTS)
        assert set(table["kind"].drop_null().to_pylist()) <= set(KINDS)


def test_clear_accounts_have_neither_campaign_nor_kind_and_the_others_have_both(accounts):
    for row in accounts.to_pylist():
        is_clear = row["verdict"] == "clear"
        assert (row["campaign_id"] is None, row["kind"] is None) == (is_clear, is_clear)


def test_accounts_that_nothing_points_at_have_no_evidence_and_no_reasons(accounts):
    strangers = rows_of(accounts, verdict="clear", reasons=[])
    assert len(strangers) == 600
    assert {row["probability"] for row in strangers} == {0.5 / accounts.num_rows}
    assert max(abs(row["evidence_bits"]) for row in strangers) < 1e-9


def test_the_more_probable_the_more_evidence(accounts):
    p, bits = accounts["probability"].to_numpy(), accounts["evidence_bits"].to_numpy()
    assert np.isfinite(bits).all()
    assert (np.diff(bits[np.argsort(p)]) >= 0).all()
    assert bits.max() > 10


def test_named_accounts_carry_their_own_weight(accounts):
    named = [row["probability"] for row in rows_of(accounts, verdict="campaign")]
    assert len(named) >= 25
    assert min(named) >= SETTINGS.least_p
    assert np.mean(named) >= 1 - SETTINGS.fdr_ratio


def test_an_account_without_weight_of_its_own_is_a_suspect_in_a_campaign(found):
    made, named = found
    belongs_p = named[0].belongs_p.copy()
    belongs_p[0] = 0.6
    table = write_accounts(made.scene, [replace(named[0], belongs_p=belongs_p)])
    row = table.to_pylist()[named[0].members[0]]
    assert (row["verdict"], row["campaign_id"]) == ("suspect", "c-1")
    assert row["probability"] == pytest.approx(0.6 * named[0].trial.probability)


def test_an_account_of_odd_manner_is_a_suspect_however_sure_it_is(found):
    made, named = found
    weights = named[0].trial.weights
    manner = weights.manner.copy()
    odd, usual = named[0].members[:2]
    manner[[odd, usual]] = np.log2(SETTINGS.speaks_p) + np.array([-0.1, 0.1])
    # Whatever else ties them to the ring: both are as good as certain to belong.
    tied = weights.content.copy()
    tied[named[0].members] = 40
    trial = replace(named[0].trial, weights=replace(weights, manner=manner, content=tied))
    (entry,) = name_trials(made.scene, [trial], ["c-1"])
    assert entry.is_odd[:2].tolist() == [True, False]
    verdict = write_accounts(made.scene, [entry])["verdict"].to_pylist()
    assert (verdict[odd], verdict[usual]) == ("suspect", "campaign")


def test_an_odd_account_does_not_cost_its_fellows_their_names(found):
    made, (entry, _) = found
    plain = write_accounts(made.scene, [replace(entry, is_odd=np.zeros_like(entry.is_odd))])
    is_odd = np.zeros_like(entry.is_odd)
    is_odd[0] = True
    marked = write_accounts(made.scene, [replace(entry, is_odd=is_odd)])
    before, after = (set(_named(table)) for table in (plain, marked))
    assert before - after == {str(made.scene.population.account_id[entry.members[0]])}
    assert after <= before


def _named(table):
    return table.filter(pc.equal(table["verdict"], "campaign"))["account_id"].to_pylist()


def test_no_account_is_named_without_two_families(found, accounts):
    families = {entry.campaign_id: set(entry.trial.speaking) for entry in found[1]}
    for row in rows_of(accounts, verdict="campaign"):
        assert len(families[row["campaign_id"]]) >= 2
    assert len(families["c-2"]) == 1
    assert not any(row["verdict"] == "campaign" for row in rows_of(accounts, campaign_id="c-2"))


def test_reasons_are_the_signals_that_speak_the_strongest_first(found, accounts):
    trial = found[1][0].trial
    p_value = {r.signal.name: r.p_value for r in trial.readings}
    reasons = rows_of(accounts, verdict="campaign")[0]["reasons"]
    assert reasons == reasons_of(trial)
    assert [p_value[name] for name in reasons] == sorted(p_value[name] for name in reasons)
    assert {r.signal.family for r in trial.readings if r.signal.name in reasons} == set(FAMILIES)


def test_signals_of_an_explained_family_are_no_reasons(found):
    trial = replace(found[1][0].trial, explained=frozenset({"content", "clock"}))
    assert not {"one_pool", "one_hand", "no_sleep", "shared_shifts"} & set(reasons_of(trial))
    assert "elicitation" in reasons_of(trial)


def test_trusted_accounts_are_listed_and_never_named(found, accounts, evidence):
    made, named = found
    trusted = set(made.scene.population.account_id[made.rows[0][:N_TRUSTED]])
    assert set(made.scene.population.account_id[named[0].vouched]) == trusted
    rows = [row for row in accounts.to_pylist() if row["account_id"] in trusted]
    assert {row["verdict"] for row in rows} == {"clear"}
    assert all(row["reasons"][-1] == "trusted" and len(row["reasons"]) > 1 for row in rows)
    assert {row["probability"] for row in rows} == {named[0].trial.probability}
    assert {row["account_id"] for row in rows_of(evidence, signal="trusted")} == trusted


def test_a_ring_that_is_all_trusted_is_no_campaign(found):
    made, (entry, _) = found
    everybody = np.concatenate([entry.members, entry.vouched])
    trusted = replace(
        entry, members=everybody[:0], belongs_p=entry.belongs_p[:0], vouched=everybody
    )
    assert not stands(trusted)
    assert write_campaigns(made.scene, [trusted], MODELS, PRICES).num_rows == 0
    rows = write_evidence(made.scene, [trusted]).to_pylist()
    assert {row["signal"] for row in rows} == {"trusted"}
    assert {row["campaign_id"] for row in rows} == {None}
    assert set(write_accounts(made.scene, [trusted])["verdict"].to_pylist()) == {"clear"}


def test_campaign_totals_are_the_sums_of_their_accounts(found, accounts, campaigns):
    people = found[0].scene.population
    for row in campaigns.to_pylist():
        own = pc.equal(accounts["campaign_id"], row["campaign_id"])
        table = accounts.filter(own)
        members = np.flatnonzero(own.fill_null(False).to_numpy())
        assert row["accounts"] == table.num_rows == members.size
        assert row["exchanges"] == pc.sum(table["exchanges"]).as_py()
        assert row["first_seen"] == pc.min(table["first_seen"]).as_py()
        assert row["last_seen"] == pc.max(table["last_seen"]).as_py()
        assert row["input_tokens"] == people.input_tokens[members].sum()
        assert row["output_tokens"] == people.output_tokens[members].sum()
        cost = row["input_tokens"] / 1e6 * 2.0 + row["output_tokens"] / 1e6 * 10.0
        assert row["estimated_cost_usd"] == pytest.approx(cost)
        assert 0 <= row["extraction_exchanges"] <= row["exchanges"]


def test_capabilities_are_shares_of_one_the_largest_first(campaigns):
    for row in campaigns.to_pylist():
        shares = [entry["share"] for entry in row["capabilities"]]
        assert sum(shares) == pytest.approx(1.0)
        assert shares == sorted(shares, reverse=True)
        assert {entry["name"] for entry in row["capabilities"]} <= set(CAPABILITIES)


def test_models_and_families_are_those_of_the_campaign(found, campaigns):
    assert campaigns["models"].to_pylist() == [["large", "small"], []]
    assert campaigns["families"].to_pylist() == [list(e.trial.speaking) for e in found[1]]


def test_a_harvest_is_mostly_harvest(campaigns):
    row = campaigns.to_pylist()[0]
    assert 0.5 * row["exchanges"] < row["extraction_exchanges"] <= row["exchanges"]


def test_a_summary_tells_the_totals_and_what_was_asked(campaigns):
    row = campaigns.to_pylist()[0]
    for figure in (f"{row['accounts']} accounts", f"{row['exchanges']:,} exchanges"):
        assert figure in row["summary"]
    assert "11 innocent explanations were asked; none holds." in row["summary"]
    assert "\n" not in row["summary"]
    assert "nan" not in row["summary"]


def test_prior_and_counted_bits_add_up_to_the_odds_and_a_suspect_is_held_to_less(found, evidence):
    for entry in found[1]:
        rows = [r for r in rows_of(evidence, campaign_id=entry.campaign_id, account_id=None)]
        counted = [r for r in rows if r["family"] in FAMILIES and detail_of(r)["counted"]]
        (prior,) = [r for r in rows if r["family"] == "prior"]
        total = prior["bits"] + sum(r["bits"] for r in counted)
        assert prior["bits"] < 0
        assert total == pytest.approx(entry.trial.prior_bits + entry.trial.evidence_bits)
        told = 1 / (1 + 2**-total)
        assert told == pytest.approx(entry.trial.posterior)
        if entry.trial.is_campaign:
            assert told == pytest.approx(entry.trial.probability)
        else:
            assert entry.trial.probability <= 0.5 < told
        assert len({r["family"] for r in counted}) == len(counted)


def test_a_family_that_is_explained_is_shown_and_not_counted(found):
    made, (entry, _) = found
    trial = replace(entry.trial, explained=frozenset({"clock"}))
    table = write_evidence(made.scene, [replace(entry, trial=trial)])
    clock = [r for r in rows_of(table, account_id=None) if r["family"] == "clock"]
    assert len(clock) == 4
    assert not any(detail_of(row)["counted"] for row in clock)
    rest = [r for r in rows_of(table, account_id=None) if r["family"] in set(FAMILIES) - {"clock"}]
    counted = sum(r["bits"] for r in rest if detail_of(r)["counted"])
    assert counted == pytest.approx(trial.evidence_bits)


def test_every_detail_is_an_object_with_one_sentence(evidence):
    for row in evidence.to_pylist():
        detail = detail_of(row)
        assert detail["text"]
        assert "nan" not in detail["text"]
        if row["account_id"] is None and row["family"] in FAMILIES:
            assert set(detail) == {"text", "values", "comparison", "counted"}
            assert set(detail["comparison"]) == {"group", "n", "median", "p95"}
            assert detail["comparison"]["n"] >= 20
            assert 0 < row["p_value"] <= 1


def test_details_are_json_that_any_reader_takes(evidence):
    def refuse(constant):
        raise AssertionError(constant)

    for text in evidence["detail"].to_pylist():
        json.loads(text, parse_constant=refuse)


def test_every_explanation_that_was_asked_is_on_record(found, evidence):
    for entry in found[1]:
        rows = rows_of(
            evidence, campaign_id=entry.campaign_id, account_id=None, family="explanation"
        )
        told = {row["signal"]: detail_of(row)["holds"] for row in rows}
        assert told == {name: answer.holds for name, answer in entry.trial.answers.items()}
        assert all(row["bits"] <= 0 for row in rows)


def test_what_would_clear_is_told_for_every_family_that_speaks(found, evidence):
    for entry in found[1]:
        rows = rows_of(evidence, campaign_id=entry.campaign_id, family="clearing")
        assert [detail_of(row)["text"] for row in rows] == clearing(entry.trial)
        assert len(rows) == len(entry.trial.speaking) + 1


def test_members_weights_are_those_of_the_accounts_and_of_speaking_families(found, evidence):
    made, named = found
    for entry in named:
        row, weights = int(entry.members[0]), entry.trial.weights
        name = str(made.scene.population.account_id[row])
        own = {r["family"]: r["bits"] for r in rows_of(evidence, account_id=name)}
        seen = {
            "content": weights.content[row],
            "clock": weights.schedule[row],
            "identity": weights.naming_identity[row],
            "life_cycle": weights.life_cycle[row],
            "manner": weights.manner[row],
            "prior": weights.prior_bits,
        }
        assert own == {family: bits for family, bits in seen.items() if bits}
        assert set(own) - {"manner", "prior"} <= set(entry.trial.speaking)


def test_an_accounts_own_evidence_adds_up_to_what_it_is_named_by(found, evidence):
    for entry in found[1]:
        for row in entry.members.tolist():
            name = str(found[0].scene.population.account_id[row])
            told = sum(r["bits"] for r in rows_of(evidence, account_id=name))
            assert told == pytest.approx(entry.trial.weights.naming_total[row])


def test_evidence_on_accounts_is_on_members_of_their_campaign(found, accounts, evidence):
    campaign_of = dict(
        zip(accounts["account_id"].to_pylist(), accounts["campaign_id"].to_pylist(), strict=True)
    )
    for row in evidence.to_pylist():
        if row["account_id"] is not None and row["signal"] != "trusted":
            assert campaign_of[row["account_id"]] == row["campaign_id"]


def test_a_member_belongs_with_the_probability_of_its_weight(found):
    for entry in found[1]:
        bits = entry.trial.weights.naming_total[entry.members]
        np.testing.assert_allclose(
            np.log2(entry.belongs_p / (1 - entry.belongs_p)), bits, rtol=1e-3
        )


def test_ids_are_given_in_the_order_of_trials_and_one_to_one(found):
    made, named = found
    trials = [entry.trial for entry in named]
    ids = [entry.campaign_id for entry in name_trials(made.scene, trials, ["x", "y"])]
    assert ids == ["x", "y"]
    with pytest.raises(ValueError, match="shorter"):
        name_trials(made.scene, trials, ["x"])


def test_a_trial_that_was_not_settled_is_held_to_be_sure_of_its_members(found):
    made, (entry, _) = found
    (named,) = name_trials(made.scene, [replace(entry.trial, weights=None)], ["x"])
    assert isinstance(named, Named)
    assert (named.belongs_p == 1.0).all()
    assert write_evidence(made.scene, [named])["account_id"].null_count == len(
        [r for r in write_evidence(made.scene, [named]).to_pylist() if r["signal"] != "trusted"]
    )


def test_what_is_written_holds_no_time_outside_of_the_log(campaigns):
    for column in ("first_seen", "last_seen"):
        times = campaigns[column].cast(pa.int64()).to_numpy()
        assert ((times >= START_US) & (times <= START_US + 181 * DAY_US)).all()


def test_ordinary_groups_are_written_as_nothing():
    made, trials = hunt(Crowd((Group(),)))
    named = name_trials(made.scene, trials, [])
    assert set(write_accounts(made.scene, named)["verdict"].to_pylist()) == {"clear"}

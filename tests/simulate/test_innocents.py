"""The innocents: each class is what it is named for, in what is written, not only in the plan."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from stillhunt.simulate.cast import CLOCKS
from stillhunt.simulate.chance import mix
from stillhunt.simulate.innocents import HABITS, innocent
from stillhunt.simulate.scenario import CLASSES, Population, Scenario
from stillhunt.simulate.write import write
from stillhunt.tables import EXCHANGES

_PEOPLE = ("individual", "company_seats", "classroom", "product_own_key", "viral_day")


@pytest.fixture(scope="module")
def world_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("innocents")
    populations = (
        Population("classroom", 120, 30), Population("coding_agent", 60),
        Population("product_own_key", 160, 80), Population("company_seats", 120, 30),
        Population("individual", 200), Population("viral_day", 60), Population("aggregator", 2),
    )  # fmt: skip
    write(Scenario("innocents", populations, days=8), folder, 1)
    return folder


def _ask(folder: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute(
            f"create view e as select * from '{folder}/exchanges/*.parquet' join "
            f"'{folder}/truth/accounts.parquet' using (account_id)"
        )
        rows: list[tuple[object, ...]] = connection.execute(query).fetchall()
        return rows


def _one(folder: Path, query: str) -> float:
    return float(_ask(folder, query)[0][0])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_is_made_of_its_own_accounts(kind: str) -> None:
    cast = innocent(Population(kind, 300, 20), 3, 0, 14)
    assert len(cast) == 300
    assert (cast.kind == CLASSES.index(kind)).all()
    assert (cast.campaign == -1).all()
    assert ((cast.habit >= 0) & (cast.habit < len(HABITS))).all()
    assert ((cast.clock >= 0) & (cast.clock < len(CLOCKS))).all()
    assert (cast.per_day > 0).all()


@pytest.mark.parametrize("kind", _PEOPLE)
def test_classes_of_people_have_day_and_night_in_their_time_zone(kind: str) -> None:
    cast = innocent(Population(kind, 400, 20), 3, 0, 14)
    assert set(cast.clock) <= {CLOCKS.index("home"), CLOCKS.index("office")}
    assert len(set(cast.zone)) > 3


def test_groups_of_pupils_sleep(world_of: Path) -> None:
    quiet, busy = _ask(
        world_of,
        "with h as (select org_id, hour(time) as h, count(*) as n from e where class = "
        "'classroom' group by all), d as (select org_id, h, sum(n) over (partition by org_id "
        "order by h rows between current row and 7 following) as n, sum(n) over (partition by "
        "org_id) as total from h) select min(n / total), max(n / total) from d where h <= 16",
    )[0]
    assert quiet < 0.16  # type: ignore[operator]
    assert busy > 0.5  # type: ignore[operator]


def test_pupils_ask_the_same_and_then_follow_up(world_of: Path) -> None:
    assert _one(world_of, "select avg((n_turns > 1)::int) from e where class = 'classroom'") > 0.3
    share = "select count(distinct org_id) / count(*) from e where class = 'classroom'"
    assert _one(world_of, share) < 0.05


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        ("coding_agent", "system is not null and n_tools > 0"),
        ("product_own_key", "system is not null"),
        ("product_own_key", "temperature = 0 and n_turns = 1"),
    ],
)
def test_nearly_all_of_a_product_carries_its_mark(kind: str, claim: str, world_of: Path) -> None:
    share = _one(world_of, f"select avg(({claim})::int) from e where class = '{kind}'")
    assert 0.93 < share <= 1


def test_an_agents_users_share_few_system_prompts_and_tool_sets(world_of: Path) -> None:
    query = "select count(distinct system), count(distinct tools) from e where class = '{}'"
    systems, tools = _ask(world_of, query.format("coding_agent"))[0]
    assert 1 < systems <= 4  # type: ignore[operator]
    assert 1 < tools <= 5  # type: ignore[operator]
    (products, _), *_ = _ask(world_of, query.format("product_own_key"))
    assert products <= 4  # type: ignore[operator]


def test_a_products_customers_hold_unrelated_data(world_of: Path) -> None:
    query = ("select count(distinct prompt) / count(*), count(distinct left(prompt, 12)) / "
             "count(*) from e where class = 'product_own_key'")  # fmt: skip
    prompts, openings = _ask(world_of, query)[0]
    assert prompts > 0.98  # type: ignore[operator]
    assert openings < 0.05  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["product_own_key", "coding_agent", "individual", "classroom"])
def test_volumes_within_a_class_are_heavy_tailed(kind: str, world_of: Path) -> None:
    query = f"select count(*) from e where class = '{kind}' group by account_id"
    volumes = np.sort([int(str(row[0])) for row in _ask(world_of, query)])
    assert volumes[-len(volumes) // 10 :].sum() > 0.3 * volumes.sum()
    assert volumes.max() > 5 * np.median(volumes)


def test_seats_of_a_company_work_on_unrelated_tasks(world_of: Path) -> None:
    same = _one(
        world_of, "select count(*) - count(distinct prompt) from e where class = 'company_seats' "
                  "and strlen(prompt) > 40",
    )  # fmt: skip
    assert same <= 10
    cast = innocent(Population("company_seats", 200, 25), 3, 0, 14)
    assert len(np.unique(cast.card)) <= 10
    assert len(np.unique(mix(cast.person))) == 200


def test_only_aggregators_declare_end_users(world_of: Path) -> None:
    declared = _ask(world_of, "select class from e where end_user is not null group by class")
    assert declared == [("aggregator",)]
    assert "end_user" in EXCHANGES.names


@pytest.mark.parametrize(
    ("kind", "column"), [("product_own_key", "group"), ("company_seats", "group"),
                         ("individual", "country"), ("researcher", "country")],
)  # fmt: skip
def test_a_group_has_waters_of_its_own_and_private_people_their_countrys(
    kind: str, column: str
) -> None:
    cast = innocent(Population(kind, 300, group_size=50, tide=0.4), 7, 0, 14)
    assert (cast.tide == 0.4).all()
    shared = getattr(cast, column)
    pairs = {(int(a), int(b)) for a, b in zip(shared, cast.waters, strict=True)}
    assert len(pairs) == len(set(shared.tolist())) == len(set(cast.waters.tolist())) > 1
    assert not innocent(Population(kind, 9), 7, 0, 14).tide.any()

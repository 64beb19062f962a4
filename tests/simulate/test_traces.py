"""Traces: recorded hours and gaps stand in for the model's, for people's clocks only."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhunt.errors import InputError
from stillhunt.simulate.cast import CLOCKS, DAY_US, Cast, people
from stillhunt.simulate.chance import mix
from stillhunt.simulate.clock import HOUR_US, Plans, arrivals
from stillhunt.simulate.traces import Traces, read_traces

_HOUR_S = 3600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A client that works from 3 to 6 and never on Sundays; gaps of 1 and 3 seconds."""
    hours = np.arange(336)
    busy = (hours % 24 >= 3) & (hours % 24 < 6) & (hours // 24 % 7 != 6)
    table = pa.table({"client_id": ["a"] * 336, "t_s": hours * _HOUR_S, "rate_rps": busy * 0.5})
    pq.write_table(table, tmp_path / "rates.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    (tmp_path / "requests.csv").write_text(
        "TIMESTAMP,Tokens\n" + "".join(f"2023-11-16 18:00:0{s}.50,7\n" for s in (0, 1, 4, 5, 8)),
        encoding="utf-8",
    )
    return tmp_path


def _cast(clock: str) -> Cast:
    cast = people(60, 5, 14)
    cast.clock[:] = CLOCKS.index(clock)
    cast.zone[:] = cast.shift[:] = 0
    cast.per_day[:], cast.on_ratio[:], cast.gap_s[:] = 60, 1, 1
    cast.from_us[:], cast.to_us[:] = -DAY_US, 99 * DAY_US
    return cast


def _hours(clock: str, traces: Traces, weekday: int = 1) -> np.ndarray:
    cast = _cast(clock)
    plans = Plans(np.zeros(60), traces)
    made = arrivals(cast, plans, 1, weekday, np.random.default_rng(1))
    return np.bincount((made.time_us - DAY_US) // HOUR_US % 24, minlength=24)


def test_people_keep_recorded_hours_and_days_of_rest(folder: Path) -> None:
    traces = read_traces(folder)
    for clock in ("home", "office"):
        hours = _hours(clock, traces)
        assert hours[3:6].sum() > 0.97 * hours.sum() > 0
        assert _hours(clock, traces, weekday=6).sum() == 0


def test_machines_keep_their_own_hours(folder: Path) -> None:
    nothing = Traces(np.empty((0, 7, 25)), np.empty((0, 7)), np.empty(0))
    assert np.array_equal(_hours("flat", read_traces(folder)), _hours("flat", nothing))


def test_gaps_are_the_recorded_ones_with_mean_one(folder: Path) -> None:
    assert np.allclose(np.sort(read_traces(folder).gaps), [0.5, 0.5, 1.5, 1.5])


def test_requests_over_a_week_are_a_rhythm_too(tmp_path: Path) -> None:
    days = [f"2023-11-{13 + d} {h:02}:30:00" for d in range(7) for h in range(8, 20)]
    (tmp_path / "week.csv").write_text("TIMESTAMP\n" + "\n".join(days), encoding="utf-8")
    traces = read_traces(tmp_path)
    hour = traces.hours(mix(1, np.arange(500)), 0, np.linspace(0, 0.999, 500))
    assert 8 <= hour.min() <= hour.max() <= 20
    assert traces.days[0, 5] == pytest.approx(1.0)


def test_weeks_start_on_a_monday(tmp_path: Path) -> None:
    days = [f"2023-11-{13 + d} {h:02}:00:00" for d in range(7) for h in range(24) if d != 5]
    (tmp_path / "week.csv").write_text("TIMESTAMP\n" + "\n".join(days), encoding="utf-8")
    assert read_traces(tmp_path).days[0, 5] == 0  # 13 November 2023 was a Monday


@pytest.mark.parametrize(("name", "text"), [("a.csv", "WHEN\n1\n"), ("a.parquet", "no"), ("b", "")])
def test_what_is_no_trace_is_told(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="TIMESTAMP"):
        read_traces(tmp_path)

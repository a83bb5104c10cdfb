from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural.causes import causes, read_drivers, read_interventions
from pfkit.measures.structural.subject import Subject, subject

if TYPE_CHECKING:
    from pfkit.measures.structural.causes import Drivers
    from pfkit.measures.structural.subject import Finding

MONTHS = [period_label(12, 2025 * 12 + k) for k in range(18)]
PAST = pd.DataFrame({"period": MONTHS[:12], "price": [10.0 + k % 4 for k in range(12)]})
FUTURE = pd.DataFrame({"period": MONTHS[12:15], "price": [11.0, 12.0, 13.0]})


@pytest.fixture(scope="module")
def series() -> Subject:
    """Make the months of 2025."""
    return subject(pd.DataFrame({"period": MONTHS[:12], "amount": np.arange(12.0)}))


def _read(
    series: Subject,
    future: pd.DataFrame | None = FUTURE,
    past: pd.DataFrame | None = PAST,
    horizon: int | None = None,
) -> tuple[Drivers, list[Finding]]:
    return read_drivers(past, future, series, horizon)


def test_rows_may_come_in_any_order(series: Subject) -> None:
    found, said = _read(series, FUTURE.iloc[::-1], PAST.sample(frac=1, random_state=2))
    assert found.past[:, 0].tolist() == PAST["price"].tolist()
    assert found.ahead[:, 0].tolist() == [11.0, 12.0, 13.0]
    assert said == []


def test_drivers_of_earlier_periods_are_left_out(series: Subject) -> None:
    early = pd.DataFrame({"period": ["2024-12"], "price": [99.0]})
    found, _ = _read(series, past=pd.concat([early, PAST]))
    assert len(found.past) == 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"future": FUTURE.drop(index=1)},
            "future: 1 of 3 months are missing: 2026-02\n  -> Give one row per period",
        ),
        (
            {"future": FUTURE, "horizon": 5},
            "future: 2 of 5 months are missing: 2026-04, 2026-05",
        ),
        (
            {"future": FUTURE.rename(columns={"price": "prize"})},
            "future: column 'price' is not there\n  -> The closest known column is 'prize'.",
        ),
        (
            {"future": FUTURE.assign(volum=1.0)},
            "future: column 'volum' is no driver\n  -> Known: 'price'.",
        ),
        (
            {"future": FUTURE.assign(price=[11.0, np.nan, 12.0])},
            "future (row 2): price is no finite number in 2026-02 (1 such rows)",
        ),
        (
            {"future": FUTURE.assign(period=["2026Q1", "2026Q2", "2026Q3"])},
            "future (row 1): period '2026Q1' is one of quarters, and the series has months",
        ),
        (
            {"future": pd.concat([PAST.tail(2), FUTURE])},
            "future: 2025-11 lies within the series, which ends in 2025-12 (2 such rows)",
        ),
        (
            {"future": FUTURE.assign(period="2026-01")},
            "future (row 2): 2026-01 stands more than once",
        ),
        ({"future": FUTURE.head(0)}, "future: there is no row"),
        (
            {"future": FUTURE.assign(period=["2026-01", "soon", "2026-03"])},
            "future (row 2): period 'soon' is no month and no quarter",
        ),
        (
            {"future": FUTURE.assign(period=["2026-01", None, "2026-03"])},
            "future (row 2): period is empty",
        ),
        (
            {"past": PAST.drop(index=[3, 4])},
            "drivers: 2 of 12 months are missing: 2025-04, 2025-05",
        ),
        (
            {"past": pd.concat([PAST, FUTURE])},
            "drivers: drivers go on to 2026-03, and the series ends in 2025-12",
        ),
        (
            {"past": PAST.assign(price=5.0)},
            "drivers: driver 'price' is 5 in every period of the series",
        ),
        (
            {"past": PAST.assign(price=["10"] * 11 + ["dear"])},
            "drivers (row 12): price is no finite number in 2025-12",
        ),
        ({"past": PAST[["period"]]}, "drivers: there is no driver beside period"),
        ({"past": PAST.drop(columns="period")}, "drivers: column 'period' is not there"),
    ],
)
def test_what_drivers_may_not_be(series: Subject, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError) as caught:
        _read(series, **change)
    assert str(caught.value).startswith(said)


def test_a_future_needs_its_past_and_a_horizon_its_future(series: Subject) -> None:
    with pytest.raises(ParameterError, match="future is given without drivers"):
        _read(series, past=None)
    with pytest.raises(ParameterError, match="horizon is given, and the future of the drivers"):
        _read(series, None, horizon=3)


def test_what_was_never_seen_is_said(series: Subject) -> None:
    dear = FUTURE.assign(price=[11.0, 14.0, 20.0])
    _, said = _read(series, dear)
    assert [(one.check, one.state) for one in said] == [("extrapolation", "amber")]
    assert said[0].text == (
        "price leaves the range it had (10 to 13) in 2 of 3 months ahead, furthest in 2026-03 with "
        "20: what it does there was never seen"
    )


def test_what_lies_beyond_the_horizon_is_said(series: Subject) -> None:
    found, said = _read(series, horizon=2)
    assert len(found.ahead) == 2
    assert said[0].text == "what future says beyond the horizon (1 of 3) is not used"


def _events(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "kind", "period", "until"])


def test_the_course_of_each_kind(series: Subject) -> None:
    found, _ = read_interventions(
        _events(
            ("price", "step", "2025-10", None),
            ("trial", "step", "2025-03", "2025-05"),
            ("fair", "pulse", "2025-06", ""),
            ("rollout", "ramp", "2025-09", "2025-12"),
            ("drift", "ramp", "2025-11", None),
        ),
        series,
        2,
    )
    assert found.past[:, 0].tolist() == [0.0] * 9 + [1.0] * 3
    assert found.past[:, 1].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert found.past[:, 2].tolist() == [0.0] * 5 + [1.0] + [0.0] * 6
    assert found.past[:, 3].tolist() == [0.0] * 8 + [0.25, 0.5, 0.75, 1.0]
    assert found.past[:, 4].tolist() == [0.0] * 10 + [1.0, 2.0]
    assert found.ahead.tolist() == [[1, 0, 0, 1, 3], [1, 0, 0, 1, 4]]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            ("price", "step", "2026-03", None),
            "interventions (row 1): 'price' is dated 2026-03, outside of the series (2025-01",
        ),
        (
            ("price", "step", "2024-03", None),
            "interventions (row 1): 'price' is dated 2024-03, out",
        ),
        (
            ("price", "step", "2025-01", None),
            "interventions (row 1): 'price' is dated 2025-01, the first period of the series",
        ),
        (
            ("price", "stepp", "2025-05", None),
            "interventions (row 1): kind 'stepp' is not known\n  -> The closest known kind is",
        ),
        (
            ("price", "pulse", "2025-05", "2025-03"),
            "interventions (row 1): 'price' ends in 2025-03, before it begins",
        ),
        (
            ("price", "step", "2025Q2", None),
            "interventions (row 1): period '2025Q2' is one of quart",
        ),
        (("price", "step", "", None), "interventions (row 1): 'price' has no period"),
    ],
)
def test_what_an_intervention_may_not_be(
    series: Subject, event: tuple[str, str, str, str | None], said: str
) -> None:
    with pytest.raises(ContractError) as caught:
        read_interventions(_events(event), series, 0)
    assert str(caught.value).startswith(said)


def test_a_name_stands_once(series: Subject) -> None:
    twice = _events(("a", "step", "2025-05", None), ("a", "pulse", "2025-06", None))
    with pytest.raises(ContractError, match=re.escape("(row 2): 'a' stands twice")):
        read_interventions(twice, series, 0)


def test_a_pulse_on_a_missing_month_is_refused() -> None:
    table = pd.DataFrame({"period": MONTHS[:12], "amount": np.arange(12.0)}).drop(index=5)
    with pytest.raises(ContractError, match="'fair' falls on months without a value"):
        read_interventions(_events(("fair", "pulse", "2025-06", None)), subject(table), 0)


def test_a_step_at_the_end_is_told_by_little(series: Subject) -> None:
    _, said = read_interventions(_events(("price", "step", "2025-11", None)), series, 0)
    assert [one.text for one in said] == [
        "price is told by 2 months alone: whether it lasts is not known"
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [("trend", "'trend' stands for a part of the result"), ("price", "'price' names two causes")],
)
def test_names_that_the_result_needs(series: Subject, name: str, said: str) -> None:
    drivers, _ = _read(series)
    events, _ = read_interventions(_events((name, "step", "2025-06", None)), series, 3)
    with pytest.raises(ParameterError, match=said):
        causes(drivers, events, log=False)


def test_a_driver_is_told_from_its_mean_and_its_logarithm_where_it_has_one(series: Subject) -> None:
    mixed = PAST.assign(weather=[-1.0, 1.0] * 6)
    drivers, _ = read_drivers(mixed, None, series, None)
    events, _ = read_interventions(None, series, 0)
    found = causes(drivers, events, log=True)
    assert found.logged == (True, False)
    assert found.enters == ("as its logarithm", "as it is")
    assert found.past[:, 1].tolist() == [-1.0, 1.0] * 6
    assert found.past[:, 0].sum() == pytest.approx(0, abs=1e-9)
    assert found.reference[0] == pytest.approx((10 * 11 * 12 * 13) ** 0.25)

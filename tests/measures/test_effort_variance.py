from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import effort_variance
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

PARTS = ["volume", "efficiency", "rate", "not_split"]
PLACE = {"period": "2026-01", "cost_center": "CC", "product": "Jacket", "initiative": None}


def _split(table: pd.DataFrame, period: Period, **options: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    found = effort_variance(table, period=period, **options)
    told = found[["label", *PARTS, "reason"]].itertuples(index=False)
    return {str(label): list(values) for label, *values in told}


def test_webb_company_of_the_textbook(rows: Rows, january: Period) -> None:
    # Horngren ch. 7: 12,000 jackets of 0.8 hours at 20 planned; 10,000 made in 9,000 hours at 22
    effort = rows("""
        version | role  | hours | hourly_cost | behavior
        budget  | Labor |  9600 |          20 | variable
        actual  | Labor |  9000 |          22 |
    """).assign(**PLACE)
    jackets = rows("product | base | actual\n Jacket | 12000 | 10000")
    found = effort_variance(effort, period=january, drivers=jackets, by="role").iloc[-1]
    # 1,600 hours less at 20; 1,000 hours too many at 20; 9,000 hours 2 dearer
    assert found[PARTS].tolist() == [-32_000, 20_000, 18_000, 0]
    assert (found["planned"], found["actual"], found["change"]) == (192_000, 198_000, 6_000)
    assert (found["planned_hours"], found["flexed_hours"]) == (9600, 8000)
    assert found["actual_hourly_cost"] == 22
    assert bool(found["favorable"]) is False


def test_without_drivers_the_plan_stands_as_it_is(rows: Rows, january: Period) -> None:
    effort = rows("""
        version | role     | hours | hourly_cost | behavior
        plan    | Engineer |   100 |          80 | variable
        plan    | Designer |    50 |          60 |
        actual  | Engineer |   110 |          80 |
        actual  | Designer |    50 |          66 |
    """).assign(**PLACE)
    assert _split(effort, january, by="role") == {
        "Engineer": [0, 800, 0, 0, ""],
        "Designer": [0, 0, 300, 0, ""],
        "Total": [0, 800, 300, 0, ""],
    }
    drivers = rows("product | base | actual\n Jacket | 10 | 12\n Coat | 0 | 5")
    flexed = _split(effort, january, by="role", drivers=drivers)
    assert flexed["Engineer"] == [1600, -800, 0, 0, ""]
    assert flexed["Designer"] == [0, 0, 300, 0, ""]
    coats = effort.assign(product="Coat")
    assert _split(coats, january, by="role", drivers=drivers)["Engineer"] == [
        0, 800, 0, 0, "no planned volume of Coat: not flexed",
    ]  # fmt: skip


def test_hours_nobody_planned_are_efficiency_at_the_rate_of_their_role(
    rows: Rows, january: Period
) -> None:
    effort = rows("""
        version | cost_center | role     | product | hours | hourly_cost
        plan    | A           | Engineer | Atlas   |   100 |          80
        plan    | B           | Engineer | Atlas   |   100 |         100
        actual  | A           | Engineer | Borea   |    10 |          85
        actual  | C           | Engineer | Borea   |    10 |          95
        actual  | A           | Advisor  | Atlas   |     2 |         300
    """).assign(period="2026-01", initiative=None)
    found = _split(effort, january, by=["cost_center", "role", "product"])
    assert found["A · Engineer · Borea"] == [0, 800, 50, 0, ""]
    assert found["C · Engineer · Borea"] == [0, 900, 50, 0, ""]  # 90 an hour over both
    assert found["A · Engineer · Atlas"] == [0, -8000, 0, 0, ""]
    assert found["A · Advisor · Atlas"] == [0, 0, 0, 600, "no standard rate of Advisor"]


def test_hours_without_a_cost_count_at_the_standard_rate(rows: Rows, january: Period) -> None:
    effort = rows("""
        version | role     | hours | hourly_cost
        plan    | Engineer |   100 |          80
        actual  | Engineer |    60 |          90
        actual  | Engineer |    50 |
        actual  | Advisor  |     5 |
    """).assign(**PLACE)
    found = _split(effort, january, by="role")
    assert found["Engineer"] == [
        0, 800, 600, 0, "50 hours without a cost, at the standard rate",
    ]  # fmt: skip
    assert found["Advisor"][:4] == [0, 0, 0, 0]
    assert found["Advisor"][4] == "no cost and no standard rate of Advisor: hours only"


def test_planned_hours_that_cancel_out_have_no_rate_of_their_own(
    rows: Rows, january: Period
) -> None:
    effort = rows("""
        version | product | hours | hourly_cost
        plan    | Atlas   |   100 |          80
        plan    | Borea   |    10 |          90
        plan    | Borea   |   -10 |          70
        actual  | Borea   |     1 |          80
    """).assign(period="2026-01", cost_center="CC", role="Engineer", initiative=None)
    # 900 - 700 were planned for no hours at all; the role's rate is 8,200 over 100 hours
    assert _split(effort, january, by="product")["Borea"] == [
        0, 82, -2, -200, "planned hours add up to zero",
    ]  # fmt: skip


def test_without_plan_or_actual_hours_nothing_is_split(
    rows: Rows, january: Period, february: Period
) -> None:
    effort = rows("""
        version | role     | hours | hourly_cost
        plan    | Engineer |   100 |          80
        actual  | Engineer |   100 |          80
    """).assign(**PLACE)
    for table, period, plan, reason in (
        (effort, february, None, "actual: no hours of 2026-02 in the input"),
        (effort[effort["version"] == "actual"], january, None, "no planned hours in the input"),
        (effort[effort["version"] == "plan"], january, None,
         "actual: no hours of 2026-01 in the input"),
        (pd.concat([effort, effort.assign(version="other")]), january, None,
         "no plan version named"),
        (effort.head(0), january, None, "no planned hours in the input"),
    ):  # fmt: skip
        found = effort_variance(table, period=period, plan=plan)
        assert found.empty
        assert found.attrs["reason"] == reason


def test_what_does_not_fit_is_refused(rows: Rows, january: Period) -> None:
    effort = rows("""
        version | role     | hours | hourly_cost
        plan    | Engineer |   100 |          80
        actual  | Engineer |       |          80
    """).assign(**PLACE)
    with pytest.raises(MeasureError) as caught:
        effort_variance(effort, period=january)
    assert "1 of 1 hours are missing or not finite" in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        effort_variance(effort, period=january, plan="plaan")
    assert "The closest known version is 'plan'." in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        effort_variance(effort, period=january, by="period")
    assert "by ['period'] is not known" in str(caught.value)
    with pytest.raises(ContractError) as lacking:
        effort_variance(effort.drop(columns="hourly_cost"), period=january)
    assert "column 'hourly_cost' is not there" in str(lacking.value)


NUMBERS = st.one_of(st.integers(-50, 400).map(float), st.floats(-1e5, 1e5, allow_nan=False))
EFFORT = st.lists(
    st.tuples(
        st.sampled_from(["plan", "actual"]),
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["Engineer", "Advisor", ""]),
        st.sampled_from(["Atlas", "Borea", "(none)"]),
        st.sampled_from([None, "I-1"]),
        NUMBERS,
        st.one_of(st.none(), st.integers(0, 20000).map(lambda cents: cents / 100)),
        st.sampled_from([None, "variable", "fixed"]),
    ),
    max_size=15,
)
DRIVERS = st.lists(st.tuples(st.sampled_from(["Atlas", "Borea"]), NUMBERS, NUMBERS), max_size=3)


@given(EFFORT, DRIVERS, st.sampled_from(["role", "product", ["cost_center", "initiative"]]))
def test_every_row_closes_to_the_cent(
    rows: list[tuple[Any, ...]], drivers: list[tuple[str, float, float]], by: str | list[str]
) -> None:
    names = ["version", "cost_center", "role", "product", "initiative", "hours", "hourly_cost",
             "behavior"]  # fmt: skip
    both = [(v, "A", "Engineer", "Atlas", None, 1.0, 1.0, None) for v in ("plan", "actual")]
    effort = pd.DataFrame([*rows, *both], columns=names).assign(period="2026-01")
    index = pd.DataFrame(drivers, columns=["product", "base", "actual"])
    found = effort_variance(effort, period=FiscalCalendar().period("2026-01"), drivers=index, by=by)
    cents = {
        name: [round(float(value) * 100) for value in found[name]]
        for name in (*PARTS, "planned", "actual", "change")
    }
    for *parts, planned, actual, change in zip(*cents.values(), strict=True):
        assert sum(parts) == change == actual - planned
    for name, amounts in cents.items():
        assert sum(amounts[:-1]) == amounts[-1], name
    hours = effort.groupby("version")["hours"].sum()
    assert found["actual_hours"].iloc[-1] == pytest.approx(hours["actual"], abs=1e-6)

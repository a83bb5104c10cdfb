from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import cost_benefit, roi
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()
BEFORE = CALENDAR.period("2025-12")
COLUMNS = ["initiative", "period", "kind", "flow", "amount"]
# 10 % a year: 1,000 out now, 1,320 in after a year, 110 of running cost
FLOWS = pd.DataFrame(
    [
        ("portal", "2026-01", "plan", "investment", -1000.0),
        ("portal", "2027-01", "plan", "benefit", 1320.0),
        ("portal", "2027-01", "plan", "cost", -110.0),
    ],
    columns=COLUMNS,
)


def card(flows: pd.DataFrame = FLOWS, **more: Any) -> pd.Series:  # noqa: ANN401
    found = cost_benefit(flows, **({"rate": 0.10, "period": BEFORE} | more))
    return found.iloc[0]


def test_a_card_by_hand() -> None:
    row = card()
    # 1,320 / 1.1 = 1,200; 110 / 1.1 = 100; 1,200 - 100 - 1,000 = 100
    assert row[["outlay", "running", "benefit", "net"]].tolist() == [-1000, -100, 1200, 100]
    assert row["break_even_share"] == pytest.approx(1100 / 1200)
    assert row["room_share"] == pytest.approx(100 / 1200)
    assert (row["state"], pd.isna(row["ahead"])) == ("pays", True)


def test_doing_nothing_may_cost_too() -> None:
    base = pd.DataFrame({"initiative": ["portal"], "period": ["2027-01"], "amount": [-330.0]})
    row = card(base=base)
    # without it 300 are lost: the gain is 400, and 800 of benefit would do
    assert row[["base", "gain"]].tolist() == [-300.0, 400.0]
    assert row["break_even_share"] == pytest.approx(800 / 1200)


def test_the_driver_at_which_it_breaks_even_and_what_a_unit_is_worth() -> None:
    row = card(units={"portal": ("new customers", 60.0)})
    assert row["driver"] == "new customers"
    assert row["break_even_units"] == pytest.approx(55.0)
    assert row["unit_value"] == pytest.approx(20.0)


def test_what_is_spent_is_spent() -> None:
    flows = FLOWS.copy()
    flows.loc[1, "amount"] = 700.0
    done = flows.iloc[[0]].assign(kind="actual")
    row = card(pd.concat([flows, done], ignore_index=True), period=CALENDAR.period("2026-12"))
    # 590 come next month for 1,000 that are gone
    assert row["gain"] == pytest.approx(590 / 1.1 - 1000, abs=0.01)
    assert row["ahead"] == pytest.approx(590.0)
    assert row["ahead_share"] == pytest.approx(110 / 700)
    assert row["state"] == "pays from here on"


def test_an_own_hurdle_rate_counts_and_net_is_that_of_the_returns() -> None:
    initiatives = pd.DataFrame(
        {"initiative": ["portal"], "name": ["Portal"], "hurdle_rate": [0.32]}
    )
    row = card(initiatives=initiatives)
    assert (row["name"], row["benefit"]) == ("Portal", 1000.0)
    known = roi(FLOWS, initiatives, rate=0.10, period=BEFORE).iloc[0]
    assert row["net"] == pytest.approx(known["npv_outlook"], abs=0.01)


def test_a_cost_without_a_benefit_does_not_pay_and_nothing_breaks_even() -> None:
    row = card(FLOWS.iloc[[0]])
    assert row["state"] == "does not pay"
    assert row["reason"] == "no benefit, so nothing breaks even"
    assert pd.isna(row["break_even_share"])


def test_units_of_a_stranger_are_refused() -> None:
    with pytest.raises(MeasureError, match="closest known initiative is 'portal'"):
        card(units={"portals": ("seats", 1.0)})
    with pytest.raises(MeasureError, match=r"0\.0 units of 'portal'"):
        card(units={"portal": ("seats", 0.0)})
    with pytest.raises(MeasureError, match="is no rate"):
        card(rate=-1.0)


@given(st.data())
def test_at_the_break_even_share_the_gain_is_zero(data: st.DataObject) -> None:
    cents = st.integers(1, 10**7)
    rows: list[tuple[str, str, str, str, float]] = [
        ("x", f"2026-{n:02d}", "plan", flow, sign * data.draw(cents) / 100)
        for n in range(1, 7)
        for flow, sign in (("investment", -1), ("benefit", 1), ("cost", -1))
    ]
    flows = pd.DataFrame(rows, columns=COLUMNS)
    base = pd.DataFrame({"initiative": ["x"], "period": ["2026-03"], "amount": [-12.5]})
    share = card(flows, base=base)["break_even_share"]
    benefit = flows["flow"] == "benefit"
    flows["amount"] = flows["amount"].where(~benefit, flows["amount"] * share)
    assert card(flows, base=base)["gain"] == pytest.approx(0.0, abs=0.05)

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import npv, roi
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

MARCH = FiscalCalendar().period("2026-03")
FLOWS = st.lists(
    st.tuples(
        st.sampled_from(["search", "alerts", "import"]),
        st.sampled_from(["2026-01", "2026-02", "2026-03", "2026-05"]),
        st.sampled_from(["plan", "actual"]),
        st.sampled_from(["investment", "benefit", "cost"]),
        st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
    ),
    max_size=20,
)
COLUMNS = ["initiative", "period", "kind", "flow", "amount"]


@pytest.fixture(scope="module")
def cashflows(rows: Rows) -> pd.DataFrame:
    """Give an initiative that is dearer and later than planned, and one not begun."""
    return rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-01 | plan   | investment | -1000
        search     | 2026-02 | plan   | benefit    |   600
        search     | 2026-02 | plan   | cost       |  -100
        search     | 2026-03 | plan   | benefit    |   600
        search     | 2026-04 | plan   | benefit    |   600
        search     | 2026-01 | actual | investment | -1200
        search     | 2026-03 | actual | benefit    |   300
        alerts     | 2026-05 | plan   | investment |  -200
        alerts     | 2026-06 | plan   | benefit    |   250
    """)


@pytest.fixture(scope="module")
def initiatives(rows: Rows) -> pd.DataFrame:
    """Give what was approved."""
    return rows("""
        initiative | name       | product | owner | approved_amount | hurdle_rate
        search     | Search 2.0 | Atlas   | Ines  |            1100 |        0.12
        alerts     | Alerts     | Atlas   | Omar  |             200 |
    """)


def test_promise_and_result_stand_side_by_side(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    table = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key")
    search = table.loc["search"]
    assert search["invested_plan"] == 1000
    assert search["net_plan"] == 700  # 1800 - 100 - 1000
    assert search["roi_plan_rate"] == pytest.approx(0.7)
    assert search["net_plan_to_date"] == 100  # 1200 - 100 - 1000
    assert search["net_actual"] == -900  # 300 - 1200
    assert search["roi_rate"] == pytest.approx(-0.75)
    assert search["net_outlook"] == -300  # -900 + 600 of April
    assert search["roi_outlook_rate"] == pytest.approx(-0.25)
    assert search["over_approved"]
    assert search["hurdle_rate"] == 0.12
    assert (search["name"], search["owner"], search["start"]) == ("Search 2.0", "Ines", "2026-01")


def test_npv_discounts_by_month_at_the_initiative_s_own_rate(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    table = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key")
    by_hand = -1000 + 500 / 1.12 ** (1 / 12) + 600 / 1.12 ** (2 / 12) + 600 / 1.12 ** (3 / 12)
    assert table.loc["search", "npv_plan"] == pytest.approx(by_hand, abs=0.005)
    assert table.loc["alerts", "npv_plan"] == pytest.approx(
        -200 + 250 / 1.09 ** (1 / 12), abs=0.005
    )


def test_payback_counts_months_and_says_when_there_is_none(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    table = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key")
    # after one month -500 is left, 600 come in the next: 1 + 500/600
    assert table.loc["search", "payback_plan_months"] == pytest.approx(1 + 500 / 600)
    assert pd.isna(table.loc["search", "payback_months"])
    assert "outlook: the money never comes back" in table.loc["search", "reason"]


def test_what_has_not_begun_has_no_actual(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    alerts = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key").loc["alerts"]
    assert pd.isna(alerts["net_actual"])
    assert alerts["net_plan"] == 50
    assert "no actual cash flows up to 2026-03" in alerts["reason"]


def test_initiatives_add_up_to_their_product_and_to_the_total(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    one = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key")
    many = roi(cashflows, initiatives, rate=0.09, by="product", period=MARCH)
    assert many["product"].tolist() == ["Atlas", "Total"]
    assert many["count"].tolist() == [2, 2]
    assert many["net_plan"].tolist() == [750, 750]
    assert one.loc["total", "net_plan"] == 750
    assert one.loc["total", "roi_plan_rate"] == pytest.approx(750 / 1200)


def test_an_initiative_without_flows_is_listed(initiatives: pd.DataFrame) -> None:
    table = roi(pd.DataFrame(columns=COLUMNS), initiatives, rate=0.09)
    assert table["reason"].tolist()[0] == "no cash flows"
    assert len(table) == 3


def test_a_benefit_without_outlay_has_no_return() -> None:
    flows = pd.DataFrame([("gift", "2026-01", "actual", "benefit", 10.0)], columns=COLUMNS)
    row = roi(flows, rate=0.09).iloc[0]
    assert pd.isna(row["roi_rate"])
    assert "nothing invested" in row["reason"]


def test_nothing_in_is_nothing_out() -> None:
    assert roi(pd.DataFrame(columns=COLUMNS), rate=0.09).empty


def test_an_unknown_flow_is_refused_with_the_nearest(cashflows: pd.DataFrame) -> None:
    wrong = cashflows.assign(flow=cashflows["flow"].replace("benefit", "benefits"))
    with pytest.raises(MeasureError, match="flow 'benefits'") as caught:
        roi(wrong, rate=0.09)
    assert "'benefit'" in caught.value.advice


def test_a_period_that_is_no_month_is_refused(cashflows: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="'2026Q1' is no month"):
        roi(cashflows.assign(period="2026Q1"), rate=0.09)


def test_an_unknown_grouping_is_refused_with_the_nearest(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    with pytest.raises(MeasureError, match="'prodct'") as caught:
        roi(cashflows, initiatives, rate=0.09, by="prodct")
    assert "'product'" in caught.value.advice


def test_cash_flows_need_their_columns(cashflows: pd.DataFrame) -> None:
    with pytest.raises(ContractError, match="'kind'"):
        roi(cashflows.drop(columns="kind"), rate=0.09)


@given(found=FLOWS, data=st.data())
def test_net_adds_up_and_order_does_not_matter(
    found: list[tuple[object, ...]], data: st.DataObject
) -> None:
    flows = pd.DataFrame(found, columns=COLUMNS)
    table = roi(flows, rate=0.1, period=MARCH)
    mixed = pd.DataFrame(data.draw(st.permutations(found)), columns=COLUMNS)
    pd.testing.assert_frame_equal(table, roi(mixed, rate=0.1, period=MARCH))
    items, total = table[table["role"] == "item"], table[table["role"] == "total"]
    done = flows[(flows["kind"] == "actual") & (flows["period"] <= "2026-03")]
    assert items["net_actual"].sum() == pytest.approx(
        done["amount"].astype("float64").sum(), abs=0.001
    )
    assert total["net_actual"].sum() == pytest.approx(items["net_actual"].sum(), abs=0.001)


@given(values=st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=4))
def test_the_table_agrees_with_the_single_number(values: list[int]) -> None:
    months = ["2026-01", "2026-02", "2026-03", "2026-04"][: len(values)]
    flows = pd.DataFrame(
        [("x", m, "plan", "benefit", float(v)) for m, v in zip(months, values, strict=True)],
        columns=COLUMNS,
    )
    wanted = npv(values, rate=1.08 ** (1 / 12) - 1)
    assert roi(flows, rate=0.08)["npv_plan"].iloc[0] == pytest.approx(wanted, abs=0.006)


def test_the_share_of_the_planned_benefit_that_has_come(february: Period) -> None:
    flows = pd.DataFrame(
        [
            ("x", "2026-01", "plan", "investment", -100.0),
            ("x", "2026-02", "plan", "benefit", 50.0),
            ("x", "2026-03", "plan", "benefit", 150.0),
            ("x", "2026-02", "actual", "benefit", 40.0),
            ("y", "2026-02", "actual", "benefit", 10.0),
        ],
        columns=["initiative", "period", "kind", "flow", "amount"],
    )
    table = roi(flows, rate=0.1, period=february).set_index("initiative")
    assert table.loc["x", "benefit_share"] == 0.2  # 40 of 50 + 150
    assert pd.isna(table.loc["y", "benefit_share"])  # nothing was planned
    assert table.loc["Total", "benefit_share"] == 0.25  # 50 of 200

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError, ParameterError
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


def flows_of(**amounts: float) -> pd.DataFrame:
    """Give planned flows of one initiative, by month as ``m2026_01``."""
    rows = [
        ("x", month[1:].replace("_", "-"), "plan", "investment" if v < 0 else "benefit", v)
        for month, v in amounts.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_rate_of_return_is_told_a_year() -> None:
    # 100 laid out bring 121 after two years: 10 % a year, and nothing is left at 10 %
    row = roi(flows_of(m2024_01=-100, m2026_01=121), rate=0.1).iloc[0]
    assert row["irr_plan"] == pytest.approx(0.1, abs=1e-9)
    assert row["return_plan_rate"] == pytest.approx(0.1, abs=1e-9)
    assert row["npv_plan"] == 0
    assert row["pi_plan"] == pytest.approx(1.0)
    assert pd.isna(row["mirr_plan"])
    assert row["warning"] == ""


def test_a_yearly_plan_returns_what_the_textbook_says() -> None:
    # Brealey, Myers and Allen, ch. 5: -4, 2, 4 has an IRR of 28.08 % and an NPV of 1.1228 at 10 %
    row = roi(flows_of(m2024_01=-4000, m2025_01=2000, m2026_01=4000), rate=0.1).iloc[0]
    assert row["irr_plan"] == pytest.approx(0.2808, abs=5e-5)
    assert row["npv_plan"] == pytest.approx(1123.97, abs=0.01)
    assert row["pi_plan"] == pytest.approx(1 + 1123.97 / 4000, abs=1e-5)


def test_two_rates_are_named_and_the_modified_one_is_shown() -> None:
    # the oil pump (Lorie and Savage): 25 % and 400 %
    row = roi(flows_of(m2024_01=-1600, m2025_01=10000, m2026_01=-10000), rate=0.1).iloc[0]
    assert pd.isna(row["irr_plan"])
    # (10,000 x 1.1) / (1,600 + 10,000 / 1.21), its root less one
    assert row["mirr_plan"] == pytest.approx((11000 / (1600 + 10000 / 1.21)) ** 0.5 - 1)
    assert row["return_plan_rate"] == row["mirr_plan"]
    assert row["warning"] == "plan: 2 rates of return (25 %, 400 %), so MIRR is shown"


def test_a_decommissioning_at_the_end_makes_the_rate_ambiguous() -> None:
    flows = flows_of(m2024_01=-1000, m2025_01=2300, m2026_01=-1320)  # 10 % and 20 %
    row = roi(flows, rate=0.12).iloc[0]
    assert row["warning"].startswith("plan: 2 rates of return (10 %, 20 %)")
    assert row["npv_plan"] == pytest.approx(-1000 + 2300 / 1.12 - 1320 / 1.12**2, abs=0.005)


def test_flows_that_do_not_change_their_sign_have_no_rate_and_say_so() -> None:
    row = roi(flows_of(m2024_01=-1000, m2025_01=-500), rate=0.1).iloc[0]
    assert pd.isna(row["return_plan_rate"])
    assert "plan: the money never comes back" in row["reason"]
    assert "no rate of return, nothing came back: a total loss" in row["reason"]


def test_discounted_payback_comes_later_or_never() -> None:
    row = roi(flows_of(m2024_01=-100, m2025_01=60, m2026_01=60), rate=0.1).iloc[0]
    assert row["payback_plan_months"] == pytest.approx(23 + 40 / 60)
    # 60 / 1.1 + 60 / 1.21 = 104.13: the second brings 49.587 of the 45.4545 that are missing
    assert row["discounted_payback_plan_months"] == pytest.approx(23 + 45.4545454 / 49.5867769)
    never = roi(flows_of(m2024_01=-100, m2025_01=50, m2026_01=51), rate=0.1).iloc[0]
    assert pd.isna(never["discounted_payback_plan_months"])
    assert "plan: discounted, the money never comes back" in never["reason"]


def test_the_approved_plan_stays_and_the_latest_one_looks_ahead(cashflows: pd.DataFrame) -> None:
    more = cashflows.iloc[[4]].assign(amount=250.0, known_on="2026-03-20")
    both = pd.concat([cashflows.assign(known_on="2025-12-01"), more])
    row = roi(both, rate=0.09, period=MARCH).set_index("row_key").loc["search"]
    assert row["benefit_plan"] == 1800
    assert row["benefit_outlook"] == 300 + 250


def test_an_outlook_by_performance_says_so(cashflows: pd.DataFrame) -> None:
    later = [("search", f"2026-{m:02d}", "plan", "benefit", 600.0) for m in range(5, 11)]
    came = [("search", f"2026-{m:02d}", "actual", "benefit", 300.0) for m in range(4, 7)]
    flows = pd.concat([cashflows, pd.DataFrame(later + came, columns=COLUMNS)])
    june = FiscalCalendar().period("2026-06")
    table = roi(flows, rate=0.09, period=june, outlook="performance").set_index("row_key")
    search = table.loc["search"]
    # one month late, 1,200 of the 2,400 so moved: the four months to October bring half of 600
    assert search["benefit_outlook"] == 1200 + 4 * 300
    assert (search["outlook"], table.loc["total", "outlook"]) == ("performance", "performance")
    assert roi(flows, rate=0.09, period=june).iloc[0]["benefit_outlook"] == 1200 + 4 * 600


def test_milestones_say_what_an_outlook_by_performance_still_takes(
    cashflows: pd.DataFrame, rows: Rows
) -> None:
    schedule = rows("""
        initiative | milestone | planned_on | done_on    | weight
        search     | Design    | 2026-01-20 | 2026-01-25 |     60
        search     | Cutover   | 2026-03-10 |            |     40
    """)
    row = roi(cashflows, rate=0.09, period=MARCH, outlook="performance", schedule=schedule)
    # 1,200 took 60 %, so the other 40 % take 800
    assert row.iloc[0]["invested_outlook"] == 1200 + 800
    with pytest.raises(ParameterError, match="schedule is given without a period"):
        roi(cashflows, rate=0.09, outlook="performance", schedule=schedule)


def test_an_outlook_that_is_not_known_is_refused(cashflows: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="outlook 'plans' is not known"):
        roi(cashflows, rate=0.09, outlook="plans")


def test_an_initiative_that_begins_later_adds_up_to_its_product_too(
    cashflows: pd.DataFrame, initiatives: pd.DataFrame
) -> None:
    one = roi(cashflows, initiatives, rate=0.09, period=MARCH).set_index("row_key")
    many = roi(cashflows, initiatives, rate=0.09, by="product", period=MARCH)
    assert one.loc["alerts", "net_outlook"] == 50
    assert one.loc["total", "net_outlook"] == many["net_outlook"].iloc[0] == -300 + 50


def test_a_row_learned_later_does_not_count(cashflows: pd.DataFrame) -> None:
    known = cashflows.assign(known_on="2025-12-01")
    known.loc[known["kind"] == "actual", "known_on"] = ["2026-02-02", "2026-04-02"]
    row = roi(known, rate=0.09, period=MARCH, as_of=date(2026, 3, 31)).set_index("row_key")
    assert row.loc["search", "invested_actual"] == 1200
    assert row.loc["search", "benefit_actual"] == 0


def test_the_rate_of_the_total_is_that_of_all_flows_together() -> None:
    flows = pd.concat(
        [
            flows_of(m2024_01=-100, m2025_01=110),
            flows_of(m2024_01=-100, m2025_01=130).assign(initiative="y"),
        ]
    )
    assert roi(flows, rate=0.1)["irr_plan"].tolist() == pytest.approx([0.1, 0.3, 0.2])


@given(
    outlay=st.integers(1, 10**6),
    benefits=st.lists(st.integers(0, 10**5), min_size=1, max_size=24),
)
def test_nothing_is_left_at_the_rate_of_return(outlay: int, benefits: list[int]) -> None:
    months = [f"{2024 + n // 12}-{n % 12 + 1:02d}" for n in range(len(benefits) + 1)]
    rows = [("x", months[0], "plan", "investment", -float(outlay))]
    rows += [
        ("x", m, "plan", "benefit", float(v)) for m, v in zip(months[1:], benefits, strict=True)
    ]
    row = roi(pd.DataFrame(rows, columns=COLUMNS), rate=0.1).iloc[0]
    if pd.isna(row["irr_plan"]):
        assert not any(benefits)
        return
    line = [-outlay, *benefits]
    monthly = (1 + float(row["irr_plan"])) ** (1 / 12) - 1
    if monthly > -0.9:
        assert npv(line, rate=monthly) == pytest.approx(0, abs=1e-6 * sum(map(abs, line)))
    assert (row["npv_plan"] > 0) == (row["irr_plan"] > 0.1) or abs(row["npv_plan"]) < 0.02


def test_going_on_is_worth_what_is_still_to_come_at_the_month_after(rows: Rows) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        road       | 2026-01 | actual | investment | -9000
        road       | 2026-01 | plan   | investment | -9000
        road       | 2026-04 | plan   | investment |  -300
        road       | 2027-04 | plan   | benefit    |  1120
        later      | 2026-04 | plan   | investment |  -100
        over       | 2026-02 | actual | investment |  -100
        over       | 2026-02 | plan   | investment |  -100
    """)
    told = roi(flows, rate=0.12, period=MARCH).set_index("initiative")
    assert told.loc["road", "ahead"] == 700  # 1120 / 1.12 a year on, less 300 now
    assert told.loc["road", "npv_outlook"] < 0
    assert pd.isna(told.loc["later", "ahead"])
    assert told.loc["over", "ahead"] == 0
    assert told.loc["Total", "ahead"] == 700

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures import pnl
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pfkit.period import Period

PERIOD = FiscalCalendar().period("2026-02")
GROUPS = ["gross", "returns", "other", "cost_of_revenue", "operating", "outside"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["actual", "adopted"]),
        st.sampled_from(["2025-02", "2026-01", "2026-02"]),
        st.sampled_from(["Atlas", "Borea", "A&B", "A B"]),
        st.sampled_from(["One", "Two", "Net revenue"]),
        st.sampled_from(GROUPS),
        st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
    ),
    max_size=25,
)
COLUMNS = ["version", "period", "product", "line", "group", "amount"]


def _month(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["basis"] == "period"].set_index("row_key")


def test_a_month_reads_like_a_statement(statement: pd.DataFrame, february: Period) -> None:
    month = _month(pnl(statement, period=february, plan="adopted"))
    assert month["actual"].to_dict() == {
        "gross-sales": 150.50,  # 120.50 + 30.00
        "refunds": -2.41,
        "net-revenue": 148.09,
        "hosting": -36.00,
        "gross-margin": 112.09,
        "rent": -10.00,
        "contribution": 102.09,
        "grants": 7.00,
    }
    assert month["role"].tolist() == [
        *("line", "line", "subtotal", "line", "subtotal", "line", "subtotal", "memo")
    ]


def test_variances_keep_their_sign_and_say_what_is_favorable(
    statement: pd.DataFrame, february: Period
) -> None:
    month = _month(pnl(statement, period=february, plan="adopted"))
    hosting, net = month.loc["hosting"], month.loc["net-revenue"]
    assert hosting["plan_variance"] == -6.00  # 36 spent, 30 planned: profit is lower
    assert hosting["plan_variance_rate"] == pytest.approx(-0.2)
    assert not hosting["plan_favorable"]
    assert net["plan_variance"] == 8.09  # 148.09 - 140.00
    assert net["plan_favorable"]
    assert net["prior_variance"] == 58.09  # 148.09 - 90.00
    assert net["previous_variance"] == 8.09  # 148.09 - 140.00 of January
    assert pd.isna(month.loc["rent", "plan_favorable"])
    assert "previous period is zero" in month.loc["rent", "reason"]


def test_the_year_to_date_is_not_set_beside_half_a_year(
    statement: pd.DataFrame, february: Period
) -> None:
    table = pnl(statement, period=february, plan="adopted")
    net = table[(table["basis"] == "ytd") & (table["row_key"] == "net-revenue")].iloc[0]
    assert net["actual"] == 288.09  # 140.00 + 148.09
    assert net["plan"] == 250.00
    assert pd.isna(net["prior_year"])
    assert net["reason"] == "prior year: 1 of 2 months of 2025-01..2025-02 in the input"


def test_without_a_plan_the_columns_are_empty_and_say_so(
    statement: pd.DataFrame, february: Period
) -> None:
    actual = statement[statement["version"] == "actual"]
    month = _month(pnl(actual, period=february))
    assert month["plan"].isna().all()
    assert month["reason"].str.startswith("no plan in the input").all()


def test_two_plans_and_none_named_is_no_plan(statement: pd.DataFrame, february: Period) -> None:
    more = pd.concat([statement, statement.assign(version="revised")])
    assert pnl(more, period=february)["plan"].isna().all()


def test_nothing_in_is_nothing_out_with_every_column(
    statement: pd.DataFrame, february: Period
) -> None:
    full = pnl(statement, period=february)
    empty = pnl(statement.iloc[:0], period=february)
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_inputs_are_left_alone(statement: pd.DataFrame, february: Period) -> None:
    before = statement.copy(deep=True)
    pnl(statement, period=february, by="family")
    pd.testing.assert_frame_equal(statement, before)


@given(found=ROWS)
def test_lines_add_up_to_subtotals_and_blocks_to_the_whole(found: list[tuple[object, ...]]) -> None:
    statement = pd.DataFrame(found, columns=COLUMNS)
    whole = pnl(statement, period=PERIOD)
    parts = pnl(statement, period=PERIOD, by="product")
    assert not whole.duplicated(["row_key", "basis"]).any()
    assert not parts.duplicated(["row_key", "basis"]).any()
    for basis in ("period", "ytd"):
        one = whole[whole["basis"] == basis]
        for column in ("actual", "plan", "prior_year"):
            lines = one.loc[one["role"] == "line", column].sum()
            last = one.loc[one["role"] == "subtotal", column].iloc[-1:].sum()
            revenue = one["group"].isin(["gross", "returns", "other"])
            net = one.loc[one["row_key"] == "net-revenue", column].sum()
            assert one.loc[revenue, column].sum() == pytest.approx(net, abs=0.001)
            if {"operating"} <= set(one["group"]) or not {"cost_of_revenue"} & set(one["group"]):
                assert lines == pytest.approx(last, abs=0.001)
            ends = parts[(parts["basis"] == basis) & (parts["line"] == "Net revenue")]
            ends = ends[ends["role"] == "subtotal"]
            assert ends[column].sum() == pytest.approx(net, abs=0.001)


@given(found=ROWS, data=st.data())
def test_the_order_of_rows_does_not_matter(
    found: list[tuple[object, ...]], data: st.DataObject
) -> None:
    statement = pd.DataFrame(found, columns=COLUMNS)
    shuffled = pd.DataFrame(data.draw(st.permutations(found)), columns=COLUMNS)
    pd.testing.assert_frame_equal(
        pnl(statement, period=PERIOD, by="product"), pnl(shuffled, period=PERIOD, by="product")
    )


@given(found=ROWS, times=st.integers(2, 9))
def test_amounts_scale_through_and_rates_do_not(
    found: list[tuple[object, ...]], times: int
) -> None:
    statement = pd.DataFrame(found, columns=COLUMNS).astype({"amount": "float64"})
    one = pnl(statement, period=PERIOD)
    many = pnl(statement.assign(amount=(statement["amount"] * times).round(2)), period=PERIOD)
    for column in ("actual", "plan_variance"):
        apart = (one[column] * times - many[column]).abs().dropna().tolist()
        assert max(apart, default=0.0) <= 0.001
    pd.testing.assert_series_equal(one["plan_variance_rate"], many["plan_variance_rate"])


def test_a_quarter_needs_its_months(statement: pd.DataFrame) -> None:
    quarter = FiscalCalendar(year_start=1).period("2026Q1")
    march = statement[statement["period"] == "2026-02"].assign(period="2026-03")
    assert pnl(statement, period=quarter).empty
    table = pnl(pd.concat([statement, march]), period=quarter, plan="adopted")
    assert _month(table).loc["net-revenue", "actual"] == 436.18  # 140.00 + 148.09 + 148.09

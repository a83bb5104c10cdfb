from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import pnl, product_pnl
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

PERIOD = FiscalCalendar().period("2026-02")
CELLS = st.lists(
    st.tuples(
        st.sampled_from(["2026-01", "2026-02"]),
        st.sampled_from(list("ABCDEFG")),
        st.sampled_from(["gross", "returns", "cost_of_revenue", "operating"]),
        st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=30,
)


def _statement(cells: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(cells, columns=["period", "product", "group", "amount"])
    return table.assign(version="actual", line=table["group"])


def test_products_stand_side_by_side_largest_first(
    statement: pd.DataFrame, february: Period
) -> None:
    table = product_pnl(statement, period=february, by="product", plan="adopted")
    assert table["product"].tolist() == ["Atlas", "Borea", "(none)", "Total"]
    atlas, total = table.iloc[0], table.iloc[-1]
    assert atlas["gross"] == 120.50
    assert atlas["net"] == 118.09
    assert atlas["returns_rate"] == pytest.approx(0.02)  # 2.41 of 120.50
    assert atlas["contribution"] == 82.09  # 118.09 - 36.00
    assert atlas["net_ytd"] == 218.09
    assert atlas["plan_variance"] == 18.09
    assert total["net"] == 148.09
    assert total["contribution"] == 102.09
    assert table["net_share"].tolist() == pytest.approx([118.09 / 148.09, 30 / 148.09, 0.0, 1.0])


def test_small_products_stand_together_with_their_number(february: Period) -> None:
    sizes = {"A": 9.0, "B": 7.0, "C": 5.0, "D": 3.0, "E": 1.0}
    cells = [("2026-02", name, "gross", size) for name, size in sizes.items()]
    table = product_pnl(_statement(cells), period=february, by="product", top=2)
    assert table[["row_key", "product", "count", "net"]].to_numpy().tolist() == [
        ["a", "A", 1, 9.0],
        ["b", "B", 1, 7.0],
        ["other", "Other (3)", 3, 9.0],
        ["total", "Total", 5, 25.0],
    ]


def test_one_product_left_over_is_shown_by_name(february: Period) -> None:
    cells = [("2026-02", name, "gross", 1.0) for name in "ABC"]
    table = product_pnl(_statement(cells), period=february, by="product", top=2)
    assert table["role"].tolist() == ["item", "item", "item", "total"]


def test_a_book_without_cost_has_no_contribution(february: Period) -> None:
    table = product_pnl(_statement([("2026-02", "A", "gross", 1.0)]), period=february, by="product")
    assert table["contribution"].isna().all()
    assert table["reason"].str.contains("no cost in the input").all()


def test_a_code_is_called_by_its_name(statement: pd.DataFrame, february: Period) -> None:
    table = product_pnl(
        statement, period=february, by="product", names={"Atlas": "Atlas Analytics"}
    )
    assert table["label"].tolist() == ["Atlas Analytics (Atlas)", "Borea", "(none)", "Total"]
    assert table["row_key"].tolist()[0] == "atlas"


def test_a_top_of_nothing_is_refused(statement: pd.DataFrame, february: Period) -> None:
    with pytest.raises(MeasureError, match="top 0 shows no product"):
        product_pnl(statement, period=february, top=0)


@given(cells=CELLS, top=st.integers(1, 7), data=st.data())
def test_every_column_adds_up_and_order_does_not_matter(
    cells: list[tuple[str, str, str, float]], top: int, data: st.DataObject
) -> None:
    table = product_pnl(_statement(cells), period=PERIOD, by="product", top=top)
    mixed = product_pnl(
        _statement(data.draw(st.permutations(cells))), period=PERIOD, by="product", top=top
    )
    pd.testing.assert_frame_equal(table, mixed)
    parts, total = table[table["role"] != "total"], table[table["role"] == "total"]
    assert table["row_key"].is_unique
    for column in ("gross", "returns", "net", "contribution", "net_ytd", "count"):
        assert parts[column].sum() == pytest.approx(total[column].sum(), abs=0.001)


@given(cells=CELLS)
def test_the_total_is_the_statement_s_net_revenue(
    cells: list[tuple[str, str, str, float]],
) -> None:
    whole = pnl(_statement(cells), period=PERIOD)
    net = whole[(whole["basis"] == "period") & (whole["row_key"] == "net-revenue")]["actual"]
    total = product_pnl(_statement(cells), period=PERIOD, by="product").query("role == 'total'")
    assert total["net"].sum() == pytest.approx(net.sum(), abs=0.001)


def test_a_planned_product_without_actuals_has_no_rate(
    statement: pd.DataFrame, february: Period
) -> None:
    planned = pd.DataFrame(
        [("adopted", "2026-02", "New", "Cetus", "4000", "Gross sales", "gross", 50.0)],
        columns=list(statement.columns),
    )
    table = product_pnl(
        pd.concat([statement, planned]), period=february, by="product", plan="adopted"
    ).set_index("row_key")
    assert table.loc["cetus", "plan_variance"] == -50.0
    assert pd.isna(table.loc["cetus", "plan_variance_rate"])
    assert "no actuals" in table.loc["cetus", "reason"]
    # the total still counts what was planned: 148.09 net against 140 + 50
    assert table.loc["total", "plan_variance"] == pytest.approx(-41.91)


def test_a_planned_line_without_actuals_has_no_rate(
    statement: pd.DataFrame, february: Period
) -> None:
    planned = pd.DataFrame(
        [("adopted", "2026-02", "Apps", "Atlas", "4500", "Licenses", "other", 50.0)],
        columns=list(statement.columns),
    )
    table = pnl(pd.concat([statement, planned]), period=february, plan="adopted")
    line = table[(table["line"] == "Licenses") & (table["basis"] == "period")].iloc[0]
    assert line["plan_variance"] == -50.0
    assert pd.isna(line["plan_variance_rate"])
    assert "no actuals" in line["reason"]


def test_families_that_are_the_products_themselves_have_no_rows(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    statement = rows("""
        version | period  | product | family | line        | group | amount
        actual  | 2026-01 | Atlas   | Atlas  | Gross sales | gross |    100
        actual  | 2026-01 | Borea   | Borea  | Gross sales | gross |     20
    """)
    month = FiscalCalendar().period("2026-01")
    assert product_pnl(statement, period=month, by="family").empty
    assert product_pnl(statement, period=month, by="product")["net"].iloc[-1] == 120
    grouped = statement.assign(family="Tools")
    assert product_pnl(grouped, period=month, by="family")["net"].tolist() == [120, 120]


def test_a_plan_without_products_is_a_plan_of_the_total_alone() -> None:
    rows = [("actual", "Atlas", 70.0), ("actual", "Borea", 20.0), ("B", "(none)", 100.0)]
    statement = pd.DataFrame(rows, columns=["version", "product", "amount"]).assign(
        period="2026-01", line="Sales", group="gross"
    )
    found = product_pnl(statement, period=FiscalCalendar().period("2026-01"), by="product")
    assert found["label"].tolist() == ["Atlas", "Borea", "Total"]
    assert found["plan"].isna().tolist() == [True, True, False]
    assert found["plan_variance"].tolist()[-1] == -10.0
    assert "the plan states no products" in found["reason"].iloc[0]
    assert found["count"].tolist() == [1, 1, 2]

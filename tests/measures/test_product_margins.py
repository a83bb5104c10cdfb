from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import contribution_margins, product_margins
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

STEPS = ["gross", "returns", "other", "net_revenue", "direct_cost", "cm1", "selling_cost", "cm2",
         "fixed_cost", "cm3", "shared_cost", "operating_result"]  # fmt: skip
MARGINS = {"cm1", "cm2", "cm3", "operating_result"}
GROUPS = {"gross": "", "returns": "", "other": "", "cost_of_revenue": "1", "operating": "3"}


@pytest.fixture(scope="module")
def company(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give a month of two families: Apps with Atlas and Borea, Data with Cedar; and rent."""
    return rows("""
        version | period  | product | family | line        | group           | margin | amount
        actual  | 2026-02 | Atlas   | Apps   | Sales       | gross           |        |    300
        actual  | 2026-02 | Atlas   | Apps   | Refunds     | returns         |        |    -30
        actual  | 2026-02 | Atlas   | Apps   | Licenses    | cost_of_revenue | 1      |    -70
        actual  | 2026-02 | Atlas   | Apps   | Support     | cost_of_revenue | 2      |    -20
        actual  | 2026-02 | Atlas   | Apps   | Development | operating       | 3      |    -80
        actual  | 2026-02 | Borea   | Apps   | Sales       | gross           |        |     50
        actual  | 2026-02 | Borea   | Apps   | Development | operating       | 3      |    -60
        actual  | 2026-02 | Cedar   | Data   | Sales       | gross           |        |     80
        actual  | 2026-02 |         | (none) | Rent        | operating       | shared |    -40
        B       | 2026-02 | Atlas   | Apps   | Sales       | gross           |        |    250
        B       | 2026-02 | Atlas   | Apps   | Development | operating       | 3      |   -100
        B       | 2026-02 | Cedar   | Data   | Sales       | gross           |        |    100
    """)


def test_products_walk_from_gross_to_margin_three(company: pd.DataFrame, february: Period) -> None:
    found = product_margins(company, period=february, plan="B", spans=["month"])
    assert found["label"].tolist() == ["Atlas", "Cedar", "Borea", "(none)", "Total"]
    atlas = found.set_index("product").loc["Atlas", STEPS]
    assert atlas.tolist() == [300, -30, 0, 270, -70, 200, -20, 180, -80, 100, 0, 100]
    total = found.set_index("product").loc["Total", STEPS]
    assert total.tolist() == [430, -30, 0, 400, -70, 330, -20, 310, -140, 170, -40, 130]
    rows = found.set_index("product")
    assert rows["cm3_share"].dropna().tolist() == pytest.approx([100 / 270, -10 / 50, 170 / 400])
    assert rows.loc["Atlas", "returns_rate"] == pytest.approx(0.1)
    assert rows.loc["(none)", "role"] == "none"


def test_what_a_product_without_cost_sells_is_no_margin(
    company: pd.DataFrame, february: Period
) -> None:
    """Cedar has no cost at all, Borea none before development; the family of both has some."""
    found = product_margins(company, period=february, plan="B", spans=["month"]).set_index("label")
    cedar = found.loc["Cedar"]
    assert cedar[["cm1", "cm2", "cm3", "cm3_share", "actual", "plan"]].isna().all()
    assert cedar["net_revenue"] == 80.0
    assert cedar["reason"].split("; ")[-1] == "no cost of its own up to CM3"
    assert found.loc["Borea", ["cm1", "cm2"]].isna().all()
    assert found.loc["Borea", "cm3"] == 50.0 - 60.0
    assert found.loc["Borea", "reason"].split("; ")[-1] == "no cost of its own up to CM2"
    family = product_margins(company, period=february, plan="B", by="family", spans=["month"])
    assert family.set_index("family").loc["Apps", "cm1"] == 320.0 - 70.0


def test_references_speak_of_the_margin_that_is_asked(
    company: pd.DataFrame, february: Period
) -> None:
    found = product_margins(company, period=february, plan="B", spans=["month"])
    atlas = found.set_index("product").loc["Atlas"]
    assert (atlas["of"], atlas["actual"], atlas["plan"]) == ("cm3", 100.0, 150.0)
    assert (atlas["plan_variance"], atlas["plan_favorable"]) == (-50.0, False)
    assert atlas["net_plan_variance_rate"] == pytest.approx(20 / 250)
    first = product_margins(company, period=february, plan="B", spans=["month"], of="cm1")
    assert first.set_index("product").loc["Atlas", "plan_variance"] == 200.0 - 250.0


def test_families_add_up_to_the_same_total(company: pd.DataFrame, february: Period) -> None:
    by = {
        name: product_margins(company, period=february, plan="B", by=name, spans=["month"])
        for name in ("product", "family")
    }
    totals = [found[found["role"] == "total"][STEPS].to_numpy().tolist() for found in by.values()]
    assert totals[0] == totals[1]
    apps = by["family"].set_index("family").loc["Apps"]
    assert (apps["net_revenue"], apps["cm3"], apps["plan"]) == (320.0, 90.0, 150.0)


def test_small_ones_stand_together_and_names_are_told(
    company: pd.DataFrame, february: Period
) -> None:
    more = company.assign(product=company["product"].replace({"Cedar": "C1"}))
    extra = more[more["product"] == "Borea"].assign(product="Dune", amount=5.0)
    found = product_margins(
        pd.concat([more, extra]), period=february, plan="B", spans=["month"], top=1,
        names={"Atlas": "Atlas planner"},
    )  # fmt: skip
    assert found[["label", "role", "count"]].to_numpy().tolist() == [
        ["Atlas planner (Atlas)", "item", 1],
        ["Other (3)", "other", 3],
        ["(none)", "none", 1],
        ["Total", "total", 5],
    ]


def test_a_book_without_cost_has_no_margins(february: Period) -> None:
    lines = pd.DataFrame(
        {"period": ["2026-02"], "product": ["Atlas"], "line": ["Sales"], "group": ["gross"],
         "amount": [10.0], "version": ["actual"]}
    )  # fmt: skip
    row = product_margins(lines, period=february, spans=["month"]).iloc[0]
    assert (row["of"], row["net_revenue"], row["actual"]) == ("net_revenue", 10.0, 10.0)
    assert pd.isna(row["cm1"])
    assert "no cost in the input" in row["reason"]


def test_growth_at_constant_currency_by_family(company: pd.DataFrame, february: Period) -> None:
    currency = pd.DataFrame(
        [
            ("2026-02", "Atlas", "gross", "USD", 100.0, 80.0, 0.9),
            ("2026-02", "Cedar", "gross", "CHF", 50.0, 55.0, None),
            ("2025-02", "Atlas", "gross", "USD", 80.0, 72.0, None),
            ("2025-02", "Cedar", "gross", "CHF", 50.0, 50.0, None),
        ],
        columns=["period", "product", "group", "currency", "amount_local", "amount",
                 "prior_year_rate"],
    )  # fmt: skip
    found = product_margins(
        company, period=february, plan="B", by="family", spans=["month"], currency=currency
    ).set_index("family")
    assert found.loc["Apps", "constant_growth_rate"] == pytest.approx(90 / 72 - 1)
    assert pd.isna(found.loc["Data", "constant_growth_rate"])
    assert "no prior year rate of CHF" in found.loc["Data", "reason"]
    assert pd.isna(found.loc["Total", "constant_growth_rate"])  # a part of it is not known


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2026-01", "2026-02"]),
            st.sampled_from(["A", "B", "C", "D", None]),
            st.sampled_from([*GROUPS, "outside"]),
            st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(1, 4),
)
@settings(max_examples=40)
def test_products_and_none_are_the_total_and_the_ledger(
    cells: list[tuple[str, str | None, str, float]], top: int
) -> None:
    lines = pd.DataFrame(cells, columns=["period", "product", "group", "amount"])
    lines = pd.concat([lines, pd.DataFrame({"period": ["2026-01", "2026-02"], "product": "A",
                                            "group": "gross", "amount": 0.01})])  # fmt: skip
    lines = lines.assign(version="actual", line=lines["group"])
    lines["margin"] = lines["group"].map(GROUPS).fillna("")
    period = FiscalCalendar().period("2026-02")
    ledger = lines[["period", "amount"]]
    found = product_margins(lines, period=period, top=top, spans=["month", "ytd"], ledger=ledger)
    for span, months in (("month", ["2026-02"]), ("ytd", ["2026-01", "2026-02"])):
        part = found[found["span"] == span]
        rows = part[part["role"].isin(["item", "other", "none"])]
        total = part[part["role"] == "total"].iloc[0]
        for step in STEPS:
            if pd.notna(total[step]):
                # without cost of its own a row has no margin and hands on all of its revenue
                known = rows[step].fillna(rows["net_revenue"]) if step in MARGINS else rows[step]
                assert round(known.sum() * 100) == round(total[step] * 100), step
        inside = lines[lines["period"].isin(months) & (lines["group"] != "outside")]["amount"].sum()
        result = total["operating_result"] if pd.notna(total["cm1"]) else total["net_revenue"]
        assert round(result * 100) == round(inside * 100)
        assert part[part["role"] == "tie"]["operating_result"].tolist() == [0.0]
    whole = contribution_margins(lines, period=period, spans=["month"])
    net = whole[whole["step"] == "net-revenue"]["actual"].tolist()
    assert net == found[found["row_key"] == "total|month"]["net_revenue"].tolist()


def test_what_is_unknown_is_refused(company: pd.DataFrame, february: Period) -> None:
    with pytest.raises(MeasureError, match="of 'cm4' is no margin"):
        product_margins(company, period=february, plan="B", of="cm4")
    with pytest.raises(MeasureError, match="top 0 shows no product"):
        product_margins(company, period=february, plan="B", top=0)


def test_a_plan_without_products_is_a_plan_of_the_total_alone() -> None:
    rows = [("actual", "Atlas", 70.0), ("actual", "Borea", 20.0), ("B", "(none)", 100.0)]
    margins = pd.DataFrame(rows, columns=["version", "product", "amount"]).assign(
        period="2026-01", line="Sales", group="gross"
    )
    found = product_margins(
        margins, period=FiscalCalendar().period("2026-01"), plan="B", spans=["month"]
    )
    plan = dict(zip(found["label"], found["plan_variance"].tolist(), strict=True))
    assert plan["Total"] == -10.0
    assert pd.isna(plan["Atlas"])
    assert pd.isna(plan["Borea"])
    assert "the plan states no products" in found["reason"].iloc[0]

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import flexed_budget, price_volume_mix, variance_levels
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

# Horngren, Datar and Rajan, ch. 7: Webb Company, 12,000 jackets planned and 10,000 sold
WEBB = """
    version | account | line               | group           |   amount
    budget  | '4000'  | Revenues           | gross           |  1440000
    budget  | '5000'  | Direct materials   | cost_of_revenue |  -720000
    budget  | '5100'  | Direct labor       | cost_of_revenue |  -192000
    budget  | '5200'  | Variable overhead  | cost_of_revenue |  -144000
    budget  | '6000'  | Fixed costs        | operating       |  -276000
    actual  | '4000'  | Revenues           | gross           |  1250000
    actual  | '5000'  | Direct materials   | cost_of_revenue |  -621600
    actual  | '5100'  | Direct labor       | cost_of_revenue |  -198000
    actual  | '5200'  | Variable overhead  | cost_of_revenue |  -130500
    actual  | '6000'  | Fixed costs        | operating       |  -285000
"""
BEHAVIOR = """
    account | behavior | variable_share
    '5000'  | variable |
    '5100'  | variable |
    '5200'  | variable |
    '6000'  | fixed    |
"""


@pytest.fixture
def webb(rows: Rows) -> pd.DataFrame:
    """Give the company's statement of April."""
    return rows(WEBB).assign(period="2026-01", product="Jacket")


@pytest.fixture
def jackets(rows: Rows) -> pd.DataFrame:
    """Give what volume did."""
    return rows("product | base | actual\n Jacket | 12000 | 10000")


def _lines(found: pd.DataFrame, *columns: str) -> dict[str, list[Any]]:
    return {
        str(line): list(values)
        for line, *values in found[["line", *columns]].itertuples(index=False)
    }


def test_webb_company_of_the_textbook(
    webb: pd.DataFrame, jackets: pd.DataFrame, rows: Rows, january: Period
) -> None:
    found = flexed_budget(webb, jackets, period=january, accounts=rows(BEHAVIOR))
    # exhibit 7-2: actual, flexible-budget variance, flexible budget, sales-volume variance, static
    columns = ["actual", "flexible_variance", "flexible", "volume_variance", "static"]
    assert _lines(found, *columns) == {
        "Revenues": [1_250_000, 50_000, 1_200_000, -240_000, 1_440_000],
        "Net revenue": [1_250_000, 50_000, 1_200_000, -240_000, 1_440_000],
        "Direct materials": [-621_600, -21_600, -600_000, 120_000, -720_000],
        "Direct labor": [-198_000, -38_000, -160_000, 32_000, -192_000],
        "Variable overhead": [-130_500, -10_500, -120_000, 24_000, -144_000],
        "Gross margin": [299_900, -20_100, 320_000, -64_000, 384_000],
        "Fixed costs": [-285_000, -9_000, -276_000, 0, -276_000],
        "Contribution": [14_900, -29_100, 44_000, -64_000, 108_000],
    }
    assert found["static_variance"].iloc[-1] == -93_100
    assert found["volume_favorable"].tolist()[2:4] == [True, True]
    assert _lines(found, "behavior")["Gross margin"] == ["variable"]
    assert (found["reason"] == "").all()


def test_the_levels_of_the_textbook(
    webb: pd.DataFrame, jackets: pd.DataFrame, rows: Rows, january: Period
) -> None:
    flexed = flexed_budget(webb, jackets, period=january, accounts=rows(BEHAVIOR))
    base = rows("product | quantity | amount\n Jacket | 12000 | 1440000")
    actual = rows("product | quantity | amount\n Jacket | 10000 | 1250000")
    levels = variance_levels(flexed, price_volume_mix(base, actual))
    assert levels[["level", "variance", "amount"]].to_numpy().tolist() == [
        [1, "Static-budget variance", -93_100],
        [2, "Sales-volume variance", -64_000],
        [3, "Sales quantity", -64_000],
        [3, "Sales mix", 0],
        [2, "Flexible-budget variance", -29_100],
        [3, "Selling price", 50_000],
        [3, "Returns and other revenue", 0],
        [3, "Variable cost", -70_100],
        [3, "Fixed cost", -9_000],
    ]
    plain = variance_levels(flexed)
    assert plain["variance"].tolist()[5] == "Revenue at actual volume"
    assert variance_levels(flexed.head(0)).empty


def test_semi_variable_and_undeclared_accounts(
    webb: pd.DataFrame, jackets: pd.DataFrame, january: Period
) -> None:
    found = flexed_budget(webb, jackets, period=january, behavior={"5000": 0.5, "5100": "semi"})
    lines = _lines(found, "behavior", "variable_share", "volume_variance", "reason")
    # half of 720,000 falls by a sixth
    assert lines["Direct materials"] == ["semi", 0.5, 60_000, ""]
    assert lines["Direct labor"] == [
        "semi", 0, 0, "semi-variable 5100 has no variable share: taken as fixed",
    ]  # fmt: skip
    assert lines["Fixed costs"][3] == "behavior of 6000 is not declared: taken as fixed"
    assert lines["Revenues"][:3] == ["variable", 1, -240_000]


def test_what_the_caller_says_comes_before_the_chart_of_accounts(
    webb: pd.DataFrame, jackets: pd.DataFrame, rows: Rows, january: Period
) -> None:
    found = flexed_budget(
        webb, jackets, period=january, accounts=rows(BEHAVIOR), behavior={"5000": "fixed"}
    )
    assert _lines(found, "behavior", "volume_variance")["Direct materials"] == ["fixed", 0]
    assert _lines(found, "behavior")["Gross margin"] == ["mixed"]


def test_seats_and_days_drive_their_own_revenue_and_together_the_cost(
    rows: Rows, january: Period
) -> None:
    statement = rows("""
        version | line    | group           | account | amount
        plan    | Seats   | gross           | '4000'  |   1000
        plan    | Days    | gross           | '4200'  |    500
        plan    | Refunds | returns         | '4800'  |    -30
        plan    | Hosting | cost_of_revenue | '5000'  |   -300
        actual  | Seats   | gross           | '4000'  |   1150
        actual  | Days    | gross           | '4200'  |    300
        actual  | Refunds | returns         | '4800'  |    -30
        actual  | Hosting | cost_of_revenue | '5000'  |   -310
    """).assign(period="2026-01", product="Atlas")
    base = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      100 |   1000
        Days  | Atlas   |        5 |    500
    """)
    actual = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      110 |   1150
        Days  | Atlas   |        3 |    300
    """)
    drivers = price_volume_mix(base, actual, by=["line", "product"], within="line")
    found = flexed_budget(statement, drivers, period=january, behavior={"5000": "variable"})
    # 110 seats at 10 and 3 days at 100 are 1,400 of 1,500 planned: cost falls by a fifteenth
    assert _lines(found, "flexible", "volume_variance") == {
        "Seats": [1100, 100],
        "Days": [300, -200],
        "Refunds": [-28, 2],
        "Net revenue": [1372, -98],
        "Hosting": [-280, 20],
        "Gross margin": [1092, -78],
    }


def test_costs_of_no_product_follow_the_whole_and_products_without_volume_stay(
    rows: Rows, january: Period
) -> None:
    statement = rows("""
        version | product | line       | group     | account | amount
        plan    | Atlas   | Commission | operating | '6110'  |    -10
        plan    | (none)  | Commission | operating | '6110'  |    -90
        plan    | Borea   | Commission | operating | '6110'  |    -50
        actual  | (none)  | Commission | operating | '6110'  |   -160
    """).assign(period="2026-01")
    drivers = rows("""
        product | base | at_base_mix | actual
        Atlas   |  100 |          90 |     80
        Ceres   |  100 |          90 |    110
        Borea   |    0 |           0 |      7
    """)
    found = flexed_budget(statement, drivers, period=january, behavior={"6110": "variable"})
    line = found.iloc[-2]
    # Atlas 20 % less of 10; no product 1.5 % less of 90: 197 of 200
    assert line["volume_variance"] == pytest.approx(2 + 1.35)
    assert line["quantity_variance"] == pytest.approx(1 + 90 * 0.1)
    assert line["mix_variance"] == pytest.approx(1 - 90 * 0.085)
    assert line["reason"] == "no planned volume of Borea: not flexed"
    assert line["flexible_variance"] == pytest.approx(-160 + 150 - 3.35)


def test_without_plan_or_actual_nothing_is_flexed(
    webb: pd.DataFrame, jackets: pd.DataFrame, january: Period, february: Period
) -> None:
    later = flexed_budget(webb, jackets, period=february)
    assert later.empty
    assert later.attrs["reason"] == "plan: 2026-02 is not in the input"
    alone = webb[webb["version"] == "actual"]
    assert flexed_budget(alone, jackets, period=january).attrs["reason"] == "no plan in the input"


def test_what_does_not_fit_is_refused(
    webb: pd.DataFrame, jackets: pd.DataFrame, january: Period, rows: Rows
) -> None:
    for arguments, message in (
        ({"behavior": {"5000": "varible"}}, "The closest known behavior is 'variable'."),
        ({"behavior": {"5000": 1.5}}, "variable share 1.5 of account 5000 is not a fraction"),
        ({"plan": "budgt"}, "The closest known version is 'budget'."),
    ):
        with pytest.raises(MeasureError) as caught:
            flexed_budget(webb, jackets, period=january, **arguments)  # type: ignore[arg-type]
        assert message in str(caught.value)
    with pytest.raises(ContractError) as lacking:
        flexed_budget(webb, jackets.drop(columns="base"), period=january)
    assert "column 'base' is not there" in str(lacking.value)
    sold = rows("product | quantity | amount\n Jacket | 12000 | 1440000")
    mixed = price_volume_mix(sold, sold, joint="mix")
    with pytest.raises(MeasureError) as caught:
        flexed_budget(webb, mixed, period=january)
    assert "volume is not at plan prices" in str(caught.value)


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
CELLS = st.lists(
    st.tuples(
        st.sampled_from(["plan", "actual"]),
        st.sampled_from(["A", "B", "(none)", ""]),
        st.sampled_from([("gross", "4000"), ("returns", "4800"), ("operating", "6000"),
                         ("cost_of_revenue", "5000"), ("outside", "9000")]),
        CENTS,
    ),
    max_size=20,
)  # fmt: skip
DRIVERS = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), CENTS, CENTS, CENTS),
    max_size=4,
    unique_by=lambda d: d[0],
)


@given(CELLS, DRIVERS, st.sampled_from(["variable", "fixed", 0.3]))
def test_every_row_closes_to_the_cent(
    cells: list[tuple[str, str, tuple[str, str], float]],
    drivers: list[tuple[str, float, float, float]],
    behavior: str | float,
) -> None:
    whole = [("plan", "A", ("gross", "4000"), 1.0), ("actual", "A", ("gross", "4000"), 1.0), *cells]
    statement = pd.DataFrame(
        [(v, "2026-01", p, a, g, a, amount) for v, p, (g, a), amount in whole],
        columns=["version", "period", "product", "account", "group", "line", "amount"],
    )
    index = pd.DataFrame(drivers, columns=["product", "base", "at_base_mix", "actual"])
    found = flexed_budget(
        statement, index, period=FiscalCalendar().period("2026-01"),
        behavior=dict.fromkeys(["5000", "6000"], behavior),
    )  # fmt: skip
    cents = {
        name: [round(float(value) * 100) for value in found[name]]
        for name in ("static", "quantity_variance", "mix_variance", "volume_variance", "flexible",
                     "flexible_variance", "actual", "static_variance")
    }  # fmt: skip
    for static, quantity, mix, volume, flexible, gap, actual, change in zip(
        *cents.values(), strict=True
    ):
        assert quantity + mix == volume
        assert static + volume == flexible
        assert flexible + gap == actual
        assert actual - static == change
    inside = statement[statement["group"] != "outside"]
    told = inside.groupby("version")["amount"].sum()
    assert cents["actual"][-1] == round(told["actual"] * 100)
    levels = variance_levels(found)
    sums = levels.groupby("part_of")["amount"].sum()
    top = levels.set_index("row_key")["amount"]
    for name in ("static-budget", "sales-volume", "flexible-budget"):
        assert sums[name] == pytest.approx(top[name], abs=0.005)


def test_volume_against_prior_year_flexes_no_plan(webb: pd.DataFrame, rows: Rows) -> None:
    sold = rows("""
        product | quantity | amount
        Jacket  |     8000 | 960000
    """)
    effects = price_volume_mix(sold, sold.assign(quantity=10000), against="prior_year")
    year = FiscalCalendar().period("2026-01")
    found = flexed_budget(webb, effects, period=year, plan="budget")
    assert found.empty
    assert found.attrs["reason"] == (
        "volume is known against prior year only, as no plan states quantities of what was billed"
    )
    assert variance_levels(found).empty
    none = flexed_budget(webb, effects.head(0), period=year, plan="budget")
    assert none.attrs["reason"] == "no volume of plan and actual in the input"

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import budget_lines, commentary, pnl, price_volume_mix, product_pnl, roi

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def told(statement: pd.DataFrame, february: Period, rows: Rows) -> pd.DataFrame:
    """Comment on a statement, its products, a budget line and an initiative."""
    spent = rows("""
        period  | span | cost_center | account | product | amount
        2026-02 | ytd  | CC1         | '5000'  | Atlas   |     36
        2026-02 | ytd  | CC1         | '5001'  | Atlas   |     20
        2026-02 | ytd  | CC2         | '6000'  | (none)  |     10
    """)
    plan = spent.assign(version="adopted", amount=[26, 20, 10], owner=["Ines", "Ines", "Omar"])
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-02 | plan   | investment |   -100
        search     | 2026-02 | plan   | benefit    |    120
        search     | 2026-02 | actual | investment |   -150
        search     | 2026-02 | actual | benefit    |    120
    """)
    asked = rows("""
        initiative | name       | owner | approved_amount
        search     | Search 2.0 | Ines  | 100
    """)
    accounts = pd.DataFrame(
        {"account": ["5000", "5001", "6000"], "name": ["Servers", "Search", "Rent"]}
    ).assign(group="operating")
    centers = rows("""
        cost_center | name
        CC1         | Cloud
        CC2         | Office
    """)
    return commentary(
        {
            "pnl": pnl(statement, period=february, plan="adopted"),
            "product-pnl": product_pnl(statement, period=february, by="product", plan="adopted"),
            "budget-lines": budget_lines(
                spent, plan, period=february, accounts=accounts, owners=centers, amount=5, rate=0.05
            ),
            "roi": roi(flows, asked, rate=0.1, period=february),
        },
        period=february,
        amount=6.0,
        rate=0.05,
        statement=statement,
        plan="adopted",
        actuals=spent,
        budget=plan,
        accounts=accounts,
        owners=centers,
    )


def test_every_material_row_of_every_table_is_told(told: pd.DataFrame) -> None:
    assert told[["row_key", "rank", "kind", "variance"]].to_numpy().tolist() == [
        ["pnl|gross-sales", 1, "line", 10.5],
        ["pnl|hosting", 2, "line", -6.0],
        ["product-pnl|atlas", 3, "product", 18.09],
        ["product-pnl|borea", 4, "product", -10.0],
        ["budget-lines|cc1", 5, "budget", 10.0],
        ["roi|search", 6, "initiative", -50.0],
    ]
    assert set(told["role"]) == {"item"}
    assert told["found"].tolist() == [6] * 6


def test_each_has_its_driver_or_none(told: pd.DataFrame) -> None:
    by = told.set_index("row_key")
    assert by.loc["pnl|gross-sales", ["driver_by", "driver"]].tolist() == ["product", "Atlas"]
    # Atlas earned 120.50 in gross sales where 100 were planned, and gave 2.41 back
    atlas = by.loc["product-pnl|atlas"]
    assert atlas[["driver_by", "driver", "driver_amount", "rest"]].tolist() == [
        "line", "Gross sales", 20.5, -2.41,
    ]  # fmt: skip
    # servers +10 of the +10 of the cost center; its account is called so
    cloud = by.loc["budget-lines|cc1"]
    assert cloud[["subject", "driver", "driver_share", "owner"]].tolist() == [
        "Cloud", "Servers (5000)", 1.0, "Ines",
    ]  # fmt: skip
    assert by.loc["roi|search", "reason"] == (
        "no single driver: its parts are not stated; more is invested than approved"
    )


def test_columns_that_add_up_are_looked_through(february: Period, rows: Rows) -> None:
    mix = rows("""
        row_key | label | actual | plan | variance | price | volume | timing | permanent
        atlas   | Atlas |    130 |  100 |       30 |    21 |      9 |      5 |        25
        borea   | Borea |     80 |  100 |      -20 |   -10 |    -10 |      0 |       -20
    """)
    table = commentary(
        {"mix": mix}, period=february, rate=0.05, components={"mix": ["price", "volume"]}
    )
    assert table[["driver", "driver_amount", "reason"]].to_numpy().tolist() == [
        ["price", 21.0, ""],
        ["", pd.NA, "no single driver"],
    ]
    assert table[["timing", "permanent"]].to_numpy().tolist() == [[5.0, 25.0], [0.0, -20.0]]
    with pytest.raises(ContractError, match="column 'mixx' is not there"):
        commentary({"mix": mix}, period=february, components={"mix": ["mixx"]})
    with pytest.raises(MeasureError, match="components name exhibit 'pvm'"):
        commentary({"mix": mix}, period=february, components={"pvm": []})


def test_what_stands_open_is_carried_on_rows_that_matter_or_not(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    written = rows("""
        row_key | exhibit | text         | author | period  | approved_by | approved_on | known_on
        hosting | pnl     | Re-index     | Ines   | 2026-01 | Omar        | 2026-02-05  | 2026-02-03
        rent    |         | New lease    | Omar   | 2026-02 |             |             | 2026-03-03
        search  | roi     | Late         | Ines   | 2026-01 |             |             | 2026-02-03
        gone    | pnl     | No such line | Ines   | 2026-01 |             |             | 2026-02-03
    """)
    taken = rows("""
        decision | row_key | exhibit | text       | owner | due_on     | status | known_on
        D1       | hosting | pnl     | Reserve it | Ines  | 2026-04-30 | open   | 2026-02-03
        D2       | hosting | pnl     | Move it    | Omar  | 2026-03-31 | open   | 2026-02-04
        D3       |         |         | Hire?      | Omar  | 2026-05-31 | open   | 2026-02-04
        D4       | rent    | pnl     | Leave?     | Omar  | 2026-02-28 | closed | 2026-03-01
    """)
    table = commentary(
        {"pnl": pnl(statement, period=february, plan="adopted")},
        period=february,
        amount=6.0,
        rate=0.05,
        written=written,
        taken=taken,
    )
    shown = table[["row_key", "role", "kind", "text", "said_for", "decision"]]
    assert shown.to_numpy().tolist() == [
        ["pnl|gross-sales", "item", "line", "", "", ""],
        ["pnl|hosting", "item", "line", "Re-index", "2026-01", "D2"],
        ["decision|d1", "open", "decision", "", "", "D1"],
        ["pnl|rent", "open", "line", "New lease", "2026-02", ""],
        ["roi|search", "open", "comment", "Late", "2026-01", ""],
        ["pnl|gone", "open", "comment", "No such line", "2026-01", ""],
        ["decision|d3", "open", "decision", "", "", "D3"],
    ]
    hosting = table.iloc[1]
    assert hosting[["approved_by", "approved_on", "since", "due_on"]].tolist() == [
        "Omar", "2026-02-05", "2026-02-04", "2026-03-31",
    ]  # fmt: skip
    assert table.iloc[3][["variance", "material"]].tolist() == [0.0, False]
    assert table["found"].tolist() == [2] * 7
    assert table["reason"].tolist()[4:6] == [
        "roi is not commented in this report",
        "no such row in this report",
    ]


def test_nothing_in_is_nothing_out(statement: pd.DataFrame, february: Period) -> None:
    assert commentary({}, period=february).empty
    assert commentary({"pnl": pnl(statement.iloc[:0], period=february)}, period=february).empty


def test_a_price_volume_mix_is_explained_by_its_effects(february: Period, rows: Rows) -> None:
    sold = rows("""
        product | quantity | amount
        A       |      400 |   1600
        B       |      300 |    300
        C       |      300 |    600
    """)
    now = sold.assign(quantity=[700, 100, 300], amount=[2100, 200, 300])
    mix = price_volume_mix(sold, now, against="plan")
    table = commentary({"mix": mix}, period=february, rate=0.05).set_index("row")
    # A: volume 10 % of 1600, mix 4 x (700 - 440), price (3 - 4) x 700, of 500 in all
    assert table.loc["a", ["subject", "reference", "variance"]].tolist() == [
        "Sales of A", "plan", 500.0,
    ]  # fmt: skip
    assert table.loc["a", ["driver", "driver_amount"]].tolist() == ["mix", 1040.0]
    assert table.loc["c", ["driver", "driver_amount"]].tolist() == ["price", -300.0]


def test_what_turns_back_is_told_where_it_is_known_to_the_cent(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    apart = rows("""
        row_key     | role | line        | variance | accruals | shifted | permanent
        gross-sales | item | Gross sales |    10.50 |     3.00 |    0.50 |      7.00
        hosting     | item | Hosting     |    -6.50 |    -6.50 |    0.00 |      0.00
        rent        | item | Rent        |     0.00 |     0.00 |    0.00 |      0.00
    """)
    table = pnl(statement, period=february, plan="adopted")
    told = commentary({"pnl": table}, period=february, amount=6.0, rate=0.05, timing=apart)
    assert told[["row", "timing", "permanent"]].to_numpy().tolist() == [
        ["gross-sales", 3.5, 7.0],
        ["hosting", pd.NA, pd.NA],  # its variance is -6.00: another one
    ]


def test_a_product_says_which_effect_is_behind_it(
    statement: pd.DataFrame, february: Period, rows: Rows
) -> None:
    sold = rows("""
        product | quantity | amount
        Atlas   |       10 | 100.00
        Borea   |        4 |  40.00
    """)
    # Borea's units fall by one of four at 10 each, of -10; Atlas' returns are not in here
    now = sold.assign(quantity=[10, 3], amount=[120.50, 30.00])
    mix = price_volume_mix(sold, now, within="product", against="plan")
    products = product_pnl(statement, period=february, by="product", plan="adopted")
    told = commentary(
        {"product-pnl": products}, period=february, amount=6.0, rate=0.05, effects=mix
    ).set_index("row")
    assert told.loc["borea", ["effect", "effect_amount"]].tolist() == ["volume", -10.0]
    assert told.loc["atlas", "effect"] == ""  # 18.09 here, and 20.50 there: another change


def test_the_effect_behind_a_product_is_read_from_what_adds_up_its_lines(
    rows: Callable[[str], pd.DataFrame], statement: pd.DataFrame, february: Period
) -> None:
    sold = rows("""
        product | line  | quantity | amount
        Borea   | Seats |        2 |  20.00
        Borea   | Calls |        2 |  20.00
    """)
    now = rows("""
        product | line  | quantity | amount
        Borea   | Seats |        1 |  10.00
        Borea   | Calls |        2 |  20.00
    """)
    mix = price_volume_mix(sold, now, by=["product", "line"], within="product", against="plan")
    products = product_pnl(statement, period=february, by="product", plan="adopted")
    told = commentary(
        {"product-pnl": products}, period=february, amount=6.0, rate=0.05, effects=mix
    ).set_index("row")
    # one unit less, at the price of 10 that all have
    assert told.loc["borea", ["effect", "effect_amount"]].tolist() == ["volume", -10.0]

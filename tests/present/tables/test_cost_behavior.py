from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.measures.test_cost_behavior import HOURS, LABELS, LABOR, LAST
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

NAMES = {"1": "Labor", "2": "Rent", "3": "Fees", "4": "Travel"}
COST = {
    "1": [float(c) for c in LABOR],
    "2": [500.0] * 12,
    "3": [400.0] * 12,
    "4": [300.0, 90.0] * 6,
}


def split(*, declared: bool = True) -> pd.DataFrame:
    labels = LABELS[-12:]
    line = {"version": "actual", "line": "L", "group": "operating"}
    statement = pd.DataFrame(
        [
            line | {"account": account, "period": month, "amount": -cost}
            for account, by_month in COST.items()
            for month, cost in zip(labels, by_month, strict=True)
        ]
    )
    hours = {"driver": "hours", "metric": "", "product": "P", "customer": "K"}
    drivers = pd.DataFrame(
        [hours | {"period": m, "units": float(u)} for m, u in zip(labels, HOURS, strict=True)]
    )
    behavior = ["", "fixed", "variable", ""] if declared else [""] * 4
    accounts = pd.DataFrame(
        {"account": list(NAMES), "name": list(NAMES.values()), "behavior": behavior}
        | {"variable_share": [None] * 4}
    )
    return measures.cost_behavior(
        statement, drivers, period=LAST, accounts=accounts, driver="hours"
    )


def test_declared_estimated_and_refused_stand_side_by_side(
    about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.cost_behavior(split(), about=about)
    # December, 48 hours: 10.31 x 48 = 494.9 of labor's 963 is variable (Horngren, ex. 10-6),
    # 51.4 % with an interval of 1.812 x 3.12 x 48 / 963 = 28.2 points; fees of 400 are declared
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["Labor", "963", "495", "468", "0", "51.4", "23.2", "79.6", "estimated on 12 months"],
        ["Rent", "500", "0", "500", "0", "0.0", "–", "–", "declared"],
        ["Fees", "400", "400", "0", "0", "100.0", "–", "–", "declared"],
        ["Travel", "90", "0", "0", "90", "–", "–", "–", shown.printed[3][-1]],
        ["Total", "1 953", "895", "968", "90", "48.0", "–", "–", ""],
    ]
    assert shown.printed[3][-1].startswith("not split: does not follow hours")
    assert plain(shown.message) == (
        "48.0 % of cost that is split follows volume: 895 EUR is variable and 968 EUR fixed; "
        "90 EUR is not split; the largest variable cost is Labor, 495 EUR "
        "(estimated, 23.2 % to 79.6 % of it)"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert any(note.startswith("Not split: ") for note in shown.notes)
    assert compiled(shown).startswith(b"%PDF")


def test_small_accounts_stand_together_and_the_total_stays(about: About) -> None:
    shown = tables.cost_behavior(split(), about=about, top=1)
    assert [row[0] for row in shown.printed] == ["Labor", "Other (3)", "Total"]
    data = shown.data.set_index("row_key")
    # 400 of 900 that is split; 90 is not
    assert data.loc["rest", ["cost", "variable", "fixed", "not_split"]].tolist() == [
        *(990, 400, 500, 90)
    ]
    assert data.loc["rest", "variable_share"] == 400 / 900
    assert shown.printed[1][-1] == "2 declared, 1 not split"
    rows = data.drop(index="total")["cost"]
    assert rows.sum() == data.loc["total", "cost"]


def test_what_is_all_declared_has_no_interval_and_nothing_open(about: About) -> None:
    only = split()
    kept = only[only["by"] == "declared"]
    total = only[only["role"] == "total"].assign(
        cost=900.0, variable=400.0, fixed=500.0, not_split=0.0, variable_share=400 / 900
    )
    shown = tables.cost_behavior(pd.concat([kept, total]), about=about)
    assert plain(shown.message) == (
        "44.4 % of cost follows volume: 400 EUR is variable and 500 EUR fixed; "
        "the largest variable cost is Fees, 400 EUR"
    )
    heads = [head.label for head in shown.body.heads]  # type: ignore[union-attr]
    assert "Not split" not in heads
    assert "low" not in heads


def test_nothing_split_and_nothing_booked_are_said(about: About) -> None:
    refused = split(declared=False)
    refused = refused[refused["by"] == ""].reset_index(drop=True)
    items = refused[refused["role"] == "item"]
    total = refused[refused["role"] == "total"].assign(
        cost=990.0, variable=0.0, fixed=0.0, not_split=990.0, variable_share=pd.NA
    )
    shown = tables.cost_behavior(pd.concat([items, total]), about=about)
    assert plain(shown.message) == (
        "990 EUR of cost is not split: nothing is declared, and the months tell nothing"
    )
    none = tables.cost_behavior(refused.head(0), about=about)
    assert none.message == ("No cost is booked in this book, so nothing is fixed or variable.")

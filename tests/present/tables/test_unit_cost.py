from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.figures.test_unit_cost import MONTHS, costs
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


def two(june: Period) -> measures.UnitCost:
    """Seats 100, 100, 120 at a cost of 1000, 1000, 1800; orders 10, 10, 20 for the same cost."""
    line = {"version": "actual", "product": "P", "line": "L", "group": "cost_of_revenue"}
    amounts = (1000.0, 1000.0, 1800.0)
    statement = pd.DataFrame(
        [line | {"period": m, "amount": -a} for m, a in zip(MONTHS, amounts, strict=True)]
    )
    counted = {"seats": (100.0, 100.0, 120.0), "": (10.0, 10.0, 20.0)}
    drivers = pd.DataFrame(
        [
            {"driver": "units" if metric else "orders", "metric": metric, "product": "P"}
            | {"customer": "K", "period": month, "units": units}
            for metric, by_month in counted.items()
            for month, units in zip(MONTHS, by_month, strict=True)
        ]
    )
    return measures.unit_cost(statement, drivers, period=june)


def test_change_of_cost_is_volume_and_what_a_unit_costs(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.unit_cost(two(june), about=about)
    # a seat: 10 before, 15 now; 20 more at 10 are 200, 120 at 5 more are 600
    # an order: 100 before, 90 now; 10 more at 100 are 1000, 20 at 10 less are -200
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["Seat", "120", "1 800", "15.00", "10.00", "5.00", "+50.0", "+800", "+200", "+600"],
        ["Order", "20", "1 800", "90.00", "100.00", "-10.00", "-10.0", "+800", "+1 000", "-200"],
    ]
    assert shown.data["mainly"].tolist() == ["unit", "volume"]
    assert plain(shown.message) == (
        "Cost moves more by what one unit costs than by volume on 1 of 2 units, per seat: "
        "+600 EUR against +200 EUR"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_more_units_alone_are_volume(june: Period, about: About) -> None:
    found = two(june)
    orders = measures.UnitCost(found.table[found.table["driver"] == "orders"], found.trend)
    assert plain(tables.unit_cost(orders, about=about).message) == (
        "Cost moves more by volume than by what one unit costs: +1 000 EUR against -200 EUR"
    )


def test_one_month_says_that_nothing_stands_before(june: Period, about: About) -> None:
    shown = tables.unit_cost(costs(june, 90_000.0), about=about)
    assert plain(shown.message) == (
        "90.0 kEUR of cost is 90.00 per seat; no months before say how it moves"
    )
    assert "Seat: no months before" in shown.notes[1]


def test_a_book_without_cost_or_units_says_so(june: Period, about: About) -> None:
    assert "No cost is booked" in tables.unit_cost(costs(june, 0.0, 0.0), about=about).message
    none = costs(june, 1.0)
    none = measures.UnitCost(none.table.head(0), none.trend.head(0))
    assert "nothing has a cost per unit" in tables.unit_cost(none, about=about).message

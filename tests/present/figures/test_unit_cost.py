from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import figures
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

MONTHS = ("2026-04", "2026-05", "2026-06")


def costs(june: Period, *amounts: float, units: float = 1000.0) -> measures.UnitCost:
    line = {"version": "actual", "product": "P", "line": "L", "group": "cost_of_revenue"}
    months = MONTHS[-len(amounts) :]
    statement = pd.DataFrame(
        [line | {"period": m, "amount": -a} for m, a in zip(months, amounts, strict=True)]
    )
    seat = {"driver": "units", "metric": "seats", "product": "P", "customer": "K"}
    drivers = pd.DataFrame([seat | {"period": m, "units": units} for m in months])
    return measures.unit_cost(statement, drivers, period=june)


def test_the_message_tells_what_got_dearer_and_why(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = figures.unit_cost(costs(june, 90_000.0, 110_000.0, 130_000.0), about=about)
    # 100.00 a seat before, 130.00 now, as many seats
    assert plain(shown.message) == (
        "Cost per seat is 130.00 (+30.0 %): dearer units move its cost by +30.0 kEUR, "
        "volume by 0.0 kEUR"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert "per seat" in shown.body.svg
    assert "2026-04 90.00" in plain(shown.alt)
    assert compiled(shown).startswith(b"%PDF")


def test_one_month_has_no_trend_and_is_told(june: Period, about: About) -> None:
    shown = figures.unit_cost(costs(june, 90_000.0), about=about)
    assert plain(shown.message) == "Cost per seat is 90.00"


def test_a_book_without_cost_says_so(june: Period, about: About) -> None:
    free = costs(june, 0.0, 0.0)
    assert free.table["reason"].tolist() == ["no cost on the products that have the units"]
    assert "No cost is booked" in figures.unit_cost(free, about=about).message


def test_a_book_without_units_says_so(june: Period, about: About) -> None:
    none = costs(june, 1.0)
    none = measures.UnitCost(none.table.head(0), none.trend.head(0))
    assert "nothing has a cost per unit" in figures.unit_cost(none, about=about).message

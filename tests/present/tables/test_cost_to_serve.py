from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import figures, tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pfkit.contracts import About
    from pfkit.period import Period


def served(june: Period, paid: Sequence[float], unused: float = 0.0) -> pd.DataFrame:
    """Give customers who pay so much and use one order each of a product that costs 100,000."""
    products = pd.DataFrame(
        [
            {"product": "Atlas", "role": "item", "revenue": sum(paid), "direct": 80_000.0}
            | {"allocated": 20_000.0},
            {"product": "Unused capacity", "role": "unused", "revenue": None, "direct": None}
            | {"allocated": unused},
        ]
    )
    row = {"period": "2026-06", "product": "Atlas"}
    names = [f"K{n}" for n in range(1, len(paid) + 1)]
    revenue = pd.DataFrame(
        [
            row | {"customer": n, "group": "gross", "amount": p}
            for n, p in zip(names, paid, strict=True)
        ]
    )
    row |= {"driver": "orders", "metric": ""}
    drivers = pd.DataFrame([row | {"customer": n, "units": 1.0} for n in names])
    return measures.cost_to_serve(products, revenue, drivers, period=june, serving=[("orders", {})])


def test_the_message_says_what_the_losing_take_back(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    # 25,000 each: +35,000, +5,000, -5,000, -15,000
    found = served(june, [60_000.0, 30_000.0, 20_000.0, 10_000.0], unused=3_000.0)
    shown = tables.cost_to_serve(found, about=about)
    told = (
        "2 of 4 customers lose money and take back 20.0 kEUR of the 40.0 kEUR the others earn; "
        "K4 takes most, 15.0 kEUR"
    )
    assert plain(shown.message) == (
        "K1 leaves most: 35.0 of 60.0 kEUR revenue; K4 costs 25.0 kEUR to serve and pays 10.0"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert "On no customer: -3.0 kEUR" in plain(shown.notes[0])
    assert [row[0] for row in shown.printed] == [
        *("K1", "K2", "K3", "K4", "On no customer", "Total"),
        *("of which customers that earn", "of which customers that lose"),
    ]
    assert compiled(shown).startswith(b"%PDF")
    drawn = figures.cost_to_serve(found, about=about)
    assert plain(drawn.message) == told
    assert [rederive(fact, drawn.data) for fact in drawn.facts] == [f.text for f in drawn.facts]
    assert "after 2 customers" in drawn.body.svg
    assert compiled(drawn).startswith(b"%PDF")


def test_many_customers_between_stand_together(june: Period, about: About) -> None:
    found = served(june, [1_000.0 * n for n in range(1, 21)])
    shown = tables.cost_to_serve(found, about=about, best=2, worst=3)
    labels = [row[0] for row in shown.printed]
    assert labels[:6] == ["K20", "K19", "Between (15)", "K3", "K2", "K1"]
    data = shown.data.set_index("row_key")
    assert data.loc["between", "revenue"] == sum(1_000.0 * n for n in range(4, 19))
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]


def test_where_all_earn_nobody_is_named(june: Period, about: About) -> None:
    shown = tables.cost_to_serve(served(june, [60_000.0, 70_000.0, 80_000.0]), about=about)
    assert plain(shown.message) == (
        # a third of 100,000 each
        "K3 leaves most: 46.7 of 80.0 kEUR revenue; K1 leaves least, 26.7"
    )
    drawn = figures.cost_to_serve(served(june, [60_000.0, 70_000.0, 80_000.0]), about=about)
    assert plain(drawn.message) == "All 3 customers earn, 110.0 kEUR together"


def test_a_book_without_customers_says_so(june: Period, about: About) -> None:
    nobody = served(june, [60_000.0]).iloc[1:]
    for exhibit in (tables.cost_to_serve, figures.cost_to_serve):
        assert "so none can be ranked" in exhibit(nobody, about=about).message


def test_where_no_cost_reaches_customers_nobody_is_ranked(june: Period, about: About) -> None:
    free = served(june, [60_000.0, 30_000.0, 20_000.0]).assign(cost=0.0)
    for exhibit in (tables.cost_to_serve, figures.cost_to_serve):
        assert exhibit(free, about=about).message.startswith("No cost reaches the customers")

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

LINE = {"version": "actual", "period": "2026-06", "line": "L"}
HOUR = {"driver": "hours", "metric": "", "period": "2026-06", "customer": "(none)"}


def found(period: Period, **more: Any) -> measures.SharedCost:  # noqa: ANN401
    booked = [("Atlas", "gross", "4000", "S", 90_000.0), ("Borea", "gross", "4000", "S", 10_000.0)]
    booked += [("Atlas", "operating", "6000", "S", -20_000.0)]
    booked += [("(none)", "operating", "6000", "IT", -60_000.0)]
    booked += [("(none)", "operating", "6000", "HQ", -5000.0)]
    statement = pd.DataFrame(
        [
            LINE | {"product": p, "group": g, "account": a, "cost_center": c, "amount": v}
            for p, g, a, c, v in booked
        ]
    )
    drivers = pd.DataFrame(
        [HOUR | {"product": "Atlas", "units": 30.0}, HOUR | {"product": "Borea", "units": 20.0}]
    )
    pools = {"IT": {"cost_centers": ["IT"], "driver": "hours"} | more}
    return measures.shared_cost(statement, drivers, period=period, pools=pools)


def test_the_total_stands_over_the_ledger(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.shared_cost(found(june, capacity=60.0), about=about)
    # 1,000 an hour of 60: Atlas 30,000, Borea 20,000, 10,000 nobody used; HQ is in no pool
    assert [list(row) for row in shown.printed] == [
        ["Atlas", "30.0", "30.0", "20.0", "50.0", "+40.0"],
        ["Borea", "20.0", "20.0", "0.0", "20.0", "−10.0"],
        ["Unused capacity", "10.0", "10.0", "–", "10.0", "−10.0"],
        ["Not allocated", "0.0", "5.0", "–", "5.0", "−5.0"],
        ["Total", "60.0", "65.0", "20.0", "85.0", "+15.0"],
        ["In the ledger", "60.0", "65.0", "–", "–", "–"],
    ]
    assert plain(shown.message) == (
        "All 65.0 kEUR of shared cost has a place, 10.0 kEUR of it unused capacity, 5.0 kEUR of it "
        "not allocated; difference to the ledger 0.00; Borea loses 10.0 kEUR at full cost"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_what_prints_as_zero_is_not_told(june: Period, about: About) -> None:
    """Fifty hours of fifty were used: nothing is unused."""
    shown = tables.shared_cost(found(june, capacity=50.0), about=about)
    assert "unused capacity" not in shown.message
    assert "5.0 kEUR of it not allocated" in plain(shown.message)
    assert "Not allocated holds lines in no pool" in shown.notes[-1]
    all_in = found(june, cost_centers=["IT", "HQ"])
    told = tables.shared_cost(all_in, about=about)
    assert "of it" not in told.message
    assert "in no pool" not in " ".join(told.notes).lower()


def test_capacity_that_was_overused_is_told_in_words(june: Period, about: About) -> None:
    shown = tables.shared_cost(found(june, capacity=40.0), about=about)
    assert "15.0 kEUR of it beyond capacity" in plain(shown.message)
    assert "IT: more units were used than there are" in shown.notes[-1]


def test_many_products_and_pools_stand_together(june: Period, about: About) -> None:
    names = [f"P{n:02d}" for n in range(12)]
    statement = pd.DataFrame(
        [
            LINE
            | {"product": "(none)", "group": "operating", "account": "1", "cost_center": f"C{n}"}
            | {"amount": -100.0 * (n + 1)}
            for n in range(9)
        ]
    )
    drivers = pd.DataFrame([HOUR | {"product": n, "units": 1.0 + i} for i, n in enumerate(names)])
    pools = {f"C{n}": {"cost_centers": [f"C{n}"], "driver": "hours"} for n in range(9)}
    result = measures.shared_cost(statement, drivers, period=june, pools=pools)
    shown = tables.shared_cost(result, about=about, top=5)
    assert [row[0] for row in shown.printed] == [
        *("P11", "P10", "P09", "P08", "P07", "Other (7)", "Total", "In the ledger")
    ]
    sums = shown.data.set_index("row_key")
    columns = [name for name in sums.columns if name.startswith("pool_")]
    assert len(columns) == 6
    assert sums.loc["ledger", columns].tolist() == [900.0, 800.0, 700.0, 600.0, 500.0, 1000.0]
    assert sums.loc["total", columns].tolist() == sums.loc["ledger", columns].tolist()


def test_a_book_without_pools_or_without_cost_says_so(june: Period, about: About) -> None:
    result = found(june)
    none = measures.SharedCost(
        "direct", (), result.pools.tail(1), result.products, result.flows.head(0), 0
    )
    assert "add [allocation] to book.toml" in tables.shared_cost(none, about=about).message
    pools = result.pools.assign(own=0.0, handed_out=0.0)
    free = measures.SharedCost("direct", (), pools, result.products, result.flows, 0)
    assert tables.shared_cost(free, about=about).message.startswith("No shared cost was booked")


@pytest.mark.parametrize("method", ["step-down", "reciprocal"])
def test_the_notes_name_the_method_and_how_far_the_order_moves(
    june: Period, about: About, method: str
) -> None:
    statement = pd.DataFrame(
        [
            LINE
            | {"product": "(none)", "group": "operating", "account": "1", "cost_center": name}
            | {"amount": -amount}
            for name, amount in (("A", 1000.0), ("B", 400.0))
        ]
    )
    drivers = pd.DataFrame([HOUR | {"product": p, "units": 1.0} for p in ("Atlas", "Borea")])
    pools = {
        "A": {"cost_centers": ["A"], "driver": "hours", "serves": {"B": 0.5}},
        "B": {"cost_centers": ["B"], "shares": {"Atlas": 1.0}, "serves": {}},
    }
    result = measures.shared_cost(statement, drivers, period=june, pools=pools, method=method)
    shown = tables.shared_cost(result, about=about)
    # A first: half to B, so Atlas 250 + 900; B first: 400 + 500
    assert shown.notes[1] == (
        "Over 2 step-down orders no product moves further than Atlas: 900 to 1\u202f150\u202fEUR."
    )
    start = {"step-down": "Step-down in the order A, B", "reciprocal": "Reciprocal"}[method]
    assert shown.notes[0].startswith(start)

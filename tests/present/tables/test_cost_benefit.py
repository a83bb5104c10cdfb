from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

BEFORE = FiscalCalendar().period("2025-12")


def cards(*brings: float, units: bool = False) -> pd.DataFrame:
    """Give initiatives of 100,000 that bring so much after a year, at 10 %."""
    flows = [
        row
        for n, brought in enumerate(brings)
        for row in (
            (f"I-{n}", "2026-01", "plan", "investment", -100_000.0),
            (f"I-{n}", "2027-01", "plan", "benefit", brought * 1.1),
        )
    ]
    return measures.cost_benefit(
        pd.DataFrame(flows, columns=["initiative", "period", "kind", "flow", "amount"]),
        rate=0.1,
        period=BEFORE,
        units={"I-0": ("new customers", 50.0)} if units else None,
    )


def test_the_message_names_what_does_not_pay(about: About, compiled: Callable[..., bytes]) -> None:
    shown = tables.cost_benefit(cards(300_000.0, 80_000.0, 125_000.0), about=about)
    assert plain(shown.message) == (
        "2 of 3 initiatives pay, +205.0 kEUR in all; I-1 does not pay (-20.0 kEUR, needs 125.0 % "
        "of its benefit)"
    )
    assert [row[0] for row in shown.printed] == ["I-0", "I-2", "I-1", "Total"]
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_where_all_pay_the_one_with_least_room_is_named(about: About) -> None:
    shown = tables.cost_benefit(cards(300_000.0, 125_000.0, units=True), about=about)
    assert "I-1 has least room: it needs 80.0 % of its benefit" in plain(shown.message)
    # 100,000 of 300,000 by 50 customers, each worth 6,000
    assert {"17", "6\u202f000"} <= set(shown.printed[0])


def test_a_book_without_cash_flows_says_so(about: About) -> None:
    shown = tables.cost_benefit(cards(1.0).head(0), about=about)
    assert "There are no rows of cashflows" in shown.message


def test_what_is_half_done_may_pay_from_here_on(about: About) -> None:
    rows = [("I-0", "2026-01", kind, "investment", -100_000.0) for kind in ("plan", "actual")]
    rows.append(("I-0", "2027-01", "plan", "benefit", 55_000.0))
    flows = pd.DataFrame(rows, columns=["initiative", "period", "kind", "flow", "amount"])
    june = FiscalCalendar().period("2026-06")
    shown = tables.cost_benefit(measures.cost_benefit(flows, rate=0.1, period=june), about=about)
    # 55,000 a year later are worth 50,000 of the 100,000
    assert plain(shown.message) == (
        "0 of 1 initiatives pay, -50.0 kEUR in all; I-0 pays only from here on: in all it needs "
        "200.0 % of its benefit"
    )

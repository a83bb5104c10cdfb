from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

AT = {"version": "actual", "period": "2026-06", "product": "Atlas", "hourly_cost": 100.0}


def teams(june: Period) -> pd.DataFrame:
    rows = [("D1", "Engineer", 120.0, 100.0), ("D1", "Designer", 500.0, 1000.0)]
    rows += [("D2", "Agent", 90.0, 100.0)]
    effort = pd.DataFrame([AT | {"cost_center": c, "role": r, "hours": h} for c, r, h, _ in rows])
    capacity = pd.DataFrame(
        [
            {"period": "2026-06", "cost_center": c, "role": r, "hours": most}
            for c, r, _, most in rows
        ]
    )
    return measures.utilization(effort, capacity, period=june)


def test_who_is_over_and_who_has_room(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.utilization(teams(june), about=about, names={"D1": "Core"})
    assert plain(shown.message) == (
        "Teams worked 59.2 % of 1 200 hours that could be worked; Core · Engineer is over its "
        "capacity with 120.0 %; Core · Designer uses 50.0 %"
    )
    assert [list(row)[:5] for row in shown.printed] == [
        ["Core · Engineer", "100", "120", "−20", "120.0"],
        ["D2 · Agent", "100", "90", "10", "90.0"],
        ["Core · Designer", "1\u202f000", "500", "500", "50.0"],
        ["Total", "1\u202f200", "710", "490", "59.2"],
    ]
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_a_book_without_capacity_says_so(june: Period, about: About) -> None:
    rows = teams(june).assign(capacity=pd.array([None] * 3 + [0.0], dtype="Float64"))
    assert (
        "it is that of teams, not of one product" in tables.utilization(rows, about=about).message
    )
    assert tables.utilization(rows.head(0), about=about).kind == "note"

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

AT = {"version": "actual", "cost_center": "D1", "role": "Engineer", "product": "Atlas"}


def effort(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [AT | {"period": p, "initiative": i, "hours": h, "hourly_cost": 100.0} for p, i, h in rows]
    )


def test_the_roll_forward_is_told_and_closes(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    rows = [("2026-05", f"I-{n}", 100.0 * n) for n in range(1, 9)]
    rows += [("2026-06", "I-8", 300.0), ("2026-06", "", 700.0)]
    go = {"initiative": "I-7", "milestone": "m", "planned_on": "2026-06-10", "expected_on": None}
    go |= {"done_on": "2026-06-10", "weight": 1.0, "go_live": True, "known_on": "2026-06-11"}
    found = measures.development_cost(
        effort(*rows), None, pd.DataFrame([go]), period=june, life_months=35
    )
    shown = tables.development_cost(found, about=about, top=3)
    # 360,000 before June; 70,000 / 35 written off; 30,000 added, 70,000 expensed
    assert plain(shown.message) == (
        "Development cost is 100.0 kEUR, of which 30.0 is capitalized; 2.0 of earlier work is "
        "amortized, so what is capitalized grows from 360.0 to 388.0 kEUR"
    )
    assert [row[0] for row in shown.printed] == [
        *("I-8", "I-7", "I-6", "Other (5)", "On no initiative", "Total")
    ]
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_what_is_all_expensed_is_told_so(june: Period, about: About) -> None:
    found = measures.development_cost(effort(("2026-06", "", 700.0)), period=june)
    shown = tables.development_cost(found, about=about)
    assert plain(shown.message) == "Development cost is 70.0 kEUR, all of it expensed"


def test_a_book_without_hours_says_so(june: Period, about: About) -> None:
    found = measures.development_cost(effort(("2026-06", "", 700.0)).head(0), period=june)
    assert "There are no rows of effort" in tables.development_cost(found, about=about).message

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

AT = {"version": "actual", "period": "2026-06", "role": "Dev"}


def test_the_value_is_told_as_what_it_is(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    names = [f"P{n}" for n in range(9)]
    effort = pd.DataFrame([AT | {"product": n, "hours": 1000.0} for n in names])
    values = pd.DataFrame({"product": names, "result": [50_000.0 * n for n in range(9)]})
    found = measures.reallocation(effort, values, period=june, leave=0.1, take=0.1)
    shown = tables.reallocation(found, about=about, top=2)
    # 100 hours each from P0..P3 to P8..P5 (in any pairing): (8+7+6+5-0-1-2-3) x 50 x 100, and 0
    # from P4, which loses 100 to a better one only if it takes 100 from a worse one
    assert found.value == 20 * 50 * 100
    assert plain(shown.message).startswith(
        "400 hours could move, worth 100.0 kEUR if they earn what the average hour of their "
        "product earns; "
    )
    assert plain(shown.message).endswith(" brings most, 30.0 kEUR")
    assert [row[0] for row in shown.printed][2:] == ["Other (2)", "Total"]
    assert "An estimate for a talk, not a saving" in shown.notes[1]
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_where_nothing_moves_one_line_says_so(june: Period, about: About) -> None:
    effort = pd.DataFrame([AT | {"product": "Atlas", "hours": 10.0}])
    values = pd.DataFrame({"product": ["Atlas"], "result": [1.0]})
    found = measures.reallocation(effort, values, period=june)
    assert tables.reallocation(found, about=about).message.startswith("No hours to move")

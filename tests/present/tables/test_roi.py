from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit import measures
from pfkit.present import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period


def test_the_table_says_how_much_has_come_and_what_the_outlook_assumes(
    rows: Callable[[str], pd.DataFrame], june: Period, about: About
) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-06 | plan   | investment | -100000
        search     | 2026-07 | plan   | benefit    |  150000
        search     | 2026-06 | plan   | benefit    |   50000
        search     | 2026-06 | actual | investment | -100000
        search     | 2026-06 | actual | benefit    |   40000
    """)
    shown = tables.roi(measures.roi(flows, rate=0.0, period=june), about=about)
    payload = shown.payload()
    place = [head["column"] for head in payload["printed_columns"]].index("benefit_share")
    assert shown.printed[0][place] == "20"  # 40 of 50 and 150
    assert "The outlook assumes that plan is met from here on" in shown.notes[0]

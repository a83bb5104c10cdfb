from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period


def test_the_message_says_the_share_and_what_is_apart(june: Period, about: About) -> None:
    cells = pd.DataFrame(
        {
            "period": "2026-06",
            "product": ["Atlas", "Borea"],
            "finance": [True, True],
            "usage": [True, False],
            "revenue": [75.0, 25.0],
            "metric": ["seats", ""],
            "units": [3.0, 0.0],
        }
    )
    shown = tables.joins(measures.joins(cells, period=june), about=about)
    assert shown.message == (
        "50.0\u202f% of products and months have usage and finance records, with 75.0\u202f% of "
        "revenue; Borea has no usage"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == ["50.0", "75.0"]
    assert [row[0] for row in shown.printed][:2] == ["2026-06", "Borea"]


def test_without_usage_one_line_says_what_to_supply(about: About) -> None:
    nothing = tables.joins(pd.DataFrame(), about=about)
    assert nothing.kind == "note"
    assert "no rows of usage" not in nothing.message

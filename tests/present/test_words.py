from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_material_lines_are_counted_and_the_thresholds_said(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    told = measures.comments(statement, period=june, plan="plan", amount=5000.0, rate=0.05)
    # net revenue is a total; gross sales +30 and refunds -5 are the lines
    assert plain(words.comments(told, about=about).message) == (
        "2 variances are material (at least 5 kEUR and 5 %)"
    )
    fewer = words.comments(told.head(2), about=about)
    assert plain(fewer.message).endswith("; 1 of them stand here")
    high = measures.comments(statement, period=june, plan="plan", amount=5e6, rate=0.05)
    assert plain(words.comments(high, about=about).message) == (
        "No variance beside the totals is material (at least 5 000 kEUR and 5 %)"
    )


def test_an_initiative_that_turns_to_a_loss_says_so(
    statement: pd.DataFrame,
    june: Period,
    about: About,
    rows: Callable[[str], pd.DataFrame],
) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        search     | 2026-06 | plan   | investment | -100000
        search     | 2026-06 | plan   | benefit    |  120000
        search     | 2026-06 | actual | investment | -150000
        search     | 2026-06 | actual | benefit    |  120000
    """)
    asked = pd.DataFrame({"initiative": ["search"], "name": "Search", "owner": "Ines"})
    returns = measures.roi(flows, asked, rate=0.1)
    told = measures.comments(statement, period=june, plan="plan", returns=returns)
    shown = words.comments(told, about=about)
    assert plain(shown.printed[0][0]) == (
        "Search: the outlook of its net present value turns negative, \N{MINUS SIGN}30.0 kEUR "
        "against 20.0 promised: \N{MINUS SIGN}50.0 kEUR (\N{MINUS SIGN}250.0 %). Owner: Ines."
    )

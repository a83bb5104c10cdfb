from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit


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
        "against 20.0 promised: \N{MINUS SIGN}50.0 kEUR (\N{MINUS SIGN}250.0 %), unfavorable. "
        "Owner: Ines."
    )


def headlined(statement: pd.DataFrame, june: Period, about: About) -> Exhibit:
    page = measures.summary(statement, period=june)
    return words.headline(page.headline, tiles=page.tiles, about=about)


def test_a_headline_against_an_earlier_period_says_where_it_comes_from_and_gets_to(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    actual = statement[statement["version"] == "actual"]
    shown = headlined(actual, june, about)
    # 120 in June after 110 in May
    assert plain(shown.title) == (
        "Meridian Software: net revenue rises by 10.0 kEUR (+9.1 %) against May 2026"
        " to 120.0 kEUR in June 2026"
    )
    assert shown.message == shown.title  # the first tile says the rest


def test_a_percentage_that_says_nothing_is_left_out_of_sentences(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    small = statement.assign(
        amount=statement["amount"].where(statement["version"] == "actual", 1_000.0)
    )
    # 3 planned sales and refunds of 1 each add up to 3: 120 is 3 900 % above
    assert plain(headlined(small, june, about).title) == (
        "Meridian Software: net revenue beats plan by 117.0 kEUR in June 2026"
    )


def test_a_partial_month_is_said_under_the_headline(about: About) -> None:
    short = replace(about, partial="2026-06-09")
    shown = words.headline(pd.DataFrame(), about=short)
    assert "partial, with rows up to 2026-06-09; nothing is annualized." in shown.message
    assert "partial" not in words.headline(pd.DataFrame(), about=about).message

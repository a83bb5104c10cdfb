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
    assert plain(fewer.message).endswith("; 1 of them and one total stand here")
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
    assert shown.message.endswith("Forecasts leave it out.")
    assert "partial" not in words.headline(pd.DataFrame(), about=about).message


def bill(months: dict[str, tuple[float, float]], june: Period) -> pd.DataFrame:
    """Return the cost of a bill with one charge a month: effective and billed."""
    charges = pd.DataFrame(
        {
            "period": list(months),
            "product": "Atlas",
            "provider_name": "Acme",
            "service_name": "VMs",
            "charge_category": "Usage",
            "lines": 1,
            "amount": [effective for effective, _ in months.values()],
            "billed_amount": [billed for _, billed in months.values()],
        }
    )
    return measures.cloud_cost(charges, period=june)


def test_a_book_of_bills_alone_leads_with_its_cost(june: Period, about: About) -> None:
    empty = pd.DataFrame()
    alone = words.headline(empty, cost=bill({"2026-06": (14.98, 20.28)}, june), about=about)
    assert plain(alone.message).split(": ", 1)[1] == (
        "cloud cost is 14.98 EUR (20.28 EUR billed) in June 2026"
    )
    grown = bill({"2026-05": (10.0, 10.0), "2026-06": (15.0, 20.0)}, june)
    told = words.headline(empty, cost=grown, about=about)
    assert "cloud cost rose by 50.0 % against the period before, to 15.00 EUR (20.00 EUR" in plain(
        told.message
    )
    assert [fact.column for fact in told.facts] == [
        *("billed", "previous_variance_rate", "effective")
    ]

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import figures, tables
from pfkit.present.body import Drawing, Grid
from pfkit.present.exhibit import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

JUNE = FiscalCalendar().period("2026-06")


def town(*, years: int = 6, plan: float = 0.9) -> pd.DataFrame:
    """Give the outlook of four lines; the first is planned too low this year."""
    chance = np.random.default_rng(2)
    said, spent = [], []
    for year in range(2026 - years, 2027):
        for line in range(4):
            size = 100_000.0 * (line + 1)
            actual = size * (1 + 0.02 * chance.normal())
            low = plan if line == 0 and year == 2026 else 1.0
            head = {"cost_center": f"C{line}", "span": "year", "period": f"{year}-12"}
            said += [
                head | {"version": "adopted", "amount": size * low}
                | {"known_on": dt.date(year - 1, 12, 1)},
                head | {"version": "outlook", "amount": size, "known_on": dt.date(year, 6, 30)},
            ]  # fmt: skip
            for month, share, day in ((6, 0.45, (year, 6, 30)), (12, 1.0, (year + 1, 3, 31))):
                spent.append(
                    {"cost_center": f"C{line}", "span": "ytd", "period": f"{year}-{month:02d}"}
                    | {"amount": round(actual * share, 2), "known_on": dt.date(*day)}
                )
    return measures.outlook(
        pd.DataFrame(spent),
        pd.DataFrame(said),
        period=JUNE,
        versions=["adopted", "outlook"],
        plan="adopted",
        as_of=dt.date(2026, 6, 30),
    )


def text(said: str) -> str:
    return said.replace("\u202f", " ")


def checked(shown: Exhibit) -> None:
    """Work out again every number of the message."""
    assert shown.facts
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text
        assert fact.text in shown.message


def test_the_table_says_which_lines_end_over_plan(about: About) -> None:
    shown = tables.outlook(town(), about=about)
    checked(shown)
    assert text(shown.message).startswith(
        "1 of 4 budget lines is likely to end over plan, most of all C0 (+"
    )
    assert isinstance(shown.body, Grid)
    heads = [head.label for head in shown.body.heads]
    assert heads[1:6] == ["AC", "PL", "Latest", "FC", "Low"]
    assert [head.swatch for head in shown.body.heads][1:5] == ["actual", "plan", "", "outlook"]


def test_no_line_over_plan_is_said(about: About) -> None:
    shown = tables.outlook(town(plan=1.0), about=about)
    checked(shown)
    assert shown.message == "No line of 4 is likely to end over plan"


def test_the_figure_says_where_the_year_lands_and_whether_plan_lies_inside(about: About) -> None:
    inside = figures.outlook(town(plan=1.0), about=about)
    checked(inside)
    assert ", which the interval holds; none of 4 lines is likely to end over plan" in text(
        inside.message
    )
    over = figures.outlook(town(plan=0.2), about=about)
    checked(over)
    assert ", which lies below the interval; 1 of 4 lines is likely" in text(over.message)
    under = figures.outlook(town(plan=3.0), about=about)
    assert ", which lies above the interval; none of 4 lines is likely" in text(under.message)


def test_the_figure_says_how_past_outlooks_did(about: About) -> None:
    result = town()
    total = result[result["role"] == "total"].iloc[0]
    (note,) = [n for n in figures.outlook(result, about=about).notes if "At this point" in n]
    assert "of 6 past years" in note
    for column in ("lines_error_rate", "lines_latest_error_rate", "error_rate"):
        assert f"{100 * total[column]:.1f} %" in text(note)
    assert f"{100 * total['lines_covered_share']:.0f} % of the 80 % intervals" in text(note)


def test_bars_are_shares_of_plan_with_spent_solid_and_the_rest_hatched(about: About) -> None:
    shown = figures.outlook(town(), about=about)
    assert isinstance(shown.body, Drawing)
    drawing = shown.body.svg
    # four lines and the total: a plan outlined, a hatched part with its outline, a solid part
    solid = drawing.count("pf-f-actual")
    assert solid == 5
    assert drawing.count("pf-f-page") >= 5
    for name in ("C0", "C3", "Total", "PL"):
        assert f">{name}<" in drawing
    assert "from plan" in shown.alt


def test_one_past_year_is_said_and_widened(about: About) -> None:
    for exhibit in (figures.outlook, tables.outlook):
        shown = exhibit(town(years=1), about=about)
        checked(shown)
        assert "Intervals rest on one past year alone and are widened for it." in shown.notes


def test_without_a_past_year_there_is_no_interval_and_that_is_said(about: About) -> None:
    table = tables.outlook(town(years=0), about=about)
    checked(table)
    assert text(table.message).startswith("4 budget lines land at 1 000")
    assert table.message.endswith("no past year says how far they may miss")
    heads = [column["column"] for column in table.payload()["printed_columns"]]
    assert not {"low", "high", "within_plan_share", "error_rate"} & set(heads)
    figure = figures.outlook(town(years=0), about=about)
    checked(figure)
    assert "no past year says how far it may miss" in figure.message
    assert any("No past year is known by now" in note for note in figure.notes)


def test_without_a_plan_the_figure_says_so_and_the_table_stands(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    actuals = rows("""
        period  | span | cost_center | amount | known_on
        2024-06 | ytd  | Fire        |     50 | 2024-06-30
        2024-12 | ytd  | Fire        |    100 | 2025-01-31
        2025-06 | ytd  | Fire        |     55 | 2025-06-30
        2025-12 | ytd  | Fire        |    108 | 2026-01-31
        2026-06 | ytd  | Fire        |     60 | 2026-06-30
    """)
    nothing = pd.DataFrame(columns=["version", "period", "cost_center", "amount", "known_on"])
    result = measures.outlook(actuals, nothing, period=JUNE, as_of=dt.date(2026, 6, 30))
    figure = figures.outlook(result, about=about)
    assert figure.message == (
        "There is no plan for the year beside which an outlook could be drawn."
    )
    table = tables.outlook(result, about=about)
    checked(table)
    assert table.message.endswith("without a plan to land beside")


@pytest.mark.parametrize("exhibit", [tables.outlook, figures.outlook])
def test_nothing_in_the_input_is_one_line(exhibit: Callable[..., Exhibit], about: About) -> None:
    shown = exhibit(town().head(0), about=about)
    assert shown.kind == "note"
    assert "no rows of budget" in shown.message


def test_it_sets_as_an_accessible_page(about: About, compiled: Callable[..., bytes]) -> None:
    result = town()
    assert compiled(
        figures.outlook(result, about=about), tables.outlook(result, about=about)
    ).startswith(b"%PDF")

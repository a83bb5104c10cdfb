"""The fan: what is drawn, what is said, and what a page without much to show looks like."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.present import figures
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

FIRST = ["row_key", "series_id", "step", "period", "mean", "lo80", "hi80", "lo95", "hi95"]


def months(first: str, count: int) -> list[str]:
    return pd.period_range(first, periods=count, freq="M").astype(str).tolist()


def history(*amounts: float, plan: float | None = None, ahead: int = 6) -> pd.DataFrame:
    came = months("2026-06", 1)
    came = pd.period_range(end="2026-06", periods=len(amounts), freq="M").astype(str).tolist()
    rows = [
        {"period": at, "amount": value, "plan": None}
        for at, value in zip(came, amounts, strict=True)
    ]
    if plan is not None:
        rows += [{"period": at, "amount": None, "plan": plan} for at in months("2026-07", ahead)]
    return pd.DataFrame(rows).astype({"amount": "Float64", "plan": "Float64"})


def ahead(*means: float, reach: float = 10_000.0, running: bool = False) -> pd.DataFrame:
    """Forecasts with intervals that reach `reach` and twice that; running ones add the means up."""
    rows, total = [], 0.0
    for step, (at, mean) in enumerate(
        zip(months("2026-07", len(means)), means, strict=True), start=1
    ):
        total += mean
        middle = total if running else mean
        ends = [middle - reach, middle + reach, middle - 2 * reach, middle + 2 * reach]
        rows.append([f"total|{at}", "total", step, at, middle, *ends])
    return pd.DataFrame(rows, columns=FIRST).assign(
        model="m", fallback="", n=24, filled=0, error=0.5, reason="why"
    )


def test_the_message_says_where_plan_lies_for_the_next_months_and_the_year(
    about: About, compiled: Callable[..., bytes]
) -> None:
    means = [100_000.0] * 6
    shown = figures.forecast(
        ahead(*means),
        history(90_000.0, 95_000.0, 98_000.0, plan=103_000.0),
        running=ahead(*means, running=True),
        about=about,
    )
    # three months: 300 forecast, 309 planned, 290 to 310; six: 600, 618, 590 to 610
    assert plain(shown.message) == (
        "Plan lies inside the 80 % interval for the next 3 months (309.0 kEUR; 290.0 to 310.0) "
        "and above it to the end of the year (618.0; 590.0 to 610.0)"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert plain(shown.title) == (
        "Meridian Software, net revenue in kEUR by month, 2026-04 to 2026-12: "
        "AC, PL, FC with 80 % and 95 % interval"
    )
    assert compiled(shown).startswith(b"%PDF")
    assert "2026-07 FC 100.0 (90.0 to 110.0), PL 103.0" in plain(shown.alt)
    assert "Why." in shown.notes[-1]
    for text in ("AC 98.0", "FC 100.0", "PL 103.0", "year ends", "Jun 26"):
        assert text in plain(shown.body.svg)


def test_both_sums_that_plan_lies_inside_are_told_in_one_breath(about: About) -> None:
    means = [100_000.0] * 6
    shown = figures.forecast(
        ahead(*means),
        history(90_000.0, plan=101_000.0),
        running=ahead(*means, running=True),
        about=about,
    )
    assert plain(shown.message) == (
        "Plan lies inside the 80 % interval for the next 3 months (303.0 kEUR; 290.0 to 310.0) "
        "and to the end of the year (606.0; 590.0 to 610.0)"
    )


def test_without_running_totals_months_are_counted(about: About) -> None:
    shown = figures.forecast(
        ahead(100_000.0, 120_000.0, 140_000.0), history(1.0, plan=112_000.0), about=about
    )
    # 112 is above 90..110, inside 110..130, below 130..150
    assert plain(shown.message) == "Plan lies inside the 80 % interval in 1 of 3 months to come"
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]


def test_without_a_plan_it_says_what_is_forecast(about: About) -> None:
    means = [100_000.0] * 6
    shown = figures.forecast(
        ahead(*means), history(90_000.0), running=ahead(*means, running=True), about=about
    )
    assert plain(shown.message) == (
        "Net revenue is forecast at 300.0 kEUR for the next 3 months (80 %: 290.0 to 310.0) and "
        "at 600.0 to the end of the year (80 %: 590.0 to 610.0)"
    )
    assert " PL," not in shown.title


def test_the_axis_starts_at_zero_unless_that_empties_the_plot(about: About) -> None:
    high = figures.forecast(ahead(100_000.0), history(95_000.0), about=about)
    assert "The axis starts at 80 kEUR." in plain(high.notes[0])
    low = figures.forecast(ahead(100_000.0), history(20_000.0), about=about)
    assert "The axis starts" not in low.notes[0]


@pytest.mark.parametrize(
    "amounts",
    [
        (5.0,),
        (0.0,) * 14,
        (7e9,) * 30,
        tuple(-1e5 - 1e4 * math.sin(k) for k in range(30)),
        (-5.0, 5.0),
    ],
    ids=["one value", "zeros", "the same", "negative", "two, across zero"],
)
def test_whatever_is_forecast_can_be_drawn(
    about: About, compiled: Callable[..., bytes], amounts: tuple[float, ...]
) -> None:
    told = history(*amounts)
    shown = figures.forecast(
        pf.forecast(told, horizon=6),
        told,
        running=pf.forecast(told, horizon=6, running=True),
        about=about,
    )
    assert compiled(shown).startswith(b"%PDF")
    assert "nan" not in shown.body.svg.lower()
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', shown.body.svg)[1])  # type: ignore[index]
    assert all(
        -1 <= float(x) <= width + 1 for x in re.findall(r'<text[^>]* x="([-\d.]+)"', shown.body.svg)
    )


def test_a_hole_in_time_stays_a_hole(about: About) -> None:
    told = history(*[100_000.0 + k for k in range(12)])
    told = told[~told["period"].isin(["2025-12", "2026-01"])]
    shown = figures.forecast(ahead(100_000.0), told, about=about)
    whole = figures.forecast(
        ahead(100_000.0), history(*[100_000.0 + k for k in range(12)]), about=about
    )
    names = [re.findall(r">(\w{3} \d\d)<", figure.body.svg) for figure in (shown, whole)]
    assert names[0] == names[1]


def test_nothing_to_forecast_is_one_line(about: About) -> None:
    shown = figures.forecast(ahead(1.0).head(0), history(1.0), about=about)
    assert shown.kind == "note"


def test_a_dark_page_recolors_every_part(about: About) -> None:
    svg = figures.forecast(ahead(100_000.0), history(95_000.0), about=about).body.svg
    colors = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg))
    classes = set(re.findall(r"pf-[fs]-([\w-]+)", svg))
    assert {"interval", "wash", "actual", "rule"} <= classes
    assert len(colors) <= len(classes)


@pytest.mark.parametrize(
    ("likely", "said"),
    [
        (0.346, "; with what has come, the year meets its budget with 35 % probability"),
        (0.002, "; with what has come, the year is all but sure to miss its budget"),
    ],
)
def test_the_probability_of_meeting_the_budget_is_told(
    about: About, likely: float, said: str
) -> None:
    year = pd.DataFrame(
        {
            "row_key": ["a", "b"],
            "series_id": "total",
            "role": "item",
            "span": ["year", "remaining"],
            "period": ["FY2026", "2026-07..2026-12"],
            "ahead": 6,
            "actual_to_date": [500_000.0, 0.0],
            "mean": [1_100_000.0, 600_000.0],
            "lo80": [1_090_000.0, 590_000.0],
            "hi80": [1_110_000.0, 610_000.0],
            "budget": [1_120_000.0, 606_000.0],
            "meets_budget_share": [likely, 0.4],
        }
    )
    shown = figures.forecast(
        ahead(*[100_000.0] * 6), history(90_000.0, plan=101_000.0), year=year, about=about
    )
    assert plain(shown.message) == (
        "Plan lies inside the 80 % interval to the end of the year (606.0 kEUR; 590.0 to 610.0)"
        + said
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]

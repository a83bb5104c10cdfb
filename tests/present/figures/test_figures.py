from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import figures, look
from pfkit.present.body import Drawing, Tiles
from pfkit.present.figures.draw import Board, shortened, width_of
from pfkit.present.figures.spark import spark

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit


def svg(exhibit: Exhibit) -> str:
    assert isinstance(exhibit.body, Drawing)
    return exhibit.body.svg


@pytest.fixture
def walk() -> pd.DataFrame:
    gap = pd.DataFrame(
        {
            "driver": ["Price", "Volume", "Cost"],
            "favorable_when": "higher",
            "plan": [500_000.0, 400_000.0, 100_000.0],
            "actual": [560_000.0, 430_000.0, 85_000.0],
        }
    )
    return measures.bridge(gap, start="plan", end="actual", by="driver")


def test_a_bridge_carries_steps_that_add_up(walk: pd.DataFrame, about: About) -> None:
    shown = figures.bridge(walk, about=about, measure="Margin")
    held = shown.payload()["bridge"]
    assert held == {
        "start": 1_000_000.0,
        "steps": [60_000.0, 30_000.0, -15_000.0],
        "end": 1_075_000.0,
    }
    assert held["start"] + sum(held["steps"]) == held["end"]


def test_a_bridge_says_its_numbers_to_who_cannot_see_it(walk: pd.DataFrame, about: About) -> None:
    alt = figures.bridge(walk, about=about, measure="Margin").alt.replace("\u202f", " ")
    for told in ("Margin PL 1 000.0", "Price +60.0", "Cost −15.0", "Margin AC 1 075.0", "+75.0"):
        assert told in alt


def test_a_cut_axis_is_marked_and_said(walk: pd.DataFrame, about: About) -> None:
    cut = figures.bridge(walk, about=about)
    assert cut.notes == ("The axis is cut: bars of start and end do not begin at zero.",)
    walk.loc[:, "cumulative"] = [0.0, 60_000.0, 90_000.0, 75_000.0, 75_000.0]
    assert figures.bridge(walk, about=about).notes == ()


def test_losses_are_cut_from_the_other_side(about: About) -> None:
    gap = pd.DataFrame({"driver": ["Cost"], "plan": [-1_000_000.0], "actual": [-1_050_000.0]})
    shown = figures.bridge(measures.bridge(gap, start="plan", end="actual"), about=about)
    assert shown.notes != ()


def test_a_bridge_takes_a_comparison_as_it_is(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    result = measures.pnl(statement, period=june)
    shown = figures.bridge(result, start="plan", end="actual", about=about)
    assert shown.payload()["bridge"] == {
        "start": 95_000.0,
        "steps": [30_000.0, -5_000.0],
        "end": 120_000.0,
    }
    assert shown.message == (
        "Gross sales (+30.0) lifts net revenue most against plan, partly offset by Refunds (−5.0)"
    )


def test_a_bridge_without_plan_walks_from_what_there_is(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    unplanned = statement[statement["version"] == "actual"]
    shown = figures.bridge(measures.pnl(unplanned, period=june), about=about)
    assert shown.payload()["bridge"]["start"] == 110_000.0
    assert "from previous period to actual" in shown.title
    alone = unplanned[unplanned["period"] == "2026-06"]
    none = figures.bridge(measures.pnl(alone, period=june), about=about)
    assert none.message == "No bridge: there is nothing in the input to compare actuals with."


def test_columns_tell_the_variance_with_its_sign(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = figures.trend(measures.trend(statement, period=june), about=about)
    assert shown.message.replace("\u202f", " ") == (
        "Net revenue beats plan by 25.0 kEUR (+26.3 %) in 2026-06; "
        "it is the highest net revenue of the 2 months shown"
    )
    assert list(shown.data["period"]) == ["2026-05", "2026-06"]
    drawing = svg(shown)
    assert ">+25.0<" in drawing
    assert ">+26.3<" in drawing
    assert "2026-06 AC 120.0, ΔPL +25.0" in shown.alt


def test_a_trend_of_a_quarter_speaks_of_its_last_month(
    statement: pd.DataFrame, about: About
) -> None:
    quarter = FiscalCalendar().period("2026Q2")
    shown = figures.trend(
        measures.trend(statement, period=quarter), about=dataclasses.replace(about, period=quarter)
    )
    assert shown.message.replace("\u202f", " ") == (
        "In 2026-06, the last month of 2026 Q2 reported, net revenue beats plan by 25.0 kEUR"
        " (+26.3 %); it is the highest net revenue of the 2 months shown"
    )


def test_the_label_of_an_actual_below_its_plan_stands_in_its_own_column(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    more = statement.assign(
        amount=statement["amount"].where(statement["version"] == "actual", 150_000.0)
    )
    above = svg(figures.trend(measures.trend(statement, period=june), about=about))
    inside = svg(figures.trend(measures.trend(more, period=june), about=about))
    label = re.compile(r"<text[^>]*>120\.0</text>")
    assert look.PALETTE["page"][0] not in label.search(above)[0]  # type: ignore[index]
    assert look.PALETTE["page"][0] in label.search(inside)[0]  # type: ignore[index]
    assert ">May<" in inside
    assert ">Jun<" in inside


def test_a_budget_walk_speaks_of_spending(about: About) -> None:
    january = FiscalCalendar().period("2026-01")
    spent = pd.DataFrame(
        {
            "period": "2026-01",
            "span": "ytd",
            "cost_center": ["Fire", "Parks"],
            "amount": [10_000.0, 10_000.0],
        }
    )
    year = spent.assign(span="year")
    budget = pd.concat(
        [
            year.assign(version="adopted", amount=[100_000.0, 100_000.0]),
            year.assign(version="projection", amount=[130_000.0, 95_000.0]),
        ]
    )
    lines = measures.budget_lines(
        spent, budget, period=january, versions=["adopted", "projection"], comparison="full_year"
    )
    shown = figures.bridge(pd.DataFrame(columns=["line", "role", "actual"]), lines, about=about)
    assert shown.message == (
        "Fire (+30.0) adds most to projected spending against adopted,"
        " partly offset by Parks (−5.0)"
    )


def test_a_tile_that_prints_no_variance_has_no_verdict(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    found = measures.tiles(statement, period=june)
    near = found.assign(
        plan_variance=found["plan_variance"].where(found["row_key"] != "returns-rate", 0.0004)
    )
    shown = figures.tiles(near, about=about)
    # net revenue 120 against 95 is favorable, returns of 7.7 % against 5.0 % print as 0.0 here
    assert shown.message == "1 headline number is favorable against plan"
    assert isinstance(shown.body, Tiles)
    tile = next(tile for tile in shown.body.tiles if tile.key == "returns-rate")
    assert (tile.deltas[0][0], tile.deltas[0][2]) == ("0.0\u202fpp", "")


def test_a_chart_has_palette_classes_and_neither_styles_nor_ids(walk: pd.DataFrame) -> None:
    drawing = svg(figures.bridge(walk))
    assert 'class="pf-f-favorable"' in drawing
    assert 'fill="#0a5c50"' in drawing
    assert "style=" not in drawing
    assert " id=" not in drawing
    assert "<metadata" not in drawing


def test_text_in_a_chart_stays_text_and_large_enough() -> None:
    board = Board(50, 20)
    board.text(5, 5, "Costs: $5 & <more>", weight=600)
    drawing = board.svg()
    assert ">Costs: $5 &amp; &lt;more&gt;</text>" in drawing
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawing)]
    assert min(sizes) >= 6.8


def test_the_same_drawing_is_the_same_bytes_in_another_process() -> None:
    code = (
        "from pfkit.present.figures.draw import Board\n"
        "b = Board(40, 20); b.rect(1, 1, 20, 9, fill='actual'); b.text(3, 3, 'Net 1')\n"
        "import sys; sys.stdout.write(b.svg())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "MPLBACKEND": "Agg", "TZ": zone, "HOME": "/nonexistent"},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(runs) == 1


def test_a_long_label_is_cut_to_its_room() -> None:
    cut = shortened("A very long name of a product family", 60, 7.4)
    assert cut.endswith("…")
    assert width_of(cut, 7.4) <= 60


def test_a_tile_row_says_value_reference_and_percent(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    page = measures.summary(statement, period=june)
    shown = figures.tiles(page.tiles, sparks=page.sparks, about=about)
    assert isinstance(shown.body, Tiles)
    first = shown.body.tiles[0]
    assert (first.label, first.value, first.unit) == ("Net revenue", "120.0", "kEUR")
    text, against, tone = first.deltas[0]
    assert (text.replace("\u202f", " "), against, tone) == ("+25.0 (+26.3 %)", "vs PL", "favorable")
    assert "120.0" in shown.alt
    assert first.spark_alt == "Net revenue over 2 months, from 110.0 to 120.0"


def test_a_course_of_one_value_draws_no_line() -> None:
    assert spark([5.0]) == ""
    assert spark([None, 5.0, pd.NA]) == ""
    assert spark([1.0, 2.0]).startswith("<svg")


def test_a_hatched_rectangle_is_lines_within_its_outline() -> None:
    board = Board(40, 20)
    board.hatched(10, 10, 30, 12, color="actual")
    board.hatched(60, 22, -20, -12, color="actual")  # drawn the other way, the same kind of thing
    drawing = board.svg()
    paths = re.findall(r'd="([^"]+)"', drawing)
    height = 20 * 72 / 25.4
    for path, (left, right) in zip(paths[::2], ((10, 40), (40, 60)), strict=False):
        points = [(float(x), height - float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]
        assert points
        assert all(left - 0.01 <= x <= right + 0.01 and 9.99 <= y <= 22.01 for x, y in points)

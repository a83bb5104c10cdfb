from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd

from pfkit import measures
from pfkit.present import figures
from pfkit.present.body import Drawing
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

COLUMNS = ["initiative", "period", "kind", "flow", "amount"]
SVG = "{http://www.w3.org/2000/svg}"


def flows(*names: str) -> pd.DataFrame:
    """Promise 100,000 a month from January and bring 60,000 from February on."""
    rows = [
        row
        for name in names
        for month in range(1, 13)
        for row in (
            (name, f"2026-{month:02d}", "plan", "benefit", 100_000.0),
            *([(name, f"2026-{month:02d}", "actual", "benefit", 60_000.0)] if month > 1 else []),
        )
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def words(exhibit: Exhibit) -> list[str]:
    assert isinstance(exhibit.body, Drawing)
    root = ET.fromstring(exhibit.body.svg)  # noqa: S314 - drawn by the figure itself
    return ["".join(node.itertext()).replace("\u202f", " ") for node in root.iter(f"{SVG}text")]


def test_every_horizon_has_a_panel_with_what_came_of_the_promise(
    june: Period, about: About
) -> None:
    shown = figures.promises(measures.promises(flows("x"), period=june), about=about)
    told = words(shown)
    assert {"3 months", "6 months", "12 months after go-live"} <= set(told)
    assert "120.0 of 300.0 (40 %)" in told
    assert "300.0 of 600.0 (50 %)" in told
    assert {"from 2026-12", "x", "Total"} <= set(told)
    assert shown.message.replace("\u202f", " ") == (
        "6 months after go-live x has brought 300.0 kEUR, 50.0 % of the 600.0 promised"
    )
    assert all(rederive(fact, shown.data) == fact.text for fact in shown.facts)
    assert "x 6 months: 300.0 of 600.0" in shown.alt.replace("\u202f", " ")


def test_bars_are_on_one_scale_and_the_promise_is_outlined(june: Period, about: About) -> None:
    shown = figures.promises(measures.promises(flows("x"), period=june), about=about)
    assert isinstance(shown.body, Drawing)
    root = ET.fromstring(shown.body.svg)  # noqa: S314 - drawn by the figure itself
    wide: dict[str, list[float]] = {"solid": [], "outlined": []}
    for node in root.iter(f"{SVG}path"):
        points = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", node.get("d", ""))]
        if node.get("d", "").rstrip().endswith("z") and len(points) in {8, 10}:
            form = "outlined" if "pf-s-actual" in node.get("class", "") else "solid"
            wide[form].append(max(points[::2]) - min(points[::2]))
    # 300 and 600 promised, 120 and 300 realized, at 3 and 6 months
    assert [round(w / wide["outlined"][0], 3) for w in wide["outlined"]] == [1, 2]
    assert [round(w / wide["outlined"][0], 3) for w in wide["solid"]] == [0.4, 1]


def test_many_initiatives_are_cut_to_the_largest_promises(june: Period, about: About) -> None:
    many = flows(*(f"i{number:02d}" for number in range(6)))
    result = measures.promises(many, period=june, horizons=[3])
    shown = figures.promises(result, about=about, top=4)
    assert "2 with smaller promises are not drawn." in shown.notes[0]
    assert sum(word.startswith("i0") for word in words(shown)) == 4
    assert "of the 1" in shown.message.replace("\u202f", " ")  # 6 x 300 promised, all of them


def test_the_one_that_falls_shortest_is_named(june: Period, about: About) -> None:
    less = flows("y").assign(amount=lambda rows: rows["amount"] / 10)
    result = measures.promises(pd.concat([flows("x"), less]), period=june, horizons=[6])
    shown = figures.promises(result, about=about)
    assert shown.message.replace("\u202f", " ").endswith("; x has brought 50.0 % of its promise")


def test_before_any_horizon_is_reached_it_says_when(june: Period, about: About) -> None:
    later = flows("x").assign(period=lambda rows: rows["period"].str.replace("2026", "2027"))
    shown = figures.promises(measures.promises(later, period=june), about=about)
    assert shown.kind == "note"
    assert shown.message == (
        "No initiative has reached its first months after go-live; the first one will in 2027-03."
    )


def test_no_cash_flows_are_one_line(june: Period, about: About) -> None:
    nothing = measures.promises(pd.DataFrame(columns=COLUMNS), period=june)
    assert figures.promises(nothing, about=about).kind == "note"


def test_an_initiative_without_a_promise_is_named(june: Period, about: About) -> None:
    bare = pd.DataFrame([("z", "2026-01", "plan", "investment", -5.0)], columns=COLUMNS)
    result = measures.promises(pd.concat([flows("x"), bare]), period=june)
    shown = figures.promises(result, about=about)
    assert "Not drawn: z: no planned benefit." in shown.notes

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit.measures import price_volume_mix
from pfkit.present import figures
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

    Rows = Callable[[str], pd.DataFrame]

BASE = """
    family | product | group   | quantity | amount
    X      | A       | gross   |     1000 | 100000
    X      | B       | gross   |     1000 | 200000
    Y      | C       | gross   |     2000 | 100000
    Y      | D       | gross   |       40 |   4000
    Y      | D       | returns |       -1 |   -500
"""
ACTUAL = """
    family | product | group   | quantity | amount
    X      | A       | gross   |      500 |  50000
    X      | B       | gross   |     1000 | 210000
    Y      | C       | gross   |     2000 | 100000
    Y      | D       | returns |       -1 |   -900
    Y      | E       | gross   |      100 |  30000
    Y      | E       | gross   |          |    700
"""


def split(rows: Rows, **more: Any) -> pd.DataFrame:  # noqa: ANN401 (options as the measure has them)
    by = ["family", "product"]
    return price_volume_mix(rows(BASE), rows(ACTUAL), by=by, against="plan", **more)


def assert_true(shown: Exhibit) -> None:
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text
    assert shown.bridge is not None
    steps = shown.bridge["steps"]
    assert shown.bridge["start"] + sum(steps) == pytest.approx(shown.bridge["end"], abs=0.005)


def test_the_bars_stand_in_one_order_and_add_up(rows: Rows, about: About) -> None:
    shown = figures.price_volume_mix(split(rows), about=about, section="M2")
    assert shown.data["step"].tolist() == [
        "plan", "Volume", "Price", "New products", "Lost products", "Returns", "actual",
    ]  # fmt: skip
    assert_true(shown)
    # 500 of 4,000 less at 100 on average; the shift from A to B and C is worth nothing
    assert shown.message.replace("\u202f", " ") == (
        "Net revenue is 389.8 kEUR against 403.5 planned; volume (−50.0) drives the change, with "
        "lost products (−4.0), partly offset by new products (+30.7)"
    )
    assert "from plan to actual by effect" in shown.title
    assert "Volume −50.0" in shown.alt


def test_conventions_and_level_stand_in_the_notes(rows: Rows, about: About) -> None:
    notes = " ".join(figures.price_volume_mix(split(rows, joint="apart"), about=about).notes)
    assert "the joint term of price and volume stands apart" in notes
    assert "Mix: product within family within all sales." in notes
    assert "New: products or lines with no sales in plan" in notes
    assert "The axis is cut" in notes
    assert "Exchange rates" not in notes


def test_a_family_has_its_own_bridge(rows: Rows, about: About) -> None:
    shown = figures.price_volume_mix(split(rows, within="family"), of="x", about=about)
    assert shown.message.startswith("X: net revenue is 260.0")
    assert shown.bridge is not None
    assert (shown.bridge["start"], shown.bridge["end"]) == (300_000, 260_000)
    assert_true(shown)


def test_no_effect_is_called_a_driver_that_does_not_cover_the_change(
    rows: Rows, about: About
) -> None:
    base = rows("product | quantity | amount\n A | 100 | 100000\n B | 1 | 40000\n C | | 50000")
    actual = rows("product | quantity | amount\n A | 80 | 60000\n C | | 20000")
    shown = figures.price_volume_mix(price_volume_mix(base, actual, against="plan"), about=about)
    # -110: lost -40 and not split -30, volume -20, price -20
    assert "no single driver covers it: lost products (−40.0), what cannot be split" in (
        shown.message
    )
    assert "Not split: no quantity in base; no quantity in actual." in shown.notes


def test_nothing_changes_without_words_about_it(rows: Rows, about: About) -> None:
    sold = rows("product | quantity | amount\n A | 100 | 100000")
    shown = figures.price_volume_mix(price_volume_mix(sold, sold, against="plan"), about=about)
    assert shown.message.replace("\u202f", " ") == "Net revenue is 100.0 kEUR against 100.0 planned"


def test_where_nothing_can_be_split_one_line_says_why(about: About) -> None:
    nothing = pd.DataFrame(columns=["product", "quantity", "amount"])
    nothing.attrs["reason"] = "plan: no quantities in the input"
    shown = figures.price_volume_mix(price_volume_mix(nothing, nothing), about=about)
    assert shown.kind == "note"
    assert shown.message == (
        "Net revenue is not split into price, volume and mix: plan: no quantities in the input."
    )

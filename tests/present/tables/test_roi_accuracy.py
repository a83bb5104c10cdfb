from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.present import tables
from tests.measures.test_roi_accuracy import FAR, NEAR, STATED, TRUTH
from tests.present.figures.test_attribution import held
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_claimed_never_stands_without_count_and_interval(
    about: About, compiled: Callable[..., bytes]
) -> None:
    truth = TRUTH.assign(period=["2026Q1"] * 8 + ["2026Q2"] * 2)
    found = pf.roi_accuracy(STATED, truth, pd.concat([FAR, NEAR]))
    shown = tables.roi_accuracy(found, about=about, top=2)
    low, high = (f"{100 * one:.1f}" for one in (found.low, found.high))
    # 1.0 and 8.0 of a true sum of 5.0: 20 % against 160 %, seven eighths less
    assert plain(shown.message) == (
        "ROI tracking accuracy is claimed at 40.0 %: error 20.0 % against 160.0 %, 87.5 % less "
        f"than by near over 10 closed initiatives (90 %: {low} % to {high} %)"
    )
    rows = [[plain(cell) for cell in row] for row in shown.printed]
    assert rows[0] == ["I-00", "50.0", "60.0", "150.0", "10.0", "100.0", "–", "", "–", "review"]
    assert rows[2][4:7] == ["20.0", "160.0", "87.5"]
    assert rows[2][7:] == [f"{low} to {high}", "10", "claimed, target 40 %"]
    assert rows[3][0] == "As known in 2026Q1"
    assert rows[3][8] == "8"
    assert any("8 initiatives with smaller returns" in note for note in shown.notes)
    assert shown.data.set_index("row_key")["numerator_rate"]["total"] == 1.6 - 0.2
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_not_claimed_says_so_first(about: About) -> None:
    worse = pf.roi_accuracy(FAR[["initiative", "roi"]], TRUTH, NEAR)
    shown = tables.roi_accuracy(worse, about=about)
    assert plain(shown.message).startswith("ROI tracking accuracy is not claimed at 40.0 %: error")
    assert any(plain(note).startswith("Not claimed: the lower end") for note in shown.notes)
    few = pf.roi_accuracy(STATED.head(3), TRUTH, NEAR)
    shown = tables.roi_accuracy(few, about=about)
    assert plain(shown.message) == (
        "ROI tracking accuracy is not claimed: 3 closed initiatives compared, too few to tell"
    )
    assert held(shown)


def test_the_benchmark_stands_apart(about: About) -> None:
    none = pf.roi_accuracy(STATED.head(0), TRUTH.head(0), NEAR.head(0))
    made = pf.roi_accuracy(STATED, TRUTH.assign(method="planted"), NEAR)
    alone = tables.roi_accuracy(none, benchmark=made, about=about)
    assert plain(alone.message).startswith("On made-up companies it is claimed at 40.0 %: error")
    both = tables.roi_accuracy(
        pf.roi_accuracy(STATED.head(3), TRUTH, NEAR), benchmark=made, about=about
    )
    assert "; on made-up companies it is claimed" in plain(both.message)
    assert any("says nothing of this company's own" in note for note in both.notes)
    assert held(both)


def test_a_book_without_reviews_is_one_line(about: About) -> None:
    none = pf.roi_accuracy(STATED.head(0), TRUTH.head(0), NEAR.head(0))
    assert tables.roi_accuracy(none, about=about).kind == "note"

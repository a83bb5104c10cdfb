from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pfkit.period import FiscalCalendar
from pfkit.present import tables
from tests.present.figures.test_attribution import held, made, nothing
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_lines_of_the_period_and_to_date_add_up_to_the_ledger(
    about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.attribution_ledger(made(), about=about)
    # June, and May and June: twice as much
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["Baseline", "98 000.10", "98.5", "196 000.20", "98.5"],
        ["export", "1 500.00", "1.5", "3 000.00", "1.5"],
        ["search", "250.00", "0.3", "500.00", "0.3"],
        ["Not identified", "-250.05", "-0.3", "-500.10", "-0.3"],
        ["Ledger", "99 500.05", "100.0", "199 000.10", "100.0"],
        ["Lines less ledger", "0.00", "–", "0.00", "–"],
    ]
    assert plain(shown.message) == (
        "Lines add up to the ledger, 0.00 EUR apart; 98.5 % of revenue is baseline, and -0.3 % is "
        "not identified"
    )
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_a_line_that_is_off_by_a_cent_is_told(about: About) -> None:
    found = made()
    broken = found.ledger.copy()
    broken.loc[broken["row_key"] == "2026-06|export", "amount"] += 0.01
    shown = tables.attribution_ledger(replace(found, ledger=broken), about=about)
    assert plain(shown.message).startswith("Lines miss the ledger by 0.01 EUR")
    assert shown.data["amount"].tolist()[-1] == pytest.approx(0.01)


def test_small_features_are_one_line_and_a_quarter_takes_its_months(about: About) -> None:
    quarter = FiscalCalendar().period("2026Q2")
    shown = tables.attribution_ledger(made(), period=quarter, about=about, top=1)
    labels = shown.data.set_index("label")
    assert labels.loc["Other features (1)", "amount"] == 500.0
    assert labels.loc["Ledger", "amount"] == 199_000.10
    assert "2026-05 to 2026-06" in shown.title


def test_a_book_without_input_says_what_is_missing(about: About) -> None:
    assert "no release is known" in tables.attribution_ledger(nothing(), about=about).message

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pfkit.present import tables
from tests.present.figures.test_attribution import held, made, nothing
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_what_was_left_out_has_its_amount(about: About, compiled: Callable[..., bytes]) -> None:
    shown = tables.attribution_data(made(), about=about)
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["Customers", "1 200", "–", "with revenue"],
        ["Ledger less billing", "–", "-0.07", "in not identified"],
        ["Billing", "3", "-42.50", "lines that repeat are left out"],
        ["Choice and leaving", "–", "–", "-0.12: log hazard"],
        ["Use before release, export", "2", "–", "customers"],
    ]
    assert plain(shown.message) == (
        "Features are measured on 1 200 customers; their billing is 0.07 EUR from the ledger, and "
        "2 remarks say what was left out or moved"
    )
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_where_nothing_was_left_out_it_is_said(about: About) -> None:
    found = made()
    clean = replace(found, diagnostics=found.diagnostics.head(2))
    message = tables.attribution_data(clean, about=about).message
    assert message.endswith("and nothing was left out or moved")


def test_a_book_without_input_says_what_is_missing(about: About) -> None:
    assert "no release is known" in tables.attribution_data(nothing(), about=about).message

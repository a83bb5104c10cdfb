from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.present import tables
from tests.present.figures.test_attribution import held, made, nothing
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

JUNE, NEVER = ("2026-06", "supported"), ("", "randomized")
COSTS = pd.DataFrame(
    {
        "feature": ["export", "search", "sync", "tiny"],
        "initiative": ["Data", "Data", "Data", "Other"],
        "direct": [800.0, 1000.0, 50.0, 60.0],
        "allocated": [200.0, 0.0, 0.0, 0.0],
    }
)


def test_each_feature_has_cost_and_those_with_a_number_a_return(
    about: About, compiled: Callable[..., bytes]
) -> None:
    returns = pf.attribution_roi(made(), COSTS, gross_margin=0.5)
    shown = tables.attribution_roi(returns, about=about)
    # export: half of 3,000 less 1,000; draws 2,000 3,000 4,000 give 0, 50 and 100 %, of which two
    # of three are above zero; search: half of 500 less 1,000
    told = [[plain(cell) for cell in row] for row in shown.printed]
    assert told == [
        ["export", "3 000", "2 000 to 4 000", "1 000", "500", "+50", "+5 to +95", "67", *JUNE],
        ["search", "500", "-100 to 1 200", "1 000", "-750", "-75", "-102 to -44", "0", *NEVER],
        ["sync", "–", "", "50", "–", "–", "", "–", "", "not identified"],
        ["tiny", "–", "", "60", "–", "–", "", "–", "", "too few users"],
        ["Initiative Data", "–", "", "2 050", "–", "–", "", "–", "", "mixed"],
    ]
    assert plain(shown.message) == (
        "export returns most, +50.0 % (90 %: +5.0 % to +95.0 %); 1 of 4 has paid back, and of 2 no "
        "return is told"
    )
    assert held(shown)
    assert "sync: all. tiny: 9 took it." in shown.notes[1]
    assert shown.notes[-1].endswith(": 1 rows, among them initiatives of one feature.")
    assert compiled(shown).startswith(b"%PDF")


def test_without_a_margin_no_return_is_told_and_why(about: About) -> None:
    shown = tables.attribution_roi(
        pf.attribution_roi(made(), COSTS, gross_margin=None), about=about
    )
    assert shown.message == "No return is told of 4 features"
    assert "export: the gross margin is not known" in shown.notes[1]
    assert held(shown)


def test_a_return_beyond_percent_is_told_as_an_amount(about: About) -> None:
    cheap = COSTS.assign(direct=1.0, allocated=0.0)
    shown = tables.attribution_roi(pf.attribution_roi(made(), cheap, gross_margin=0.5), about=about)
    assert plain(shown.message).startswith(
        "export returns most, 1 499 EUR beyond its cost; 2 of 4 "
    )
    assert shown.printed[0][5] == ">+999"
    assert held(shown)


def test_the_reason_of_the_book_is_told(about: About) -> None:
    returns = pf.attribution_roi(nothing(), COSTS, gross_margin=0.5)
    assert tables.attribution_roi(returns, about=about).message == (
        "No return by feature: no release is known: give table releases."
    )

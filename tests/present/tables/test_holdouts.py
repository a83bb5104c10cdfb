from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.present import tables
from tests.measures.test_holdouts import FOUND, paid
from tests.present.figures.test_attribution import held
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_a_proposed_holdout_stands_with_its_power(
    about: About, compiled: Callable[..., bytes]
) -> None:
    found = pf.holdouts(FOUND, paid(), start="2025-01-01", months=3, share=0.2, top=1)
    shown = tables.holdouts(found, names={"sync": "Calendar sync"}, about=about)
    power = f"{100 * found['power'].iloc[0]:.1f}"
    assert plain(shown.message) == (
        "1 of 3 refused features would be answerable with a holdout: Calendar sync by holding it "
        f"back from 60 of 300 customers for 3 months (power {power} %)"
    )
    row = [plain(cell) for cell in shown.printed[0]]
    assert row[:7] == ["Calendar sync", "not identified", "5.0", "60", "300", "3", power]
    assert any(note.startswith("No holdout: tiny: only the first") for note in shown.notes)
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_where_none_would_do_it_says_so(about: About) -> None:
    found = pf.holdouts(FOUND, paid(), start="2025-01-01", months=3, share=0.2, effect=0.001)
    shown = tables.holdouts(found, about=about)
    least = f"{100 * found['minimal_effect'].iloc[0]:.1f}"
    assert plain(shown.message) == (
        "No holdout would make any of 3 refused features answerable: the least effect that could "
        f"be seen is {least} % of revenue"
    )
    assert held(shown)


def test_without_refusals_or_attribution_it_is_one_line(about: About) -> None:
    told = pf.holdouts(pf.Attribution(FOUND.features.head(1)), paid(), start="2025-01-01")
    assert tables.holdouts(told, about=about).message.startswith("No feature is refused that")
    none = pd.DataFrame()
    none.attrs["reason"] = "no release is known"
    shown = tables.holdouts(none, about=about)
    assert shown.message == "No holdout is proposed: no release is known."

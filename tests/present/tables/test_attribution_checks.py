from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pfkit.present import tables
from tests.present.figures.test_attribution import held, made, nothing
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_each_feature_shows_the_months_before_first_use(
    about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.attribution_checks(made(), names={"search": "Find"}, about=about)
    told = [[plain(cell) for cell in row] for row in shown.printed]
    assert told == [
        ["export", "supported", "0.0", "0.500", "400", "2", "–", "0.40", "Find", "kept"],
        ["Find", "randomized", "+1.0", "0.200", "300", "0", "–", "–", "", "lot"],
        ["sync", "not identified", "–", "", "900", "0", "98", "–", "", "all"],
        ["tiny", "too few users", "-20.0", "<0.001", "9", "0", "–", "–", "", "9 took it"],
    ]
    assert shown.message == "Revenue was off its trend before first use of 1 of 3 features tested"
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_a_trend_that_kept_and_no_test_at_all_are_told(about: About) -> None:
    found = made()
    kept = replace(found, features=found.features.iloc[:2])
    assert tables.attribution_checks(kept, about=about).message == (
        "Revenue kept its trend before first use of all 2 features tested"
    )
    none = replace(found, features=found.features.iloc[2:3])
    assert tables.attribution_checks(none, about=about).message == (
        "No feature has months before first use to test"
    )


def test_a_book_without_input_says_what_is_missing(about: About) -> None:
    assert "no release is known" in tables.attribution_checks(nothing(), about=about).message

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit import measures
from pfkit.present import tables
from tests.measures.test_forecast_value_added import _known, _said
from tests.present.tables.test_cloud_cost import plain
from tests.present.tables.test_forecast_vintages import holds

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def test_the_stairs_are_printed_and_steps_without_input_are_named(
    about: About, compiled: Callable[..., bytes]
) -> None:
    errors = {"naive": [10.0] * 12, "adopted": [4.0] * 12, "full": [5.0] * 12}
    said = _said({name: {"Atlas": own} for name, own in errors.items()})
    result = measures.forecast_value_added(said, _known(), period="2025-12")
    found = tables.forecast_value_added(result, about=about)
    # of 100 a month: 10, 4 and 5
    assert plain(found.message) == (
        "The statistical forecast missed by 5.0 % of revenue, 1.0 points more than the budget "
        "and 5.0 points less than last year's value"
    )
    assert [row[0] for row in found.printed] == [
        "Last year's value",
        "Budget",
        "Statistical forecast",
    ]
    assert "net revenue forecast 1 month ahead, 2025-01 to 2025-12" in found.title
    assert "Analyst's forecast: no forecast 'analyst' is in the input" in found.notes[1]
    assert holds(found)
    assert compiled(found).startswith(b"%PDF")


def test_steps_that_cannot_be_told_apart_are_told_so(about: About) -> None:
    said = _said(
        {
            "naive": {"Atlas": [10.0] * 12},
            "adopted": {"Atlas": [4.0, 6.0] * 6},
            "full": {"Atlas": [6.0, 4.0] * 6},
        }
    )
    result = measures.forecast_value_added(said, _known(), period="2025-12")
    found = tables.forecast_value_added(result, about=about)
    assert found.message.endswith("; it and the budget cannot be told apart")


def test_a_single_step_is_told_alone(about: About) -> None:
    said = _said({"naive": {"Atlas": [10.0] * 12}})
    result = measures.forecast_value_added(said, _known(), period="2025-12")
    found = tables.forecast_value_added(result, about=about)
    assert plain(found.message) == "Last year's value missed by 10.0 % of revenue"

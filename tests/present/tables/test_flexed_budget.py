from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.measures import flexed_budget, variance_levels
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

    Rows = Callable[[str], pd.DataFrame]

STATEMENT = """
    version | account | line    | group           | amount
    plan    | '4000'  | Sales   | gross           | 100000
    plan    | '5000'  | Hosting | cost_of_revenue | -40000
    plan    | '6000'  | Rent    | operating       | -10000
    actual  | '4000'  | Sales   | gross           | 115000
    actual  | '5000'  | Hosting | cost_of_revenue | -49000
    actual  | '6000'  | Rent    | operating       | -10000
"""


@pytest.fixture
def flexed(rows: Rows, june: Period) -> pd.DataFrame:
    """Flex a statement of three lines to a tenth more."""
    statement = rows(STATEMENT).assign(period="2026-06", product="Atlas")
    drivers = rows("product | base | actual\n Atlas | 10 | 11")
    return flexed_budget(statement, drivers, period=june, behavior={"5000": "variable"})


def printed(shown: Exhibit, key: str) -> list[str]:
    assert isinstance(shown.body, Grid)
    row = next(row for row in shown.body.rows if row.key == key)
    return [cell.text for cell in row.cells]


def test_plan_volume_flexed_plan_spending_and_actual_stand_side_by_side(
    flexed: pd.DataFrame, about: About
) -> None:
    shown = tables.flexed_budget(flexed, about=about, section="M2")
    assert printed(shown, "hosting") == [
        "Hosting", "variable", "−40.0", "−4.0", "−44.0", "−5.0", "−11.4", "−49.0",
    ]  # fmt: skip
    assert shown.message.replace("\u202f", " ") == (
        "Contribution is +6.0 kEUR against plan: +6.0 from volume, 0.0 from prices and spending; "
        "the largest is Sales (+5.0)"
    )
    assert (
        shown.notes[-1]
        == "Not flexed as declared: behavior of 6000 is not declared: taken as fixed."
    )
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text


def test_levels_are_printed_with_the_largest_part(flexed: pd.DataFrame, about: About) -> None:
    shown = tables.variance_levels(variance_levels(flexed), about=about)
    assert printed(shown, "sales-volume") == ["Sales-volume variance", "2", "+6\u202f000"]
    assert "is sales quantity (+6\u202f000)" in shown.message
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text


def test_what_cannot_be_flexed_is_one_line(flexed: pd.DataFrame, about: About) -> None:
    nothing = flexed.head(0)
    nothing.attrs["reason"] = "no plan in the input"
    shown = tables.flexed_budget(nothing, about=about)
    assert (shown.kind, shown.message) == (
        "note",
        "The budget is not flexed: no plan in the input.",
    )
    levels = tables.variance_levels(variance_levels(nothing), about=about)
    assert levels.message == "No levels of variance: the budget is not flexed."


def test_volume_that_holds_mix_is_called_so(rows: Rows, june: Period, about: About) -> None:
    statement = rows(STATEMENT).assign(period="2026-06", product="Atlas")
    # a tenth more is sold, and what is sold is dearer: 12 % more at planned prices
    drivers = rows("product | base | at_base_mix | actual\n Atlas | 100 | 110 | 112")
    mixed = flexed_budget(statement, drivers, period=june, behavior={"5000": "variable"})
    message = tables.flexed_budget(mixed, about=about).message.replace("\u202f", " ")
    # 12 % of 60 contribution before rent is 7.2; in all +6.0
    assert "+7.2 from volume and mix, −1.2 from prices and spending" in message

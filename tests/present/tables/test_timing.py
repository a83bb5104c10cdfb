from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures import timing
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def split(rows: Rows, june: Period) -> pd.DataFrame:
    """Split a month with an accrual, a late invoice and three small lines."""
    place = {"cost_center": "IT", "product": "Atlas"}
    actuals = rows("""
        account | period  | entry_kind | amount
        5000    | 2026-05 | accrual    |   4000
        5000    | 2026-06 | reversal   |  -4000
        5000    | 2026-06 | regular    |  10500
        6200    | 2026-06 | regular    |  30000
        6300    | 2026-06 | regular    |    100
        6310    | 2026-06 | regular    |    200
        6320    | 2026-06 | regular    |    300
    """).assign(**place)
    budget = rows("""
        account | period  | amount
        5000    | 2026-05 |   4000
        5000    | 2026-06 |  10000
        6200    | 2026-05 |  30000
        6300    | 2026-06 |      0
    """).assign(**place)
    accounts = pd.DataFrame(
        {
            "account": ["5000", "6200", "6300", "6310", "6320"],
            "line": ["Hosting", "Events", "A", "B", "C"],
            "group": "operating",
            "favorable_when": "lower",
        }
    )
    return timing(actuals, budget, period=june, accounts=accounts)


def test_lines_with_timing_are_shown_and_small_ones_stand_together(
    split: pd.DataFrame, about: About
) -> None:
    shown = tables.timing(split, about=about, top=1, section="M2")
    assert isinstance(shown.body, Grid)
    printed = {row.key: [cell.text for cell in row.cells] for row in shown.body.rows}
    assert printed["events"] == [
        "Events", "−30.0", "0.0", "−30.0", "0.0", "planned for 2026-05, booked in 2026-06",
    ]  # fmt: skip
    assert printed["hosting"] == [
        "Hosting", "+3.5", "+4.0", "0.0", "−0.5",
        "accrual of 2026-05 taken back, no bill told for it",
    ]  # fmt: skip
    assert printed["other"][:2] == ["Other (3)", "−0.6"]
    assert shown.message.replace("\u202f", " ") == (
        "Of −27.1 kEUR against plan, −1.1 is permanent; +4.0 from accruals of other months and "
        "beyond plan and −30.0 was planned in another month"
    )
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text


def test_a_variance_without_timing_says_so(split: pd.DataFrame, about: About) -> None:
    zero = {"accruals": 0.0, "shifted": 0.0}
    shown = tables.timing(split.assign(**zero, permanent=split["variance"]), about=about)
    assert shown.message.endswith("nothing of it is timing")


def test_what_cannot_be_split_is_one_line(split: pd.DataFrame, about: About) -> None:
    nothing = split.head(0)
    nothing.attrs["reason"] = "plan: 2026-06 is not in the input"
    shown = tables.timing(nothing, about=about)
    assert shown.kind == "note"
    assert shown.message == (
        "Variances are not split into timing and permanent: plan: 2026-06 is not in the input."
    )


def test_a_note_says_what_plan_and_ledger_are_not_compared_by(
    split: pd.DataFrame, about: About
) -> None:
    split.attrs["grain"] = "the plan states no cost centers: compared by account"
    notes = tables.timing(split, about=about).notes
    assert notes[-1] == "The plan states no cost centers: compared by account."

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import price_volume_mix, sales
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

VOLUMES = """
    version | period  | product | line    | group   | unit  | quantity | amount
    actual  | 2025-02 | Atlas   | Seats   | gross   | seats |        8 |     80
    actual  | 2026-01 | Atlas   | Seats   | gross   | seats |        9 |     90
    actual  | 2026-02 | Atlas   | Seats   | gross   | seats |       10 |    100
    actual  | 2026-02 | Atlas   | Refunds | returns | seats |       -1 |     -9
    adopted | 2026-02 | Atlas   | Seats   | gross   | seats |       12 |    120
    revised | 2026-02 | Atlas   | Seats   | gross   | seats |          |    110
"""


def test_each_comparison_takes_its_months_and_its_rates(rows: Rows, february: Period) -> None:
    volumes = rows(VOLUMES)
    wanted = {
        "plan": (120, "budget_rate"),
        "prior_year": (80, "prior_year_rate"),
        "previous": (90, "previous_rate"),
    }
    for against, (base, rate) in wanted.items():
        found = sales(volumes, period=february, against=against, plan="adopted")  # type: ignore[arg-type]
        assert (found.base["amount"].sum(), found.rate, found.reason) == (base, rate, "")
        assert found.actual["amount"].tolist() == [100, -9]
        assert found.against == against


def test_the_first_comparison_stated_in_units_is_taken(rows: Rows, february: Period) -> None:
    volumes = rows(VOLUMES)
    assert sales(volumes, period=february, plan="adopted").against == "plan"
    assert sales(volumes, period=february, plan="revised").against == "prior_year"
    recent = volumes[volumes["period"] > "2025-12"]
    assert sales(recent, period=february, plan="revised").against == "previous"


def test_what_cannot_be_compared_says_why(rows: Rows, february: Period) -> None:
    volumes = rows(VOLUMES)
    found = sales(volumes, period=february, against="plan", plan="revised")
    assert found.reason == "plan: no quantities in the input"
    split = price_volume_mix(found.base, found.actual)
    assert split.empty
    assert split.attrs["reason"] == found.reason
    quarter = FiscalCalendar().period("2026Q1")
    assert sales(volumes, period=quarter).reason == "actual: 2 of 3 months of 2026Q1 in the input"
    old = sales(volumes, period=FiscalCalendar().period("2026-01"), against="prior_year")
    assert old.reason == "prior year: 2025-01 is not in the input"
    named = volumes.assign(line=volumes["line"].where(volumes["version"] == "actual", "Licenses"))
    assert (
        "no line in common" in sales(named, period=february, against="plan", plan="adopted").reason
    )


def test_what_is_not_known_is_refused(rows: Rows, february: Period) -> None:
    volumes = rows(VOLUMES)
    with pytest.raises(MeasureError) as caught:
        sales(volumes, period=february, against="budget")  # type: ignore[arg-type]
    assert "against 'budget' is not known" in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        sales(volumes, period=february, plan="adoptd")
    assert "The closest known version is 'adopted'." in str(caught.value)
    with pytest.raises(ContractError) as lacking:
        sales(volumes.drop(columns="unit"), period=february)
    assert "column 'unit' is not there" in str(lacking.value)

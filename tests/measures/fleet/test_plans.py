from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.fleet.plans import Planned, planned
from pfkit.measures.fleet.years import spans_of
from pfkit.period import FiscalCalendar

# the year has come to March, fiscal years begin in July: FY2026 is 2025-07 to 2026-06
END = 2026 * 12 + 2


def _found(rows: list[tuple[object, ...]], *, season: int = 12, start: int = 7) -> Planned:
    table = pd.DataFrame(rows, columns=["product", "period", "budget"])
    end = END if season == 12 else 2026 * 4 + 2
    spans = spans_of(end, season, FiscalCalendar(year_start=start))
    return planned(table, ["a", "b"], ["product"], spans, season=season, year_start=start)


def test_months_add_up_to_each_part_of_the_year() -> None:
    months = [*(f"2025-{m:02d}" for m in range(7, 13)), *(f"2026-{m:02d}" for m in range(1, 7))]
    rows = [("a", month, float(k)) for k, month in enumerate(months, start=1)]
    found = _found([*rows, ("a", "2025-06", 99.0), ("a", "2026-07", 99.0), ("c", "2026-01", 9.0)])
    # 1 to 12: in all 78, April to June 10 + 11 + 12, quarters 6, 15, 24, 33
    assert found.amount[0].tolist() == [78.0, 33.0, 6.0, 15.0, 24.0, 33.0]
    assert found.periods[0].tolist() == [12, 3, 3, 3, 3, 3]
    assert np.isnan(found.amount[1]).all()


def test_rows_of_one_period_add_up_and_empty_ones_say_nothing() -> None:
    found = _found([("a", "2026-04", 2.0), ("a", "2026-04", 3.0), ("b", "2026-04", None)])
    assert found.amount[0, 0] == 5.0
    assert found.periods[0, 0] == 1
    assert np.isnan(found.amount[1]).all()


def test_a_year_is_in_no_quarter_and_a_quarter_is_of_the_fiscal_year() -> None:
    found = _found([("a", "FY2026", 120.0), ("b", "2026Q4", 30.0)])
    assert found.amount[0, 0] == 120.0
    assert np.isnan(found.amount[0, 1:]).all()
    # the fourth fiscal quarter is April to June, and so is what remains
    assert found.amount[1].tolist()[:2] == [30.0, 30.0]
    assert found.amount[1, 5] == 30.0


def test_months_budget_series_of_quarters() -> None:
    found = _found([("a", f"2026-{month:02d}", 10.0) for month in (1, 2, 3, 4)], season=4)
    # January to March is the third fiscal quarter, April in the fourth
    assert found.amount[0, 2:].tolist()[2:] == [30.0, 10.0]


def test_a_budget_by_month_and_by_year_is_refused() -> None:
    with pytest.raises(ContractError, match="'a' is budgeted for a period and again for a longer"):
        _found([("a", "2026-01", 1.0), ("a", "FY2026", 12.0)])


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(ContractError, match="period 'spring' is no month, quarter or year"):
        _found([("a", "spring", 1.0)])
    with pytest.raises(ContractError, match=r"budget \(row 2\): budget 'ten' is no finite number"):
        _found([("a", "2026-01", 1.0), ("a", "2026-02", "ten")])
    spans = spans_of(END, 12, FiscalCalendar())
    with pytest.raises(ContractError, match="column 'product' is not there"):
        planned(
            pd.DataFrame({"period": ["2026-01"], "budget": [1.0]}),
            ["a"],
            ["product"],
            spans,
            season=12,
            year_start=1,
        )

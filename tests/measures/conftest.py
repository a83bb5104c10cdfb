"""A small statement to measure, and the periods it is measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.period import Period

settings.register_profile("laws", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("laws")  # the same examples on every machine, however slow it is


@pytest.fixture(scope="session")
def june() -> Period:
    """Give June 2026 of a calendar-year company."""
    return FiscalCalendar(year_start=1).period("2026-06")


@pytest.fixture(scope="session")
def january() -> Period:
    """Give January 2026, whose year to date is itself."""
    return FiscalCalendar(year_start=1).period("2026-01")


@pytest.fixture(scope="session")
def february() -> Period:
    """Give February 2026."""
    return FiscalCalendar(year_start=1).period("2026-02")


@pytest.fixture(scope="session")
def statement(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give two products over January and February, with plan, and January of the year before."""
    return rows("""
        version | period  | family | product | account | line        | group           | amount
        actual  | 2025-02 | Apps   | Atlas   | '4000'  | Gross sales | gross           |   90.00
        actual  | 2025-02 | Apps   | Atlas   | '5000'  | Hosting     | cost_of_revenue |  -20.00
        actual  | 2026-01 | Apps   | Atlas   | '4000'  | Gross sales | gross           |  100.00
        actual  | 2026-01 | Apps   | Atlas   | '5000'  | Hosting     | cost_of_revenue |  -30.00
        actual  | 2026-01 | Data   | Borea   | '4000'  | Gross sales | gross           |   40.00
        actual  | 2026-02 | Apps   | Atlas   | '4000'  | Gross sales | gross           |  120.50
        actual  | 2026-02 | Apps   | Atlas   | '4900'  | Refunds     | returns         |   -2.41
        actual  | 2026-02 | Apps   | Atlas   | '5000'  | Hosting     | cost_of_revenue |  -36.00
        actual  | 2026-02 | Data   | Borea   | '4000'  | Gross sales | gross           |   30.00
        actual  | 2026-02 | (none) | (none)  | '6000'  | Rent        | operating       |  -10.00
        actual  | 2026-02 | (none) | (none)  | '9000'  | Grants      | outside         |    7.00
        adopted | 2026-01 | Apps   | Atlas   | '4000'  | Gross sales | gross           |  110.00
        adopted | 2026-02 | Apps   | Atlas   | '4000'  | Gross sales | gross           |  100.00
        adopted | 2026-02 | Apps   | Atlas   | '5000'  | Hosting     | cost_of_revenue |  -30.00
        adopted | 2026-02 | Data   | Borea   | '4000'  | Gross sales | gross           |   40.00
        adopted | 2026-02 | (none) | (none)  | '6000'  | Rent        | operating       |  -10.00
    """)

"""Net and gross retention worked by hand under both conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Rows = Callable[[str], pd.DataFrame]

JUNE = pf.FiscalCalendar().period("2026-06")


@pytest.fixture
def paid(rows: Rows) -> pd.DataFrame:
    """Three customers of April; one grows and shrinks, one leaves, one comes and leaves."""
    table = rows("""
        period  | customer | segment | amount_local
        2026-04 | A        | Large   |         100
        2026-04 | B        | Small   |          50
        2026-04 | C        | Small   |          50
        2026-05 | A        | Large   |         160
        2026-05 | B        | Small   |          40
        2026-05 | New      | Small   |          30
        2026-06 | A        | Large   |         120
        2026-06 | B        | Small   |          40
        """)
    return table.assign(currency="EUR", rate=1.0)


def test_a_cohort_is_compared_at_its_two_ends(paid: pd.DataFrame) -> None:
    """Start 200; A +20, B -10, C -50: NRR 160/200, GRR 140/200, one of three gone."""
    (found,) = pf.retention(paid, period=JUNE, window_months=2).to_dict("records")
    assert (found["nrr"], found["grr"]) == (0.8, 0.7)
    assert found["logo_churn_rate"] == pytest.approx(1 / 3)
    assert found["convention"] == "customers of the start, at the end"
    assert (found["start"], found["end"], found["lost_customers"]) == (200, 160, 1)


def test_movements_add_up_every_month(paid: pd.DataFrame) -> None:
    """A +60 -40, B -10, C -50, New -30: NRR (200+60-50-80)/200, GRR (200-50-80)/200."""
    (found,) = pf.retention(paid, period=JUNE, window_months=2, convention="movements").to_dict(
        "records"
    )
    assert (found["nrr"], found["grr"]) == (0.65, 0.35)
    assert found["convention"] == "monthly movements added up"


def test_by_segment_the_parts_add_up(paid: pd.DataFrame) -> None:
    found = pf.retention(paid, period=JUNE, window_months=2, by="segment").set_index("label")
    assert found["start"].to_dict() == {"Large": 100, "Small": 100, "Total": 200}
    assert found["nrr"].to_dict() == {"Large": 1.2, "Small": 0.4, "Total": 0.8}


def test_every_month_of_the_period_has_its_own_window(paid: pd.DataFrame) -> None:
    quarter = pf.FiscalCalendar().period("2026Q2")
    found = pf.retention(paid, period=quarter, window_months=1, by="period").set_index("label")
    assert found.loc["2026-05", "nrr"] == 1.0  # 100 + 60, 50 - 10, and 50 that left
    assert found.loc["2026-06", "nrr"] == pytest.approx(160 / 230)
    assert found.loc["2026-04", "reason"] == "no recurring revenue is known of 2026-03"


def test_a_window_before_the_first_month_has_a_reason_and_no_rate(paid: pd.DataFrame) -> None:
    (found,) = pf.retention(paid, period=JUNE).to_dict("records")
    assert found["reason"] == "no recurring revenue is known of 2025-06"
    assert pf.retention(paid, period=JUNE)["nrr"].isna().all()


def test_more_lost_than_there_was_is_no_rate(rows: Rows) -> None:
    table = rows("""
        period  | customer | amount_local
        2026-04 | A        |          10
        2026-05 | B        |          90
        2026-06 | C        |           1
        """).assign(currency="EUR", rate=1.0)
    (found,) = pf.retention(table, period=JUNE, window_months=2, convention="movements").to_dict(
        "records"
    )
    assert found["reason"] == "more was lost than there was at the start: customers came since"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window_months": 0}, "window_months is 0"),
        ({"convention": "cohorts"}, "no convention 'cohorts'"),
    ],
)
def test_a_window_or_convention_that_is_none(
    paid: pd.DataFrame, given: dict[str, object], said: str
) -> None:
    with pytest.raises(pf.ParameterError, match=said):
        pf.retention(paid, period=JUNE, **given)  # type: ignore[arg-type]

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ControlError, MeasureError
from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.panel import TOLERANCE, Panel, panel, usable

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def lines(rows: Rows) -> pd.DataFrame:
    return rows("""
        invoice_id | customer | period  | amount | refers_to
        I1         | A        | 2026-01 |    100 |
        I2         | A        | 2026-02 |    100 |
        I3         | B        | 2026-02 |     50 |
        R1         | A        | 2026-03 |    -40 | I1
        I4         | B        | 2026-03 |     50 |
        I5         |          | 2026-03 |      5 |
    """)


def _panel(lines: pd.DataFrame, ledger: pd.DataFrame | None = None) -> Panel:
    return panel(billed(lines), None, ledger, tolerance=TOLERANCE)


def test_customers_by_months_hold_what_was_billed(lines: pd.DataFrame) -> None:
    found = _panel(lines)
    assert found.labels == ["2026-01", "2026-02", "2026-03"]
    assert found.amount.tolist() == [[60, 100, 0], [0, 50, 50]]
    assert (found.entry.tolist(), found.leave.tolist()) == ([0, 1], [2, 3])
    assert found.there().tolist() == [[True, True, False], [False, True, True]]
    assert found.nobody.tolist() == [0, 0, 5]


def test_a_ledger_may_have_refunds_in_either_month(lines: pd.DataFrame) -> None:
    booked = pd.DataFrame({"period": ["2026-01", "2026-02", "2026-03"], "amount": [100, 150, 15.0]})
    referred = booked.assign(amount=[60.0, 150, 55])
    assert not _panel(lines, booked).by_reference
    assert _panel(lines, referred).by_reference
    assert _panel(lines, referred).gap.tolist() == [0, 0, 0]


def test_a_small_gap_to_the_ledger_is_kept(lines: pd.DataFrame) -> None:
    ledger = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "amount": [100.2, 150, 15]})
    assert _panel(lines, ledger).gap.tolist() == [20, 0, 0]


def test_billing_that_misses_the_ledger_is_refused(lines: pd.DataFrame) -> None:
    ledger = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "amount": [100, 180, 15.0]})
    with pytest.raises(
        ControlError, match=r"ledger \(2026-02\): billing is 150.00 and the ledger 180.00, -30.00"
    ):
        _panel(lines, ledger)


def test_small_cells_stand_together() -> None:
    billing = pd.DataFrame(
        {
            "customer": [f"C{one}" for one in range(80)] * 2,
            "period": ["2026-01"] * 80 + ["2026-02"] * 80,
            "amount": 1.0,
        }
    )
    customers = pd.DataFrame({"customer": [f"C{one}" for one in range(80)]})
    customers["region"] = ["north"] * 40 + ["south"] * 35 + ["east"] * 5
    found = panel(billed(billing), customers, None, tolerance=TOLERANCE)
    assert np.bincount(found.cell).tolist() == [40, 35, 5]
    small = customers.assign(region=["north"] * 60 + ["south"] * 12 + ["east"] * 8)
    assert np.bincount(panel(billed(billing), small, None, tolerance=TOLERANCE).cell).tolist() == [
        60,
        20,
    ]


def test_a_month_far_off_its_neighbors_says_nothing_of_growth() -> None:
    rng = np.random.default_rng(3)
    local = np.exp(rng.normal(5, 0.05, (50, 12)))
    local[7, 5] = 2.0
    local[8, 4:] *= 2
    logs, seen = usable(local, np.ones(local.shape, dtype=bool))
    assert not seen[7, 5]
    assert seen[8].all()
    assert logs[0].tolist() == pytest.approx(np.log(local[0]).tolist())


def test_where_everybody_pays_the_same_from_month_to_month_a_small_move_still_counts() -> None:
    local = np.full((40, 24), 100.0)
    local[:10, 11] = 104.0  # a little more for one month
    local[10:20, 12:] = 109.0  # more for good, in two steps
    local[10:20, 11] = 103.0
    local[20, 7] = 40.0  # a credit
    _, seen = usable(local, np.ones(local.shape, dtype=bool))
    assert not seen[20, 7]
    assert int((~seen).sum()) == 1


def test_billing_in_which_nobody_pays_is_refused(lines: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="no customer paid anything in any month"):
        _panel(lines.assign(amount=-1.0))


def test_customers_are_found_by_number_as_by_text() -> None:
    billing = pd.DataFrame({"customer": list(range(80)) * 2, "amount": 1.0})
    billing["period"] = ["2026-01"] * 80 + ["2026-02"] * 80
    customers = pd.DataFrame({"customer": range(80), "region": ["north"] * 40 + ["south"] * 40})
    found = panel(billed(billing), customers, None, tolerance=TOLERANCE)
    assert np.bincount(found.cell).tolist() == [40, 40]

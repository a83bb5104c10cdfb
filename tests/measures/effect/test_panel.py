from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.effect.panel import Panel, panel

ROWS = pd.DataFrame(
    {"unit": ["b", "b", "a", "a"], "period": ["2026-02", "2026-01"] * 2, "amount": [4, 3, 2, 1]}
)


def read(rows: pd.DataFrame, *, drop: bool = False) -> Panel:
    return panel(rows, unit="unit", period="period", value="amount", drop=drop)


def test_rows_in_any_order_make_one_panel() -> None:
    found = read(ROWS)
    assert (found.units, found.periods) == (["a", "b"], ["2026-01", "2026-02"])
    assert found.amounts.tolist() == [[1, 2], [3, 4]]


def test_a_hole_is_refused_or_its_unit_left_out() -> None:
    more = pd.concat([ROWS, ROWS.iloc[[0]].assign(unit="c")])
    with pytest.raises(ContractError, match="1 of 3 units miss a period: c has no 2026-01"):
        read(more)
    found = read(more, drop=True)
    assert (found.units, found.left) == (["a", "b"], ["c"])


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        (pd.concat([ROWS, ROWS.iloc[[0]]]), ContractError, "b stands twice in 2026-02"),
        (ROWS.assign(amount=[1, 2, np.nan, 4]), MeasureError, "1 of 4 values are missing"),
        (ROWS.assign(unit=[None, "b", "a", "a"]), ContractError, "1 rows have no unit"),
        (ROWS.drop(columns="amount"), ContractError, "column 'amount' is not there"),
        (ROWS.iloc[:2], ContractError, "1 units and 2 periods are no panel"),
    ],
)
def test_what_is_no_panel(rows: pd.DataFrame, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read(rows)

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from pfkit.publish.diff import Diff
from pfkit.publish.differences import as_json, told


def many(count: int) -> Diff:
    rows = [
        ["pnl", f"r{n}", "actual", "money", "changed", "1.00", "2.00", Decimal("1.00")]
        for n in range(count)
    ]
    columns = ["exhibit", "row_key", "column", "type", "status", "before", "after", "difference"]
    totals = [["pnl", "actual", Decimal(count), Decimal(2 * count), Decimal(count), Decimal(count)]]
    heads = ["exhibit", "column", "before", "after", "difference", "sum_of_rows"]
    return Diff(
        "a", "b", pd.DataFrame(rows, columns=columns), pd.DataFrame(totals, columns=heads),
        pd.DataFrame(columns=["what", "name", "before", "after"]),
    )  # fmt: skip


def test_a_long_list_is_cut_and_says_so() -> None:
    lines = told(many(40)).splitlines()
    assert lines[3] == "pnl: 40 cells changed"
    assert lines[-2:] == [
        "  and 28 more; --to FILE.csv lists all",
        "  sum of actual: 40.00 -> 80.00, +40 = its rows +40",
    ]


def test_amounts_are_decimal_text_in_json() -> None:
    assert as_json(many(1))["rows"][0]["difference"] == "1.00"

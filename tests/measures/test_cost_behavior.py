from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import MeasureError
from pfkit.measures import cost_behavior
from pfkit.period import FiscalCalendar

LAST = FiscalCalendar().period("2025-12")
LABELS = [f"{year}-{n:02d}" for year in (2024, 2025) for n in range(1, 13)]
# Horngren, ch. 10, Elegant Rugs: machine-hours and indirect manufacturing labor costs, 12 weeks
HOURS = [68, 88, 62, 72, 60, 96, 78, 46, 82, 94, 68, 48]
LABOR = [1190, 1211, 1004, 917, 770, 1456, 1180, 710, 1316, 1032, 752, 963]


def tables(units: list[float], cost: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    labels = LABELS[-len(units) :]
    line = {"version": "actual", "line": "L", "group": "operating", "account": "1"}
    statement = pd.DataFrame(
        [line | {"period": m, "amount": -c} for m, c in zip(labels, cost, strict=True)]
    )
    drivers = pd.DataFrame(
        {"driver": "hours", "metric": "", "period": labels, "product": "P", "customer": "K",
         "units": units}
    )  # fmt: skip
    return statement, drivers


def test_the_textbooks_regression() -> None:
    statement, drivers = tables([float(h) for h in HOURS], [float(c) for c in LABOR])
    row = cost_behavior(statement, drivers, period=LAST, driver="hours").iloc[0]
    # y = 300.98 + 10.31 x, r2 = 0.52, t of the slope 3.30 (exhibit 10-6, 10-14)
    assert row["variable"] == pytest.approx(48 * 10.31, abs=0.5)
    assert row["r_squared"] == pytest.approx(0.52, abs=0.005)
    assert row["by"] == "estimated"
    # the slope's standard error is 3.12, t of 10 degrees at 90 % is 1.812
    half = 1.812 * 3.12 * 48 / 963
    assert row["share_high"] - row["variable_share"] == pytest.approx(half, abs=0.01)
    assert row["variable"] + row["fixed"] == pytest.approx(963)


@pytest.mark.parametrize(
    ("units", "cost", "told"),
    [
        (HOURS[:11], LABOR[:11], "11 months with hours, fewer than 12"),
        ([100.0, 101.0] * 6, LABOR, "hours hardly moves"),
        (HOURS, [float(c) for c in np.tile([900.0, 1100.0], 6)], "does not follow hours"),
        (HOURS, [2000.0 - 10 * h for h in HOURS], "falls while hours grows"),
        (HOURS, [-5.0] * 12, "no cost on average"),
        (
            [100.0 + 10 * n + 4 * (-1) ** n for n in range(12)],
            [1000.0 + 100 * n - 30 * (-1) ** n for n in range(12)],
            "shares a trend with hours, its months do not follow",
        ),
    ],
)
def test_what_the_data_cannot_tell_is_refused(
    units: list[float], cost: list[float], told: str
) -> None:
    statement, drivers = tables(units, cost)
    row = cost_behavior(statement, drivers, period=LAST, driver="hours").iloc[0]
    assert told in row["reason"]
    assert (row["by"], row["not_split"]) == ("", row["cost"])
    assert pd.isna(row["variable_share"])


def test_what_is_declared_is_not_estimated() -> None:
    statement, drivers = tables([float(h) for h in HOURS], [float(c) for c in LABOR])
    more = [statement.assign(account=a) for a in ("2", "3", "4")]
    accounts = pd.DataFrame(
        {"account": ["1", "2", "3", "4"], "name": ["Labor", "Rent", "Support", "Odd"],
         "behavior": ["variable", "fixed", "semi", "semi"], "variable_share": ["", "", "0.4", ""]}
    )  # fmt: skip
    found = cost_behavior(
        pd.concat([statement, *more]), drivers, period=LAST, accounts=accounts, driver="hours"
    ).set_index("account")
    assert found.loc["1", ["variable", "fixed"]].tolist() == [963.0, 0.0]
    assert found.loc["2", ["variable", "fixed"]].tolist() == [0.0, 963.0]
    assert found.loc["3", ["variable", "fixed"]].tolist() == [385.2, 577.8]
    assert found["by"].tolist() == ["declared", "declared", "declared", "estimated", ""]
    assert found.loc["", "cost"] == pytest.approx(4 * 963)
    # variable 963 + 0 + 0.4 x 963 + what the last one follows hours; of the cost that is split
    whole = found.loc[""]
    assert whole["variable_share"] == pytest.approx(
        whole["variable"] / (whole["cost"] - whole["not_split"]), abs=1e-4
    )


def test_levels_and_drivers_are_checked() -> None:
    statement, drivers = tables([1.0] * 12, [1.0] * 12)
    with pytest.raises(MeasureError, match="90 is no share"):
        cost_behavior(statement, drivers, period=LAST, driver="hours", level=90)
    with pytest.raises(MeasureError, match="closest known driver is 'hours'"):
        cost_behavior(statement, drivers, period=LAST, driver="hour")


def test_a_book_without_revenue_has_nothing_estimated() -> None:
    statement, drivers = tables([float(h) for h in HOURS], [float(c) for c in LABOR])
    row = cost_behavior(statement, drivers, period=LAST).iloc[0]
    assert row["reason"] == "0 months with revenue, fewer than 12"
    assert (row["by"], row["not_split"]) == ("", row["cost"])
    with pytest.raises(MeasureError, match="driver 'orders' has no units in any month"):
        cost_behavior(statement, drivers, period=LAST, driver="orders")

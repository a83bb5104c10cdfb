from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conform.single.conftest import Check

DAYS = [
    day
    for day in (dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(80))
    if day.weekday() < 5
]


def wide(header: str = "date,EURUSD", **changed: str) -> list[str]:
    rates = [f"{1.08 + 0.01 * math.sin(n):.4f}" for n in range(len(DAYS))]
    for row, rate in changed.items():
        rates[int(row.removeprefix("row_"))] = rate
    return [header, *(f"{day},{rate}" for day, rate in zip(DAYS, rates, strict=True))]


def rules(found: dict[str, Any], severity: str) -> list[tuple[str, int | None]]:
    return [(f["rule"], f["line"]) for f in found["findings"] if f["severity"] == severity]


@pytest.mark.parametrize("header", ["EURUSD", "EUR/USD", "USD per EUR", "eur_usd"])
def test_a_header_that_declares_its_direction_is_accepted(checked: Check, header: str) -> None:
    assert checked(wide(f"date,{header}"), table="fx")["verdict"] == "accept"


def test_a_bare_code_is_told_with_both_readings(checked: Check) -> None:
    found = checked(wide("date,USD"), table="fx")
    assert rules(found, "warn") == [("direction not declared", 2)]
    # 1 / 1.0800
    assert "0.925926" in found["findings"][0]["message"]


@pytest.mark.parametrize(
    ("rate", "rule"),
    [
        ("0", "value out of range"),
        ("-1.08", "value out of range"),
        ("", "missing value"),
        ("0.9259", "inverse rate"),
        ("N/A", "unreadable value"),
    ],
)
def test_a_rate_that_cannot_be_is_held_back(checked: Check, rate: str, rule: str) -> None:
    found = checked(wide(row_20=rate), table="fx")
    assert rules(found, "quarantine") == [(rule, 22)]


def test_a_rate_ten_times_the_others_is_told(checked: Check) -> None:
    assert rules(checked(wide(row_20="10.8123"), table="fx"), "warn") == [("scale", 22)]


def test_weekdays_missing_beyond_the_carry_are_told_and_weekends_are_not(checked: Check) -> None:
    lines = wide()
    found = checked(lines[:20] + lines[32:], table="fx")
    assert rules(found, "warn") == [("missing days", 21)]
    assert "12 weekdays" in found["findings"][0]["message"]


def test_a_repeated_day_is_held_back(checked: Check) -> None:
    lines = ["date,currency,rate", "2026-01-05,USD,0.92", "2026-01-05,USD,0.93"]
    assert rules(checked(lines, table="fx"), "quarantine") == [("repeated key", 3)]


@pytest.mark.parametrize(("still", "warned"), [(range(20, 32), [22]), (range(20, 31), [])])
def test_a_rate_that_stands_still_for_weeks_is_told(
    checked: Check, still: range, warned: list[int]
) -> None:
    found = checked(wide(**{f"row_{row}": "1.0837" for row in still}), table="fx")
    assert rules(found, "warn") == [("rate stands still", line) for line in warned]


def test_a_peg_and_monthly_averages_stand_still_by_their_nature(checked: Check) -> None:
    peg = wide(**{f"row_{row}": "3.6725" for row in range(len(DAYS))})
    assert checked(peg, table="fx")["verdict"] == "accept"
    monthly = wide(**{f"row_{row}": f"1.0{day.month}" for row, day in enumerate(DAYS)})
    assert checked(monthly, table="fx")["verdict"] == "accept"


def test_a_currency_is_worth_one_of_itself(checked: Check) -> None:
    own = {f"row_{row}": "1" for row in range(len(DAYS))} | {"row_7": "1.02"}
    assert rules(checked(wide(**own), table="fx"), "warn") == [("rate of its own", 9)]

from __future__ import annotations

from typing import Any

import pytest

from pfkit.conform.declaration import KnownOn, Source
from pfkit.conform.unread import unread


def source(**declared: Any) -> Source:  # noqa: ANN401 (any key of a source)
    columns = {"posting_date": "d", "account": "a", "amount_local": "x"}
    given = {
        "name": "ledger",
        "table": "actuals",
        "path": "ledger.csv",
        "columns": columns,
        "known_on": KnownOn(sql="d"),
        **declared,
    }
    return Source.model_validate(given)


@pytest.mark.parametrize(
    ("value", "declared", "told"),
    [
        ("1,234", {}, "1234 (point as decimal mark) or 1.234 (comma as decimal mark)"),
        ("1,5", {}, "Its decimal mark is ',', but '.' is declared"),
        ("1,234.50", {}, 'It reads as 1234.5 once thousands = "," is declared'),
        ("(12.50)", {}, 'It reads as -12.5 once negatives = "parentheses" is declared'),
        ("€5", {}, "It reads as 5 once symbols is declared"),
        ("12%", {}, "It is a percentage; declare percent = true"),
        ("NaN", {}, "It is not a finite number"),
        ("9" * 25, {}, "It has 25 whole digits, more than the 22 that are kept exactly"),
    ],
)
def test_a_number_says_what_to_declare(value: str, declared: dict[str, Any], told: str) -> None:
    assert told in unread(value, "amount_local", source(**declared))


@pytest.mark.parametrize(
    ("value", "declared", "told"),
    [
        ("03/04/2026", {}, "2026-04-03 (day first) or 2026-03-04 (month first)"),
        ("2026-02-31", {}, "31 February 2026 does not exist"),
        ("31.01.2026", {}, "(2026-01-31); as it stands it would be 2026-01-31"),
        ("2026-01-31", {"date_format": "%d.%m.%Y"}, "otherwise than declared (%d.%m.%Y)"),
    ],
)
def test_a_day_says_what_to_declare(value: str, declared: dict[str, Any], told: str) -> None:
    assert told in unread(value, "posting_date", source(**declared))


def test_the_kind_may_come_from_a_declared_type() -> None:
    assert "2 signs" not in unread("--5", "Qty", source(types={"Qty": "number"}))
    assert "two signs" in unread("--5", "Qty", source(types={"Qty": "number"}))

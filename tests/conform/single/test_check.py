from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.single import check_file
from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "entry_id,posting_date,account,cost_center,product,currency,amount,memo"


def row(number: int, **changed: str) -> str:
    values = {
        "entry_id": f"{number:04d}",
        "posting_date": f"2026-01-{number % 28 + 1:02d}",
        "account": "4000",
        "cost_center": "100",
        "product": "Atlas",
        "currency": "EUR",
        "amount": f"{100 + number}.50",
        "memo": "",
    }
    return ",".join((values | changed).values())


@pytest.fixture
def ledger(tmp_path: Path) -> Any:  # noqa: ANN401 (a function)
    def check(*lines: str, header: str = HEADER, period: str | None = None) -> dict[str, Any]:
        path = tmp_path / "ledger.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return check_file(path, table="ledger", period=period)

    return check


def told(found: dict[str, Any], severity: str) -> list[tuple[str, int, str]]:
    return [
        (f["rule"], f["line"], f["column"]) for f in found["findings"] if f["severity"] == severity
    ]


def balanced(found: dict[str, Any]) -> None:
    assert found["rows_in"] == found["accepted"] + found["quarantined"] + found["excluded"]
    parts = (Decimal(found[f"amount_{fate}"]) for fate in ("accepted", "quarantined", "excluded"))
    assert Decimal(found["amount_in"]) == sum(parts)


def test_a_plain_ledger_is_accepted_to_the_cent(ledger: Any) -> None:  # noqa: ANN401
    found = ledger(*[row(n) for n in range(1, 11)])
    assert (found["verdict"], found["findings"]) == ("accept", [])
    # 101.50 + … + 110.50
    assert (found["rows_in"], found["amount_in"]) == (10, "1060.00")
    balanced(found)


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"amount": "NaN"}, "unreadable value", "amount"),
        ({"amount": "12.5O"}, "unreadable value", "amount"),
        ({"amount": ""}, "missing value", "amount"),
        ({"amount": "9" * 30}, "unreadable value", "amount"),
        ({"posting_date": "2026-02-31"}, "unreadable value", "posting_date"),
        ({"posting_date": ""}, "missing value", "posting_date"),
        ({"posting_date": "2025-12-31"}, "outside the period", "posting_date"),
        ({"account": ""}, "missing value", "account"),
        ({"currency": ""}, "missing value", "currency"),
        ({"currency": "EURO"}, "value not allowed", "currency"),
        ({"amount": "$5.00"}, "currency in doubt", "amount"),
        ({"entry_id": "0001"}, "repeated key", "entry_id"),
        ({"entry_id": "1.23457E+12"}, "digits lost", "entry_id"),
        ({"entry_id": "", "account": "Total"}, "totals row", "account"),
    ],
)
def test_a_bad_row_is_held_back_with_its_line(
    ledger: Any,  # noqa: ANN401
    changed: dict[str, str],
    rule: str,
    column: str,
) -> None:
    lines = [row(n) for n in range(1, 21)]
    lines[9] = row(10, **changed)
    found = ledger(*lines, period="2026-01..2026-12")
    assert found["verdict"] == "quarantine"
    assert told(found, "quarantine") == [(rule, 11, column)]
    assert (found["rows_in"], found["quarantined"]) == (20, 1)
    assert all(f["advice"] for f in found["findings"])
    balanced(found)


def test_a_wrong_table_is_wrong_usage_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="closest known table is 'ledger'"):
        check_file(tmp_path, table="ledgers")
    with pytest.raises(ParameterError, match="no period"):
        check_file(tmp_path, table="ledger", period="2026-13")


def test_a_missing_file_is_rejected(tmp_path: Path) -> None:
    found = check_file(tmp_path / "none.csv", table="ledger")
    assert found["verdict"] == "reject"
    assert "does not exist" in found["findings"][0]["message"]

"""Every rule of every contract, broken once: the row is held back under that rule."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.declaration import Declaration
from pfkit.conform.pipeline import conform
from pfkit.contracts import Contract, contract, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.contracts import Column

# pfkit makes these itself: no source feeds them
FED = [name for name in tables() if name not in {"calendar", "revenue"}]
NUMBERS = {"number", "money", "integer"}
Broken = tuple[dict[str, str], str, set[str]]


def good(promise: Contract) -> dict[str, str]:
    row = {column.name: column.examples[0] for column in promise.columns}
    for amount, local in promise.conversions:
        row |= {promise.currency: "EUR", amount: row[local]}
    return row


def broken(promise: Contract) -> Iterator[Broken]:
    """Yield a row that breaks one rule, the reason it must be held for, and the columns named."""
    row = good(promise)
    for column in promise.columns:
        pair = next((set(one) for one in promise.conversions if column.name in one), set[str]())
        for value, reason in breaks(column, currency=promise.currency):
            wrong = row | {column.name: value}
            named = {column.name}
            if column.name == "period":  # else it is taken from the row's day
                wrong |= dict.fromkeys({"posting_date"} & set(row), "")
            if pair and not value:
                # what is booked in reporting currency is one amount: both columns are empty
                wrong |= dict.fromkeys(pair, "")
                named = pair
            yield wrong, reason, named


def breaks(column: Column, *, currency: str) -> Iterator[tuple[str, str]]:
    # an empty currency is the book's own, so it is never missing
    if column.required and not column.default and column.name != currency:
        yield "", "missing value"
    if column.kind != "text":
        yield "?", "unreadable value"
    if column.values or (column.pattern and column.kind == "text"):
        yield "week!", "value not allowed"
    for bound, step in ((column.minimum, -1), (column.maximum, 1), (column.above, 0)):
        if bound is not None:
            yield str(bound + step), "value out of range"


def held(promise: Contract, rows: list[dict[str, str]], folder: Path) -> dict[int, tuple[Any, ...]]:
    """Load rows of a table and return status, reason and column by line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, promise.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "rows.csv").write_text(out.getvalue(), encoding="utf-8")
    declared = Declaration.model_validate(
        {
            "company": {"name": "Shop", "currency": "EUR"},
            "sources": [
                {
                    "name": "rows",
                    "table": promise.table,
                    "path": "rows.csv",
                    "columns": {name: name for name in promise.names},
                }
            ],
        }
    )
    conformed = conform(declared, data=folder, book=folder, as_of=date(2099, 12, 31))
    found = conformed.engine.rows("SELECT _line, _status, _reason, _column FROM rows_rows")
    return {int(line): (status, reason, column) for line, status, reason, column in found}


@pytest.mark.parametrize("table", FED)
def test_every_rule_of_a_contract_holds_back_what_breaks_it(table: str, tmp_path: Path) -> None:
    promise = contract(table)
    cases = list(broken(promise))
    assert cases
    rows = [good(promise), *(row for row, _, _ in cases)]
    for place, row in enumerate(rows):
        for key in promise.key:  # a key of its own, so that only the one rule is broken
            if promise.column(key).kind == "text" and row[key]:
                row[key] = f"{row[key]}-{place}"
    found = held(promise, rows, tmp_path)
    assert found[2] == ("accepted", None, None)
    missed = [
        (reason, named, found[line])
        for line, (_, reason, named) in enumerate(cases, start=3)
        if found[line][:2] != ("quarantined", reason) or found[line][2] not in named
    ]
    assert missed == []


@pytest.mark.parametrize("table", [name for name in FED if contract(name).key])
def test_a_key_that_stood_before_is_held_back(table: str, tmp_path: Path) -> None:
    promise = contract(table)
    found = held(promise, [good(promise), good(promise)], tmp_path)
    assert found[2][0] == "accepted"
    assert found[3] == ("quarantined", "repeated key", ", ".join(promise.key))


BROKEN = {
    ("benefits", "realized without a date"): {"measured_on": ""},
    ("benefits", "measured without an amount"): {"realized_amount": "", "measured_on": ""},
    ("benefits", "interval reversed"): {"realized_low": "110000", "realized_high": "81000"},
    ("benefits", "amount outside its interval"): {"realized_amount": "110001"},
    ("benefits", "measured after it was known"): {"measured_on": "2025-10-05"},
    ("cloud", "charge period reversed"): {"charge_period_end": "2025-09-18T21:00:00"},
    ("cloud", "billing period reversed"): {"billing_period_end": "2025-08-31"},
    ("vendor_prices", "price without a day"): {"valid_to": "2024-12-31"},
    ("invoices", "service ends before it starts"): {"service_end": "2025-08-31"},
    ("subscriptions", "end before start"): {"end": "2025-08-31"},
    ("milestones", "done after it was known"): {"done_on": "2025-10-05"},
    ("reviews", "known before it was reviewed"): {"known_on": "2020-01-01"},
    ("overrides", "override without a number"): {"value": "", "change": "", "factor": ""},
}


@pytest.mark.parametrize(("table", "rule"), BROKEN, ids=str)
def test_a_row_that_breaks_a_rule_of_ours_is_held_back(
    table: str, rule: str, tmp_path: Path
) -> None:
    promise = contract(table)
    row = good(promise)
    other = row | dict.fromkeys(promise.key[:1], "another")
    found = held(promise, [row, other | BROKEN[table, rule]], tmp_path)
    assert found[2][0] == "accepted"
    assert found[3][:2] == ("quarantined", rule)


def test_every_rule_over_whole_rows_is_broken_once() -> None:
    stated = {(table, rule.name) for table in FED for rule in contract(table).rules}
    assert stated == set(BROKEN)


def test_the_walk_meets_every_kind_of_rule() -> None:
    reasons = {reason for table in FED for _, reason, _ in broken(contract(table))}
    assert reasons == {
        "missing value",
        "unreadable value",
        "value not allowed",
        "value out of range",
    }
    columns = [column for table in FED for column in contract(table).columns]
    assert any(c.minimum is not None for c in columns)
    assert any(c.maximum is not None for c in columns)
    assert any(c.above is not None for c in columns)
    assert any(c.name == "span" and c.values for c in columns)

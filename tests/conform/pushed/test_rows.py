"""Which rows are plain: nothing can be said against them, so that they may be added up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from bench import _parity as parity
from pfkit.conform.pushed.rows import Pushed
from pfkit.conform.pushed.speech import UnsayableError
from pfkit.conform.pushed.statement import ROWS, rows_table, statement
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar

DAY = date(2026, 5, 31)
GOOD: dict[str, Any] = {
    "id": "a",
    "booked": DAY,
    "prod": "Atlas",
    "center": "CC1",
    "acct": "4000",
    "ccy": "EUR",
    "kind": "A",
    "amount": Decimal("1.5000"),
    "closed": DAY,
}


def _pushed(calendar: FiscalCalendar | None = None, **more: object) -> Pushed:
    source = parity.ledger_source(**more)
    return Pushed(source, calendar or FiscalCalendar(), "")


def _asked(kind: str, rows: list[dict[str, Any]], pushed: Pushed | None = None) -> list[Any]:
    engine = parity.Duck()
    engine.load("ledger", pa.Table.from_pylist(rows, schema=parity.LEDGER))
    expression = getattr(pushed or _pushed(), kind)(
        rows_table(ibis.Schema.from_pyarrow(parity.LEDGER))
    )
    sql = statement(expression, "duckdb", {ROWS: "SELECT * FROM ledger"})
    return engine.run(sql).to_pylist()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("booked", None),
        ("acct", None),
        ("acct", "  "),
        ("ccy", "eur"),
        ("ccy", None),
        ("amount", None),
        ("amount", Decimal(10) ** 12),
        ("closed", None),
    ],
)
def test_a_row_with_anything_against_it_comes_as_a_row(column: str, value: object) -> None:
    rows = [GOOD, GOOD | {"id": "b", column: value}]
    (month,) = _asked("months", rows)
    (other,) = _asked("others", rows)
    assert (month["rows_added"], month["amount_local"]) == (1, Decimal("1.500000"))
    assert other["id"] == "b"
    assert other["v_amount_local"] == (GOOD | {column: value})["amount"]


def test_all_rows_of_a_repeated_key_come_as_rows() -> None:
    rows = [GOOD, GOOD | {"amount": Decimal(7)}, GOOD | {"id": "b"}]
    assert [row["rows_added"] for row in _asked("months", rows)] == [1]
    assert len(_asked("others", rows)) == 2


def test_a_row_of_a_month_says_what_the_rule_was() -> None:
    rows = [GOOD | {"id": str(n), "kind": kind} for n, kind in enumerate(["A", "X", "X", "C"])]
    found = {row["rule_fired"]: row for row in _asked("months", rows)}
    # the second rule: the amount is not small; C turns the sign; X is the first rule
    assert found[0]["amount_local"] == Decimal("3.000000")
    assert found[-1]["amount_local"] == Decimal("0.000000")
    assert found[-1]["period"] == "2026-05"


def test_weeks_are_kept_by_day() -> None:
    weeks = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    (month,) = _asked("months", [GOOD], _pushed(weeks))
    assert month["period"] == DAY


def test_a_contract_rule_that_cannot_be_said_is_refused_where_it_matters() -> None:
    source = parity.ledger_source(
        columns=parity.ledger_source().columns | {"memo": {"sql": "id / 2"}}
    )
    pushed = Pushed(source, FiscalCalendar(), "")
    with pytest.raises(UnsayableError, match="id / 2"):
        pushed.months(rows_table(ibis.Schema.from_pyarrow(parity.LEDGER)))


def test_a_column_that_is_not_there_names_the_nearest() -> None:
    columns = {
        "entry_id": "id",
        "posting_date": "bookd",
        "account": "acct",
        "amount_local": "amount",
    }
    with pytest.raises(BookError, match="no column 'bookd'") as told:
        _asked("months", [GOOD], _pushed(columns=columns))
    assert "'booked'" in told.value.advice

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError, PeriodError
from pfkit.measures.attribution.billing import billed, month_label, month_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


def test_a_month_is_read_from_labels_and_days() -> None:
    table = pd.DataFrame({"invoice_date": ["2025-12-31", "2026-01-01", None]})
    found = month_numbers(table, name="billing")
    assert (found[1] - found[0], found[2]) == (1, -1)
    assert month_label(int(found[0])) == "2025-12"


def test_a_text_that_is_no_month_is_named() -> None:
    with pytest.raises(PeriodError, match=r"billing\.period: 'June' is no month"):
        month_numbers(pd.DataFrame({"period": ["June"]}), name="billing")


def test_a_table_without_a_month_is_refused(rows: Rows) -> None:
    with pytest.raises(ContractError, match="no column says the month"):
        billed(
            rows("""
        customer | amount
        A        | 1
    """)
        )


def test_the_same_line_twice_counts_once(rows: Rows) -> None:
    lines = billed(
        rows("""
        invoice_id | customer | period  | amount
        I1         | A        | 2026-01 | 10
        I1         | A        | 2026-01 | 10
        I1         | A        | 2026-01 | 5
        I2         | A        | 2026-02 | 10
    """)
    )
    assert lines.amount.tolist() == [10, 5, 10]
    assert [(note.what, note.rows) for note in lines.notes] == [
        ("the same line twice: counted once", 1)
    ]


def test_lines_that_no_number_tells_apart_are_all_kept(rows: Rows) -> None:
    lines = billed(
        rows("""
        customer | period  | amount
        A        | 2026-01 | 10
        A        | 2026-01 | 10
        A        | 2026-02 | 10
    """)
    )
    assert lines.amount.sum() == 30


def test_a_refund_stands_in_the_month_of_what_it_takes_back(rows: Rows) -> None:
    lines = billed(
        rows("""
        invoice_id | customer | period  | amount | refers_to
        I1         | A        | 2026-01 |     10 |
        I2         | A        | 2026-02 |     10 |
        R1         | A        | 2026-03 |     -4 | I1
        R2         | A        | 2026-03 |     -1 | I9
    """)
    )
    assert lines.booked.tolist() == [0, 1, 2, 2]
    assert lines.refers.tolist() == [0, 1, 0, 2]
    assert lines.notes[0].amount == -4


def test_money_in_other_currencies_takes_the_rate_of_its_month(rows: Rows) -> None:
    rates = rows("""
        month   | currency | rate
        2026-01 | EUR      | 1.10
        2026-02 | EUR      | 1.20
    """)
    lines = billed(
        rows("""
        customer | month   | currency | amount_local
        A        | 2026-01 | EUR      | 100
        A        | 2026-02 | EUR      | 100
        B        | 2026-02 | USD      | 50
    """),
        rates,
    )
    assert lines.amount.tolist() == pytest.approx([110, 120, 50])
    assert lines.local.tolist() == [100, 100, 50]


def test_a_currency_without_a_rate_is_named(rows: Rows) -> None:
    billing = rows("""
        customer | month   | currency | amount_local
        A        | 2026-01 | EUR      | 100
        A        | 2026-02 | EUR      | 100
        B        | 2026-02 | USD      | 50
    """)
    rates = rows("""
        month   | currency | rate
        2026-01 | EUR      | 1.10
    """)
    with pytest.raises(ContractError, match="no rate for 'EUR' in 2026-02"):
        billed(billing, rates)
    with pytest.raises(ContractError, match="lines in 2 currencies, and neither"):
        billed(billing)
    other = rates.assign(currency="GBP")
    with pytest.raises(ContractError, match="no rate for 'EUR', 'USD'"):
        billed(billing, other)


def test_one_month_of_billing_tells_nothing(rows: Rows) -> None:
    one = rows("""
        customer | period  | amount
        A        | 2026-01 | 10
    """)
    with pytest.raises(MeasureError, match="billing covers one month: nothing can be told"):
        billed(one)
    with pytest.raises(MeasureError, match="billing has no line"):
        billed(one.iloc[:0])


def test_an_amount_that_is_no_number_is_refused(rows: Rows) -> None:
    bad = rows("""
        customer | period  | amount
        A        | 2026-01 | 10
        A        | 2026-02 | 10
    """).assign(amount=[np.nan, 1.0])
    with pytest.raises(MeasureError, match="1 of 2 amount are missing or not finite"):
        billed(bad)


def test_a_line_without_a_customer_is_kept_apart(rows: Rows) -> None:
    lines = billed(
        rows("""
        customer | period  | amount
        A        | 2026-01 | 10
                 | 2026-02 | 7
        (none)   | 2026-02 | 1
    """)
    )
    assert lines.customer.tolist() == [0, -1, -1]
    assert lines.notes[0].amount == 8

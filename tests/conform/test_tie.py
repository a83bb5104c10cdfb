from __future__ import annotations

import re
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfkit.conform.tie import balances
from pfkit.errors import BookError, ControlError, SourceError

if TYPE_CHECKING:
    Shop = Any

TOTALS = '[[controls]]\nsource = "billing"\npath = "totals.csv"\nperiod = "month"\n'

READABLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
GARBAGE = ["", "x", "1,5", "(3.00)", "NaN", "5-", "1 000", "#REF!", "12 EUR"]
amounts = st.one_of(
    st.sampled_from(GARBAGE), st.decimals(-(10**9), 10**9, places=2).map(lambda d: f"{d:.2f}")
)
lines = st.tuples(
    st.sampled_from(["A1", "A2", "A3", ""]),
    st.sampled_from(["2026-01-05", "2026-01-31", "2026-02-28", "31.01.2026", ""]),
    st.sampled_from(["tea", "gift"]),
    amounts,
)


def fate(line: tuple[str, str, str, str], seen: set[str]) -> str:
    """Say by hand what becomes of a line: the rule, then what cannot be read, then repeats."""
    number, day, item, amount = line
    if item == "gift":
        return "excluded"
    if not READABLE.fullmatch(amount) or not number or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        return "quarantined"
    if number in seen:
        return "quarantined"
    seen.add(number)
    return "accepted"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(found=st.lists(lines, max_size=8))
def test_every_row_and_cent_is_accepted_held_back_or_left_out(
    shop: Shop, found: list[tuple[str, str, str, str]]
) -> None:
    found = [("A0", "2026-01-05", "tea", "1.00"), *found]
    shop.declare(
        'key = ["invoice_id"]',
        rules="[[sources.rules]]\nexclude = 'gifts'\nwhen = \"item = 'gift'\"\nbecause = 'free'",
    )
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in found)
    book = shop.open("id,day,item,amount\n" + text)

    rows = {"accepted": 0, "quarantined": 0, "excluded": 0}
    money = dict.fromkeys(rows, Decimal(0))
    seen: set[str] = set()
    for line in sorted(found, key=lambda line: line[1]):  # known on its day: the first known counts
        state = fate(line, seen)
        rows[state] += 1
        money[state] += Decimal(line[3]) if READABLE.fullmatch(line[3]) else 0
    proven = book.evidence.balances
    assert sum(b.rows_in for b in proven) == len(found)
    assert sum(b.amount_in for b in proven) == sum(money.values())
    for state, count in rows.items():
        assert sum(getattr(b, f"rows_{state}") for b in proven) == count
        assert sum(getattr(b, f"amount_{state}") for b in proven) == money[state]
    assert book.invoices["amount"].sum() == pytest.approx(float(money["accepted"]), abs=0.005)
    listed = book.rules[book.rules["action"] != "map"]
    months = {*book.period.months, "(none)"}
    assert listed["rows"].sum() == sum(b.rows_in for b in proven if b.period in months)


def test_rows_that_are_no_rows_are_in_the_balance(shop: Shop) -> None:
    shop.declare()
    book = shop.open("id,day,item,amount\nA1,2026-01-31,tea,1.00\nA2,2026-01-31,tea\n")
    found = {b.period: (b.rows_in, b.rows_quarantined) for b in book.evidence.balances}
    assert found == {"2026-01": (1, 0), "(none)": (1, 1)}


def test_parts_of_a_cent_are_rounded_once(shop: Shop) -> None:
    # 3 x 0.004 = 0.012: rounding each line first would lose the cent.
    shop.declare('types = { amount = "number" }')
    book = shop.open("id,day,item,amount\n" + "A1,2026-01-31,tea,0.004\n" * 3)
    (balance,) = book.evidence.balances
    assert balance.amount_in == Decimal("0.01")
    assert book.statement["amount"].sum() == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("DELETE FROM rows_billing WHERE _id = 1", "2 rows were read"),
        ("INSERT INTO rows_billing SELECT * FROM rows_billing LIMIT 1", "2 rows were read"),
        ("UPDATE rows_billing SET amount = amount + 0.01 WHERE _id = 1", "amount in 30.5"),
        ("UPDATE rows_billing SET _status = 'lost' WHERE _id = 1", "amount in 30.5"),
    ],
)
def test_a_load_that_loses_or_makes_a_row_or_a_cent_stops(
    shop: Shop, damage: str, what: str
) -> None:
    shop.declare()
    book = shop.open()
    book.conformed.engine.run(damage)
    with pytest.raises(ControlError) as caught:
        balances(book.conformed)
    assert caught.value.what.startswith(what)
    assert caught.value.where == "balance of billing"
    assert caught.value.advice.startswith("The load is stopped")


def control(shop: Shop, totals: str, declared: str = 'rows = "n"\namount = "eur"') -> list[Any]:
    shop.declare(tail=TOTALS + declared)
    shop.write("totals.csv", totals)
    controls = shop.open().controls
    found = controls[controls["control"] == "Control total"]
    return [tuple(row) for row in found[["state", "expected", "actual", "detail"]].to_numpy()]


def test_totals_that_tie_are_green(shop: Shop) -> None:
    assert control(shop, "month,n,eur\n2026-01,2,30.50\n") == [
        ("green", 30.5, 30.5, "2026-01: 2 rows and amount tie to the source's own total"),
    ]


def test_thousands_of_rows_are_marked_by_a_thin_space(shop: Shop) -> None:
    lines = "".join(f"A{n},2026-01-31,tea,1.00\n" for n in range(1234))
    shop.write("billing.csv", "id,day,item,amount\n" + lines)
    (row,) = control(shop, "month,n,eur\n2026-01,1234,1234.00\n")
    assert row[3] == "2026-01: 1\N{THIN SPACE}234 rows and amount tie to the source's own total"


def test_a_total_of_rows_alone_compares_no_amount(shop: Shop) -> None:
    (row,) = control(shop, "month,n\n2026-01,2\n", 'rows = "n"')
    assert (row[0], row[3]) == ("green", "2026-01: 2 rows tie to the source's own total")
    assert pd.isna(row[1])
    assert pd.isna(row[2])


@pytest.mark.parametrize(
    ("totals", "what"),
    [
        (
            "2026-01,2,30.51",
            "amount read 30.50 but the control total says 30.51, -0.01 apart",
        ),
        ("2026-01,3,30.50", "rows read 2 but the control total says 3, -1 apart"),
        (
            "2026-01,1,1030.50",
            "rows read 2 but the control total says 1, +1 apart (1 more totals do not tie)",
        ),
    ],
)
def test_a_total_one_cent_or_one_row_off_stops_the_load(shop: Shop, totals: str, what: str) -> None:
    with pytest.raises(ControlError) as caught:
        control(shop, f"month,n,eur\n{totals}\n")
    assert caught.value.what == what
    assert caught.value.where == "billing 2026-01"
    assert caught.value.advice == (
        "Export the period again, or correct the control total; nothing was written."
    )


def test_a_tolerance_lets_a_cent_through(shop: Shop) -> None:
    (row,) = control(shop, "month,eur\n2026-01,30.51\n", 'amount = "eur"\ntolerance = 0.01')
    assert row[0] == "green"


def test_each_control_has_its_own_tolerance(shop: Shop) -> None:
    second = '[[controls]]\nsource = "billing"\npath = "more.csv"\nperiod = "month"\nrows = "n"\n'
    shop.write("more.csv", "month,n\n2026-01,2\n")
    first = 'amount = "eur"\ntolerance = 5\n'
    amount, rows = control(shop, "month,eur\n2026-01,35.50\n", first + second)
    own = "to the source's own total in"
    assert amount == ("green", 35.5, 30.5, f"2026-01: amount ties {own} totals.csv: eur")
    assert (rows[0], rows[3]) == ("green", f"2026-01: 2 rows tie {own} more.csv: n")
    shop.write("more.csv", "month,n\n2026-01,3\n")
    with pytest.raises(ControlError, match="rows read 2 but the control total says 3"):
        control(shop, "month,eur\n2026-01,35.50\n", first + second)


def test_totals_are_compared_before_anything_is_left_out(shop: Shop) -> None:
    shop.write("totals.csv", "month,n,eur\n2026-01,2,30.50\n")
    shop.declare(
        rules="[[sources.rules]]\nexclude = 'tea'\nwhen = \"item = 'tea'\"\nbecause = 'x'",
        tail=TOTALS + 'rows = "n"\namount = "eur"',
    )
    book = shop.open()
    assert book.invoices["amount"].sum() == 20.5
    assert set(book.controls[book.controls["control"] == "Control total"]["state"]) == {"green"}


def test_totals_by_currency_are_compared_as_booked(shop: Shop) -> None:
    rates = """
    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = { column = "date" }
    columns = { date = "date", currency = "currency", rate = "rate" }
    """
    shop.write("rates.csv", "date,currency,rate\n2026-01-31,USD,0.5\n")
    shop.write("totals.csv", "month,money,sum\n2026-01,EUR,1.00\n2026-01,USD,10.00\n")
    shop.declare(
        columns='currency = "money"', tail=TOTALS + 'amount = "sum"\ncurrency = "money"\n' + rates
    )
    book = shop.open(
        "id,day,item,amount,money\nA1,2026-01-31,tea,1.00,EUR\nA2,2026-01-31,tea,10.00,USD\n"
    )
    assert [tie.period for tie in book.evidence.ties] == ["2026-01 EUR", "2026-01 USD"]
    assert book.invoices["amount"].sum() == 6.0


def test_an_absent_control_file_is_amber(shop: Shop) -> None:
    shop.declare(tail=TOTALS + 'amount = "eur"')
    controls = shop.open().controls
    (row,) = controls[controls["control"] == "Control total"].to_dict("records")
    assert row["state"] == "amber"
    assert row["detail"] == (
        "totals.csv is not in the data folder: the load was not tied to a total"
    )
    assert row["advice"] == "Supply totals.csv with the totals of the source system."


def test_a_month_the_control_file_lacks_is_amber(shop: Shop) -> None:
    (row,) = control(shop, "month,eur\n2025-12,1.00\n", 'amount = "eur"')
    assert (row[0], row[3]) == ("amber", "no control total for 2026-01")


def test_a_month_of_the_report_that_nobody_read_is_red(shop: Shop) -> None:
    shop.declare(tail=TOTALS + 'amount = "eur"')
    shop.write("totals.csv", "month,eur\n2026-01,30.50\n2026-02,99.00\n2026-04,7.00\n")
    controls = shop.open(period="2026Q1").controls
    found = controls[controls["control"] == "Control total"]
    assert list(zip(found["state"], found["detail"], strict=True)) == [
        ("green", "2026-01: amount ties to the source's own total"),
        ("red", "no row of 2026-02 was read"),
        ("amber", "no control total for 2026-03"),
    ]


def test_a_month_prepared_in_the_control_file_says_nothing_yet(shop: Shop) -> None:
    found = control(shop, "month,eur\n2026-01,30.50\n2026-02,\n,7.00\n", 'amount = "eur"')
    assert [row[0] for row in found] == ["green"]


def test_the_control_of_an_absent_source_waits_for_it(shop: Shop) -> None:
    absent = """
    [[sources]]
    name = "refunds"
    table = "invoices"
    path = "refunds.csv"
    optional = true
    known_on = { column = "day" }
    columns = { invoice_id = "id", invoice_date = "day", amount_local = "amount" }
    """
    shop.declare(tail=TOTALS.replace("billing", "refunds") + 'amount = "eur"' + dedent(absent))
    controls = shop.open().controls
    assert list(controls.loc[controls["source"] == "refunds", "control"]) == ["Source present"]


@pytest.mark.parametrize("text", ["NaN", "1,000.00", "1_000", "about 5", "Infinity", ""])
def test_a_control_total_is_a_plain_number(shop: Shop, text: str) -> None:
    with pytest.raises(BookError) as caught:
        control(shop, f'month,eur\n2026-01,"{text}"\n', 'amount = "eur"')
    assert caught.value.what == f"{text or None!r} is no number"
    assert caught.value.where == "book.toml controls (totals.csv) eur"
    assert caught.value.advice == "Write control totals as 1234.56."


def test_a_control_file_without_its_column_offers_the_near_miss(shop: Shop) -> None:
    with pytest.raises(BookError) as caught:
        control(shop, "month,amount_eur\n2026-01,30.50\n", 'amount = "amount_eu"')
    assert caught.value.what == "no column 'amount_eu'"
    assert caught.value.advice == "The closest known column is 'amount_eur'."


def test_a_control_file_outside_the_data_folder_is_refused(shop: Shop) -> None:
    shop.declare(tail=TOTALS.replace("totals.csv", "../totals.csv") + 'amount = "eur"')
    with pytest.raises(SourceError, match="leads out of the folder"):
        shop.open()

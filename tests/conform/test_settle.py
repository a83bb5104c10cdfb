from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError, ContractError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

ACCOUNTS = """
account,name,line,group,favorable_when
4000,Sales,Sales,gross,higher
6000,Rent,Rent,operating,lower
"""
LEDGER = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
[sources.columns]
account = "account"
name = "name"
line = "line"
group = "group"
favorable_when = "favorable_when"

[[sources]]
name = "gl"
table = "actuals"
path = "gl.csv"
known_on = { column = "day" }
columns = { posting_date = "day", account = "acct", amount_local = "amount" }
"""


def status(book: Book) -> dict[str, tuple[str, str | None]]:
    rows = book.conformed.engine.rows(
        "SELECT invoice_id, _status, _reason FROM rows_billing ORDER BY _id"
    )
    return {key: (state, reason) for key, state, reason in rows}


@pytest.mark.parametrize(
    ("sign", "sales", "rent"),
    [
        ("as_stated", -100, 40),
        ("reversed", 100, -40),
        ("debit_positive", 100, 40),
        ("credit_positive", -100, -40),
    ],
)
def test_a_ledger_is_turned_to_positive_revenue_and_cost(
    shop: Shop, sign: str, sales: float, rent: float
) -> None:
    # A sale of 100 is a credit, a rent of 40 a debit: -100 and 40 where debits are positive.
    shop.ledger(
        LEDGER.replace('path = "gl.csv"', f'path = "gl.csv"\nsign = "{sign}"'),
        {
            "accounts.csv": ACCOUNTS,
            "gl.csv": "day,acct,amount\n2026-01-31,4000,-100\n2026-01-31,6000,40\n",
        },
    )
    rows = shop.open().actuals
    assert dict(zip(rows["account"], rows["amount"], strict=True)) == {"4000": sales, "6000": rent}


def test_an_unknown_account_is_held_back(shop: Shop) -> None:
    gl = "day,acct,amount\n2026-01-31,4000,1\n2026-01-31,4OOO,2\n"
    shop.ledger(LEDGER, {"accounts.csv": ACCOUNTS, "gl.csv": gl})
    (held,) = shop.open().quarantine.to_dict("records")
    assert (held["rule"], held["column"], held["value"]) == ("unknown account", "account", "4OOO")
    assert (held["file"], held["line"], held["amount"]) == ("gl.csv", "3", 2.0)
    assert held["advice"] == "Correct the account, or add it to table accounts."


def test_a_ledger_sign_without_accounts_says_what_to_add(shop: Shop) -> None:
    toml = LEDGER[LEDGER.index('[[sources]]\nname = "gl"') :]
    shop.ledger(
        toml.replace('path = "gl.csv"', 'path = "gl.csv"\nsign = "debit_positive"'),
        {"gl.csv": "day,acct,amount\n2026-01-31,4000,1\n"},
    )
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "sign 'debit_positive' needs table accounts, which no source feeds"
    assert caught.value.where == "book.toml sources.gl"


RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { column = "date" }
columns = { date = "date", currency = "currency", rate = "rate", kind = "kind" }
"""


def converted(shop: Shop, rates: str, billing: str, **declared: str) -> list[float]:
    shop.declare(columns='currency = "money"', tail=RATES, **declared)
    shop.write("rates.csv", "date,currency,rate,kind\n" + rates)
    return list(shop.open("id,day,item,amount,money\n" + billing).invoices["amount"])


def test_the_average_of_the_month_converts_every_day_of_it(shop: Shop) -> None:
    assert converted(
        shop,
        "2026-01-31,USD,0.90,average\n2026-02-28,USD,0.80,average\n",
        "A1,2026-01-01,tea,100,USD\nA2,2026-01-31,tea,100,USD\n"
        "A3,2026-02-01,tea,100,USD\nA4,2026-02-28,tea,100,EUR\n",
    ) == [90.0, 90.0, 80.0, 100.0]


def test_the_daily_rate_holds_until_the_next_one_or_seven_days(shop: Shop) -> None:
    daily = {"head": '[policies]\nrate_kind = "daily"'}
    assert converted(
        shop,
        "2026-01-02,USD,0.90,daily\n2026-01-05,USD,0.80,daily\n",
        "A1,2026-01-02,tea,100,USD\nA2,2026-01-04,tea,100,USD\n"
        "A3,2026-01-05,tea,100,USD\nA4,2026-01-12,tea,100,USD\n",
        **daily,
    ) == [90.0, 90.0, 80.0, 80.0]
    with pytest.raises(ContractError, match="no rate for USD in 2026-01"):
        shop.open("id,day,item,amount,money\nA1,2026-01-13,tea,100,USD\n")


def test_a_corrected_daily_rate_replaces_the_first(shop: Shop) -> None:
    shop.declare(
        columns='currency = "money"',
        tail=RATES.replace('column = "date" }\n', 'column = "seen" }\n'),
        head='[policies]\nrate_kind = "daily"',
    )
    shop.write(
        "rates.csv",
        "date,currency,rate,kind,seen\n2026-01-05,USD,0.90,daily,2026-01-05\n"
        "2026-01-05,USD,0.80,daily,2026-01-07\n2026-01-06,USD,0.70,daily,2026-01-06\n",
    )
    billing = "id,day,item,amount,money\nA1,2026-01-05,tea,100,USD\nA2,2026-01-06,tea,100,USD\n"
    assert list(shop.open(billing).invoices["amount"]) == [80.0, 70.0]
    assert list(shop.open(billing, as_of="2026-01-06").invoices["amount"]) == [90.0, 70.0]


def test_a_missing_rate_names_currency_month_rows_and_amount(shop: Shop) -> None:
    with pytest.raises(ContractError) as caught:
        converted(
            shop,
            "2026-01-31,USD,0.90,average\n",
            "A1,2026-01-01,tea,100,USD\nA2,2026-01-05,tea,1200.50,CHF\n",
        )
    assert caught.value.what == "no rate for CHF in 2026-01 (1 rows, 1,200.50 CHF)"
    assert caught.value.where == "invoices (billing.csv, line 3)"
    assert caught.value.advice == (
        "Add the average rate of 2026-01-05 to the source that feeds table rates, as EUR per 1 "
        "CHF; no rate of CHF is held."
    )


def test_a_budget_is_converted_at_the_rate_of_its_month(shop: Shop) -> None:
    shop.ledger(
        RATES
        + """
        [[sources]]
        name = "plan"
        table = "budget"
        path = "plan.csv"
        known_on = { date = 2025-12-01 }
        [sources.columns]
        version = "v"
        period = "month"
        account = "acct"
        currency = "money"
        amount_local = "plan"
        """,
        {
            "rates.csv": "date,currency,rate,kind\n2025-11-01,USD,0.5,average\n",
            "plan.csv": "v,month,acct,money,plan\nadopted,2025-11,4000,USD,10\n",
        },
    )
    rows = shop.open(period="2025-11").budget
    assert list(rows["amount"]) == [5.0]
    assert list(rows["amount_local"]) == [10.0]


def test_an_amount_in_reporting_currency_needs_no_rate(shop: Shop) -> None:
    shop.declare(amount='amount_local = "usd"\namount = "eur"', columns='currency = "money"')
    book = shop.open("id,day,item,usd,eur,money\nA1,2026-01-31,tea,100,91.5,USD\n")
    assert list(book.invoices["amount"]) == [91.5]


@pytest.mark.parametrize(
    ("line", "rule", "column", "value"),
    [
        (",2026-01-31,tea,5.00", "missing value", "invoice_id", ""),
        ("A9,2026-01-31,tea,", "missing value", "amount_local", ""),
        ('A9,2026-01-31,tea,"1,5"', "unreadable value", "amount_local", "1,5"),
        ("A9,31.01.2026,tea,5.00", "unreadable value", "invoice_date", "31.01.2026"),
    ],
)
def test_a_bad_row_is_held_back_with_its_value(
    shop: Shop, line: str, rule: str, column: str, value: str
) -> None:
    shop.declare("known_on = { date = 2026-01-31 }")
    book = shop.open(f"id,day,item,amount\nA1,2026-01-31,tea,1.00\n{line}\n")
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["column"], held["value"]) == (rule, column, value)
    assert (held["source"], held["file"], held["line"]) == ("billing", "billing.csv", "3")


def test_a_value_outside_a_closed_list_is_held_back(shop: Shop) -> None:
    shop.declare(columns='currency = "money"', tail=RATES)
    shop.write(
        "rates.csv",
        "date,currency,rate,kind\n2026-01-31,USD,0.9,averge\n2026-01-30,USD,0,average\n"
        "2026-01-29,USD,0.8,average\n",
    )
    book = shop.open("id,day,item,amount,money\nA1,2026-01-31,tea,100,USD\n")
    held = book.quarantine.set_index("rule")
    assert held.at["value not allowed", "value"] == "averge"
    assert held.at["value not allowed", "advice"] == ("Use one of average, daily, closing, budget.")
    assert held.at["value out of range", "advice"] == "Correct the value at the source."
    assert list(book.invoices["amount"]) == [80.0]


def test_a_value_of_another_form_is_held_back_and_asks_for_no_rate(shop: Shop) -> None:
    shop.declare(columns='currency = "money"')
    book = shop.open(
        "id,day,item,amount,money\nA1,2026-01-31,tea,1.00,EUR\nA2,2026-01-31,tea,2.00,eur\n"
        "A3,2026-01-31,tea,3.00,EURO\nA4,2026-01-31,tea,4.00,\n"
    )
    held = book.quarantine
    assert list(zip(held["line"], held["rule"], held["column"], held["value"], strict=True)) == [
        ("3", "value not allowed", "currency", "eur"),
        ("4", "value not allowed", "currency", "EURO"),
    ]
    assert set(held["advice"]) == {
        "Write currency in the form the data dictionary gives, such as EUR."
    }
    assert list(book.invoices["amount"]) == [1.0, 4.0]
    rules = book.rules.set_index("target")
    assert rules.at["value not allowed", "because"] == "currency has the form ^[A-Z]{3}$"
    assert rules.at["value not allowed", "rows"] == 2


def test_a_kind_without_a_statement_line_is_held_back(shop: Shop) -> None:
    statement = "[statement]\ntea = { line = 'Tea', group = 'gross' }"
    shop.declare(columns='kind = "item"', tail=statement)
    (held,) = shop.open().quarantine.to_dict("records")
    assert (held["rule"], held["value"]) == ("kind without a line", "coffee")


def test_a_repeated_key_is_held_back_and_the_first_kept(shop: Shop) -> None:
    shop.declare('key = ["invoice_id", "product"]')
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-31,tea,1\nA1,2026-01-31,milk,2\nA1,2026-01-31,tea,4\n"
    )
    (held,) = book.quarantine.to_dict("records")
    assert held["rule"] == "repeated key"
    assert held["value"] == "A1 · tea"
    assert held["advice"] == ("Remove the repeat, or declare the key that tells the rows apart.")
    assert (held["line"], held["amount"]) == ("4", 4.0)
    assert list(book.invoices["amount"]) == [1.0, 2.0]


def test_a_row_held_back_does_not_take_the_key(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]')
    book = shop.open("id,day,item,amount\nA1,2026-01-31,tea,x\nA1,2026-01-31,tea,2\n")
    assert list(book.quarantine["rule"]) == ["unreadable value"]
    assert list(book.invoices["amount"]) == [2.0]


def test_equal_rows_without_a_key_are_kept_and_flagged(shop: Shop) -> None:
    shop.declare()
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-31,tea,5\nA1,2026-01-31,tea,5\nA1,2026-01-31,tea,5\n"
        "A2,2026-01-31,tea,5\n"
    )
    assert len(book.invoices) == 4
    (control,) = book.controls[book.controls["control"] == "Equal rows"].to_dict("records")
    assert (control["state"], control["actual"]) == ("amber", 10.0)
    assert control["detail"].startswith("2 rows equal to an earlier row in every column")


RESTATED = """
id,day,item,amount,seen
A1,2026-01-31,tea,10,2026-01-31
A2,2026-01-31,milk,20,2026-01-31
A1,2026-01-31,tea,12,2026-02-28
"""


def test_a_restatement_counts_as_it_was_known_at_each_date(shop: Shop) -> None:
    shop.declare('replaces = ["invoice_id"]\nknown_on = { column = "seen" }')
    now = shop.open(RESTATED, period="2026-01")
    assert dict(zip(now.invoices["invoice_id"], now.invoices["amount"], strict=True)) == {
        "A1": 12.0,
        "A2": 20.0,
    }
    then = shop.open(period="2026-01", as_of="2026-01-31")
    assert list(then.invoices["amount"]) == [10.0, 20.0]
    assert status(now)["A1"] == ("accepted", None)


def test_what_was_restated_is_listed_with_its_amount(shop: Shop) -> None:
    shop.declare('replaces = ["invoice_id"]\nknown_on = { column = "seen" }')
    book = shop.open(RESTATED, period="2026-01")
    rules = book.rules.set_index("target")
    assert rules.at["restated", "action"] == "exclude"
    assert (rules.at["restated", "rows"], rules.at["restated", "amount"]) == (1, 10.0)
    (balance,) = book.balance.to_dict("records")
    assert (balance["rows_in"], balance["rows_accepted"], balance["rows_excluded"]) == (3, 2, 1)
    assert (balance["amount_in"], balance["amount_excluded"]) == (42.0, 10.0)


def test_a_later_statement_replaces_an_earlier_one_as_a_whole(shop: Shop) -> None:
    # Two rows of the same report add up, and a line the new report no longer has is gone.
    shop.declare('replaces = ["invoice_date"]\nknown_on = { column = "seen" }')
    book = shop.open(
        """
        id,day,item,amount,seen
        A1,2026-01-31,tea,10,2026-01-31
        A2,2026-01-31,milk,20,2026-01-31
        A1,2026-01-31,tea,3,2026-02-28
        A1,2026-01-31,tea,4,2026-02-28
        """,
        period="2026-01",
    )
    assert list(book.invoices["amount"]) == [3.0, 4.0]


def test_without_replaces_rows_add_up(shop: Shop) -> None:
    shop.declare('known_on = { column = "seen" }')
    assert shop.open(RESTATED, period="2026-01").invoices["amount"].sum() == 42.0


def test_a_row_learned_later_is_not_counted(shop: Shop) -> None:
    shop.declare('known_on = { column = "seen" }')
    book = shop.open(RESTATED, period="2026-01", as_of="2026-02-27")
    assert list(book.invoices["amount"]) == [10.0, 20.0]
    (balance,) = book.balance.to_dict("records")
    assert balance["amount_in"] == 30.0

"""Rows that are well written and wrong: journals, totals, scales, signs, rates, units, budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.write import text

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
SUM: Final = str(TOTAL)


def _totals() -> None:
    listed = (QUARANTINE, WARN)
    why = "a total is no entry: held back, or left out and listed; never added to the entries"
    empty = dict.fromkeys(ROWS[0], "")
    last = [*ROWS, empty | {"account": "Total", "amount": SUM}]
    shelf.add(
        "total-last.csv",
        "totals row",
        text(last),
        listed,
        names=("26",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    half = empty | {"account": "Subtotal", "amount": str(clean.total(ROWS[:12]))}
    shelf.add(
        "total-middle.csv",
        "totals row",
        text([*ROWS[:12], half, *ROWS[12:]]),
        listed,
        names=("14",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    german = empty | {"entry_id": "Summe", "amount": SUM}
    shelf.add(
        "total-german.csv",
        "totals row",
        text([*ROWS, german]),
        listed,
        names=("26",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    filled = ROWS[-1] | {
        "entry_id": "TOTAL",
        "account": "Total",
        "amount": SUM,
        "memo": "Grand total",
    }
    shelf.add(
        "total-filled.csv",
        "totals row",
        text([*ROWS, filled]),
        listed,
        names=("26",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    plan = clean.budget(12)
    spent = clean.total(plan)
    whole = plan[-1] | {"line": "Total", "amount": str(spent)}
    shelf.add(
        "budget-total.csv",
        "totals row",
        text([*plan, whole]),
        listed,
        table="budget",
        names=("74",),
        accepted=72,
        amount=spent,
        because=why,
    )
    wide = clean.budget_wide()
    sums = {month: str(sum(int(row[month]) for row in wide)) for month in clean.MONTHS}
    wide_sum = sum(int(row[month]) for row in wide for month in clean.MONTHS)
    shelf.add(
        "budget-wide-total.csv",
        "totals row",
        text([*wide, {"Product": "Total", "Line": ""} | sums]),
        (*listed[1:], REPAIR),
        table="budget",
        period="2026-01..2026-12",
        amount=wide_sum,
        because="left out and listed: as a repair or with a warning",
    )
    across = [row | {"Total": str(sum(int(row[month]) for month in clean.MONTHS))} for row in wide]
    shelf.add(
        "budget-wide-total-column.csv",
        "totals row",
        text(across),
        (WARN, REPAIR),
        table="budget",
        period="2026-01..2026-12",
        amount=wide_sum,
        because="as above",
    )


def _journals() -> None:
    rows = clean.journal(6)
    debit = clean.total([row for row in rows if row["debit"]], "debit")
    off = clean.change(rows, 3, credit=str(Decimal(rows[3]["credit"]) + 1))
    held = (QUARANTINE, WARN)
    shelf.add(
        "journal-unbalanced.csv",
        "journal",
        text(off),
        held,
        says=("J502",),
        because="the journal is held back as a whole, or named with its difference",
    )
    both = clean.change(rows, 2, credit=rows[2]["debit"])
    shelf.add("journal-both-sides.csv", "journal", text(both), QUARANTINE, names=("4",))
    none = clean.change(rows, 2, debit="")
    shelf.add("journal-no-side.csv", "journal", text(none), QUARANTINE, names=("4",))
    minus = clean.change(
        clean.change(rows, 2, debit=f"-{rows[2]['debit']}"), 3, credit=f"-{rows[3]['credit']}"
    )
    shelf.add(
        "journal-negative.csv",
        "journal",
        text(minus),
        (ACCEPT, WARN),
        accepted=12,
        because="a reversal; some systems forbid a negative debit",
    )
    lost = clean.change(rows, 2, journal_id="")
    shelf.add(
        "journal-without-id.csv",
        "journal",
        text(lost),
        (QUARANTINE, WARN),
        names=("4",),
        because="the line cannot be balanced",
    )
    cut = rows[:-1]
    shelf.add(
        "journal-cut.csv",
        "journal",
        text(cut),
        held,
        says=("J506",),
        because="the last journal lacks its credit",
    )
    days = clean.change(rows, 3, posting_date="2026-12-01")
    shelf.add(
        "journal-two-days.csv",
        "journal",
        text(days),
        (ACCEPT, WARN),
        accepted=12,
        because="balanced as a whole, not by day",
    )
    assert debit == clean.total([row for row in rows if row["credit"]], "credit")


def _scales() -> None:
    rows = clean.ledger(360, seed=31, sigma=0.3)
    mixed = [
        row | {"amount": str((Decimal(row["amount"]) * 1000).quantize(clean.CENT))}
        if row["posting_date"] >= "2026-09"
        else row
        for row in rows
    ]
    noticed = (WARN, QUARANTINE)
    shelf.add(
        "scale-months-in-thousandths.csv",
        "mixed scales",
        text(mixed),
        noticed,
        says=("scale", "times", "1,000", "1000"),
        because="the last months are a thousand times the first in each account: ask, or hold back",
    )
    cents = [
        row | {"amount": str((Decimal(row["amount"]) * 100).quantize(Decimal(1)))}
        if row["product"] == "Borea"
        else row
        for row in rows
    ]
    shelf.add(
        "scale-one-product-in-cents.csv",
        "mixed scales",
        text(cents),
        noticed,
        says=("scale", "times", "100"),
        because="as above, one product in cents",
    )
    one = clean.change(
        rows, 77, amount=str((Decimal(rows[77]["amount"]) * 1000).quantize(clean.CENT))
    )
    shelf.add(
        "scale-one-row.csv",
        "mixed scales",
        text(one),
        (WARN, QUARANTINE),
        names=("79",),
        because="one entry is a thousand times its account's others",
    )
    flipped = [
        row | {"amount": f"-{row['amount']}"}
        if row["posting_date"] >= "2026-10" and row["account"] == "4000"
        else row
        for row in rows
    ]
    shelf.add(
        "sign-flipped-months.csv",
        "sign flips",
        text(flipped),
        noticed,
        says=("sign",),
        because="an account changes its sign for good in October",
    )
    part = [
        row | {"amount": f"-{row['amount']}"}
        if row["product"] == "Borea" and row["account"] == "4000"
        else row
        for row in rows
    ]
    shelf.add(
        "sign-flipped-product.csv",
        "sign flips",
        text(part),
        noticed,
        says=("sign",),
        because="one product's revenue is negative throughout, the others' positive",
    )


def _usage() -> None:
    rows = clean.usage(30)
    shelf.add(
        "usage-negative.csv",
        "usage",
        text(clean.change(rows, 7, units="-3")),
        (QUARANTINE, WARN),
        table="usage",
        names=("9",),
        because="nobody uses less than nothing; a correction is possible",
    )
    held = {"table": "usage", "names": ("9",), "accepted": 29, "quarantined": 1}
    shelf.add(
        "usage-units-word.csv",
        "usage",
        text(clean.change(rows, 7, units="many")),
        QUARANTINE,
        **held,
    )
    shelf.add(
        "usage-units-nan.csv", "usage", text(clean.change(rows, 7, units="nan")), QUARANTINE, **held
    )
    shelf.add(
        "usage-no-account.csv",
        "usage",
        text(clean.change(rows, 7, account_id="")),
        QUARANTINE,
        **held,
    )
    shelf.add("usage-no-time.csv", "usage", text(clean.change(rows, 7, ts="")), QUARANTINE, **held)
    shelf.add(
        "usage-repeated.csv",
        "usage",
        text([*rows, rows[3]]),
        QUARANTINE,
        table="usage",
        names=("32",),
        accepted=30,
        quarantined=1,
    )
    shelf.add(
        "usage-other-event-same-id.csv",
        "usage",
        text(clean.change(rows, 7, event_id=rows[3]["event_id"])),
        QUARANTINE,
        **held,
    )
    shelf.add(
        "usage-ids-point-zero.csv",
        "id as float",
        text([row | {"account_id": f"{int(row['account_id'])}.0"} for row in rows]),
        (WARN, REPAIR),
        table="usage",
        accepted=30,
        because="the leading zeros are lost too",
    )
    shelf.add(
        "usage-no-units-column.csv",
        "header",
        text(clean.without(rows, "units")),
        (REJECT, WARN),
        table="usage",
        because="a contract column is missing; one event counting one is a guess",
    )
    shelf.add("usage-as-ledger.csv", "wrong table", text(rows), REJECT, table="ledger")
    shelf.add("ledger-as-usage.csv", "wrong table", text(ROWS), REJECT, table="usage")
    shelf.add("ledger-as-fx.csv", "wrong table", text(ROWS), REJECT, table="fx")
    shelf.add("fx-as-budget.csv", "wrong table", text(clean.fx()), REJECT, table="budget")


def _fx() -> None:
    rows = clean.fx(20)
    held = {"table": "fx", "names": ("9",), "accepted": 39, "quarantined": 1}
    for name, value in (
        ("zero", "0"),
        ("negative", "-0.92"),
        ("word", "n/a"),
        ("missing", ""),
        ("nan", "NaN"),
        ("inf", "inf"),
    ):
        shelf.add(
            f"fx-{name}.csv", "fx", text(clean.change(rows, 7, rate=value)), QUARANTINE, **held
        )
    doubt = (WARN, QUARANTINE)
    inverse = str(round(1 / Decimal(rows[8]["rate"]), 6))
    jump = clean.change(rows, 8, rate=str(Decimal(rows[8]["rate"]) * 100))
    yen = clean.fx(20, currencies=("USD", "JPY"))
    upside = clean.change(yen, 9, rate=str(round(1 / Decimal(yen[9]["rate"]), 4)))
    shelf.add(
        "fx-inverted-yen.csv",
        "fx",
        text(upside),
        doubt,
        table="fx",
        names=("11",),
        because="one rate is the inverse of its neighbors: ask, or hold back",
    )
    shelf.add(
        "fx-inverted-dollar.csv",
        "fx",
        text(clean.change(rows, 8, rate=inverse)),
        doubt,
        table="fx",
        names=("10",),
        because="as above: 18 % in a day and back",
    )
    shelf.add(
        "fx-hundredfold.csv", "fx", text(jump), doubt, table="fx", names=("10",), because="as above"
    )
    shelf.add(
        "fx-repeated.csv",
        "fx",
        text([*rows, rows[7]]),
        (QUARANTINE, REPAIR),
        table="fx",
        names=("42",),
        accepted=40,
        because="the same rate twice: hold back, or drop and list",
    )
    other = rows[7] | {"rate": "1.3"}
    shelf.add(
        "fx-two-rates-a-day.csv",
        "fx",
        text([*rows, other]),
        QUARANTINE,
        table="fx",
        accepted=None,
        says=("repeat", "twice", "two"),
    )
    gap = [row for row in rows if row["date"] not in {"2026-01-14", "2026-01-15"}]
    shelf.add("fx-missing-weekdays.csv", "fx", text(gap), WARN, table="fx", says=("2026-01-14",))
    thin = [row for row in rows if not (row["date"] == "2026-01-14" and row["currency"] == "GBP")]
    shelf.add("fx-missing-one.csv", "fx", text(thin), WARN, table="fx", says=("2026-01-14",))
    shelf.add(
        "fx-no-currency.csv", "fx", text(clean.change(rows, 7, currency="")), QUARANTINE, **held
    )
    shelf.add(
        "fx-bad-day.csv", "fx", text(clean.change(rows, 7, date="2026-02-30")), QUARANTINE, **held
    )
    shelf.add(
        "fx-decimal-comma.csv",
        "decimal comma",
        text([row | {"rate": row["rate"].replace(".", ",")} for row in rows], delimiter=";"),
        (REPAIR, WARN),
        table="fx",
        accepted=40,
        because="six places behind a comma: one reading, listed",
    )
    wide = clean.fx_wide(20)
    hole = clean.change(wide, 7, USD="")
    shelf.add(
        "fx-wide-hole.csv",
        "fx",
        text(hole),
        (WARN, QUARANTINE),
        table="fx",
        because="one rate of forty is missing",
    )
    zero = clean.change(wide, 7, USD="0")
    shelf.add("fx-wide-zero.csv", "fx", text(zero), QUARANTINE, table="fx", names=("9",))


def _budgets() -> None:
    rows = clean.budget(12)
    shelf.add(
        "budget-repeated.csv",
        "budget",
        text([*rows, rows[5]]),
        (WARN, QUARANTINE),
        table="budget",
        names=("74",),
        because="no key is declared, so equal rows are kept and flagged; a person may see a repeat",
    )
    other = rows[5] | {"amount": "1.00"}
    shelf.add(
        "budget-two-amounts.csv",
        "budget",
        text([*rows, other]),
        (WARN, QUARANTINE),
        table="budget",
        says=("repeat", "twice"),
        because="two amounts of one line may add up, or one is old: never in silence",
    )
    gap = [row for row in rows if row["month"] != "2026-07"]
    shelf.add(
        "budget-month-missing.csv",
        "budget",
        text(gap),
        WARN,
        table="budget",
        period="2026-01..2026-12",
        says=("2026-07",),
    )
    shelf.add(
        "budget-month-13.csv",
        "budget",
        text(clean.change(rows, 5, month="2026-13")),
        QUARANTINE,
        table="budget",
        names=("7",),
        accepted=71,
    )
    shelf.add(
        "budget-month-word.csv",
        "budget",
        text(clean.change(rows, 5, month="June")),
        QUARANTINE,
        table="budget",
        names=("7",),
        accepted=71,
    )
    shelf.add(
        "budget-no-product.csv",
        "budget",
        text(clean.change(rows, 5, product="")),
        (QUARANTINE, WARN),
        table="budget",
        because="a blank is (none) by the contract, but then the line it was lacks its month",
    )
    shelf.add(
        "budget-no-version.csv",
        "budget",
        text(clean.change(rows, 5, version="")),
        QUARANTINE,
        table="budget",
        names=("7",),
        accepted=71,
    )
    shelf.add(
        "budget-no-line.csv",
        "budget",
        text(clean.change(rows, 5, line="")),
        QUARANTINE,
        table="budget",
        names=("7",),
        accepted=71,
    )
    two = clean.budget(12, versions=("adopted", "revised"))
    shelf.add(
        "budget-two-versions.csv",
        "budget",
        text(two),
        (ACCEPT, WARN),
        table="budget",
        accepted=144,
        because="versions stand beside each other; their sum is no plan",
    )
    plan = [row | {"amount": f"{Decimal(row['amount']) / 1000:.3f}"} for row in rows]
    scaled = text(plan).replace("amount", "amount (kEUR)", 1)
    shelf.add(
        "budget-unit-in-header.csv",
        "unit",
        scaled,
        (REPAIR, REJECT),
        table="budget",
        because="the unit is taken from the header and listed, or refused; never euros",
    )
    titled = "Budget 2026, in thousands of EUR\n" + text(plan)
    shelf.add(
        "budget-unit-in-title.csv",
        "unit",
        titled,
        (REPAIR, REJECT),
        table="budget",
        because="as above, in a title line",
    )
    wide = clean.budget_wide()
    shelf.add(
        "budget-wide-month-twice.csv",
        "budget",
        text(wide).replace("Mar", "Feb", 1),
        REJECT,
        table="budget",
        period="2026-01..2026-12",
        says=("feb", "2026-02"),
    )
    short = clean.budget_wide(months=[month for month in clean.MONTHS if month != "Jul"])
    shelf.add(
        "budget-wide-month-missing.csv",
        "budget",
        text(short),
        WARN,
        table="budget",
        says=("jul", "-07"),
        period="2026-01..2026-12",
    )
    shelf.add(
        "budget-wide-word.csv",
        "budget",
        text(clean.change(wide, 2, May="n/a")),
        QUARANTINE,
        table="budget",
        says=("n/a",),
        period="2026-01..2026-12",
    )
    shelf.add(
        "budget-wide-blank.csv",
        "budget",
        text(clean.change(wide, 2, May="")),
        (WARN, ACCEPT),
        table="budget",
        period="2026-01..2026-12",
        because="a blank is no plan for the month, or zero: a word is due",
    )
    years = text(wide, header=["Product", "Line", *(f"{month}-26" for month in clean.MONTHS)])
    shelf.add(
        "budget-wide-two-digit-years.csv",
        "budget",
        years,
        (ACCEPT, REPAIR),
        table="budget",
        because="a month name and a year leave one reading",
    )
    both = [
        {**row, **{f"{month} 2027": row[month] for month in clean.MONTHS}}
        for row in clean.budget_wide(months=clean.MONTHS)
    ]
    shelf.add(
        "budget-wide-two-years.csv",
        "budget",
        text(both),
        (WARN, REJECT),
        table="budget",
        because="twelve months without a year and twelve with one",
    )
    shelf.add(
        "budget-wide-repeated.csv",
        "budget",
        text([*wide, wide[0]]),
        (WARN, QUARANTINE),
        table="budget",
        period="2026-01..2026-12",
        says=("repeat", "twice", "equal"),
        because="as for the long form",
    )


for fill in (_totals, _journals, _scales, _usage, _fx, _budgets):
    fill()

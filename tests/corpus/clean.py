"""Files nothing is wrong with: every table, form, encoding and way of writing that people use."""

from __future__ import annotations

import codecs
import csv
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tests.corpus import rows as data
from tests.corpus.case import ACCEPT, CLEAN, REPAIR, WARN, Shelf
from tests.corpus.sheets import NUMBERS, ods, table, xls, xlsb, xlsx
from tests.corpus.write import arrow, gzipped, json_array, jsonl, parquet, plain, text

if TYPE_CHECKING:
    from tests.corpus.rows import Row

shelf = Shelf()

TABLES: Final = {
    "ledger": ("ledger", data.ledger(60)),
    "journal": ("ledger", data.journal(20)),
    "budget": ("budget", data.budget(12)),
    "usage": ("usage", data.usage(60)),
    "fx": ("fx", data.fx(20)),
}
#: The column whose sum is the table's amount; rates are not added, journals come to nothing.
SUMMED: Final = {"ledger": "amount", "budget": "amount", "usage": "units"}
MEASURES: Final = {
    "ledger": ("amount",),
    "journal": ("debit", "credit"),
    "budget": ("amount",),
    "usage": ("units",),
    "fx": ("rate",),
}


def _put(
    name: str,
    body: bytes,
    rows: list[Row],
    *,
    which: str,
    right: tuple[str, ...] = CLEAN,
    period: str = "",
    says: tuple[str, ...] = (),
) -> None:
    kind, _ = TABLES[which]
    summed = SUMMED.get(which)
    more: dict[str, object] = {"amount": data.total(rows, summed)} if summed else {}
    shelf.add(
        f"clean-{name}",
        "clean",
        body,
        right,
        table=kind,
        accepted=len(rows),
        quarantined=0,
        period=period,
        says=says,
        **more,
    )


def _forms() -> None:
    for which, (_, rows) in TABLES.items():
        numbers = MEASURES[which]
        bare = [row for row in rows if all(row[name] for name in numbers)] or None
        _put(f"{which}.csv", plain(rows), rows, which=which, right=(ACCEPT,))
        _put(f"{which}-mark.csv", codecs.BOM_UTF8 + plain(rows), rows, which=which)
        _put(f"{which}-crlf.csv", plain(rows, end="\r\n"), rows, which=which, right=(ACCEPT,))
        _put(f"{which}-no-last-line-end.csv", plain(rows)[:-1], rows, which=which, right=(ACCEPT,))
        _put(
            f"{which}-quoted.csv",
            plain(rows, quoting=csv.QUOTE_ALL),
            rows,
            which=which,
            right=(ACCEPT,),
        )
        for mark, sign in (("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
            _put(f"{which}-{mark}.csv", plain(rows, delimiter=sign), rows, which=which)
        _put(
            f"{which}-utf16.csv",
            plain(rows, encoding="utf-16"),
            rows,
            which=which,
            right=(REPAIR, ACCEPT),
        )
        _put(f"{which}.csv.gz", gzipped(plain(rows)), rows, which=which)
        _put(f"{which}-no-ending", plain(rows), rows, which=which, right=(ACCEPT,))
        if bare:
            _put(f"{which}.jsonl", jsonl(rows, numbers=numbers), rows, which=which, right=(ACCEPT,))
            _put(
                f"{which}.json",
                json_array(rows, numbers=numbers),
                rows,
                which=which,
                right=(ACCEPT,),
            )
        _put(f"{which}-text.jsonl", jsonl(rows, numbers=()), rows, which=which)
        _put(f"{which}-text.parquet", parquet(arrow(rows)), rows, which=which)
        kinds = dict.fromkeys(numbers, "decimal") | {
            name: "date" for name in ("posting_date", "date") if name in rows[0]
        }
        _put(f"{which}.parquet", parquet(arrow(rows, **kinds)), rows, which=which, right=(ACCEPT,))
        _put(
            f"{which}-gzip-pages.parquet",
            parquet(arrow(rows, **kinds), compression="gzip", row_group_size=7),
            rows,
            which=which,
            right=(ACCEPT,),
        )
        cells = table(rows)
        _put(f"{which}.xlsx", xlsx((which.title(), cells)), rows, which=which, right=(ACCEPT,))
        _put(f"{which}.ods", ods(cells, name=which.title()), rows, which=which, right=(ACCEPT,))
        _put(f"{which}.xls", xls(table(rows, dates=()), name=which.title()), rows, which=which)
        _put(f"{which}.xlsb", xlsb(table(rows, dates=()), name=which.title()), rows, which=which)
        shuffled = [{name: row[name] for name in sorted(row)} for row in rows]
        _put(f"{which}-columns-sorted.csv", plain(shuffled), rows, which=which, right=(ACCEPT,))
        titled = [name.replace("_", " ").title() for name in rows[0]]
        _put(
            f"{which}-titled-header.csv",
            plain(rows, header=titled),
            rows,
            which=which,
            right=(REPAIR,),
        )
        backward = rows[::-1]
        _put(f"{which}-backward.csv", plain(backward), rows, which=which, right=(ACCEPT,))


def _sizes() -> None:
    for count in (1, 2, 3, 7, 500, 5000):
        rows = data.ledger(count, seed=100 + count)
        _put(f"ledger-{count}-rows.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
        events = data.usage(count, seed=100 + count)
        _put(f"usage-{count}-rows.csv", plain(events), events, which="usage", right=(ACCEPT,))
    for months in (1, 3, 6):
        plan = data.budget(months)
        _put(f"budget-{months}-months.csv", plain(plan), plan, which="budget", right=(ACCEPT,))
    for days in (1, 5, 260):
        rates = data.fx(days)
        _put(f"fx-{days}-days.csv", plain(rates), rates, which="fx", right=(ACCEPT,))


def _tails() -> None:
    """Amounts as they are: a few huge, many small, and nothing wrong with any."""
    for seed in range(12):
        sigma = (1.0, 1.5, 2.0, 2.5)[seed % 4]
        rows = data.ledger(600, seed=200 + seed, sigma=sigma)
        _put(f"ledger-heavy-tail-{seed}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    for seed in range(4):
        dice = random.Random(300 + seed)
        rows = [
            row | {"amount": str(Decimal(str(50 * dice.paretovariate(1.1))).quantize(data.CENT))}
            for row in data.ledger(600, seed=300 + seed)
        ]
        _put(f"ledger-pareto-{seed}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    for seed in range(3):
        dice = random.Random(400 + seed)
        rows = [
            row | {"units": str(int(dice.paretovariate(0.9)))}
            for row in data.usage(400, seed=400 + seed)
        ]
        _put(f"usage-heavy-tail-{seed}.csv", plain(rows), rows, which="usage", right=(ACCEPT,))
    growth = [
        row | {"amount": str((Decimal(row["amount"]) * Decimal("1.35") ** at).quantize(data.CENT))}
        for at, row in ((int(row["posting_date"][5:7]), row) for row in data.ledger(240, seed=41))
    ]
    _put(
        "ledger-grows-35-percent-a-month.csv",
        plain(growth),
        growth,
        which="ledger",
        right=(ACCEPT,),
    )
    rows = data.ledger(60, seed=42)
    for at, amount in ((7, "-812.40"), (19, "-33.10"), (44, "-950.00")):
        rows = data.change(rows, at, amount=amount, memo="Credit note")
    _put("ledger-credit-notes.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    year_end = data.change(
        data.ledger(360, seed=43), -1, account="6200", amount="148250.00", memo="Annual audit fee"
    )
    _put(
        "ledger-one-large-fee.csv", plain(year_end), year_end, which="ledger", right=(ACCEPT, WARN)
    )
    zeros = data.change(data.change(data.ledger(60), 3, amount="0.00"), 9, amount="0")
    _put("ledger-zero-amounts.csv", plain(zeros), zeros, which="ledger", right=(ACCEPT,))
    whole = [row | {"amount": str(int(Decimal(row["amount"])))} for row in data.ledger(60)]
    _put("ledger-whole-amounts.csv", plain(whole), whole, which="ledger", right=(ACCEPT,))
    minus = [row | {"amount": f"-{row['amount']}"} for row in data.ledger(60)]
    _put("ledger-all-negative.csv", plain(minus), minus, which="ledger", right=(ACCEPT,))
    swings = [
        row | {"amount": row["amount"] if at % 2 else f"-{row['amount']}"}
        for at, row in enumerate(data.ledger(60))
    ]
    _put("ledger-clearing-both-signs.csv", plain(swings), swings, which="ledger", right=(ACCEPT,))
    big = [row | {"amount": str(Decimal(row["amount"]) * 1_000_000)} for row in data.ledger(60)]
    _put("ledger-billions.csv", plain(big), big, which="ledger", right=(ACCEPT,))
    same = data.each(data.ledger(36), amount="49.00", memo="Monthly plan")
    _put("ledger-same-amounts.csv", plain(same), same, which="ledger", right=(ACCEPT,))


MEMOS: Final = (
    "O'Brien & Sons",
    'a 5" pipe, cut',
    "Müller, Grüße; Straße",
    "Ελληνικά τέλος",
    "חשבונית מס׳ 12",
    "فاتورة ١٢",
    "日本語の請求書",
    "счёт № 7",
    "SELECT your plan FROM the menu; it is free",
    "a = b, and -5 + 3",
    "so = 5 items (gift)",
    "@ann asked; #12; 100 %",
    "NULL island trip",
    "N/A",
    "nan bread",
    "true",
    "1/2 day",
    "2026-02-30 was a typo",
    "Total Energies SE",
    "Subtotal Ltd, deposit",
    "#REF 5512",
    "https://example.com/?a=1&b=2",
    "share A:\\ may",
    "first line\nsecond line",
    "tab\there",
    "  spaces around  ",
    "🎉 launch",
    "password reset project",
    "token ring network, 1 unit",
    "card stock, 4000 sheets",
    "x" * 500,
    "éèêëàâäôöûüçñ",
    "café (decomposed: cafe\u0301)",
    "non-breaking\u00a0space",
    "“curly” — dash… ™ ½",
    "<b>bold</b> move",
    "{curly: 1}",
    "[1, 2]",
    "header, amount, memo",
    "-",
    "0012",
    "1e5",
    "%s",
    "",
)


def _words() -> None:
    for at, memo in enumerate(MEMOS):
        rows = data.change(data.ledger(24, seed=500 + at), at % 24, memo=memo)
        _put(f"ledger-memo-{at:02d}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    all_memos = [row | {"memo": MEMOS[at % len(MEMOS)]} for at, row in enumerate(data.ledger(88))]
    _put("ledger-memos.jsonl", jsonl(all_memos), all_memos, which="ledger", right=(ACCEPT,))
    _put(
        "ledger-memos.xlsx",
        xlsx(("Ledger", table(all_memos))),
        all_memos,
        which="ledger",
        right=(ACCEPT,),
    )
    _put(
        "ledger-memos.parquet",
        parquet(arrow(all_memos, amount="decimal")),
        all_memos,
        which="ledger",
        right=(ACCEPT,),
    )
    words = {
        "cp1252": "Büro Zürich, façade – 50 €",
        "iso-8859-1": "Grüße aus Köln",
        "cp1250": "Żółty łódź, Kraków",
        "shift_jis": "日本語の請求書を送りました。請求金額は来月分です",
        "cp1251": "Счёт за услуги связи, договор поставки",
        "mac_roman": "Büro Zürich, façade",
        "utf-8": "Žluťoučký kůň",
    }
    for encoding, word in words.items():
        rows = [
            row | {"memo": word if at % 3 == 0 else row["memo"]}
            for at, row in enumerate(data.ledger(30))
        ]
        right = (ACCEPT,) if encoding == "utf-8" else (REPAIR, WARN)
        _put(
            f"ledger-{encoding}.csv",
            plain(rows, encoding=encoding),
            rows,
            which="ledger",
            right=right,
        )


def _keys() -> None:
    base = data.ledger(30)
    for name, ids in {
        "leading-zeros": [f"000{at:05d}" for at in range(30)],
        "long": [f"9007199254740993{at:04d}" for at in range(30)],
        "exponent-like": [f"{at}E5" for at in range(30)],
        "date-like": [f"2026-01-{at:02d}" for at in range(30)],
        "uuid": [f"550e8400-e29b-41d4-a716-4466554400{at:02d}" for at in range(30)],
        "slashes": [f"INV/2026/{at:04d}" for at in range(30)],
        "plain": [str(at + 1) for at in range(30)],
        "dotted": [f"1.{at}" for at in range(30)],
        "umlaut": [f"Ü-{at}" for at in range(30)],
        "hash": [f"#{at}" for at in range(30)],
    }.items():
        rows = [row | {"entry_id": given} for row, given in zip(base, ids, strict=True)]
        _put(f"ledger-ids-{name}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
        _put(
            f"ledger-ids-{name}.xlsx",
            xlsx(("Ledger", table(rows))),
            rows,
            which="ledger",
            right=(ACCEPT,),
        )
    for name, column, value in (
        ("product-na", "product", "NA"),
        ("product-null", "product", "null"),
        ("product-true", "product", "True"),
        ("product-number", "product", "007"),
        ("product-none", "product", "None"),
        ("product-inf", "product", "Infinity"),
        ("product-total", "product", "Total Care"),
        ("product-hebrew", "product", "אטלס"),
        ("product-arabic", "product", "أطلس"),
        ("product-japanese", "product", "アトラス"),
        ("product-greek", "product", "Άτλας"),
        ("product-formula-like", "product", "+Plus"),
        ("center-slash", "cost_center", "R&D/Platform"),
        ("center-quote", "cost_center", "Sales 'North'"),
        ("account-zeros", "account", "0004000"),
        ("account-words", "account", "Hosting, shared"),
        ("account-dotted", "account", "4000.10"),
    ):
        rows = [
            row | {column: value if at % 4 == 0 else row[column]} for at, row in enumerate(base)
        ]
        _put(f"ledger-{name}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    zeros = [row | {"account_id": f"{at % 7:06d}"} for at, row in enumerate(data.usage(40))]
    _put("usage-account-zeros.csv", plain(zeros), zeros, which="usage", right=(ACCEPT,))
    _put(
        "usage-account-zeros.xlsx",
        xlsx(("Usage", table(zeros))),
        zeros,
        which="usage",
        right=(ACCEPT,),
    )
    less = data.without(base, "memo")
    _put("ledger-without-memo.csv", plain(less), less, which="ledger", right=(ACCEPT,))
    for currency in ("USD", "JPY", "GBP", "CHF", "BRL", "NAD"):
        rows = data.each(base, currency=currency)
        _put(f"ledger-{currency.lower()}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))


def _days() -> None:
    base = data.ledger(30)
    for year in (2019, 2024, 2025, 2027):
        rows = data.ledger(30, year=year)
        _put(f"ledger-{year}.csv", plain(rows), rows, which="ledger", right=(ACCEPT,))
    leap = data.change(data.ledger(30, year=2024), 3, posting_date="2024-02-29")
    _put("ledger-leap-day.csv", plain(leap), leap, which="ledger", right=(ACCEPT,))
    for name, period, rows in (
        ("whole-year", "2026-01..2026-12", base),
        ("one-month", "2026-01", [row for row in base if row["posting_date"] < "2026-02"]),
        ("quarter", "2026-01..2026-03", [row for row in base if row["posting_date"] < "2026-04"]),
    ):
        _put(
            f"ledger-period-{name}.csv",
            plain(rows),
            rows,
            which="ledger",
            right=(ACCEPT,),
            period=period,
        )
    clocks = [row | {"posting_date": f"{row['posting_date']} 08:30:00"} for row in base]
    _put("ledger-with-clock.csv", plain(clocks), clocks, which="ledger")
    fiscal = [row for year in (2025, 2026) for row in data.budget(12, year=year)]
    fiscal = [row for row in fiscal if "2025-07" <= row["month"] <= "2026-06"]
    _put("budget-fiscal-year.csv", plain(fiscal), fiscal, which="budget", right=(ACCEPT,))
    named = [row | {"month": f"{row['month']}-01"} for row in data.budget(12)]
    _put("budget-first-days.csv", plain(named), named, which="budget")
    called = [
        {("period" if key == "month" else key): value for key, value in row.items()}
        for row in data.budget(12)
    ]
    _put("budget-called-period.csv", plain(called), called, which="budget", right=(ACCEPT,))
    account = [
        {("account" if key == "line" else key): value for key, value in row.items()}
        for row in data.budget(12)
    ]
    _put("budget-called-account.csv", plain(account), account, which="budget", right=(ACCEPT,))
    spaced = [row | {"ts": row["ts"].replace("T", " ").replace("Z", "")} for row in data.usage(40)]
    _put("usage-without-zone.csv", plain(spaced), spaced, which="usage", right=(ACCEPT, WARN))
    offset = [row | {"ts": row["ts"].replace("Z", "+00:00")} for row in data.usage(40)]
    _put("usage-zero-offset.csv", plain(offset), offset, which="usage")
    fine = [row | {"ts": row["ts"].replace("Z", ".250Z")} for row in data.usage(40)]
    _put("usage-milliseconds.csv", plain(fine), fine, which="usage", right=(ACCEPT,))
    parts = [row | {"units": f"{row['units']}.25"} for row in data.usage(40)]
    _put("usage-fractions.csv", plain(parts), parts, which="usage", right=(ACCEPT,))
    zero = data.change(data.usage(40), 5, units="0")
    _put("usage-zero-units.csv", plain(zero), zero, which="usage", right=(ACCEPT,))


def _wide() -> None:
    rows = data.budget_wide()
    spent = sum(int(row[month]) for row in rows for month in data.MONTHS)
    fine: dict[str, object] = {
        "table": "budget",
        "period": "2026-01..2026-12",
        "amount": spent,
        "quarantined": 0,
    }
    shelf.add("clean-budget-wide.csv", "clean", plain(rows), CLEAN, **fine)
    shelf.add("clean-budget-wide-semicolon.csv", "clean", plain(rows, delimiter=";"), CLEAN, **fine)
    numbers = data.MONTHS
    shelf.add(
        "clean-budget-wide.xlsx",
        "clean",
        xlsx(("Plan", table(rows, numbers=numbers))),
        CLEAN,
        **fine,
    )
    shelf.add(
        "clean-budget-wide.ods",
        "clean",
        ods(table(rows, numbers=numbers), name="Plan"),
        CLEAN,
        **fine,
    )
    shelf.add(
        "clean-budget-wide.parquet",
        "clean",
        parquet(arrow(rows, **dict.fromkeys(numbers, "decimal"))),
        CLEAN,
        **fine,
    )
    long = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    shelf.add(
        "clean-budget-wide-long-names.csv",
        "clean",
        plain(rows, header=["Product", "Line", *long]),
        CLEAN,
        **fine,
    )
    labels = [f"2026-{at:02d}" for at in range(1, 13)]
    shelf.add(
        "clean-budget-wide-labels.csv",
        "clean",
        plain(rows, header=["Product", "Line", *labels]),
        CLEAN,
        **(fine | {"period": ""}),
    )
    dated = [f"{month} 2026" for month in data.MONTHS]
    shelf.add(
        "clean-budget-wide-dated.csv",
        "clean",
        plain(rows, header=["Product", "Line", *dated]),
        CLEAN,
        **(fine | {"period": ""}),
    )
    wide = data.fx_wide(20)
    right = (*CLEAN, WARN)
    for name, body in {
        "clean-fx-wide.csv": plain(wide),
        "clean-fx-wide.xlsx": xlsx(("Rates", table(wide, numbers=(*NUMBERS, "USD", "GBP")))),
        "clean-fx-wide.parquet": parquet(arrow(wide, USD="decimal", GBP="decimal", date="date")),
        "clean-fx-wide-semicolon.csv": plain(wide, delimiter=";"),
    }.items():
        shelf.add(
            name,
            "clean",
            body,
            right,
            table="fx",
            quarantined=0,
            because="the direction may not be declared: a word is due",
        )
    assert text(wide).startswith("date,USD,GBP")


for fill in (_forms, _sizes, _tails, _words, _keys, _days, _wide):
    fill()

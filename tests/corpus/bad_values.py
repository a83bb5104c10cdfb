"""Amounts, ids, currencies and texts that are not what they should be."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.write import text

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
AT: Final = 9
LINE: Final = ("11",)
REST: Final = TOTAL - Decimal(ROWS[AT]["amount"])


def _one(**values: str) -> str:
    return text(clean.change(ROWS, AT, **values))


def _unreadable() -> None:
    for name, value in {
        "nan": "NaN",
        "infinity": "Infinity",
        "minus-inf": "-inf",
        "na": "#N/A",
        "ref": "#REF!",
        "null": "NULL",
        "none": "None",
        "dash": "-",
        "word": "twelve",
        "missing": "",
        "two-points": "1.234.5",
        "two-signs": "--5.00",
        "letter-o": "1O0.00",
        "letter-l": "l00.00",
        "percent": "12%",
        "hex": "0x1F4",
        "underscore": "1_000.00",
        "fraction": "1/2",
        "sum": "100+20",
        "formula": "=SUM(G2:G10)",
        "arabic-digits": "١٢٣٫٤٥",
        "overflow": "1e400",
        "thirty-digits": "1" * 30,
        "half-space": "12 34.00",
        "range": "100-200",
        "date": "2026-01-05",
        "bad-groups": "1,23,45.6",
        "superscript": "10²",
        "true": "true",
        "hidden-letter": "12\u200b3a",
        "question": "?",
        "two-currencies": "EUR 5 USD",
    }.items():
        shelf.add(
            f"amount-{name}.csv",
            "unreadable amount",
            _one(amount=value),
            QUARANTINE,
            names=LINE,
            accepted=23,
            quarantined=1,
            amount=REST,
        )


def _written_otherwise() -> None:
    """Amounts a person reads at once: each is repaired and listed, or held back."""
    listed = (REPAIR, QUARANTINE)
    why = "one reading only: repair and list it, or hold the row back"
    for name, value, plain in (
        ("parentheses", "(1,234.50)", "-1234.50"),
        ("parentheses-plain", "(1234.50)", "-1234.50"),
        ("trailing-minus", "1234.50-", "-1234.50"),
        ("true-minus", "−1234.50", "-1234.50"),
        ("credit-mark", "1234.50 CR", "-1234.50"),
        ("thousands", "1,234.50", "1234.50"),
        ("nbsp-thousands", "1\u00a0234.50", "1234.50"),
        ("narrow-thousands", "1\u202f234.50", "1234.50"),
        ("apostrophe-thousands", "1'234.50", "1234.50"),
        ("symbol", "€1234.50", "1234.50"),
        ("code", "1234.50 EUR", "1234.50"),
        ("text-mark", "'1234.50", "1234.50"),
        ("fullwidth", "１２３４.50", "1234.50"),
        ("zero-width", "1234\u200b.50", "1234.50"),
    ):
        held = (QUARANTINE, WARN) if name in {"credit-mark", "fullwidth"} else listed
        shelf.add(
            f"amount-{name}.csv",
            "amount written otherwise",
            _one(amount=value),
            held,
            because=why,
            amounts=(REST, REST + Decimal(plain)),
        )
    odd = (ACCEPT, REPAIR)
    shelf.add(
        "amount-plus.csv",
        "amount written otherwise",
        _one(amount="+12.50"),
        odd,
        accepted=24,
        amount=REST + Decimal("12.50"),
        because="a plus says nothing",
    )
    shelf.add(
        "amount-spaces.csv",
        "amount written otherwise",
        _one(amount="  12.50 "),
        odd,
        accepted=24,
        amount=REST + Decimal("12.50"),
        because="spaces around a number say nothing",
    )
    shelf.add(
        "amount-negative-zero.csv",
        "amount written otherwise",
        _one(amount="-0.00"),
        odd,
        accepted=24,
        amount=REST,
        because="zero has no sign",
    )
    shelf.add(
        "amount-bare-point.csv",
        "amount written otherwise",
        _one(amount=".50"),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=REST + Decimal("0.50"),
        because="a number in any reading",
    )
    shelf.add(
        "amount-exponent.csv",
        "amount written otherwise",
        _one(amount="1e5"),
        (REPAIR, QUARANTINE),
        amounts=(REST, REST + 100000),
        because="read it exactly and list it, or hold it back: a spreadsheet writes so what it cut",
    )
    shelf.add(
        "amount-six-places.csv",
        "amount written otherwise",
        _one(amount="12.345678"),
        (ACCEPT, WARN),
        accepted=24,
        amount=REST + Decimal("12.345678"),
        because="more places than the currency has",
    )
    shelf.add(
        "amount-many-places.csv",
        "amount written otherwise",
        _one(amount="12.30000000000000071"),
        (REPAIR, WARN),
        because="a binary fraction: 12.3 with the noise of a sum",
    )
    shelf.add(
        "amount-huge.csv",
        "overflow",
        _one(amount="9" * 24 + ".99"),
        QUARANTINE,
        names=LINE,
        accepted=23,
        amount=REST,
    )
    shelf.add(
        "amount-missing-all.csv",
        "unreadable amount",
        text(clean.each(ROWS, amount="")),
        (QUARANTINE, REJECT),
        accepted=0,
        because="no row has an amount",
    )


def _locales() -> None:
    def comma(value: str, group: str) -> str:
        whole, cents = value.split(".")
        return f"{int(whole):,}".replace(",", group) + f",{cents}"

    big = clean.each(ROWS)
    big = [row | {"amount": str(Decimal(row["amount"]) * 10)} for row in big]
    big = [row | {"amount": str(Decimal(row["amount"]).quantize(clean.CENT))} for row in big]
    total = clean.total(big)
    listed = (REPAIR, WARN)
    why = "decimal commas fit every row and points do not; the choice is listed"
    for name, group in (("german", "."), ("french", "\u202f"), ("nbsp", "\u00a0"), ("plain", "")):
        rows = [row | {"amount": comma(row["amount"], group)} for row in big]
        shelf.add(
            f"decimal-comma-{name}.csv",
            "decimal comma",
            text(rows, delimiter=";"),
            listed,
            accepted=24,
            amount=total,
            because=why,
        )
    quoted = [row | {"amount": comma(row["amount"], ".")} for row in big]
    shelf.add(
        "decimal-comma-quoted.csv",
        "decimal comma",
        text(quoted),
        listed,
        accepted=24,
        amount=total,
        because=why,
    )
    american = [row | {"amount": f"{Decimal(row['amount']):,}"} for row in big]
    shelf.add(
        "thousands-comma.csv",
        "thousands",
        text(american),
        listed,
        accepted=24,
        amount=total,
        because="groups of three before a point: one reading",
    )
    doubt = (QUARANTINE, REJECT)
    vague = [row | {"amount": f"{1 + at},{250 + at}"} for at, row in enumerate(ROWS)]
    shelf.add(
        "comma-ambiguous.csv",
        "ambiguous number",
        text(vague, delimiter=";"),
        doubt,
        accepted=0,
        because="1,250 is 1250 or one and a quarter in every row: hold back or refuse",
    )
    swap = clean.change(big, 3, amount="1.234,50")
    swap = clean.change(swap, 8, amount="1,234.50")
    shelf.add(
        "two-locales.csv",
        "mixed locales",
        text(swap),
        (QUARANTINE, WARN),
        because="two ways of writing in one column: hold back what does not fit the "
        "rest, or say so",
    )
    one = clean.change(ROWS, AT, amount="1,250")
    shelf.add(
        "one-comma.csv",
        "ambiguous number",
        text(one),
        (REPAIR, QUARANTINE),
        names=LINE,
        because="the other rows have decimal points, so the comma parts thousands: "
        "list it, or hold it back",
    )
    split = text(quoted, delimiter=",").replace('"', "")
    shelf.add(
        "decimal-comma-splits.csv",
        "decimal comma",
        split,
        (REJECT, QUARANTINE),
        accepted=0,
        because="commas part fields and decimals: no row can be read",
    )


def _ids() -> None:
    def ids(form: str) -> str:
        return text(
            [row | {"entry_id": form.format(at, 100001 + at)} for at, row in enumerate(ROWS)]
        )

    noted = (WARN, REPAIR)
    shelf.add(
        "ids-point-zero.csv",
        "id as float",
        ids("{1}.0"),
        noted,
        accepted=24,
        amount=TOTAL,
        because="every id went through a float: mend with a remark, or warn",
    )
    shelf.add(
        "ids-exponent.csv",
        "id as float",
        ids("1.234{0:02d}E+15"),
        (WARN, QUARANTINE),
        because="digits are lost for good",
    )
    same = text(clean.each(ROWS, entry_id="1.23457E+12"))
    shelf.add(
        "ids-exponent-same.csv",
        "id as float",
        same,
        QUARANTINE,
        says=("e+", "repeated", "exponent"),
    )
    part = text(
        [
            row | {"entry_id": str(100001 + at) + (".0" if at % 2 else "")}
            for at, row in enumerate(ROWS)
        ]
    )
    shelf.add(
        "ids-point-zero-some.csv",
        "id as float",
        part,
        noted,
        accepted=24,
        amount=TOTAL,
        because="as above",
    )
    shelf.add(
        "accounts-point-zero.csv",
        "id as float",
        text([row | {"account": row["account"] + ".0"} for row in ROWS]),
        noted,
        accepted=24,
        amount=TOTAL,
        because="as above",
    )
    shelf.add(
        "id-repeated.csv",
        "repeated id",
        _one(entry_id=ROWS[0]["entry_id"]),
        QUARANTINE,
        names=LINE,
        accepted=23,
        quarantined=1,
        amount=REST,
    )
    twin = [*ROWS, ROWS[0]]
    shelf.add(
        "row-repeated.csv",
        "repeated id",
        text(twin),
        QUARANTINE,
        names=("26",),
        accepted=24,
        quarantined=1,
        amount=TOTAL,
    )
    shelf.add(
        "file-twice.csv",
        "repeated id",
        text([*ROWS, *ROWS]),
        QUARANTINE,
        accepted=24,
        quarantined=24,
        amount=TOTAL,
    )
    shelf.add(
        "id-missing.csv",
        "missing id",
        _one(entry_id=""),
        (QUARANTINE, WARN),
        names=LINE,
        because="an entry without its id cannot be told from a repeat",
    )
    shelf.add(
        "id-spaces.csv",
        "id with odd letters",
        _one(entry_id="  GL-100010 "),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="spaces around a key are never meant",
    )
    doubt = (WARN, QUARANTINE)
    shelf.add(
        "id-case-twin.csv",
        "id with odd letters",
        _one(entry_id="gl-100001"),
        doubt,
        names=LINE,
        because="two ids that differ in case only: likely one entry twice",
    )
    shelf.add(
        "id-zero-width.csv",
        "id with odd letters",
        _one(entry_id="GL-\u200b100010"),
        (REPAIR, WARN),
        names=LINE,
        because="nobody can see it, and it joins nothing",
    )
    shelf.add(
        "product-zero-width.csv",
        "id with odd letters",
        _one(product="Atl\u200bas"),
        (REPAIR, WARN),
        names=LINE,
        because="as above",
    )
    shelf.add(
        "product-nbsp.csv",
        "id with odd letters",
        _one(cost_center="R&D\u00a0Platform"),
        (REPAIR, WARN),
        names=LINE,
        because="a space that is none",
    )
    shelf.add(
        "product-bidi.csv",
        "id with odd letters",
        _one(product="Atl\u202esa"),
        (WARN, QUARANTINE),
        names=LINE,
        because="text that prints backwards in a key",
    )
    shelf.add(
        "product-case.csv",
        "id with odd letters",
        _one(product="ATLAS"),
        (WARN, ACCEPT),
        names=(),
        because="without a list of products it may be another; a careful eye asks",
    )
    shelf.add(
        "product-homoglyph.csv",
        "id with odd letters",
        _one(product="Аtlas"),
        (WARN, QUARANTINE),
        names=LINE,
        because="a Cyrillic А in a Latin word",
    )
    shelf.add(
        "account-decomposed.csv",
        "id with odd letters",
        text(
            [row | {"product": "Cafe\u0301" if at % 2 else "Café"} for at, row in enumerate(ROWS)]
        ),
        (REPAIR, WARN),
        because="one name in two Unicode forms",
    )
    shelf.add(
        "account-missing.csv",
        "missing key",
        _one(account=""),
        QUARANTINE,
        names=LINE,
        accepted=23,
        amount=REST,
    )
    shelf.add(
        "account-spaces.csv",
        "missing key",
        _one(account="   "),
        QUARANTINE,
        names=LINE,
        accepted=23,
        amount=REST,
    )


def _currencies() -> None:
    held = {"names": LINE, "accepted": 23, "quarantined": 1, "amount": REST}
    shelf.add("currency-missing.csv", "currency", _one(currency=""), QUARANTINE, **held)
    shelf.add(
        "currency-unknown.csv",
        "currency",
        _one(currency="XQZ"),
        (QUARANTINE, WARN),
        names=LINE,
        because="no such currency",
    )
    shelf.add("currency-word.csv", "currency", _one(currency="Euro"), QUARANTINE, **held)
    shelf.add("currency-symbol.csv", "currency", _one(currency="$"), QUARANTINE, **held)
    shelf.add(
        "currency-lower.csv",
        "currency",
        _one(currency="eur"),
        (REPAIR, QUARANTINE),
        names=LINE,
        because="eur is EUR to a reader; the contract asks for the form",
    )
    shelf.add(
        "currency-mixed.csv",
        "currency",
        _one(currency="USD"),
        (WARN, ACCEPT),
        accepted=24,
        because="a ledger may hold several currencies; that their sum is no amount deserves a word",
    )


def _texts() -> None:
    whole = {"accepted": 24, "amount": TOTAL}
    fine = (ACCEPT, WARN)
    why = "text is never run, and output escapes it; a remark does no harm"
    for name, value in {
        "sql": "'; DROP TABLE actuals; --",
        "script": "<script>alert(1)</script>",
        "formula": '=HYPERLINK("http://example.com","x")',
        "dde": "=cmd|' /C calc'!A0",
        "path": "../../etc/passwd",
        "windows-path": "C:\\invoices\\may",
        "equals-gift": "=5 items (gift)",
        "template": "{{ 7*7 }} ${jndi:ldap://example.com/a}",
        "format": "%s%s%n",
        "newline": "two\nlines",
        "at": "@SUM(1+1)",
        "long": "x" * 40_000,
        "emoji": "👩‍👩‍👧 paid",
        "typst": '#import "x": y',
    }.items():
        shelf.add(f"memo-{name}.csv", "hostile text", _one(memo=value), fine, **whole, because=why)
    for name, value in {
        "sql": "x'); DROP TABLE t; --",
        "formula": "=1+1",
        "path": "../../secrets",
        "script": "<img src=x onerror=alert(1)>",
    }.items():
        shelf.add(
            f"product-{name}.csv",
            "hostile text",
            _one(product=value),
            (ACCEPT, WARN),
            **whole,
            because=why,
        )
    shelf.add(
        "header-sql.csv",
        "hostile text",
        text(clean.each(ROWS, **{'x"; DROP TABLE t; --': "1"})),
        fine,
        **whole,
        because="a column nobody asked for",
    )
    for name, value in {
        "aws-key": "key AKIAIOSFODNN7EXAMPLE",
        "private-key": "-----BEGIN RSA PRIVATE KEY-----",
        "card": "paid with 4111 1111 1111 1111",
        "iban": "to DE89 3704 0044 0532 0130 00",
        "password": "login ann password=hunter2-Zq9!",
        "token": "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXg",
        "mail": "ask ann.lee@example.com",
    }.items():
        right = (WARN, ACCEPT) if name in {"mail", "iban"} else WARN
        shelf.add(
            f"memo-{name}.csv",
            "secret",
            _one(memo=value),
            right,
            **whole,
            because="an address or account in a memo is personal, not secret"
            if isinstance(right, tuple)
            else "",
        )


for fill in (_unreadable, _written_otherwise, _locales, _ids, _currencies, _texts):
    fill()

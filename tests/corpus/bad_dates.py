"""Dates that do not exist, may be read in two ways, or stand outside what was asked for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.sheets import ledger_xlsx, table, xlsx
from tests.corpus.write import repacked, text

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
DAYS: Final = [dt.date.fromisoformat(row["posting_date"]) for row in ROWS]


def _less(at: int) -> Decimal:
    return TOTAL - Decimal(ROWS[at]["amount"])


def _written(form: str) -> str:
    pairs = zip(ROWS, DAYS, strict=True)
    return text([row | {"posting_date": day.strftime(form)} for row, day in pairs])


def _impossible() -> None:
    for name, value in {
        "30-february": "2026-02-30",
        "29-february-2025": "2025-02-29",
        "29-february-1900": "1900-02-29",
        "31-april": "2026-04-31",
        "month-13": "2026-13-05",
        "month-0": "2026-00-10",
        "day-0": "2026-01-00",
        "day-32": "2026-01-32",
        "all-zero": "0000-00-00",
        "year-0": "0000-01-01",
        "word": "yesterday",
        "tbd": "TBD",
        "hash-marks": "########",
        "half": "2026-05",
        "year-only": "2026",
        "five-digit-year": "20260-01-05",
        "negative": "-2026-01-05",
        "hour-25": "2026-01-05T25:00:00",
        "arabic-digits": "٢٠٢٦-٠١-٠٥",
        "fullwidth-digits": "２０２６-01-05",
        "missing": "",
    }.items():
        shelf.add(
            f"date-{name}.csv",
            "impossible date",
            text(clean.change(ROWS, 9, posting_date=value)),
            QUARANTINE,
            names=("11",),
            accepted=23,
            quarantined=1,
            amount=_less(9),
        )
    leap = clean.change(ROWS, 9, posting_date="2024-02-29")
    shelf.add("date-29-february-2024.csv", "clean", text(leap), ACCEPT, accepted=24, amount=TOTAL)


def _doubtful() -> None:
    far = clean.change(ROWS, 9, posting_date="9999-12-31")
    held = (QUARANTINE, WARN)
    shelf.add(
        "date-9999.csv",
        "far date",
        text(far),
        held,
        names=("11",),
        because="a day of the calendar that stands for none: hold back, or say so",
    )
    shelf.add(
        "date-1899.csv",
        "far date",
        text(clean.change(ROWS, 9, posting_date="1899-12-30")),
        held,
        names=("11",),
        because="a spreadsheet's zero: as above",
    )
    shelf.add(
        "date-1970.csv",
        "far date",
        text(clean.change(ROWS, 9, posting_date="1970-01-01")),
        held,
        names=("11",),
        because="a system's zero: as above",
    )
    shelf.add(
        "date-typo-century.csv",
        "far date",
        text(clean.change(ROWS, 9, posting_date="2206-05-06")),
        held,
        names=("11",),
        because="180 years after every other row",
    )
    shelf.add(
        "date-24-hours.csv",
        "odd time",
        text(clean.change(ROWS, 9, posting_date="2026-05-06T24:00:00")),
        (QUARANTINE, REPAIR),
        names=("11",),
        because="ISO allows 24:00 as the end of the day; many systems do not",
    )
    inside = [
        row | {"posting_date": f"2026-0{1 + at % 3}-0{1 + at % 9}"} for at, row in enumerate(ROWS)
    ]
    outside = clean.change(inside, 9, posting_date="2027-01-04")
    shelf.add(
        "outside-period.csv",
        "outside the period",
        text(outside),
        (QUARANTINE, WARN),
        period="2026-01..2026-12",
        names=("11",),
        because="hold back, or leave out and say so; never counted in silence",
    )
    before = clean.change(inside, 9, posting_date="2025-12-31")
    shelf.add(
        "before-period.csv",
        "outside the period",
        text(before),
        (QUARANTINE, WARN),
        period="2026-01..2026-03",
        names=("11",),
        because="as above",
    )
    shelf.add(
        "all-outside-period.csv",
        "outside the period",
        text(inside),
        (REJECT, QUARANTINE),
        period="2024-01..2024-12",
        because="a file of another year: refuse it or hold back every row",
    )


def _ambiguous() -> None:
    doubt = (REJECT, QUARANTINE)
    why = "day and month cannot be told apart: nothing may be read, whether row by row or as a file"
    low = [
        row | {"posting_date": f"0{1 + at % 9}/0{1 + at % 7}/2026"} for at, row in enumerate(ROWS)
    ]
    shelf.add("dates-ambiguous.csv", "ambiguous date", text(low), doubt, accepted=0, because=why)
    dots = [
        row | {"posting_date": f"0{1 + at % 9}-0{1 + at % 7}-2026"} for at, row in enumerate(ROWS)
    ]
    shelf.add(
        "dates-ambiguous-dashes.csv", "ambiguous date", text(dots), doubt, accepted=0, because=why
    )
    two = [row | {"posting_date": f"0{1 + at % 9}/0{1 + at % 7}/26"} for at, row in enumerate(ROWS)]
    shelf.add(
        "dates-two-digit-years.csv", "ambiguous date", text(two), doubt, accepted=0, because=why
    )
    pack = [row | {"posting_date": f"0{1 + at % 9}0{1 + at % 7}26"} for at, row in enumerate(ROWS)]
    shelf.add("dates-six-digits.csv", "ambiguous date", text(pack), doubt, accepted=0, because=why)
    both = clean.change(low, 3, posting_date="25/01/2026")
    both = clean.change(both, 8, posting_date="01/25/2026")
    shelf.add(
        "dates-two-orders.csv",
        "ambiguous date",
        text(both),
        doubt,
        because="25/01 and 01/25 in one column: no order fits",
    )
    one = clean.change(ROWS, 9, posting_date="03/04/2026")
    shelf.add(
        "date-one-ambiguous.csv",
        "ambiguous date",
        text(one),
        QUARANTINE,
        names=("11",),
        accepted=23,
        amount=_less(9),
    )
    shelf.add(
        "date-one-two-digit.csv",
        "ambiguous date",
        text(clean.change(ROWS, 9, posting_date="03.04.26")),
        QUARANTINE,
        names=("11",),
        accepted=23,
        amount=_less(9),
    )


def _other_forms() -> None:
    listed = (REPAIR, WARN)
    why = "one order fits every row; that it was chosen is listed"
    for name, form in {
        "day-first": "%d/%m/%Y",
        "month-first": "%m/%d/%Y",
        "german": "%d.%m.%Y",
        "words": "%d %b %Y",
        "american-words": "%b %d, %Y",
        "slashes": "%Y/%m/%d",
        "packed": "%Y%m%d",
    }.items():
        shelf.add(
            f"dates-{name}.csv",
            "other date form",
            _written(form),
            listed,
            accepted=24,
            amount=TOTAL,
            because=why,
        )
    days = [dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) for day in DAYS]
    stamps = [str(int(day.timestamp())) for day in days]
    doubt = (REPAIR, QUARANTINE)
    epoch = "seconds since 1970: read with a remark, or hold every row back; a day of 1970 is wrong"
    seconds = [row | {"posting_date": stamp} for row, stamp in zip(ROWS, stamps, strict=True)]
    shelf.add("dates-epoch-seconds.csv", "epoch", text(seconds), doubt, because=epoch)
    millis = [
        row | {"posting_date": f"{stamp}000"} for row, stamp in zip(ROWS, stamps, strict=True)
    ]
    shelf.add("dates-epoch-millis.csv", "epoch", text(millis), doubt, because=epoch)
    serials = [str((day - dt.date(1899, 12, 30)).days) for day in DAYS]
    serial = [row | {"posting_date": number} for row, number in zip(ROWS, serials, strict=True)]
    shelf.add(
        "dates-serials.csv",
        "serial date",
        text(serial),
        doubt,
        because="a spreadsheet's day number: read with a remark, or held back",
    )
    zero = clean.change(ROWS, 9, posting_date="2026-01-05T00:00:00")
    shelf.add(
        "date-with-midnight.csv",
        "other date form",
        text(zero),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="midnight says nothing more",
    )


def _workbooks() -> None:
    old = ledger_xlsx(ROWS, date_1904=True)
    shelf.add(
        "dates-1904.xlsx",
        "1904 date",
        old,
        (REPAIR, ACCEPT),
        period="2026-01..2026-12",
        accepted=24,
        amount=TOTAL,
        because="the workbook declares the system itself",
    )
    cells = table(ROWS)
    for line, day in zip(cells[1:], DAYS, strict=True):
        line[1] = float((day - dt.date(1904, 1, 1)).days)
    shelf.add(
        "serials-1904.xlsx",
        "1904 date",
        xlsx(("Ledger", cells), date_1904=True),
        (REPAIR, QUARANTINE),
        because="bare day numbers in a 1904 workbook: read by its own system, or held "
        "back; never four years off",
    )
    for line, day in zip(cells[1:], DAYS, strict=True):
        line[1] = float((day - dt.date(1899, 12, 30)).days)
    shelf.add(
        "serials.xlsx",
        "serial date",
        xlsx(("Ledger", cells)),
        (REPAIR, QUARANTINE),
        because="bare day numbers: as above",
    )
    shelf.add(
        "serials-flag-lost.xlsx",
        "1904 date",
        _flag_lost(),
        (QUARANTINE, WARN),
        period="2026-01..2026-12",
        because="the 1904 flag was lost on the way, so every day is 1,462 days early: "
        "outside the period",
    )
    texts = table(ROWS, dates=())
    shelf.add(
        "text-dates.xlsx",
        "text date",
        xlsx(("Ledger", texts)),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="a day written out in ISO form is plain",
    )
    for line, day in zip(texts[1:], DAYS, strict=True):
        line[1] = day.strftime("%d/%m/%Y")
    mixed = table(ROWS)
    mixed[4][1] = "03/04/2026"
    shelf.add(
        "mixed-text-dates.xlsx",
        "text date",
        xlsx(("Ledger", mixed)),
        QUARANTINE,
        names=("A5", "B5"),
        accepted=23,
        amount=_less(3),
    )
    shelf.add(
        "text-day-first.xlsx",
        "text date",
        xlsx(("Ledger", texts)),
        (REPAIR, WARN),
        accepted=24,
        amount=TOTAL,
        because="one order fits every row",
    )
    flat = table(ROWS)
    flat[4][1] = 60.0
    shelf.add(
        "serial-29-february-1900.xlsx",
        "serial date",
        xlsx(("Ledger", flat)),
        QUARANTINE,
        names=("A5", "B5"),
    )


def _flag_lost() -> bytes:
    made = ledger_xlsx(ROWS, date_1904=True)
    return repacked(made, {"xl/workbook.xml": lambda body: body.replace(b' date1904="1"', b"")})


def _zones() -> None:
    rows = clean.usage(30)
    offset = [row | {"ts": row["ts"].replace("Z", "+02:00")} for row in rows]
    shelf.add(
        "zone-offsets.csv",
        "time zone",
        text(offset),
        (ACCEPT, REPAIR),
        table="usage",
        accepted=30,
        because="each moment says its zone; that it moves to UTC may be listed",
    )
    mixed = clean.change(rows, 7, ts=rows[7]["ts"].replace("Z", ""))
    shelf.add(
        "zone-missing-once.csv",
        "time zone",
        text(mixed),
        (WARN, QUARANTINE),
        table="usage",
        names=("9",),
        because="one moment of 30 has no zone",
    )
    gap = clean.change(rows, 7, ts="2026-03-29T02:30:00[Europe/Berlin]")
    shelf.add(
        "zone-gap.csv", "time zone", text(gap), QUARANTINE, table="usage", names=("9",), accepted=29
    )
    far = clean.change(rows, 7, ts="2026-03-29T02:30:00+25:00")
    shelf.add(
        "zone-offset-25.csv",
        "time zone",
        text(far),
        QUARANTINE,
        table="usage",
        names=("9",),
        accepted=29,
    )
    named = clean.change(rows, 7, ts="2026-03-29 12:30:00 CST")
    shelf.add(
        "zone-name-of-three.csv",
        "time zone",
        text(named),
        (QUARANTINE, WARN),
        table="usage",
        names=("9",),
        because="CST is three zones",
    )
    leap = clean.change(rows, 7, ts="2016-12-31T23:59:60Z")
    shelf.add(
        "leap-second.csv",
        "odd time",
        text(leap),
        (QUARANTINE, REPAIR),
        table="usage",
        names=("9",),
        because="a true moment that most systems cannot hold",
    )
    late = clean.change(rows, 7, ts="2026-01-01T24:00:00Z")
    shelf.add(
        "usage-24-hours.csv",
        "odd time",
        text(late),
        (QUARANTINE, REPAIR),
        table="usage",
        names=("9",),
        because="as for days",
    )
    ahead = clean.change(rows, 7, ts="2031-05-05T10:00:00Z")
    shelf.add(
        "usage-future.csv",
        "far date",
        text(ahead),
        (QUARANTINE, WARN),
        table="usage",
        period="2026-01..2026-12",
        names=("9",),
        because="outside the period asked for",
    )
    micro = [row | {"ts": row["ts"].replace("Z", ".123456Z")} for row in rows]
    shelf.add("usage-microseconds.csv", "clean", text(micro), ACCEPT, table="usage", accepted=30)


for fill in (_impossible, _doubtful, _ambiguous, _other_forms, _workbooks, _zones):
    fill()

"""A grocer: weeks, stores, kilograms with three decimals, prices and returns."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOK = Path(__file__).parent / "grocer"
ITEMS = {"0101": ("Apples", "Fruit"), "0102": ("Pears", "Fruit"), "0205": ("Cod", "Fish")}
STORES = ("North", "Quay")
CENT, GRAM = Decimal("0.01"), Decimal("0.000001")


def weeks() -> list[dt.date]:
    """Give the Saturdays from 3 January to 4 April 2026 on which a week ends."""
    return [dt.date(2026, 1, 3) + dt.timedelta(days=7 * step) for step in range(14)]


def rows() -> Iterator[tuple[dt.date, str, str, Decimal, Decimal, Decimal]]:
    """Give the planted truth: week, store, item, kilograms, price and sales."""
    chance = random.Random(5)
    for week in weeks():
        for store in STORES:
            for sku in ITEMS:
                kilograms = Decimal(chance.randrange(1000, 900_000)) / 1000
                price = Decimal(chance.randrange(80, 1900)) / 100
                yield week, store, sku, kilograms, price, (kilograms * price).quantize(CENT)
                if chance.random() < 0.2:
                    back = -Decimal(chance.randrange(1, 999)) / 1000
                    yield week, store, sku, back, price, (back * price).quantize(CENT)


def write(folder: Path) -> None:
    """Write the tills' export, a file a month, the items and the waste."""
    head = "Week ending,Store,Sku,Item,Kg,Price per kg,Sales"
    files: dict[str, list[str]] = defaultdict(lambda: [head])
    waste = ["week,store,sku,kg"]
    for week, store, sku, kilograms, price, sales in rows():
        line = f"{week:%d/%m/%Y},{store},{sku},{ITEMS[sku][0]},{kilograms},{price},{sales}"
        files[f"{week:%Y-%m}"].append(line)
        if kilograms > 0:
            thrown = kilograms / 50 if sku != "0205" else ""
            waste.append(f"{week - dt.timedelta(days=6)},{store},{sku},{thrown}")
    (folder / "tills").mkdir()
    for month, lines in files.items():
        (folder / "tills" / f"{month}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    items = ["sku,name,aisle", *(f"{sku},{name},{aisle}" for sku, (name, aisle) in ITEMS.items())]
    (folder / "items.csv").write_text("\n".join(items) + "\n", encoding="utf-8")
    (folder / "waste.csv").write_text("\n".join(waste) + "\n", encoding="utf-8")


def by_month(amount: Decimal, week: dt.date, unit: Decimal) -> dict[str, Decimal]:
    """Divide a week's amount by its days; the later month has what the earlier leaves."""
    first = week - dt.timedelta(days=6)
    early = sum((week - dt.timedelta(days=n)).month == first.month for n in range(7))
    if early == 7:
        return {f"{week:%Y-%m}": amount}
    part = (amount * early / 7).quantize(unit, ROUND_HALF_UP)
    return {f"{first:%Y-%m}": part, f"{week:%Y-%m}": amount - part}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grocer")
    write(folder)
    return folder


def test_sales_and_returns_by_month_are_those_planted(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-03")
    planted: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for week, _, sku, kilograms, _, sales in rows():
        line = "Sales" if kilograms > 0 else "Returns"
        for month, part in by_month(sales, week, CENT).items():
            planted[month, sku, line] += part
    found = book.revenue.groupby(["period", "product", "line"])["amount"].sum().round(2)
    assert found.to_dict() == {key: float(value) for key, value in planted.items()}
    whole = sum(sales for *_, sales in rows())
    assert round(book.invoices["amount"].sum(), 2) == float(whole)


def test_kilograms_stay_kilograms(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-03")
    planted: dict[str, Decimal] = defaultdict(Decimal)
    for week, _, _, kilograms, _, _ in rows():
        for month, part in by_month(kilograms, week, GRAM).items():
            planted[month] += part
    sold = book.activity[book.activity["metric"] == "sold kg"].groupby("period")["units"].sum()
    assert sold.round(6).to_dict() == {key: float(value) for key, value in planted.items()}
    # exact in the engine: thousandths of a kilogram do not drift
    ((total,),) = book.conformed.engine.rows("SELECT sum(quantity) FROM final_invoices")
    assert total == sum(kilograms for _, _, _, kilograms, _, _ in rows())
    assert set(book.revenue["family"]) == {"Fruit", "Fish"}


def test_weeks_of_two_months_are_named_in_the_controls(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-03")
    weeks_ = book.controls[book.controls["control"] == "Weeks to months"]
    assert set(weeks_["source"]) == {"tills", "sold", "waste"}
    assert set(weeks_["state"]) == {"green"}
    # no week before ends in March (28 February was a Saturday); the one to 4 April begins in it
    assert "0 rows of weeks that begin in the month before" in weeks_["detail"].iloc[0]


def test_a_calendar_of_weeks_needs_no_division(data: Path, tmp_path: Path) -> None:
    text = (BOOK / "book.toml").read_text(encoding="utf-8")
    text = text.replace(
        "fiscal_year_start = 4",
        'calendar = "4-4-5", year_end = "nearest Saturday to the end of December"',
    )
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    book = pf.open_book(tmp_path, data=data, period="2026-03")
    # fiscal March holds five weeks, 1 March to 4 April
    assert (book.period.first, book.period.last) == (dt.date(2026, 3, 1), dt.date(2026, 4, 4))
    march = sum(sales for week, *_, sales in rows() if week >= dt.date(2026, 3, 7))
    found = book.revenue[book.revenue["period"] == "2026-03"]["amount"].sum()
    assert round(found, 2) == float(march)


def test_its_report_passes_lint(data: Path, tmp_path: Path) -> None:
    (folder,) = pf.run("monthly", book=BOOK, data=data, period="2026-03", to=tmp_path)
    assert [str(finding) for finding in pf.lint(folder)] == []

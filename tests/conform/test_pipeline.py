from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from pfkit.errors import BookError, PeriodError, SourceError

if TYPE_CHECKING:
    Shop = Any

JANUARY = "id,day,item,amount\nA1,2026-01-31,tea,1.00\n"
FEBRUARY = "id,day,item,amount\nB1,2026-02-28,tea,2.00\n"


def test_a_missing_file_says_what_is_there(shop: Shop) -> None:
    shop.declare('path = "biling.csv"')
    with pytest.raises(SourceError) as caught:
        shop.open()
    assert caught.value.what == "no file matches 'biling.csv'"
    assert "The closest file is 'billing.csv'." in caught.value.advice


def test_a_missing_data_folder_says_so(shop: Shop) -> None:
    shop.declare("optional = true")
    with pytest.raises(SourceError, match="the data folder does not exist"):
        shop.open(data=shop.path / "nowhere")


def test_files_of_a_source_add_up(shop: Shop) -> None:
    shop.declare('path = "in/*.csv"')
    shop.write("in/1.csv", JANUARY)
    shop.write("in/2.csv", FEBRUARY)
    rows = shop.open().invoices
    assert list(rows["amount"]) == [1.0, 2.0]
    assert list(rows["_file"]) == ["in/1.csv", "in/2.csv"]


def test_the_same_file_under_another_name_never_doubles(shop: Shop) -> None:
    shop.declare('path = "in/*.csv"')
    shop.write("in/january.csv", JANUARY)
    shop.write("in/january (copy).csv", JANUARY)
    book = shop.open()
    assert book.invoices["amount"].sum() == 1.0
    (control,) = book.controls[book.controls["control"] == "Repeated file"].to_dict("records")
    assert control["state"] == "amber"
    assert control["detail"] == (
        "in/january.csv has the bytes of in/january (copy).csv and was left out"
    )
    assert list(book.provenance["file"]) == ["in/january (copy).csv"]


def test_an_optional_source_may_be_absent(shop: Shop) -> None:
    absent = """
    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    optional = true
    known_on = { date = 2025-12-01 }
    columns = { version = "v", period = "month", account = "acct", amount_local = "plan" }
    """
    shop.declare(tail=absent)
    book = shop.open()
    assert not book.has("budget")
    assert book.budget.empty
    assert "amount" in book.budget.columns
    (control,) = book.controls[book.controls["control"] == "Source present"].to_dict("records")
    assert (control["state"], control["source"]) == ("amber", "plan")
    assert control["detail"] == "no file matches plan.csv; table budget is without it"
    assert control["advice"] == "Put the export where plan.csv finds it."


def test_a_source_may_stand_in_the_books_own_folder(shop: Shop) -> None:
    shop.declare()
    (shop.path / "in").mkdir()
    assert len(shop.open(data=shop.path / "in").invoices) == 2


def test_lines_of_a_csv_are_its_lines(shop: Shop) -> None:
    shop.declare()
    book = shop.open(
        'id,day,item,amount\nA1,2026-01-31,"tea\nand milk",1.00\n\nA2,2026-01-31,tea,bad\n'
        "A3,2026-01-31,tea\nA4,2026-01-31,tea,2.00\n"
    )
    assert list(book.invoices["_line"]) == ["2", "7"]
    held = book.quarantine.set_index("line")
    assert held.at["5", "value"] == "bad"
    assert held.at["6", "value"] == "A3,2026-01-31,tea"


def test_lines_of_a_workbook_are_cells(shop: Shop) -> None:
    with xlsxwriter.Workbook(str(shop.path / "billing.xlsx")) as file:
        sheet = file.add_worksheet("May")
        for row, cells in enumerate(
            (["Exported by us"], ["id", "day", "item", "amount"],
             ["A1", "2026-01-31", "tea", 1.25], ["A2", "2026-01-31", "tea", "x"])
        ):  # fmt: skip
            sheet.write_row(row, 0, cells)
    shop.declare('path = "billing.xlsx"\nsheet = "May"\nheader = 2')
    book = shop.open()
    assert list(book.invoices["_line"]) == ["May!A3"]
    assert list(book.invoices["amount"]) == [1.25]
    assert list(book.quarantine["line"]) == ["May!A4"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ({"source": 'zone = "Europe/Berlim"'}, "book.toml sources.billing.zone"),
        ({"company": 'zone = "Europe/Berlim"'}, "book.toml company.zone"),
    ],
)
def test_an_unknown_zone_offers_the_near_miss(shop: Shop, text: dict[str, str], where: str) -> None:
    shop.declare(**text)
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "no time zone 'Europe/Berlim'"
    assert caught.value.where == where
    assert caught.value.advice == "The closest known zone is 'Europe/Berlin'."


def test_the_default_as_of_is_the_last_day_anything_was_learned(shop: Shop) -> None:
    shop.declare('path = "in/*.csv"')
    shop.write("in/1.csv", JANUARY)
    shop.write("in/2.csv", FEBRUARY)
    assert shop.open().as_of.isoformat() == "2026-02-28"


def test_a_book_in_which_nothing_is_dated_says_what_to_declare(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "products"
        table = "products"
        path = "products.csv"
        columns = { product = "p", family = "f" }
        """,
        {"products.csv": "p,f\nTea,Drinks\n"},
    )
    with pytest.raises(PeriodError) as caught:
        shop.open()
    assert caught.value.what == "no row says when it was learned"
    assert caught.value.advice == "Declare `known_on` for a source, or give --as-of."


def test_progress_is_told_source_by_source(shop: Shop) -> None:
    told: list[str] = []
    shop.declare()
    shop.open(progress=told.append)
    assert told == ["reading billing (billing.csv)"]


def test_a_product_of_no_list_is_held_back_and_a_maps_line_is_not(shop: Shop) -> None:
    listed = """
    [[sources]]
    name = "products"
    table = "products"
    path = "products.csv"
    columns = { product = "p", family = "f" }
    """
    shop.declare(
        head="[maps.product]\nvalues = { tea = 'Tea', milk = 'Milk' }\nunmapped = 'New products'",
        product='product = { column = "item", map = "product" }',
        tail=listed,
    )
    shop.write("products.csv", "p,f\nTea,Drinks\n")
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-31,tea,1\nA2,2026-01-31,milk,2\nA3,2026-01-31,cola,4\n"
    )
    assert list(book.invoices["product"]) == ["Tea", "New products"]
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["value"]) == ("unknown product", "Milk")


WEEKS = 'calendar = "5-4-4"\nyear_end = "last Saturday of September"'


def test_a_calendar_of_weeks_places_days_in_its_months(shop: Shop) -> None:
    # FY2023 of this calendar starts on Sunday 2022-09-25; its first month holds five weeks.
    shop.declare(company=WEEKS)
    book = shop.open(
        "id,day,item,amount\nA1,2022-09-24,tea,1\nA2,2022-09-25,tea,2\nA3,2022-10-29,tea,4\n"
        "A4,2022-10-30,tea,8\n",
        period="2023-01",
    )
    assert dict(zip(book.revenue["period"], book.revenue["amount"], strict=True)) == {
        "2022-12": 1.0,
        "2023-01": 6.0,
        "2023-02": 8.0,
    }


def test_a_calendar_of_weeks_converts_by_its_months(shop: Shop) -> None:
    rates = """
    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = { column = "date" }
    columns = { date = "date", currency = "currency", rate = "rate" }
    """
    shop.declare(company=WEEKS, columns='currency = "money"', tail=rates)
    shop.write("rates.csv", "date,currency,rate\n2022-10-29,USD,0.5\n2022-10-30,USD,0.25\n")
    book = shop.open(
        "id,day,item,amount,money\nA1,2022-09-25,tea,100,USD\nA2,2022-11-26,tea,100,USD\n"
    )
    assert list(book.invoices["amount"]) == [50.0, 25.0]


LINES = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    LINES

    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    known_on = { date = 2026-02-01 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML)
ACCOUNT = 'account = "rent", name = "Rent", line = "Rent", group = "operating"'


def test_a_few_lines_stand_in_the_book_itself(shop: Shop) -> None:
    lines = f'lines = [{{ {ACCOUNT}, favorable_when = "lower" }}]'
    shop.ledger(
        LINES.replace("LINES", lines), {"ledger.csv": "month,account,amount\n2026-01,rent,9\n"}
    )
    book = shop.open(period="2026-01")
    assert list(book.accounts["name"]) == ["Rent"]
    assert list(book.accounts["_line"]) == ["accounts 1"]
    assert list(book.statement["amount"]) == [-9.0]
    (fact,) = book.provenance[book.provenance["source"] == "accounts"].to_dict("records")
    assert (fact["file"], fact["rows"]) == ("book.toml", 1)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('path = "a.csv"\n    lines = [{ account = "rent" }]', "give one of `path`"),
        ("", "give one of `path`"),
        ('path = "a.csv"', "`columns` is missing"),
        ('lines = [{ acount = "rent" }]', "'acount' is no column of table accounts"),
    ],
)
def test_rows_come_from_a_file_or_stand_in_the_book(shop: Shop, lines: str, message: str) -> None:
    shop.ledger(LINES.replace("LINES", lines), {"ledger.csv": "month,account,amount\n"})
    with pytest.raises(BookError, match=message):
        shop.open()

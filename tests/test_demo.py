from __future__ import annotations

import csv
import json
import tomllib
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from pfkit import demo as company
from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.demo import Demo

CENT = Decimal("0.01")


def table(path: Path, *, delimiter: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


def text_encoding(path: Path) -> str:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def billing(folder: Path, month: str) -> list[dict[str, str]]:
    path = folder / f"billing/billing_{month}.csv"
    return table(path, delimiter=";", encoding=text_encoding(path))


def ledger(folder: Path) -> list[dict[str, str]]:
    return [row for path in sorted((folder / "ledger").iterdir()) for row in table(path)]


def billed_months(folder: Path) -> list[str]:
    return [path.stem.removeprefix("billing_") for path in sorted((folder / "billing").iterdir())]


def average_rates(folder: Path) -> dict[tuple[str, str], Decimal]:
    rates = {
        (row["Date"][:7], row["Currency"]): Decimal(row["EUR per 1"])
        for row in table(folder / "treasury/fx_rates.csv")
        if row["Kind"] == "average"
    }
    return rates | {(month, "EUR"): Decimal(1) for month, _ in rates}


def billed_revenue(folder: Path) -> dict[tuple[str, str], Decimal]:
    """EUR by month and product, from the billing files and the product master."""
    products = {row["Code"]: row["Product"] for row in table(folder / "master/product_codes.csv")}
    revenue: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for month in billed_months(folder):
        seen = set()
        for row in billing(folder, month):
            if row["Type"] == "PRO" or (row["Document"], row["Pos"]) in seen:
                continue
            seen.add((row["Document"], row["Pos"]))
            product = products.get(row["Code"], "New products")
            revenue[month, product] += Decimal(row["Net EUR"].replace(",", "."))
    return revenue


def ledger_revenue(folder: Path) -> dict[tuple[str, str], Decimal]:
    """EUR by month and product: credit less debit on the revenue and returns accounts."""
    revenue: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in ledger(folder):
        if row["Account"].startswith("4"):
            amount = Decimal(row["Credit"] or 0) - Decimal(row["Debit"] or 0)
            revenue[row["Posting date"][:7], row["Product"]] += amount
    return revenue


def assert_ledger_ties(made: Demo) -> None:
    billed, posted = billed_revenue(made.folder), ledger_revenue(made.folder)
    meant: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in made.planted["differences"]:
        meant[row["period"], row["product"]] += Decimal(row["billing_minus_ledger"])
    for cell in {*billed, *posted, *meant}:
        found = billed.get(cell, Decimal()) - posted.get(cell, Decimal())
        assert found == meant[cell], cell


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return company.make(tmp_path_factory.mktemp("small") / "one", months=1, products=1)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = company.make(tmp_path / "one", seed=3, months=4, products=5)
    two = company.make(tmp_path / "two", seed=3, months=4, products=5)
    other = company.make(tmp_path / "other", seed=4, months=4, products=5)
    assert files(one.folder) == files(two.folder)
    month = "billing/billing_2026-06.csv"
    assert files(one.folder)[month] != files(other.folder)[month]


def test_the_last_month_closes_a_quarter_and_nothing_comes_later(demo: Demo) -> None:
    assert demo.period == "2026-06"
    assert billed_months(demo.folder)[-1] == "2026-06"
    assert len(billed_months(demo.folder)) == 24
    assert {row["Posting date"][:7] for row in ledger(demo.folder)} == set(
        billed_months(demo.folder)
    )


def test_ledger_revenue_equals_billing_but_for_the_listed_differences(demo: Demo) -> None:
    assert_ledger_ties(demo)
    assert {row["because"] for row in demo.planted["differences"]} == {
        "unknown product code",
        "late posting",
    }


@pytest.mark.parametrize(("months", "products"), [(1, 1), (2, 1), (13, 3), (3, 200)])
def test_any_number_of_months_and_products_ties(tmp_path: Path, months: int, products: int) -> None:
    made = company.make(tmp_path / "demo", months=months, products=products)
    assert len(billed_months(made.folder)) == months
    listed = {row["Product"] for row in table(made.folder / "master/products.csv")}
    assert len(listed) == products
    assert {row["Product"] for row in ledger(made.folder)} - {""} == listed
    assert_ledger_ties(made)


def defects(made: Demo, suffix: str) -> list[dict[str, Any]]:
    return [row for row in made.planted["defects"] if row["file"].endswith(suffix)]


def test_every_defect_of_a_text_file_stands_on_its_line(demo: Demo) -> None:
    listed = defects(demo, ".csv")
    assert len(listed) == 11
    for defect in listed:
        path = demo.folder / defect["file"]
        delimiter = ";" if defect["table"] == "invoices" else ","
        rows = table(path, delimiter=delimiter, encoding=text_encoding(path))
        row = rows[int(defect["line"]) - 2]
        if defect["kind"] in {"repeated key", "equal rows"}:
            keys = [name for name in defect["column"].split(", ") if name] or list(row)
            twins = [each for each in rows if all(each[key] == row[key] for key in keys)]
            assert len(twins) == 2, defect
        elif defect["column"] == "Date":
            day, month, year = row["Date"].split(".")
            assert f"{year}-{month}-{day}" == defect["value"]
        else:
            assert row[defect["column"]] == defect["value"], defect


def test_a_defect_states_the_amount_of_its_row(demo: Demo) -> None:
    rates = average_rates(demo.folder)
    for defect in defects(demo, ".csv"):
        path = demo.folder / defect["file"]
        line = int(defect["line"]) - 2
        if defect["table"] == "invoices":
            row = table(path, delimiter=";", encoding=text_encoding(path))[line]
            net = Decimal(row["Net"].replace(",", "."))
            amount = net * rates[defect["period"], row["Currency"]]
        elif defect["table"] == "actuals":
            row = table(path)[line]
            amount = Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
        else:
            amount = Decimal(table(path)[line]["Amount"])
        assert abs(amount - Decimal(defect["amount"])) <= CENT / 2, defect


def test_a_budget_cell_and_a_usage_row_are_where_the_list_says(demo: Demo) -> None:
    (cell,) = defects(demo, ".xlsx")
    place, month = cell["line"].split()
    assert month == cell["column"]
    sheet, _, row = place.partition("!A")
    page = openpyxl.load_workbook(demo.folder / cell["file"])[sheet]
    heads = [head.value for head in page[5]]
    assert page.cell(int(row), heads.index(cell["column"]) + 1).value == "tbd"
    (twice,) = defects(demo, ".parquet")
    rows = pq.read_table(demo.folder / twice["file"]).to_pylist()
    exported = rows[int(twice["line"]) - 1]
    assert rows.count(exported) == 2
    assert str(exported["units"]) == twice["amount"]


def test_what_is_held_back_stays_below_materiality(demo: Demo) -> None:
    held = [Decimal(row["amount"]) for row in demo.planted["defects"] if row["table"] != "usage"]
    assert sum(abs(amount) for amount in held) < 3 * 5_000
    for name in ("invoices", "actuals", "budget", "cashflows"):
        rows = [
            row
            for row in demo.planted["defects"]
            if row["table"] == name and row["handling"] == "quarantined"
        ]
        assert 0 < sum(abs(Decimal(row["amount"])) for row in rows) < 5_000


def test_control_totals_are_those_of_the_export_before_cleaning(demo: Demo) -> None:
    rates = average_rates(demo.folder)
    for total in table(demo.folder / "control/billing_totals.csv"):
        rows = billing(demo.folder, total["Month"])
        assert len(rows) == int(total["Lines"])
        amounts = [Decimal(row["Net EUR"].replace(",", ".")) for row in rows]
        assert sum(amounts) == Decimal(total["EUR"])
        for row, amount in zip(rows, amounts, strict=True):
            net = Decimal(row["Net"].replace(",", "."))
            assert abs(net * rates[total["Month"], row["Currency"]] - amount) <= CENT / 2


def test_one_billing_file_is_in_another_encoding(demo: Demo) -> None:
    encodings = [text_encoding(path) for path in (demo.folder / "billing").iterdir()]
    assert encodings.count("cp1252") == 1


def test_an_accrual_is_reversed_in_the_next_month(demo: Demo) -> None:
    booked: dict[tuple[str, str, str, str], Decimal] = {}
    for row in ledger(demo.folder):
        text = row["Text"]
        if text.startswith(("Accrual", "Reversal")):
            kind, _, rest = text.partition("ccrual ")
            key = (kind[:1], row["Account"], row["Product"], rest[:7])
            booked[key] = Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
    accrued = {key[1:]: amount for key, amount in booked.items() if key[0] == "A"}
    reversed_ = {key[1:]: amount for key, amount in booked.items() if key[0] == "R"}
    due = {key for key in accrued if key[-1] < demo.period}
    assert len(due) > 400
    assert all(accrued[key] == -reversed_[key] for key in due)
    assert not {key for key in reversed_ if key[-1] == demo.period}


def test_a_reversal_names_the_accrual_it_takes_back(demo: Demo) -> None:
    posted = {f"{row['Journal']}/{row['Line']}": row for row in ledger(demo.folder)}
    named = [row for row in posted.values() if row["Reverses"]]
    assert len(named) > 400
    for row in named:
        accrual = posted[row["Reverses"]]
        assert (row["Kind"], accrual["Kind"]) == ("reversal", "accrual")
        assert (row["Credit"], row["Account"]) == (accrual["Debit"], accrual["Account"])
        assert row["Product"] == accrual["Product"]
        assert accrual["Posting date"] < row["Posting date"]
    assert {row["Kind"] for row in posted.values()} == {"regular", "accrual", "reversal"}


def test_a_budget_sheet_has_titles_a_unit_and_rows_that_add_up(demo: Demo) -> None:
    path = demo.folder / "budget/Budget 2026 revised.xlsx"
    for sheet, unit in (("Revenue", "kEUR"), ("Cost", "kEUR"), ("Volumes", "units")):
        page = openpyxl.load_workbook(path, data_only=True)[sheet]
        rows = list(page.iter_rows(values_only=True))
        assert rows[2][0] == unit
        first = rows[4].index("Jan")
        assert rows[4][first + 12] == "Total"
        assert len(rows) > 40
        for row in rows[5:]:
            assert sum(row[first : first + 12]) == pytest.approx(row[first + 12], abs=1e-6)


def test_each_year_has_an_adopted_budget_and_a_revision_once_it_is_known(demo: Demo) -> None:
    names = sorted(path.name for path in (demo.folder / "budget").iterdir())
    versions = [(year, name) for year in (2024, 2025, 2026) for name in ("adopted", "revised")]
    versions.insert(-1, (2026, "hiring freeze"))
    assert names == [f"Budget {year} {version}.xlsx" for year, version in versions]


def test_a_draft_says_that_nobody_approved_it(demo: Demo) -> None:
    for version, stage, issued, approver in (
        ("hiring freeze", "draft", "2026-06-24", None),
        ("revised", "revised", "2026-05-19", "Henrik Solberg"),
    ):
        page = openpyxl.load_workbook(demo.folder / f"budget/Budget 2026 {version}.xlsx")["Cost"]
        head, first = page.iter_rows(5, 6, values_only=True)
        line = dict(zip(head, first, strict=True))
        assert (line["Stage"], line["Issued"], line["Approved by"]) == (stage, issued, approver)
        assert line["Approved"] == (issued if approver else None)
        assert line["Prepared by"] not in {None, approver}


def test_an_order_line_is_open_until_it_is_booked(demo: Demo) -> None:
    rows = table(demo.folder / "procurement/order_lines.csv")
    lines: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        lines[row["Order"], row["Expected"]].append(row)
    assert len(lines) > 300
    for told in lines.values():
        assert [row["Status"] for row in told] in (["open"], ["open", "closed"])
        assert Decimal(told[0]["Open"]) > 0
        assert [row["Open"] for row in told[1:]] in ([], ["0.00"])
        assert told[0]["Recorded"] < told[-1]["Recorded"] or len(told) == 1
        assert told[-1]["Recorded"] <= "2026-06-30"
    (cause,) = [
        row for row in demo.planted["causes"] if row["cause"] == "capacity ordered beyond budget"
    ]
    ordered = {
        row["Expected"]: row["Open"]
        for row in rows
        if (row["Account"], row["Product"]) == (cause["account"], cause["product"])
    }
    assert ordered == cause["ordered"]
    assert next(iter(ordered)) == "2026-07"


def test_a_close_before_the_first_revision_declares_one_version(tmp_path: Path) -> None:
    made = company.make(tmp_path / "demo", months=2, products=2, last="2026-03")
    book = tomllib.loads((made.folder / "book.toml").read_text(encoding="utf-8"))
    assert book["policies"]["versions"] == ["adopted"]
    assert [path.name for path in (made.folder / "budget").iterdir()] == [
        "Budget 2026 adopted.xlsx"
    ]


def test_the_company_has_a_plausible_size_and_known_troubles(demo: Demo) -> None:
    revenue = ledger_revenue(demo.folder)
    families = {row["Product"]: row["Family"] for row in table(demo.folder / "master/products.csv")}
    actual: dict[str, Decimal] = defaultdict(Decimal)
    for (month, product), amount in revenue.items():
        if month == demo.period:
            actual[families[product]] += amount
    assert 4_500_000 < sum(actual.values()) < 5_500_000
    page = openpyxl.load_workbook(demo.folder / "budget/Budget 2026 adopted.xlsx")["Revenue"]
    rows = list(page.iter_rows(min_row=5, values_only=True))
    plan: dict[str, float] = defaultdict(float)
    for row in rows[1:]:
        line = dict(zip(rows[0], row, strict=True))
        sign = -1 if line["Account"] in {"4800", "4810"} else 1
        plan[families[line["Product"]]] += sign * line["Jun"] * 1000
    shares = {family: float(actual[family]) / plan[family] for family in plan}
    assert min(shares, key=shares.__getitem__) == "Operations"
    assert 0.85 < shares["Operations"] < 0.95
    (drift,) = [row for row in demo.planted["causes"] if row["cause"] == "hosting drift"]
    above = [Decimal(amount) for amount in drift["above_plan"].values()]
    assert above == sorted(above)
    assert above[-1] > 5_000


def test_money_that_goes_out_is_negative(demo: Demo) -> None:
    for row in table(demo.folder / "initiatives/cash_flows.csv"):
        assert (Decimal(row["Amount"]) > 0) == (row["Flow"] == "benefit")


def test_the_book_fits_on_a_page_and_names_what_is_there(demo: Demo) -> None:
    text = (demo.folder / "book.toml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    for source in tomllib.loads(text)["sources"]:
        assert list(demo.folder.glob(source["path"])), source["name"]


def test_the_readme_and_the_list_for_programs_say_the_same(demo: Demo) -> None:
    assert json.loads((demo.folder / "planted.json").read_text(encoding="utf-8")) == demo.planted
    readme = (demo.folder / "README.md").read_text(encoding="utf-8")
    for defect in demo.planted["defects"]:
        assert f"| {defect['file']} | {defect['line']} |" in readme
    assert sorted(files(demo.folder)) == demo.planted["files"]


def test_a_second_company_replaces_the_first_and_leaves_other_files(tmp_path: Path) -> None:
    company.make(tmp_path / "demo", months=3, products=2)
    note = tmp_path / "demo" / "state" / "comments.csv"
    note.parent.mkdir()
    note.write_text("mine", encoding="utf-8")
    made = company.make(tmp_path / "demo", months=1, products=1)
    assert billed_months(made.folder) == ["2026-06"]
    assert note.read_text(encoding="utf-8") == "mine"


def test_a_folder_with_another_book_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text("# mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="not a demo company's"):
        company.make(tmp_path, months=1, products=1)
    assert list(files(tmp_path)) == ["book.toml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed -1 is negative\n  -> Give 0 or more."),
        ({"months": 0}, "months 0 leaves no month to write\n  -> Give 1 or more."),
        ({"products": 0}, "products 0 is out of range\n  -> Give 1 to 200."),
        ({"products": 201}, "products 201 is out of range\n  -> Give 1 to 200."),
        ({"last": "2026-05"}, "last '2026-05' is not the last month of a quarter"),
        ({"last": "June"}, "last 'June' is not the last month of a quarter"),
    ],
)
def test_a_value_out_of_range_is_refused_before_anything_is_written(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        company.make(tmp_path / "demo", **arguments)
    assert message in str(caught.value)
    assert not (tmp_path / "demo").exists()


def test_one_month_of_one_product_still_has_its_defects(small: Demo) -> None:
    kinds = {row["kind"] for row in small.planted["defects"]}
    assert {"repeated key", "unknown product code", "bad date", "not a number"} <= kinds
    assert all(row["file"] and row["line"] for row in small.planted["defects"])

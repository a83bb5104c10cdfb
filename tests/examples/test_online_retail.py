"""The wholesaler's book on its real exports, month by month, and on months of the same form."""

from __future__ import annotations

import gzip
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ControlError

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).resolve().parents[2]
BOOK = CHECKOUT / "examples" / "online-retail"
CLOSE = CHECKOUT / "tests" / "closes" / "online_retail.csv"
MONTHS = [f"2010-{month:02}" for month in (12,)] + [f"2011-{month:02}" for month in range(1, 9)]
REVENUE = ["gross", "returns", "other"]
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture(scope="module")
def exports(shared: Path) -> Path:
    return shared / "data" / "real" / "invoices"


@pytest.fixture(scope="module")
def close() -> pd.DataFrame:
    answers = pd.read_csv(CLOSE)
    answers["amount"] = answers["amount"].astype(float)
    return answers


@pytest.fixture
def month_alone(tmp_path: Path, exports: Path) -> Callable[..., Path]:
    """Give a folder that holds one month's export, with or without control totals."""

    def make(month: str, *, controls: bool = True) -> Path:
        shutil.copy(exports / f"online_retail_{month}.csv.gz", tmp_path)
        if controls:
            shutil.copy(exports / "control_totals.csv", tmp_path)
        return tmp_path

    return make


def export(folder: Path, month: str, lines: str) -> Path:
    """Write one month's export from lines of ``invoice|code|quantity|price|customer|day``."""
    out = [HEADER]
    for line in lines.strip().splitlines():
        invoice, code, quantity, price, customer, day = (c.strip("'") for c in _cells(line))
        at = f"{month}-{int(day):02} 10:00:00"
        out.append(f"{invoice},{code},TEXT,{quantity},{at},{price},{customer},United Kingdom")
    path = folder / f"online_retail_{month}.csv.gz"
    path.write_bytes(gzip.compress(("\n".join(out) + "\n").encode()))
    return folder


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def by_line(statement: pd.DataFrame, month: str) -> dict[str, float]:
    mine = statement[(statement["version"] == "actual") & (statement["period"] == month)]
    return mine.groupby("line")["amount"].sum().round(2).to_dict()


def net(statement: pd.DataFrame, month: str) -> float:
    mine = statement[(statement["period"] == month) & statement["group"].isin(REVENUE)]
    return round(float(mine["amount"].sum()), 2)


@pytest.mark.parametrize("month", MONTHS)
def test_a_month_alone_ties_line_by_line_and_adds_back_to_its_control_total(
    month: str, month_alone: Callable[..., Path], close: pd.DataFrame
) -> None:
    folder = month_alone(month)
    book = pf.open_book(BOOK, data=folder, period=month)
    answers = close[close["period"] == month]
    stated = answers[answers["group"] != "excluded"]

    assert by_line(book.statement, month) == pytest.approx(
        stated.set_index("line")["amount"].round(2).to_dict(), abs=0.001
    )
    excluded = answers[answers["group"] == "excluded"].set_index("line")["rows"].to_dict()
    rules = book.rules[book.rules["action"] == "exclude"]
    assert dict(zip(rules["target"], rules["rows"], strict=True)) == excluded
    (line,) = book.balance[book.balance["period"] == month].to_dict("records")
    control = pd.read_csv(folder / "control_totals.csv", dtype=str).set_index("month").loc[month]
    assert line["rows_in"] == int(control["rows"]) == answers["rows"].sum()
    assert Decimal(str(line["amount_in"])) == Decimal(control["amount_gbp"])
    assert line["rows_quarantined"] == 0
    outside = stated[stated["group"] == "outside"]["amount"].sum()
    assert net(book.statement, month) + outside == pytest.approx(
        float(control["amount_gbp"]), abs=0.006
    )
    # Alone in a folder there is no crosswalk of families either, and a control says so; what was
    # taken back has a test of its own.
    told = ["Equal rows", "Value map", "Taken back"]
    others = book.controls[~book.controls["control"].isin(told)]
    assert set(others["state"]) == {"green"}


@pytest.mark.parametrize("month", ["2011-06"])
def test_every_rule_shows_its_rows_and_its_amount(
    month: str, exports: Path, close: pd.DataFrame
) -> None:
    book = pf.open_book(BOOK, data=exports, period=month)
    kinds = {
        "Cancellations": "cancellation",
        "Cancellations, no customer number": "cancellation, no customer",
        "Sales, no customer number": "sale, no customer",
        "Postage and carriage": "postage",
        "Discounts": "discount",
        "Manual entries": "manual",
        "Marketplace and bank fees": "fee",
        "Samples": "sample",
        "Gift vouchers": "voucher",
        "stock write-offs": "stock write-offs",
        "lines at price 0": "lines at price 0",
    }
    answers = close[(close["period"] == month) & (close["line"] != "Sales")]
    rules = book.rules.set_index("target")
    for answer in answers.to_dict("records"):
        rule = rules.loc[kinds[answer["line"]]]
        assert rule["rows"] == answer["rows"]
        assert float(rule["amount"]) == pytest.approx(answer["amount"], abs=0.001)
        assert rule["because"]
    assert book.period.year_to_date.first.isoformat() == "2010-12-01"
    to_date = close[(close["period"] <= month) & close["group"].isin(REVENUE)]["amount"].sum()
    assert round(sum(net(book.statement, m) for m in MONTHS[:7]), 2) == pytest.approx(
        to_date, abs=0.01
    )


@pytest.mark.parametrize(
    ("month", "amount", "detail"),
    [
        # Read off the exports: every line of 10,000 or more that a later line takes back.
        ("2010-12", 13541.33, "537632 (AMAZONFEE, fee) is taken back by C537651 (AMAZONFEE, fee)"),
        (
            "2011-01",
            77183.60,
            "541431 (23166, sale) is taken back by C541433 (23166, cancellation)",
        ),
        ("2011-06", 38970.00, "556444 (22502, sale) is taken back by C556445 (M, manual)"),
        ("2011-08", 11062.06, "A563185 (B, bad debt) is taken back by A563186 (B, bad debt)"),
    ],
)
def test_a_large_line_that_is_taken_back_is_pointed_at(
    month_alone: Callable[..., Path], month: str, amount: float, detail: str
) -> None:
    book = pf.open_book(BOOK, data=month_alone(month), period=month)
    (found,) = book.controls[book.controls["control"] == "Taken back"].to_dict("records")
    assert (found["state"], found["actual"], found["detail"]) == ("amber", amount, detail)


def test_without_control_totals_the_control_is_amber(month_alone: Callable[..., Path]) -> None:
    folder = month_alone("2011-02", controls=False)
    book = pf.open_book(BOOK, data=folder, period="2011-02")
    states = book.controls.set_index("control")["state"]
    assert set(states) == {"amber", "green"}
    assert net(book.statement, "2011-02") == pytest.approx(
        443346.02 + 65540.18 - 8315.77 - 60.10 + 13317.51 - 284.99 - 2934.27
    )


def test_a_total_that_does_not_tie_stops_the_load(month_alone: Callable[..., Path]) -> None:
    folder = month_alone("2011-02")
    controls = folder / "control_totals.csv"
    controls.write_text(controls.read_text().replace("498062.65", "498062.66"))
    with pytest.raises(ControlError, match=r"498,062\.65 .* 498,062\.66"):
        pf.open_book(BOOK, data=folder, period="2011-02")


OTHER_MONTH = """
    489434  | 85048        |  10 |      2.50 | 13085.0 |  1
    489434  | 85123A       |   4 |      3.00 | 13085.0 |  1
    489435  | 85123a       |   1 |      3.00 |         |  1
    489435  | '47503J '    |   2 |      1.25 |         |  2
    489436  | 99999ZZ      |   3 |     10.00 | 13078.0 |  3
    489437  | SP1002       |   1 |      6.00 | 13078.0 |  3
    C489438 | 85048        |  -2 |      2.50 | 13085.0 |  4
    489439  | 85048        |  -1 |      2.50 | 13085.0 |  4
    489440  | 22423        | -30 |      0    |         |  5
    489441  | 22423        |   1 |      0    | 13085.0 |  5
    489442  | POST         |   1 |     18.00 | 12682.0 |  6
    489443  | DOT          |   1 |     40.00 |         |  6
    489444  | C3           |   1 |     50.00 | 14911.0 |  6
    489445  | m            |   1 |      7.00 |         |  7
    C489446 | M            |   1 |    373.57 |         |  7
    489447  | ADJUST2      |   1 |     -5.00 | 16321.0 |  8
    C489448 | D            |  -1 |      9.00 | 15823.0 |  8
    C489449 | AMAZONFEE    |  -1 |    100.00 |         |  9
    C489450 | BANK CHARGES |  -1 |     15.00 |         |  9
    C489451 | S            |  -1 |     20.00 |         | 10
    489452  | GIFT         |   1 |     30.00 |         | 10
    489453  | gift_0001_80 |   1 |     68.09 |         | 10
    C489454 | CRUK         |  -1 |      1.60 | 14096.0 | 11
    A489455 | B            |   1 |   -500.00 |         | 11
    489456  | TEST001      |   5 |      4.50 | 12346.0 | 31
"""


def test_another_month_of_the_same_form_needs_no_change(tmp_path: Path) -> None:
    folder = export(tmp_path, "2009-12", OTHER_MONTH)
    book = pf.open_book(BOOK, data=folder, period="2009-12")
    assert by_line(book.statement, "2009-12") == pytest.approx(
        {
            "Sales": 25 + 12 + 30 + 6,
            "Sales, no customer number": 3 + 2.5,
            "Cancellations": -5 - 2.5,
            "Postage and carriage": 18 + 40 + 50,
            "Manual entries": 7 + 373.57 - 5,
            "Discounts": -9,
            "Marketplace and bank fees": -115,
            "Samples": -20,
            "Gift vouchers": 98.09,
            "Donations": -1.6,
            "Bad debt": -500,
        }
    )
    excluded = book.rules[book.rules["action"] == "exclude"].set_index("target")
    assert excluded["rows"].to_dict() == {
        "test entries": 1,
        "stock write-offs": 1,
        "lines at price 0": 1,
    }
    assert excluded["amount"].astype(float).to_dict() == {
        "test entries": 22.5,
        "stock write-offs": 0.0,
        "lines at price 0": 0.0,
    }


def test_codes_are_joined_over_case_and_spaces_and_new_ones_are_named(tmp_path: Path) -> None:
    folder = export(tmp_path, "2009-12", OTHER_MONTH)
    known = sorted(
        {line.split("|")[1].strip().strip("' ") for line in OTHER_MONTH.strip().splitlines()}
    )
    rows = [f"{code},Goods" for code in known if code.upper() not in {"99999ZZ", "SP1002"}]
    crosswalk = "\n".join(["stock_code,family", *dict.fromkeys(rows), ""])
    (folder / "families_authored_here.csv").write_text(crosswalk)
    book = pf.open_book(BOOK, data=folder, period="2009-12")
    actual = book.statement[book.statement["version"] == "actual"]
    amounts = actual.groupby("product")["amount"].sum().round(2)
    assert amounts["85123A"] == pytest.approx(15)
    assert amounts["47503J"] == pytest.approx(2.5)
    assert amounts["GIFT_0001_80"] == pytest.approx(68.09)
    new = actual[actual["family"] == "New products"]
    assert new.groupby("product")["amount"].sum().to_dict() == {"99999ZZ": 30.0, "SP1002": 6.0}
    (rule,) = book.rules[book.rules["target"] == "New products"].to_dict("records")
    assert (rule["rows"], float(rule["amount"])) == (2, pytest.approx(36.00))


def test_a_new_code_in_a_real_month_is_counted_on_its_own_line(
    month_alone: Callable[..., Path], exports: Path
) -> None:
    folder = month_alone("2011-08", controls=False)
    file = folder / "online_retail_2011-08.csv.gz"
    injected = "599999,98765Q,NEW THING,12,2011-08-31 17:00:00,2.50,13085.0,United Kingdom\n"
    lines = gzip.decompress(file.read_bytes()).rstrip() + b"\n" + injected.encode()
    file.write_bytes(gzip.compress(lines))
    shutil.copy(exports / "families_authored_here.csv", folder)
    book = pf.open_book(BOOK, data=folder, period="2011-08")
    new = book.statement[book.statement["family"] == "New products"]
    assert new["amount"].sum() == pytest.approx(30.00)
    (rule,) = book.rules[book.rules["target"] == "New products"].to_dict("records")
    assert (rule["rows"], float(rule["amount"])) == (1, pytest.approx(30.00))


def test_a_month_that_stops_early_is_called_partial(tmp_path: Path, exports: Path) -> None:
    raw = gzip.decompress((exports / "online_retail_2011-06.csv.gz").read_bytes()).decode()
    head, *lines = raw.splitlines(keepends=True)
    early = [line for line in lines if ",2011-06-0" in line]
    (tmp_path / "online_retail_2011-06.csv").write_text(head + "".join(early))
    book = pf.open_book(BOOK, data=tmp_path, period="2011-06")
    partial = book.controls[book.controls["control"] == "Complete month"]
    assert list(partial["state"]) == ["amber"]
    assert "2011-06-09" in partial["detail"].iloc[0]


def test_a_control_total_that_ties_does_not_make_a_short_month_whole(tmp_path: Path) -> None:
    folder = export(tmp_path, "2011-12", "581587 | 22138 | 3 | 4.95 | 12680.0 | 9")
    (folder / "control_totals.csv").write_text("month,rows,amount_gbp\n2011-12,1,14.85\n")
    book = pf.open_book(BOOK, data=folder, period="2011-12")
    states = book.controls.set_index("control")["state"]
    assert states["Control total"] == "green"
    assert states["Complete month"] == "amber"


def test_december_2010_is_complete_although_the_shop_closed_for_christmas(
    month_alone: Callable[..., Path],
) -> None:
    folder = month_alone("2010-12", controls=False)
    book = pf.open_book(BOOK, data=folder, period="2010-12")
    partial = book.controls[book.controls["control"] == "Complete month"]
    assert "amber" not in set(partial["state"])


def test_lines_without_a_customer_keep_their_revenue_under_a_named_customer(
    month_alone: Callable[..., Path],
) -> None:
    book = pf.open_book(BOOK, data=month_alone("2011-06"), period="2011-06")
    lines = book.invoices
    nobody = lines[lines["customer"] == "(no customer)"]
    # 9,038 lines have no customer number (control_totals.csv, no_customer); those at price 0 are
    # excluded: 107 write-offs and 79 others.
    assert len(nobody) == 9038 - 107 - 79
    assert set(lines["customer"].str.fullmatch(r"\d{5}|\(no customer\)")) == {True}

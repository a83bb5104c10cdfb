"""The city's book replays past quarterly reports as they were known, cell by cell."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

import pfkit as pf
from pfkit.period import FiscalCalendar

CHECKOUT = Path(__file__).resolve().parents[2]
BOOK = CHECKOUT / "examples" / "philadelphia"
CLOSE = CHECKOUT / "tests" / "closes" / "philadelphia.csv"
# First and last report with spending to date, the target to date copied and not, a department
# stated in two lines (2013Q3), departments dropped (2018Q2), the first of two reports with equal
# cells (2020Q1).
REPORTS = ["2008Q3", "2009Q4", "2013Q3", "2018Q2", "2019Q2", "2020Q1", "2021Q3"]
VERSIONS = {
    ("Target Budget", "Full Year"): "target",
    ("Target Budget", "YTD"): "target to date",
    ("Current Projection", "Full Year"): "projection",
    ("Adopted Budget", "Full Year"): "adopted, as reported",
}


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "real" / "budget"


@pytest.fixture(scope="module")
def published(data: Path) -> pd.DataFrame:
    """Give the reports' cells, employee benefits once, by plain pandas."""
    table = pd.read_csv(data / "department-obligations.csv", dtype=str, keep_default_na=False)
    table = table[~table["dept_code"].str.startswith("35-EB-")].copy()
    table["amount"] = table["total"].astype(float)
    table["report"] = table["report_fiscal_year"] + "Q" + table["report_quarter"]
    return table


def quarter_end(report: str) -> str:
    return FiscalCalendar(7).period(report).last.isoformat()


@lru_cache(maxsize=16)
def opened(report: str, data: Path, *, as_of: str | None = None) -> Any:  # noqa: ANN401 (a Book)
    return pf.open_book(BOOK, data=data, period=report, as_of=as_of or quarter_end(report))


def cells(table: pd.DataFrame, by: str) -> dict[str, float]:
    summed = cast("pd.Series", table.groupby(by)["amount"].sum())
    return {str(name): round(float(amount), 2) for name, amount in summed.items()}


@pytest.mark.parametrize("report", REPORTS)
def test_a_past_report_replays_without_a_different_cell(
    report: str, data: Path, published: pd.DataFrame
) -> None:
    book = opened(report, data)
    mine = published[published["report"] == report]
    year_end = f"{report[:4]}-06"
    this_quarter = quarter_end(report)[:7]
    budget = book.budget
    for (variable, span), version in VERSIONS.items():
        source = mine[(mine["variable"] == variable) & (mine["time_period"] == span)]
        month = this_quarter if span == "YTD" else year_end
        kept = budget[(budget["version"] == version) & (budget["period"] == month)]
        assert cells(kept, "cost_center") == cells(source, "dept_name"), version
    spent = mine[(mine["variable"] == "Actual") & (mine["time_period"] == "YTD")]
    actuals = book.actuals
    kept = actuals[(actuals["period"] == this_quarter) & (actuals["span"] == "ytd")]
    assert cells(kept, "cost_center") == cells(spent, "dept_name")


@pytest.mark.parametrize("report", ["2018Q2", "2019Q2", "2021Q3"])
def test_the_adopted_budget_is_known_before_any_report_states_it(report: str, data: Path) -> None:
    adopted = pd.read_csv(
        data / "budgeted-department-spending-adopted.csv", dtype=str, keep_default_na=False
    )
    adopted["amount"] = adopted["total"].astype(float)
    budget = opened(report, data).budget
    year = budget[(budget["version"] == "adopted") & (budget["period"] == f"{report[:4]}-06")]
    assert cells(year, "cost_center") == cells(
        adopted[adopted["fiscal_year"] == report[:4]], "dept_name"
    )


@pytest.mark.parametrize("report", ["2018Q2", "2018Q4", "2019Q2", "2020Q1"])
def test_the_totals_are_those_of_the_close(report: str, data: Path) -> None:
    answers = pd.read_csv(CLOSE, dtype={"report": str}).set_index("report").loc[report]
    book = opened(report, data)
    year = book.budget[book.budget["period"] == f"{report[:4]}-06"]
    totals = year.groupby("version")["amount"].sum()
    for version in ("adopted", "target", "projection"):
        assert totals[version] == pytest.approx(answers[version], abs=0.01)
    actuals = book.actuals[book.actuals["period"] == quarter_end(report)[:7]]
    if report.endswith("Q4"):
        assert actuals.empty  # the year's spending is stated a year later
    else:
        assert actuals["amount"].sum() == pytest.approx(answers["actual_to_date"], abs=0.01)


def test_a_later_reader_sees_the_corrected_target_and_the_final_year(data: Path) -> None:
    close = pd.read_csv(CLOSE, dtype={"report": str}).set_index("report")
    then = opened("2019Q2", data)
    later = opened("2019Q2", data, as_of="2020-06-30")
    target = {
        name: float(
            book.budget[
                (book.budget["version"] == "target") & (book.budget["period"] == "2019-06")
            ]["amount"].sum()
        )
        for name, book in (("then", then), ("later", later))
    }
    assert target["then"] == pytest.approx(close.loc["2019Q2", "target"])
    assert target["later"] == pytest.approx(close.loc["2019Q4", "target"])
    assert set(then.actuals["period"]).isdisjoint({"2019-06"})
    year = later.actuals[later.actuals["period"] == "2019-06"]
    assert year["amount"].sum() == pytest.approx(close.loc["2020Q4", "actual_last_year"])


def test_the_detail_of_employee_benefits_is_excluded_with_its_amount(data: Path) -> None:
    rules = opened("2019Q2", data).rules
    detail = rules[rules["target"] == "detail of employee benefits"]
    assert set(detail["source"]) == {"reported_budget", "reported_actuals"}
    assert set(detail["because"]) == {
        "the line Finance: Employee Benefits (35-EB) already holds their sum"
    }
    spent = detail[detail["source"] == "reported_actuals"].iloc[0]
    # Ten lines of detail in report 2019Q2; their head, 35-EB, states 383,236,835 spent.
    assert (spent["rows"], float(spent["amount"])) == (10, 383_236_835.0)


def test_every_row_and_dollar_known_by_then_is_accounted_for(data: Path) -> None:
    balance = opened("2019Q2", data).balance
    counts_money = ~balance["table"].isin(["accounts", "cost_centers"])
    for unit, lines in (("rows", balance), ("amount", balance[counts_money])):
        parts = sum(lines[f"{unit}_{part}"] for part in ("accepted", "quarantined", "excluded"))
        assert (lines[f"{unit}_in"] == parts).all()
    assert balance.loc[~counts_money, "amount_in"].isna().all()
    assert balance["rows_quarantined"].sum() == 0
    rows = balance.groupby("source")["rows_in"].sum()
    table = pd.read_csv(data / "department-obligations.csv")
    report = table["report_fiscal_year"] * 10 + table["report_quarter"]
    known = int((report <= 20192).sum())
    assert rows["reported_budget"] == rows["reported_actuals"] == known
    adopted = pd.read_csv(data / "budgeted-department-spending-adopted.csv")
    assert rows["adopted_budget"] == int((adopted["fiscal_year"] <= 2019).sum())


def test_a_department_that_is_not_listed_keeps_its_money_on_a_named_line(
    data: Path, tmp_path: Path
) -> None:
    for name in ("department-obligations.csv", "budgeted-department-spending-adopted.csv"):
        text = (data / name).read_text(encoding="utf-8")
        changed = text.replace(",Art Museum,34,", ",Museum of Tomorrow,34-X,")
        (tmp_path / name).write_text(changed, encoding="utf-8")
    budget = opened("2019Q2", tmp_path).budget
    line = budget[
        (budget["cost_center"] == "Departments not listed")
        & (budget["period"] == "2019-06")
        & (budget["version"] == "target")
    ]
    assert line["amount"].sum() == pytest.approx(2_550_000)


def test_the_budget_of_the_last_report_is_known_again(data: Path) -> None:
    then = opened("2019Q2", data).budget_then
    before = opened("2019Q1", data).budget
    for version in ("target", "projection"):
        assert cells(then[then["version"] == version], "cost_center") == cells(
            before[before["version"] == version], "cost_center"
        )


@pytest.mark.parametrize("report", ["2009Q4", "2013Q3", "2019Q2"])
def test_the_vintages_of_the_last_report_hold_every_one_before_it(report: str, data: Path) -> None:
    now, then = opened("2021Q3", data), opened(report, data)
    for name in ("budget", "actuals"):
        rows = now.vintages(name)
        gone = rows["replaced_on"].map(lambda day: pd.notna(day) and day <= then.as_of)
        cut = rows[(rows["known_on"] <= then.as_of) & ~gone].drop(columns="replaced_on")
        assert cut.reset_index(drop=True).equals(then.table(name).reset_index(drop=True))


@pytest.mark.parametrize("report", REPORTS)
def test_what_was_known_on_a_day_is_the_report_of_that_day(report: str, data: Path) -> None:
    book = opened("2021Q3", data, as_of="2021-12-31")
    for table in ("budget", "actuals"):
        then = pf.as_known(book.vintages(table), quarter_end(report))
        keys = [name for name in ("version", "period", "span", "cost_center") if name in then]
        found = then.groupby(keys)["amount"].sum().round(2)
        again = getattr(opened(report, data), table).groupby(keys)["amount"].sum().round(2)
        assert found.to_dict() == again.to_dict()


@pytest.mark.parametrize("year", [2012, 2018])
def test_targets_move_within_the_year_as_often_as_the_reports_say(
    year: int, data: Path, published: pd.DataFrame
) -> None:
    book = opened("2021Q3", data, as_of="2021-12-31")
    period = book.calendar.period(f"{year}Q4")
    found = pf.budget_history(book.vintages("budget"), period=period, versions=["target"], top=999)
    total = found[found["role"] == "total"].iloc[0]
    listed = pd.read_csv(BOOK / "departments.csv", dtype=str)
    names = dict(zip(listed["code"], listed["department"], strict=True))
    target = published[
        (published["variable"] == "Target Budget")
        & (published["time_period"] == "Full Year")
        & (published["report_fiscal_year"] == str(year))
    ]
    name = target["dept_code"].map(names).fillna("Departments not listed")
    stated = target.assign(name=name).pivot_table(
        index="name", columns="report", values="amount", aggfunc="sum", fill_value=0.0
    )
    moved = stated.round(2).diff(axis=1).iloc[:, 1:] != 0
    assert (total["lines"], total["lines_changed"]) == (len(stated), int(moved.any(axis=1).sum()))
    assert total["moves"] == int(moved.sum().sum())

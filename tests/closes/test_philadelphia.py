"""The city's totals, report by report, recomputed from the published tables by plain pandas."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pandas as pd
import pytest

CLOSE = Path(__file__).with_name("philadelphia.csv")
REPORTED = {
    ("Target Budget", "Full Year"): "target",
    ("Current Projection", "Full Year"): "projection",
    ("Actual", "YTD"): "actual_to_date",
    ("Actual", "Full Year"): "actual_last_year",
}


def raw(folder: Path, name: str) -> pd.DataFrame:
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    table["amount"] = table["total"].str.removesuffix(".0").astype("int64")
    return table


def reported(folder: Path) -> pd.DataFrame:
    """Return what each report said, employee benefits counted once."""
    table = raw(folder, "department-obligations.csv")
    table = table[~table["dept_code"].str.startswith("35-EB-")].copy()
    table["report"] = table["report_fiscal_year"] + "Q" + table["report_quarter"]
    return table


def totals(folder: Path) -> pd.DataFrame:
    table = reported(folder)
    pairs = zip(table["variable"], table["time_period"], strict=True)
    table["what"] = [REPORTED.get(pair, "") for pair in pairs]
    wide = (
        table[table["what"] != ""]
        .pivot_table(index="report", columns="what", values="amount", aggfunc="sum")
        .astype("Int64")
    )
    adopted = raw(folder, "budgeted-department-spending-adopted.csv")
    by_year = cast("pd.Series", adopted.groupby("fiscal_year")["amount"].sum())
    wide["adopted"] = wide.index.str[:4].map(by_year).astype("Int64")
    wide["departments"] = table.groupby("report")["dept_code"].nunique().astype("Int64")
    return wide.rename_axis(columns=None).reset_index()[[*_columns()]]


def _columns() -> tuple[str, ...]:
    return ("report", "departments", "adopted", *REPORTED.values())


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "real" / "budget"


@pytest.fixture(scope="module")
def close() -> pd.DataFrame:
    numbers = dict.fromkeys(_columns()[1:], "Int64")
    return pd.read_csv(CLOSE, dtype={"report": str, **numbers}).set_index("report")


def test_the_stored_totals_are_those_of_the_published_tables(
    folder: Path, close: pd.DataFrame
) -> None:
    found = totals(folder).set_index("report")
    pd.testing.assert_frame_equal(found, close, check_dtype=False, check_column_type=False)


@pytest.mark.parametrize(
    ("report", "what", "millions"),
    [
        # PICA, staff reports on the Quarterly City Manager's Report, General Fund obligations:
        # 28 August 2018 on the fourth quarter of fiscal 2018; 28 November 2018 on the first of
        # fiscal 2019, which it puts 68.6 million above the plan.
        ("2018Q4", "projection", 4458.1),
        ("2019Q1", "projection", 4794.1),
        ("2019Q1", "adopted", 4794.1 - 68.6),
    ],
)
def test_a_total_is_the_one_the_oversight_board_printed(
    close: pd.DataFrame, report: str, what: str, millions: float
) -> None:
    assert round(int(close.loc[report, what]) / 1e6, 1) == pytest.approx(millions, abs=0.051)


def test_employee_benefits_are_the_sum_of_their_lines(folder: Path) -> None:
    table = raw(folder, "department-obligations.csv")
    key = ["report_fiscal_year", "report_quarter", "fiscal_year", "variable", "time_period"]
    head = table[table["dept_code"] == "35-EB"].groupby(key)["amount"].sum()
    parts = table[table["dept_code"].str.startswith("35-EB-")].groupby(key)["amount"].sum()
    gap = head - parts
    assert len(gap) == 222
    # One cell of 222 does not add up beyond a dollar, and there the head is right: the adopted
    # budget of fiscal 2009, published apart, states the same amount for employee benefits.
    assert gap[gap.abs() > 1].to_dict() == {
        ("2009", "4", "2009", "Adopted Budget", "Full Year"): 24_027_400
    }
    adopted = raw(folder, "budgeted-department-spending-adopted.csv").set_index(
        ["fiscal_year", "dept_code"]
    )["amount"]
    assert adopted["2009", "35-EB"] == head["2009", "4", "2009", "Adopted Budget", "Full Year"]


def test_the_adopted_budget_differs_from_the_fourth_report_by_few_departments(
    folder: Path,
) -> None:
    table = reported(folder)
    late = table[table["variable"] == "Adopted Budget"].set_index(["fiscal_year", "dept_code"])
    early = raw(folder, "budgeted-department-spending-adopted.csv").set_index(
        ["fiscal_year", "dept_code"]
    )
    both = pd.concat([early["amount"], late["amount"]], axis=1, keys=["early", "late"])
    both = both[both.index.get_level_values(0) >= "2008"].fillna(0)
    moved = both[both["early"] != both["late"]]
    assert set(moved.index.get_level_values(0)) == {
        *("2009", "2010", "2011", "2014", "2016", "2017", "2018", "2019", "2020"),
    }
    year = (moved["late"] - moved["early"]).groupby(level=0).sum()
    assert year[year != 0].to_dict() == {"2010": -2}

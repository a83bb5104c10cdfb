"""Statements by margin of real books: what was published, worked out apart from the book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pfkit as pf

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def _book(name: str, data: Path, period: str, as_of: str | None = None) -> Any:  # noqa: ANN401
    return pf.open_book(EXAMPLES / name, data=data, period=period, as_of=as_of)


def test_apple_by_product_over_a_year_of_53_weeks(shared: Path) -> None:
    book = _book("apple", shared / "data" / "real" / "sec", "2023Q3")
    told = {"period": book.period, "ledger": book.ledger_totals}
    company = pf.contribution_margins(book.margins, **told)
    sums = company.set_index("row_key")["actual"] / 1e6
    # net sales of 10-Q and 10-K: 394,328 of FY2022 less 304,182 to June 2022 plus 293,787
    assert sums["net-revenue|quarter"] == 81_797
    assert sums["net-revenue|ltm"] == 394_328 - 304_182 + 293_787
    assert sums["contribution-margin-1|quarter"] == 81_797 - 45_384  # gross margin as filed
    assert sums["contribution|quarter"] == 22_998  # operating income as filed
    products = pf.product_margins(book.margins, **told)
    rows = products.set_index("row_key")
    assert rows.loc["services|quarter", "cm1"] / 1e6 == 21_213 - 6_248
    assert rows.loc["iphone|ltm", "net_revenue"] / 1e6 == 205_489 - 162_863 + 156_778
    for table, column in ((company, "actual"), (products, "operating_result")):
        ties = table[table["role"] == "tie"]
        assert (ties[column] == 0.0).all()
        assert len(ties) == 3  # quarter, year to date, twelve months
    note = " ".join(pf.tables.contribution_margins(company, about=book.about).notes)
    assert "year to date 40 weeks, prior year 39" in note


def test_a_city_that_states_spending_to_date(shared: Path) -> None:
    data = shared / "data" / "real" / "budget"
    book = _book("philadelphia", data, "2020Q1", "2019-09-30")
    table = pf.contribution_margins(
        book.margins,
        period=book.period,
        plan=book.plan_version,
        outlook=book.outlook_version,
        ledger=book.ledger_totals,
    )
    found = table.set_index("row_key")
    cells = pd.read_csv(data / "department-obligations.csv", dtype=str, keep_default_na=False)
    cells = cells[~cells["dept_code"].str.startswith("35-EB-")]
    cells = cells.assign(total=cells["total"].astype(float))
    report = cells[(cells["report_fiscal_year"] == "2020") & (cells["report_quarter"] == "1")]
    year = report[(report["time_period"] == "Full Year") & (report["fiscal_year"] == "2020")]
    projected = year.loc[year["variable"] == "Current Projection", "total"].sum()
    assert found.loc["contribution|year", "outlook"] == pytest.approx(-projected, abs=0.01)
    assert found.loc["contribution|year", "outlook_method"] == "projection, whole year"
    spent = report[(report["time_period"] == "YTD") & (report["variable"] == "Actual")]
    spent = spent[spent["fiscal_year"] == "2020"]["total"].sum()
    assert found.loc["contribution|ytd", "actual"] == pytest.approx(-spent, abs=0.01)
    assert pd.isna(found.loc["contribution|ytd", "plan"])  # adopted for the year, never cut
    assert (table[table["role"] == "tie"]["actual"] == 0.0).all()

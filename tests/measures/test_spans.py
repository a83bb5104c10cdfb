from __future__ import annotations

import pandas as pd
import pytest

from pfkit.errors import MeasureError, PeriodError
from pfkit.measures.spans import spanned, window
from pfkit.period import FiscalCalendar

CITY = FiscalCalendar(year_start=7).period("2018Q2")


def _table(*found: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=["period", "span", "amount"])
    return table.assign(cost_center="Fire", version="target")


def _read(table: pd.DataFrame, *, year: bool = False) -> int | None:
    rows = spanned(table, ["cost_center"], CITY, name="budget")
    stretch = CITY.year if year else CITY.year_to_date
    found = window(rows, ["cost_center"], "target", stretch, until=CITY.months[-1])
    return found.of([("Fire",)])


def test_a_span_covers_its_months_of_the_fiscal_year() -> None:
    rows = spanned(
        _table(("2017-12", "month", 1), ("2017-12", "quarter", 1), ("2017-12", "ytd", 1)),
        ["cost_center"],
        CITY,
        name="budget",
    )
    assert rows[["first", "last"]].to_numpy().tolist() == [
        ["2017-12", "2017-12"],
        ["2017-10", "2017-12"],
        ["2017-07", "2017-12"],
    ]


def test_other_fiscal_years_are_left_out() -> None:
    assert spanned(_table(("2017-06", "year", 1)), ["cost_center"], CITY, name="budget").empty


def test_the_newest_statement_up_to_the_period_counts() -> None:
    table = _table(("2017-09", "year", 5), ("2017-12", "year", 6), ("2018-03", "year", 7))
    assert _read(table, year=True) == 600


def test_a_year_known_only_by_its_end_counts() -> None:
    assert _read(_table(("2018-06", "year", 7)), year=True) == 700


def test_of_two_statements_for_the_same_month_the_last_known_counts() -> None:
    table = _table(("2017-12", "year", 5), ("2017-12", "year", 6))
    assert _read(table.assign(known_on=["2018-02-15", "2018-05-15"]), year=True) == 600


def test_two_sources_of_one_version_add_up() -> None:
    table = _table(("2017-12", "year", 5), ("2017-12", "year", 6))
    table = table.assign(known_on=["2018-02-15", "2018-05-15"], _source=["payroll", "other"])
    assert _read(table, year=True) == 1100


def test_months_count_only_where_all_are_there() -> None:
    months = [(month, "month", 1.0) for month in CITY.year_to_date.months]
    assert _read(_table(*months)) == 600
    assert _read(_table(*months[1:])) is None


def test_a_year_says_nothing_of_half_a_year() -> None:
    assert _read(_table(("2017-12", "year", 5))) is None


def test_an_unknown_span_is_refused_with_the_nearest() -> None:
    with pytest.raises(MeasureError, match="span 'monthly'") as caught:
        spanned(_table(("2017-12", "monthly", 1)), ["cost_center"], CITY, name="budget")
    assert "'month'" in caught.value.advice


def test_a_period_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(PeriodError, match="'December'"):
        spanned(_table(("December", "month", 1)), ["cost_center"], CITY, name="budget")


def test_a_line_that_starts_later_in_the_year_is_nothing_to_date() -> None:
    months = [(month, "month", 10.0) for month in CITY.year.months]
    later = [(month, "month", 5.0) for month in CITY.year.months[8:]]
    table = pd.concat(
        [_table(*months).assign(account="pay"), _table(*later).assign(account="new hire")]
    )
    assert _read(table) == 6 * 1000
    assert _read(table, year=True) == 12 * 1000 + 4 * 500
    whole = _table(("2018-06", "year", 60.0)).assign(account="rent")
    assert _read(pd.concat([table, whole])) is None
    assert _read(pd.concat([table, whole]), year=True) == 12 * 1000 + 4 * 500 + 6000

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.vintages.then import booked, checked, months_between, stated

if TYPE_CHECKING:
    from collections.abc import Callable

    Amounts = Callable[..., pd.DataFrame]


def test_what_was_booked_counts_as_it_was_known_on_the_day(amounts: Amounts) -> None:
    known = amounts([10, 20, 30])
    late = amounts([5], first="2023-02", known_on="2023-04-10")  # posted late for February
    gone = amounts([99], first="2023-01", known_on="2023-01-20").assign(replaced_on="2023-02-01")
    table = checked(pd.concat([known, late, gone], ignore_index=True), "product")
    then = booked(table, by="product", origin="2023-02", day=dt.date(2023, 3, 3))
    now = booked(table, by="product", origin="2023-02", day=None)
    assert then is not None
    assert now is not None
    assert then.amounts.tolist() == [[10, 20], [10, 20]]  # Atlas, and all of them
    assert now.amounts.tolist() == [[10, 25], [10, 25]]


def test_a_month_without_bookings_is_zero_once_a_series_has_begun(amounts: Amounts) -> None:
    old, new = amounts([1, 2]), amounts([7], first="2023-04", product="Borea")
    last = amounts([5], first="2023-05", product="Cora")
    table = checked(pd.concat([old, new, last]), "product")
    then = booked(table, by="product", origin="2023-05", day=None)
    assert then is not None
    assert then.names == ["Atlas", "Borea", "Cora", "(every series)"]
    assert then.months == months_between("2023-01", "2023-05")  # Cora is known of May
    long = then.long.pivot_table(index="series_id", columns="period", values="value")
    assert long.loc["Atlas"].tolist() == [1, 2, 0, 0, 0]
    assert long.loc["Borea"].dropna().tolist() == [7, 0]
    assert long.loc["(every series)"].tolist() == [1, 2, 0, 7, 5]


def test_a_month_nothing_is_known_of_is_not_zero(amounts: Amounts) -> None:
    table = checked(amounts([1, 2]), "product")
    then = booked(table, by="product", origin="2023-05", day=None)
    assert then is not None
    assert then.months == ["2023-01", "2023-02"]


def test_the_scale_is_the_mean_change_from_a_year_before(amounts: Amounts) -> None:
    table = checked(amounts([100.0] * 12 + [104.0] * 6 + [92.0] * 6), "product")
    two_years = booked(table, by="product", origin="2024-12", day=None)
    assert two_years is not None
    assert two_years.scales["Atlas"] == pytest.approx((6 * 4 + 6 * 8) / 12)
    one_year = booked(table, by="product", origin="2024-06", day=None)
    assert one_year is not None
    # less than two years: from the month before, where one of 17 changes is 4
    assert one_year.scales["Atlas"] == pytest.approx(4 / 17)


def test_nothing_booked_by_then_is_nothing(amounts: Amounts) -> None:
    table = checked(amounts([10]), "product")
    assert booked(table, by="product", origin="2022-12", day=None) is None
    assert booked(table, by="product", origin="2023-01", day=dt.date(2022, 12, 31)) is None


def test_of_a_forecast_the_last_round_counts_and_a_budget_adds_up(amounts: Amounts) -> None:
    first = amounts([10, 10], kind="forecast", version="analyst", known_on="2022-12-05")
    second = amounts([12], first="2023-02", kind="forecast", version="analyst",
                     known_on="2023-01-05")  # fmt: skip
    plan = amounts([8, 8], kind="budget", version="adopted", known_on="2022-11-01")
    more = amounts([1], kind="budget", version="adopted", known_on="2022-12-01")
    table = checked(pd.concat([first, second, plan, more]), "product")

    def said(version: str, day: dt.date) -> list[float]:
        rows = stated(table, version, by="product", day=day)
        return rows.loc[rows["series_id"] == "Atlas", "mean"].tolist()

    assert said("analyst", dt.date(2022, 12, 31)) == [10, 10]
    assert said("analyst", dt.date(2023, 1, 31)) == [10, 12]
    assert said("adopted", dt.date(2022, 11, 30)) == [8, 8]
    assert said("adopted", dt.date(2022, 12, 31)) == [9, 8]


def test_a_column_that_is_not_there_is_named(amounts: Amounts) -> None:
    with pytest.raises(ContractError, match="column 'family' is not there"):
        checked(amounts([1]), "family")

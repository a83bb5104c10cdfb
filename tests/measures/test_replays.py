from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.replays import replays, same_day
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures.replays import Replays

NAN = float("nan")
CITY = FiscalCalendar(7)


@pytest.fixture
def city(rows: Callable[[str], pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give a city that states the year again every half-year, and a year's actual a year later."""
    budget = rows("""
        version    | period  | span | cost_center | amount | known_on   | replaced_on
        adopted    | 2017-06 | year | Fire        |    100 | 2016-07-01 |
        adopted    | 2018-06 | year | Fire        |    120 | 2017-07-01 |
        adopted    | 2018-06 | year | Water       |     60 | 2017-07-01 |
        projection | 2017-06 | year | Fire        |    105 | 2016-12-31 | 2017-06-30
        projection | 2017-06 | year | Fire        |    115 | 2017-06-30 |
        projection | 2018-06 | year | Fire        |    130 | 2017-12-31 | 2018-06-30
        projection | 2018-06 | year | Fire        |    999 | 2018-06-30 |
    """)
    actuals = rows("""
        period  | span | cost_center | amount | known_on   | replaced_on
        2016-12 | ytd  | Fire        |     40 | 2016-12-31 |
        2017-06 | ytd  | Fire        |    112 | 2018-06-30 |
        2017-12 | ytd  | Fire        |     66 | 2017-12-31 |
    """)
    return actuals, budget


def looked(
    tables: tuple[pd.DataFrame, pd.DataFrame], day: str, label: str = "2018Q2", **more: dt.date
) -> Replays:
    return replays(
        *tables,
        period=CITY.period(label),
        by=["cost_center"],
        versions=["adopted", "projection"],
        as_of=dt.date.fromisoformat(day),
        **more,
    )


def test_each_year_is_seen_as_on_the_same_day_of_it(
    city: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    seen = looked(city, "2017-12-31")
    assert (seen.labels, seen.years) == ([("Fire",), ("Water",)], [2017, 2018])
    assert seen.known == [dt.date(2016, 12, 31), dt.date(2017, 12, 31)]
    assert seen.stated["projection"][0].tolist() == [10500.0, 13000.0]
    assert seen.stated["adopted"].tolist()[0] == [10000.0, 12000.0]
    assert seen.spent[0].tolist() == [4000.0, 6600.0]
    assert seen.elapsed == 0.5


def test_what_a_year_came_to_is_unknown_until_it_is_stated(
    city: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    seen = looked(city, "2017-12-31")
    assert np.isnan(seen.truth).all()
    # over, and not stated: the last projection of it stands by, as then known
    assert seen.before[0].tolist()[1] == 11500.0
    later = looked(city, "2018-06-30", "2018Q4")
    assert later.truth[1, 0, 0] == 11200.0
    assert np.isnan(later.truth[0, 0, 0])
    assert np.isnan(later.before).all()


def test_outcomes_known_later_stand_apart(city: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    seen = looked(city, "2017-12-31", until=dt.date(2018, 6, 30))
    assert seen.outcome[0, 0] == 11200.0
    assert np.isnan(seen.truth).all()


def test_a_line_a_year_stated_as_one_sum_leaves_out_is_not_known_to_be_zero(
    city: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    later = looked(city, "2018-06-30", "2018Q4")
    assert np.isnan(later.truth[1, 1, 0])


def test_months_add_up_and_a_line_never_posted_to_came_to_nothing() -> None:
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    actuals = pd.DataFrame(
        {"period": [*months, "2026-01"], "cost_center": "Fire", "amount": 10.0}
    ).assign(known_on=lambda table: [dt.date(2026, 2, 1)] * len(table))
    budget = pd.DataFrame(
        {
            "version": "B",
            "period": [*months, *months, "2026-01", "2026-02"],
            "cost_center": ["Fire"] * 12 + ["Idle"] * 12 + ["Fire"] * 2,
            "amount": 12.0,
            "known_on": dt.date(2024, 12, 1),
        }
    )
    seen = replays(
        actuals,
        budget,
        period=FiscalCalendar().period("2026-01"),
        by=["cost_center"],
        versions=["B"],
        as_of=dt.date(2026, 2, 1),
    )
    assert seen.labels == [("Fire",), ("Idle",)]
    assert seen.truth[-1].tolist()[0][0] == 12000.0
    assert seen.truth[-1].tolist()[1][0] == 0.0


def test_a_phased_plan_tells_the_part_gone_and_the_rest() -> None:
    budget = pd.DataFrame(
        {
            "version": "B",
            "period": [f"2026-{month:02d}" for month in range(1, 13)],
            "cost_center": "Fire",
            "amount": [1.0] * 6 + [3.0] * 6,
            "known_on": dt.date(2025, 12, 1),
        }
    )
    actuals = budget.head(6).drop(columns="version").assign(amount=2.0)
    seen = replays(
        actuals,
        budget,
        period=FiscalCalendar().period("2026-06"),
        by=["cost_center"],
        versions=["B"],
    )
    assert (seen.begun["B"].item(), seen.rest["B"].item()) == (600.0, 1800.0)
    assert seen.spent.item() == 1200.0


def test_a_projection_of_the_months_to_come_alone_is_their_rest() -> None:
    budget = pd.DataFrame(
        {
            "version": "outlook",
            "period": ["2026-11", "2026-12"],
            "cost_center": "Fire",
            "amount": [5.0, 7.0],
            "known_on": dt.date(2026, 10, 31),
        }
    )
    actuals = pd.DataFrame(
        {
            "period": [f"2026-{month:02d}" for month in range(1, 11)],
            "cost_center": "Fire",
            "amount": 1.0,
            "known_on": dt.date(2026, 10, 31),
        }
    )
    seen = replays(
        actuals,
        budget,
        period=FiscalCalendar().period("2026-10"),
        by=["cost_center"],
        versions=["outlook"],
    )
    assert (seen.rest["outlook"].item(), seen.spent.item()) == (1200.0, 1000.0)
    assert np.isnan(seen.stated["outlook"]).all()


def test_versions_of_other_years_are_found_by_their_stage(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    budget = rows("""
        version | period  | span | cost_center | stage   | amount | known_on
        B2025   | 2025-12 | year | Fire        | adopted |    100 | 2024-12-01
        W2025   | 2025-12 | year | Fire        | draft   |    900 | 2024-12-01
        B2026   | 2026-12 | year | Fire        | adopted |    120 | 2025-12-01
    """)
    actuals = rows("""
        period  | span | cost_center | amount | known_on
        2026-06 | ytd  | Fire        |     50 | 2026-06-30
    """)
    seen = replays(
        actuals,
        budget,
        period=FiscalCalendar().period("2026-06"),
        by=["cost_center"],
        versions=["B2026"],
    )
    assert seen.stated["B2026"].tolist() == [[10000.0, 12000.0]]


@pytest.mark.parametrize(
    ("day", "now", "then", "expected"),
    [
        ("2024-02-29", "2024-02", "2023-02", "2023-02-28"),
        ("2023-02-28", "2023-02", "2024-02", "2024-02-29"),
        ("2018-12-31", "2019Q2", "2018Q2", "2017-12-31"),
        ("2019-02-15", "2019Q2", "2018Q2", "2018-02-15"),
    ],
)
def test_the_same_day_of_another_year(day: str, now: str, then: str, expected: str) -> None:
    found = same_day(dt.date.fromisoformat(day), CITY.period(now), CITY.period(then))
    assert found.isoformat() == expected


def test_under_a_week_pattern_it_lies_as_long_after_the_period() -> None:
    shop = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    now, then = shop.period("2023-12"), shop.period("2022-12")
    found = same_day(now.last + dt.timedelta(days=5), now, then)
    assert found == then.last + dt.timedelta(days=5)


def test_a_row_that_does_not_say_when_it_was_learned_is_refused(
    city: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    actuals, budget = city
    budget.loc[2, "known_on"] = None
    with pytest.raises(ContractError) as caught:
        looked((actuals, budget), "2017-12-31")
    assert str(caught.value) == (
        "budget: 1 of 7 rows do not say when they were learned\n"
        "  -> Fill known_on; book.vintages() gives it for every table of a book."
    )


def test_a_table_without_the_column_is_refused(city: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    actuals, budget = city
    with pytest.raises(ContractError, match="column 'known_on' is not there"):
        looked((actuals.drop(columns="known_on"), budget), "2017-12-31")


def test_detail_of_months_adds_up_to_the_line() -> None:
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    parts = [
        pd.DataFrame(
            {"version": "B", "period": months, "cost_center": "Fire", "account": account,
             "amount": amount, "known_on": dt.date(2025, 12, 1)}
        )
        for account, amount in (("6000", 0.1), ("6100", 0.2), ("6000", 0.03))
    ]  # fmt: skip
    budget = pd.concat(parts, ignore_index=True)
    seen = replays(
        budget.drop(columns="version").head(0),
        budget,
        period=FiscalCalendar().period("2026-06"),
        by=["cost_center"],
        versions=["B"],
        as_of=dt.date(2026, 6, 30),
    )
    # 33 cents a month, half of the year gone
    assert seen.stated["B"].tolist() == [[396.0]]
    assert (seen.begun["B"].item(), seen.rest["B"].item()) == (198.0, 198.0)


def test_a_statement_made_again_without_saying_so_counts_as_last_known(
    city: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    actuals, budget = city
    seen = looked((actuals, budget.drop(columns="replaced_on")), "2018-06-30", "2018Q4")
    assert seen.stated["projection"][0].tolist() == [11500.0, 99900.0]

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pfkit.conform.drift import drift

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pfkit.book import Book
    from pfkit.conform.evidence import ControlResult

    Shop = Any

LAST = "2026-05"
HEAD = "id,day,who,item,money,amount"
SOURCE = """
path = "billing.csv"
known_on = { column = "day", at = "day" }
"""
COLUMNS = 'customer = "who"\ncurrency = "money"'
RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { column = "day" }
columns = { date = "day", currency = "money", rate = "rate" }
"""
ITEMS = {"tea": 40, "coffee": 40, "cups": 20, "sugar": 6}  # lines a month


@dataclass(frozen=True)
class Line:
    """One invoice line of the test."""

    day: date
    who: str
    item: str
    money: str
    amount: float


def months_to(last: str, count: int) -> list[str]:
    """Return the months up to one, in order."""
    at = int(last[:4]) * 12 + int(last[5:]) - 1
    return [f"{place // 12}-{place % 12 + 1:02d}" for place in range(at - count + 1, at + 1)]


def trade(count: int = 14, seed: int = 1, times: int = 1) -> list[Line]:
    """Return lines of some months: every weekday, four items, ten customers, two in dollars."""
    rng = np.random.default_rng(seed)
    lines = []
    for place, month in enumerate(months_to(LAST, count)):
        first = date(int(month[:4]), int(month[5:]), 1)
        days = [first + timedelta(days=n) for n in range(31)]
        days = [day for day in days if day.month == first.month and day.weekday() < 5]
        season = 1.6 if month.endswith("-12") else 1.0
        for item, usual in ITEMS.items():
            for _ in range(rng.poisson(usual * times * season * 1.02**place)):
                who = int(rng.integers(10))
                size = float(np.exp(rng.normal(4, 0.8))) * (-1 if rng.random() < 0.03 else 1)
                lines.append(
                    Line(
                        days[int(rng.integers(len(days)))],
                        f"K{who}",
                        item,
                        "USD" if who < 3 else "EUR",
                        round(size, 2),
                    )
                )
    return lines


@dataclass(frozen=True)
class Trader:
    """The trader's book, opened with lines that a test may change first."""

    shop: Shop

    def flags(self, lines: Sequence[Line], **kwargs: Any) -> list[ControlResult]:  # noqa: ANN401 (as open_book)
        """Open the book with some lines and return its drift controls that are not green."""
        return [one for one in self.judged(lines, **kwargs) if one.state != "green"]

    def judged(
        self,
        lines: Sequence[Line],
        *,
        materiality: int = 0,
        **kwargs: Any,  # noqa: ANN401 (as open_book)
    ) -> list[ControlResult]:
        """Return the drift controls of the book."""
        return drift(self.open(lines, materiality=materiality, **kwargs).evidence)

    def open(
        self,
        lines: Sequence[Line],
        *,
        materiality: int = 0,
        **kwargs: Any,  # noqa: ANN401 (as open_book)
    ) -> Book:
        """Open the book with some lines."""
        policy = f"[policies]\nmateriality_amount = {materiality}"
        self.shop.declare(SOURCE, columns=COLUMNS, tail=RATES, head=policy)
        rows = [
            f"A{place},{line.day},{line.who},{line.item},{line.money},{line.amount}"
            for place, line in enumerate(lines)
        ]
        months = sorted({line.day.isoformat()[:7] for line in lines})
        rates = [f"{month}-28,USD,0.9" for month in months]
        self.shop.write("rates.csv", "\n".join(["day,money,rate", *rates]) + "\n")
        book: Book = self.shop.open("\n".join([HEAD, *rows]) + "\n", **kwargs)
        return book


@pytest.fixture
def trader(shop: Shop) -> Trader:
    """Give the trader's book."""
    return Trader(shop)


def changed(
    lines: Sequence[Line], where: Callable[[Line], bool], **changes: Callable[[Line], object]
) -> list[Line]:
    """Return lines with some of the last month's changed."""
    return [
        replace(line, **{name: change(line) for name, change in changes.items()})  # type: ignore[arg-type]
        if line.day.isoformat().startswith(LAST) and where(line)
        else line
        for line in lines
    ]


def without(lines: Sequence[Line], where: Callable[[Line], bool]) -> list[Line]:
    """Return lines without some of the last month's."""
    return [x for x in lines if not (x.day.isoformat().startswith(LAST) and where(x))]


def is_tea(line: Line) -> bool:
    return line.item == "tea"


def any_line(_line: Line) -> bool:
    return True


def told(flags: Sequence[ControlResult]) -> list[tuple[str, str]]:
    """Return control and place of each flag."""
    return [(one.control, one.row_key.split("|", 2)[-1].removesuffix(f"|{LAST}")) for one in flags]


def test_twelve_clean_months_raise_no_flag(trader: Trader) -> None:
    book = trader.open(trade(count=18, seed=2))
    for month in months_to(LAST, 12):
        evidence = replace(book.evidence, period=book.calendar.period(month))
        assert [one for one in drift(evidence) if one.state != "green"] == []


def test_one_line_says_what_was_judged(trader: Trader) -> None:
    (one,) = trader.judged(trade(count=14))
    assert one.detail == (
        "billing: scale, signs, currencies, parts and days as in the months before (up to 13)"
    )


def test_too_short_a_history_is_said_and_not_flagged(trader: Trader) -> None:
    lines = changed(trade(count=3), any_line, amount=lambda x: x.amount * 1000)
    (one,) = trader.judged(lines)
    assert (one.state, one.detail) == ("green", "billing: not judged, 3 months before are needed")


@pytest.mark.parametrize(
    ("where", "place"), [(is_tea, "product|tea"), (any_line, "source")], ids=["product", "source"]
)
@pytest.mark.parametrize("factor", [1000, 0.001, 100])
def test_another_unit_is_flagged_once(
    trader: Trader, where: Callable[[Line], bool], place: str, factor: float
) -> None:
    lines = changed(trade(), where, amount=lambda x: round(x.amount * factor, 5))
    flags = trader.flags(lines)
    assert told(flags) == [("Scale", place)]
    assert flags[0].state == "red"


def test_the_message_names_the_unit_the_figures_and_what_to_do(trader: Trader) -> None:
    (one,) = trader.flags(changed(trade(), is_tea, amount=lambda x: x.amount * 1000))
    assert one.detail == (
        "product tea: amount is about 1\u2009000 times that of the 13 months before: middle row "
        "about 50\u2009000, usually 50.00, and as many rows as ever"
    )
    assert "`unit` in book.toml" in one.advice


@pytest.mark.parametrize(
    ("where", "place"), [(is_tea, "product|tea"), (any_line, "source")], ids=["product", "source"]
)
def test_a_turned_sign_is_flagged_once(
    trader: Trader, where: Callable[[Line], bool], place: str
) -> None:
    flags = trader.flags(changed(trade(), where, amount=lambda x: -x.amount))
    assert told(flags) == [("Sign", place)]


@pytest.mark.parametrize(
    ("where", "place"),
    [(is_tea, "product|tea"), (any_line, "currency|USD")],
    ids=["product", "source"],
)
def test_a_lost_currency_is_flagged_once(
    trader: Trader, where: Callable[[Line], bool], place: str
) -> None:
    flags = trader.flags(changed(trade(), where, money=lambda _x: "EUR"))
    assert told(flags) == [("Currency", place)]
    assert "that came in USD in the 13 months before come in EUR" in flags[0].detail


def test_a_product_without_rows_is_flagged_once(trader: Trader) -> None:
    (one,) = trader.flags(without(trade(), is_tea))
    assert told([one]) == [("Missing rows", "product|tea")]
    assert one.actual == 0


def test_a_weekday_without_rows_is_flagged(trader: Trader) -> None:
    (one,) = trader.flags(without(trade(times=6), lambda x: x.day == date(2026, 5, 12)))
    assert one.detail.startswith("no row of Tue 2026-05-12;")


@pytest.mark.parametrize(
    "day",
    [date(2026, 5, 1), date(2026, 5, 14), date(2026, 5, 25)],
    ids=["May", "Ascension", "Whit"],
)
def test_a_holiday_without_rows_is_none_missing(trader: Trader, day: date) -> None:
    assert trader.flags(without(trade(times=6), lambda x: x.day == day)) == []


def test_an_empty_day_of_a_small_business_is_none_missing(trader: Trader) -> None:
    # Five lines a day: one day in some hundred is empty by itself.
    assert trader.flags(without(trade(), lambda x: x.day == date(2026, 5, 12))) == []


def test_a_month_cut_short_is_told_by_its_own_control_only(trader: Trader) -> None:
    # Up to the 8th: products of few lines have none yet, and the days to come are not missing.
    assert trader.flags(without(trade(times=6), lambda x: x.day > date(2026, 5, 8))) == []


@pytest.mark.parametrize(
    ("count", "factor", "flagged"),
    [(14, 1000, True), (14, 50, False), (9, 1000, True), (9, 100, False)],
)
def test_one_row_a_month_must_move_further(
    trader: Trader, count: int, factor: float, *, flagged: bool
) -> None:
    # rent: 2 000 a month; what is paid once a year may be fifty times as much
    rent = [
        Line(date(int(month[:4]), int(month[5:]), 7), "K9", "rent", "EUR", 2000.0)
        for month in months_to(LAST, count)
    ]
    lines = [*trade(count), *rent]
    moved = changed(lines, lambda x: x.item == "rent", amount=lambda x: x.amount * factor)
    assert bool(trader.flags(moved)) is flagged


def test_growth_of_five_times_is_business(trader: Trader) -> None:
    lines = trade()
    now = [x for x in lines if x.day.isoformat().startswith(LAST)]
    assert trader.flags([*lines, *now * 4]) == []
    assert trader.flags(changed(lines, any_line, amount=lambda x: x.amount * 5)) == []


def test_one_huge_order_is_business(trader: Trader) -> None:
    big = Line(date(2026, 5, 12), "K5", "sugar", "EUR", 900_000.0)
    assert trader.flags([*trade(), big]) == []


def test_a_credit_note_larger_than_the_sales_is_business(trader: Trader) -> None:
    back = Line(date(2026, 5, 12), "K5", "tea", "EUR", -9_000.0)
    assert trader.flags([*trade(), back]) == []


def test_a_new_product_of_many_small_rows_is_business(trader: Trader) -> None:
    new = [Line(date(2026, 5, 1 + n % 28), "K5", "app", "EUR", 0.05) for n in range(2000)]
    assert trader.flags([*trade(), *new]) == []


def test_rows_split_finer_are_no_other_unit(trader: Trader) -> None:
    # Every line comes as forty lines of a fortieth: the rows moved, the sum did not.
    lines = trade()
    split = changed(lines, any_line, amount=lambda x: round(x.amount / 40, 2))
    now = [x for x in split if x.day.isoformat().startswith(LAST)]
    assert trader.flags([*split, *now * 39]) == []


def test_a_sparse_product_without_rows_is_business(trader: Trader) -> None:
    assert trader.flags(without(trade(), lambda x: x.item == "sugar")) == []


def test_a_product_that_faded_out_is_business(trader: Trader) -> None:
    lines = [
        x
        for n, x in enumerate(trade())
        if not is_tea(x)
        or x.day < date(2026, 2, 1)
        or (x.day < date(2026, 4, 1) and n % 8 == 0)
        or (x.day < date(2026, 5, 1) and n % 16 == 0)
    ]
    assert trader.flags(lines) == []


def test_a_product_that_rests_in_the_same_month_each_year_is_business(trader: Trader) -> None:
    rests = {"2025-05", "2026-05"}
    lines = [x for x in trade(15) if not (is_tea(x) and x.day.isoformat()[:7] in rests)]
    assert trader.flags(lines) == []


def test_one_customer_may_change_the_currency(trader: Trader) -> None:
    assert trader.flags(changed(trade(), lambda x: x.who == "K1", money=lambda _x: "EUR")) == []


@pytest.mark.parametrize(("materiality", "state"), [(100_000, "amber"), (100, "red")])
def test_above_materiality_it_is_red(trader: Trader, materiality: int, state: str) -> None:
    # forty lines of tea a month, about 75 EUR each: some 3 000 EUR are at stake
    flags = trader.flags(without(trade(), is_tea), materiality=materiality)
    assert [one.state for one in flags] == [state]

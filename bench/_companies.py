"""Companies unlike each other, for ``bench controls``: what they book, who posts, their habits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RATES = {
    "EUR": 1.0,
    "USD": 0.92,
    "GBP": 1.17,
    "CHF": 1.04,
    "SEK": 0.088,
    "NOK": 0.086,
    "DKK": 0.134,
    "PLN": 0.23,
    "CZK": 0.04,
    "HUF": 0.0026,
    "JPY": 0.0061,
    "INR": 0.011,
    "BRL": 0.17,
}
WHOLE = ("JPY", "HUF")  # booked without decimals


@dataclass(frozen=True)
class Account:
    """What an account sees in a month."""

    name: str
    rows: float  # entries a month, on average
    size: float  # the middle amount
    spread: float = 0.9
    manual: float = 0.0  # share entered by hand
    round: float = 0.0  # share of amounts that are round thousands or hundreds
    fixed: bool = False  # the same amounts every month
    accrued: bool = False  # at month end by hand, taken back on the first of the next
    late: float = 0.0  # share whose document is of the month before
    weekly: bool = False
    revenue: bool = False
    year_end: int = 0  # accruals by hand in the last month of a year


@dataclass(frozen=True)
class Shape:
    """A company: its accounts, its people and its habits."""

    name: str
    accounts: tuple[Account, ...]
    people: tuple[float, ...] = (0.6, 0.3, 0.1)  # shares of the manual entries
    materiality: float = 5000
    limit: float | None = None  # declared; above it a second person approves
    lock_days: int | None = 8
    weekends: bool = False  # people work on Saturdays and Sundays
    hours: tuple[float, float] = (8, 18)
    currencies: tuple[str, ...] = ("EUR",)
    centers: int = 4
    late_postings: float = 0.0  # share posted in the first days of the next month
    joins: int = 0  # a month in which somebody new starts to post
    times: bool = True  # the export says at which hour an entry was keyed
    by_file: bool = False  # entries are known from the name of the export only
    fresh: float = 0.0  # share of manual entries that are one-off corrections anywhere
    advance: bool = False  # subscriptions are billed before the month they are for
    arrears: float = 0.0  # share of services billed in the month after
    credits: float = 0.0  # share of invoices credited in full within days
    unusual: tuple[str, ...] = ()  # rules that its habits leave no room for


def _plain(count: int, rows: float, *, manual: Sequence[float]) -> tuple[Account, ...]:
    return tuple(
        Account(f"{5000 + 10 * place}", rows, 400 * 1.4 ** (place % 9), manual=share)
        for place, share in zip(range(count), manual, strict=True)
    )


SHAPES = (
    Shape(
        "small",
        (
            Account("4000", 12, 900, revenue=True),
            Account("5000", 6, 300),
            Account("6000", 1, 7000),
            Account("6100", 1, 2500, fixed=True, manual=1),
            Account("6200", 4, 250, manual=0.5),
            Account("6300", 3, 180, manual=0.3),
            Account("7000", 1, 1500, accrued=True, manual=0.2),
        ),
        people=(0.7, 0.3),
        materiality=2000,
    ),
    Shape(
        "by hand",
        (
            Account("4000", 40, 600, manual=0.95, revenue=True),
            Account("4100", 5, 9000, manual=1, round=0.7),
            *_plain(10, 22, manual=(1, 1, 0.9, 0.95, 1, 0.8, 1, 1, 0.97, 1)),
        ),
        people=(0.4, 0.35, 0.2, 0.05),
        materiality=3000,
        limit=2000,
        lock_days=12,
        credits=0.03,
        advance=True,
    ),
    Shape(
        "round habits",
        (
            Account("4000", 80, 4000, round=0.35, revenue=True),
            Account("5000", 30, 2500, round=0.6, manual=0.4),
            Account("5100", 30, 2500, manual=0.1),
            Account("6000", 10, 12000, round=0.9, manual=0.8),
            Account("6100", 4, 3000, fixed=True, round=1),
            Account("6200", 25, 800, round=0.05, manual=0.2),
            Account("6300", 20, 1500, manual=0.3, accrued=True),
        ),
    ),
    Shape(
        "weekly payroll",
        (
            Account("6000", 1, 42_000, 0.03, weekly=True),
            Account("6010", 1, 9000, 0.05, weekly=True),
            Account("5000", 60, 1100, late=0.2),
            Account("5100", 35, 700, late=0.35),
            Account("6200", 12, 500, manual=0.6),
            Account("4000", 150, 800, revenue=True),
            Account("6300", 3, 9000, accrued=True, manual=0.5),
        ),
        people=(0.5, 0.5),
        lock_days=5,
        times=False,
        advance=True,
    ),
    Shape(
        "year ends",
        (
            Account("4000", 120, 1500, revenue=True),
            Account("5000", 45, 1200, manual=0.1, year_end=3),
            Account("5100", 30, 700, year_end=2),
            Account("5200", 25, 900, year_end=2),
            Account("6000", 15, 5000, accrued=True, manual=0.1, year_end=4),
            Account("6100", 12, 2000, year_end=1),
            Account("6200", 14, 1600, year_end=2),
            Account("6300", 11, 300),
            Account("6400", 16, 450, manual=0.3),
        ),
        lock_days=15,
        late_postings=0.02,
    ),
    Shape(
        "thirteen currencies",
        (
            Account("4000", 260, 2000, revenue=True),
            Account("5000", 130, 1500, manual=0.03),
            Account("5100", 90, 900),
            Account("5200", 70, 600, manual=0.2, late=0.1),
            Account("6000", 60, 3000, accrued=True, manual=0.15),
            Account("6100", 40, 5000, manual=0.5),
        ),
        currencies=tuple(RATES),
        people=(0.3, 0.2, 0.2, 0.1, 0.1, 0.1),
        limit=10_000,
        arrears=0.15,
    ),
    Shape(
        "shared service",
        tuple(
            Account(
                f"{5000 + 10 * place}",
                8 + 7 * (place % 9),
                350 * 1.5 ** (place % 7),
                manual=(0, 0, 0.04, 0, 0.3, 0, 0.9)[place % 7],
                late=(0, 0.15, 0.05)[place % 3],
                round=(0, 0.02, 0.3, 0, 0)[place % 5],
                revenue=place in range(4),
                accrued=(0, 0, 0, 0, 1, 0, 0)[place % 7] == 1,
            )
            for place in range(40)
        ),
        people=tuple(1 / (place + 1) for place in range(12)),
        joins=14,
        limit=8000,
        lock_days=6,
        late_postings=0.03,
        materiality=20_000,
        arrears=0.3,
    ),
    Shape(
        "always open",
        (
            Account("4000", 200, 60, manual=0.1, revenue=True),
            Account("5000", 90, 45, manual=0.3),
            Account("5100", 60, 400, manual=0.15),
            Account("6000", 20, 900, manual=0.5, round=0.2),
            Account("6100", 12, 700, accrued=True, manual=0.3),
        ),
        weekends=True,
        hours=(0, 23.9),
        people=(0.3, 0.3, 0.2, 0.2),
        materiality=800,
        lock_days=None,
        unusual=("time",),
        credits=0.06,
    ),
    Shape(
        "corrections anywhere",
        _plain(14, 18, manual=(0, 0, 0, 0.5, 0, 0, 0.1, 0, 0, 0, 1, 0, 0, 0)),
        fresh=4,
        materiality=1500,
        unusual=("account",),
    ),
    Shape(
        "known by file",
        (
            Account("4000", 60, 1500, revenue=True),
            Account("5000", 40, 900),
            Account("5100", 30, 600),
            Account("6000", 12, 4000, accrued=True, manual=0.2),
            Account("6100", 18, 800, manual=0.6),
        ),
        by_file=True,
        times=False,
        unusual=("time",),
    ),
    Shape(
        "seldom by hand",
        tuple(
            Account(
                f"{5000 + 10 * place}",
                4 + 3 * (place % 5),
                500 * 1.4 ** (place % 6),
                manual=0.015,
                round=0.01,
                late=0.02,
            )
            for place in range(14)
        ),
        materiality=1500,
        unusual=("account", "round", "late", "time", "person"),
    ),
    Shape(
        "few at random",
        tuple(
            Account(
                f"{5000 + 10 * place}",
                50,
                500 * 1.4 ** (place % 6),
                manual=0.004,
                round=0.004,
                late=0.004,
            )
            for place in range(20)
        ),
        materiality=1500,
        unusual=("account", "round", "late", "time", "person"),
    ),
)

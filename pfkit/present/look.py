"""How the page looks: the palette, and how numbers, rates and dates are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.period import Period

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
MOST_RATE = 9.99
DELTA = "\N{GREEK CAPITAL LETTER DELTA}"

FONTS = Path(__file__).parent / "fonts"
FONT = "Source Sans 3"
FALLBACK = "DejaVu Sans"

# role: (light page, dark page); contrast on white and on #14181c is at least 4.5:1 for text
# and 3:1 for graphics, and the two variance bars differ in luminance for grey print.
PALETTE: dict[str, tuple[str, str]] = {
    "page": ("#ffffff", "#14181c"),
    "ink": ("#22292f", "#e6eaee"),
    "muted": ("#56616b", "#a7b1ba"),
    "rule": ("#b9c1c8", "#4a545d"),
    "actual": ("#3b4650", "#d5dbe0"),
    "previous": ("#8a949d", "#7d8790"),
    "favorable": ("#0a5c50", "#35b39c"),
    "unfavorable": ("#e06c00", "#ffa657"),
    "unfavorable-ink": ("#b34a00", "#ffa657"),
    "interval": ("#7a8791", "#8ab4f8"),
    "accent": ("#1f4e8c", "#8ab4f8"),
    "red": ("#b3261e", "#ff8a80"),
    "amber": ("#8a5300", "#ffc24d"),
    "wash": ("#f1f4f6", "#1f262c"),
}

# upper end of the largest amount, what one printed unit stands for, decimals, prefix
_TABLE_STEPS = (
    (1e4, 1, 0, ""),
    (1e7, 1_000, 1, "k"),
    (1e8, 1_000, 0, "k"),
    (1e10, 1_000_000, 1, "m"),
    (math.inf, 1_000_000, 0, "m"),
)
_HEADLINE_STEPS = (
    (1e4, 1, 0, ""),
    (1e6, 1_000, 1, "k"),
    (1e8, 1_000_000, 2, "m"),
    (1e9, 1_000_000, 1, "m"),
    (math.inf, 1_000_000, 0, "m"),
)


_SMALL_BILL = 1000.0
_WORDS = {"": "units", "k": "thousands", "m": "millions"}


def missing(value: object) -> bool:
    """Return whether a value is NA, NaN, NaT or None.

    Examples
    --------
    >>> missing(None), missing(float("nan")), missing(0.0)
    (True, True, False)
    """
    if value is None:
        return True
    flag = pd.isna(value)  # type: ignore[call-overload]
    return bool(flag) if isinstance(flag, bool) or getattr(flag, "shape", None) == () else False


def number(value: object, *, scale: float = 1, decimals: int = 0, signed: bool = False) -> str:
    """Write a number: true minus, narrow space for thousands, a plus sign only if `signed`.

    Parameters
    ----------
    value : object
        A number in its own unit; NA is written as a dash.
    scale : float
        What one printed unit stands for: 1000 for thousands, 0.01 for percent.
    decimals : int
        Digits after the point, rounded half to even on the shortest decimal text.
    signed : bool
        Write a plus sign on positive numbers; for variances only.

    Returns
    -------
    str
        A value that rounds to zero carries no sign.

    Examples
    --------
    >>> number(-7092800, scale=1000, decimals=1).replace(THIN, "_")
    '−7_092.8'
    >>> number(0.0773, scale=0.01, decimals=1, signed=True), number(-0.04, signed=True)
    ('+7.7', '0')
    """
    if missing(value):
        return MISSING
    amount = float(value)  # type: ignore[arg-type]
    if not math.isfinite(amount):
        return MISSING
    exact = Decimal(repr(amount)) / Decimal(repr(float(scale)))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", THIN)
    if rounded == 0:
        return text
    if rounded < 0:
        return MINUS + text
    return "+" + text if signed else text


@dataclass(frozen=True)
class Scale:
    """The one unit an exhibit prints money in.

    Attributes
    ----------
    divisor : int
        What one printed unit stands for.
    decimals : int
        Digits after the point.
    unit : str
        ``EUR``, ``kEUR`` or ``mEUR``.
    """

    divisor: int
    decimals: int
    unit: str

    def amount(self, value: object) -> str:
        """Write an amount."""
        return number(value, scale=self.divisor, decimals=self.decimals)

    def delta(self, value: object) -> str:
        """Write a variance, with its sign."""
        return number(value, scale=self.divisor, decimals=self.decimals, signed=True)

    def zero(self, value: object) -> bool:
        """Return whether an amount prints as zero."""
        return not self.amount(value).strip("0.")


def money_scale(values: Iterable[object], currency: str, *, headline: bool = False) -> Scale:
    """Choose the unit an exhibit prints its amounts in, once for the whole exhibit.

    Parameters
    ----------
    values : iterable
        Every amount the exhibit prints; NA is passed over.
    currency : str
        Reporting currency, such as EUR.
    headline : bool
        For a number that stands alone: three or four digits. Otherwise the digits a table needs
        so that small variances beside large totals do not vanish.

    Returns
    -------
    Scale
        The largest amount decides: whole units below 10 000, then thousands, then millions.

    Examples
    --------
    >>> money_scale([691_123.36], "GBP").unit, money_scale([5.6e6], "EUR", headline=True).unit
    ('kGBP', 'mEUR')
    """
    sizes = [abs(float(v)) for v in values if not missing(v)]  # type: ignore[arg-type]
    largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    steps = _HEADLINE_STEPS if headline else _TABLE_STEPS
    _, divisor, decimals, prefix = next(step for step in steps if largest < step[0])
    unit = f"{prefix}{currency}" if currency else _WORDS[prefix]
    return Scale(divisor, decimals, unit)


def bill_scale(values: Iterable[object], currency: str) -> Scale:
    """Choose the unit of a bill, whose charges may all together be worth less than a coin.

    Examples
    --------
    >>> bill_scale([14.98], "USD").decimals, bill_scale([721_408.68], "EUR").unit
    (2, 'kEUR')
    """
    sizes = [value for value in values if not missing(value)]
    small = all(abs(float(value)) < _SMALL_BILL for value in sizes)  # type: ignore[arg-type]
    return Scale(1, 2, currency or _WORDS[""]) if small else money_scale(sizes, currency)


def rate(value: object, *, signed: bool = False, decimals: int = 1) -> str:
    """Write a fraction as percent, without the percent sign.

    Examples
    --------
    >>> rate(0.105, signed=True), rate(-0.02)
    ('+10.5', '−2.0')
    """
    return number(value, scale=0.01, decimals=decimals, signed=signed)


def beyond(value: object) -> bool:
    """Return whether a fraction is too large to say anything as a percentage.

    Examples
    --------
    >>> beyond(-12.5), beyond(9.99), beyond(None)
    (True, False, False)
    """
    return not missing(value) and abs(float(value)) > MOST_RATE  # type: ignore[arg-type]


def iso(value: object) -> str:
    """Write a date in ISO form, and NA as a dash.

    Examples
    --------
    >>> iso(date(2026, 6, 30)), iso(None)
    ('2026-06-30', '–')
    """
    if missing(value):
        return MISSING
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def period_name(period: Period) -> str:
    """Name a period as a reader says it: the month's name where it is a calendar month.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> period_name(FiscalCalendar().period("2011-06"))
    'June 2011'
    >>> period_name(FiscalCalendar().period("2011Q2"))
    '2011 Q2'
    """
    if period.kind == "month" and len(period.months) == 1:
        calendar_month = period.first.day == 1 and period.first.strftime("%Y-%m") == period.label
        return (
            f"{_MONTHS[period.first.month - 1]} {period.first.year}"
            if calendar_month
            else (f"month {period.label}")
        )
    if period.kind == "quarter" and "Q" in period.label:
        return period.label.replace("Q", " Q")
    return period.label


def month_name(label: str) -> str:
    """Return the short name of a month label's month, or the label if it is none.

    Examples
    --------
    >>> month_name("2011-06"), month_name("2011Q2")
    ('Jun', '2011Q2')
    """
    year, dash, month = label.partition("-")
    is_month = dash and year.isdigit() and month.isdigit() and 1 <= int(month) <= len(_MONTHS)
    return _MONTHS[int(month) - 1][:3] if is_month else label


def days(period: Period) -> str:
    """Write the first and last day of a period.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> days(FiscalCalendar().period("2011-06"))
    '2011-06-01 to 2011-06-30'
    """
    return f"{period.first.isoformat()} to {period.last.isoformat()}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

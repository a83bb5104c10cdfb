"""Days on which business may rest: a day without rows on one of them is no missing day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

#: Fixed days by currency, as MMDD; "" holds everywhere.
_FIXED = {
    "": "0101 0102 0501 1224 1225 1226 1227 1228 1229 1230 1231",
    "EUR": "0106 0317 0425 0427 0508 0602 0606 0624 0714 0721 0815 1003 1012 1026 1031 1101 1111 "
    "1206 1208",
    "GBP": "0317 0712 1130",
    "USD": "0619 0704 1111",
    "CAD": "0624 0701 0930 1111",
    "AUD": "0126 0425",
    "NZD": "0206 0425",
    "CHF": "0106 0319 0801 0815 1101 1208",
    "SEK": "0106 0606 1101",
    "NOK": "0517",
    "DKK": "0605",
    "PLN": "0106 0503 0815 1101 1111",
    "CZK": "0508 0705 0706 0928 1028 1117",
    "HUF": "0315 0820 1023 1101",
    "JPY": "0103 0211 0223 0429 0503 0504 0505 0506 0811 1103 1123",
    "BRL": "0421 0907 1012 1102 1115 1120",
    "MXN": "0205 0321 0916 1102 1120",
    "INR": "0126 0815 1002",
    "ZAR": "0321 0427 0616 0809 0924 1216",
}
#: Days counted from Easter Sunday: Carnival, Good Friday, Ascension, Whitsun, Corpus Christi.
_EASTER = {
    "": (-2, 0, 1),
    "EUR": (-48, -47, -3, 39, 40, 49, 50, 60),
    "CHF": (39, 40, 49, 50, 60),
    "SEK": (39, 49),
    "NOK": (-3, 39, 49, 50),
    "DKK": (-3, 26, 39, 49, 50),
    "PLN": (49, 60),
    "HUF": (50,),
    "BRL": (-48, -47, -46, 60),
    "MXN": (-3,),
}
#: Month, weekday (0 is Monday) and which one in its month; -1 is the last.
_NTH = {
    "GBP": ((5, 0, 1), (5, 0, -1), (8, 0, 1), (8, 0, -1)),
    "USD": (
        (1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4), (11, 4, 4),
    ),
    "CAD": ((2, 0, 3), (5, 0, 3), (5, 0, 4), (8, 0, 1), (9, 0, 1), (10, 0, 2)),
    "AUD": ((3, 0, 2), (6, 0, 2), (10, 0, 1), (11, 1, 1)),
    "NZD": ((6, 0, 1), (10, 0, 4)),
    "EUR": ((5, 0, 1), (6, 0, 1), (8, 0, 1), (10, 0, -1)),
    "SEK": ((6, 4, 3), (6, 4, 4)),
    "JPY": ((1, 0, 2), (7, 0, 3), (9, 0, 3), (10, 0, 2)),
    "CHF": ((9, 3, 2), (9, 0, 3)),
    "MXN": ((2, 0, 1), (3, 0, 3), (11, 0, 3)),
}  # fmt: skip
#: Days given once: royal weddings, jubilees, funerals, a coronation.
_ONCE = {
    "GBP": "20020603 20020604 20110429 20120604 20120605 20200508 20220602 20220603 20220919 "
    "20230508",
    "USD": "20181205 20250109",
}
#: Where a weekday stands in for a holiday on a weekend.
_MOVED = {"GBP", "USD", "CAD", "AUD", "NZD", "JPY", "ZAR"}
_SATURDAY = 5


@cache
def rest_days(year: int, currency: str) -> frozenset[date]:
    """Return the days of a year on which a company that reports in a currency may rest.

    Every holiday of any country or region that uses the currency counts, with the weekday that
    stands in for one on a weekend, and the week after Christmas.

    Examples
    --------
    >>> date(2011, 4, 29) in rest_days(2011, "GBP"), date(2026, 11, 26) in rest_days(2026, "USD")
    (True, True)
    >>> date(2026, 4, 6) in rest_days(2026, "EUR"), date(2026, 4, 7) in rest_days(2026, "EUR")
    (True, False)
    """
    found: set[date] = set()
    easter = _easter(year)
    for name in ("", currency):
        fixed = [date(year, int(day[:2]), int(day[2:])) for day in _FIXED.get(name, "").split()]
        for day in fixed:
            found |= {day, *(_instead(day) if currency in _MOVED else ())}
        found |= {easter + timedelta(days=days) for days in _EASTER.get(name, ())}
    found |= {_nth(year, *rule) for rule in _NTH.get(currency, ())}
    once = [day for day in _ONCE.get(currency, "").split() if day.startswith(str(year))]
    found |= {date(year, int(day[4:6]), int(day[6:])) for day in once}
    return frozenset(found)


def _instead(day: date) -> set[date]:
    """Return the weekdays that may stand in for a holiday on a weekend."""
    if day.weekday() < _SATURDAY:
        return set()
    after = day + timedelta(days=7 - day.weekday())
    before = day - timedelta(days=day.weekday() - _SATURDAY + 1)
    return {before, after, after + timedelta(days=1)}


def _nth(year: int, month: int, weekday: int, place: int) -> date:
    if place > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (place - 1))
    after = date(year + month // 12, month % 12 + 1, 1)
    last = after - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _easter(year: int) -> date:
    """Return Easter Sunday (Meeus, *Astronomical Algorithms*, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * rest) // 433
    month = (h + rest - 7 * m + 90) // 25
    return date(year, month, (h + rest - 7 * m + 33 * month + 19) % 32)

"""Billing lines as they count: each once, in the month they refer to, in both currencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, MeasureError, PeriodError, near_miss
from pfkit.measures.rows import NONE, require

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags

    Codes = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_MONTHS: Final = ("period", "month", "invoice_date", "date", "ts")
_KEYS: Final = ("invoice_id", "line_no")
_LONGEST: Final = 240
_SHORTEST: Final = 2


@dataclass(frozen=True)
class Note:
    """Something that was left out or placed elsewhere, with its rows and amount."""

    what: str
    rows: int
    amount: float = 0.0


@dataclass(frozen=True)
class Lines:
    """Billing lines, each counted once.

    Attributes
    ----------
    names : numpy.ndarray
        Customers.
    customer : numpy.ndarray
        Position in `names`; -1 where the line names nobody.
    booked, refers : numpy.ndarray
        The month the line was booked in, and the one it refers to; 0 is `first`.
    local, amount : numpy.ndarray
        As billed, and in reporting currency.
    currency : numpy.ndarray
        A number per currency.
    first, months : int
        Number of the first month, and how many there are.
    notes : tuple of Note
        What was left out or moved.
    """

    names: np.ndarray
    customer: Codes
    booked: Codes
    refers: Codes
    local: Array
    amount: Array
    currency: Codes
    first: int
    months: int
    notes: tuple[Note, ...]


def month_numbers(table: pd.DataFrame, *, name: str, column: str = "") -> Codes:
    """Return the month of each row as a number, year times twelve plus month; -1 where empty.

    Raises
    ------
    ContractError
        If there is no column with a month.
    PeriodError
        If a value is no month.
    """
    codes, numbers = month_codes(table, name=name, column=column)
    return np.asarray(numbers[codes], dtype=np.int64)


def month_codes(
    table: pd.DataFrame, *, name: str, column: str = "", counted: Flags | None = None
) -> tuple[np.ndarray, Codes]:
    """Return each row's month as a code, and the number of each code, the last for -1.

    Only months of rows that are `counted` are read; raises as `month_numbers` does.
    """
    found = column or next((known for known in _MONTHS if known in table.columns), "")
    if not found:
        raise ContractError(
            "no column says the month", where=name, advice="Give it as `period`, 2026-06."
        )
    codes, values = coded(table[found])
    numbers = np.full(len(values) + 1, -1, dtype=np.int64)
    for place in np.flatnonzero(there(codes, len(values), counted)[:-1]).tolist():
        numbers[place] = _month_number(str(values[place]), name=f"{name}.{found}")
    return codes, numbers


def coded(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Return each row's value as a code, -1 where it is empty, and the values.

    Categories have their codes already, of as few bytes as it takes.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, values = pd.factorize(column)
    return codes, pd.Index(values)


def there(codes: np.ndarray, count: int, counted: Flags | None = None) -> Flags:
    """Return which values some row has that is `counted`; the last is for -1."""
    found = np.zeros(count + 1, dtype=bool)
    found[codes if counted is None else codes[counted]] = True
    return found


def month_label(number: int) -> str:
    """Return a month's label.

    Examples
    --------
    >>> month_label(2026 * 12 + 5)
    '2026-06'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _month_number(text: str, *, name: str) -> int:
    year, month = text[:4], text[5:7]
    if not (year.isdigit() and month.isdigit() and text[4:5] == "-" and 1 <= int(month) <= 12):  # noqa: PLR2004
        raise PeriodError(f"{text!r} is no month", where=name, advice="Write it as 2026-06.")
    return int(year) * 12 + int(month) - 1


def billed(table: pd.DataFrame, rates: pd.DataFrame | None = None) -> Lines:
    """Return billing lines, each once, with the month it refers to.

    Parameters
    ----------
    table : pandas.DataFrame
        Table ``invoices`` or ``revenue``: ``customer``, a month (``period``, ``month`` or
        ``invoice_date``), ``amount`` in reporting currency; optionally ``amount_local`` with
        ``currency``, ``invoice_id`` with ``line_no``, ``refers_to``.
    rates : pandas.DataFrame, optional
        Table ``rates``: ``currency``, a month and ``rate``; needed where there is no ``amount``.

    Raises
    ------
    ContractError
        If a column is missing, or a line has no month.
    MeasureError
        If there are fewer than two months, or an amount is not finite.
    """
    require(table, ["customer"], name="billing")
    lines, repeats = _once(table)
    booked = month_numbers(lines, name="billing")
    if bool((booked < 0).any()):
        raise ContractError(
            f"{int((booked < 0).sum())} lines have no month",
            where="billing",
            advice="Quarantine these rows in the book, or give them a month.",
        )
    first, months = _window(booked)
    customer, names = _customers(lines["customer"])
    local, amount, currency = _money(lines, booked, rates)
    refers = _refers(lines, booked)
    notes = [
        Note("the same line twice: counted once", repeats),
        Note("placed in an earlier month that they refer to", *_size(refers < booked, amount)),
        Note("lines that name no customer", *_size(customer < 0, amount)),
    ]
    return Lines(
        names=names,
        customer=customer,
        booked=booked - first,
        refers=np.clip(refers - first, 0, months - 1),
        local=local,
        amount=amount,
        currency=currency,
        first=first,
        months=months,
        notes=tuple(note for note in notes if note.rows),
    )


def _size(which: np.ndarray, amount: Array) -> tuple[int, float]:
    return int(which.sum()), float(amount[which].sum())


def _once(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return lines without the repeats of a numbered one that are equal in every column."""
    if _KEYS[0] not in table.columns or len(table) == 0:
        return table, 0
    keys = [key for key in _KEYS if key in table.columns]
    again = table[keys].duplicated(keep=False) & table[_KEYS[0]].notna()
    if not bool(again.any()):
        return table, 0
    repeated = table[again].duplicated()
    kept = np.ones(len(table), dtype=bool)
    kept[np.flatnonzero(again.to_numpy())[repeated.to_numpy()]] = False
    return table[kept], int((~kept).sum())


def _window(booked: Codes) -> tuple[int, int]:
    if len(booked) == 0:
        raise MeasureError(
            "billing has no line", where="billing", advice="Give the lines of 12 months or more."
        )
    first, months = int(booked.min()), int(booked.max() - booked.min()) + 1
    if not _SHORTEST <= months <= _LONGEST:
        what = "one month" if months == 1 else f"{months} months"
        raise MeasureError(
            f"billing covers {what}: nothing can be told from before and after",
            where="billing",
            advice="Give 12 months or more, at least 6 before a release and 4 after it.",
        )
    return first, months


def _customers(column: pd.Series) -> tuple[Codes, np.ndarray]:
    codes, names = pd.factorize(column)
    texts = np.array([str(name) for name in names.tolist()], dtype=object)
    nobody = np.isin(texts, ["", NONE])
    place = np.cumsum(~nobody) - 1
    place[nobody] = -1
    return np.append(place, -1)[codes].astype(np.int64), texts[~nobody]


def _money(
    lines: pd.DataFrame, booked: Codes, rates: pd.DataFrame | None
) -> tuple[Array, Array, Codes]:
    """Return amounts as billed and in reporting currency, and the currency of each line."""
    has = {column: column in lines.columns for column in ("amount", "amount_local", "currency")}
    if has["currency"]:
        currency, known = pd.factorize(lines["currency"])
    else:
        currency, known = np.zeros(len(lines), dtype=np.int64), pd.Index([""])
    if not has["amount"] and not has["amount_local"]:
        require(lines, ["amount"], name="billing")
    if not has["amount"] and rates is None and len(known) > 1:
        raise ContractError(
            f"lines in {len(known)} currencies, and neither `amount` nor rates",
            where="billing",
            advice="Give `amount` in reporting currency, or the table `rates`.",
        )
    local = _finite(lines, "amount_local" if has["amount_local"] else "amount")
    if has["amount"]:
        amount = _finite(lines, "amount")
    elif rates is None:
        amount = local
    else:
        amount = np.round(local * _rate(currency, list(known), booked, rates), 2)
    return local, amount, currency.astype(np.int64)


def _finite(lines: pd.DataFrame, column: str) -> Array:
    values = lines[column].astype("float64").to_numpy()
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise MeasureError(
            f"{bad} of {len(values)} {column} are missing or not finite",
            where="billing",
            advice="Quarantine these rows in the book, or give them an amount of 0.",
        )
    return np.asarray(values, dtype=np.float64)


def _rate(currency: Codes, known: list[object], booked: Codes, rates: pd.DataFrame) -> Array:
    """Return the rate of each line; a currency without any row is the reporting currency."""
    require(rates, ["currency", "rate"], name="rates")
    months = month_numbers(rates, name="rates")
    first, last = int(booked.min()), int(booked.max())
    table = np.full((len(known) + 1, last - first + 1), np.nan)
    named = {name: place for place, name in enumerate(known)}
    place = rates["currency"].map(named).to_numpy(dtype=float)
    mine = np.isfinite(place) & (months >= first) & (months <= last)
    table[place[mine].astype(int), months[mine] - first] = rates["rate"].to_numpy(float)[mine]
    stated = {str(name) for name in rates["currency"].unique().tolist()}
    silent = [at for at, name in enumerate(known) if str(name) not in stated]
    if len(silent) > 1:
        names = ", ".join(repr(known[at]) for at in silent)
        raise ContractError(
            f"no rate for {names}",
            where="rates",
            advice=near_miss(str(known[silent[0]]), stated, noun="currency"),
        )
    table[[*silent, len(known)]] = 1.0
    found = table[currency, booked - first]
    if not bool(np.isfinite(found).all()):
        at = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ContractError(
            f"no rate for {known[int(currency[at])]!r} in {month_label(int(booked[at]))}",
            where="rates",
            advice="Give a rate for each currency and month that was billed in.",
        )
    return np.asarray(found, dtype=np.float64)


def _refers(lines: pd.DataFrame, booked: Codes) -> Codes:
    """Return the month each line refers to: that of the invoice it takes back, else its own."""
    if not {"refers_to", "invoice_id"} <= set(lines.columns):
        return booked
    back = np.flatnonzero(lines["refers_to"].notna().to_numpy())
    if len(back) == 0:
        return booked
    asked = pd.Index(lines["refers_to"].iloc[back])
    wanted = lines["invoice_id"].isin(asked.unique()).to_numpy()
    origin = pd.Series(booked[wanted], index=lines["invoice_id"][wanted]).groupby(level=0).min()
    found = origin.reindex(asked).to_numpy(dtype=float)
    refers = booked.copy()
    known = np.isfinite(found) & (found <= booked[back])
    refers[back[known]] = found[known].astype(np.int64)
    return refers

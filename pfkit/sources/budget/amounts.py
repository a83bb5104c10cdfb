"""What an amount cell says: an exact number, nothing, or a text nobody may guess at."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.sources.budget.grid import Cell

#: Digits that a spreadsheet keeps; what stands behind them is noise of its arithmetic.
_DIGITS: Final = 15
_DASHES: Final = frozenset("- – — ‐ ‑ ‒ −".split())
_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SIGNS: Final = re.compile(r"[€$£¥]|\b(EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR|CNY)\b")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """What a cell says.

    Parameters
    ----------
    value : Decimal or None
        The number, None for an empty cell or one that cannot be read.
    rule : str
        Why it cannot be read, empty where it can.
    shown : str
        The cell as it stands.
    advice : str
        What to do about one that cannot be read.
    repair : str
        How a text was read as a number, empty where it was one.
    """

    value: Decimal | None = None
    rule: str = ""
    shown: str = ""
    advice: str = ""
    repair: str = ""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How a sheet writes numbers as text, as far as that is known."""

    decimal: str = ""
    thousands: str = ""


def amount_of(cell: Cell, writing: Writing, *, typed: bool = True) -> Amount:
    """Return what an amount cell says.

    Parameters
    ----------
    cell : Cell
        The cell.
    writing : Writing
        The marks, where they are known; else a text that has two readings is refused.
    typed : bool
        Whether numbers come as numbers, so that a text number is worth a remark.

    Examples
    --------
    >>> from pfkit.sources.budget.grid import Cell
    >>> [str(amount_of(Cell(value=v), Writing()).value) for v in (12.5, "(500)", "1.234,5", "-")]
    ['12.5', '-500', '1234.5', '0']
    >>> amount_of(Cell(value="1,234"), Writing()).rule
    'ambiguous number'
    """
    if cell.state == "uncalculated":
        return Amount(
            rule="formula without value",
            shown=cell.formula,
            advice="Open the workbook, let it calculate, and save it.",
        )
    value = cell.value
    if cell.state == "error":
        return Amount(
            rule="cell error",
            shown=str(value),
            advice=f"The cell shows {value}; mend its formula.",
        )
    if value is None:
        return Amount()
    if isinstance(value, bool):
        return _refused("unreadable value", str(value).upper(), "a truth value is no amount")
    if isinstance(value, int | float):
        number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{_DIGITS}g}")
        if not number.is_finite():
            return _refused("unreadable value", str(value), "it is no finite number")
        return Amount(value=_plain(number), shown=str(value))
    if isinstance(value, str):
        return _of_text(value, writing, typed=typed)
    shown = value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
    return _refused("unreadable value", shown, "a date stands where an amount is due")


def writing_of(texts: Iterable[str]) -> Writing:
    """Return the marks that the texts of a file show without doubt, if they agree.

    Examples
    --------
    >>> writing_of(["1.250", "12,5"])
    Writing(decimal=',', thousands='.')
    >>> writing_of(["1,250"])
    Writing(decimal='', thousands='')
    """
    decimals = set()
    for text in texts:
        bare = _unsigned(text)[0]
        if re.fullmatch(r"[\d.,]+", bare):
            for mark, other in ((".", ","), (",", ".")):
                whole = rf"\d+|\d{{1,3}}({re.escape(other)}\d{{3}})+"
                sure = rf"({whole})?{re.escape(mark)}(\d{{1,2}}|\d{{4,}})"
                many = rf"\d{{1,3}}({re.escape(other)}\d{{3}}){{2,}}"
                both = rf"\d{{1,3}}({re.escape(other)}\d{{3}})+{re.escape(mark)}\d*"
                if any(re.fullmatch(form, bare) for form in (sure, many, both)):
                    decimals.add(mark)
                if re.fullmatch(rf"(0|\d{{4,}}){re.escape(mark)}\d{{3}}", bare):
                    decimals.add(mark)
    if len(decimals) != 1:
        return Writing()
    (decimal,) = decimals
    return Writing(decimal=decimal, thousands="," if decimal == "." else ".")


def _of_text(value: str, writing: Writing, *, typed: bool) -> Amount:
    shown = value.strip()
    if not _SPACES.sub("", value):
        return Amount()
    if _SPACES.sub("", value) in _DASHES:
        return Amount(value=Decimal(0), shown=shown, repair="dash read as zero")
    bare, negative = _unsigned(value)
    if bare.endswith("%"):
        return _refused("unreadable value", shown, "a percentage stands where an amount is due")
    number, why = _number(bare, writing)
    if number is None:
        rule = "ambiguous number" if why else "unreadable value"
        return _refused(rule, shown, why or "it is no number")
    repair = "text read as number" if typed or bare != shown.lstrip("+-") else ""
    return Amount(value=-number if negative else number, shown=shown, repair=repair)


def _unsigned(text: str) -> tuple[str, bool]:
    """Return a text without sign, brackets and currency, and whether it is negative."""
    bare = _SIGNS.sub("", text.replace("−", "-").replace("–", "-").lstrip("'")).strip()
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, negative = bare[1:-1].strip(), True
    bare = _SIGNS.sub("", bare).strip()
    if bare.startswith(("-", "+")) and not negative:
        bare, negative = bare[1:].strip(), bare[0] == "-"
    elif bare.endswith("-") and not negative:
        bare, negative = bare[:-1].strip(), True
    return bare, negative


def _number(bare: str, writing: Writing) -> tuple[Decimal | None, str]:
    """Return the number a text without sign can only mean, or why it can mean two."""
    if not bare.isascii() and re.search(r"[^\d\s'’.,]", bare):
        return None, ""
    grouped = re.sub(r"(?<=\d)['’\s](?=\d{3}(?!\d))", "", bare)
    if not re.fullmatch(r"\d[\d.,]*|[.,]\d+", grouped) or (grouped != bare and _odd(bare)):
        return None, ""
    marks = [mark for mark in grouped if mark in ".,"]
    if not marks:
        return Decimal(grouped), ""
    if len(set(marks)) == 2:  # noqa: PLR2004 (the last mark is the decimal one)
        return _with(grouped, marks[-1], marks[0]), ""
    (mark,) = set(marks)
    other = "," if mark == "." else "."
    if len(marks) > 1:
        return _with(grouped, other, mark), ""
    if writing.decimal == mark:
        return _with(grouped, mark, other), ""
    if writing.thousands == mark:
        return _with(grouped, other, mark), ""
    if grouped != bare or not re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", grouped):
        return _with(grouped, mark, other), ""
    return None, f"it may mean {grouped.replace(mark, '')} or {grouped.replace(mark, '.')}"


def _odd(bare: str) -> bool:
    """Tell whether the spaces or quotes in a number do not part its thousands."""
    whole = re.split(r"[.,]", bare)[0]
    return re.fullmatch(r"\d{1,3}(['’\s]\d{3})+", whole) is None


def _with(text: str, decimal: str, thousands: str) -> Decimal | None:
    group, point = re.escape(thousands), re.escape(decimal)
    if not re.fullmatch(rf"(\d+|\d{{1,3}}({group}\d{{3}})+)?({point}\d*)?", text):
        return None
    bare = text.replace(thousands, "").replace(decimal, ".")
    return Decimal(bare) if bare not in {"", "."} else None


def _refused(rule: str, shown: str, why: str) -> Amount:
    return Amount(rule=rule, shown=shown, advice=f"Write the cell as a number: {why}.")


def _plain(number: Decimal) -> Decimal:
    """Return a number without an exponent and without zeros behind it."""
    return Decimal(format(number.normalize(), "f"))

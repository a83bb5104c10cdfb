"""Months, quarters and years as budgets write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pfkit.conform.days import day_text, month_number
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_LABEL: Final = re.compile(r"([0-9]{4})[-/ ]?M?(0[1-9]|1[0-2])", re.IGNORECASE)
_TURNED: Final = re.compile(r"(0?[1-9]|1[0-2])[-/. ]([0-9]{4})")
_NAMED: Final = re.compile(r"([A-Za-z]{3,9})\.?[-/ ,.']*([0-9]{4}|[0-9]{2})?")
_YEAR_NAMED: Final = re.compile(r"([0-9]{4})[-/ .]*([A-Za-z]{3,9})\.?")
_QUARTER: Final = re.compile(
    r"(?:FY)?\s?([0-9]{4})[-/ ]?Q([1-4])|Q([1-4])[-/ ]?(?:FY)?\s?([0-9]{4})", re.IGNORECASE
)
_YEAR: Final = re.compile(r"(?:FY|CY)?\s?((?:19|20)[0-9]{2})", re.IGNORECASE)
_ADVICE: Final = "Write months as 2026-01."


def read_months(rows: Rows) -> None:
    """Read the column ``period`` or ``month`` of a file into labels such as ``2026-01``.

    What covers a quarter or a year gets its last month and the span in ``span``.
    """
    if rows.kind == "budget sheet":
        return
    column = next((name for name in ("period", "month") if name in rows.texts), None)
    if column is None:
        return
    years = rows.texts.get("year")
    spans: list[str | None] = []
    seen: dict[tuple[str, str], tuple[str, str, str]] = {}
    changed: list[int] = []
    labels: list[str | None] = []
    for row, text in enumerate(rows.texts[column]):
        if text is None:
            labels.append(None)
            spans.append(None)
            continue
        year = (years[row] if years else None) or _only_year(rows)
        key = (text, year)
        if key not in seen:
            seen[key] = month_of(text, year)
        label, span, reason = seen[key]
        labels.append(label or text)
        spans.append(span)
        if reason:
            rows.hold(
                row, "unreadable value", column, text, f"{column} {text!r}: {reason}", _ADVICE
            )
        elif label != text:
            changed.append(row)
    if changed:
        first = changed[0]
        rows.findings.add(
            rows.at(
                first,
                "month",
                "repair",
                column,
                "",
                f"{len(changed):,} values in {column}, such as {rows.texts[column][first]!r} "
                f"read as {labels[first]}",
                _ADVICE,
            )
        )
    rows.texts["period"] = labels
    if "span" not in rows.texts:
        rows.texts["span"] = spans


def _only_year(rows: Rows) -> str:
    years = rows.span.years if rows.span else ()
    return str(years[0]) if len(years) == 1 else ""


def month_of(text: str, year: str = "") -> tuple[str, str, str]:
    """Return the month a text names, the span it covers, and why there is none.

    Parameters
    ----------
    text : str
        ``2026-01``, ``Jan 2026``, ``01/2026``, ``2026-01-31``, ``2026Q1``, ``FY2026`` or ``Jan``.
    year : str
        The year of a month that says none.

    Examples
    --------
    >>> month_of("Jan-26"), month_of("2026Q1"), month_of("March", "2026")
    (('2026-01', 'month', ''), ('2026-03', 'quarter', ''), ('2026-03', 'month', ''))
    >>> month_of("March")
    ('', '', 'the month has no year')
    """
    if found := _LABEL.fullmatch(text):
        return f"{found[1]}-{found[2]}", "month", ""
    if found := _TURNED.fullmatch(text):
        return f"{found[2]}-{int(found[1]):02d}", "month", ""
    if found := _QUARTER.fullmatch(text):
        name, quarter = found[1] or found[4], int(found[2] or found[3])
        return f"{name}-{3 * quarter:02d}", "quarter", ""
    if found := _YEAR.fullmatch(text):
        return f"{found[1]}-12", "year", ""
    if found := _YEAR_NAMED.fullmatch(text):
        number, stated = month_number(found[2]), found[1]
    elif found := _NAMED.fullmatch(text):
        number, stated = month_number(found[1]), found[2] or year
    elif re.fullmatch(r"0?[1-9]|1[0-2]", text):
        number, stated = int(text), year
    else:
        return _month_of_day(text)
    if number is None:
        return "", "", "it names no month"
    if not re.fullmatch(r"[0-9]{4}|[0-9]{2}", stated):
        return "", "", "the month has no year"
    full = stated if len(stated) == len("2026") else f"20{stated}"
    return f"{full}-{number:02d}", "month", ""


def _month_of_day(text: str) -> tuple[str, str, str]:
    found = day_text(text)
    months = {f"{day:%Y-%m}" for day in found.readings.values()}
    if len(months) == 1:
        return months.pop(), "month", ""
    if months:
        return "", "", f"it may be {' or '.join(sorted(months))}"
    return "", "", found.reason if "exist" in found.reason else "it names no month"


def sheet_months(rows: Rows) -> list[str | None]:
    """Return the month of every row that came from a column with a month as its header.

    Raises
    ------
    ContractError
        If the headers name no year and nothing else does.
    """
    years = rows.texts.get("year") or rows.stated.get("year")
    labels: list[str | None] = []
    seen: dict[tuple[str, str], str] = {}
    for row, own in enumerate(rows.origin):
        year = (years[row] if years else None) or _only_year(rows)
        if (own, year) not in seen:
            label, _, reason = month_of(own.strip(), year.strip())
            if reason:
                raise ContractError(
                    f"column {own!r}: {reason}",
                    where=rows.opened.raw.files[0].path,
                    advice="Add a column year, write the headers as 2026-01, or give --period "
                    "2026-01..2026-12.",
                )
            seen[own, year] = label
        labels.append(seen[own, year])
    return labels

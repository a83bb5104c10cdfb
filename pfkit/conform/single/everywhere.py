"""Checks that several tables share: empty values, cents, days outside the period, equal rows."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.conform.numbers import plain
from pfkit.conform.single.currencies import MILLS
from pfkit.conform.single.findings import Finding

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_CENT: Final = Decimal("0.01")
_RESIDUE: Final = Decimal("0.00000001")
_FLOAT_DIGITS: Final = 15
_KEPT: Final = 6
_DAY: Final = len("2026-01-31")
_FAR_DAYS: Final = 5 * 366
_LEAST: Final = 5
_DAY_ZERO: Final = "1970-01-01"
_NAMELESS: Final = re.compile(r"column_\d+|Unnamed: \d+|__index_level_\d+__|index|level_0")
_EPOCHS_APART: Final = dt.timedelta(days=1462)


def warn_absent(rows: Rows) -> None:
    """Warn of columns the table knows and the file lacks, and list what is not read."""
    form = rows.opened.form
    for name, why in form.kind.expected:
        if name not in form.names:
            rows.findings.add(
                Finding(
                    "missing column",
                    "warn",
                    f"there is no column {name}: {why}",
                    "Add it to the export.",
                    name,
                )
            )
    for own, name in form.repairs:
        rows.findings.add(
            Finding(
                "column name",
                "repair",
                f"column {own!r} read as {name}",
                f"Nothing to do, or name it {name} in the export.",
                name,
                own,
                rows.opened.header,
                rows.opened.cell(rows.opened.header, own),
            )
        )
    for own in form.extra:
        if _counts_rows(rows, own):
            rows.findings.add(
                Finding(
                    "row numbers",
                    "repair",
                    f"column {own!r} only counts the rows and is left out",
                    "Nothing to do; in pandas, index=False writes none.",
                    own,
                )
            )
            continue
        rows.findings.add(
            Finding(
                "extra column",
                "warn",
                f"column {own!r} is not read",
                "Map it in a book if it is needed.",
                own,
            )
        )


def _counts_rows(rows: Rows, own: str) -> bool:
    """Return whether a column without a name of its own counts from 0 or 1 up."""
    if not _NAMELESS.fullmatch(own) or own not in rows.opened.columns:
        return False
    texts = rows.opened.columns[own].to_pylist()
    if not texts or texts[0] not in {"0", "1"}:
        return False
    start = int(texts[0])
    return all(text == str(at) for at, text in enumerate(texts, start))


def hold_day_zero(rows: Rows, column: str) -> None:
    """Hold back rows on 1 January 1970: what a clock writes where there is no moment."""
    values = rows.texts.get(column)
    if values is None:
        return
    for row in rows.alive():
        if (values[row] or "")[:_DAY] == _DAY_ZERO:
            rows.hold(
                row,
                "value out of range",
                column,
                (rows.stated.get(column) or values)[row] or "",
                f"{column} {_DAY_ZERO} is day zero of computer clocks, so the moment is missing",
                "Export the moment it happened.",
            )


def warn_all_zero(rows: Rows) -> None:
    """Warn of a file whose every amount is zero."""
    alive = rows.alive()
    if len(alive) < _LEAST or any(rows.amounts[row] for row in alive):
        return
    rows.warn(
        alive[0],
        "all zero",
        "amount",
        rows.text("amount", alive[0]),
        f"all {len(alive):,} amounts are zero",
        "Check that the export holds the amounts.",
    )


def hold_empty(rows: Rows, *columns: str) -> None:
    """Hold back rows that are empty in a column the rest of the file fills."""
    for column in columns:
        values = rows.texts.get(column)
        if values is None:
            continue
        for row in [row for row, value in enumerate(values) if value is None]:
            rows.hold(
                row, "missing value", column, "", f"{column} is empty", "Fill it in at the source."
            )


def mend_residue(rows: Rows, column: str) -> None:
    """Take off what binary fractions leave behind an amount: 0.30000000000000004."""
    values = rows.texts.get(column) or []
    mended: list[int] = []
    before = ""
    for row, text in enumerate(values):
        if not text or len(text) <= _FLOAT_DIGITS or "." not in text or row in rows.held:
            continue
        value = Decimal(text)
        near = value.quantize(_CENT)
        if near != value and abs(near - value) <= _RESIDUE * max(Decimal(1), abs(near)):
            before = before or text
            mended.append(row)
            values[row] = plain(near)
    if mended:
        first = mended[0]
        rows.findings.add(
            rows.at(
                first,
                "binary fraction",
                "repair",
                column,
                before,
                f"{len(mended):,} values in {column} carry the rest of a binary fraction, "
                f"such as {before} read as {values[first]}",
                "Export amounts with two decimals.",
            )
        )


def cents(rows: Rows, column: str, *, severity: str = "warn") -> None:
    """Tell of amounts with more decimals than cents; they are never rounded silently."""
    codes = rows.texts.get("currency")
    fine: list[int] = []
    cut: list[int] = []
    for row in rows.alive():
        text = rows.text(column, row)
        decimals = len(text.partition(".")[2].rstrip("0"))
        if decimals > _KEPT:
            cut.append(row)
        elif decimals > (3 if codes and codes[row] in MILLS else 2):
            fine.append(row)
    for found, told in (
        (fine, "kept as they are"),
        (cut, f"kept to {_KEPT} decimals"),
    ):
        if found:
            row = found[0]
            stated = (rows.stated.get(column) or rows.texts[column])[row] or ""
            rows.findings.add(
                rows.at(
                    row,
                    "more decimals than cents",
                    severity,
                    column,
                    stated,
                    f"{len(found):,} values in {column} have more decimals than the cents of "
                    f"a currency, such as {stated!r}; {told} ({rows.shown(found)})",
                    "Export amounts in cents.",
                )
            )


def hold_outside(rows: Rows, column: str, *, grace: int = 0) -> None:
    """Hold back rows whose day or month lies outside the period asked for."""
    span = rows.span
    values = rows.texts.get(column)
    if span is None or values is None:
        return
    size = _DAY if column != "period" else len("2026-01")
    first = (span.first - dt.timedelta(days=grace)).isoformat()[:size]
    last = (span.last + dt.timedelta(days=grace)).isoformat()[:size]
    for row in rows.alive():
        day = (values[row] or "")[:size]
        if not day or first <= day <= last:
            continue
        rows.hold(
            row,
            "outside the period",
            column,
            (rows.stated.get(column) or values)[row] or day,
            f"{column} {day} is outside {span.label}{_epoch_hint(rows, day)}",
            "Leave the row out of this period's export, or check the period.",
        )


def _epoch_hint(rows: Rows, day: str) -> str:
    if rows.span is None or len(day) != _DAY:
        return ""
    moved = dt.date.fromisoformat(day)
    for other, way in ((moved + _EPOCHS_APART, "1904"), (moved - _EPOCHS_APART, "1900")):
        if rows.span.holds(other):
            return (
                f"; 1,462 days away it would be {other.isoformat()}, as when a workbook counts "
                f"days from {way}"
            )
    return ""


def warn_far(rows: Rows, column: str) -> None:
    """Warn of days years away from the rest of the file."""
    values = rows.texts.get(column)
    alive = rows.alive()
    if values is None or len(alive) < _LEAST:
        return
    days = np.array([(values[row] or "NaT")[:_DAY] for row in alive], dtype="datetime64[D]")
    known = ~np.isnat(days)
    if not known.any():
        return
    numbers = days.astype(np.int64)
    middle = float(np.median(numbers[known]))
    for at in np.flatnonzero(known & (np.abs(numbers - middle) > _FAR_DAYS)):
        row = alive[int(at)]
        rows.warn(
            row,
            "day far away",
            column,
            values[row] or "",
            f"{column} {(values[row] or '')[:_DAY]} is years away from the other rows",
            "Check the year.",
        )


def warn_equal(rows: Rows) -> None:
    """Warn of rows that are equal in every column, where no id tells them apart."""
    alive = rows.alive()
    seen: dict[tuple[str | None, ...], int] = {}
    columns = list(rows.stated.values())
    for row in alive:
        key = tuple(values[row] for values in columns) + tuple(rows.origin[row : row + 1])
        if key in seen:
            rows.warn(
                row,
                "equal rows",
                "",
                "",
                f"the row equals the one on {rows.places[seen[key]]} in every column; both count",
                "Remove one, or export an id that tells them apart.",
            )
        seen.setdefault(key, row)

"""Prove that the total columns of a table are the sums of their months."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.sources.budget.body import Row
    from pfkit.sources.budget.header import Column
    from pfkit.sources.budget.tables import Reading


def settle_columns(reading: Reading) -> None:
    """Compare every total column with its months, and name what a table's columns leave out.

    Fills ``reading.covers`` and adds findings: a total that differs from its months, a column of
    numbers that no header places in a month.
    """
    for column in reading.block.of("total"):
        _prove_column(reading, column)
    for column in reading.block.of("other"):
        _tell_other(reading, column)


def _prove_column(reading: Reading, column: Column) -> None:
    rows = [row for row in reading.rows if row.kind in {"line", "total"}]
    best: tuple[int, ...] = ()
    wrong: list[tuple[Row, Decimal, Decimal]] | None = None
    for covers in _candidates(reading, column):
        differs = _differs(reading, column, covers, rows)
        if wrong is None or len(differs) < len(wrong):
            best, wrong = covers, differs
        if not differs:
            break
    reading.covers[column.at] = best
    dead = [row for row in rows if row.amounts[column.at].rule]
    if dead:
        amount = dead[0].amounts[column.at]
        reading.warn(
            "total without value",
            reading.sheet.address(dead[0].at, column.at),
            f"the total column {column.name!r} cannot be checked in {len(dead)} rows: "
            f"{amount.rule}",
            amount.advice,
            amount.shown,
        )
    for row, stated, computed in (wrong or [])[:3]:
        reading.warn(
            "stale total",
            reading.sheet.address(row.at, column.at),
            f"{column.name!r} of {row.name!r} states {stated:,f}, its months add up to "
            f"{computed:,f}, {stated - computed:+,f} apart"
            + (f"; {len(wrong or []) - 1} more rows differ" if len(wrong or []) > 1 else ""),
            "The months count, the total does not. Correct the total, or the month.",
            f"{stated:f}",
        )


def _candidates(reading: Reading, column: Column) -> Iterator[tuple[int, ...]]:
    """Yield the months a total column may add up, the likeliest first."""
    values = reading.block.of("value")
    alike = [c for c in values if not column.version or c.version == column.version]
    bounds = [c.at for c in reading.block.of("total")]
    before = max((at for at in bounds if at < column.at), default=0)
    after = min((at for at in bounds if at > column.at), default=10**6)
    since = tuple(c.at for c in alike if before < c.at < column.at)
    left = tuple(c.at for c in alike if c.at < column.at)
    following = tuple(c.at for c in alike if column.at < c.at < after)
    everything = tuple(c.at for c in alike)
    if column.time.kind in {"quarter", "half", "span"}:
        yield from (part for part in (_named(reading, column, alike), since, following) if part)
    if column.time.year:
        year = tuple(c.at for c in alike if c.time.year == column.time.year)
        if year:
            yield year
    nearest = [c.version for c in values if c.at < column.at][-1:]
    same = tuple(c.at for c in values if [c.version] == nearest)
    for part in (everything, left, same, since, following):
        if part:
            yield part
    if column.time.kind == "ytd":
        yield from (everything[:count] for count in range(1, len(everything)))


def _named(reading: Reading, column: Column, alike: list[Column]) -> tuple[int, ...]:
    """Return the months a quarter, half or span names, counted from the table's first month."""
    time = column.time
    if time.kind == "span":
        return tuple(c.at for c in alike if time.number <= c.time.number <= time.last)
    size = 3 if time.kind == "quarter" else 6
    months = sorted(alike, key=lambda c: reading.spans[c.at].period if reading.spans else "")
    return tuple(c.at for c in months[(time.number - 1) * size : time.number * size])


def _differs(
    reading: Reading, column: Column, covers: tuple[int, ...], rows: list[Row]
) -> list[tuple[Row, Decimal, Decimal]]:
    tolerance = reading.tolerance()
    found = []
    for row in rows:
        cells = [row.amounts[at] for at in covers]
        if row.amounts[column.at].rule or any(cell.rule for cell in cells):
            continue
        if row.kind == "line" and all(cell.value is None for cell in cells):
            continue  # an amount without months is refused by itself
        stated = row.value(column.at)
        if stated is None:
            continue
        computed = sum((cell.value or Decimal(0) for cell in cells), Decimal(0))
        if abs(stated - computed) > tolerance + abs(stated) * Decimal("1e-9"):
            found.append((row, stated, computed))
    return found


def _tell_other(reading: Reading, column: Column) -> None:
    """Name a column of numbers that is no month and no total by its header."""
    rows = [row for row in reading.rows if row.kind == "line" and row.value(column.at) is not None]
    if not rows:
        return
    total = sum((row.value(column.at) or Decimal(0) for row in rows), Decimal(0))
    name = column.name or "(no header)"
    message = f"the column {name!r} is no month: {len(rows)} figures, {total:,f} in all, left out"
    if column.time.words or column.name:
        reading.repair("other column", column.cell, message)
    else:
        reading.warn(
            "column without a header",
            column.cell,
            message,
            "Write the month above it, or Total if it adds up the others.",
        )

"""One table of a sheet becomes amounts by month, with every number of it accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError
from pfkit.sources.budget import totals, words
from pfkit.sources.budget.body import Row, by_number, rows_of
from pfkit.sources.budget.columns import settle_columns
from pfkit.sources.budget.found import Amounts, Finding, Layout
from pfkit.sources.budget.months import plain, time_of
from pfkit.sources.budget.title import SCALES, unit_of
from pfkit.sources.budget.years import Span, Years, spans_of
from pfkit.sources.raw import RejectedRow, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.sources.budget.amounts import Writing
    from pfkit.sources.budget.grid import Sheet
    from pfkit.sources.budget.header import Block, Column
    from pfkit.sources.budget.title import Title

_HALF_CENT: Final = Decimal("0.005")
_VERSION: Final = frozenset({"version", "budget version", "plan version", "scenario"})
_CURRENCY: Final = frozenset({"currency", "wahrung", "devise", "ccy", "moneda", "valuta"})
#: Names of label columns that say a row's version or currency.
ROLES: Final = _VERSION | _CURRENCY
_UNIT: Final = frozenset({"unit", "einheit", "unite", "units"})


@dataclass(kw_only=True)
class Reading:
    """One table while it is read, and what came of it."""

    where: str
    sheet: Sheet
    block: Block
    layout: Layout
    writing: Writing
    title: Title
    version: str
    section: str = ""
    file: str = ""
    amounts: list[Amounts] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)
    covers: dict[int, tuple[int, ...]] = field(default_factory=dict)
    seen: dict[tuple[object, ...], str] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The unit of the table: as stated, else as declared."""
        return self.title.unit.text if self.title.unit else self.layout.unit

    def warn(self, rule: str, cell: str, message: str, advice: str, value: str = "") -> None:
        """Add a finding to look at."""
        self.findings.append(
            Finding(
                rule=rule, severity="warn", cell=cell, message=message, advice=advice, value=value
            )
        )

    def repair(self, rule: str, cell: str, message: str, value: str = "") -> None:
        """Add what was done and is listed."""
        self.findings.append(
            Finding(rule=rule, severity="repair", cell=cell, message=message, value=value)
        )

    def tolerance(self) -> Decimal:
        """Return half a cent in the table's unit."""
        return _HALF_CENT.scaleb(-SCALES.get(self.unit, 0))


def read_table(reading: Reading) -> None:
    """Read one table: fill `reading` with amounts, rejected cells and findings.

    Raises
    ------
    SourceError
        If the year of a month cannot be told, or a stated unit contradicts a declared one.
    """
    _check_declared(reading)
    years = Years(
        title=reading.title,
        name=f"{reading.sheet.name} {reading.file}".strip(),
        declared=reading.layout.year,
        first_month=reading.layout.first_month,
        period=reading.layout.period,
    )
    _place_columns(reading, years)
    reading.rows = rows_of(reading.sheet, reading.block, reading.writing, fill=reading.layout.fill)
    _prove_rows(reading)
    _fill_from_totals(reading)
    settle_columns(reading)
    _emit(reading, years)
    for note in dict.fromkeys(years.notes):
        reading.repair("year", reading.block.columns[0].cell, note)
    _account(reading)


def _check_declared(reading: Reading) -> None:
    title, layout = reading.title, reading.layout
    for stated, declared, what in (
        (title.unit, layout.unit, "unit"),
        (title.currency, layout.currency, "currency"),
    ):
        if stated and declared and stated.text != declared:
            raise SourceError(
                f"the sheet states the {what} {stated.text}, but {declared} is declared",
                where=f"{reading.where} ({stated.cell})",
                advice=f"Remove the declared {what}, or correct the sheet.",
            )
    if title.unit and title.unit.text != "major":
        money = f" of {title.currency.text}" if title.currency else ""
        reading.repair("unit", title.unit.cell, f"amounts are in {title.unit.text}{money}")
    if layout.year and title.year is not None and title.year.year != layout.year:
        raise SourceError(
            f"the sheet states the year {title.year.year}, but {layout.year} is declared",
            where=f"{reading.where} ({title.year_cell})",
            advice="Remove the declared year, or correct the sheet.",
        )


def _place_columns(reading: Reading, years: Years) -> None:
    """Name the label columns, and find the month of every value column."""
    for column in reading.block.of("label"):
        base = column.name or "label"
        name, count = base, 1
        taken = {held.casefold() for held in reading.names.values()}
        while name.casefold() in taken:
            count += 1
            name = f"{base}_{count}"
        reading.names[column.at] = name
    if not reading.block.of("year"):
        reading.spans = spans_of(reading.block.of("value"), years, where=reading.where)


def _prove_rows(reading: Reading) -> None:
    """Compare every total with what it covers; find totals that no label calls so."""
    columns = [c.at for c in reading.block.of("value")]
    tolerance = reading.tolerance()
    depth = {row.at: _depth(reading, row) for row in reading.rows}
    known = by_number(reading.rows)
    for row in reading.rows:
        if row.kind == "total":
            _prove_total(reading, row, columns, tolerance)
        elif row.kind == "line" and any(words.maybe_result(t) for t in row.own.values()):
            _prove_result(reading, row, columns, tolerance)
        elif row.kind == "line":
            parts = totals.sum_above(row, reading.rows, columns, tolerance)
            computed = totals.formula_rows(row, columns)
            below = totals.sum_below(row, reading.rows, columns, tolerance, depth)
            if computed and len(computed) > 1 and all(at in known for _, at in computed):
                _call_total(reading, row, computed, "its formulas add up other rows")
            elif below:
                _call_total(reading, row, below, "it equals the sum of the deeper rows below it")
            elif parts and not row.own:
                _call_total(reading, row, parts, "it has no label and equals the rows above it")
            elif parts and _stands_out(reading, row, parts):
                _call_total(reading, row, parts, "it is bold and equals the rows above it")
            elif parts:
                reading.warn(
                    "unlabeled total",
                    reading.sheet.address(row.at, columns[0]),
                    f"{row.name!r} equals the sum of rows {parts[0][1]} to {parts[-1][1]} in every "
                    "month, and is counted as a line",
                    "If it is a total, write Total into its label; then it is left out.",
                )


def _depth(reading: Reading, row: Row) -> int:
    column = min(row.own, default=0)
    indent = reading.sheet.at(row.at, column).style[0] if column else 0
    value = reading.sheet.at(row.at, column).value
    spaces = len(value) - len(value.lstrip()) if isinstance(value, str) else 0
    return indent * 4 + spaces + column * 100 + reading.sheet.outline.get(row.at, 0) * 1000


def _prove_result(reading: Reading, row: Row, columns: Sequence[int], tolerance: Decimal) -> None:
    """Leave a row such as net sales out where it is the result of others, else keep the line."""
    proof = totals.prove(row, reading.rows, columns, tolerance)
    told = sum(bool(row.value(c)) for c in columns)
    if proof is not None and proof.holds and len(proof.parts) > 1 and told > 1:
        row.kind = "total"
        row.covers = totals.covered(row, proof.parts, by_number(reading.rows))


def _stands_out(reading: Reading, row: Row, parts: totals.Parts) -> bool:
    """Tell whether a row is bold and the rows it adds up are not."""

    def bold(at: int) -> bool:
        label = next((r.own for r in reading.rows if r.at == at), {})
        return bool(label) and reading.sheet.at(at, min(label)).style[1]

    return bold(row.at) and not any(bold(at) for _, at in parts)


def _call_total(reading: Reading, row: Row, parts: totals.Parts, why: str) -> None:
    row.kind = "total"
    row.covers = totals.covered(row, parts, by_number(reading.rows))
    reading.warn(
        "unlabeled total",
        reading.sheet.address(row.at, reading.block.of("value")[0].at),
        f"{row.name!r} is left out as a total: {why}",
        "Write Total into its label if it is one; else replace its formulas by figures.",
    )


def _prove_total(reading: Reading, row: Row, columns: Sequence[int], tolerance: Decimal) -> None:
    dead = [c for c in columns if row.amounts[c].rule]
    if dead:
        amount = row.amounts[dead[0]]
        reading.warn(
            "total without value",
            reading.sheet.address(row.at, dead[0]),
            f"the total {row.name!r} cannot be checked in {len(dead)} cells: {amount.rule}",
            amount.advice,
            amount.shown,
        )
    proof = totals.prove(row, reading.rows, columns, tolerance)
    if proof is None:
        return
    row.covers = totals.covered(row, proof.parts, by_number(reading.rows))
    if proof.twice:
        reading.warn(
            "total counts twice",
            reading.sheet.address(row.at, columns[0]),
            f"the formula of {row.name!r} adds up lines and their subtotal as well",
            "Correct the formula; the total is left out, the lines count once.",
        )
    if proof.holds:
        return
    column, stated, computed = proof.wrong[0]
    more = f"; {len(proof.wrong) - 1} more months differ" if len(proof.wrong) > 1 else ""
    reading.warn(
        "stale total",
        reading.sheet.address(row.at, column),
        f"{row.name!r} states {stated:,f}, its rows add up to {computed:,f}, "
        f"{stated - computed:+,f} apart{more}",
        "The lines count, the total does not. Correct the total, or the line that is missing; "
        "a line that is no total needs another label.",
        f"{stated:f}",
    )


def _fill_from_totals(reading: Reading) -> None:
    """Fill an empty label where a proven total shows which group the row belongs to."""
    known = by_number(reading.rows)
    for total in (row for row in reading.rows if row.kind == "total" and row.covers):
        names = {words.summed(text) for text in total.own.values()} - {""}
        names |= {plain(text) for text in total.own.values()}
        lines = [known[at] for at in total.covers if at in known]
        for row in lines:
            above = next(
                (r for r in lines if row.lacks and r.labels.get(row.lacks, "") and r.at < row.at),
                None,
            )
            if above is not None and plain(above.labels[row.lacks]) in names:
                row.labels[row.lacks] = above.labels[row.lacks]
                row.lacks = 0


def _emit(reading: Reading, years: Years) -> None:
    """Turn every number of the body into an amount, an excluded one, or a rejected cell."""
    for row in reading.rows:
        if row.kind in {"heading", "text"} or not row.filled:
            continue
        spans = reading.spans or _row_spans(reading, row, years)
        refusal = _refusal(reading, row, spans)
        for column in reading.block.of("value", "total", "other"):
            amount = row.amounts[column.at]
            if amount.value is None and not amount.rule:
                continue
            _emit_cell(reading, row, column, spans, refusal)


def _row_spans(reading: Reading, row: Row, years: Years) -> dict[int, Span]:
    (year,) = reading.block.of("year")[:1]
    said = time_of(reading.sheet.shown(row.at, year.at).value)
    label = said if said.kind == "year" else None
    if label is None and row.kind == "total":
        return dict.fromkeys((c.at for c in reading.block.of("value")), Span(period=""))
    if label is None:
        raise SourceError(
            f"row {row.at} ({row.name}) has no year",
            where=f"{reading.where} ({reading.sheet.address(row.at, year.at)})",
            advice="Fill the year in.",
        )
    return spans_of(reading.block.of("value"), years, where=reading.where, row_year=label)


def _refusal(reading: Reading, row: Row, spans: dict[int, Span]) -> tuple[str, str] | None:
    """Return why no number of a line counts, and what to do; None where it may."""
    if row.kind != "line":
        return None
    sheet = reading.sheet
    if not row.labels:
        return "amounts without a label", "Write what the row is into its first cell."
    if row.lacks:
        name = reading.names[row.lacks]
        return (
            "label missing",
            (
                f"Fill {sheet.address(row.at, row.lacks)} ({name}) in, or merge it with the cell "
                f'above; a book may declare fill = ["{name}"] in the layout.'
            ),
        )
    labels = sorted((reading.names[at], text) for at, text in row.labels.items())
    months = tuple(sorted(span.period for span in spans.values()))
    key = (months, reading.section, reading.version, row.path, *labels)
    if key in reading.seen:
        return "repeated line", (
            f"The same labels stand in {reading.seen[key]}; tell the two lines apart."
        )
    reading.seen[key] = sheet.address(row.at, min(row.own, default=1))
    return None


def _emit_cell(
    reading: Reading,
    row: Row,
    column: Column,
    spans: dict[int, Span],
    refusal: tuple[str, str] | None,
) -> None:
    amount = row.amounts[column.at]
    excluded = _excluded(reading, row, column)
    if not excluded and (refusal or amount.rule):
        rule, advice = refusal or (amount.rule, amount.advice)
        _reject(reading, row, column, rule=rule, advice=advice)
        return
    if column.kind == "total" and row.kind == "line" and _unplaced(reading, row):
        advice = "Spread the amount over the months, or write the line in another sheet."
        _reject(reading, row, column, rule="total without months", advice=advice)
        return
    span = spans.get(column.at) or _span_of_total(reading, column, spans)
    money = not excluded.startswith(("ratio", "count", "other", "comparison"))
    labels = {reading.names[at]: text for at, text in row.labels.items()}
    if amount.repair and not excluded:
        address = reading.sheet.address(row.at, column.at)
        reading.repair(amount.repair, address, f"{amount.shown!r}", amount.shown)
    unit, currency, version = _row_words(reading, labels)
    reading.amounts.append(
        Amounts(
            cell=reading.sheet.address(row.at, column.at),
            sheet=reading.sheet.name,
            version=column.version or version,
            period=span.period,
            span=span.span,
            labels=labels,
            path=(reading.section, *row.path) if reading.section else row.path,
            stated=amount.shown,
            amount=_scaled(amount.value, unit) if money and amount.value is not None else None,
            unit=unit,
            currency=currency,
            excluded=excluded,
        )
    )


def _excluded(reading: Reading, row: Row, column: Column) -> str:
    """Return why a cell does not count, empty where it does."""
    if row.kind in {"total", "ratio", "count"}:
        return f"{row.kind} row"
    sheet, layout = reading.sheet, reading.layout
    if layout.hidden == "leave_out":
        if row.at in sheet.hidden_rows:
            return "hidden row"
        if column.at in sheet.hidden_columns:
            return "hidden column"
    if column.kind == "total":
        return "total column"
    if column.kind == "other":
        actual = set(column.time.words) & {"actual", "actuals", "ist", "act", "real", "reel"}
        return "column of actuals" if actual else "other column"
    return ""


def _unplaced(reading: Reading, row: Row) -> bool:
    return not any(
        row.amounts[c.at].value is not None or row.amounts[c.at].rule
        for c in reading.block.of("value")
    )


def _reject(reading: Reading, row: Row, column: Column, *, rule: str, advice: str) -> None:
    amount = row.amounts[column.at]
    text = " | ".join([*row.labels.values(), column.name, amount.shown or str(amount.value)])
    reading.rejected.append(
        RejectedRow(
            file=reading.where,
            line=reading.sheet.address(row.at, column.at),
            rule=rule,
            text=shorten(text),
            advice=advice,
        )
    )


def _span_of_total(reading: Reading, column: Column, spans: dict[int, Span]) -> Span:
    """Return the time a total column covers: up to its last month."""
    covers = reading.covers.get(column.at, ())
    months = sorted(spans[at].period for at in covers if at in spans)
    if not months:
        months = sorted(span.period for span in spans.values())
    kinds = {1: "month", 3: "quarter", 12: "year"}
    return Span(period=months[-1] if months else "", span=kinds.get(len(months), "ytd"))


def _row_words(reading: Reading, labels: dict[str, str]) -> tuple[str, str, str]:
    """Return unit, currency and version of a row: its own columns', else the table's."""
    unit = reading.unit
    currency = reading.title.currency.text if reading.title.currency else reading.layout.currency
    version = reading.version
    for name, text in labels.items():
        known = plain(name)
        if known in _CURRENCY:
            currency = text
        elif known in _VERSION:
            version = text
        elif known in _UNIT and unit_of(text)[0]:
            unit = unit_of(text)[0]
    return unit, currency, version


def _scaled(value: Decimal, unit: str) -> Decimal:
    return Decimal(format(value.scaleb(SCALES.get(unit, 0)).normalize(), "f"))


def _account(reading: Reading) -> None:
    """Prove that every cell of the body became one amount or one rejected cell."""
    columns = reading.block.of("value", "total", "other")
    first, last = reading.block.body
    notes = {row.at for row in reading.rows if row.kind in {"heading", "text"}}
    there = sum(
        bool(cell.state or cell.is_number or (row not in notes and str(cell.value or "").strip()))
        for row in range(first, last + 1)
        for column in columns
        if (cell := reading.sheet.at(row, column.at)).value is not None or cell.state
    )
    found = len(reading.amounts) + len(reading.rejected)
    if there != found:
        raise SourceError(
            f"{there} cells hold something under the header, but {found} were read or refused",
            where=f"{reading.where} ({reading.sheet.address(first, columns[0].at)})",
            advice="The sheet is not read: no figure of it can be trusted.",
        )

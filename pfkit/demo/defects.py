"""Defects planted in the demo's exports, each with its place, amount and what becomes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pfkit.demo.exports import iso_days, plain
from pfkit.demo.workbook import HEADER, MONTHS, Changed, places, tenths

if TYPE_CHECKING:
    from pfkit.demo.market import Market
    from pfkit.demo.plan import Budget
    from pfkit.demo.timeline import Timeline

NEW_PRODUCTS = "New products"
_UNKNOWN_CODE = "SNX-26"
_LATE_COST = 231_000  # EUR cents


@dataclass
class Defect:
    """One planted defect.

    `amount` is decimal text in EUR (units for usage), positive for revenue and for cost;
    `handling` is what a report does with the row: ``quarantined``, ``mapped`` to another line
    or ``kept``.
    """

    kind: str
    table: str
    handling: str
    period: str
    product: str
    column: str
    value: str
    amount: str
    note: str
    file: str = ""
    line: str = ""


@dataclass
class Differences:
    """Where billing and ledger are meant to differ: EUR of billing less ledger."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, period: str, product: str, cents: int, because: str) -> None:
        """Record one difference of a product's month."""
        self.rows.append(
            {
                "period": period,
                "product": product,
                "billing_minus_ledger": plain(cents),
                "because": because,
            },
        )


@dataclass
class Planted:
    """All defects by mark; frames carry the mark of a defect in column ``mark``.

    Breaches of controls are no defects of the export: who signed, and when. Each has ``rule``,
    ``period``, ``entry``, ``amount`` (decimal text in EUR, without sign) and ``note``.
    """

    defects: dict[str, Defect] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)
    breaches: list[dict[str, str]] = field(default_factory=list)

    def locate(self, rows: pd.DataFrame, file: str, *, first: int) -> None:
        """Set file and line of every marked row; `first` is the line of the first row."""
        marks = rows["mark"].to_numpy()
        for place in np.flatnonzero(marks != ""):
            defect = self.defects[str(marks[place])]
            defect.file, defect.line = file, str(place + first)

    def listed(self) -> list[dict[str, Any]]:
        """Return the defects as plain values, in the order of file and line."""
        rows = [asdict(defect) for defect in self.defects.values()]
        return sorted(rows, key=lambda row: (row["file"], len(row["line"]), row["line"]))


def plant_in_billing(market: Market, billed: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return billing lines with repeats, an unknown code and a credit note posted late.

    Adds ``mark``, ``posted_month`` (month of the ledger that has the line) and ``posted``
    (False for repeats and offers, which the ledger does not have).
    """
    time = market.time
    billed = billed.assign(
        mark="",
        posted_month=billed["month"],
        posted=billed["document"] != "PRO",
    )
    plain_lines = (billed["currency"] == "EUR") & (billed["kind"] == "Subscription")
    plain_lines &= billed["document"] == "INV"
    repeats = []
    for back, target in ((0, 64_000), (3, 41_000)):
        month = time.last - back
        if month < time.start:
            continue
        row = _nearest(billed, plain_lines & (billed["month"] == month), target)
        mark = f"repeat {back}"
        repeats.append(billed.loc[[row]].assign(mark=mark, posted=False))
        planted.defects[mark] = _on_billing(
            market,
            billed.iloc[row],
            ("repeated key", "quarantined", "Document, Pos"),
            f"{_text(billed, 'invoice', row)} · {_text(billed, 'line', row)}",
            "The line was exported twice; the ledger has it once.",
        )
    row = _nearest(billed, plain_lines & (billed["month"] == time.last), 124_000)
    planted.defects["code"] = _on_billing(
        market,
        billed.iloc[row],
        ("unknown product code", "mapped", "Code"),
        _UNKNOWN_CODE,
        f"The code is not in the product master; the line goes to {NEW_PRODUCTS!r}.",
    )
    label, cents = time.labels[time.last], _cents(billed, "eur", row)
    product = planted.defects["code"].product
    planted.differences.add(label, product, -cents, "unknown product code")
    planted.differences.add(label, NEW_PRODUCTS, cents, "unknown product code")
    billed.loc[row, "mark"] = "code"
    billed.loc[row, "code"] = _UNKNOWN_CODE
    _post_late(market, billed, planted)
    every = pd.concat([billed, *repeats], ignore_index=True)
    return every.sort_values(["month"], kind="stable").reset_index(drop=True)


def plant_in_ledger(time: Timeline, lines: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return journal lines with bad dates and cost centers, a repeat and a late posting."""
    days = {name: iso_days(lines[name]) for name in ("posted", "entered")}
    lines = lines.assign(mark="", **days)
    travel = (lines["account"] == "6400") & (lines["month"] == time.last)
    label = time.labels[time.last]
    plans = (
        ("bad date", "quarantined", "posted", f"{label}-00", 18_000,
         "The day does not exist."),
        ("unknown cost center", "quarantined", "cost_center", "CC31O", 64_000,
         "Letter O for zero; no such cost center."),
        ("missing cost center", "kept", "cost_center", "", 42_000,
         "Nothing says who spent it; it counts under (none)."),
    )  # fmt: skip
    names = {"posted": "Posting date", "cost_center": "Cost center"}
    for kind, handling, column, value, target, note in plans:
        row = _nearest(lines.assign(eur=lines["cents"]), travel & (lines["mark"] == ""), target)
        amount = plain(_cents(lines, "cents", row))
        planted.defects[kind] = Defect(
            kind, "actuals", handling, label, "(none)", names[column], value, amount, note,
        )  # fmt: skip
        lines.loc[row, "mark"] = kind
        lines.loc[row, column] = value
    month = max(time.start, time.last - 1)
    chosen = (lines["account"] == "6400") & (lines["month"] == month) & (lines["mark"] == "")
    row = _nearest(lines.assign(eur=lines["cents"]), chosen, 27_500)
    entry = f"{_text(lines, 'journal', row)}/{_text(lines, 'line', row)}"
    planted.defects["repeated entry"] = Defect(
        "repeated key", "actuals", "quarantined", time.labels[month], "(none)", "Journal, Line",
        entry, plain(_cents(lines, "cents", row)), "The posting was exported twice.",
    )  # fmt: skip
    added = [lines.loc[[row]].assign(mark="repeated entry")]
    if time.last > time.start:
        added.append(_late_posting(time, lines, planted))
    every = pd.concat([lines, *added], ignore_index=True)
    return every.sort_values(["month"], kind="stable").reset_index(drop=True)


def plant_in_cash_flows(time: Timeline, flows: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return cash flows with a month that does not exist and a row entered twice."""
    label, year = time.labels[time.last], time.labels[time.last][:4]
    known = time.last_day(time.last)
    bad = ("I-01", f"{year}-00", "actual", "cost", "EUR", -118_000, known, "bad month")
    twin = ("I-02", label, "actual", "cost", "EUR", -64_000, known)
    columns = ["initiative", "period", "kind", "flow", "currency", "cents", "known_on", "mark"]
    added = pd.DataFrame([bad, (*twin, ""), (*twin, "equal rows")], columns=columns)
    planted.defects["bad month"] = Defect(
        "bad date", "cashflows", "quarantined", label, "(none)", "Month", f"{year}-00",
        "-1180.00", "The month does not exist.",
    )  # fmt: skip
    planted.defects["equal rows"] = Defect(
        "equal rows", "cashflows", "kept", label, "(none)", "", "", "-640.00",
        "Equal to the row before it; no key is declared, so both count and are flagged.",
    )  # fmt: skip
    return pd.concat([flows.assign(mark=""), added], ignore_index=True)


def plant_in_budget(budget: Budget, planted: Planted, file: str) -> Changed:
    """Return the cell of an adopted budget that says ``tbd`` where a number belongs."""
    month = len(MONTHS) - 1
    rows = places(budget, "Cost")
    travel = [at for at in rows if budget.lines[at].account == "6400"]
    place = min(travel, key=lambda at: tenths(budget.cells[at])[month])
    row = HEADER + 1 + rows.index(place)
    planted.defects["text cell"] = Defect(
        "not a number", "budget", "quarantined", f"{budget.year}-12", "(none)", MONTHS[month],
        "tbd", plain(tenths(budget.cells[place])[month] * 10_000),
        "Text where an amount belongs; the amount is what the plan had there.",
        file, f"Cost!A{row} {MONTHS[month]}",
    )  # fmt: skip
    return {("Cost", row, month): "tbd"}


def plant_in_usage(table: pa.Table, period: str, planted: Planted, file: str) -> pa.Table:
    """Return a month's usage with one small row exported twice."""
    units = table.column("units").to_numpy()
    row = int(np.argmin(np.abs(units - 40)))
    product = table.column("product")[row].as_py()
    planted.defects["usage"] = Defect(
        "repeated key", "usage", "quarantined", period, product,
        "period, account_id, product, feature, metric", "", str(int(units[row])),
        "The row was exported twice; the amount is in units.",
        file, str(table.num_rows + 1),
    )  # fmt: skip
    return pa.concat_tables([table, table.slice(row, 1)]).combine_chunks()


def _post_late(market: Market, billed: pd.DataFrame, planted: Planted) -> None:
    """Post one credit note of the month before the last in the last month's ledger."""
    time = market.time
    notes = (billed["kind"] == "Credit note") & (billed["month"] == time.last - 1)
    if time.last == time.start or not notes.any():
        return
    row = _nearest(billed, notes, -86_000)
    billed.loc[row, "mark"] = "cut-off"
    billed.loc[row, "posted_month"] = time.last
    planted.defects["cut-off"] = _on_billing(
        market,
        billed.iloc[row],
        ("late posting", "kept", "Date"),
        _text(billed, "date", row)[:10],
        f"The ledger has this credit note in {time.labels[time.last]}.",
    )
    product, cents = planted.defects["cut-off"].product, _cents(billed, "eur", row)
    planted.differences.add(time.labels[time.last - 1], product, cents, "late posting")
    planted.differences.add(time.labels[time.last], product, -cents, "late posting")


def _late_posting(time: Timeline, lines: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    label = time.labels[time.last]
    posted = str(time.last_day(time.last - 1) - 1)
    entered = str(time.first_day(time.last) + 15)
    planted.defects["late cost"] = Defect(
        "late posting", "actuals", "kept", time.labels[time.last - 1], "(none)", "Entered",
        entered, plain(_LATE_COST),
        "Belongs to the month before; not in that month's report as it was known then.",
    )  # fmt: skip
    return lines.iloc[[-1]].assign(
        month=time.last,
        journal=f"J{label.replace('-', '')}-900",
        line=1,
        posted=posted,
        entered=entered,
        account="6320",
        cost_center="CC510",
        product="",
        cents=_LATE_COST,
        text="Legal advice, invoice received late",
        mark="late cost",
    )


def _on_billing(
    market: Market,
    line: pd.Series[Any],
    what: tuple[str, str, str],
    value: str,
    note: str,
) -> Defect:
    kind, handling, column = what
    return Defect(
        kind,
        "invoices",
        handling,
        market.time.labels[line["month"]],
        market.products.names[market.product[line["subscription"]]],
        column,
        value,
        plain(line["eur"]),
        note,
    )


def _nearest(rows: pd.DataFrame, chosen: pd.Series[bool], target: int) -> int:
    """Return the place of the chosen row whose amount is nearest to the target."""
    places = np.flatnonzero(chosen.to_numpy())
    away = np.abs(rows["eur"].to_numpy()[places] - target)
    return int(places[np.argmin(away)])


def _cents(rows: pd.DataFrame, column: str, row: int) -> int:
    return int(rows[column].to_numpy()[row])


def _text(rows: pd.DataFrame, column: str, row: int) -> str:
    return str(rows[column].to_numpy()[row])

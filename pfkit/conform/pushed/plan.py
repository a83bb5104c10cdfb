"""Which columns of a table add up by month, and what stands in the way of a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.period import FiscalCalendar


@dataclass(frozen=True)
class Shape:
    """How the rows of a table become rows of a month.

    Attributes
    ----------
    day : str
        The column that places a row in a month, where it has no period.
    kept : tuple of str
        What a row of a month still says.
    summed : tuple of str
        What is added up.
    name : str
        The column that names a row; a row of a month gets a name of its own there.
    """

    day: str
    kept: tuple[str, ...]
    summed: tuple[str, ...]
    name: str

    def place(self, source: Source) -> str:
        """Return the column a row of a month is placed by."""
        return "period" if "period" in source.promise.names else self.day


#: Tables whose rows add up by month without anything a report's totals need being lost.
SHAPES: Final = {
    "actuals": Shape(
        day="posting_date",
        kept=(
            *("period", "span", "product", "cost_center", "account", "currency"),
            *("entry_kind", "origin", "known_on"),
        ),
        summed=("amount_local", "amount"),
        name="entry_id",
    ),
    "usage": Shape(
        day="ts",
        kept=("period", "customer", "product", "feature", "metric", "known_on"),
        summed=("units",),
        name="event_id",
    ),
    "invoices": Shape(
        day="invoice_date",
        kept=(
            *("customer", "product", "kind", "currency", "country"),
            *("service_start", "service_end", "known_on"),
        ),
        summed=("quantity", "amount_local", "amount"),
        name="invoice_id",
    ),
}
_PLAIN: Final[dict[str, object]] = {
    "unpivot": None,
    "hierarchy": None,
    "week": None,
    "blank": None,
    "blanks": (),
    "types": {},
    "decimal": ".",
    "thousands": "",
    "negatives": "minus",
    "symbols": (),
    "percent": False,
    "date_format": "",
}


def obstacles(source: Source, calendar: FiscalCalendar) -> list[str]:
    """Return what a source declares that can only be done row by row here, in words.

    Examples
    --------
    >>> from pfkit.conform.declaration import Source
    >>> from pfkit.period import FiscalCalendar
    >>> values = {"name": "plan", "table": "budget", "path": "a.csv", "columns": {"version": "v"}}
    >>> plan = Source.model_validate(values | {"known_on": {"date": "2026-01-31"}})
    >>> obstacles(plan, FiscalCalendar())
    ['rows of table budget do not add up by month']
    """
    shape = SHAPES.get(source.table)
    if shape is None:
        return [f"rows of table {source.table} do not add up by month"]
    own = f" of adapter {source.adapter.name}" if source.adapter is not None else ""
    found = [
        f"`{name}`{own} reads texts, which a warehouse has no need of"
        for name, unset in _PLAIN.items()
        if getattr(source, name) != unset
    ]
    found += [
        f"{column} is given in parts" if mapping.is_parts else f"{column} is read from a tag"
        for column, mapping in source.columns.items()
        if mapping.is_parts or mapping.tag
    ]
    placed = [name for name in ("period", shape.day) if name in source.columns]
    if not placed:
        found.append(f"no {shape.day} places a row in a month")
    if "period" in source.columns and calendar.rule != "month" and shape.day in source.columns:
        found.append("a row has both a period and a day, and the company counts by weeks")
    if source.unit != "major" and "currency" in source.columns and "amount" not in source.columns:
        found.append("amounts of a currency are converted in whole units: give them in the query")
    if source.adapter:
        found.append("an adapter says how the rows are read")
    currency = source.columns.get("currency")
    if currency is not None and currency.map is not None:
        found.append("the currency goes through a map, and amounts are converted before it")
    promise = source.promise
    key = source.key or promise.key
    if key and shape.name not in key and not set(key) <= {*shape.kept, shape.place(source)}:
        found.append(f"its key has no {shape.name}, by which a row of a month is named")
    lost = {*shape.kept, *shape.summed, shape.name, shape.day, "period", "known_on"}
    found += [
        f"{name} is required of every row, and a row of a month has none"
        for name in source.columns
        if name not in lost and promise.column(name).required
    ]
    limits = [name for name in shape.summed if name in source.columns]
    found += [
        f"{name} may be {promise.column(name).maximum:g} at most, row by row"
        for name in limits
        if promise.column(name).maximum is not None
    ]
    return found

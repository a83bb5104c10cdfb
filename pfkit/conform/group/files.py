"""The files of a consolidated book, and the sources that read them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.group.rows import ACCOUNTS, ELIMINATIONS, eliminations, pairs, translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.conform.group.declared import Grouping
    from pfkit.conform.group.rows import Part, Row
    from pfkit.period import FiscalCalendar

Files = dict[str, str]
_LEDGER, _PLAN = "entities_ledger", "entities_plan"
_ENTITIES, _PAIRS = "entities", "intercompany"
_KNOWN = "known_on"
#: What the plan of a group is called: the plans of its entities together.
PLAN = "plan"


def files_of(
    parts: Sequence[Part], group: Grouping, calendar: FiscalCalendar, *, reporting: str
) -> Files:
    """Return the files' texts by name: the ledger, the entities, and what they sold each other."""
    agreed = pairs(parts, group, reporting=reporting)
    actual = [*translated(parts, group, reporting=reporting), *eliminations(agreed)]
    planned = translated([p for p in parts if p.plan], group, reporting=reporting, plan=True)
    entities = [
        {
            "entity": part.entity,
            "quarter": part.quarter,
            "name": part.name,
            "own_period": part.own_period,
            "first_day": part.first,
            "last_day": part.last,
            "calendar": part.calendar,
            "currency": part.currency,
            "rate": group.rate(
                part.currency, part.quarter, reporting=reporting, entity=part.entity
            ),
            "because": part.because,
            _KNOWN: part.known_on,
        }
        for part in parts
    ]
    dealings = [
        {
            "quarter": pair.quarter,
            "seller": pair.seller,
            "buyer": pair.buyer,
            "item": pair.item,
            "sold_amount": pair.sold,
            "bought_amount": pair.bought,
            "eliminated_amount": pair.eliminated,
            "difference_amount": pair.difference,
            _KNOWN: pair.known_on,
        }
        for pair in agreed
    ]
    held = {
        _LEDGER: [_line(row, calendar, reporting) for row in actual],
        _PLAN: [_line(row, calendar, reporting) for row in planned],
        _ENTITIES: entities,
        _PAIRS: dealings,
    }
    return {name: _csv(rows) for name, rows in held.items() if rows}


def _line(row: Row, calendar: FiscalCalendar, reporting: str) -> dict[str, object]:
    quarter = calendar.period(row.quarter)
    months = quarter.months if row.month is None else [quarter.months[row.month]]
    return {
        "quarter_from": calendar.first_day(months[0]),
        "quarter_to": calendar.last_day(months[-1]),
        "account": row.account,
        "product": row.entity,
        "currency": reporting,
        "amount": row.amount,
        _KNOWN: row.known_on,
    }


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in row.items()})
    return out.getvalue()


def sources_of(files: Files, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return the sources of the consolidated book, as book.toml would declare them."""
    accounts = [
        {"account": key, "name": name, "line": name, "group": key, "favorable_when": way}
        for key, (name, way) in ACCOUNTS.items()
    ]
    names = {part.entity: part.name for part in parts} | {ELIMINATIONS: ELIMINATIONS}
    products = [{"product": key, "name": name, "family": name} for key, name in names.items()]
    return [
        {"name": "accounts", "table": "accounts", "lines": accounts},
        {"name": "members", "table": "products", "lines": products},
        *(_source(name, text) for name, text in files.items()),
    ]


def _source(name: str, text: str) -> dict[str, Any]:
    head = next(csv.reader([text.splitlines()[0]]))
    source = {
        "name": name,
        "path": f"{name}.csv",
        "known_on": {"column": _KNOWN, "at": "day"},
        "date_format": "%Y-%m-%d",
    }
    if name not in {_LEDGER, _PLAN}:
        columns: dict[str, Any] = {column: column for column in head if column != _KNOWN}
        return source | {"table": name, "columns": columns}
    columns = {column: column for column in ("account", "product", "currency")}
    columns |= {"period": {"first_day": "quarter_from", "last_day": "quarter_to"}}
    columns |= {"amount_local": "amount"}
    if name == _LEDGER:
        return source | {"table": "actuals", "columns": columns}
    return source | {"table": "budget", "columns": columns | {"version": {"constant": PLAN}}}

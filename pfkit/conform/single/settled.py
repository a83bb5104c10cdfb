"""Put the rows of a file through the same conforming as a book's, and keep its reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pfkit.conform.company import Company
from pfkit.conform.declaration import Declaration, KnownOn, Mapping, Source
from pfkit.conform.engine import Engine
from pfkit.conform.mapping import Setting, map_source
from pfkit.conform.pipeline import Conformed, LoadedSource
from pfkit.conform.remedies import remedy
from pfkit.conform.settling import settle_all
from pfkit.conform.tie import balances
from pfkit.contracts import contract
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows, Texts
    from pfkit.sources import FileFact

_NAME: Final = "file"
_DAY: Final = dt.date(2100, 12, 31)  # a file by itself says nothing of when it was learned
_NO_CURRENCY: Final = "XXX"
#: Whole digits the exact types of the engine hold.
_ROOM: Final = {"money": 22, "number": 20}

_COLUMNS: Final[dict[str, dict[str, str]]] = {
    "actuals": {
        "entry_id": "entry_id",
        "posting_date": "posting_date",
        "product": "product",
        "cost_center": "cost_center",
        "account": "account",
        "currency": "currency",
        "amount": "amount",
        "amount_local": "amount",
        "memo": "memo",
        "period": "period",
        "span": "span",
    },
    "budget": {
        "version": "version",
        "period": "period",
        "span": "span",
        "product": "product",
        "cost_center": "cost_center",
        "account": "line",
        "owner": "owner",
        "currency": "currency",
        "amount": "amount",
        "amount_local": "amount",
    },
    "usage": {
        "event_id": "event_id",
        "ts": "ts",
        "customer": "account_id",
        "product": "product",
        "feature": "feature",
        "metric": "metric",
        "units": "units",
    },
    "rates": {"date": "date", "currency": "currency", "rate": "rate", "kind": "kind"},
}
_ELSE: Final = {
    "budget": {"version": "file"},
    "usage": {"metric": "events"},
    "rates": {"kind": "daily"},
}
#: The file's own word for an agreed column, for findings.
_WORDS: Final = {"account": "line", "customer": "account_id", "amount_local": "amount"}


def settle(rows: Rows, table: str) -> None:
    """Give every row its status, and hold back what the table's contract does not allow.

    Raises
    ------
    ControlError
        If a row got lost on the way.
    """
    names = _aliased(rows)
    source = _source(rows, table, names)
    engine = Engine()
    declaration = Declaration(
        company=Company(name="one file", currency=_NO_CURRENCY), sources=(source,)
    )
    setting = Setting(engine, FiscalCalendar(), _NO_CURRENCY, "UTC", {})
    columns = {name: pa.array(rows.texts[name], pa.string()) for name in set(names.values())}
    columns |= {
        "_file": pa.array([rows.opened.raw.files[0].path] * rows.count, pa.string()),
        "_line": pa.array([str(place.line) for place in rows.places], pa.string()),
    }
    engine.load(f"raw_{_NAME}", pa.table(columns))
    map_source(source, setting)
    settle_all([source], declaration, setting, _DAY)
    held = LoadedSource(source, (_fact(rows),), (), (), present=True)
    balances(Conformed(declaration, engine, {}, (held,), _DAY))
    _take(rows, engine, table, names)


def _aliased(rows: Rows) -> dict[str, str]:
    """Return, for each agreed column of the table, the file's column that feeds it."""
    texts = rows.texts
    table = "actuals" if rows.kind == "journal" else _TABLES[rows.kind]
    wanted = dict(_COLUMNS[table])
    if table == "budget" and "line" not in texts:
        wanted["account"] = "account"
    if table == "usage" and "account_id" not in texts:
        wanted["customer"] = "customer"
    if table == "actuals" and "posting_date" in texts:
        wanted.pop("period")
    return {agreed: own for agreed, own in wanted.items() if own in texts}


_TABLES: Final = {
    "ledger": "actuals",
    "budget": "budget",
    "budget sheet": "budget",
    "usage": "usage",
    "rates": "rates",
    "rates by column": "rates",
}


def _source(rows: Rows, table: str, names: dict[str, str]) -> Source:
    columns: dict[str, Mapping] = {a: Mapping(column=own) for a, own in names.items()}
    for agreed, constant in _ELSE.get(table, {}).items():
        columns.setdefault(agreed, Mapping(constant=constant))
    key = next((k for k in ("entry_id", "event_id") if k in names and rows.kind != "journal"), None)
    return Source(
        name=_NAME,
        table=table,
        path="file",
        columns=columns,
        known_on=KnownOn(date=_DAY),
        key=(key,) if key else (),
    )


def _fact(rows: Rows) -> FileFact:
    return replace(rows.opened.raw.files[0], rows=rows.count)


def _take(rows: Rows, engine: Engine, table: str, names: dict[str, str]) -> None:
    amount = contract(table).amount
    shown = "NULL" if amount is None else f"CAST({amount} AS VARCHAR)"
    found = engine.rows(
        f"SELECT _id - 1, _status, _reason, _because, _column, _value, {shown}, len(_bad) "
        f"FROM rows_{_NAME} ORDER BY _id"
    )
    rows.amounts = [None if row[6] is None else Decimal(row[6]) for row in found]
    for row, status, reason, because, column, value, _, _ in found:
        if status == "quarantined":
            _hold(rows, table, row, (reason, because, column or "", value or ""), names)


def _hold(
    rows: Rows, table: str, row: int, why: tuple[str, str, str, str], names: dict[str, str]
) -> None:
    if row in rows.held:
        return
    reason, because, column, value = why
    own = names.get(column, _WORDS.get(column, column))
    if own == "period" and "posting_date" in rows.texts:
        own = "posting_date"
    stated = _stated(rows, own, row) or value
    if reason == "unreadable value":
        because = _unread(stated, contract(table).column(column).kind)
    if reason == "repeated key":
        first = _first_with(rows, own, row)
        because = f"{own} stands before, on {rows.places[first]}" + _alike(rows, row, first)
    told = f"{own} {stated!r}: {because}" if stated else because
    rows.hold(row, reason, own, stated, told, remedy(reason, contract(table), column))


def _stated(rows: Rows, own: str, row: int) -> str:
    values: Texts = rows.stated.get(own) or rows.texts.get(own) or []
    return (values[row] or "") if values else ""


def _unread(value: str, kind: str) -> str:
    if kind in _ROOM:
        try:
            whole = Decimal(value).adjusted() + 1
        except InvalidOperation:
            return "it is no number"
        if whole > _ROOM[kind]:
            return f"it has {whole} whole digits, more than the {_ROOM[kind]} that are kept exactly"
        return "it is no number"
    return f"it is no {kind}"


def _first_with(rows: Rows, own: str, row: int) -> int:
    wanted = rows.texts[own][row]
    return next(at for at in range(row) if rows.texts[own][at] == wanted)


def _alike(rows: Rows, row: int, first: int) -> str:
    columns = [name for name, values in rows.stated.items() if values[row] != values[first]]
    if not columns:
        return ", with the same values in every column"
    return f"; the rows differ in {', '.join(columns)}"

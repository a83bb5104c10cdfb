"""Month × product of ledger, billing and use, from tables too large to hand over as rows.

Every step is an Ibis expression of the tables it is given and assumes no engine: the same
expressions run on the engine of a book, on Postgres or on a cluster. What is counted by row is
added up where the rows are; only cells by month and product come back.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

import ibis
import pandas as pd

from pfkit.errors import ContractError, MeasureError, near_miss
from pfkit.measures.rows import COUNT, MONEY, TEXT, money, result, row_keys
from pfkit.measures.statement import REVENUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibis.expr.types import Table

_CELL: Final = ("period", "product")
COLUMNS: Final = (
    dict.fromkeys(("row_key", *_CELL), TEXT)
    | dict.fromkeys(("revenue", "cost", "billed", "difference"), MONEY)
    | {"events": COUNT, "units": MONEY, "customers": COUNT, "reason": TEXT}
)
_CENT: Final = Decimal("0.01")
#: What a sum of a day is converted as: engines differ in how many decimals of a product they keep,
#: and six are kept by all.
_BOOKED: Final = "decimal(20, 4)"
_RATE: Final = "decimal(38, 16)"
_SUM: Final = "decimal(38, 6)"
_WAYS: Final = ("none", "exact", "approximate")

Customers = Literal["none", "exact", "approximate"]


def ledger_cells(
    ledger: Table, accounts: Table, *, rates: Table | None = None, currency: str = ""
) -> Table:
    """Return revenue and cost by month and product, as an expression.

    Parameters
    ----------
    ledger : ibis.expr.types.Table
        ``period, product, account`` and ``amount`` in reporting currency; with `rates`,
        ``posting_date, currency, amount_local`` instead of it. Positive for revenue and for cost.
    accounts : ibis.expr.types.Table
        ``account, group, favorable_when``.
    rates : ibis.expr.types.Table, optional
        ``currency, first_day, last_day, rate``: reporting currency per 1 unit on these days.
    currency : str
        The reporting currency; needed with `rates`.

    Returns
    -------
    ibis.expr.types.Table
        ``period, product, revenue, cost``: exact decimals in reporting currency.
    """
    known = accounts.select("account", "group", "favorable_when")
    by = [*_CELL, "account"]
    sums = _converted(ledger, by, "posting_date", rates, currency)
    told = sums.inner_join(known.rename(its_account="account"), [("account", "its_account")])
    income = told.group.isin(REVENUE)
    up = told.favorable_when == "higher"
    signed = ibis.cases((up, told.amount), else_=-told.amount)
    inside = told.group != "outside"
    cells = told.mutate(
        income=ibis.cases((income, signed), else_=ibis.literal(0).cast(_SUM)).cast(_SUM),
        spent=ibis.cases((~income & inside, -signed), else_=ibis.literal(0).cast(_SUM)).cast(_SUM),
    )
    return cells.group_by(_CELL).aggregate(revenue=cells.income.sum(), cost=cells.spent.sum())


def billing_cells(billing: Table, *, rates: Table | None = None, currency: str = "") -> Table:
    """Return what was billed by month and product, as an expression.

    Parameters
    ----------
    billing : ibis.expr.types.Table
        ``period, product`` and ``amount`` in reporting currency; with `rates`, ``invoice_date,
        currency, amount_local`` instead of it.
    rates, currency
        As for `ledger_cells`.

    Returns
    -------
    ibis.expr.types.Table
        ``period, product, billed``: exact decimals in reporting currency.
    """
    sums = _converted(billing, list(_CELL), "invoice_date", rates, currency)
    return sums.group_by(_CELL).aggregate(billed=sums.amount.sum())


def usage_cells(usage: Table, *, customers: Customers = "none") -> Table:
    """Return events, units and, where asked for, customers by month and product.

    Parameters
    ----------
    usage : ibis.expr.types.Table
        ``period, product, units``; ``customer`` where customers are counted.
    customers : str
        ``exact`` adds up by customer first, which needs memory for every customer of every cell at
        once: hand in one month. ``approximate`` counts by sketch, in one pass.

    Returns
    -------
    ibis.expr.types.Table
        ``period, product, events, units`` and ``customers``.
    """
    if customers == "exact":
        by = usage.group_by([*_CELL, "customer"])
        each = by.aggregate(n=usage.count(), units=usage.units.sum())
        found = each.group_by(_CELL)
        return found.aggregate(
            events=each.n.sum(), units=each.units.sum(), customers=each.customer.count()
        )
    counted: dict[str, Any] = {"events": usage.count(), "units": usage.units.sum()}
    if customers == "approximate":
        counted["customers"] = usage.customer.approx_nunique()
    return usage.group_by(_CELL).aggregate(**counted)


def cube(
    ledger: Table,
    billing: Table,
    usage: Table,
    accounts: Table,
    *,
    rates: Table | None = None,
    currency: str = "",
    customers: Customers = "none",
) -> pd.DataFrame:
    r"""Add up ledger, billing and use by month and product, and reconcile billing to the ledger.

    Use it where the tables have millions of rows: nothing but cells leaves the engine that holds
    them, and no step needs more memory than one month of customers.

    Parameters
    ----------
    ledger, billing, usage, accounts : ibis.expr.types.Table
        Tables ``actuals``, ``invoices``, ``usage`` and ``accounts`` as expressions, such as
        ``book.expression("usage")``; amounts in reporting currency, or as booked with `rates`.
        Rows of a ledger that state a quarter or a year are left out.
    rates : ibis.expr.types.Table, optional
        Reporting currency per 1 unit of ``currency`` from ``first_day`` to ``last_day``; then
        ``amount_local`` is converted at the rate of its day.
    currency : str
        The reporting currency; needed with `rates`.
    customers : str
        ``none``; ``exact``, month by month in two stages; or ``approximate``, by sketch:
        ``attrs["customers"]`` then says how far off it is, measured on the month with most events.

    Returns
    -------
    pandas.DataFrame
        One row per month and product: ``row_key, period, product``; ``revenue, cost, billed`` and
        ``difference`` (billed less revenue) in reporting currency, whole cents; ``events``,
        ``units``, ``customers``; ``reason``, which of the tables say nothing of the cell.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If `customers` is no way to count, an amount has no rate, or `rates` come without
        `currency`.

    Notes
    -----
    Amounts are added up as decimals by account, day and currency, multiplied by the day's rate
    once, rounded to six decimals, added up and rounded to cents at the end: the order of rows
    changes nothing, nor does the engine.
    The number of distinct customers of a cell is the number of groups in a first stage by
    customer. Months do not share cells, so each is counted apart.

    References
    ----------
    .. [1] Gray et al. (1997), *Data Cube: A Relational Aggregation Operator*, Data Mining and
       Knowledge Discovery 1 (distributive and holistic aggregates).

    Examples
    --------
    >>> import ibis, pyarrow as pa
    >>> def rows(**columns):
    ...     return ibis.memtable(pa.table({name: [value] for name, value in columns.items()}))
    >>> at = {"period": "2026-01", "product": "Atlas"}
    >>> cells = cube(
    ...     rows(**at, account="4000", amount=100.0),
    ...     rows(**at, amount=98.0),
    ...     rows(**at, customer="acme", units=7.0),
    ...     rows(account="4000", group="gross", favorable_when="higher"),
    ...     customers="exact",
    ... )
    >>> cells[["revenue", "difference", "units", "customers"]].values.tolist()
    [[100.0, -2.0, 7.0, 1]]
    """
    tables = {"ledger": ledger, "billing": billing, "usage": usage, "accounts": accounts}
    tables = {name: _by_month(table) for name, table in tables.items()}
    _refuse_unlike(tables, rates, customers)
    ledger, billing, usage = (tables[name] for name in ("ledger", "billing", "usage"))
    if rates is not None and not currency:
        raise MeasureError(
            "rates are given, and no reporting currency",
            where="cube",
            advice='Say what they convert to, as in `currency="USD"`.',
        )
    expressions = {
        "ledger": ledger_cells(ledger, accounts, rates=rates, currency=currency),
        "billing": billing_cells(billing, rates=rates, currency=currency),
    }
    if rates is not None:
        _refuse_no_rate(ledger, "posting_date", rates, currency, name="ledger")
        _refuse_no_rate(billing, "invoice_date", rates, currency, name="billing")
    parts = {name: _frame(expression) for name, expression in expressions.items()}
    parts["usage"], error = _used(usage, customers)
    return _joined(parts, customers, error)


def _by_month(table: Table) -> Table:
    """Return the rows of single months, under the month they count in."""
    if "span" in table.columns:
        table = table.filter(table.span == "month")
    if "period" not in table.columns and "_period" in table.columns:
        table = table.rename(period="_period")
    return table


def _converted(table: Table, by: list[str], day: str, rates: Table | None, currency: str) -> Table:
    """Return ``amount`` in reporting currency added up by some columns, as decimals."""
    if rates is None:
        sums = table.group_by(by).aggregate(amount=table.amount.sum())
        return sums.mutate(amount=sums.amount.cast(_SUM))
    sums = table.group_by([*by, day, "currency"]).aggregate(local=table.amount_local.sum())
    priced = _priced(sums.mutate(local=sums.local.cast(_BOOKED)), day, rates, currency)
    return priced.group_by(by).aggregate(amount=priced.amount.sum())


def _priced(sums: Table, day: str, rates: Table, currency: str) -> Table:
    """Return sums as booked with the rate of their day, and what they come to."""
    known = rates.select("first_day", "last_day", "rate", its_currency=rates.currency)
    joined = sums.left_join(
        known,
        [
            sums.currency == known.its_currency,
            sums[day].cast("date") >= known.first_day,
            sums[day].cast("date") <= known.last_day,
        ],
    )
    product = (joined.local * joined.rate.cast(_RATE)).cast(_SUM)
    own = joined.currency == currency
    amount = ibis.cases((own, joined.local.cast(_SUM)), else_=product)
    return joined.mutate(amount=amount)


def _refuse_no_rate(table: Table, day: str, rates: Table, currency: str, *, name: str) -> None:
    sums = table.group_by([day, "currency"]).aggregate(local=table.amount_local.sum())
    priced = _priced(sums.mutate(local=sums.local.cast(_BOOKED)), day, rates, currency)
    unpriced = priced.amount.isnull()  # noqa: PD003 (Ibis has no other word)
    lost = priced.filter(unpriced).order_by([day, "currency"]).limit(1)
    for row in _frame(lost).to_dict("records"):
        raise MeasureError(
            f"no rate for {row['currency']} on {pd.Timestamp(row[day]).date()}",
            where=name,
            advice="Give a rate whose first and last day hold that day between them.",
        )


def _used(usage: Table, customers: Customers) -> tuple[pd.DataFrame, str]:
    """Return use by cell, and how far an approximate count of customers is off, in words."""
    if customers != "exact":
        cells = _frame(usage_cells(usage, customers=customers))
        told = _measured_error(usage, cells) if customers == "approximate" and len(cells) else ""
        return cells, told
    months = _frame(usage.select("period").distinct().order_by("period"))["period"]
    found = [
        _frame(usage_cells(usage.filter(usage.period == month), customers="exact"))
        for month in months
    ]
    empty = _frame(usage_cells(usage.limit(0), customers="exact")) if not found else None
    return (pd.concat(found, ignore_index=True) if empty is None else empty), ""


def _measured_error(usage: Table, cells: pd.DataFrame) -> str:
    """Return in words how far the sketch is off in the month with most events."""
    month = str(cells.groupby("period")["events"].sum().idxmax())
    exact = _frame(usage_cells(usage.filter(usage.period == month), customers="exact"))
    both = exact.merge(cells, on=list(_CELL), suffixes=("", "_about"))
    off = (both["customers_about"] / both["customers"] - 1).abs()
    return (
        f"approximate: in {month}, {off.mean():.1%} off on average and {off.max():.1%} at most "
        f"over {len(off)} products"
    )


def _joined(parts: dict[str, pd.DataFrame], customers: Customers, error: str) -> pd.DataFrame:
    """Return the cells of all parts side by side; a part that says nothing of a cell is empty."""
    sides = {
        name: {(row["period"], row["product"]): row for row in part.to_dict("records")}
        for name, part in parts.items()
    }
    cells = sorted({cell for side in sides.values() for cell in side})
    keys = row_keys(cells)
    rows = [_row(cell, key, sides, customers) for cell, key in zip(cells, keys, strict=True)]
    table = result(rows, COLUMNS)
    if error:
        table.attrs["customers"] = error
    return table


def _row(
    cell: tuple[str, str],
    key: str,
    sides: dict[str, dict[tuple[str, str], dict[Any, Any]]],
    customers: Customers,
) -> dict[str, Any]:
    booked, billed, used = (sides[name].get(cell, {}) for name in ("ledger", "billing", "usage"))
    revenue, cost, bills = (
        _cents(side[name]) if side else None
        for side, name in ((booked, "revenue"), (booked, "cost"), (billed, "billed"))
    )
    apart = (bills or 0) - (revenue or 0) if booked or billed else None
    absent = [f"nothing in {name}" for name, side in sides.items() if cell not in side]
    return {
        "row_key": key,
        "period": cell[0],
        "product": cell[1],
        "revenue": money(revenue),
        "cost": money(cost),
        "billed": money(bills),
        "difference": money(apart),
        "events": used.get("events"),
        "units": float(used["units"] or 0) if used else None,
        "customers": used.get("customers") if customers != "none" else None,
        "reason": "; ".join(absent),
    }


def _frame(expression: Table) -> pd.DataFrame:
    """Return what an expression comes to; exact decimals stay exact."""
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas(date_as_object=True)
    return frame


def _cents(amount: Any) -> int:  # noqa: ANN401 (a decimal, or a float of a table of floats)
    if amount is None or amount != amount:  # noqa: PLR0124 (not a number: every row was empty)
        return 0
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    return int(exact.quantize(_CENT, rounding=ROUND_HALF_UP) * 100)


def _refuse_unlike(tables: dict[str, Table], rates: Table | None, customers: str) -> None:
    """Refuse a way to count that is none, and tables without the columns they are read by."""
    if customers not in _WAYS:
        raise MeasureError(
            f"customers are counted in no way {customers!r}",
            where="cube",
            advice=near_miss(customers, _WAYS, noun="way"),
        )
    booked = ("currency", "amount_local")
    read = {
        "ledger": (
            *_CELL,
            "account",
            *(("posting_date", *booked) if rates is not None else ("amount",)),
        ),
        "billing": (*_CELL, *(("invoice_date", *booked) if rates is not None else ("amount",))),
        "usage": (*_CELL, "units", *(() if customers == "none" else ("customer",))),
        "accounts": ("account", "group", "favorable_when"),
    }
    for name, table in tables.items():
        _require(table, read[name], name)
    if rates is not None:
        _require(rates, ("currency", "first_day", "last_day", "rate"), "rates")


def _require(table: Table, columns: Iterable[str], name: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise ContractError(
                f"column {column!r} is not there",
                where=name,
                advice=near_miss(column, list(table.columns), noun="column"),
            )

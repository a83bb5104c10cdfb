"""The product P&L side by side: one row per product or family, small ones folded into Other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError
from pfkit.measures.revenue import compared
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    NONE,
    RATE,
    TEXT,
    less,
    money,
    named,
    rate,
    reasons,
    result,
    row_keys,
    texts,
    totals,
)
from pfkit.measures.statement import (
    GROUPS,
    PREFIX,
    REFERENCES,
    REVENUE,
    Reading,
    comparisons,
    prepared,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

_COST = ("cost_of_revenue", "operating")
_TOTAL = "Total"
_PLURAL = {"product": "products", "family": "families"}


def product_pnl(
    statement: pd.DataFrame,
    *,
    period: Period,
    by: str = "family",
    plan: str | None = None,
    top: int | None = None,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    r"""Set products side by side: gross, returns, net, cost, contribution, plan and prior year.

    Use it for the page that says which products made the month; `pnl` gives the lines.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    period : Period
        The month, quarter or year reported.
    by : str
        ``family``, ``product`` or another column of `statement`.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.
    top : int, optional
        Rows shown; the rest stand together as ``Other (n)``. Default: all.
    names : mapping of str to str, optional
        What a reader calls a value of `by`, such as ``book.product_names``.

    Returns
    -------
    pandas.DataFrame
        One row per `by`, largest net revenue first, then ``Other (n)``, then ``Total``.
        ``row_key``, `by`, ``label`` (name and code), ``role`` (``item``, ``other``, ``total``),
        ``count`` (products in the row); ``gross, returns, other, net, cost_of_revenue, operating,
        contribution, net_ytd, contribution_ytd`` in reporting currency (cost columns NA where the
        statement has none);
        ``returns_rate`` (returns over gross sales) and ``net_share`` (of total net revenue) as
        fractions; ``plan, prior_year, previous`` net revenue, each with ``_variance``,
        ``_variance_rate``, ``_favorable`` (prefixes ``plan_``, ``prior_``, ``previous_``);
        ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If `statement` lacks a column.
    MeasureError
        If `plan` is not among the versions, `top` is not positive, or an amount is missing.

    Notes
    -----
    :math:`net = gross + returns + other`, :math:`returns\ rate = -returns / gross`. Every column
    adds up to its total to the cent. Products of which nothing was booked in any compared month
    are left out. Families that are the products themselves have no rows. Rank is by size of net
    revenue, then by size of its year to date.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 14 (profitability analysis).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Atlas", "Gross sales", "gross", 100.0),
    ...         ("actual", "2026-01", "Atlas", "Refunds", "returns", -4.0),
    ...         ("actual", "2026-01", "Borea", "Gross sales", "gross", 20.0),
    ...     ],
    ...     columns=["version", "period", "family", "line", "group", "amount"],
    ... )
    >>> table = product_pnl(statement, period=FiscalCalendar().period("2026-01"))
    >>> table[["family", "net", "net_share"]].round(2).values.tolist()
    [['Atlas', 96.0, 0.83], ['Borea', 20.0, 0.17], ['Total', 116.0, 1.0]]
    """
    if top is not None and top < 1:
        raise MeasureError(f"top {top} shows no product", where="top", advice="Give 1 or more.")
    rows = prepared(statement, extra=[by])
    reads = comparisons(rows, period, plan)
    to_date = comparisons(rows, period.year_to_date, plan)["actual"]
    cells = {name: _by_value(read, by) for name, read in (reads | {"ytd": to_date}).items()}
    values = _ranked(cells)
    unplanned = _unplanned(cells, by)
    single = cells | ({"plan": None} if unplanned else {})
    told = reads | ({"plan": Reading(None, unplanned)} if unplanned else {})
    if unplanned:
        bare = set(_ranked({name: found for name, found in cells.items() if name != "plan"}))
        listed = [value for value in values if value in bare]
    else:
        listed = values
    groups = set(rows.loc[rows["version"] == "actual", "group"])
    shown = listed if top is None or len(listed) <= top + 1 else listed[:top]
    rest = listed[len(shown) :]
    table: list[tuple[str, str, list[str]]] = [("item", value, [value]) for value in shown]
    if rest:
        table.append(("other", f"Other ({len(rest)})", rest))
    if values:
        table.append(("total", _TOTAL, values))
    keys = row_keys([(value,) for value in shown], reserved=("other", "total"))
    keys += [role for role, _, _ in table[len(shown) :]]
    whole = _sums(cells["actual"], values, REVENUE)
    out = [
        {"row_key": key, by: label, "label": named(label, names), "role": role}
        | {"count": len(listed) if role == "total" else len(parts)}
        | (
            _row(cells, parts, reads | {"ytd": to_date}, groups, whole)
            if role == "total"
            else _row(single, parts, told | {"ytd": to_date}, groups, whole)
        )
        for key, (role, label, parts) in zip(keys, table, strict=True)
    ]
    return result([] if by == "family" and _each_its_own(statement) else out, _columns(by))


def _unplanned(cells: Mapping[str, dict[tuple[str, ...], int] | None], by: str) -> str:
    """Return that the plan states no value of `by` where actuals do; empty where it does."""
    named = {
        name: {value for (value, group), cents in (cells[name] or {}).items()
               if cents and group in REVENUE}
        for name in ("plan", "actual")
    }  # fmt: skip
    if named["plan"] == {NONE} and named["actual"] - {NONE}:
        return f"the plan states no {_PLURAL.get(by, by)}"
    return ""


def _each_its_own(statement: pd.DataFrame) -> bool:
    """Return whether every product is its own family, so that families say nothing new."""
    if "product" not in statement.columns:
        return False
    return bool((texts(statement["family"]) == texts(statement["product"])).all())


def _columns(by: str) -> dict[str, str]:
    columns = {"row_key": TEXT, by: TEXT, "label": TEXT, "role": TEXT, "count": COUNT}
    columns |= dict.fromkeys((*REVENUE, "net"), MONEY)
    columns |= {"returns_rate": RATE, "net_share": RATE}
    columns |= dict.fromkeys((*_COST, "contribution", "net_ytd", "contribution_ytd"), MONEY)
    for name in REFERENCES:
        columns |= {
            name: MONEY,
            f"{PREFIX[name]}_variance": MONEY,
            f"{PREFIX[name]}_variance_rate": RATE,
            f"{PREFIX[name]}_favorable": FLAG,
        }
    return columns | {"reason": TEXT}


def _by_value(read: Reading, by: str) -> dict[tuple[str, ...], int] | None:
    """Return cents per (value, group); None where there is nothing to read."""
    if read.rows is None:
        return None
    inside = read.rows[read.rows["group"].isin(GROUPS)]
    return totals(inside, [by, "group"])


def _sums(
    cells: dict[tuple[str, ...], int] | None, values: Sequence[str], groups: Sequence[str]
) -> int | None:
    if cells is None:
        return None
    return sum(cells.get((value, group), 0) for value in values for group in groups)


def _ranked(cells: Mapping[str, dict[tuple[str, ...], int] | None]) -> list[str]:
    """Return the values with any amount, largest net revenue first."""
    found = {
        value
        for known in cells.values()
        if known is not None
        for (value, _), amount in known.items()
        if amount
    }

    def size(name: str, value: str) -> int:
        return -abs(_sums(cells[name], [value], REVENUE) or 0)

    return sorted(found, key=lambda value: (size("actual", value), size("ytd", value), value))


def _row(
    cells: Mapping[str, dict[tuple[str, ...], int] | None],
    parts: Sequence[str],
    reads: Mapping[str, Reading],
    groups: set[str],
    whole: int | None,
) -> dict[str, Any]:
    has_cost = bool(groups & set(_COST))
    now = {group: _sums(cells["actual"], parts, [group]) for group in GROUPS}
    net = {name: _sums(cells[name], parts, REVENUE) for name in ("actual", *REFERENCES)}
    back = rate(less(0, now["returns"]), now["gross"])
    known = {value for name in ("actual", "ytd") for value, _ in cells[name] or {}}
    row = compared(net, reads, stated=not known.isdisjoint(parts))
    row["net"] = row.pop("actual")
    row |= {name: money(now[name]) for name in REVENUE}
    row |= {name: money(now[name]) if name in groups else None for name in _COST}
    everything = _sums(cells["actual"], parts, GROUPS)
    to_date = _sums(cells["ytd"], parts, GROUPS)
    row |= {
        "returns_rate": back,
        "net_share": rate(net["actual"], whole),
        "contribution": money(everything) if has_cost else None,
        "net_ytd": money(_sums(cells["ytd"], parts, REVENUE)),
        "contribution_ytd": money(to_date) if has_cost else None,
    }
    row["reason"] = reasons(
        row["reason"],
        reads["ytd"].reason.replace("actual:", "year to date:"),
        "" if has_cost else "no cost in the input",
        "no gross sales" if back is None and now["gross"] is not None else "",
        "total net revenue is zero" if whole == 0 else "",
    )
    return row

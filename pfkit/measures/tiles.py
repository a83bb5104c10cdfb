"""The tiles of page 1: a few numbers, each with its references and its last twelve months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.revenue import pnl
from pfkit.measures.rows import (
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    less,
    money,
    rate,
    reasons,
    result,
    totals,
)
from pfkit.measures.statement import ACTUAL, PREFIX, REFERENCES, monthly, prepared, subtotals

if TYPE_CHECKING:
    from pfkit.period import Period

SPARK_MONTHS = 12
_POINT = 10**6
_FULL_YEAR = "full_year_"


def tiles(
    statement: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    lines: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Give the numbers a report opens with, each beside what it is measured against.

    Use it for the tile row of page 1; `sparks` gives the small lines in the tiles.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    period : Period
        The period reported.
    plan : str, optional
        The budget version called plan.
    lines : pandas.DataFrame, optional
        Result of `budget_lines`; adds the budget tiles.
    returns : pandas.DataFrame, optional
        Result of `roi`; adds the tile of their net present value.

    Returns
    -------
    pandas.DataFrame
        One row per tile, in order: the subtotals of the period, net revenue year to date, returns
        rate, budget compared, budget used, initiatives' net present value as it now looks.
        ``row_key``, ``label``, ``unit`` (``money`` or ``share``), ``basis`` (``period``, ``ytd`` or
        ``life``), ``favorable_when``, ``actual``, ``plan``, ``prior_year``, ``previous`` and for
        each reference ``_variance`` (for shares the difference of fractions), ``_variance_rate``
        and ``_favorable``; ``reference`` names the
        first reference there is (``plan``, ``prior_year``, ``previous``) or is empty; ``beside`` is
        a fraction to be read beside the value that is no reference, and ``note`` says what the
        value or that fraction is; ``reason`` says why something is NA.
        A tile without a value is left out.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If `plan` is not among the versions, or an amount is missing.

    Notes
    -----
    Budget used stands beside the share of the year gone, which is no plan: where spending is
    uneven the two differ without anything being wrong.

    References
    ----------
    .. [1] Few, S., *Information Dashboard Design*, ch. 6 (a number beside its references).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Sales", "gross", 100.0),
    ...         ("adopted", "2026-01", "Sales", "gross", 80.0),
    ...     ],
    ...     columns=["version", "period", "line", "group", "amount"],
    ... )
    >>> row = tiles(statement, period=FiscalCalendar().period("2026-01"))
    >>> row[["label", "actual", "reference", "plan_variance_rate"]].values.tolist()[0]
    ['Net revenue', 100.0, 'plan', 0.25]
    """
    table = pnl(statement, period=period, plan=plan)
    rows: list[dict[str, Any]] = []
    whole = period.year_to_date.months == period.months
    subtotal = table[table["role"] == "subtotal"].sort_values("basis", kind="stable")
    for found in subtotal.to_dict("records"):
        row = {str(column): value for column, value in found.items()}
        key, label = row["row_key"], row["line"]
        if row["basis"] == "ytd":
            if key != "net-revenue" or whole:
                continue
            key, label = f"{key}-ytd", f"{label}, year to date"
        rows.append(row | {"row_key": key, "label": label, "unit": "money"})
    rows += _returns_rate(table[table["basis"] == "period"])
    rows += [] if lines is None else _budget(lines)
    rows += [] if returns is None else _return(returns)
    kept = [row for row in rows if not pd.isna(row["actual"])]
    for row in kept:
        row.setdefault("note", "")
        row.setdefault("beside", None)
        there = [name for name in REFERENCES if not pd.isna(row[name])]
        row["reference"] = there[0] if there else ""
    return result(kept, _columns())


def sparks(statement: pd.DataFrame, *, period: Period, months: int = SPARK_MONTHS) -> pd.DataFrame:
    """Give the last months of each subtotal and of the returns rate, for small lines.

    Use it beside `tiles`.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    period : Period
        The lines end with its last month.
    months : int
        How many months at most.

    Returns
    -------
    pandas.DataFrame
        One row per tile and month that is in the input. ``row_key`` (tile and month), ``tile``
        (``row_key`` of `tiles`), ``period``, ``value`` (reporting currency; for ``returns-rate`` a
        fraction, NA where nothing was sold) and ``reason``.

    Raises
    ------
    ContractError
        If `statement` lacks a column.
    MeasureError
        If an amount is missing.

    Notes
    -----
    Months that are not in the input are left out, not drawn as zero.

    References
    ----------
    .. [1] Tufte, E., *Beautiful Evidence*, p. 46-63 (sparklines).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     {"version": "actual", "period": ["2026-01"], "line": "Sales", "group": "gross",
    ...      "amount": [100.0]}
    ... )
    >>> line = sparks(statement, period=FiscalCalendar().period("2026-01"))
    >>> line[["row_key", "value"]].values.tolist()
    [['net-revenue|2026-01', 100.0], ['returns-rate|2026-01', 0.0]]
    """
    rows = monthly(prepared(statement))
    actual = rows[rows["version"] == ACTUAL]
    stretch = period.trailing(months).months
    cells = totals(actual[actual["period"].isin(stretch)], ["period", "group"])
    there = [month for month in stretch if any(month == known for known, _ in cells)]
    out: list[dict[str, Any]] = []
    for key, _, groups in subtotals(actual):
        for month in there:
            cents = sum(cells.get((month, group), 0) for group in groups)
            out.append({"tile": key, "period": month, "value": cents / 100, "reason": ""})
    for month in there:
        share = rate(-cells.get((month, "returns"), 0), cells.get((month, "gross"), 0))
        why = "no gross sales" if share is None else ""
        out.append({"tile": "returns-rate", "period": month, "value": share, "reason": why})
    for row in out:
        row["row_key"] = f"{row['tile']}|{row['period']}"
    kinds = {"row_key": TEXT, "tile": TEXT, "period": TEXT, "value": MONEY, "reason": TEXT}
    return result(out, kinds)


def _columns() -> dict[str, str]:
    columns = dict.fromkeys(("row_key", "label", "unit", "basis", "favorable_when"), TEXT)
    columns |= dict.fromkeys(("actual", *REFERENCES), MONEY)
    for name in REFERENCES:
        columns |= {
            f"{PREFIX[name]}_variance": MONEY,
            f"{PREFIX[name]}_variance_rate": RATE,
            f"{PREFIX[name]}_favorable": FLAG,
        }
    return columns | {"beside": RATE} | dict.fromkeys(("reference", "note", "reason"), TEXT)


def _returns_rate(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the share of gross sales that came back, against the same share elsewhere."""
    shares: dict[str, float | None] = {}
    for name in ("actual", *REFERENCES):
        sums = [
            table.loc[table["group"] == group, name].sum(min_count=1)
            for group in ("gross", "returns")
        ]
        gross, back = (None if pd.isna(value) else round(value * 100) for value in sums)
        shares[name] = rate(-(back or 0), gross)
    if not bool((table["group"] == "returns").any()):
        return []
    return [_share("returns-rate", "Returns rate", shares, basis="period", when="lower")]


def _share(
    key: str, label: str, shares: dict[str, float | None], *, basis: str, when: str
) -> dict[str, Any]:
    """Return the tile of a share; its variance is a difference of fractions."""
    row: dict[str, Any] = {"row_key": key, "label": label, "unit": "share", "basis": basis}
    row |= {"favorable_when": when, "actual": shares["actual"]}
    why = []
    for name in REFERENCES:
        base = shares.get(name)
        gap = None if base is None or row["actual"] is None else row["actual"] - base
        sign = None if gap is None else round(gap * _POINT)
        row |= {
            name: base,
            f"{PREFIX[name]}_variance": gap,
            f"{PREFIX[name]}_variance_rate": None,
            f"{PREFIX[name]}_favorable": favorable(sign, when=when),
        }
        why.append("" if base is not None else f"no {name.replace('_', ' ')}")
    return row | {"reason": reasons(*why, "a share has no variance rate")}


def _budget(lines: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what the budget table compares in total, and the share of it that is used."""
    total = lines[lines["role"] == "total"].to_dict("records")
    if not total:
        return []
    row = total[0]
    blank: dict[str, Any] = dict.fromkeys(("prior_year", "previous"), pd.NA)
    for name in ("prior_year", "previous"):
        for part in ("variance", "variance_rate", "favorable"):
            blank[f"{PREFIX[name]}_{part}"] = pd.NA
    item = lines[lines["role"] != "total"]
    when = "higher" if bool(((item["variance"] > 0) & item["favorable"]).any()) else "lower"
    compared = blank | {
        "row_key": "budget",
        "label": _compared_label(row),
        "unit": "money",
        "basis": "ytd",
        "favorable_when": when,
        "note": row["comparison"],
        "actual": row["compared"],
        "plan": row["reference"],
        "plan_variance": row["variance"],
        "plan_variance_rate": row["variance_rate"],
        "plan_favorable": row["favorable"],
        "reason": row["reason"],
    }
    if pd.isna(row["compared"]):
        return _year(row, blank)
    used = None if pd.isna(row["used_share"]) else float(row["used_share"])
    shares: dict[str, float | None] = {"actual": used}
    tile = _share("budget-used", "Budget used", shares, basis="ytd", when="")
    tile |= {"beside": row["elapsed_share"], "note": "share of the year gone"}
    return [compared, tile]


def _year(row: dict[Any, Any], blank: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the budget of the year where nothing is known to compare it with."""
    years = [str(name) for name in row if str(name).startswith(_FULL_YEAR)]
    known = [name for name in years if not pd.isna(row[name])]
    if not known:
        return []
    said = [name for name in known if name.removeprefix(_FULL_YEAR) in str(row["comparison"])]
    version = (said or known)[0]
    nothing = dict.fromkeys(("plan", "plan_variance", "plan_variance_rate"), pd.NA)
    tile = (
        blank
        | nothing
        | {
            "row_key": "budget-year",
            "label": f"Full-year {version.removeprefix(_FULL_YEAR)}",
            "unit": "money",
            "basis": "ytd",
            "favorable_when": "",
            "note": "no actuals to date"
            if pd.isna(row["actual_ytd"])
            else "nothing to compare with",
            "actual": row[version],
            "plan_favorable": pd.NA,
            "reason": row["reason"],
        }
    )
    return [tile]


def _compared_label(row: dict[Any, Any]) -> str:
    """Name what the budget table compares: what is spent, or what the year will come to."""
    comparison = str(row["comparison"])
    spent = not pd.isna(row["actual_ytd"]) and row["compared"] == row["actual_ytd"]
    if comparison.startswith("actual to date") or spent:
        return "Spending, year to date"
    version = comparison.partition(" full year")[0]
    return f"Full-year {version}" if version and version != comparison else "Budget"


def _return(returns: pd.DataFrame) -> list[dict[str, Any]]:
    total = returns[returns["role"] == "total"].to_dict("records")
    if not total:
        return []
    row = total[0]
    blank: dict[str, Any] = dict.fromkeys(("prior_year", "previous"), pd.NA)
    for name in ("prior_year", "previous"):
        for part in ("variance", "variance_rate", "favorable"):
            blank[f"{PREFIX[name]}_{part}"] = pd.NA
    outlook, promised = (
        None if pd.isna(row[name]) else round(float(row[name]) * 100)
        for name in ("npv_outlook", "npv_plan")
    )
    gap = less(outlook, promised)
    share = rate(gap, promised)
    return [
        blank
        | {"row_key": "npv", "label": "Initiatives, net present value outlook", "unit": "money"}
        | {"basis": "life", "favorable_when": "higher"}
        | {"actual": money(outlook), "plan": money(promised), "plan_variance": money(gap)}
        | {"plan_variance_rate": share, "plan_favorable": favorable(gap, when="higher")}
        | {"note": "actual to date, plan afterwards"}
        | {"reason": "" if share is not None else "nothing promised"}
    ]

"""Return on features: what would have been lost without each, against what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.rows import (
    MONEY,
    RATE,
    TEXT,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
)

if TYPE_CHECKING:
    from pfkit.measures.attribution import Attribution
    from pfkit.measures.medians import Array

_BOUNDS = (0.05, 0.95)
_COLUMNS = {
    "row_key": TEXT,
    "feature": TEXT,
    "initiative": TEXT,
    "role": TEXT,
    "incremental": MONEY,
    "lo90": MONEY,
    "hi90": MONEY,
    "margin": MONEY,
    "direct": MONEY,
    "allocated": MONEY,
    "cost": MONEY,
    "net": MONEY,
    "roi": RATE,
    "roi_lo90": RATE,
    "roi_hi90": RATE,
    "positive_share": RATE,
    "payback": TEXT,
    "verdict": TEXT,
    "reason": TEXT,
}
#: What stands as verdict of an initiative of features with different ones.
_MIXED = "mixed"


def attribution_roi(
    found: Attribution, costs: pd.DataFrame, *, gross_margin: float | None
) -> pd.DataFrame:
    r"""Set what each feature earned against what it cost, feature by feature and by initiative.

    Use it for "did it pay?". `roi` reads what initiatives say of themselves in their cash flows;
    this is what customers' revenue shows.

    Parameters
    ----------
    found : Attribution
        What `attribution` found.
    costs : pandas.DataFrame
        By feature, ``book.feature_costs``: ``feature``; ``direct`` and ``allocated`` cost,
        reporting currency, positive; optionally ``initiative``.
    gross_margin : float, optional
        What is left of revenue after cost of revenue, a fraction; without it no return is told.

    Returns
    -------
    pandas.DataFrame
        One row per feature in the order of `found`, then one per initiative (`role`
        ``initiative``): ``row_key, feature, initiative, role``; ``incremental`` revenue with
        ``lo90`` and ``hi90``, its gross ``margin``, ``direct``, ``allocated`` and whole ``cost``,
        ``net`` (margin less cost), reporting currency; ``roi`` (net over cost) with ``roi_lo90``
        and ``roi_hi90``, fractions; ``positive_share``, the probability that it is above 0;
        ``payback``, the month in which margin had made up for the cost, empty where it has not;
        ``verdict``; ``reason`` for what is missing.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a feature has two rows of cost, or a cost is missing or below zero.
    ParameterError
        If `gross_margin` is not above 0 and at most 1.

    Notes
    -----
    With :math:`I` the incremental revenue, :math:`g` the gross margin and :math:`C` direct and
    allocated cost, ROI is :math:`(I g - C) / C`; its interval and probability are those of the
    draws of :math:`I`. `incremental` is what removing the one feature would lose; of an initiative
    the draws of its features are added, which counts what two of them bring only together twice,
    so with synergy it is an upper bound. An initiative has a return only if each of its features
    has one.

    References
    ----------
    .. [1] Phillips and Phillips (2007), *Show Me the Money*, Berrett-Koehler (ROI of programs).

    Examples
    --------
    >>> from pfkit.measures.attribution import Attribution
    >>> earned = Attribution(
    ...     pd.DataFrame({"feature": ["export"], "incremental": [300.0], "lo90": [200.0],
    ...                   "hi90": [400.0], "verdict": ["supported"], "reasons": [""]}),
    ...     draws=pd.DataFrame({"export": [200.0, 300.0, 400.0]}),
    ...     monthly=pd.DataFrame({"period": ["2026-01", "2026-02"], "feature": "export",
    ...                           "incremental": [100.0, 200.0]}),
    ... )
    >>> paid = pd.DataFrame({"feature": ["export"], "direct": [80.0], "allocated": [20.0]})
    >>> found = attribution_roi(earned, paid, gross_margin=0.5)
    >>> found[["net", "roi", "payback"]].values.tolist()
    [[50.0, 0.5, '2026-02']]
    """
    if gross_margin is not None and not 0 < gross_margin <= 1:
        raise ParameterError(
            f"gross margin {gross_margin!r} cannot be", advice="Use a fraction, such as 0.75."
        )
    paid = _costs(costs)
    rows: list[dict[str, Any]] = []
    members: dict[str, list[tuple[dict[str, Any], Array | None]]] = {}
    for record in records(found.features):
        name = str(record["feature"])
        cost = paid.get(name)
        draws = found.draws[name].to_numpy(dtype=float) if name in found.draws else None
        months = _monthly(found.monthly, [name])
        rows.append(_row(record, cost, draws, months, gross_margin))
        if cost is not None and cost["initiative"]:
            members.setdefault(cost["initiative"], []).append((rows[-1], draws))
    for name, parts in sorted(members.items()):
        rows.append(_initiative(name, parts, found.monthly, gross_margin))
    labels = [
        (row["feature"],) if row["role"] == "feature" else ("initiative", row["initiative"])
        for row in rows
    ]
    for row, key in zip(rows, row_keys(labels), strict=True):
        row["row_key"] = key
    blank = dict.fromkeys(_COLUMNS) | {"payback": ""}
    told = result([blank | row for row in rows], _COLUMNS)
    told.attrs.update(found.features.attrs)  # why there is nothing, where there is nothing
    return told


def _costs(costs: pd.DataFrame) -> dict[str, dict[str, Any]]:
    require(costs, ["feature", "direct", "allocated"], name="costs")
    names = texts(costs["feature"])
    twice = names[names.duplicated()]
    if len(twice):
        raise MeasureError(
            f"feature {twice.iloc[0]!r} has two rows of cost",
            where="costs",
            advice="Add them up first.",
        )
    amounts = costs[["direct", "allocated"]].astype("float64").to_numpy()
    bad = ~(np.isfinite(amounts) & (amounts >= 0)).all(1)
    if bad.any():
        raise MeasureError(
            f"cost of {names.iloc[int(np.flatnonzero(bad)[0])]!r} is missing or below zero",
            where="costs",
            advice="Give what went out as a positive amount, 0 where nothing did.",
        )
    initiatives = texts(costs["initiative"]) if "initiative" in costs else [""] * len(costs)
    return {
        name: {
            "direct": round(float(direct), 2),
            "allocated": round(float(allocated), 2),
            "initiative": str(initiative),
        }
        for name, (direct, allocated), initiative in zip(names, amounts, initiatives, strict=True)
    }


def _monthly(monthly: pd.DataFrame, names: list[str]) -> pd.Series:
    """Return incremental revenue of some features by month."""
    if monthly.empty:
        return pd.Series(dtype="float64")
    mine = monthly[monthly["feature"].isin(names)]
    return mine.groupby("period")["incremental"].sum().astype("float64").sort_index()


def _row(
    record: dict[str, Any],
    cost: dict[str, Any] | None,
    draws: Array | None,
    months: pd.Series,
    gross_margin: float | None,
) -> dict[str, Any]:
    told = not pd.isna(record["incremental"])
    row: dict[str, Any] = {
        "feature": str(record["feature"]),
        "initiative": "" if cost is None else cost["initiative"],
        "role": "feature",
        "incremental": record["incremental"] if told else None,
        "lo90": record["lo90"] if told else None,
        "hi90": record["hi90"] if told else None,
        "verdict": str(record["verdict"]),
        "reason": reasons(
            str(record["reasons"]) if not told else "",
            "its cost is not known" if cost is None else "",
            "the gross margin is not known" if gross_margin is None else "",
        ),
    }
    return row | _return(row["incremental"], cost, draws, months, gross_margin)


def _initiative(
    name: str,
    parts: list[tuple[dict[str, Any], Array | None]],
    monthly: pd.DataFrame,
    gross_margin: float | None,
) -> dict[str, Any]:
    rows = [row for row, _ in parts]
    refused = [row["feature"] for row in rows if row["incremental"] is None]
    verdicts = {row["verdict"] for row in rows}
    total = None if refused else float(sum(row["incremental"] for row in rows))
    drawn = [draws for _, draws in parts if draws is not None]
    draws = np.sum(drawn, axis=0) if len(drawn) == len(parts) else None
    bounds: tuple[float | None, float | None] = (None, None)
    if total is not None and draws is not None and len(draws):
        low, high = np.quantile(draws, _BOUNDS)
        bounds = (round(float(low), 2), round(float(high), 2))
    cost = {kind: sum(row[kind] for row in rows) for kind in ("direct", "allocated")}
    row: dict[str, Any] = {
        "feature": "",
        "initiative": name,
        "role": "initiative",
        "incremental": None if total is None else round(total, 2),
        "lo90": bounds[0],
        "hi90": bounds[1],
        "verdict": verdicts.pop() if len(verdicts) == 1 else _MIXED,
        "reason": reasons(
            f"not told of {', '.join(refused)}" if refused else "",
            "the gross margin is not known" if gross_margin is None else "",
        ),
    }
    months = _monthly(monthly, [one["feature"] for one in rows])
    return row | _return(row["incremental"], cost, draws, months, gross_margin)


def _return(
    incremental: float | None,
    cost: dict[str, Any] | None,
    draws: Array | None,
    months: pd.Series,
    gross_margin: float | None,
) -> dict[str, Any]:
    spent = None if cost is None else round(cost["direct"] + cost["allocated"], 2)
    found: dict[str, Any] = {
        "direct": None if cost is None else cost["direct"],
        "allocated": None if cost is None else cost["allocated"],
        "cost": spent,
    }
    if incremental is None or gross_margin is None:
        return found
    margin = round(incremental * gross_margin, 2)
    found["margin"] = margin
    if spent is None:
        return found
    found["net"] = round(margin - spent, 2)
    made = months.cumsum() * gross_margin
    back = made.index[made >= spent] if spent > 0 else made.index[:1]
    # What came back and went again has not paid back.
    stays = len(back) > 0 and float(made.iloc[-1]) >= spent
    found["payback"] = str(back[0]) if stays else ""
    if spent <= 0:
        return found
    found["roi"] = (margin - spent) / spent
    if draws is not None and len(draws):
        returns = (draws * gross_margin - spent) / spent
        low, high = np.quantile(returns, _BOUNDS)
        found |= {
            "roi_lo90": float(low),
            "roi_hi90": float(high),
            "positive_share": float((returns > 0).mean()),
        }
    return found

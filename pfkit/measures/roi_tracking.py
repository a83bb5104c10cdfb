"""Returns stated of closed initiatives, those of simple rules, and what reviews found since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.attribution.verdicts import NUMBERED
from pfkit.measures.rows import NONE, TEXT, reasons, require, texts

if TYPE_CHECKING:
    from pfkit.measures.attribution import Attribution

_REVIEWS = ("initiative", "roi", "method", "stated_roi", "through", "period")
_STATED = {"initiative": TEXT, "roi": "float64", "reason": TEXT}


def roi_tracking(
    reviews: pd.DataFrame,
    found: Attribution,
    rules: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    gross_margin: float | None,
) -> dict[str, pd.DataFrame]:
    r"""Bring stated returns, simple rules and reviews to the same initiatives and months.

    Use it before `roi_accuracy`: ``pf.roi_accuracy(**pf.roi_tracking(...))``.

    Parameters
    ----------
    reviews : pandas.DataFrame
        ``book.reviews``: ``initiative``, ``roi`` found (a fraction), ``method``, ``stated_roi``
        (empty where attribution is to say it), ``through`` (last month that counts), ``period``.
    found : Attribution
        What `attribution` found.
    rules : pandas.DataFrame
        What `simple_rules` say by feature and month.
    costs : pandas.DataFrame
        ``book.review_costs``: ``through``, ``feature``, ``initiative``, ``direct``, ``allocated``.
    gross_margin : float, optional
        What is left of revenue after cost of revenue, a fraction; without it nothing can be set
        against a return.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``stated`` (``initiative, roi, reason``), ``truth`` (``initiative, roi, method, period``)
        and ``rules`` (``rule, initiative, roi``), as `roi_accuracy` takes them.

    Raises
    ------
    ContractError
        If a column is missing.
    ParameterError
        If `gross_margin` is not above 0 and at most 1.

    Notes
    -----
    :math:`ROI = (I g - C) / C` to the month the review counts through: :math:`I` is the sum over
    the features of the initiative, :math:`C` their direct and allocated cost to that month. A
    feature that attribution refused leaves its initiative without a stated return.

    Examples
    --------
    >>> from pfkit.measures.attribution import Attribution
    >>> seen = pd.DataFrame({"initiative": ["I-1"], "roi": [0.4], "method": ["review"],
    ...                      "stated_roi": [None], "through": ["2026-02"], "period": ["2026Q1"]})
    >>> earned = Attribution(
    ...     pd.DataFrame({"feature": ["export"], "verdict": ["supported"]}),
    ...     monthly=pd.DataFrame({"period": ["2026-02", "2026-03"], "feature": "export",
    ...                           "incremental": [300.0, 900.0]}))
    >>> rule = pd.DataFrame({"rule": ["last touch"], "feature": ["export"], "period": ["2026-02"],
    ...                      "incremental": [500.0]})
    >>> paid = pd.DataFrame({"through": ["2026-02"], "feature": ["export"], "initiative": ["I-1"],
    ...                      "direct": [80.0], "allocated": [20.0]})
    >>> tables = roi_tracking(seen, earned, rule, paid, gross_margin=0.5)
    >>> [tables[name]["roi"].tolist() for name in ("stated", "rules")]
    [[0.5], [1.5]]
    """
    require(reviews, _REVIEWS, name="reviews")
    require(costs, ["through", "feature", "initiative", "direct", "allocated"], name="costs")
    if gross_margin is not None and not 0 < gross_margin <= 1:
        raise ParameterError(
            f"gross margin {gross_margin!r} cannot be", advice="Use a fraction, such as 0.75."
        )
    through = dict(zip(texts(reviews["initiative"]), texts(reviews["through"]), strict=True))
    asked = texts(costs["initiative"]).map(lambda name: through.get(name, ""))
    mine = costs[texts(costs["through"]) == asked].assign(
        margin=np.nan if gross_margin is None else gross_margin
    )
    spoken = set(
        found.features.loc[found.features["verdict"].isin(NUMBERED), "feature"]
        if len(found.features)
        else []
    )
    attributed = _returns(found.monthly.assign(rule=""), mine, through)
    said = {str(row["initiative"]): row["roi"] for row in attributed.to_dict("records")}
    told = [_stated(row, said, mine, spoken, gross_margin) for row in _records(reviews)]
    return {
        "stated": pd.DataFrame(told, columns=list(_STATED)).astype(_STATED),
        "truth": reviews[["initiative", "roi", "method", "period"]].reset_index(drop=True),
        "rules": _returns(rules, mine, through)[["rule", "initiative", "roi"]],
    }


def _records(reviews: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): one for key, one in row.items()} for row in reviews.to_dict("records")]


def _returns(monthly: pd.DataFrame, costs: pd.DataFrame, through: dict[str, str]) -> pd.DataFrame:
    """Return what rules say of each initiative, to the month its review counts through."""
    columns = ["rule", "feature", "period", "incremental"]
    named = (one.astype({"feature": "str"}) for one in (monthly.reindex(columns=columns), costs))
    months = next(named).merge(next(named), on="feature")
    last = months["initiative"].map(lambda name: through.get(name, NONE)).astype("str")
    within = months[(months["period"].astype("str") <= last) | (last == NONE)]
    brought = within.groupby(["rule", "initiative"], sort=False)["incremental"].sum()
    spent = (costs["direct"] + costs["allocated"]).groupby(costs["initiative"]).sum()
    found = brought.reset_index()
    cost = found["initiative"].map(spent).astype("float64")
    margin = costs["margin"].iloc[0] if len(costs) else np.nan
    gain = found["incremental"].astype("float64") * margin
    found["roi"] = ((gain - cost) / cost).where(cost > 0)
    return found


def _stated(
    row: dict[str, Any],
    said: dict[str, float],
    costs: pd.DataFrame,
    spoken: set[str],
    gross_margin: float | None,
) -> dict[str, Any]:
    """Return what was stated of an initiative: in its review, else by attribution."""
    name = str(row["initiative"])
    if not pd.isna(row["stated_roi"]):
        return {"initiative": name, "roi": float(row["stated_roi"]), "reason": ""}
    rows = costs[costs["initiative"] == name]
    refused = [str(one) for one in rows["feature"] if one not in spoken]
    spent = float((rows["direct"] + rows["allocated"]).sum())
    why = reasons(
        "no feature names it as the initiative that paid" if rows.empty else "",
        f"attribution refuses {', '.join(refused)}" if refused else "",
        "its cost is not known" if len(rows) and not spent > 0 else "",
        "the gross margin is not known" if gross_margin is None else "",
    )
    roi = np.nan if why else said.get(name, np.nan)
    return {"initiative": name, "roi": roi, "reason": why}

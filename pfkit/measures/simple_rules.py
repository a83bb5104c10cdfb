"""What rules of thumb say features earned: the yardstick a stated return has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.measures.attribution.adoption import adoption
from pfkit.measures.attribution.billing import billed, coded, month_codes
from pfkit.measures.attribution.panel import panel
from pfkit.measures.rows import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array

#: The rules, in the order they are told.
SIMPLE = ("last touch", "first touch", "linear touch", "usage share", "before and after")
#: Months before a customer's first feature whose mean is what it paid without any.
_USUAL = 3
_COLUMNS = {"rule": TEXT, "feature": TEXT, "period": TEXT, "incremental": "float64"}


def simple_rules(
    billing: pd.DataFrame,
    usage: pd.DataFrame,
    releases: pd.DataFrame,
    *,
    rates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Say what rules of thumb take each feature to have earned, month by month.

    Use it as the yardstick of `roi_accuracy`; what a feature caused says `attribution`.

    Parameters
    ----------
    billing, usage, releases : pandas.DataFrame
        As in `attribution`.
    rates : pandas.DataFrame, optional
        Table ``rates``; needed where `billing` has no ``amount``.

    Returns
    -------
    pandas.DataFrame
        One row per rule, feature and month: ``rule`` (``last touch``, ``first touch``, ``linear
        touch``, ``usage share``, ``before and after``), ``feature``, ``period``, ``incremental`` in
        reporting currency. Empty where there is no billing.

    Raises
    ------
    ContractError
        If a column is missing, or a feature is released twice.
    MeasureError
        If billing has one month, or nobody paid anything.

    Notes
    -----
    Touch rules and the usage share split what a customer pays above the mean of the three months
    before its first feature, where that is more: to the feature taken up last, or first (evenly
    where several were), evenly to all taken up, or by units used in the month. ``before and after``
    compares each customer after its first use of a feature with itself before. None of them looks
    at customers who did without, so each is far off where these grew as well.

    Examples
    --------
    >>> bills = pd.DataFrame([("A", "2026-01", 100.0), ("A", "2026-02", 140.0)],
    ...                      columns=["customer", "period", "amount"])
    >>> used = pd.DataFrame([("A", "search", "2026-02", 3.0)],
    ...                     columns=["customer", "feature", "period", "units"])
    >>> came = pd.DataFrame({"feature": ["search"], "period": ["2026-02"]})
    >>> found = simple_rules(bills, used, came)
    >>> found[found["period"] == "2026-02"]["incremental"].tolist()
    [40.0, 40.0, 40.0, 40.0, 40.0]
    """
    if billing.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    paid = panel(billed(billing, rates), None, None, tolerance=1.0)
    taken = adoption(paid, usage, releases, None)
    at = np.arange(paid.months)
    used = np.asarray(at >= taken.first.T[:, :, None], dtype=np.float64)
    units = _units(paid, usage, taken.features) * used
    more = _expansion(paid, taken.first)
    told = {
        "last touch": _split(more, _touched(taken.first, paid.months, last=True)),
        "first touch": _split(more, _touched(taken.first, paid.months, last=False)),
        "linear touch": _split(more, used),
        "usage share": _split(more, units),
        "before and after": np.stack([_before_after(paid, one) for one in used > 0])
        if len(used)
        else np.zeros((0, paid.months)),
    }
    count, labels = len(taken.features), paid.labels
    return pd.DataFrame(
        {
            "rule": np.repeat(SIMPLE, count * paid.months),
            "feature": np.tile(np.repeat(taken.features, paid.months), len(SIMPLE)),
            "period": labels * (count * len(SIMPLE)),
            "incremental": np.concatenate([told[rule].ravel() for rule in SIMPLE]).round(2),
        }
    ).astype(_COLUMNS)


def _expansion(paid: Panel, first: Codes) -> Array:
    """Return what each customer paid above its usual since its first feature."""
    at = np.arange(paid.months)
    began = first.min(1, initial=paid.months)
    there = paid.amount > 0
    since = np.maximum(began - _USUAL, paid.entry)[:, None]
    until = np.maximum(began, paid.entry + 1)[:, None]
    usual = there & (at >= since) & (at < until)
    level = (paid.amount * usual).sum(1) / np.maximum(usual.sum(1), 1)
    more = np.maximum(paid.amount - level[:, None], 0.0)
    return np.where(there & (at >= began[:, None]), more, 0.0)


def _touched(first: Codes, months: int, *, last: bool) -> Array:
    """Return the feature taken up last, or first, of each customer and month; all if at once."""
    used = np.arange(months) >= first.T[:, :, None]
    key = first.T[:, :, None] if last else months - first.T[:, :, None]
    key = np.where(used, key, -1)
    return np.asarray(used & (key == key.max(0, initial=-1)), dtype=np.float64)


def _split(more: Array, weight: Array) -> Array:
    """Return what features are credited with by month."""
    whole = weight.sum(0)
    per = np.divide(more, whole, out=np.zeros_like(more), where=whole > 0)
    return np.asarray(np.einsum("fct,ct->ft", weight, per))


def _before_after(paid: Panel, used: np.ndarray) -> Array:
    """Return what users paid after first use above what they paid before, by month."""
    there = paid.amount > 0
    earlier, later = there & ~used, there & used
    count = earlier.sum(1)
    level = (paid.amount * earlier).sum(1) / np.maximum(count, 1)
    gap = np.where(later & (count > 0)[:, None], paid.amount - level[:, None], 0.0)
    return np.asarray(gap.sum(0))


def _places(column: pd.Series, names: Sequence[str] | np.ndarray) -> Codes:
    """Return where each row's value stands among names, -1 where it does not."""
    codes, values = coded(column)
    found = pd.Index(names).get_indexer(values.astype("str"))
    return np.asarray(np.append(found, -1)[codes], dtype=np.int64)


def _units(paid: Panel, usage: pd.DataFrame, features: tuple[str, ...]) -> Array:
    """Return units used, features × customers × months; 1 a row where no units are stated."""
    customer = _places(usage["customer"], paid.names)
    feature = _places(usage["feature"], features)
    codes, number = month_codes(usage, name="usage")
    month = (number - paid.first)[codes]
    size = usage["units"].to_numpy("float64") if "units" in usage else np.ones(len(usage))
    mine = (customer >= 0) & (feature >= 0) & (month >= 0) & (month < paid.months) & (size > 0)
    shape = (len(features), len(paid.names), paid.months)
    at = (feature[mine] * shape[1] + customer[mine]) * shape[2] + month[mine]
    found = np.bincount(at, size[mine], shape[0] * shape[1] * shape[2]).reshape(shape)
    return np.asarray(found, dtype=np.float64)

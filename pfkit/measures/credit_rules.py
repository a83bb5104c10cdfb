"""Credit for gains by the rules of thumb: which touch gets it, not what caused it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.paths.chain import removal
from pfkit.measures.paths.coalitions import shapley
from pfkit.measures.paths.coded import coded, tally
from pfkit.measures.rows import COUNT, RATE, TEXT, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Coded

Rule = Literal["first", "last", "linear", "position", "decay", "markov", "shapley"]
RULES: tuple[Rule, ...] = ("first", "last", "linear", "position", "decay", "markov", "shapley")
#: What stands beside every figure of this module.
KIND = "credit, not cause"
_TOTAL = "Total"
_ENDS = 0.4
_BITS = 62


def credit_rules(
    table: pd.DataFrame,
    *,
    rules: Sequence[Rule] = RULES,
    order: int = 1,
    half_life: float = 1.0,
    ends: float = _ENDS,
    path: str = "path",
    gained: str = "gained",
    value: str | None = None,
    lost: str | None = None,
    separator: str = ">",
) -> pd.DataFrame:
    r"""Split what paths brought among the features they touch, by each rule: credit, not cause.

    Use it where a rule is asked for, and to show how far rules are apart. What a feature caused
    says `attribution`: no rule here compares with customers who did without.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per path, equal ones may repeat; `journeys` makes it.
    rules : sequence of str
        ``first``, ``last``, ``linear``, ``position``, ``decay``, ``markov``, ``shapley``.
    order : int
        How many touches back a step of the Markov chain depends on.
    half_life : float
        Touches after which ``decay`` gives half.
    ends : float
        What ``position`` gives the first touch, and the last; the rest is shared by those between.
    path : str
        Column with touches in the order they were made, such as ``search > export``.
    gained : str
        Column with how often the path ended in a gain.
    value : str, optional
        Column with what these gains were worth together; each counts 1 by default.
    lost : str, optional
        Column with how often the path ended without one; 0 by default.
    separator : str
        What stands between touches.

    Returns
    -------
    pandas.DataFrame
        One row per feature, then ``total``: ``row_key``, ``feature``, ``role``, ``touched`` (how
        many journeys took a path with it), a column per rule in the unit of `value`, each adding up
        to all value;
        ``markov_removal_rate``, the share of all value lost without the feature (these do not add
        up); ``kind``, always ``credit, not cause``.

    Raises
    ------
    ContractError
        If a column is missing, or there is no path and no ``attrs["reason"]`` why.
    MeasureError
        If a path is empty, or a number is missing or below zero.
    ParameterError
        If a rule is not known, or `order`, `half_life` or `ends` cannot be; if losses are given and
        more than 20 features are to have a Shapley value.

    Notes
    -----
    ``markov`` splits all value in proportion to removal rates, which come exactly from one
    factorization, not from simulated paths. ``shapley`` uses losses where they are given: a
    coalition is worth the average of the paths inside it; without losses it is each path's value
    split evenly among the features it touches.

    References
    ----------
    .. [1] Anderl, Becker, von Wangenheim and Schumann (2016), "Mapping the customer journey",
       *International Journal of Research in Marketing* 33, 457-474.
    .. [2] Zhao, Mahboobi and Bagheri (2018), "Shapley value methods for attribution modeling in
       online advertising", https://arxiv.org/abs/1804.05327

    Examples
    --------
    >>> paths = pd.DataFrame({"path": ["search > export", "export"], "gained": [2, 1]})
    >>> credit_rules(paths)[["feature", "first", "last", "linear"]].values.tolist()
    [['export', 1.0, 3.0, 2.0], ['search', 2.0, 0.0, 1.0], ['Total', 3.0, 3.0, 3.0]]
    """
    _checked(rules, half_life, ends)
    if table.empty and table.attrs.get("reason"):
        return _nothing(table, rules)
    paths = coded(table, path=path, gained=gained, value=value, lost=lost, separator=separator)
    count, total = len(paths.names), float(paths.value.sum())
    columns: dict[str, Array] = {}
    often = paths.gained + paths.lost
    touched = _touched(paths, often)
    for rule in rules:
        if rule == "markov":
            rates = removal(paths, order=order)
            columns["markov"] = rates / max(rates.sum(), np.finfo(float).tiny) * total
            columns["markov_removal_rate"] = rates
        elif rule == "shapley":
            columns["shapley"] = shapley(paths)
        else:
            weights = _weights(paths, rule, half_life, ends)
            columns[rule] = tally(paths.codes, weights, count)
    sums = {name: np.append(found, found.sum()) for name, found in columns.items()}
    if "markov_removal_rate" in sums:
        sums["markov_removal_rate"][-1] = np.nan
    keys = row_keys([(name,) for name in paths.names], reserved=["total"])
    told = pd.DataFrame(
        {
            "row_key": [*keys, "total"],
            "feature": [*paths.names, _TOTAL],
            "role": ["item"] * count + ["total"],
            "touched": np.rint(np.append(touched, often.sum())).astype(np.int64),
            **{name: _numbers(found) for name, found in sums.items()},
            "kind": KIND,
        }
    ).astype({"row_key": TEXT, "feature": TEXT, "role": TEXT, "touched": COUNT, "kind": TEXT})
    told.attrs.update(table.attrs)
    return told


def _nothing(table: pd.DataFrame, rules: Sequence[str]) -> pd.DataFrame:
    """Return no row, and why."""
    kinds = {"row_key": TEXT, "feature": TEXT, "role": TEXT, "touched": COUNT}
    kinds |= dict.fromkeys(rules, RATE) | {"kind": TEXT}
    told = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    told.attrs.update(table.attrs)
    return told


def _numbers(found: Array) -> pd.Series:
    """Return numbers as a column with NA where there is none."""
    return pd.Series(pd.array(found, dtype="Float64")).mask(np.isnan(found))


def _touched(paths: Coded, often: Array) -> Array:
    """Return how many journeys took a path with each name."""
    count = len(paths.names)
    if count > _BITS:
        which, name = np.divmod(np.unique(paths.path * count + paths.codes), count)
        return tally(name, often[which], count)
    return np.array([often @ (np.right_shift(paths.touched, k) & 1) for k in range(count)])


def _checked(rules: Sequence[str], half_life: float, ends: float) -> None:
    unknown = [rule for rule in rules if rule not in RULES]
    if unknown or not rules:
        raise ParameterError(
            f"rule {unknown[0]!r} is not known" if unknown else "there is no rule",
            advice=f"Use {', '.join(RULES)}.",
        )
    if not half_life > 0:
        raise ParameterError(f"half_life {half_life} cannot be", advice="Use touches above 0.")
    if not 0 <= ends <= 1 / 2:
        raise ParameterError(f"ends {ends} cannot be", advice="Use a share from 0 to 0.5.")


def _weights(paths: Coded, rule: str, half_life: float, ends: float) -> Array:
    """Return what each touch gets."""
    lengths = np.repeat(paths.lengths, paths.lengths)
    place, value = paths.place, np.repeat(paths.value, paths.lengths)
    left = lengths - 1 - place
    if rule == "first":
        return np.where(place == 0, value, 0.0)
    if rule == "last":
        return np.where(left == 0, value, 0.0)
    if rule == "linear":
        return value / lengths
    if rule == "position":
        middle = (1 - 2 * ends) / np.maximum(lengths - 2, 1)
        share = np.where((place == 0) | (left == 0), ends, middle)
    else:
        share = 0.5 ** (left / half_life)
    whole = np.add.reduceat(share, paths.starts)
    # A path of two touches with nothing for its ends is shared evenly.
    share = np.where(np.repeat(whole, paths.lengths) > 0, share, 1.0)
    whole = np.add.reduceat(share, paths.starts)
    return np.asarray(value * share / np.repeat(whole, paths.lengths))

"""What every override of a forecast does: to its own node, and to all that must still add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.measures.coherent.overrides import BEYOND, EXPIRED, HELD, PAST, known_part
from pfkit.measures.coherent_forecast import solved
from pfkit.measures.forecast import LEVELS
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, reasons, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    import pandas as pd

    from pfkit.measures.coherent.overrides import Override
    from pfkit.measures.coherent.solve import Joint, Method
    from pfkit.measures.medians import Array

#: Less than this much of the largest forecast is no effect.
_TINY = 1e-9
_WHY = {
    EXPIRED: "expired before the last known period: not applied",
    PAST: "its period is known: not applied",
    BEYOND: "its period ends beyond the horizon: not applied",
}


def overrides_effect(
    table: pd.DataFrame,
    overrides: pd.DataFrame,
    *,
    by: str | Sequence[str],
    value: str | None = None,
    horizon: int | None = None,
    tier: Literal["fast", "full"] = "full",
    method: Method = "wls_struct",
    temporal: bool = True,
    crossed: bool = False,
    freq: Literal["M", "Q"] | None = None,
    year_start: int = 1,
) -> pd.DataFrame:
    r"""Say what each override does to the forecast of its node, and of all that add up with it.

    Use it to see who carries a number that somebody set; `coherent_forecast` has the forecast.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` and a value, as for `coherent_forecast`.
    overrides : pandas.DataFrame
        Table ``overrides``.
    by : str or sequence of str
        Columns from coarse to fine.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead; 18 months or 8 quarters by default.
    tier : {"full", "fast"}
        How many parameters the engine tries.
    method : {"wls_struct", "wls_var", "ols", "mint_shrink", "bottom_up"}
        By which weights the other nodes absorb it, as in `coherent_forecast`.
    temporal : bool
        Whether forecasts of quarters count as well as those of months.
    crossed : bool
        Whether every choice of columns makes nodes.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    year_start : int
        The calendar month a fiscal year starts in.

    Returns
    -------
    pandas.DataFrame
        Per override a row for its own node, then one for every other node it moves over the same
        month, quarter or year: ``row_key``, ``override``, ``state`` (``held``; ``expired``,
        ``past`` or ``beyond`` where it is not applied), ``relation`` (``held``, ``above``,
        ``beneath``, ``beside``), the columns of `by`, ``period``, ``kind`` (``value``, ``change``,
        ``factor``) and ``asked`` (the number given), ``before`` (without any override), ``effect``
        (of this one), ``effect_rate`` (over the size of before), ``after`` (with all), in the
        table's unit, ``moved_count`` (nodes it moves), ``until``, ``reason`` (the one given, and
        why it is not applied). Nobody's name is in it.

    Raises
    ------
    ContractError
        As `coherent_forecast`.
    MeasureError
        If no forecast keeps every bound and override.
    ParameterError
        If an argument cannot be.

    Notes
    -----
    Overrides are held together: what one does depends on what others hold still. Effects of all
    overrides add up to after less before, but for what series held at zero could not give.

    References
    ----------
    .. [1] Fildes, Goodwin, Lawrence and Nikolopoulos (2009), "Effective forecasting and judgmental
       adjustments", *International Journal of Forecasting* 25, 3-23.

    Examples
    --------
    >>> import pandas as pd
    >>> quarters = [f"{year}Q{quarter}" for year in range(2020, 2026) for quarter in range(1, 5)]
    >>> sold = pd.concat(
    ...     pd.DataFrame({"product": name, "period": quarters, "amount": 10.0})
    ...     for name in ("Atlas", "Borea")
    ... )
    >>> asked = pd.DataFrame(
    ...     [("O-1", "Atlas", "2026Q1", 4.0, "Ines", "A tender was won")],
    ...     columns=["override", "product", "period", "change", "entered_by", "reason"],
    ... )
    >>> told = overrides_effect(sold, asked, by="product", horizon=4)
    >>> told[["product", "relation", "before", "effect", "after"]].round(2).values.tolist()[:2]
    [['Atlas', 'held', 10.0, 4.0, 14.0], ['(all)', 'above', 20.0, 2.67, 22.67]]
    """
    joint = solved(
        table,
        by=by,
        value=value,
        horizon=horizon,
        levels=LEVELS[:1],
        tier=tier,
        method=method,
        temporal=temporal,
        crossed=crossed,
        overrides=overrides,
        freq=freq,
        year_start=year_start,
        begun=False,
        samples=0,
        seed=0,
    )
    rows: list[dict[str, Any]] = []
    held = 0
    for one in joint.overrides:
        if one.state == HELD:
            rows += _rows(joint, one, joint.shares[held])
            held += 1
        else:
            rows.append(_row(joint, one, one.node, "held") | {"moved_count": 0})
    keys = row_keys(
        [(row["override"], *(row[name] for name in joint.history.tree.by)) for row in rows]
    )
    columns = {"row_key": TEXT, "override": TEXT, "state": TEXT, "relation": TEXT}
    columns |= dict.fromkeys(joint.history.tree.by, TEXT)
    columns |= {"period": TEXT, "kind": TEXT, "asked": RATE, "before": MONEY, "effect": MONEY}
    columns |= {"effect_rate": RATE, "after": MONEY, "moved_count": COUNT}
    columns |= {"until": TEXT, "reason": TEXT}
    return result([row | {"row_key": key} for row, key in zip(rows, keys, strict=True)], columns)


def _rows(joint: Joint, one: Override, share: Array) -> list[dict[str, Any]]:
    """Return the rows of an override that is held: its own node, then those it moves, by size."""
    tree, start = joint.history.tree, joint.spans.start
    over = slice(max(one.span.first - start, 0), one.span.last - start + 1)
    effect = tree.whole(share[:, over].sum(1))
    before = tree.whole(joint.before[:, over].sum(1))
    after = tree.whole(joint.after[:, over].sum(1))
    moved = np.abs(effect) > _TINY * max(float(np.abs(before).max(initial=0.0)), 1.0)
    order = [node for node in np.argsort(-np.abs(effect), kind="stable").tolist() if moved[node]]
    own = set(tree.members(one.node).tolist())
    found = []
    for node in [one.node, *(node for node in order if node != one.node)]:
        known = known_part(joint.history, node, one.span)
        told: dict[str, Any] = {
            "before": float(before[node]) + known,
            "effect": float(effect[node]),
            "after": float(after[node]) + known,
            "moved_count": int(moved.sum()),
        }
        size = abs(told["before"])
        told["effect_rate"] = told["effect"] / size if size > 0 else None
        relation = _relation(own, set(tree.members(node).tolist()), node == one.node)
        found.append(_row(joint, one, node, relation) | told)
    return found


def _relation(own: set[int], other: set[int], same: bool) -> str:  # noqa: FBT001 - one fact
    if same:
        return "held"
    if own <= other:
        return "above"
    return "beneath" if other <= own else "beside"


def _row(joint: Joint, one: Override, node: int, relation: str) -> dict[str, Any]:
    """Return what is told of an override beside numbers."""
    tree = joint.history.tree
    found: dict[str, Any] = dict(zip(tree.by, tree.labels[node], strict=True))
    return found | {
        "override": one.name,
        "state": one.state,
        "relation": relation,
        "period": one.span.label,
        "kind": one.kind,
        "asked": one.asked,
        "before": None,
        "effect": None,
        "effect_rate": None,
        "after": None,
        "until": one.until,
        "reason": reasons(one.reason, _WHY.get(one.state, "")),
    }

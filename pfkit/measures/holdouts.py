"""The holdouts that would make refused features answerable, each with its power, or why none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.design_holdout import design_holdout
from pfkit.measures.rows import COUNT, NONE, RATE, TEXT, require, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution import Attribution
    from pfkit.measures.design_holdout import HoldoutDesign

_COLUMNS = {
    **dict.fromkeys(("row_key", "feature", "verdict", "state"), TEXT),
    "effect": RATE,
    "effect_by": TEXT,
    "share": RATE,
    **dict.fromkeys(("months", "customers", "holdout"), COUNT),
    **dict.fromkeys(("power", "minimal_effect"), RATE),
    "reason": TEXT,
}
_YEAR = 12
#: Verdicts that a holdout could change; what is descriptive came before billing begins.
_OPEN = ("not_identified", "too_few")


def holdouts(
    found: Attribution,
    billing: pd.DataFrame,
    releases: pd.DataFrame | None = None,
    *,
    start: str,
    effect: float = 0.05,
    months: int | Sequence[int] = 6,
    share: float | Sequence[float] = (0.1, 0.2, 0.3, 0.5),
    top: int = 4,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Propose a holdout for each feature that attribution refused, or say why none would do.

    Use it beside what was refused; `design_holdout` gives the draw itself.

    Parameters
    ----------
    found : Attribution
        What `attribution` found.
    billing : pandas.DataFrame
        ``customer``, ``period``, ``amount`` in reporting currency, as attribution read it.
    releases : pandas.DataFrame, optional
        ``feature``, ``expected_amount``: net revenue a year a feature is to add.
    start : str
        The day the holdout would begin, as 2026-08-01.
    effect : float
        What is to be seen of a feature of which nobody says what it is to add, a fraction of
        revenue.
    months : int or sequence of int
        Lengths to choose from.
    share : float or sequence of float
        Shares of customers to hold out to choose from.
    top : int
        Features a holdout is looked for, the first ones refused; the rest says so.
    seed : int
        Where chance starts.

    Returns
    -------
    pandas.DataFrame
        One row per refused feature: ``row_key, feature, verdict``, ``state`` (``proposed``,
        ``refused``), ``effect`` to be seen (a fraction of revenue) and ``effect_by`` (``expected
        amount`` or ``assumed``), ``share``, ``months``, ``customers``, ``holdout`` (how many of
        them), ``power``, ``minimal_effect`` (the least that would be seen), ``reason``.

    Raises
    ------
    ContractError, MeasureError, ParameterError
        As in `design_holdout`; if `top` is below 1.

    Notes
    -----
    The effect of a feature is its expected amount over revenue of the last twelve months. Features
    of the same effect, to the tenth of a percent, share a design: it rests on customers' own
    history, not on the feature.

    Examples
    --------
    >>> from pfkit.measures.attribution import Attribution
    >>> refused = Attribution(pd.DataFrame({"feature": ["sync"], "verdict": ["not_identified"]}))
    >>> bills = pd.DataFrame([(f"c{c:03d}", f"2026-0{k}", 100.0 + c % 9 + (c * k * 7) % 11)
    ...                       for c in range(200) for k in range(1, 7)],
    ...                      columns=["customer", "period", "amount"])
    >>> told = holdouts(refused, bills, start="2026-08-01", months=3)
    >>> told[["feature", "state", "share", "holdout"]].values.tolist()
    [['sync', 'proposed', 0.2, 40]]
    """
    if top < 1:
        raise ParameterError(f"top {top} cannot be", advice="Use 1 or more.")
    require(billing, ["customer", "period", "amount"], name="billing")
    blank = dict.fromkeys(_COLUMNS) | dict.fromkeys(
        [name for name, kind in _COLUMNS.items() if kind == TEXT], ""
    )
    rows: list[dict[str, Any]] = []
    if len(found.features):
        asked = found.features[found.features["verdict"].isin(_OPEN)]
        sizes = _expected(billing, releases)
        for one in asked.to_dict("records"):
            name = str(one["feature"])
            size = sizes.get(name)
            row = blank | {"feature": name, "verdict": str(one["verdict"])}
            row["effect"] = round(effect if size is None else size, 3)
            row["effect_by"] = "assumed" if size is None else "expected amount"
            rows.append(row)
    paid = billing[billing["customer"].notna() & (billing["customer"] != NONE)]
    paid = paid[["customer", "period", "amount"]]
    known: dict[float, HoldoutDesign] = {}
    for place, row in enumerate(rows):
        if place >= top:
            row.update(state="refused", reason=f"only the first {top} features are looked at")
            continue
        if row["effect"] not in known:
            known[row["effect"]] = design_holdout(
                paid, effect=row["effect"], start=start, months=months, share=share, seed=seed
            )
        row.update(_told(known[row["effect"]]))
    keys = row_keys([(row["feature"],) for row in rows])
    told = result([row | {"row_key": k} for row, k in zip(rows, keys, strict=True)], _COLUMNS)
    told.attrs.update(found.features.attrs)
    return told


def _expected(billing: pd.DataFrame, releases: pd.DataFrame | None) -> dict[str, float]:
    """Return what features are to add, as a fraction of revenue of the last twelve months."""
    if releases is None or billing.empty or "expected_amount" not in releases:
        return {}
    months = sorted(billing["period"].unique())[-_YEAR:]
    revenue = float(billing.loc[billing["period"].isin(months), "amount"].astype("float64").sum())
    amount = releases["expected_amount"].astype("float64") / max(revenue * _YEAR / len(months), 1.0)
    known = amount >= 0.001  # noqa: PLR2004 - a tenth of a percent
    names = releases.loc[known, "feature"].astype("str")
    return dict(zip(names, amount[known].tolist(), strict=True))


def _told(design: HoldoutDesign) -> dict[str, Any]:
    numbers = {
        "share": design.share,
        "power": design.power,
        "minimal_effect": design.minimal_effect,
    }
    return {
        "state": design.verdict,
        "months": design.months,
        "customers": design.customers,
        "holdout": design.holdout if design.verdict == "proposed" else None,
        "reason": design.reason,
    } | {name: None if pd.isna(one) else one for name, one in numbers.items()}

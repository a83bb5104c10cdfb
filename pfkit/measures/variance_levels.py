"""The levels of a textbook: static-budget variance, its two parts, and theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.flexed_budget import FIXED, VARIABLE
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    TEXT,
    favorable,
    money,
    require,
    result,
    whole_cents,
)
from pfkit.measures.statement import REVENUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_COLUMNS = {"row_key": TEXT, "role": TEXT, "level": COUNT, "part_of": TEXT, "variance": TEXT} | {
    "amount": MONEY,
    "favorable": FLAG,
}
_FLEXIBLE, _VOLUME = "flexible-budget", "sales-volume"


def variance_levels(flexed: pd.DataFrame, effects: pd.DataFrame | None = None) -> pd.DataFrame:
    r"""Add a flexed budget up to the three levels of variance of a textbook.

    Use it for the summary beside the lines of `flexed_budget`.

    Parameters
    ----------
    flexed : pandas.DataFrame
        Result of `flexed_budget`, effects on profit in reporting currency.
    effects : pandas.DataFrame, optional
        Result of `price_volume_mix` against plan: it tells price, exchange rates and new products
        apart in the revenue.

    Returns
    -------
    pandas.DataFrame
        ``row_key``, ``role`` (``total`` for level 1, ``subtotal``, ``item``), ``level`` (1 to 3),
        ``part_of`` (the row it adds up to), ``variance`` (its name), ``amount`` (effect on
        profit) and ``favorable``. Empty where `flexed` is.

    Raises
    ------
    ContractError
        If `flexed` is not the result of `flexed_budget`.

    Notes
    -----
    Level 1 is actual less static budget. Level 2: sales-volume variance (flexible less static) and
    flexible-budget variance (actual less flexible). Level 3: quantity and mix; selling price,
    exchange rates, new products and the rest of revenue; variable and fixed
    costs, and lines that hold both. Parts add
    up to what they are part of, to the cent: the rest of revenue is what remains.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7, exhibits 7-1 to 7-4.

    Examples
    --------
    >>> import pandas as pd
    >>> line = {"role": "line", "line": "Sales", "group": "gross", "behavior": "variable",
    ...     "static": 100.0, "quantity_variance": 8.0, "mix_variance": 2.0, "flexible": 110.0,
    ...     "actual": 115.0}
    >>> variance_levels(pd.DataFrame([line]))[["variance", "amount"]].values.tolist()[:3]
    [['Static-budget variance', 15.0], ['Sales-volume variance', 10.0], ['Sales quantity', 8.0]]
    """
    needed = ["role", "group", "behavior", "static", "quantity_variance", "mix_variance", "actual"]
    require(flexed, needed, name="flexed")
    lines = flexed[flexed["role"] == "line"]
    if lines.empty:
        return result([], _COLUMNS)
    cents = {
        name: whole_cents(lines[name].astype("float64"), name="flexed")
        for name in ("static", "quantity_variance", "mix_variance", "actual")
    }
    quantity, mix = int(cents["quantity_variance"].sum()), int(cents["mix_variance"].sum())
    volume = quantity + mix
    gap = cents["actual"] - cents["static"] - cents["quantity_variance"] - cents["mix_variance"]
    earned = lines["group"].isin(REVENUE)
    revenue = _revenue(int(gap[earned].sum()), effects)
    kinds = {VARIABLE: "Variable cost", FIXED: "Fixed cost"}
    named = lines["behavior"].map(lambda behavior: kinds.get(str(behavior), "Mixed cost"))
    spent = {
        kind: int(gap[~earned & (named == kind)].sum())
        for kind in (*kinds.values(), "Mixed cost")
        if (~earned & (named == kind)).any()
    }
    flexible = int(gap.sum())
    rows = [
        _row("total", 1, "", "Static-budget variance", volume + flexible),
        _row("subtotal", 2, "static-budget", "Sales-volume variance", volume),
        _row("item", 3, _VOLUME, "Sales quantity", quantity),
        _row("item", 3, _VOLUME, "Sales mix", mix),
        _row("subtotal", 2, "static-budget", "Flexible-budget variance", flexible),
    ]
    rows += [_row("item", 3, _FLEXIBLE, name, amount) for name, amount in (revenue | spent).items()]
    return result(rows, _COLUMNS)


def _revenue(gap: int, effects: pd.DataFrame | None) -> dict[str, int]:
    """Return the parts of what revenue is off its flexed budget; the last is what remains."""
    if effects is None or effects.empty:
        return {"Revenue at actual volume": gap}
    require(effects, ["role", "price", "joint", "fx", "new"], name="effects")
    total = effects[effects["role"] == "total"]
    parts = {
        name: int(sum(whole_cents(total[column], name="effects").iloc[0] for column in columns))
        for name, columns in (
            ("Selling price", ("price", "joint")),
            ("Exchange rates", ("fx",)),
            ("New products", ("new",)),
        )
    }
    return {
        **{name: amount for name, amount in parts.items() if amount},
        "Returns and other revenue": gap - sum(parts.values()),
    }


def _row(role: str, level: int, part_of: str, name: str, cents: int) -> Mapping[str, Any]:
    key = name.lower().removesuffix(" variance").replace(" ", "-")
    return {
        "row_key": key,
        "role": role,
        "level": level,
        "part_of": part_of,
        "variance": name,
        "amount": money(cents),
        "favorable": favorable(cents, when="higher"),
    }

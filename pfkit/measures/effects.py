"""From base to actual by effect: the walk of a price-volume-mix result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.bridge import STEPS
from pfkit.measures.rows import favorable, money, require, result, whole_cents
from pfkit.measures.split import EFFECTS

if TYPE_CHECKING:
    import pandas as pd

#: What a reader calls an effect.
EFFECT_NAMES = {
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "joint": "Volume × price",
    "new": "New products",
    "lost": "Lost products",
    "fx": "Exchange rates",
    "returns": "Returns",
    "not_split": "Not split",
}


def effects(found: pd.DataFrame, *, of: str = "total") -> pd.DataFrame:
    r"""Walk a row of a price-volume-mix result from base to actual, one signed step per effect.

    Use it for the bridge of the whole or of one family; `driver` names the effect that explains it.

    Parameters
    ----------
    found : pandas.DataFrame
        Result of `price_volume_mix`, in reporting currency.
    of : str
        ``row_key`` of the row to walk.

    Returns
    -------
    pandas.DataFrame
        The columns of `bridge`, one row each for the base, every effect that is not zero (volume,
        mix, price, joint term, new, lost, exchange rates, returns, not split, in this order) and
        the actual; ``count`` is the number of items an effect is found in, ``share`` its fraction
        of the whole change. ``reason`` says why something is not split; that step has the role
        ``other``, for it is no driver. Empty where `found` is.

    Raises
    ------
    ContractError
        If `found` is not the result of `price_volume_mix`.
    MeasureError
        If it has no row `of`.

    Notes
    -----
    Start and steps add up to the end to the cent, as the row's effects do.

    References
    ----------
    .. [1] *IBCS Standards* 1.2 (waterfalls: signed steps that add up).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.measures.price_volume_mix import price_volume_mix
    >>> base = pd.DataFrame({"product": ["A"], "quantity": [10], "amount": [40.0]})
    >>> actual = pd.DataFrame({"product": ["A"], "quantity": [12], "amount": [36.0]})
    >>> steps = effects(price_volume_mix(base, actual, against="plan"))
    >>> steps[["step", "amount"]].values.tolist()
    [['plan', 40.0], ['Volume', 8.0], ['Price', -12.0], ['actual', 36.0]]
    """
    require(
        found,
        ["row_key", "role", "base", "actual", *EFFECTS, "favorable_when", "against"],
        name="found",
    )
    if found.empty:
        return result([], STEPS)
    keys = [str(key) for key in found["row_key"]]
    if of not in keys:
        raise MeasureError(
            f"there is no row {of!r}",
            where="effects",
            advice=near_miss(of, keys, noun="row"),
        )
    row = found.iloc[[keys.index(of)]]
    cents = {name: int(whole_cents(row[name], name="found").iloc[0]) for name in EFFECTS}
    start, end = (int(whole_cents(row[name], name="found").iloc[0]) for name in ("base", "actual"))
    items, when = _items(found, of, row), str(row["favorable_when"].iloc[0])
    reached = start
    rows = [_end("start", str(row["against"].iloc[0]), start, len(items))]
    for name, amount in cents.items():
        if not amount:
            continue
        reached += amount
        rows.append(
            {"row_key": name, "step": EFFECT_NAMES[name], "status": ""}
            | {"role": "other" if name == "not_split" else "step"}
            | {"count": int((items[name].fillna(0) != 0).sum())}
            | {"amount": money(amount), "cumulative": money(reached)}
            | {"share": amount / (end - start) if end != start else None}
            | {"favorable": favorable(amount, when=when)}
            | {"reason": str(row["reason"].iloc[0]) if name == "not_split" else ""}
        )
    return result([*rows, _end("end", "actual", end, len(items))], STEPS)


def _items(found: pd.DataFrame, of: str, row: pd.DataFrame) -> pd.DataFrame:
    """Return the items under a row."""
    items = found[found["role"] == "item"]
    if of == "total" or row["role"].iloc[0] == "item":
        return items if of == "total" else row
    names = [str(name) for name in found.columns[2 : list(found.columns).index("label")]]
    for name in names:
        if row[name].iloc[0] != "":
            items = items[items[name] == row[name].iloc[0]]
    return items


def _end(key: str, name: str, cents: int, count: int) -> dict[str, Any]:
    none = {"status": "", "share": None, "favorable": None, "reason": ""}
    money_ = {"amount": money(cents), "cumulative": money(cents)}
    return {"row_key": key, "step": name, "role": key, "count": count} | none | money_

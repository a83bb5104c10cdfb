"""What every exhibit of a price-volume-mix says: names of effects, conventions, reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.effects import EFFECT_NAMES
from pfkit.present.setting import PLAN, PREVIOUS, PRIOR, Reference

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.present import look

_REFERENCES = {item.column: item for item in (PLAN, PRIOR, PREVIOUS)}
_RATES = {
    "plan": "budget rates",
    "prior_year": "the rates of a year before",
    "previous": "the rates of the period before",
}
_PRICES = {
    "plan": "planned prices",
    "prior_year": "prior-year prices",
    "previous": "prices of the period before",
}
_JOINT = {
    "price": "stands with the price",
    "mix": "stands with the mix",
    "apart": "stands apart",
}
_SPOKEN = {"not_split": "what cannot be split", "joint": "volume times price"}
_MOST = 3


def reference(result: pd.DataFrame) -> Reference:
    """Return what a result is compared with."""
    name = str(result["against"].iloc[0])
    return _REFERENCES.get(name, Reference(name, name, name, name))


def spoken(effect: str) -> str:
    """Return an effect's name inside a sentence.

    Examples
    --------
    >>> spoken("fx"), spoken("not_split")
    ('exchange rates', 'what cannot be split')
    """
    return _SPOKEN.get(effect, EFFECT_NAMES[effect].lower())


def notes(result: pd.DataFrame, scale: look.Scale) -> list[str]:
    """Return the conventions of a result, and why something is not split, with its amount."""
    base = reference(result)
    first = result.iloc[0]
    prices = _PRICES.get(base.column, f"prices of {base.words}")
    convention = (
        f"Volume and mix at {prices}, price at actual volume; the joint term of price and volume "
        f"{_JOINT[str(first['joint_to'])]}. Mix: {first['level']}."
    )
    told = [convention]
    total = result.iloc[-1]
    if total["fx"]:
        rates = _RATES.get(base.column, f"the rates of {base.words}")
        told.append(f"Exchange rates: actual local amounts, at actual rates less at {rates}.")
    if (result[["new", "lost"]] != 0).any(axis=None):
        told.append(f"New: products or lines with no sales in {base.words}; lost: with none now.")
    known = dict(result.attrs.get("not_split", {}))
    parts = [part for part in str(total["reason"]).split("; ") if part]
    parts.sort(key=lambda part: -abs(known.get(part, 0.0)))
    small = [part for part in parts if part in known and scale.zero(known[part])]
    parts = [part for part in parts if part not in small] or parts
    reasons = [_sized(part, known.get(part), scale) for part in parts]
    if reasons:
        more = f" and {len(reasons) - _MOST} more" if len(reasons) > _MOST else ""
        told.append(f"Not split: {'; '.join(reasons[:_MOST])}{more}.")
    return told


def _sized(reason: str, amount: float | None, scale: look.Scale) -> str:
    """Say what a reason comes to, where it is known."""
    return reason if not amount else f"{reason} {scale.delta(amount)}"


def absent(result: pd.DataFrame) -> str:
    """Return the line that stands where nothing can be split."""
    why = str(result.attrs.get("reason", "")) or "no sales with quantities in the input"
    return f"Net revenue is not split into price, volume and mix: {why}."

"""The tables of an explained series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, result, row_keys
from pfkit.measures.structural.sarimax import NAME as SARIMAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.structural.choice import Choice
    from pfkit.measures.structural.contributions import Contributions
    from pfkit.measures.structural.subject import Finding, Subject

_SUMMARY = dict.fromkeys(
    ("row_key", "series", "model", "form", "scale", "why", "fallback"), TEXT
) | dict.fromkeys(("n", "missing", "freedom"), COUNT)
_COEFFICIENTS = (
    dict.fromkeys(("row_key", "name", "kind", "enters"), TEXT)
    | dict.fromkeys(("coefficient", "error", "low", "high", "level", "p"), RATE)
    | dict.fromkeys(("effect_rate", "effect_low_rate", "effect_high_rate", "reference"), RATE)
    | {"meaning": TEXT}
)
_CAUSES = (
    dict.fromkeys(("row_key", "role", "label", "kind"), TEXT)
    | dict.fromkeys(("before", "after", "change", "low", "high", "level"), MONEY)
    | dict.fromkeys(("before_span", "after_span", "reason"), TEXT)
)
_DIAGNOSTICS = dict.fromkeys(("row_key", "check", "state", "text"), TEXT) | dict.fromkeys(
    ("statistic", "p"), RATE
)
_FORECAST = {"row_key": TEXT, "step": COUNT, "period": TEXT} | dict.fromkeys(
    ("mean", "low", "high", "level"), MONEY
)
#: A part whose change is surer than this share of the series' spread does not move by chance.
_STILL = 1e-6
#: Parts of a decomposition that are no cause.
PARTS = ("trend", "season", "rest")


def summary_table(series: Subject, chosen: Choice) -> pd.DataFrame:
    """Return the row that says which model it is, and why."""
    known = int(series.known.sum())
    row = {
        "row_key": row_keys([(series.name,)])[0],
        "series": series.name,
        "model": chosen.fitted.model,
        "form": chosen.fitted.told,
        "scale": chosen.scale,
        "why": chosen.why,
        "fallback": chosen.fallback,
        "n": known,
        "missing": len(series.values) - known,
        "freedom": chosen.fitted.parts.freedom,
    }
    return result([row], _SUMMARY)


def decomposition_table(series: Subject, chosen: Choice, parts: Contributions) -> pd.DataFrame:
    """Return the parts of every period."""
    periods = series.labels()
    columns: dict[str, Any] = {
        "row_key": row_keys([(period,) for period in periods]),
        "period": periods,
        "actual": numbers(series.values),
        "trend": numbers(parts.trend),
        "season": numbers(parts.season),
    }
    for place, name in enumerate(chosen.causes.names):
        columns[name] = numbers(parts.causes[:, place])
    columns["rest"] = numbers(parts.rest)
    columns["reason"] = np.where(series.known, "", "there is no actual")
    return pd.DataFrame(columns).astype(dict.fromkeys(("row_key", "period", "reason"), TEXT))


def coefficients_table(chosen: Choice, level: float) -> pd.DataFrame:
    """Return the coefficients with their intervals."""
    fitted, causes = chosen.fitted, chosen.causes
    if not causes.names:
        return result([], _COEFFICIENTS)
    held = fitted.coefficients
    betas, errors, chance = held.mean, held.error, held.chance()
    lows, highs = held.interval(level)
    rows = []
    for k, (key, name) in enumerate(
        zip(row_keys([(name,) for name in causes.names]), causes.names, strict=True)
    ):
        beta, low, high = betas[k], lows[k], highs[k]
        shares = chosen.log and not causes.logged[k]
        rows.append(
            {
                "row_key": key,
                "name": name,
                "kind": causes.kinds[k],
                "enters": causes.enters[k],
                "coefficient": float(beta),
                "error": float(errors[k]),
                "low": float(low),
                "high": float(high),
                "level": level,
                "p": float(chance[k]),
                "effect_rate": float(np.expm1(beta)) if shares else None,
                "effect_low_rate": float(np.expm1(low)) if shares else None,
                "effect_high_rate": float(np.expm1(high)) if shares else None,
                "reference": None if np.isnan(causes.reference[k]) else float(causes.reference[k]),
                "meaning": _meaning(causes.kinds[k], log=chosen.log, logged=causes.logged[k]),
            }
        )
    return result(rows, _COEFFICIENTS)


def _meaning(kind: str, *, log: bool, logged: bool) -> str:
    if logged:
        return "elasticity: percent of the series per percent of the driver"
    per = {"driver": "per unit of the driver", "ramp": "per unit of the ramp"}.get(
        kind, "while in force"
    )
    return f"change of the series' logarithm {per}" if log else f"change of the series {per}"


def causes_table(
    series: Subject, chosen: Choice, parts: Contributions, level: float
) -> pd.DataFrame:
    """Return what changed from one stretch of the series to the next, part by part."""
    length = len(series.values)
    span = min(series.season, length // 2)
    periods = series.labels()
    after = np.arange(length) >= length - span
    before = ~after & (np.arange(length) >= length - 2 * span)
    gone = int((~series.known[length - 2 * span :]).sum())
    why = f"{gone} {series.unit} without a value are left out" if gone else ""
    same = {
        "level": level,
        "before_span": f"{periods[length - 2 * span]} to {periods[length - span - 1]}",
        "after_span": f"{periods[length - span]} to {periods[-1]}",
        "reason": why,
    }
    rows = []
    for name in PARTS:
        row = _change(name, name, getattr(parts, name), before, after) | same
        low, high = _about(chosen, parts, name, after.astype(float) - before, level=level)
        ends = {"low": row["change"] + low, "high": row["change"] + high} if high > low else {}
        rows.append(row | ends)
    lows, highs = chosen.fitted.coefficients.interval(level)
    for k, name in enumerate(chosen.causes.names):
        row = _change(name, chosen.causes.kinds[k], parts.causes[:, k], before, after)
        unit = parts.weights * chosen.causes.past[:, k]
        moved = float(np.nansum(unit[after]) - np.nansum(unit[before]))
        low, high = sorted((float(lows[k]) * moved, float(highs[k]) * moved))
        rows.append(row | same | {"low": low, "high": high})
    rows.sort(key=lambda row: (-abs(row["change"]), row["label"]))
    keys = row_keys([(row["label"],) for row in rows], reserved=["total"])
    rows = [row | {"row_key": key} for row, key in zip(rows, keys, strict=True)]
    total = _change("Total", "total", series.values, before, after)
    rows.append(total | same | {"row_key": "total", "role": "total"})
    return result(rows, _CAUSES)


def _change(label: str, kind: str, amounts: Array, before: Flags, after: Flags) -> dict[str, Any]:
    was, now = float(np.nansum(amounts[before])), float(np.nansum(amounts[after]))
    return {
        "role": "item",
        "label": label,
        "kind": kind,
        "before": was,
        "after": now,
        "change": now - was,
        "low": None,
        "high": None,
    }


def _about(
    chosen: Choice, parts: Contributions, name: str, sign: Array, *, level: float
) -> tuple[float, float]:
    """Return how far a change of trend or season may lie below and above; zeros if not by chance.

    The trend of errors that remember is no state, and the rest is what is left: neither has any.
    """
    if name == "rest" or (name == "trend" and chosen.fitted.model == SARIMAX):
        return 0.0, 0.0
    # on the log scale a small move of the trend's logarithm is worth the trend itself
    worth = parts.trend if chosen.log and name == "trend" else parts.weights
    held = chosen.fitted.parts.change(name, np.nan_to_num(sign * worth))
    if (
        float(held.error[0])
        <= _STILL * float(np.nansum(np.abs(worth))) * chosen.fitted.parts.spread
    ):
        return 0.0, 0.0
    low, high = held.interval(level)
    return float(low[0] - held.mean[0]), float(high[0] - held.mean[0])


def diagnostics_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return what the checks found, the ones to worry about first."""
    order = sorted(findings, key=lambda one: one.state != "amber")
    keys = row_keys([(one.check, str(n)) for n, one in enumerate(order)])
    rows = [
        one._asdict() | {"row_key": key, "statistic": _none(one.statistic), "p": _none(one.p)}
        for key, one in zip(keys, order, strict=True)
    ]
    return result(rows, _DIAGNOSTICS)


def ahead_table(series: Subject, chosen: Choice, level: float) -> pd.DataFrame:
    """Return what the model expects ahead."""
    fitted = chosen.fitted
    held = fitted.ahead
    steps = held.centers.shape[1]
    if not steps:
        return result([], _FORECAST)
    mean, (low, high) = held.mean, held.interval(level)
    if chosen.log:
        mean = held.weights @ np.exp(held.centers + held.errors**2 / 2)
        low, high = np.exp(low), np.exp(high)
    periods = series.labels(ahead=steps)
    frame = pd.DataFrame(
        {
            "row_key": row_keys([(period,) for period in periods]),
            "step": np.arange(1, steps + 1),
            "period": periods,
            "mean": mean,
            "low": low,
            "high": high,
            "level": level,
        }
    )
    return frame.astype(_FORECAST)


def numbers(values: Array) -> Any:  # noqa: ANN401 - an array of pandas
    """Return numbers as a column with NA where there is none."""
    return pd.Series(values).astype("Float64").mask(np.isnan(values)).array


def _none(value: float) -> float | None:
    return None if np.isnan(value) else value

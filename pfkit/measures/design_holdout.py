"""A holdout that would make a feature's effect provable: how many customers, how long, and who."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.fleet.periods import read_period
from pfkit.measures.holdout_draw import dealt, given_to
from pfkit.measures.holdout_trial import courses, power_of, standing
from pfkit.measures.rows import COUNT, FLAG, RATE, TEXT, require, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

_TABLE = "history"
_OPTIONS = {
    "row_key": TEXT,
    "months": COUNT,
    "share": RATE,
    **dict.fromkeys(("customers", "holdout"), COUNT),
    **dict.fromkeys(("minimal_effect", "power", "variance_rate", "churn_rate"), RATE),
    "enough": FLAG,
    "reason": TEXT,
}
#: Units an arm needs, months before that are compared with at most.
_FEWEST, _MOST_BEFORE = 30, 12
_HALF, _YEAR = 0.5, 12


@dataclass(frozen=True)
class HoldoutDesign:
    """A holdout as it would be drawn, or why none would do.

    Parameters
    ----------
    verdict : str
        ``proposed`` or ``refused``.
    reason : str
        Why it is refused.
    share, months, customers, holdout : float, int, int, int
        The share held out, for how long, of how many customers, and how many that is.
    effect, minimal_effect : float
        What is to be seen, and the least that would be with the power asked; fractions of revenue.
    power : float
        How often the effect would be told from nothing, from experiments on the customers' past.
    options : pandas.DataFrame
        Every share and length looked at: ``row_key``, ``months``, ``share``, ``customers``,
        ``holdout``, ``minimal_effect``, ``power`` (by formula), ``variance_rate`` (cut by what is
        known before), ``churn_rate`` (of customers, over the months), ``enough``, ``reason``.
    rollout : pandas.DataFrame
        In the form of table ``rollout``: ``feature``, ``customer``, ``how``, ``wave``,
        ``available_from`` (NA for the holdout), ``known_on``; no rows where refused.
    """

    verdict: str
    reason: str
    share: float
    months: int
    customers: int
    holdout: int
    effect: float
    minimal_effect: float
    power: float
    options: pd.DataFrame
    rollout: pd.DataFrame


@dataclass(frozen=True)
class _Past:
    """What units brought before and after a day in the past, and how they stood on it."""

    units: list[Any]
    before: Array
    after: Array
    left: Array
    stands: Array

    @property
    def spreads(self) -> tuple[float, float]:
        """Standard deviation of what came after, plain and given what came before."""
        plain = float(self.after.std(ddof=1))
        apart = self.before - self.before.mean()
        moved = float(apart @ apart)
        slope = float(apart @ self.after) / moved if moved > 0 else 0.0
        rest = self.after - self.after.mean() - slope * apart
        return plain, float(np.sqrt((rest @ rest) / max(len(rest) - 2, 1)))


def design_holdout(
    history: pd.DataFrame,
    *,
    effect: float,
    start: str,
    feature: str = "feature",
    months: int | Sequence[int] = (3, 6, 12),
    share: float | Sequence[float] = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50),
    level: float = 0.90,
    power: float = 0.80,
    waves: int = 1,
    cluster: str | None = None,
    drawn_on: str | None = None,
    seed: int = 0,
) -> HoldoutDesign:
    r"""Propose whom to hold out, and how long, so that a feature's effect can be told.

    Use it for a feature that `attribution` refused; declare what it returns as table ``rollout``
    and measure afterwards with `randomized_effect`, revenue of the months before as ``before``.

    Parameters
    ----------
    history : pandas.DataFrame
        ``customer``, ``period`` (months), ``amount``: revenue of each customer; several rows of a
        month are added up, a month without a row brought nothing.
    effect : float
        What is to be seen: a fraction of the revenue of customers who have the feature.
    start : str
        The day the first wave gets it, as 2026-07-01.
    feature : str
        Its name, as in table ``releases``.
    months : int or sequence of int
        Lengths to choose from.
    share : float or sequence of float
        Shares of customers to hold out to choose from, at most one half.
    level : float
        Of the interval that is not to hold zero.
    power : float
        How often the effect is to be told from nothing.
    waves : int
        Waves of one month each that the others get it in; months count from the last.
    cluster : str, optional
        Column with what must be drawn together, such as the parent of a customer.
    drawn_on : str, optional
        The day of the draw; without it `start`.
    seed : int
        Of the draw, and of the experiments on the past.

    Returns
    -------
    HoldoutDesign
        The one that holds back the fewest customers for the fewest months, and whom; or the reason
        why no share and length given would do.

    Raises
    ------
    ContractError
        If a column is missing, a period is no month, or a customer is in two clusters.
    MeasureError
        If an amount is missing or not finite.
    ParameterError
        If `effect`, `share`, `months`, `level`, `power`, `waves` or a day cannot be.

    Notes
    -----
    The latest months stand for those to come: customers with revenue in the months before them (as
    many, 12 at most), so that who left counts with nothing. With :math:`s^2` the variance left
    after a regression on revenue before,
    :math:`se^2(e) = s^2 (1 / n_h + (1 + e)^2 / (n - n_h))`, and the minimal effect :math:`e` solves
    :math:`e \bar y = (z_{(1 + level)/2} + z_{power}) \, se(e)`. A formula trusts the normal curve,
    which few large customers break; so a share that is enough by it is tried out on futures of the
    customers of now, 200 of them and 40 draws in each (fewer futures above 5,000 customers). In a
    future each takes the course that one who stood alike took somewhere in the past: as many months
    paid, the last or not, and a like place in size. The effect is put on those who have the
    feature, and the test is that of `randomized_effect`, with what chance alone gives in that
    future as its bound. The share is taken only if the power holds. Draws are stratified by revenue
    before.

    References
    ----------
    .. [1] Deng, Xu, Kohavi and Walker (2013), "Improving the sensitivity of online controlled
       experiments by utilizing pre-experiment data", *WSDM*, 123-132.
    .. [2] Imbens and Rubin (2015), *Causal Inference for Statistics, Social, and Biomedical
       Sciences*, chs. 6, 7 and 9 (power, regression, strata).

    Examples
    --------
    >>> from pfkit.measures.fleet.periods import period_label
    >>> bills = pd.DataFrame(
    ...     [(f"c{c:03d}", period_label(12, 24300 + k), 100.0 + c % 9 + (c * k * 7) % 11)
    ...      for c in range(200) for k in range(12)], columns=["customer", "period", "amount"])
    >>> design = design_holdout(bills, effect=0.05, start="2026-07-01", months=3)
    >>> design.verdict, design.share, design.holdout, len(design.rollout)
    ('proposed', 0.15, 30, 200)
    """
    lengths = [months] if isinstance(months, int) else sorted(set(months))
    shares = [share] if isinstance(share, float) else sorted(set(share))
    _checked(effect, lengths, shares, (level, power), waves)
    first, drawn = (_day(one) for one in (start, drawn_on or start))
    grid, members = _read(history, cluster)
    values = grid.to_numpy(dtype="float64")
    rows: list[dict[str, Any]] = []
    drawn_from: dict[int, _Past] = {}
    for length in lengths:
        past = _past(grid, length)
        drawn_from[length] = _recent(grid, length)
        count = len(drawn_from[length].units)
        rows += [_option(past, (length, count), one, effect, (level, power)) for one in shares]
    keys = row_keys([(f"{row['months']} months", f"{row['share']:.4g}") for row in rows])
    options = result([row | {"row_key": k} for row, k in zip(rows, keys, strict=True)], _OPTIONS)
    dice = np.random.default_rng(seed)
    reached = 0.0
    for row in sorted(
        (row for row in rows if row["enough"]), key=lambda row: row["holdout"] * row["months"]
    ):
        recent = drawn_from[row["months"]]
        reached = power_of(
            recent.before,
            recent.stands,
            courses(values, row["months"], _window(row["months"])),
            partial(given_to, recent.before, row["share"]),
            effect=effect,
            level=level,
            dice=dice,
        )
        if reached >= power:
            chosen = dealt(recent.before, row["share"], np.random.default_rng(seed), waves)
            names = ["holdout", *(f"wave {k + 1}" for k in range(waves))]
            told = _rollout(recent.units, chosen, names, members, (feature, first, drawn))
            return HoldoutDesign(
                "proposed",
                "",
                row["share"],
                row["months"],
                len(told),
                int((told["wave"] == names[0]).sum()),
                effect,
                row["minimal_effect"],
                reached,
                options,
                told,
            )
    return _refused(rows, effect, power, reached, options)


def _checked(
    effect: float,
    lengths: list[int],
    shares: list[float],
    levels: tuple[float, float],
    waves: int,
) -> None:
    wrong = {
        f"effect {effect!r}": not (math.isfinite(effect) and effect > 0),
        f"months {lengths!r}": not lengths or lengths[0] < 1,
        f"share {shares!r}": not shares or not 0 < shares[0] <= shares[-1] <= _HALF,
        f"level and power {levels!r}": not all(0 < one < 1 for one in levels),
        f"waves {waves!r}": waves < 1,
    }
    bad = [name for name, is_so in wrong.items() if is_so]
    if bad:
        raise ParameterError(
            f"{bad[0]} cannot be",
            advice="Use an effect such as 0.05, 1 month or more, shares up to 0.5, 1 wave or more.",
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(f"{text!r} is no day", advice="Write it as 2026-07-01.") from error


def _read(history: pd.DataFrame, cluster: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return revenue by unit and month, and the customers of each unit."""
    unit = cluster or "customer"
    require(history, ["customer", "period", "amount", unit], name=_TABLE)
    amounts = history["amount"].to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(amounts)
    if bad.any():
        raise MeasureError(
            f"amount is missing or not finite in {int(bad.sum())} of {len(bad)} rows",
            where=f"{_TABLE}, row {int(bad.argmax())}",
            advice="Give 0 where a customer brought nothing.",
        )
    codes, known = pd.factorize(history["period"].astype("str"))
    read = [read_period(str(one)) for one in known]
    for place, one in enumerate(read):
        if one is None or one[0] != _YEAR:
            raise ContractError(
                f"period {str(known[place])!r} is no month",
                where=f"{_TABLE}, row {int((codes == place).argmax())}",
                advice="Give months as 2026-06.",
            )
    numbers = np.array([one[1] for one in read if one is not None], dtype=np.int64)[codes]
    members = history[list(dict.fromkeys([unit, "customer"]))].drop_duplicates()
    again = members["customer"].duplicated()
    if again.any():
        raise ContractError(
            f"customer {members.loc[again, 'customer'].iloc[0]!r} is in two clusters",
            where=_TABLE,
            advice=f"Give each customer one {unit}.",
        )
    rows = pd.DataFrame({"unit": history[unit], "at": numbers, "amount": amounts})
    grid = rows.pivot_table(index="unit", columns="at", values="amount", aggfunc="sum")
    last = int(numbers.max()) if len(numbers) else 0
    at = np.arange(int(numbers.min()) if len(numbers) else 0, last + 1)
    grid = grid.reindex(columns=at).fillna(0.0)
    return grid, pd.DataFrame({"unit": members[unit], "customer": members["customer"]})


def _window(months: int) -> int:
    return min(months, _MOST_BEFORE)


def _past(grid: pd.DataFrame, months: int) -> _Past | None:
    """Return the latest months as if they were the experiment's; None where history is short."""
    before = _window(months)
    if grid.shape[1] < months + before:
        return None
    values = grid.to_numpy(dtype="float64")
    ahead = values[:, -months - before : -months]
    kept = np.flatnonzero((ahead > 0).any(axis=1))
    after = values[kept, -months:]
    return _Past(
        grid.index[kept].tolist(),
        ahead[kept].sum(1),
        after.sum(1),
        np.asarray((after <= 0).all(axis=1), dtype=np.float64),
        standing(ahead[kept]),
    )


def _recent(grid: pd.DataFrame, months: int) -> _Past:
    """Return whom to draw from: customers with revenue in the latest months."""
    values = grid.to_numpy(dtype="float64")[:, -_window(months) :]
    kept = np.flatnonzero((values > 0).any(axis=1))
    sums, none = values[kept].sum(1), np.zeros(len(kept))
    return _Past(grid.index[kept].tolist(), sums, none, none, standing(values[kept]))


def _option(
    past: _Past | None,
    size: tuple[int, int],
    share: float,
    effect: float,
    levels: tuple[float, float],
) -> dict[str, Any]:
    """Return one share and length, with the least effect it would show."""
    months, count = size
    row: dict[str, Any] = dict.fromkeys(_OPTIONS) | {"months": months, "share": share}
    row |= {"enough": False, "reason": ""}
    if past is None:
        need = months + _window(months)
        return row | {"reason": f"history of fewer than {need} months says nothing of {months}"}
    held = round(share * count)
    others = count - held
    row |= {"customers": count, "holdout": held}
    if min(held, others, len(past.units)) < _FEWEST:
        return row | {"reason": f"{held} held out of {count} are fewer than {_FEWEST} in an arm"}
    mean = float(past.after.mean())
    if mean <= 0:
        return row | {"reason": "the latest months brought no revenue"}
    plain, spread = past.spreads
    level, power = levels
    sure = float(norm.ppf(0.5 + level / 2))
    error = spread / mean * math.sqrt(1 / held + (1 + effect) ** 2 / others)
    found = float(norm.sf(sure - effect / error) + norm.cdf(-sure - effect / error))
    least = _least((sure + float(norm.ppf(power))) * spread / mean, held, others)
    return row | {
        "minimal_effect": least,
        "power": found,
        "variance_rate": 1 - (spread / plain) ** 2 if plain > 0 else 0.0,
        "churn_rate": float(past.left.mean()),
        "enough": found >= power,
        "reason": "" if least is not None else "no effect, however large, would be told",
    }


def _least(needed: float, held: int, others: int) -> float | None:
    """Return the effect that is `needed` times its own error; None where none ever is."""
    share = needed**2 / others
    if share >= 1:
        return None
    inside = share**2 + (1 - share) * (needed**2 / held + share)
    return (share + math.sqrt(inside)) / (1 - share)


def _rollout(
    units: list[Any],
    chosen: Counts,
    names: list[str],
    members: pd.DataFrame,
    told: tuple[str, date, date],
) -> pd.DataFrame:
    """Return the draw in the form of table ``rollout``."""
    feature, first, drawn = told
    days = [pd.NaT, *(pd.Timestamp(first) + pd.DateOffset(months=k) for k in range(len(names) - 1))]
    place = pd.Series(chosen, index=pd.Index(units))
    kept = members[members["unit"].isin(place.index)].sort_values("customer", ignore_index=True)
    wave = place.loc[kept["unit"]].to_numpy()
    return pd.DataFrame(
        {
            "feature": feature,
            "customer": kept["customer"],
            "how": "randomized",
            "wave": np.array(names, dtype="object")[wave],
            "available_from": pd.to_datetime(pd.Series(days))[wave].to_numpy(),
            "known_on": pd.Timestamp(drawn),
        }
    )


def _refused(
    rows: list[dict[str, Any]], effect: float, power: float, reached: float, options: pd.DataFrame
) -> HoldoutDesign:
    """Return why no share and length would do, with the best that could be had."""
    known = [row for row in rows if row["minimal_effect"] is not None]
    best = min(known, key=lambda row: row["minimal_effect"]) if known else rows[-1]
    if not known:
        why = "; ".join(dict.fromkeys(row["reason"] for row in rows))
    elif reached:
        why = (
            f"a few large customers sway it: enough by formula, but {reached:.0%} instead of "
            f"{power:.0%} in experiments on the past"
        )
    else:
        why = (
            f"no size reaches a power of {power:.0%} for an effect of {effect:.1%}: the least that "
            f"can be seen is {best['minimal_effect']:.1%}, with {best['holdout']:,} of "
            f"{best['customers']:,} held out for {best['months']} months"
        )
    none = _rollout(
        [],
        np.zeros(0, dtype=np.int64),
        ["holdout", "wave 1"],
        pd.DataFrame({"unit": [], "customer": []}),
        ("", date(2000, 1, 1), date(2000, 1, 1)),
    )
    nothing = float("nan")
    return HoldoutDesign(
        "refused",
        why,
        nothing,
        best["months"],
        best["customers"] or 0,
        0,
        effect,
        nothing if best["minimal_effect"] is None else best["minimal_effect"],
        reached or (best["power"] if best["power"] is not None else nothing),
        options,
        none,
    )

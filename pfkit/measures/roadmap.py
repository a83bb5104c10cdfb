"""What the roadmap is expected to add, after what came of earlier promises, beside the outlook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.rows import (
    MONEY,
    NONE,
    RATE,
    TEXT,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.track_record import (
    LAUNCHED,
    Hits,
    come_of,
    hits_of,
    months_apart,
    pairs_of,
    slips_of,
)

if TYPE_CHECKING:
    from pfkit.measures.attribution import Attribution
    from pfkit.measures.medians import Array
    from pfkit.period import Period

_PLANNED = ("item", "kind", "initiative", "planned", "expected", "amount", "probability")
_ITEMS = {
    **dict.fromkeys(("row_key", "item", "kind", "initiative", "planned", "expected"), TEXT),
    "probability": RATE,
    **dict.fromkeys(("amount", "promised", "likely", "low", "high"), MONEY),
    "reason": TEXT,
}
_PROMISES = {
    **dict.fromkeys(("row_key", "item", "kind", "initiative", "came", "source"), TEXT),
    **dict.fromkeys(("promised", "realized"), MONEY),
    "realized_share": RATE,
    "reason": TEXT,
}
_MONTHS = {
    **dict.fromkeys(("row_key", "period"), TEXT),
    **dict.fromkeys(("outlook", "outlook_low", "outlook_high", "promised"), MONEY),
    **dict.fromkeys(("likely", "low", "high", "usual", "beyond", "together"), MONEY),
}
_YEAR, _FEWEST, _FEW_SLIPS = 12, 5, 3


@dataclass(frozen=True)
class Roadmap:
    """What planned releases are expected to add, and what is known of promises before.

    Parameters
    ----------
    verdict, reason : str
        ``projected`` or ``refused``, and why; a projection without haircut says why, too.
    hit_rate, hit_low, hit_high : float
        What came of a promise, a fraction, with its interval; NaN where too few are known.
    hit_count, slip_count : int
        Promises, and releases with a plan before, that this rests on.
    slip_months : float
        Months that releases came after their first plan, on average; NaN where too few are known.
    come_rate : float
        Share of planned releases that came at all; NaN where too few are known.
    level : float
        Of the intervals.
    usual_known : bool
        Whether it is known what releases of the months before were promised to add.
    items : pandas.DataFrame
        What is planned: ``row_key, item, kind, initiative, planned, expected`` (months),
        ``probability``, ``amount`` (a year, as stated), and to the end of the horizon ``promised``
        (as stated), ``likely`` with ``low`` and ``high``; ``reason`` where there is none.
    promises : pandas.DataFrame
        What was promised of what came: ``row_key, item, kind, initiative, came, source``,
        ``promised`` and ``realized`` a year, ``realized_share``, ``reason`` where not counted.
    months : pandas.DataFrame
        ``row_key, period``; ``outlook`` with ``outlook_low`` and ``outlook_high``; ``promised``,
        ``likely``, ``low``, ``high``; ``usual`` (what the outlook carries on of earlier releases),
        ``beyond`` (likely less usual, never below zero), ``together`` (outlook and beyond).
    """

    verdict: str
    reason: str
    hit_rate: float
    hit_low: float
    hit_high: float
    hit_count: int
    slip_months: float
    slip_count: int
    come_rate: float
    level: float
    usual_known: bool
    items: pd.DataFrame
    promises: pd.DataFrame
    months: pd.DataFrame


def roadmap(
    planned: pd.DataFrame,
    launched: pd.DataFrame,
    outlook: pd.DataFrame | None = None,
    *,
    period: Period,
    earned: Attribution | None = None,
    horizon: int = 12,
    level: float = 0.80,
    fewest: int = _FEWEST,
    draws: int = 4_000,
    seed: int = 0,
) -> Roadmap:
    r"""Say what planned releases are expected to add, cut by what came of earlier promises.

    Use it beside the statistical outlook: ``pf.roadmap(**book.roadmap, outlook=ahead, ...)``.

    Parameters
    ----------
    planned : pandas.DataFrame
        ``item, kind`` (``release``, ``benefit``), ``initiative``, ``planned`` and ``expected``
        month, ``amount`` (net revenue a year), ``probability`` (empty where nobody says).
    launched : pandas.DataFrame
        What came before: ``item, kind, initiative, planned, came`` (month, empty where withdrawn),
        ``amount`` promised and ``realized`` a year (empty for releases: `earned` says it);
        optionally ``low``, ``high`` and ``level`` of what was realized.
    outlook : pandas.DataFrame, optional
        Result of `coherent_forecast`: the company's months are read.
    period : Period
        The projection starts after its last month.
    earned : Attribution, optional
        What `attribution` found of releases before.
    horizon : int
        Months ahead.
    level : float
        Of the intervals.
    fewest : int
        Promises below which no haircut is told.
    draws : int
        How often promises, slips and releases are drawn.
    seed : int
        Where chance starts.

    Returns
    -------
    Roadmap
        ``refused`` where nothing is planned with an amount.

    Raises
    ------
    ContractError
        If a column is missing.
    ParameterError
        If `horizon`, `fewest` or `draws` is below 1, or `level` is not between 0 and 1.

    Notes
    -----
    The hit rate is :math:`\sum realized / \sum promised` of promises of which both are known, a
    year's worth each; what was realized is what attribution found over the last twelve months of a
    release at least four months old, else what the register measured, each initiative once. Its
    interval draws promises anew, wider by Student's t for few of them, with the error of each
    measurement. A planned release brings a twelfth of its amount in each month from the one it
    comes in, times the hit rate and the deviation from it of a promise drawn; it slips by a slip
    drawn from those of earlier releases, less what it has slipped already, and comes with its
    stated probability, else with the share of plans that came.

    No double count: the outlook continues the past, and with it what releases of the last
    `horizon` months added. ``usual`` is what these would add if they came again, at the same hit
    rate; only what the roadmap adds beyond that counts on top, and where it adds less, nothing is
    taken off. Where one of them has no stated
    amount, nothing is added up. A release is full from its first month, which is early.

    References
    ----------
    .. [1] Flyvbjerg (2008), "Curbing optimism bias and strategic misrepresentation in planning:
       reference class forecasting in practice", *European Planning Studies* 16, 3-21.
    .. [2] Lovallo and Kahneman (2003), "Delusions of success", *Harvard Business Review* 81(7).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> ahead = pd.DataFrame({"item": ["sync"], "kind": "release", "initiative": "",
    ...                       "planned": "2026-07", "expected": "2026-07", "amount": 1200.0,
    ...                       "probability": None})
    >>> before = pd.DataFrame({"item": list("abcde"), "kind": "benefit", "initiative": "",
    ...                        "planned": "2025-01", "came": "2025-01", "amount": 100.0,
    ...                        "realized": 80.0})
    >>> found = roadmap(ahead, before, period=FiscalCalendar().period("2026-06"), horizon=3)
    >>> found.hit_rate, found.items["promised"].tolist(), found.items["likely"].tolist()
    (0.8, [300.0], [240.0])
    """
    if min(horizon, fewest, draws) < 1 or not 0 < level < 1:
        raise ParameterError(
            f"horizon {horizon}, fewest {fewest}, draws {draws}, level {level!r} cannot be",
            advice="Use 1 or more, and a level between 0 and 1.",
        )
    require(planned, _PLANNED, name="planned")
    require(launched, LAUNCHED, name="launched")
    months = [period.calendar.shift(period.months[-1], k + 1) for k in range(horizon)]
    pairs = pairs_of(launched, earned, period)
    hits = hits_of(pairs, earned, (fewest, level, draws), seed)
    slips = slips_of(launched, period)
    come = come_of(launched, fewest)
    items = _items(planned, months)
    drawn = _drawn(items, _Chances(hits, slips, come), months, period, seed)
    usual, known = _usual(launched, months, period)
    table = pd.DataFrame(
        {"row_key": months, "period": months, "promised": _promised(items, months).sum(0)}
    )
    table["usual"] = usual * hits.rate if known else np.nan
    table = _by_month(table, drawn, _company(outlook, level), level)
    why = _why(items, hits, fewest)
    counted = items["reason"] == ""
    ends = (0.5 - level / 2, 0.5 + level / 2)
    whole = drawn.sum(2) if drawn is not None else None
    told = items.assign(
        promised=_promised(items, months).sum(1),
        likely=np.nan if whole is None else whole.mean(0),
        low=np.nan if whole is None else np.quantile(whole, ends[0], axis=0),
        high=np.nan if whole is None else np.quantile(whole, ends[1], axis=0),
    )
    told.loc[~counted, ["promised", "likely", "low", "high"]] = np.nan
    return Roadmap(
        verdict="projected" if bool(counted.any()) else "refused",
        reason=why,
        hit_rate=hits.rate,
        hit_low=hits.low,
        hit_high=hits.high,
        hit_count=int((pairs["reason"] == "").sum()),
        slip_months=float(slips.mean()) if len(slips) >= _FEW_SLIPS else float("nan"),
        slip_count=len(slips),
        come_rate=come,
        level=level,
        usual_known=known,
        items=_typed(told, _ITEMS),
        promises=_typed(pairs, _PROMISES),
        months=table,
    )


def _items(planned: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    """Return what is planned, with the reason where it adds nothing to the months ahead."""
    found = planned[list(_PLANNED)].reset_index(drop=True)
    for name in ("item", "kind", "initiative", "planned", "expected"):
        found[name] = texts(found[name]).replace(NONE, "").astype("str")
    for name in ("amount", "probability"):
        found[name] = found[name].to_numpy(dtype="float64", na_value=np.nan)
    found["reason"] = [
        reasons(
            "" if np.isfinite(amount) else "no amount is stated",
            f"it comes after {months[-1]}" if month > months[-1] else "",
            "no month is stated" if not month else "",
        )
        for amount, month in zip(found["amount"], found["expected"], strict=True)
    ]
    found["row_key"] = row_keys(list(zip(found["kind"], found["item"], strict=True)))
    return found.sort_values(["expected", "item"], kind="stable", ignore_index=True)


def _promised(items: pd.DataFrame, months: list[str]) -> Array:
    """Return what is promised month by month, as stated."""
    amount = items["amount"].where(items["reason"] == "", 0.0).to_numpy(dtype="float64") / _YEAR
    there = np.array([[month >= one for month in months] for one in items["expected"]], dtype=float)
    return np.asarray(amount[:, None] * there.reshape(len(items), len(months)), dtype=np.float64)


@dataclass(frozen=True)
class _Chances:
    """How often plans come, how late, and what of their promise."""

    hits: Hits
    slips: Array
    come: float


def _drawn(
    items: pd.DataFrame, chances: _Chances, months: list[str], period: Period, seed: int
) -> Array | None:
    """Return draws of what each item adds by month; nothing without a haircut."""
    hits, slips = chances.hits, chances.slips
    if not np.isfinite(hits.rate):
        return None
    dice = np.random.default_rng(seed)
    draws, count = len(hits.draws), len(items)
    last = pd.Series([period.months[-1]] * count)
    expected = items["expected"].where(items["expected"] != "", last)
    due = months_apart(expected, last)
    late = np.zeros((draws, count))
    if len(slips) >= _FEW_SLIPS:
        planned = items["planned"].where(items["planned"] != "", expected)
        had = np.maximum(months_apart(expected, planned), 0)
        late = np.maximum(dice.choice(slips, (draws, count)) - had, 0.0)
    stated = items["probability"].to_numpy(dtype="float64")
    usual = chances.come if np.isfinite(chances.come) else 1.0
    there = dice.random((draws, count)) < np.where(np.isfinite(stated), stated, usual)
    own = hits.draws[:, None] + dice.choice(hits.apart, (draws, count), p=hits.weight)
    amount = items["amount"].where(items["reason"] == "", 0.0).to_numpy(dtype="float64") / _YEAR
    begins = np.maximum(due, 1) + late
    opened = np.arange(1, len(months) + 1)[None, None, :] >= begins[:, :, None]
    return np.asarray((amount * own * there)[:, :, None] * opened)


def _usual(launched: pd.DataFrame, months: list[str], period: Period) -> tuple[Array, bool]:
    """Return what releases of as many months before were to add by month, and whether it is known.

    They count as if they came again, each as many months later.
    """
    mine = launched[(launched["kind"] == "release") & (texts(launched["came"]) != NONE)]
    back = [period.calendar.shift(month, -len(months)) for month in months]
    recent = mine[mine["came"].isin(back)]
    amount = recent["amount"].to_numpy(dtype="float64", na_value=np.nan)
    found = np.zeros(len(months))
    for one, month in zip(amount, recent["came"], strict=True):
        found[back.index(month) :] += one / _YEAR
    return found, bool(np.isfinite(amount).all())


def _by_month(
    table: pd.DataFrame, drawn: Array | None, known: dict[str, dict[str, float]], level: float
) -> pd.DataFrame:
    """Return what is likely by month, beside the outlook and on top of what that carries on."""
    table = table.assign(likely=np.nan, low=np.nan, high=np.nan)
    if drawn is not None:
        sums = drawn.sum(1)
        table["likely"] = sums.mean(0)
        table["low"], table["high"] = np.quantile(sums, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    table["beyond"] = (table["likely"] - table["usual"]).clip(lower=0.0)
    for name, by in known.items():
        table[name] = table["period"].map(by).astype("float64")
    table["together"] = table["outlook"] + table["beyond"]
    return _typed(table, _MONTHS)


def _company(outlook: pd.DataFrame | None, level: float) -> dict[str, dict[str, float]]:
    """Return the company's months of a forecast, with its interval where it has that level."""
    names = {"outlook": "mean", "outlook_low": f"lo{level:.0%}"[:-1]}
    names["outlook_high"] = f"hi{level:.0%}"[:-1]
    if outlook is None or outlook.empty:
        return {name: {} for name in names}
    require(outlook, ["period", "mean", "depth", "grain"], name="outlook")
    rows = outlook[(outlook["depth"] == 0) & (outlook["grain"] == "month")]
    months = rows["period"].astype("str").tolist()
    return {
        name: dict(zip(months, rows[column].astype("float64"), strict=True))
        if column in rows
        else {}
        for name, column in names.items()
    }


def _why(items: pd.DataFrame, hits: Hits, fewest: int) -> str:
    if items.empty:
        return "no release is planned: give table releases with status planned and expected_amount"
    if not (items["reason"] == "").any():
        return "no planned release states an amount that falls into the months ahead"
    if not np.isfinite(hits.rate):
        return f"no haircut: fewer than {fewest} promises are known with what came of them"
    return ""


def _typed(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    money = [name for name, kind in columns.items() if kind == MONEY]
    found = table.reindex(columns=list(columns))
    found[money] = found[money].astype("float64").round(2)
    return result(records(found), columns)

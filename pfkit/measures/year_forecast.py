"""Where the year will land, and how likely its budget is met: totals of whole sample paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import MONTHS, period_label, read_period
from pfkit.measures.fleet.plans import Planned, planned
from pfkit.measures.fleet.table import SERIES, read
from pfkit.measures.fleet.years import QUARTER, Drawn, Sums, drawn, ended, spans_of
from pfkit.measures.forecast import LEVELS, TIERS, levels_of, nothing, why
from pfkit.measures.outlook import OPEN, OVER, UNDER, UNPLANNED
from pfkit.measures.rows import COUNT, FLAG, JOIN, NONE, RATE, TEXT, reasons, row_keys, texts
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pfkit.measures.fleet.engine import Forecasts
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.fleet.years import Span
    from pfkit.period import Period

#: What stands in a column that is added up.
EVERY = "(all)"
ITEM, SUBTOTAL, GRAND = "item", "subtotal", "total"
#: Paths where no number is asked for, and the fewest that say what a tail is.
PATHS, FEWEST_PATHS = 2000, 100
_PERCENT = 100
#: What stands beside the forecast where there is none.
_KNOWN = {
    "role": TEXT,
    "span": TEXT,
    "ahead": COUNT,
    "actual_to_date": RATE,
    "budget": RATE,
    "variance": RATE,
    "variance_rate": RATE,
    "favorable": FLAG,
    "meets_budget_share": RATE,
    "landing": TEXT,
    "model": TEXT,
    "reason": TEXT,
}
#: Series without a value that are named.
_NAMED = 5


class _Rows(NamedTuple):
    """Series, or sums of them, with what is known and budgeted of each."""

    labels: list[tuple[str, ...]]
    role: str
    drawn: Drawn
    budget: Planned
    model: list[str]
    reason: list[str]


def year_forecast(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    budget: pd.DataFrame | None = None,
    favorable_when: Literal["higher", "lower"] = "higher",
    sums: str | Sequence[str] | None = None,
    period: Period | None = None,
    year_start: int = 1,
    level: float | Sequence[float] = LEVELS,
    tier: Literal["fast", "full"] = "full",
    freq: Literal["M", "Q"] | None = None,
    paths: int = PATHS,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Say where the fiscal year of every series will land, and how likely it meets its budget.

    Use it for "where will we land, and how sure are we"; `forecast` tells the months one by one,
    `outlook` what came of an organization's own statements in earlier years.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` and a value, such as ``book.net_revenue``; as for `forecast`.
    by : str or sequence of str, optional
        Columns that name a series; ``series_id`` by default.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    budget : pandas.DataFrame, optional
        ``period`` (month, quarter or year), the columns of `by`, and ``budget``, or ``plan`` or
        ``amount`` where there is none, in the table's unit; ``book.net_revenue`` holds both.
    favorable_when : {"higher", "lower"}
        Whether the budget is met by reaching it (income) or by staying within it (spending).
    sums : str or sequence of str, optional
        Columns of `by` over whose values series are added up, beside the sum of all.
    period : Period, optional
        The last period that has come: what the table says after it is left out, and its calendar
        says what a year is. Default: the last period of the table.
    year_start : int
        The first month of the fiscal year, where `period` does not say.
    level : float or sequence of float
        Shares of what comes that an interval is to hold.
    tier : {"full", "fast"}
        How many parameters are tried.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    paths : int
        Sample paths per series.
    seed : int
        The same seed gives the same digits.

    Returns
    -------
    pandas.DataFrame
        For every series and sum one row per ``span``: the ``year``, what is ``remaining`` of it,
        and each ``quarter``. ``row_key``, the columns of `by` (``(all)`` where added up), ``role``
        (``item``, ``subtotal``, ``total``), ``span``, ``period``; ``ahead``: periods still to
        come; in the table's unit ``actual_to_date``, ``mean`` (with what is known), per level
        ``lo80`` and ``hi80``; ``budget``, NA where there is none, ``variance`` (mean less budget),
        ``variance_rate``, ``favorable``; ``meets_budget_share``: the probability of meeting the
        budget; ``landing``: ``over plan`` or ``under plan`` where the whole interval of the first
        level lies there, else ``open``, ``not planned`` without budget; ``model``, ``reason``.
        ``attrs["reason"]`` says what the table leaves out, such as a month cut short, and names
        series that are left out, as they have no value yet.

    Raises
    ------
    ContractError
        As `forecast`; also if months and quarters are mixed, nothing has come by `period`, or the
        budget cannot be read or states a period twice.
    ParameterError
        If `level`, `tier`, `freq`, `favorable_when`, `sums`, `year_start` or `paths` cannot be.

    Notes
    -----
    Sample paths are drawn whole: at every period they are the quantiles of `forecast`, joined by
    how errors of one path belonged together in the fleet's replays, and between series by how
    series erred together at the same origins. A total is added up path by path. Adding the months'
    bounds would take every month to be as bad as its worst; adding variances would take months to
    be independent; both are wrong. Of sums, only these rows are right: bounds of lines do not add
    up. The probability is the share of paths that meet the budget, one more path counting half.

    The year is that of the first period to come. A series without a value for a year has ended,
    and nothing more is expected of it. The budget of what remains is that of its periods, not what
    is missing to meet the year's.

    References
    ----------
    .. [1] Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section
       13.4 (prediction intervals for aggregates), https://otexts.com/fpp3/aggregates.html
    .. [2] Schefzik, Thorarinsdottir and Gneiting (2013), "Uncertainty quantification in complex
       simulation models using ensemble copula coupling", *Statistical Science* 28, 616-640.

    Examples
    --------
    A season that never changed: what is known of the year, and what will come of it.

    >>> quarters = [f"{year}Q{quarter}" for year in range(2020, 2026) for quarter in range(1, 5)]
    >>> sold = pd.DataFrame({"period": quarters, "amount": [10.0, 20.0, 40.0, 30.0] * 6})
    >>> plan = pd.DataFrame({"period": ["FY2025"], "budget": [95.0]})
    >>> landed = year_forecast(sold.iloc[:-2], budget=plan)
    >>> year = landed[landed["span"] == "year"].iloc[0]
    >>> float(year["actual_to_date"]), round(float(year["mean"]), 2), year["landing"]
    (30.0, 100.0, 'over plan')
    """
    _asked(tier, favorable_when, paths)
    calendar = period.calendar if period is not None else FiscalCalendar(year_start=year_start)
    if table.empty:
        return nothing(by, levels_of(level), _KNOWN)
    come, silent = _with_values(_come(table, period), by, value)
    taken = read(come, by=by, value=value, freq=freq)
    names = taken.by or (SERIES,)
    if len(taken.series) > 1:
        raise ContractError(
            "the table holds months and quarters", where="series", advice="Ask for freq Q."
        )
    series = taken.series[0]
    end = _end(series, period)
    spans = spans_of(end, series.season, calendar)
    start = calendar.year_start if calendar.rule == "month" else 1
    plan = planned(budget, series.names, taken.by, spans, season=series.season, year_start=start)
    labels = [taken.parts[name] or (name,) for name in series.names]
    groups = _groups(labels, names, _columns_of(sums, names))
    levels = levels_of(level)
    added = Sums(sum(len(group.labels) for group in groups), paths, len(spans))
    blocks: list[_Rows] = []
    every = drawn(series, spans, end=end, tier=tier, levels=levels, count=paths, seed=seed)
    for part, one in every:
        for group in groups:
            added.add(group.code[part.which], one)
        blocks.append(_items(series, part, one, labels=labels, plan=plan, end=end))
    blocks += _summed(added.drawn(), groups, plan, members=added.members)
    found = _table(blocks, names, spans, levels, budgeted=budget is not None, when=favorable_when)
    found.attrs["reason"] = reasons(str(table.attrs.get("reason", "")), silent)
    return found


def _asked(tier: str, when: str, paths: int) -> None:
    if tier not in TIERS:
        raise ParameterError(f"tier {tier!r} is not known", advice="Use fast or full.")
    if when not in {"higher", "lower"}:
        raise ParameterError(
            f"favorable_when {when!r} is not known",
            advice="Use higher for income, lower for spending.",
        )
    if paths < FEWEST_PATHS:
        raise ParameterError(
            f"{paths} paths say too little", advice=f"Use {FEWEST_PATHS} or more, such as {PATHS}."
        )


def _come(table: pd.DataFrame, period: Period | None) -> pd.DataFrame:
    """Return the rows of a table that have come by a period; those that cannot be read stay."""
    if period is None or "period" not in table.columns:
        return table
    month, quarter = _numbers_of(period)
    codes, found = pd.factorize(table["period"], use_na_sentinel=False)
    late = []
    for one in found:
        known = read_period(str(one))
        late.append(known is not None and known[1] > (month if known[0] == MONTHS else quarter))
    return table[~np.array(late, dtype=bool)[codes]]


def _with_values(
    table: pd.DataFrame, by: str | Sequence[str] | None, value: str | None
) -> tuple[pd.DataFrame, str]:
    """Return the rows of series that have a value, and which have none: they cannot be forecast."""
    names = [by] if isinstance(by, str) else list(by or ())
    column = value or ("value" if "value" in table.columns else "amount")
    if not names or not {*names, column} <= set(table.columns):
        return table, ""
    keys = [texts(table[name]) for name in names]
    there = (table[column].notna() & (table[column] != "")).fillna(value=False)
    known = there.astype(bool).groupby(keys).transform("any")
    if bool(known.all()) or not bool(known.any()):
        return table, ""
    lacking = pd.MultiIndex.from_arrays([key[~known] for key in keys]).unique()
    shown = ", ".join(JOIN.join(map(str, one)) for one in lacking[:_NAMED])
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return table[known], f"without a value yet, and left out: {shown}{more}"


def _numbers_of(period: Period) -> tuple[int, int]:
    """Return the running numbers of the last month, and of the last whole quarter, of a period."""
    month = read_period(period.months[-1]) or (MONTHS, 0)
    label = period.calendar.quarter_of(period.months[-1])
    quarter = read_period(label) or (0, 0)
    whole = period.calendar.period(label).months[-1] == period.months[-1]
    return month[1], quarter[1] - (not whole)


def _end(series: Series, period: Period | None) -> int:
    """Return the running number of the last period that has come."""
    if period is None:
        return int(series.last.max())
    month, quarter = _numbers_of(period)
    return month if series.season == MONTHS else quarter


def _columns_of(sums: str | Sequence[str] | None, names: Sequence[str]) -> list[str]:
    found = [sums] if isinstance(sums, str) else list(sums or ())
    for column in found:
        if column not in names:
            raise ParameterError(
                f"sums {column!r} is no column that names a series",
                advice=f"Use some of by: {', '.join(names)}.",
            )
    return found


class _Group(NamedTuple):
    """Sums by one column, or of everything: their labels, and which one each series is in."""

    role: str
    labels: list[tuple[str, ...]]
    code: Counts


def _groups(
    labels: list[tuple[str, ...]], names: Sequence[str], columns: Sequence[str]
) -> list[_Group]:
    """Return the sums that are asked for; none where there is but one series."""
    if len(labels) == 1:
        return []
    found, before = [], 0
    for column in columns:
        place = list(names).index(column)
        code, values = pd.factorize(
            np.array([label[place] for label in labels], dtype=object), sort=True
        )
        each = [tuple(v if k == place else EVERY for k in range(len(names))) for v in values]
        found.append(_Group(SUBTOTAL, each, code + before))
        before += len(values)
    everything = np.full(len(labels), before, dtype=np.int64)
    return [*found, _Group(GRAND, [(EVERY,) * len(names)], everything)]


def _items(
    series: Series,
    part: Forecasts,
    one: Drawn,
    *,
    labels: list[tuple[str, ...]],
    plan: Planned,
    end: int,
) -> _Rows:
    which = part.which
    told = why(series, part)
    over = ended(series, end)[which]
    for k in np.nonzero(over)[0].tolist():
        last = period_label(series.season, int(series.last[which[k]]))
        told[k] = f"no value since {last}: nothing more is expected"
    for k in np.nonzero((series.last[which] < end) & ~over)[0].tolist():
        last = period_label(series.season, int(series.last[which[k]]))
        told[k] = reasons(told[k], f"the last value is of {last}")
    return _Rows(
        labels=[labels[k] for k in which.tolist()],
        role=ITEM,
        drawn=one,
        budget=Planned(plan.amount[which], plan.periods[which]),
        model=[part.model(k) for k in range(len(which))],
        reason=told,
    )


def _summed(one: Drawn, groups: Sequence[_Group], plan: Planned, *, members: Counts) -> list[_Rows]:
    """Return the rows of sums; a sum's budget is that of the members that have one."""
    found = []
    for group in groups:
        some = np.unique(group.code)
        amount = np.zeros((len(members), plan.amount.shape[1]))
        there = np.zeros(amount.shape, dtype=np.int64)
        np.add.at(amount, group.code, np.nan_to_num(plan.amount))
        np.add.at(there, group.code, np.isfinite(plan.amount))
        periods = np.zeros(amount.shape, dtype=np.int64)
        np.maximum.at(periods, group.code, plan.periods)
        told = []
        for k in some.tolist():
            lacking = int(members[k] - there[k, 0])
            told.append(
                reasons(
                    f"sum of {members[k]} series",
                    f"{lacking} of them without budget" if there[k, 0] and lacking else "",
                )
            )
        drawn_ = one.taken(some)
        budget = Planned(np.where(there > 0, amount, np.nan)[some], periods[some])
        found.append(
            _Rows(group.labels, group.role, drawn_, budget, ["sum of series"] * len(some), told)
        )
    return found


def _table(
    blocks: Sequence[_Rows],
    names: Sequence[str],
    spans: Sequence[Span],
    levels: Sequence[float],
    *,
    budgeted: bool,
    when: str,
) -> pd.DataFrame:
    """Return the rows of all blocks, items in order of their names, sums last."""
    every = [label for block in blocks for label in block.labels]
    keys = dict(zip(every, row_keys(every), strict=True))
    parts = [
        _block(block, keys, names=names, spans=spans, levels=levels, when=when) for block in blocks
    ]
    items = [part for part, block in zip(parts, blocks, strict=True) if block.role == ITEM]
    rest = [part for part, block in zip(parts, blocks, strict=True) if block.role != ITEM]
    lines = pd.concat(items, ignore_index=True)
    lines = lines.sort_values(list(names), kind="stable", ignore_index=True)
    found = pd.concat([lines, *rest], ignore_index=True)
    kinds = dict.fromkeys(found.columns, RATE)
    kinds |= dict.fromkeys(("row_key", *names, "role", "span", "period"), TEXT)
    kinds |= dict.fromkeys(("landing", "model", "reason"), TEXT)
    kinds |= {"ahead": COUNT, "favorable": FLAG}
    found = found.mask(found.isna()).astype(kinds)
    lacking = found["budget"].isna().to_numpy() & budgeted & (found["role"] == ITEM).to_numpy()
    found.loc[lacking, "reason"] = [
        reasons(text, "no budget") for text in found.loc[lacking, "reason"]
    ]
    return _unshared(found, names)


def _unshared(found: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Compare no series with a budget that names none: what nothing came of is no shortfall."""
    item = (found["role"] == ITEM).to_numpy()
    bare = item & (found[list(names)] == NONE).all(axis=1).to_numpy()
    named = item & ~bare
    budgeted = found["budget"].notna().to_numpy()
    came = (found["actual_to_date"].fillna(0) != 0).to_numpy() & bare
    if not (bare & budgeted).any() or not named.any() or (named & budgeted).any() or came.any():
        return found
    at = bare & budgeted
    found.loc[at, ["variance", "variance_rate", "favorable", "meets_budget_share"]] = pd.NA
    found.loc[at, "landing"] = UNPLANNED
    why = f"the budget states no {' and '.join(f'{name}s' for name in names)}"
    found.loc[at, "reason"] = [reasons(why, text) for text in found.loc[at, "reason"]]
    return found


def _block(
    block: _Rows,
    keys: dict[tuple[str, ...], str],
    *,
    names: Sequence[str],
    spans: Sequence[Span],
    levels: Sequence[float],
    when: str,
) -> pd.DataFrame:
    one, budget, size = block.drawn, block.budget.amount, len(spans)
    low, high = one.bounds(levels)
    ends = [span.label if span.kind == QUARTER else span.kind for span in spans]
    columns: dict[str, object] = {
        "row_key": [f"{keys[label]}|{end.lower()}" for label in block.labels for end in ends]
    }
    for place, name in enumerate(names):
        columns[name] = np.repeat([label[place] for label in block.labels], size)
    variance = one.mean - budget
    base = np.where(budget == 0, np.nan, np.abs(budget))
    landing = np.select(
        [np.isnan(budget), low[0] > budget, high[0] < budget], [UNPLANNED, OVER, UNDER], OPEN
    )
    better = (variance > 0) == (when == "higher")
    columns |= {
        "role": block.role,
        "span": np.tile([span.kind for span in spans], len(block.labels)),
        "period": np.tile([span.label for span in spans], len(block.labels)),
        "ahead": one.ahead.ravel(),
        "actual_to_date": one.actual.ravel(),
        "mean": one.mean.ravel(),
    }
    for k, level in enumerate(levels):
        percent = round(level * _PERCENT)
        columns |= {f"lo{percent}": low[k].ravel(), f"hi{percent}": high[k].ravel()}
    decided = np.isfinite(variance) & (variance != 0)
    return pd.DataFrame(
        columns
        | {
            "budget": budget.ravel(),
            "variance": variance.ravel(),
            "variance_rate": (variance / base).ravel(),
            "favorable": pd.array(better.ravel(), dtype=FLAG),
            "meets_budget_share": one.reaching(budget, higher=when == "higher").ravel(),
            "landing": landing.ravel(),
            "model": np.repeat(block.model, size),
            "reason": _told(block, spans),
        }
    ).assign(favorable=lambda rows: rows["favorable"].mask(~decided.ravel()))


def _told(block: _Rows, spans: Sequence[Span]) -> list[str]:
    """Return the reason of every row: that of the series, and what its budget leaves out."""
    length = np.array([span.stop - span.first for span in spans])
    partly = np.isfinite(block.budget.amount) & (block.budget.periods < length[None, :])
    found = np.repeat(np.array(block.reason, dtype=object), len(spans))
    periods = block.budget.periods.ravel()
    of = np.tile(length, len(block.reason))
    for k in np.nonzero(partly.ravel())[0].tolist():
        found[k] = reasons(found[k], f"the budget states {periods[k]} of {of[k]} periods")
    return [str(text) for text in found]

"""Parts of a source that always had rows and have none: a product, an account, a whole export."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pfkit.conform.drift.finding import WHOLE, Finding, months_before
from pfkit.conform.drift.profile import NONE, explained, level_sql, monthly
from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.conform.drift.profile import Profile
    from pfkit.conform.pipeline import Conformed, LoadedSource

#: Chance below which an absence is no accident.
UNLIKELY = 1e-6
#: Months without a gap that a part needs before its absence says anything.
UNBROKEN = 6
#: Counts scatter at least as much as a negative binomial of this size.
STEADIEST = 20.0
#: Share of the source, by size or by rows, below which a part that ends is no finding: articles
#: run out of stock, and small products are given up.
SMALL = 0.005
#: Share from which rows that come by a schedule are missed.
SCHEDULED = 0.01
_YEAR = 12
_RECENT = 3
_HALF = 0.5

#: Whose rows come back every month: they leave one by one, not all at once.
ENTITIES = {
    "invoices": ("customer",),
    "usage": ("customer",),
    "actuals": ("account", "cost_center", "product"),
}


def missing(
    held: LoadedSource,
    conformed: Conformed,
    profile: Profile,
    history: Sequence[str],
    month: str,
) -> list[Finding]:
    """Return the parts of a source that had rows in every month and have none.

    Sparse, seasonal and fading parts do not count: a part must have had rows in each of the last
    six months, and also in this month a year ago where that is known, and its absence must be
    less likely than one in a million, by its counts or by the customers (in a ledger: the
    accounts and cost centers) that would all have to leave at once; or its rows came by a
    schedule, a year long.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    profile : Profile
        Its first figure.
    history : sequence of str
        The months compared with.
    month : str
        The month judged.
    """
    all_rows = profile.grid(WHOLE)
    if not all_rows.rows[0, -1]:
        return [_finding(profile, WHOLE, "", profile.by(WHOLE), history)]
    if len(history) < UNBROKEN:
        return []
    ended = {
        level: profile.grid(level).ended(all_rows, months=UNBROKEN, small=SMALL)
        for level in profile.levels
    }
    if not any(ended.values()):
        return []
    cells = profile.cells()
    before = cells[cells["month"].isin(history)]
    unmapped = {loaded.declared.unmapped for loaded in conformed.maps.values()}
    whole = profile.by(WHOLE).set_index("month")
    # of its usual rows, what the source has: less in a month cut short, and parts have less too
    busy = min(1.0, float(whole["rows"][month] / whole["rows"].reindex(list(history)).median()))
    found: list[Finding] = []
    for level in profile.levels:
        parts = profile.by(level)
        told = [(one.level, one.key) for one in found]
        for key in sorted(ended[level]):
            mine = parts[parts["key"] == key].set_index("month").reindex(list(history))
            if key in unmapped or key == NONE or _seasonal(mine, whole, month):
                continue
            share = _share(mine, whole.reindex(list(history)))
            if share < SMALL:
                continue
            counts = mine["rows"].fillna(0).to_numpy(dtype="float64")
            likely = chance(counts, busy)
            if likely >= UNLIKELY and busy >= _HALF:
                likely = _all_leave(held, conformed, (level, key), history)
            due = share >= SCHEDULED and busy >= _HALF and scheduled(counts)
            if (likely < UNLIKELY or due) and not explained(before, level, key, told):
                found.append(_finding(profile, level, key, parts[parts["key"] == key], history))
    return found


def chance(counts: np.ndarray, busy: float = 1.0) -> float:
    """Return the chance of no row at all, from the counts of the months before.

    `busy` is the share of its usual rows that the whole source has. Counts are taken as negative
    binomial: their mean is the lower of the last two months' and the unbroken run's, so that what
    fades is not missed; their scatter is what was seen, and never less than a steady customer
    base's.

    Examples
    --------
    >>> chance(np.array([300.0] * 6)) < 1e-6, chance(np.array([4.0, 6, 5, 3, 6, 5])) < 1e-6
    (True, False)
    """
    gaps = np.flatnonzero(counts == 0)
    run = counts[gaps[-1] + 1 :] if len(gaps) else counts
    if not len(run):
        return 1.0
    mean = float(run.mean())
    extra = max(float(run.var(ddof=1)) if len(run) > 1 else mean**2, mean) - mean
    size = mean**2 / max(extra, mean**2 / STEADIEST)
    expected = busy * min(mean, float(run[-2:].mean()))
    return float((1 + expected / size) ** -size)


def scheduled(counts: np.ndarray) -> bool:
    """Return whether rows come by a schedule, as rent does: a year of (nearly) equal counts.

    Examples
    --------
    >>> scheduled(np.ones(13)), scheduled(np.array([4.0, 6, 5, 3, 6, 5, 4, 7, 2, 5, 4, 6]))
    (True, False)
    """
    year = counts[-_YEAR:]
    return len(year) == _YEAR and bool(year.min() > 0 and year.var() * 4 <= year.mean())


def _seasonal(mine: pd.DataFrame, whole: pd.DataFrame, month: str) -> bool:
    """Return whether the part had no rows in the same month a year ago either."""
    year, of_year = month.split("-")
    then = f"{int(year) - 1}-{of_year}"
    if then not in whole.index or then not in mine.index:
        return False
    return not mine["rows"].fillna(0)[then] > 0


def _share(mine: pd.DataFrame, whole: pd.DataFrame) -> float:
    """Return the part's usual share of the source, by size or by rows, whichever is larger."""
    shares = [(mine[name].fillna(0) / whole[name]).iloc[-UNBROKEN:] for name in ("size", "rows")]
    return max(float(share.median()) for share in shares)


def _all_leave(
    held: LoadedSource, conformed: Conformed, part: tuple[str, str], history: Sequence[str]
) -> float:
    """Return the chance that all who were there in each of the last months leave at once."""
    level, key = part
    names = ENTITIES[held.declared.table]
    who = "concat_ws('|', " + ", ".join(level_sql(name) for name in names) + ")"
    recent = list(history)[-UNBROKEN:]
    rows = conformed.engine.rows(
        f"SELECT {who}, _period FROM {quoted(held.rows_table)} "
        f"WHERE _status IN ('accepted', 'quarantined') AND {level_sql(level)} = ? "
        f"AND _period IN ({', '.join(literal(one) for one in recent)}) {monthly(held)} "
        "GROUP BY 1, 2",
        [key],
    )
    there: dict[str, set[str]] = {}
    for name, month in rows:
        there.setdefault(name, set()).add(month)
    steady = left = 0
    for place in range(_RECENT, len(recent)):
        window = set(recent[place - _RECENT : place])
        loyal = [months for months in there.values() if window <= months]
        steady += len(loyal)
        left += sum(recent[place] not in months for months in loyal)
    last = sum(set(recent[-_RECENT:]) <= months for months in there.values())
    return float(((left + 1) / (steady + 2)) ** last)


def _finding(
    profile: Profile, level: str, key: str, part: pd.DataFrame, history: Sequence[str]
) -> Finding:
    recent = part[part["month"].isin(history)]
    rows, total = float(recent["rows"].median()), float(recent["total"].median())
    usual = grouped(math.ceil(rows))
    what = "row" if rows <= 1 else "rows"
    return Finding(
        "Missing rows",
        level,
        key,
        f"no row; {months_before(len(history))} had {usual} {what} a month here"
        if level != WHOLE
        else f"no row of the month; {months_before(len(history))} had {usual} {what} each",
        "Have the export made again, complete; if it has ended, say so in a comment.",
        usual=total if profile.money else None,
        now=0.0 if profile.money else None,
        stake=total if profile.money else 0.0,
    )

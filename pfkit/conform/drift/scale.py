"""Rows in another unit than before: thousands for units, cents for euros, or the other way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.conform.drift.finding import WHOLE, Finding, months_before, plain
from pfkit.conform.drift.profile import explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.drift.grid import Grid
    from pfkit.conform.drift.profile import Profile

#: Units differ by 100, 1 000 or more. The middle row must have moved by at least this factor.
SHIFT = math.log10(30)
#: One or two rows a month may be a payment made once a year, or in part: they must have moved by
#: 70 times, and while the history lacks the same month of a year ago by 300 times.
FEW, YEAR = 3, 12
FEW_ROWS, FEW_IN_A_YEAR = math.log10(70), math.log10(300)
#: The same for the rows of one product, account and so on, compared with themselves.
ALIKE = math.log10(20)
#: The sum must follow the rows, or rows were only split up or brought together.
FOLLOWS = 1.0
#: How many times its usual month-to-month error the middle row must have moved.
SIGMAS = 6.0
#: A unit error leaves the rows as many as they were, within this factor.
AS_MANY = 3.0
#: Where parts have jumped in the months before, a jump must be larger than those by this much.
BEYOND = 0.3
#: Share of the source's usual size that a part has, or had, to be worth a word.
MATTERS = 0.005
_ENOUGH = 8  # rows from which one odd month of the history is an outlier, not a pattern
_FLOOR = 0.1  # decades, the width of a bin
_REGULAR = 2 / 3  # of the months since its first, in which a part must have had rows
LEAST = 3
_SEEN = 0.2  # of the rows, that must have a history of their own to be asked


def scale(profile: Profile, history: Sequence[str], month: str) -> list[Finding]:
    """Return the parts of a source whose rows of a month are in another unit than before.

    A unit error moves every row of a part by the same power of ten and leaves their number alone.
    Growth, seasons, price lists, large orders and new products do not: they change the number of
    rows, or some rows, or every row by far less. So the middle row and the sum must both have
    moved, by at least 30 and 10 times and in one direction, with as many rows as usual, and
    the same must hold for products, accounts and so on compared with themselves.

    Parameters
    ----------
    profile : Profile
        One figure of the source.
    history : sequence of str
        The months compared with.
    month : str
        The month judged.
    """
    levels = [level for level in (WHOLE, *profile.levels) if _may_jump(profile.grid(level))]
    if not levels:
        return []
    cells = profile.cells()
    moved = _moved(cells, list(profile.levels), history, month)
    now = cells[cells["month"] == month]
    found: list[Finding] = []
    for level in levels:
        parts = judged_parts(profile.by(level), history, month)
        if level != WHOLE and len(parts) == 1 and len(set(now[level])) == 1:
            continue  # the whole source by another name
        told = [(one.level, one.key) for one in found]
        for name, part in parts[parts["shifted"]].iterrows():
            key = str(name)
            if not explained(now, level, key, told, "n") and _alike(
                moved, level, key, float(part["shift"])
            ):
                found.append(_finding(profile, level, key, part, len(history)))
    return found


def _may_jump(grid: Grid) -> bool:
    jumped = grid.jumped(shift=SHIFT, follows=FOLLOWS, as_many=AS_MANY, matters=MATTERS)
    return bool(jumped.any())


def judged_parts(parts: pd.DataFrame, history: Sequence[str], month: str) -> pd.DataFrame:
    """Compare each part's month with its own months before.

    Returns
    -------
    pandas.DataFrame
        By ``key``: ``shift`` of the middle row in decades, ``usual`` and ``now`` (the middle row's
        logarithm), ``usual_size``, ``size``, ``n``, ``count`` (usual rows) and ``shifted``.
    """
    before = parts[parts["month"].isin(history) & (parts["n"] > 0)]
    groups = before.groupby("key")
    held = pd.DataFrame(
        {
            "months": groups["month"].count(),
            "usual": groups["mid"].median(),
            "apart": groups["mid"].std().fillna(0.0),
            "spread": groups["spread"].mean(),
            "count": groups["n"].median(),
            "usual_size": groups["size"].median(),
        }
    )
    away = (before["mid"] - before["key"].map(held["usual"])).abs()
    held["robust"] = away.groupby(before["key"]).median() * 1.4826
    held = held[regular(groups["month"], history)]
    now = _against(held, parts[(parts["month"] == month) & (parts["n"] > 0)])
    then = _against(held, before)
    matters = now[["size", "usual_size"]].max(axis=1) >= MATTERS * _whole(before)
    now["shifted"] = now["odd"] & (now["shift"].abs() >= _bar(then[then["odd"]])) & matters
    return now.set_index("key")


def _against(held: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return how far parts are from what is usual for them; ``odd`` where chance does not do it."""
    both = (
        rows.rename(columns={"mid": "now"}).drop(columns="spread").join(held, on="key", how="inner")
    )
    apart = both["robust"].where(both["n"] >= _ENOUGH, both["apart"])
    # 1.5625: the variance of a middle row is that many times a mean's
    error = np.sqrt(
        apart**2 * (1 + 1 / both["months"]) + 1.5625 * both["spread"] / both["n"] + _FLOOR**2
    )
    both["shift"] = both["now"] - both["usual"]
    followed = np.log10(both["size"] / both["usual_size"]) * np.sign(both["shift"])
    as_many = (both["n"] / both["count"]).between(1 / AS_MANY, AS_MANY)
    size = both["shift"].abs()
    few = both["n"] < FEW
    least = np.where(few, np.where(both["months"] < YEAR, FEW_IN_A_YEAR, FEW_ROWS), SHIFT)
    both["odd"] = (
        (size >= least) & (size >= SIGMAS * error) & (followed >= FOLLOWS) & as_many
    ).astype(bool)
    return both


def _whole(before: pd.DataFrame) -> float:
    """Return the usual size of all parts together."""
    return float(before.groupby("month")["size"].sum().median()) if len(before) else 0.0


def _bar(odd: pd.DataFrame) -> float:
    """Return how far a part must move to move further than any did in the months before.

    Where parts have jumped before, jumps are this source's way. One month does not count: it may
    be the one in which the defect began.
    """
    months = odd.assign(far=odd["shift"].abs()).groupby("month")["far"].max().sort_values()
    ordinary = float(months.iloc[-2]) if len(months) > 1 else 0.0
    return max(SHIFT, ordinary + BEYOND)


def regular(months: Any, history: Sequence[str]) -> pd.Series[bool]:  # noqa: ANN401 (grouped)
    """Return which parts had rows in most months since their first, and in three at least."""
    count = months.count()
    since = months.min().map({month: len(history) - i for i, month in enumerate(history)})
    enough: pd.Series[bool] = (count >= LEAST) & (count >= since * _REGULAR)
    return enough


def _moved(
    cells: pd.DataFrame, levels: list[str], history: Sequence[str], month: str
) -> pd.DataFrame:
    """Return how far the finest parts moved from their own past: levels, ``n``, ``moved``."""
    before = cells[cells["month"].isin(history) & (cells["n"] > 0)]
    usual = before.groupby(levels)["mid"].median().rename("usual")
    now = cells[(cells["month"] == month) & (cells["n"] > 0)].join(usual, on=levels)
    return now.assign(moved=now["mid"] - now["usual"])


def _alike(moved: pd.DataFrame, level: str, key: str, shift: float) -> bool:
    """Return whether the finest parts moved as the whole did: then it is no change of mix."""
    mine = moved if level == WHOLE else moved[moved[level] == key]
    known = mine.dropna(subset=["moved"]).sort_values("moved")
    if known["n"].sum() < _SEEN * mine["n"].sum():
        return False
    middle = known.loc[known["n"].cumsum() * 2 >= known["n"].sum(), "moved"].iloc[0]
    return bool(middle * math.copysign(1, shift) >= ALIKE)


def _rough(decades: float) -> float:
    """Return a size from its logarithm in the one figure that is certain."""
    return float(f"{10**decades:.0e}")


def _finding(profile: Profile, level: str, key: str, part: pd.Series[Any], months: int) -> Finding:
    times = 10 ** abs(float(part["shift"]))
    power = 10 ** round(math.log10(times))
    near = f"about {power:,}".replace(",", "\N{THIN SPACE}")
    way = f"{near} times" if part["shift"] > 0 else f"a {near.removeprefix('about ')}th of"
    figure = profile.figure.replace("_", " ")
    usual, now = float(part["usual_size"]), float(part["size"])
    return Finding(
        "Scale",
        level,
        key,
        f"{figure} is {way} that of {months_before(months)}: middle row "
        f"about {plain(_rough(part['now']))}, usually {plain(_rough(part['usual']))}, and as many "
        "rows as ever",
        "Compare the unit of the export (cents, thousands) with `unit` in book.toml; have it "
        "exported again if it changed.",
        usual=usual if profile.money else None,
        now=now if profile.money else None,
        stake=now - usual if profile.money else 0.0,
    )

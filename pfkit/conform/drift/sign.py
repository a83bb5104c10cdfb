"""Rows with the other sign than before: what was above zero is below it, part by part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.conform.drift.finding import WHOLE, Finding, months_before, plain
from pfkit.conform.drift.profile import explained
from pfkit.conform.drift.scale import regular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.drift.grid import Grid
    from pfkit.conform.drift.profile import Profile

#: Odds at which a turned sign is believed, as a logarithm: one to a million.
BELIEVED = math.log(1e6)
#: A sign error leaves the sum as large as it was and the rows as many, within this factor.
AS_LARGE = 5.0
AS_MANY = 3.0
#: Months of one sign from which a part of one or two steady rows is believed too.
STEADY_MONTHS = 12
_STEADY = 2.0


def sign(profile: Profile, history: Sequence[str], month: str) -> list[Finding]:
    """Return the parts of a source whose sum turned its sign because the rows did.

    A credit note, a reversal or a loss turns a sum by rows that were not there before. A sign error
    turns the rows that always are: as many, of the same sizes. So the sum must be as large as
    usual with the other sign, and the rows, or the sums of the finest parts, must fit the turned
    history at least a million times better than the history itself.

    Parameters
    ----------
    profile : Profile
        One figure of the source.
    history : sequence of str
        The months compared with.
    month : str
        The month judged.
    """
    levels = [level for level in (WHOLE, *profile.levels) if _may_turn(profile.grid(level))]
    if not levels:
        return []
    cells = profile.cells()
    now = cells[cells["month"] == month]
    turns = _turned_cells(cells, list(profile.levels), history, month)
    found: list[Finding] = []
    for level in levels:
        if level != WHOLE and len(set(now[level])) == 1:
            continue
        told = [(one.level, one.key) for one in found]
        for name, part in _candidates(profile.by(level), history, month).iterrows():
            key = str(name)
            mine = turns if level == WHOLE else turns[turns[level] == key]
            odds = max(_odds_of_rows(part), _odds_of_cells(mine))
            if (odds >= BELIEVED or _steady(part)) and not explained(now, level, key, told, "n"):
                found.append(_finding(profile, level, key, part, len(history)))
    return found


def _may_turn(grid: Grid) -> bool:
    turned = grid.turned(as_large=AS_LARGE, as_many=AS_MANY, steady=STEADY_MONTHS, odds=BELIEVED)
    return bool(turned.any())


def _candidates(parts: pd.DataFrame, history: Sequence[str], month: str) -> pd.DataFrame:
    """Return the parts whose sum turned its sign but kept its size and its number of rows."""
    before = parts[parts["month"].isin(history) & (parts["n"] > 0)]
    groups = before.groupby("key")
    held = pd.DataFrame(
        {
            "months": groups["month"].count(),
            "usual": groups["total"].median(),
            "above": (before["total"] > 0).groupby(before["key"]).sum(),
            "past": groups["n"].sum(),
            "past_negative": groups["negative"].sum(),
            "count": groups["n"].median(),
        }
    )
    held = held[regular(groups["month"], history)]
    now = parts[(parts["month"] == month) & (parts["n"] > 0)].set_index("key")
    both = held.join(now[["n", "negative", "total"]], how="inner")
    with_usual = np.where(both["usual"] > 0, both["above"], both["months"] - both["above"])
    # one odd month in twelve may have been the other way
    one_sign = both["months"] - with_usual <= both["months"] // STEADY_MONTHS
    turned = both["total"] * both["usual"] < 0
    large = (both["total"] / both["usual"]).abs().between(1 / AS_LARGE, AS_LARGE)
    many = (both["n"] / both["count"]).between(1 / AS_MANY, AS_MANY)
    chosen: pd.DataFrame = both[one_sign & turned & large & many]
    return chosen


def _odds_of_rows(part: pd.Series[Any]) -> float:
    """Return how much better the rows fit the turned share of negative rows than the usual one."""
    share = (part["past_negative"] + 0.5) / (part["past"] + 1)
    return float((2 * part["negative"] - part["n"]) * math.log((1 - share) / share))


def _turned_cells(
    cells: pd.DataFrame, levels: list[str], history: Sequence[str], month: str
) -> pd.DataFrame:
    """Return the finest parts: whether their sum turned, and how often it did in the past."""
    before = cells[cells["month"].isin(history) & (cells["n"] > 0)]
    way = np.sign(before["total"])
    groups = before.assign(way=way).groupby(levels)
    held = pd.DataFrame({"months": groups["month"].count(), "way": groups["way"].sum()})
    held = held[held["months"] >= 3]  # noqa: PLR2004 (fewer months show no habit)
    held["odd"] = (held["months"] - held["way"].abs()) / 2
    now = cells[(cells["month"] == month) & (cells["n"] > 0)]
    both = now.join(held, on=levels, how="inner")
    return both.assign(turned=both["total"] * both["way"] < 0)


def _odds_of_cells(cells: pd.DataFrame) -> float:
    if cells.empty:
        return 0.0
    share = (cells["odd"].sum() + 0.5) / (cells["months"].sum() + 1)
    turned = int(cells["turned"].sum())
    return float((2 * turned - len(cells)) * math.log((1 - share) / share))


def _steady(part: pd.Series[Any]) -> bool:
    """Return whether every row of a long, steady history has the sign that no row has now."""
    kept = part["past_negative"] in {0, part["past"]}
    flipped = part["negative"] == (part["n"] if part["past_negative"] == 0 else 0)
    as_large = 1 / _STEADY <= abs(part["total"] / part["usual"]) <= _STEADY
    return bool(part["months"] >= STEADY_MONTHS and kept and flipped and as_large)


def _finding(profile: Profile, level: str, key: str, part: pd.Series[Any], months: int) -> Finding:
    side = "above" if part["usual"] > 0 else "below"
    past = part["past_negative"] / part["past"]
    usual, now = float(part["usual"]), float(part["total"])
    figure = profile.figure.replace("_", " ")
    return Finding(
        "Sign",
        level,
        key,
        f"sum of {figure} is {plain(now)}, {side} zero in {months_before(months)}; "
        f"{part['negative']:.0f} of {part['n']:.0f} rows are negative, usually {past:.0%}",
        "Compare the sign of the export with `sign` in book.toml; have it exported again if it "
        "changed.",
        usual=usual if profile.money else None,
        now=now if profile.money else None,
        stake=now - usual if profile.money else 0.0,
    )

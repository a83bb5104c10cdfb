"""Plans in another unit or sign than every other plan, and than what was booked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pfkit.conform.drift.finding import WHOLE, Finding, plain
from pfkit.conform.drift.scale import SHIFT
from pfkit.conform.engine import literal, quoted
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.conform.evidence import Evidence
    from pfkit.conform.pipeline import LoadedSource

#: Lines that must be in both plans, and the share of them that must have moved.
LINES, SHARE = 3, 0.8
_YEAR = 12


def plans(held: LoadedSource, evidence: Evidence) -> list[Finding]:
    """Return the parts of the year's plans that differ from everything they can be held against.

    A version is held against the other versions of its year, the year before and what was booked
    in the last twelve months, line by line (account and product, a month's mean). A part in
    another unit differs from each of them by the same power of ten, or by its sign, in most of
    its lines; a plan that was merely changed does not.

    Parameters
    ----------
    held : LoadedSource
        A source of table budget.
    evidence : Evidence
        The conformed book and the period.
    """
    year = evidence.period.year
    mine = _means(held.rows_table, year.months, evidence)
    others = {
        "the year before": _means(held.rows_table, year.prior_year.months, evidence),
        "what was booked": _booked(evidence),
    }
    found: list[Finding] = []
    for version in sorted(set(mine["version"])):
        lines = mine[mine["version"] == version]
        rest = {f"version {name}": mine[mine["version"] == name] for name in set(mine["version"])}
        rest.pop(f"version {version}")
        against = [(name, other) for name, other in (*sorted(rest.items()), *others.items())]
        found += _of_version(version, lines, against)
    return found


def _means(table: str, months: Sequence[str], evidence: Evidence) -> pd.DataFrame:
    listed = ", ".join(literal(month) for month in months)
    return frame(
        evidence.conformed,
        "SELECT version, account, product, sum(CAST(amount AS DOUBLE)) / count(DISTINCT period) "
        f"AS amount FROM {quoted(table)} WHERE _status = 'accepted' AND span = 'month' "
        f"AND period IN ({listed}) GROUP BY ALL HAVING sum(amount) <> 0 ORDER BY ALL",
    )


def _booked(evidence: Evidence) -> pd.DataFrame | None:
    """Return the mean month of the last twelve before the report's, where there is a ledger."""
    if not evidence.conformed.has("actuals"):
        return None
    months = evidence.period.trailing(_YEAR + len(evidence.period.months)).months[:_YEAR]
    listed = ", ".join(literal(month) for month in months)
    return frame(
        evidence.conformed,
        "SELECT '' AS version, account, product, "
        "sum(CAST(amount AS DOUBLE)) / count(DISTINCT period) AS amount FROM final_actuals "
        f"WHERE span = 'month' AND period IN ({listed}) GROUP BY ALL HAVING sum(amount) <> 0 "
        "ORDER BY ALL",
    )


def _of_version(
    version: str, lines: pd.DataFrame, against: Sequence[tuple[str, pd.DataFrame | None]]
) -> list[Finding]:
    compared = {}
    for name, other in against:
        if other is None:
            continue
        usual = other.groupby(["account", "product"])["amount"].mean().rename("usual")
        both = lines.join(usual, on=["account", "product"], how="inner")
        if len(both):
            compared[name] = both.assign(
                shift=np.log10((both["amount"] / both["usual"]).abs()),
                turned=both["amount"] * both["usual"] < 0,
            )
    whole = _judged(version, (WHOLE, ""), _enough(compared, WHOLE, ""))
    if whole:
        return whole
    return [
        finding
        for level in ("account", "product")
        for key in sorted(_odd(compared, level))
        for finding in _judged(version, (level, key), _enough(compared, level, key))
    ]


def _odd(compared: dict[str, pd.DataFrame], level: str) -> set[str]:
    """Return the parts with a line that moved or turned: the others need no closer look."""
    found: set[str] = set()
    for both in compared.values():
        found |= set(both.loc[(both["shift"].abs() >= SHIFT) | both["turned"], level])
    return found


def _enough(compared: dict[str, pd.DataFrame], level: str, key: str) -> dict[str, pd.DataFrame]:
    """Return the lines of a part, of each plan that has enough of them."""
    if level != WHOLE:
        compared = {name: both[both[level] == key] for name, both in compared.items()}
    return {name: both for name, both in compared.items() if len(both) >= LINES}


def _judged(version: str, part: tuple[str, str], held: dict[str, pd.DataFrame]) -> list[Finding]:
    """Judge one part against all it can be held against: it must differ from each."""
    if not held:
        return []
    moved = [float(np.median(both["shift"])) for both in held.values()]
    way = math.copysign(1, moved[0])
    scaled = all((both["shift"] * way >= SHIFT).mean() >= SHARE for both in held.values())
    turned = all(both["turned"].mean() >= SHARE for both in held.values())
    if not scaled and not turned:
        return []
    first = next(iter(held.values()))
    now, usual = float(first["amount"].sum()), float(first["usual"].sum())
    times = f"{10 ** round(abs(moved[0])):,}".replace(",", "\N{THIN SPACE}")
    what = (
        f"about {times} times as {'large' if way > 0 else 'small'} as" if scaled else "turned from"
    )
    plan = f"version {version}"
    return [
        Finding(
            "Scale" if scaled else "Sign",
            part[0],
            f"{part[1]} of {plan}" if part[1] else plan,
            f"{what} {' and '.join(held)}: {plain(now)} in a mean month, there {plain(usual)}, in "
            f"{len(first)} lines",
            "Compare `unit` and `sign` of the source with the head of the sheet.",
            stake=now - usual,
        )
    ]

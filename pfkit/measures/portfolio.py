"""Portfolio: which projects to fund when budgets are short, proven to be the best choice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from pfkit.errors import MeasureError
from pfkit.measures.rows import FLAG, MONEY, TEXT, require, result, row_keys, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROOM: Final = 1e-9  # of the budget or the largest use: what rounding may do to their sums
_UNIT: Final = 1e4
_GAP: Final = 1e-5  # in units of the largest value over ten thousand
_TRIES: Final = 64
_INFEASIBLE: Final = 2  # scipy's code


@dataclass(frozen=True)
class CapitalAllocation:
    """The projects to fund, and what they are worth and use.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per project as given: ``row_key``, ``project``, ``chosen``, ``value`` and one
        column per budget with what the project uses of it.
    chosen : tuple of str
        The projects to fund, in the order given.
    value : float
        What they are worth together: the largest sum that fits the budgets.
    used : mapping of str to float
        Budget to what the chosen projects use of it.
    left : mapping of str to float
        Budget to what is left of it.
    """

    table: pd.DataFrame
    chosen: tuple[str, ...]
    value: float
    used: Mapping[str, float]
    left: Mapping[str, float]


def capital_allocation(
    projects: pd.DataFrame, *, budgets: Mapping[str, float], value: str = "value"
) -> CapitalAllocation:
    r"""Choose the projects that are worth most together within one or more budgets.

    Use it when money, people or years are short; each project is funded whole or not at all.

    Parameters
    ----------
    projects : pandas.DataFrame
        One row per project: ``project`` (its name, once), the column `value` and one column per
        budget with what the project uses of it, in the unit of the budget.
    budgets : mapping of str to float
        Column of `projects` to the amount there is, such as ``{"cost_2026": 5e6, "people": 12}``.
    value : str
        Column to be made as large as possible, such as a net present value in currency.

    Returns
    -------
    CapitalAllocation
        ``chosen``, ``value``, ``used`` and ``left`` per budget, and ``table``.

    Raises
    ------
    ContractError
        If a column is not there.
    MeasureError
        If a number is missing, a project stands twice, no choice fits the budgets, or the best one
        could not be proven.

    Notes
    -----
    :math:`\max \sum v_j x_j` subject to :math:`\sum u_{ij} x_j \le b_i`, x 0 or 1, solved by branch
    and bound (HiGHS) without any gap left between the choice and its bound. The choice is then
    added up again and checked against every budget. Ranking by `profitability_index` finds it only
    where there is one budget and projects are small.

    References
    ----------
    .. [1] Weingartner, *Mathematical Programming and the Analysis of Capital Budgeting Problems*
       (1963).
    .. [2] Huangfu and Hall, "Parallelizing the dual revised simplex method", *Mathematical
       Programming Computation* 10 (2018).

    Examples
    --------
    >>> projects = pd.DataFrame(
    ...     [("search", 60, 50), ("export", 50, 30), ("mobile", 45, 40)],
    ...     columns=["project", "value", "cost"],
    ... )
    >>> best = capital_allocation(projects, budgets={"cost": 80})
    >>> best.chosen, best.value, best.left
    (('search', 'export'), 110.0, {'cost': 0.0})
    """
    require(projects, ["project", value, *budgets], name="projects")
    names = texts(projects["project"]).tolist()
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise MeasureError(
            f"project {twice[0]!r} stands {names.count(twice[0])} times",
            where="projects",
            advice="Give each project one row.",
        )
    worth = _numbers(projects, value, names)
    uses = {name: _numbers(projects, name, names) for name in budgets}
    for name, amount in budgets.items():
        if not math.isfinite(amount):
            raise MeasureError(
                f"budget {name!r} is {amount}", where="budgets", advice="Give an amount."
            )
    picked = _best(worth, uses, budgets)
    used = {name: _sum(use, picked) for name, use in uses.items()}
    keys = row_keys([(name,) for name in names])
    columns: dict[str, Floats | list[bool] | list[str]] = {
        "row_key": keys,
        "project": names,
        "chosen": picked.tolist(),
        "value": worth,
        **uses,
    }
    kinds = {"row_key": TEXT, "project": TEXT, "chosen": FLAG, "value": MONEY}
    kinds |= dict.fromkeys(uses, MONEY)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return CapitalAllocation(
        table=result(rows, kinds),
        chosen=tuple(name for name, here in zip(names, picked, strict=True) if here),
        value=_sum(worth, picked),
        used=used,
        left={name: float(budgets[name]) - spent for name, spent in used.items()},
    )


def _numbers(projects: pd.DataFrame, column: str, names: list[str]) -> Floats:
    numbers = pd.to_numeric(projects[column], errors="coerce").to_numpy(dtype="float64")
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise MeasureError(
            f"{column!r} of project {names[bad[0]]!r} is {projects[column].iloc[int(bad[0])]}",
            where=f"projects (row {int(bad[0]) + 1})",
            advice="Give a number; 0 where it uses nothing.",
        )
    found: Floats = numbers
    return found


def _sum(amounts: Floats, picked: NDArray[np.bool_]) -> float:
    return math.fsum(amounts[picked].tolist())


def _best(
    worth: Floats, uses: Mapping[str, Floats], budgets: Mapping[str, float]
) -> NDArray[np.bool_]:
    """Return the best choice; what the solver rounds over a budget is cut off and solved again."""
    if not len(worth):
        return np.zeros(0, dtype=np.bool_)
    scale = _UNIT / (float(np.abs(worth).max()) or 1.0)
    sizes = {name: max(float(np.abs(use).max()), abs(budgets[name])) for name, use in uses.items()}
    limits = [
        LinearConstraint(
            use * (_UNIT / (sizes[name] or 1.0)),
            ub=(budgets[name] + _ROOM * sizes[name]) * (_UNIT / (sizes[name] or 1.0)),
        )
        for name, use in uses.items()
    ]
    for _ in range(_TRIES):
        solved = milp(
            -worth * scale,
            integrality=np.ones(len(worth)),
            bounds=Bounds(0, 1),
            constraints=limits,
            options={"mip_rel_gap": 0.0},
        )
        if solved.status == _INFEASIBLE:
            raise MeasureError(
                "no choice of projects fits the budgets",
                where="budgets",
                advice="Raise the budgets; not even choosing nothing stays within them all.",
            )
        if solved.status != 0 or solved.fun - solved.mip_dual_bound > _GAP:
            break
        picked: NDArray[np.bool_] = solved.x > 0.5  # noqa: PLR2004 - half
        over = [
            _sum(use, picked) - budgets[name] - _ROOM * sizes[name] for name, use in uses.items()
        ]
        if max(over, default=0.0) <= 0:
            return picked
        others = np.where(picked, -1.0, 1.0)  # any choice but this one
        limits.append(LinearConstraint(others, lb=1.0 - int(picked.sum())))
    raise MeasureError(
        "the best choice of projects could not be proven",
        where="capital_allocation",
        advice="Check that amounts and budgets are stated in the same unit.",
    )

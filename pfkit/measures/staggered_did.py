"""What a release did where units took it up one after the other: staggered DiD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.effect.panel import panel
from pfkit.measures.effect.staggered import group_time, groups, imputation
from pfkit.measures.rows import COUNT, RATE, TEXT, reasons, require, row_keys

if TYPE_CHECKING:
    from pfkit.measures.effect.panel import Panel
    from pfkit.measures.effect.staggered import Groups
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.paths.coded import Counts

Method = Literal["group_time", "imputation"]
_METHODS = ("group_time", "imputation")
#: A trend before the start this unlikely by chance speaks against the comparison.
TREND = 0.01
_FEWEST = 2


@dataclass(frozen=True)
class StaggeredEffect:
    """The effect of a release on units that took it up in different periods.

    Parameters
    ----------
    method : str
        How it was measured.
    effect, low, high, error : float
        Mean per unit and period from its start, by all units reached, with interval and standard
        error, in the unit of the value.
    lead_p_value : float
        How likely the changes before the start are if there was no trend; NaN where none can be
        seen.
    units : int
        Units used.
    verdict : str
        ``supported``, ``fragile`` (a trend before the start) or ``not_identified``.
    reason : str
        Why.
    events : pandas.DataFrame
        By periods since the start, below 0 before it: ``row_key``, ``event``, ``effect``, ``low``,
        ``high``, ``error``, ``units`` reached.
    groups : pandas.DataFrame
        By the period of the start: ``row_key``, ``adopted``, ``units``, ``effect``, ``low``,
        ``high``, ``error``.
    """

    method: str
    effect: float
    low: float
    high: float
    error: float
    lead_p_value: float
    units: int
    verdict: str
    reason: str
    events: pd.DataFrame
    groups: pd.DataFrame


def staggered_did(
    table: pd.DataFrame,
    *,
    method: Method = "group_time",
    unit: str = "unit",
    period: str = "period",
    value: str = "amount",
    adopted: str = "adopted",
    never: bool = False,
    level: float = 0.90,
    draws: int = 500,
    seed: int = 0,
) -> StaggeredEffect:
    """Say what a release did to units that took it up one after the other.

    Use it for one outcome and one release, as a check beside `attribution`: it takes out levels of
    units and what moved all, not a trend of each unit, and believes that those who took it up later
    show what the earlier ones would have done.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per unit and period.
    method : {"group_time", "imputation"}
        Callaway and Sant'Anna: each start against those not yet reached, by the period before it;
        or Borusyak, Jaravel and Spiess: what would have been is fitted on all that was not reached
        yet, which is more exact where nothing trends.
    unit, period, value, adopted : str
        Columns; `adopted` is the first period a unit was reached in, missing for never.
    never : bool
        Whether ``group_time`` compares only with units that were never reached.
    level : float
        How often the intervals are to hold the effect.
    draws : int
        Draws of the bootstrap over units.
    seed : int
        Of the draws.

    Returns
    -------
    StaggeredEffect
        The mean effect, and tables by periods since the start and by start.

    Raises
    ------
    ContractError
        If a column is missing, a unit stands twice in a period or has two starts, or no unit was
        reached inside the panel.
    MeasureError
        If a value is missing or not finite.
    ParameterError
        If `method`, `level` or `draws` cannot be.

    Notes
    -----
    Units that miss a period are left out and counted in `reason`; so are those reached in the first
    period. Standard errors are those of the bootstrap with exponential weights of units, so they
    allow for what goes on in one unit over time. `lead_p_value` is of a Wald test that no change
    before the start differs from nothing, on ``group_time``'s leads in both methods.

    References
    ----------
    .. [1] Callaway and Sant'Anna (2021), "Difference-in-differences with multiple time periods",
       *Journal of Econometrics* 225, 200-230.
    .. [2] Borusyak, Jaravel and Spiess (2024), "Revisiting event-study designs", *Review of
       Economic Studies* 91, 3253-3285.

    Examples
    --------
    >>> rows = [(f"u{k}", t, k + t + 5.0 * (t >= 3 + k % 3)) for k in range(9) for t in range(1, 7)]
    >>> sold = pd.DataFrame(rows, columns=["unit", "period", "amount"])
    >>> sold["adopted"] = [3 + int(name[1:]) % 3 for name in sold["unit"]]
    >>> found = staggered_did(sold)
    >>> round(found.effect, 9), found.events["event"].tolist()
    (5.0, [-2, -1, 0, 1])
    """
    if method not in _METHODS:
        raise ParameterError(
            f"method {method!r} is not known", advice="Use group_time or imputation."
        )
    if not 0 < level < 1 or draws < _FEWEST:
        raise ParameterError(
            f"level {level!r} with {draws} draws cannot be",
            advice="Use a share such as 0.90, and some hundred draws.",
        )
    require(table, [adopted], name="panel")
    read = panel(table, unit=unit, period=period, value=value, drop=True)
    when = _starts(table, read, unit, adopted)
    inside = when > 0
    drawn = groups(read.amounts[inside], when[inside], draws=draws, seed=seed)
    if not ((drawn.first < len(read.periods)) & (drawn.first > 0)).any():
        raise ContractError(
            "no unit was reached after the first period and before the end",
            where="panel",
            advice="Give periods before and after the start.",
        )
    leads = group_time(drawn, never=never)
    cells = leads if method == "group_time" else imputation(drawn)
    return _Told(read, when, drawn, cells, leads, level).result(method)


def _starts(table: pd.DataFrame, read: Panel, unit: str, adopted: str) -> Counts:
    """Return by unit the place of its start among the periods, their number where there is none."""
    starts = table[[unit, adopted]].drop_duplicates()
    twice = starts[unit].duplicated()
    if twice.any():
        raise ContractError(
            f"{starts[unit][twice].iloc[0]} has more than one start",
            where=f"panel, column {adopted}",
            advice="Give each unit the first period it was reached in.",
        )
    known = dict(zip(starts[unit].astype(str), starts[adopted], strict=True))
    place = {name: k for k, name in enumerate(read.periods)}
    numbers = pd.Series([known[name] for name in read.units], dtype="object")
    if pd.api.types.is_float_dtype(table[adopted]) or pd.api.types.is_integer_dtype(table[adopted]):
        numbers = numbers.map(lambda one: one if pd.isna(one) else f"{one:g}")
    missing = numbers.isna()
    found = numbers.astype(str).map(place)
    late = found.isna() & ~missing
    if late.any():
        name = str(numbers[late].iloc[0])
        if name <= read.periods[-1] and name >= read.periods[0]:
            raise ContractError(
                f"start {name!r} is no period of the panel",
                where=f"panel, column {adopted}",
                advice=f"Write it as {read.periods[0]!r} is written.",
            )
        # A start after the end has not been reached yet; one before the beginning always was.
        found = found.mask(late & (numbers.astype(str) < read.periods[0]), 0)
    return np.asarray(found.fillna(len(read.periods)).to_numpy(dtype=np.int64))


@dataclass(frozen=True)
class _Told:
    """Cells of every draw, summed up."""

    read: Panel
    when: Counts
    drawn: Groups
    cells: Array
    leads: Array
    level: float

    def result(self, method: str) -> StaggeredEffect:
        periods = len(self.read.periods)
        after = np.arange(periods)[None, :] >= self.drawn.first[:, None]
        effect, low, high, error = self._summed(self.cells, after)
        p_value = self._trend()
        left, always = len(self.read.left), int((self.when == 0).sum())
        no_one = int((self.when >= periods).sum()) == 0
        missing = not np.isfinite(effect)
        why = reasons(
            "nobody was left to compare with" if missing else "",
            f"changes before the start are unlikely without a trend (p = {p_value:.3f})"
            if p_value < TREND
            else "",
            f"{left} units miss a period and are left out" if left else "",
            f"{always} units were reached in the first period and are left out" if always else "",
            "every unit was reached in the end: the last ones say only what came before"
            if no_one
            else "",
        )
        verdict = "not_identified" if missing else "fragile" if p_value < TREND else "supported"
        return StaggeredEffect(
            method=method,
            effect=effect,
            low=low,
            high=high,
            error=error,
            lead_p_value=p_value,
            units=int((self.when > 0).sum()),
            verdict=verdict,
            reason=why,
            events=self._events(),
            groups=self._groups(after),
        )

    def _mean(self, cells: Array, chosen: Flags) -> Array:
        """Return by draw the mean of chosen cells by the size of groups."""
        there = chosen[None] & np.isfinite(cells)
        weight = self.drawn.sizes[:, :, None] * there
        total = weight.sum((1, 2))
        sums = np.where(there, cells, 0.0) * weight
        return np.asarray(
            np.where(total > 0, sums.sum((1, 2)) / np.where(total > 0, total, 1.0), np.nan)
        )

    def _summed(self, cells: Array, chosen: Flags) -> tuple[float, float, float, float]:
        found = self._mean(cells, chosen)
        error = float(found[1:].std(ddof=1))
        reach = float(norm.ppf(0.5 + self.level / 2)) * error
        return float(found[0]), float(found[0] - reach), float(found[0] + reach), error

    def _since(self) -> Array:
        periods = np.arange(len(self.read.periods))
        return np.asarray(periods[None, :] - self.drawn.first[:, None])

    def _trend(self) -> float:
        """Return how likely the leads are without a trend."""
        since, periods = self._since(), len(self.read.periods)
        reached = (self.drawn.first < periods)[:, None]
        seen = [e for e in range(-periods, 0) if ((since == e) & reached).any()]
        found = np.stack(
            [self._mean(self.leads, (since == e) & reached) for e in seen]
            or [np.full(len(self.leads), np.nan)]
        )
        found = found[np.isfinite(found).all(1)]
        if not len(found):
            return float("nan")
        spread = np.atleast_2d(np.cov(found[:, 1:]))
        inverse = np.linalg.pinv(spread, hermitian=True)
        rank = int(np.linalg.matrix_rank(spread, hermitian=True))
        if not rank:
            return 1.0 if np.allclose(found[:, 0], 0.0) else 0.0
        return float(chi2.sf(found[:, 0] @ inverse @ found[:, 0], rank))

    def _events(self) -> pd.DataFrame:
        since, periods = self._since(), len(self.read.periods)
        reached = (self.drawn.first < periods)[:, None]
        rows = []
        for event in range(int(since.min()), periods):
            cells = self.leads if event < 0 else self.cells
            chosen = (since == event) & reached
            there = chosen & np.isfinite(cells[0])
            if not there.any():
                continue
            effect, low, high, error = self._summed(cells, chosen)
            units = int(self.drawn.sizes[0][there.any(1)].sum())
            rows.append((f"{event:+d}", event, effect, low, high, error, units))
        names = ["row_key", "event", "effect", "low", "high", "error", "units"]
        numbers = dict.fromkeys(names[2:6], RATE)
        return pd.DataFrame(rows, columns=names).astype(
            {"row_key": TEXT, "event": COUNT, "units": COUNT, **numbers}
        )

    def _groups(self, after: Flags) -> pd.DataFrame:
        rows = []
        for g, first in enumerate(self.drawn.first):
            if first >= len(self.read.periods):
                continue
            chosen = after & (np.arange(len(after)) == g)[:, None]
            if not np.isfinite(self.cells[0][chosen]).any():
                continue
            name = self.read.periods[first]
            rows.append((name, int(self.drawn.sizes[0, g]), *self._summed(self.cells, chosen)))
        names = ["adopted", "units", "effect", "low", "high", "error"]
        table = pd.DataFrame(rows, columns=names).astype(
            {"adopted": TEXT, "units": COUNT} | dict.fromkeys(names[2:], RATE)
        )
        table.insert(0, "row_key", row_keys([(name,) for name in table["adopted"]]))
        return table.astype({"row_key": TEXT})

"""Whether a fitted model may be believed: each check in words, with the test behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtr, fdtrc

from pfkit.errors import ContractError
from pfkit.measures.structural.subject import Finding

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.structural.causes import Causes
    from pfkit.measures.structural.models import Fitted
    from pfkit.measures.structural.subject import Subject

SURE = 0.05
#: A driver that the others tell to this share cannot be told from them; a larger share is refused.
_SHARED, _SAME = 0.90, 1 - 1e-8
#: Fewer values than this are too few for a test of a unit root.
_ENOUGH = 20
#: A standardized error beyond this is a wild period.
_WILD = 4.0
_SHOWN = 3
_TESTED = 6


def season_told(series: Subject, count: int) -> tuple[bool, list[Finding]]:
    """Return whether a series is long enough for a season beside `count` causes, in words.

    Notes
    -----
    Two whole years, and as many values again as half a year beyond what is estimated.
    """
    known = int(series.known.sum())
    needed = max(2 * series.season, series.season + 1 + count + series.season // 2)
    if known >= needed:
        return True, []
    text = (
        f"{known} {series.unit} hold no season, for which {needed} are needed: if there is one, it "
        "stands in the trend and the rest"
    )
    return False, [Finding("season", "amber", text)]


def collinear(causes: Causes, series: Subject, *, seasonal: bool) -> list[Finding]:
    """Say which causes others tell, or a line and the season do.

    Raises
    ------
    ContractError
        If one is told wholly, so that it has no coefficient.
    """
    length = len(causes.past)
    month = (series.first + np.arange(length)) % series.season
    base = [np.ones(length), np.arange(length) / length]
    if seasonal:
        base += list((month[:, None] == np.arange(1, series.season)[None, :]).T.astype(float))
    known = series.known
    found = []
    for place, name in enumerate(causes.names):
        own = causes.past[known, place]
        others = np.delete(causes.past, place, axis=1)
        alone = _share(own, np.column_stack(base)[known])
        share = _share(own, np.column_stack([*base, others])[known])
        if share > _SAME:
            what = "a straight line or a season" if alone > _SAME else _twins(causes, place, known)
            raise ContractError(
                f"{name!r} cannot be told from {what}",
                where="drivers and interventions",
                advice="Leave one of them out, or give their sum or ratio as one driver.",
            )
        if share > _SHARED:
            text = (
                f"{100 * share:.1f} % of {name} goes with the trend, the season and the other "
                "causes: its coefficient is uncertain, and says so by its interval"
            )
            found.append(Finding("collinearity", "amber", text, share))
    if causes.names and not found:
        found.append(Finding("collinearity", "green", "every cause moves on its own"))
    return found


def _twins(causes: Causes, place: int, known: Flags) -> str:
    own = causes.past[known, place] - causes.past[known, place].mean()
    for other, name in enumerate(causes.names):
        if other != place and _share(own, causes.past[known][:, [other]] - 0.0) > _SAME:
            return repr(name)
    return "the other causes together"


def _share(values: Array, columns: Array) -> float:
    """Return which share of the spread of values a regression on columns explains."""
    held = np.column_stack([np.ones(len(values)), columns])
    beta, *_ = np.linalg.lstsq(held, values, rcond=None)
    spread = float(((values - values.mean()) ** 2).sum())
    return 1 - float(((values - held @ beta) ** 2).sum()) / spread if spread else 1.0


def residual_findings(fitted: Fitted, series: Subject) -> list[Finding]:
    """Say whether errors one period ahead are without memory, of one size, and normal."""
    errors = fitted.residuals
    if len(errors) < _TESTED:
        text = f"{len(errors)} errors are too few to be tested"
        return [Finding("residuals", "amber", text)]
    return [_memory(errors, fitted, series), _size(errors), _normal(errors), *_wild(fitted)]


def remembers(fitted: Fitted, series: Subject) -> bool:
    """Return whether errors one period ahead follow each other."""
    enough = len(fitted.residuals) >= _TESTED
    return enough and _memory(fitted.residuals, fitted, series).state == "amber"


def _memory(errors: Array, fitted: Fitted, series: Subject) -> Finding:
    from statsmodels.stats.diagnostic import acorr_ljungbox  # noqa: PLC0415 - slow to load

    free = max(len(fitted.parameters) - 1, 0)
    lags = max(min(2 * series.season, len(errors) // 4), free + 2)
    row = acorr_ljungbox(errors, lags=[lags], model_df=free).iloc[0]
    statistic, p = float(row["lb_stat"]), float(row["lb_pvalue"])
    if p < SURE:
        text = (
            f"errors one period ahead follow each other (Ljung-Box over {lags} lags, p {p:.3f}): "
            "something that moves the series is left out, and intervals are too narrow"
        )
        return Finding("autocorrelation", "amber", text, statistic, p)
    text = f"errors one period ahead do not follow each other (Ljung-Box, {lags} lags, p {p:.2f})"
    return Finding("autocorrelation", "green", text, statistic, p)


def _size(errors: Array) -> Finding:
    """Compare the size of the last third of errors with that of the first."""
    third = max(round(len(errors) / 3), 1)
    first, last = float((errors[:third] ** 2).sum()), float((errors[-third:] ** 2).sum())
    ratio = last / first if first > 0 else float("inf")
    p = 2 * min(float(fdtr(third, third, ratio)), float(fdtrc(third, third, ratio)))
    if p < SURE:
        text = (
            f"errors {'grew' if ratio > 1 else 'shrank'}: squared, the last third is {ratio:.1f} "
            f"times the first (p {p:.3f}); intervals ahead are too "
            f"{'narrow' if ratio > 1 else 'wide'}"
        )
        return Finding("heteroskedasticity", "amber", text, ratio, p)
    text = f"errors keep their size (last third to first {ratio:.1f}, p {p:.2f})"
    return Finding("heteroskedasticity", "green", text, ratio, p)


def _normal(errors: Array) -> Finding:
    from statsmodels.stats.stattools import jarque_bera  # noqa: PLC0415 - slow to load

    statistic, p, _, kurtosis = (float(one) for one in jarque_bera(errors))
    if p < SURE:
        tails = "heavier tails than" if kurtosis > 3 else "another shape than"  # noqa: PLR2004 - a normal's
        text = (
            f"errors have {tails} a normal distribution (Jarque-Bera, p {p:.3f}): intervals may "
            "miss more often than they say"
        )
        return Finding("normality", "amber", text, statistic, p)
    text = f"errors are as a normal distribution would have them (Jarque-Bera, p {p:.2f})"
    return Finding("normality", "green", text, statistic, p)


def _wild(fitted: Fitted) -> list[Finding]:
    count = int((np.abs(fitted.residuals) > _WILD).sum())
    if not count:
        return []
    text = (
        f"{count} {'period lies' if count == 1 else 'periods lie'} beyond four standard errors: a "
        "pulse there may be missing"
    )
    return [Finding("outliers", "amber", text, float(np.abs(fitted.residuals).max()))]


def spurious(values: Array, causes: Causes, series: Subject) -> list[Finding]:
    """Warn of drivers that wander as the series does without sharing a path with it.

    Notes
    -----
    A unit root is looked for by the augmented Dickey-Fuller test, a shared path by that of Engle
    and Granger. Two that wander apart correlate by chance.
    """
    from statsmodels.tsa.stattools import coint  # noqa: PLC0415 - slow to load

    drivers = [place for place, kind in enumerate(causes.kinds) if kind == "driver"]
    known = series.known
    if not drivers:
        return []
    if int(known.sum()) < _ENOUGH:
        text = f"{int(known.sum())} {series.unit} are too few to tell whether drivers wander"
        return [Finding("unit roots", "amber", text)]
    wandering = root(values[known]) >= SURE
    found = []
    for place in drivers:
        own, name = causes.past[known, place], causes.names[place]
        p = root(own)
        if p < SURE or not wandering:
            continue
        shared = float(coint(values[known], own, maxlag=1, autolag=None)[1])
        if shared >= SURE:
            text = (
                f"{name} wanders, and so does the series, and they share no path (Engle-Granger, "
                f"p {shared:.2f}): what they have in common may be chance; see elasticities in "
                "differences"
            )
            found.append(Finding("unit roots", "amber", text, p=shared))
    if not found:
        text = "no driver wanders apart from the series"
        found.append(Finding("unit roots", "green", text))
    return found


def root(values: Array, trend: str = "c") -> float:
    """Return the p of the augmented Dickey-Fuller test, 1 where nothing is left to test.

    `trend` is ``c`` for a constant, ``ct`` where a line was taken out as well.
    """
    from statsmodels.tsa.stattools import adfuller  # noqa: PLC0415 - slow to load

    if np.ptp(values) == 0:
        return 1.0
    tested = adfuller(values, maxlag=1, autolag=None, regression=trend, result_object=True)
    return float(tested.pvalue)

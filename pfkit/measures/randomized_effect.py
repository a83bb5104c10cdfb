"""What a randomized release did: assigned against not assigned, and per unit that took it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chisquare, norm

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.rerandomized import sizes_by_chance
from pfkit.measures.rows import reasons, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Counts

_TABLE = "experiment"
#: Shares this unlikely by chance say that something went wrong with the assignment.
MISMATCH = 0.001
#: A first stage below this F says that assignment hardly moved who took it up.
WEAK = 10.0
_FEWEST, _ARMS = 30, 2


@dataclass(frozen=True)
class RandomizedEffect:
    """The effect of being assigned, with what it rests on.

    Parameters
    ----------
    effect, low, high, error, p_value : float
        Mean difference per assigned unit (intention to treat), in the unit of the value.
    treated, control : int
        Units in each arm.
    plain_error : float
        The standard error without what was known before.
    variance_rate : float
        By how much knowing it cut the variance, a fraction.
    shares_p_value : float
        How likely the sizes of the arms are under the planned shares (sample-ratio check).
    taken_effect, taken_low, taken_high : float
        Effect per unit that took it up because it was assigned; NaN where take-up is not given.
    taken_share : float
        By how much assignment raised take-up, a fraction.
    verdict : str
        ``randomised``, ``too_few`` or ``not_identified``.
    reason : str
        Why.
    """

    effect: float
    low: float
    high: float
    error: float
    p_value: float
    treated: int
    control: int
    plain_error: float
    variance_rate: float
    shares_p_value: float
    taken_effect: float
    taken_low: float
    taken_high: float
    taken_share: float
    verdict: str
    reason: str


def randomized_effect(
    table: pd.DataFrame,
    *,
    assigned: str = "assigned",
    value: str = "amount",
    before: str | Sequence[str] = (),
    taken: str | None = None,
    cluster: str | None = None,
    share: float = 0.5,
    level: float = 0.90,
    draws: int = 1_000,
    seed: int = 0,
) -> RandomizedEffect:
    r"""Say what a release did where chance decided who got it.

    Use it for a wave or a holdout; who takes a feature up by himself is not chance.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per unit.
    assigned : str
        Column that is true (1) for units that chance gave it.
    value : str
        Column with the outcome after the release.
    before : str or sequence of str
        Columns known before it, such as the same outcome in the months before (CUPED).
    taken : str, optional
        Column that is true (1) for units that took it up.
    cluster : str, optional
        Column with what was assigned together, such as the account of a user.
    share : float
        The share that was to be assigned.
    level : float
        How often the intervals are to hold the effect.
    draws : int
        How often arms are drawn anew for the intervals; with 0 they rest on the normal curve.
    seed : int
        Where chance starts.

    Returns
    -------
    RandomizedEffect
        Per assigned unit, and, where take-up is given, per unit that took it up because of it.

    Raises
    ------
    ContractError
        If a column is missing, or an arm or a take-up is not true or false.
    MeasureError
        If a value is missing or not finite.
    ParameterError
        If `share` or `level` is not between 0 and 1, or `draws` is negative.

    Notes
    -----
    The outcome is regressed on assignment, on what was known before less its mean, and on both
    together, so that the effect is unbiased in large samples and never less exact than the plain
    difference; errors are robust (HC2), or clustered. An interval is as many errors wide as chance
    alone needs: the arms are drawn anew, the effect taken out, and the sizes of what is then found,
    in standard errors, are what the observed one is held against. A few large customers in a small
    holdout make these larger than the normal curve has them. Per unit that took it up:
    :math:`\hat\tau = \Delta Y / \Delta D`, the instrument's ratio, with the error of :math:`Y -
    \hat\tau D`. The verdict is ``not_identified`` where the sizes of the arms differ from plan with
    p < .001 (something sorted them), and ``too_few`` below 30 units, or clusters, in an arm.

    References
    ----------
    .. [1] Deng, Xu, Kohavi and Walker (2013), "Improving the sensitivity of online controlled
       experiments by utilizing pre-experiment data", *WSDM*, 123-132.
    .. [2] Lin (2013), "Agnostic notes on regression adjustments to experimental data", *Annals of
       Applied Statistics* 7, 295-318.
    .. [3] Wu and Ding (2021), "Randomization tests for weak null hypotheses in randomized
       experiments", *Journal of the American Statistical Association* 116, 1898-1913.
    .. [4] Angrist, Imbens and Rubin (1996), "Identification of causal effects using instrumental
       variables", *Journal of the American Statistical Association* 91, 444-455.

    Examples
    --------
    >>> units = pd.DataFrame({"assigned": [0, 1] * 40, "was": [k // 2 for k in range(80)]})
    >>> units["amount"] = units["was"] * 3.0 + units["assigned"] * 2
    >>> found = randomized_effect(units, before="was")
    >>> round(found.effect, 6), found.verdict, round(found.variance_rate, 2)
    (2.0, 'randomised', 1.0)
    """
    if not 0 < share < 1 or not 0 < level < 1 or draws < 0:
        raise ParameterError(
            f"share {share!r} with level {level!r} and {draws} draws cannot be",
            advice="Use shares between 0 and 1, and no draw or more.",
        )
    known = [before] if isinstance(before, str) else list(before)
    columns = [assigned, value, *known, *([] if taken is None else [taken])]
    require(table, [*columns, *([] if cluster is None else [cluster])], name=_TABLE)
    arm, outcome = _yes(table, assigned), _number(table, value)
    took = None if taken is None else _yes(table, taken)
    which = np.arange(len(arm)) if cluster is None else pd.factorize(table[cluster])[0]
    if len(np.unique(arm)) < _ARMS:
        raise ContractError(
            "every unit is in the same arm", where=_TABLE, advice="Give both, assigned and not."
        )
    extra = np.column_stack([_number(table, column) for column in known]) if known else None
    return _told(arm, outcome, took, _Asked(share, level, draws, seed, which, extra))


@dataclass(frozen=True)
class _Asked:
    share: float
    level: float
    draws: int
    seed: int
    which: Counts
    extra: Array | None

    def reach(self, arm: Array, outcome: Array, *, seen: float) -> tuple[float, float]:
        """Return how many errors an interval reaches, and how often chance goes beyond `seen`.

        `outcome` has no effect of the arm.
        """
        if not self.draws:
            return float(norm.ppf(0.5 + self.level / 2)), float(2 * norm.sf(seen))
        sizes = sizes_by_chance(
            arm,
            outcome,
            self.extra,
            self.which,
            lambda drawn: _slope(drawn, outcome, self.extra, self.which),
            draws=self.draws,
            seed=self.seed,
        )
        beyond = len(sizes) - int(np.searchsorted(sizes, seen, side="left"))
        return float(np.quantile(sizes, self.level)), (1 + beyond) / (1 + len(sizes))


def _told(arm: Array, outcome: Array, took: Array | None, ask: _Asked) -> RandomizedEffect:
    share, which, extra = ask.share, ask.which, ask.extra
    plain = _slope(arm, outcome, None, which)
    effect, error = _slope(arm, outcome, extra, which)
    seen = abs(effect) / error if error > 0 else np.inf
    z, chance = ask.reach(arm, outcome - effect * arm, seen=seen)
    sizes = [len(np.unique(which[arm == one])) for one in (1, 0)]
    shares = float(chisquare(sizes, sum(sizes) * np.array([share, 1 - share])).pvalue)
    first, first_error, ratio, ratio_error, wide = np.nan, np.nan, np.nan, np.nan, z
    if took is not None:
        first, first_error = _slope(arm, took, extra, which)
        if abs(first) > 0:
            ratio = effect / first
            _, left = _slope(arm, outcome - ratio * took, extra, which)
            ratio_error = left / abs(first)
            wide, _ = ask.reach(arm, outcome - ratio * took, seen=0.0)
    weak = took is not None and not (first / max(first_error, 1e-300)) ** 2 >= WEAK
    few = min(sizes) < _FEWEST
    why = reasons(
        f"arms of {sizes[0]:,} and {sizes[1]:,} do not come from a planned share of {share:.0%} "
        f"by chance (p = {shares:.1e}): something sorted them"
        if shares < MISMATCH
        else "",
        f"{min(sizes)} in an arm are fewer than {_FEWEST}" if few else "",
        "assignment hardly moved who took it up" if weak else "",
    )
    if weak:
        ratio, ratio_error = np.nan, np.nan
    return RandomizedEffect(
        effect=effect,
        low=effect - z * error,
        high=effect + z * error,
        error=error,
        p_value=chance if error > 0 else float(effect == 0),
        treated=int((arm == 1).sum()),
        control=int((arm == 0).sum()),
        plain_error=plain[1],
        variance_rate=1 - (error / plain[1]) ** 2 if plain[1] > 0 else 0.0,
        shares_p_value=shares,
        taken_effect=ratio,
        taken_low=ratio - wide * ratio_error,
        taken_high=ratio + wide * ratio_error,
        taken_share=float(first),
        verdict="not_identified" if shares < MISMATCH else "too_few" if few else "randomised",
        reason=why,
    )


def _slope(arm: Array, outcome: Array, extra: Array | None, which: Counts) -> tuple[float, float]:
    """Return what assignment adds, and its robust standard error."""
    design = np.column_stack([np.ones_like(arm), arm])
    if extra is not None:
        apart = extra - extra.mean(0)
        design = np.column_stack([design, apart, apart * arm[:, None]])
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    found = inverse @ design.T @ outcome
    left = outcome - design @ found
    clusters = int(which.max()) + 1
    if clusters == len(arm):
        pull = np.einsum("ij,jk,ik->i", design, inverse, design)
        scores = design * (left / np.sqrt(np.maximum(1 - pull, 1e-9)))[:, None]
        grow = 1.0
    else:
        scores = np.zeros((clusters, design.shape[1]))
        np.add.at(scores, which, design * left[:, None])
        count, width = design.shape
        grow = clusters / (clusters - 1) * (count - 1) / (count - width)
    spread = inverse @ scores.T @ scores @ inverse * grow
    return float(found[1]), float(np.sqrt(max(spread[1, 1], 0.0)))


def _yes(table: pd.DataFrame, column: str) -> Array:
    found = table[column].to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isin(found, [0.0, 1.0])
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ContractError(
            f"{column} is {found[row]:g}, neither true nor false",
            where=f"{_TABLE}, row {row}",
            advice="Write 1 for assigned or taken up, 0 for not.",
        )
    return np.asarray(found)


def _number(table: pd.DataFrame, column: str) -> Array:
    found = table[column].to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(found)
    if bad.any():
        raise MeasureError(
            f"{column} is missing or not finite in {int(bad.sum())} of {len(found)} rows",
            where=f"{_TABLE}, row {int(np.flatnonzero(bad)[0])}",
            advice="Give 0 where a unit brought nothing; leaving such units out would bias it.",
        )
    return np.asarray(found)

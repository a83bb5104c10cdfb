"""How much nearer to the truth stated returns are than those of the best simple rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.rows import COUNT, FLAG, RATE, TEXT, require, result, row_keys, texts

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Counts

_ROWS = {
    **dict.fromkeys(("row_key", "initiative", "together", "method", "period"), TEXT),
    **dict.fromkeys(("stated", "truth", "rule", "stated_error", "rule_error"), RATE),
    "counts": FLAG,
    "reason": TEXT,
}
_RULES = {
    "row_key": TEXT,
    "rule": TEXT,
    "count": COUNT,
    "error": RATE,
    "best": FLAG,
    "reason": TEXT,
}
_TREND = {
    "row_key": TEXT,
    "period": TEXT,
    "count": COUNT,
    **dict.fromkeys(("value", "low", "high"), RATE),
}
#: Below this share of the rule's error a drawn error counts as this share, so that logs are finite.
_LEAST = 1e-6
_PERIODS = 5
TARGET, FEWEST = 0.40, 8


@dataclass(frozen=True)
class RoiAccuracy:
    """By how much stated returns beat the best simple rule, with its interval, and on what.

    Parameters
    ----------
    verdict : str
        ``claimed``, ``not_claimed`` or ``too_few``.
    reason : str
        Why it is not claimed.
    count : int
        Closed initiatives compared: stated, reviewed, and told by a simple rule.
    value, low, high : float
        Error cut off the best simple rule's, a fraction, with its interval; NaN where too few.
    level, target : float
        How often the interval is to hold it; what its lower end has to reach.
    error, rule_error : float
        WAPE of stated returns, and of the best simple rule's, on the same initiatives.
    rule : str
        The best simple rule.
    rows : pandas.DataFrame
        Every initiative: ``row_key``, ``initiative``, ``together``, ``method`` and ``period`` of
        the truth, ``stated``, ``truth`` and ``rule`` return (fractions), ``stated_error`` and
        ``rule_error`` (absolute), ``counts``, ``reason`` why it does not.
    rules : pandas.DataFrame
        Every rule: ``row_key``, ``rule``, ``count``, ``error`` (WAPE), ``best``, ``reason``.
    trend : pandas.DataFrame
        As known at the end of each period: ``row_key``, ``period``, ``count``, ``value``, ``low``,
        ``high``.
    """

    verdict: str
    reason: str
    count: int
    value: float
    low: float
    high: float
    level: float
    target: float
    error: float
    rule_error: float
    rule: str
    rows: pd.DataFrame
    rules: pd.DataFrame
    trend: pd.DataFrame


def roi_accuracy(
    stated: pd.DataFrame,
    truth: pd.DataFrame,
    rules: pd.DataFrame,
    *,
    target: float = TARGET,
    level: float = 0.90,
    fewest: int = FEWEST,
    draws: int = 2_000,
    seed: int = 0,
) -> RoiAccuracy:
    r"""Say how much nearer to later truth stated returns are than those of the best simple rule.

    Use it for the scorecard; `roi_tracking` makes its tables from a book's reviews.

    Parameters
    ----------
    stated : pandas.DataFrame
        ``initiative``, ``roi``: what was said, a fraction; optionally ``reason`` where it is
        missing.
    truth : pandas.DataFrame
        ``initiative``, ``roi``: what was found later; optionally ``method`` (``review``,
        ``experiment``, ``planted``), ``period`` it was known in, and ``together``: initiatives with
        the same word, such as the company, are drawn together.
    rules : pandas.DataFrame
        ``rule``, ``initiative``, ``roi``: what simple rules say of the same ones.
    target : float
        What the lower end has to reach.
    level : float
        Of the interval.
    fewest : int
        Initiatives (or groups drawn together) below which nothing is told.
    draws : int
        How often initiatives are drawn anew.
    seed : int
        Where chance starts.

    Returns
    -------
    RoiAccuracy
        ``claimed`` only where the lower end of the interval reaches the target.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an initiative, or one of a rule, stands twice, or a return is not finite.
    ParameterError
        If `target` or `level` is not between 0 and 1, or `fewest` or `draws` is too small.

    Notes
    -----
    :math:`(E_0 - E_1) / E_0` with :math:`E = \sum |said - true| / \sum |true|`, :math:`E_1` of
    what was stated and :math:`E_0` of the rule with the least error, chosen with the truth in hand
    and, in every draw, anew. Initiatives are drawn in pairs of both errors; the interval is that of
    the studentized bootstrap of :math:`\ln E_1 - \ln E_0`, which keeps its level with a dozen
    initiatives of unlike size, as percentiles do not. A rule that is silent on one of the
    initiatives compared is not chosen.

    References
    ----------
    .. [1] Efron and Tibshirani (1993), *An Introduction to the Bootstrap*, ch. 12 (bootstrap-t).
    .. [2] Kolassa and Schütz (2007), "Advantages of the MAD/mean ratio over the MAPE", *Foresight*
       6, 40-43 (WAPE).

    Examples
    --------
    >>> names = [f"I-{k}" for k in range(10)]
    >>> true = pd.DataFrame({"initiative": names, "roi": [0.5] * 10})
    >>> said = true.assign(roi=[0.4, 0.6, 0.45, 0.55, 0.4, 0.6, 0.45, 0.55, 0.4, 0.6])
    >>> rule = true.assign(rule="last touch", roi=[1.5, 1.2, 1.4, 1.1, 1.3, 1.5, 1.2, 1.4, 1.1, 1])
    >>> found = roi_accuracy(said, true, rule)
    >>> found.verdict, round(found.error, 3), round(found.rule_error, 3), round(found.value, 3)
    ('claimed', 0.16, 1.54, 0.896)
    """
    if not (0 < target < 1 and 0 < level < 1) or fewest < 2 or draws < 1:  # noqa: PLR2004
        raise ParameterError(
            f"target {target!r}, level {level!r}, fewest {fewest!r}, draws {draws!r} cannot be",
            advice="Use fractions between 0 and 1, 2 initiatives or more, 1 draw or more.",
        )
    table = _joined(stated, truth)
    said = _by_rule(rules, table["initiative"].tolist())
    known = table["stated"].notna() & table["truth"].notna() & said.notna().any(axis=1)
    table["counts"] = known
    compared = table[known]
    told, best = _chosen(said[known.to_numpy()], compared["truth"].to_numpy(dtype="float64"))
    table["rule"] = said[best].to_numpy() if best else np.nan
    for name in ("stated", "rule"):
        table[f"{name}_error"] = (table[name] - table["truth"]).abs()
    table["reason"] = _why(table)
    whole = [rule for rule in told["rule"] if told.set_index("rule").loc[rule, "reason"] == ""]
    off = said[whole].sub(table["truth"], axis=0).abs().to_numpy(dtype="float64")
    ask = _Asked(level, fewest, draws, seed)
    found = _cut(table, off, known.to_numpy(), ask)
    error, rule_error = (_wape(compared, name, table) for name in ("stated", "rule"))
    verdict, why = _verdict(found, len(compared), target, ask, best)
    return RoiAccuracy(
        verdict=verdict,
        reason=why,
        count=len(compared),
        value=found[0],
        low=found[1],
        high=found[2],
        level=level,
        target=target,
        error=error,
        rule_error=rule_error,
        rule=best,
        rows=_typed(table, _ROWS),
        rules=_typed(told, _RULES),
        trend=_trend(table, off, ask),
    )


@dataclass(frozen=True)
class _Asked:
    level: float
    fewest: int
    draws: int
    seed: int


def _joined(stated: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return every reviewed initiative with what was stated of it."""
    for name, table in (("stated", stated), ("truth", truth)):
        require(table, ["initiative", "roi"], name=name)
        _once(table, ["initiative"], name)
        _finite(table, name)
    found = pd.DataFrame({"initiative": texts(truth["initiative"]).astype("str").to_numpy()})
    for name in ("method", "period", "together"):
        found[name] = texts(truth[name]).to_numpy() if name in truth else ""
    found["truth"] = truth["roi"].to_numpy(dtype="float64", na_value=np.nan)
    said = stated.assign(initiative=texts(stated["initiative"])).set_index("initiative")
    at = said.reindex(found["initiative"])
    found["stated"] = at["roi"].to_numpy(dtype="float64", na_value=np.nan)
    found["said"] = _plain(at["reason"]) if "reason" in at else ""
    found["row_key"] = row_keys([(name,) for name in found["initiative"]])
    return found


def _plain(column: pd.Series) -> Any:  # noqa: ANN401 (texts)
    return column.astype("object").where(column.notna(), "").to_numpy()


def _by_rule(rules: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return what each rule says, one column a rule in the order given."""
    require(rules, ["rule", "initiative", "roi"], name="rules")
    _once(rules, ["rule", "initiative"], "rules")
    _finite(rules, "rules")
    if rules.empty:
        return pd.DataFrame(index=range(len(names)))
    wide = rules.assign(initiative=texts(rules["initiative"])).pivot_table(
        index="initiative", columns="rule", values="roi", aggfunc="first", sort=False
    )
    return wide.reindex(names).reset_index(drop=True).astype("float64")


def _once(table: pd.DataFrame, keys: list[str], name: str) -> None:
    again = table[keys].duplicated().to_numpy()
    if again.any():
        row = int(np.flatnonzero(again)[0])
        what = ", ".join(repr(table[key].iloc[row]) for key in keys)
        raise MeasureError(
            f"{what} stands twice",
            where=f"{name}, row {row}",
            advice="Keep one return for each initiative.",
        )


def _finite(table: pd.DataFrame, name: str) -> None:
    values = table["roi"].to_numpy(dtype="float64", na_value=np.nan)
    bad = np.isinf(values)
    if bad.any():
        raise MeasureError(
            f"roi is not finite in {int(bad.sum())} of {len(values)} rows",
            where=f"{name}, row {int(np.flatnonzero(bad)[0])}",
            advice="Leave the return of an initiative without cost empty.",
        )


def _chosen(said: pd.DataFrame, truth: Array) -> tuple[pd.DataFrame, str]:
    """Return the error of every rule, and the best of those that speak of every initiative."""
    whole = float(np.abs(truth).sum())
    off = said.sub(truth, axis=0).abs()
    silent = said.isna().sum()
    error = off.sum() / whole if whole > 0 else off.sum() * np.nan
    error = error.where(silent == 0)
    best = str(error.idxmin()) if len(said) and error.notna().any() else ""
    told = pd.DataFrame(
        {
            "row_key": row_keys([(str(name),) for name in said.columns]),
            "rule": [str(name) for name in said.columns],
            "count": said.notna().sum().to_numpy(),
            "error": error.to_numpy(dtype="float64"),
            "best": [str(name) == best for name in said.columns],
            "reason": [f"silent on {gaps} of {len(said)}" if gaps else "" for gaps in silent],
        }
    )
    return told, best


def _why(table: pd.DataFrame) -> pd.Series:
    """Return why an initiative is not compared."""
    silent = pd.Series("no simple rule speaks of it", index=table.index)
    found = silent.mask(table["truth"].isna(), "its review states no return")
    unsaid = table["said"].mask(table["said"] == "", "no return was stated")
    return found.mask(table["stated"].isna(), unsaid).mask(table["counts"], "").astype("str")


def _wape(compared: pd.DataFrame, name: str, table: pd.DataFrame) -> float:
    whole = float(compared["truth"].abs().sum())
    off = float(table.loc[compared.index, f"{name}_error"].sum())
    return off / whole if whole > 0 and table.loc[compared.index, name].notna().all() else np.nan


def _cut(
    table: pd.DataFrame, off: Array, kept: np.ndarray, ask: _Asked
) -> tuple[float, float, float]:
    """Return the cut with its interval; nothing where too few are compared."""
    nothing = (float("nan"),) * 3
    if not off.shape[1]:
        return nothing
    words = table["together"].where(table["together"] != "", table["initiative"])
    group = pd.factorize(words[kept])[0]
    count = int(group.max(initial=-1)) + 1
    if count < ask.fewest:
        return nothing
    mine = _summed(table["stated_error"].to_numpy(dtype="float64")[kept, None], group, count)[:, 0]
    theirs = _summed(off[kept], group, count)
    if not theirs.sum(0).min() > 0:
        return nothing
    log, error = _logs(mine[None], theirs[None])
    dice = np.random.default_rng(ask.seed)
    drawn = dice.integers(0, count, (ask.draws, count))
    logs, errors = _logs(mine[drawn], theirs[drawn])
    t = (logs - log) / np.maximum(errors, 1e-12)
    low, high = np.quantile(t, [0.5 - ask.level / 2, 0.5 + ask.level / 2])
    ends = 1 - np.exp(log[0] - np.array([low, high]) * error[0])
    value = 1 - float(mine.sum() / theirs.sum(0).min())
    return value, float(ends[0]), float(ends[1])


def _summed(values: Array, group: Counts, count: int) -> Array:
    found = np.zeros((count, values.shape[1]))
    np.add.at(found, group, values)
    return found


def _logs(mine: Array, theirs: Array) -> tuple[Array, Array]:
    """Return the log of the ratio of errors draw by draw, and its standard error."""
    count = mine.shape[1]
    best = theirs.sum(1).argmin(1)
    rule = np.take_along_axis(theirs, best[:, None, None], axis=2)[:, :, 0]
    under = np.maximum(rule.mean(1), 1e-300)
    over = np.maximum(mine.mean(1), _LEAST * under)
    apart = mine / over[:, None] - rule / under[:, None]
    return np.log(over / under), apart.std(1, ddof=1) / np.sqrt(count)


def _verdict(
    found: tuple[float, float, float], count: int, target: float, ask: _Asked, best: str
) -> tuple[str, str]:
    if np.isnan(found[0]):
        if count < ask.fewest:
            return "too_few", f"{count} closed initiatives are compared, {ask.fewest} are needed"
        if not best:
            return "too_few", "no simple rule speaks of all initiatives compared"
        why = f"fewer than {ask.fewest} groups are drawn together, or a rule makes no error at all"
        return "too_few", why
    if found[1] >= target:
        return "claimed", ""
    return "not_claimed", f"the lower end, {found[1]:.1%}, is below the target of {target:.0%}"


def _trend(table: pd.DataFrame, off: Array, ask: _Asked) -> pd.DataFrame:
    """Return what was known at the end of each of the last periods."""
    counts = table["counts"].to_numpy()
    labels = sorted({str(one) for one in table.loc[counts, "period"] if one})[-_PERIODS:]
    rows: list[dict[str, Any]] = []
    for label in labels:
        kept = counts & (table["period"].to_numpy() <= label)
        names = ("value", "low", "high")
        found = (None if np.isnan(one) else one for one in _cut(table, off, kept, ask))
        rows.append(
            {"row_key": label, "period": label, "count": int(kept.sum())}
            | dict(zip(names, found, strict=True))
        )
    return result(rows, _TREND)


def _typed(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    found = table.reindex(columns=list(columns))
    for name in (name for name, kind in columns.items() if kind == RATE):
        known = found[name].astype("float64")
        found[name] = known.astype("Float64").mask(known.isna())
    return found.astype(columns)

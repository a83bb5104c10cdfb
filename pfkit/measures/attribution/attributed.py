"""What features earned: effects with proof, or a refusal; tied to the ledger to the cent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ControlError, MeasureError, ParameterError
from pfkit.measures.attribution.adoption import NEVER, adoption
from pfkit.measures.attribution.billing import billed, month_label
from pfkit.measures.attribution.combine import Parts, parts
from pfkit.measures.attribution.estimate import estimate, nothing
from pfkit.measures.attribution.panel import TOLERANCE, panel
from pfkit.measures.attribution.ties import ledger_lines
from pfkit.measures.attribution.verdicts import NUMBERED, by_lot, facts, judged, structural
from pfkit.measures.rows import COUNT, MONEY, RATE, TEXT, reasons, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.measures.attribution.adoption import Adoption
    from pfkit.measures.attribution.estimate import Estimate
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.attribution.verdicts import Facts, Verdict
    from pfkit.measures.medians import Array, Flags

#: How often customers are weighted anew for the intervals.
DRAWS: Final = 200
_BOUNDS: Final = (0.05, 0.95)
_FEATURES: Final = {
    "row_key": TEXT,
    "feature": TEXT,
    "release": TEXT,
    "adopters": COUNT,
    "incremental": MONEY,
    "lo90": MONEY,
    "hi90": MONEY,
    "shapley": MONEY,
    "growth": MONEY,
    "retention": MONEY,
    "verdict": TEXT,
    "method": TEXT,
    "reasons": TEXT,
    "needs": TEXT,
    "placebo_rate": RATE,
    "placebo_p": RATE,
}
_DIAGNOSTICS: Final = {
    "row_key": TEXT,
    "check": TEXT,
    "feature": TEXT,
    "value": "Float64",
    "amount": MONEY,
    "text": TEXT,
}


@dataclass(frozen=True)
class Attribution:
    """What each feature earned, and what was refused.

    Attributes
    ----------
    features : pandas.DataFrame
        One row per feature, the largest first, refused ones last; see `attribution`.
    ledger : pandas.DataFrame
        ``row_key, period, line, amount``: ``baseline``, each feature with a number,
        ``not_identified``, and ``ledger``, which they add up to in every period.
    diagnostics : pandas.DataFrame
        ``row_key, check, feature, value, amount, text``: what was left out or moved, the tie, the
        tests behind the verdicts.
    monthly : pandas.DataFrame
        ``row_key, period, feature, incremental``: what would have been lost, by month.
    draws : pandas.DataFrame
        One column per feature with a number: its incremental revenue, customers weighted anew.

    Examples
    --------
    >>> found = Attribution(pd.DataFrame({"verdict": ["supported", "too_few"]}))
    >>> found.refused["verdict"].tolist()
    ['too_few']
    """

    features: pd.DataFrame
    ledger: pd.DataFrame = field(default_factory=pd.DataFrame)
    diagnostics: pd.DataFrame = field(default_factory=pd.DataFrame)
    monthly: pd.DataFrame = field(default_factory=pd.DataFrame)
    draws: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def refused(self) -> pd.DataFrame:
        """Return the features without a number."""
        return self.features[~self.features["verdict"].isin(NUMBERED)].reset_index(drop=True)


def attribution(
    billing: pd.DataFrame,
    usage: pd.DataFrame,
    releases: pd.DataFrame,
    rollout: pd.DataFrame | None = None,
    *,
    customers: pd.DataFrame | None = None,
    rates: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
    tolerance: float = TOLERANCE,
    draws: int = DRAWS,
    seed: int = 0,
    refuse: bool = False,
) -> Attribution:
    r"""Say what revenue there would not have been without each feature, or why nobody can tell.

    Use it for "did it pay?"; `attribution_roi` sets the answer against cost.

    Parameters
    ----------
    billing : pandas.DataFrame
        Table ``invoices`` or ``revenue``: ``customer``, a month (``period``, ``month`` or
        ``invoice_date``), ``amount`` in reporting currency; better with ``amount_local`` and
        ``currency``, ``invoice_id`` and ``line_no`` (a line that repeats counts once), and
        ``refers_to`` (the invoice a refund takes back, in whose month it belongs).
    usage : pandas.DataFrame
        Table ``usage`` or ``exposures``: ``customer``, ``feature``, a month; ``units`` above zero.
    releases : pandas.DataFrame
        Table ``releases``: ``feature`` and its month, one row a feature.
    rollout : pandas.DataFrame, optional
        Table ``rollout``: ``feature``, ``how`` (``randomized``, ``waves``, ``opt_in``,
        ``forced``); by ``customer`` the ``wave`` and ``available_from``, empty for a holdout.
    customers : pandas.DataFrame, optional
        Table ``customers``: ``customer``, ``region`` or ``country``, ``segment``; customers are
        compared with those of the same region and segment.
    rates : pandas.DataFrame, optional
        Table ``rates``: ``currency``, a month, ``rate``; needed where `billing` has no ``amount``.
    ledger : pandas.DataFrame, optional
        Revenue by month: a month and ``amount``. Default: that of `billing`.
    tolerance : float
        Share of a month's ledger that billing may miss it by.
    draws : int
        How often customers are weighted anew for the intervals; none with 0.
    seed : int
        Where chance starts.
    refuse : bool
        Whether input that nothing can be told from, as billing that misses the ledger, gives no
        feature and the reason in place of an error; a report goes on without it.

    Returns
    -------
    Attribution
        ``features``: ``row_key, feature, release`` (month), ``adopters`` (customers that were there
        before and after their first use), ``incremental`` (revenue that would have been lost
        without it, from its release to the last month, in reporting currency) with ``lo90`` and
        ``hi90``, ``shapley`` (its share; shares and the baseline add up to the ledger), ``growth``
        and ``retention`` (the part that comes of customers spending more, and of staying),
        ``verdict`` (``randomised, supported, fragile, not_identified, too_few, descriptive``),
        ``method, reasons``, ``needs`` (what would make it answerable), ``placebo_rate`` (change of
        revenue in the three months before first use, a fraction) and ``placebo_p``. Then
        ``ledger``, ``diagnostics``, ``monthly`` and ``draws``.

    Raises
    ------
    ContractError
        If a column is missing, a feature is released twice, or a currency has no rate.
    ControlError
        If billing misses the ledger by more than `tolerance`.
    MeasureError
        If billing has one month, an amount is not finite, or no customer paid anything.
    ParameterError
        If `draws` is negative.

    Notes
    -----
    Growth: one event study of all features on the logarithm of revenue as billed, :math:`\log
    y_{it} = \alpha_i + \beta_i t + \gamma_{ct} + \sum_j \delta_{j,t - A_{ij}} + \varepsilon_{it}`,
    with a level and a trend of each customer, months of each region × segment, and months weighted
    by how their noise goes together. Leaving: a hazard by region × segment and month with size,
    time as a customer, features in use, and a hidden growth of each customer that revenue, adoption
    and leaving share; most features keep nobody, so where their effects on leaving crowd together
    is what sways those who choose, and is taken out; where waves were given out by lot, leaving by
    the use expected of each wave tells effect and choice apart. With :math:`a_j` the factor by
    which revenue is larger for a feature's lift and for those who stayed, incremental revenue is
    :math:`\sum y (1 - 1 / a_j)`; what two features do together is lost with either and shared by
    both, where it stands out (p < .001, 2 % and more). The share of a feature is :math:`b (a_j - 1)
    \int_0^1 \prod_{k \ne j} (1 + x (a_k - 1)) dx` over the base :math:`b = y / \prod a`. Where a
    feature was given out by lot, and use within waves follows revenue, growth is fitted by the use
    expected of each wave. Effects are told at 0, 1, 2, 3, 5, 8, 12 and 18 months of use, straight
    between them, and are those over revenue: where large customers gain more, or less, than small
    ones, by more than chance, the effect moves as far.

    Intervals weigh blocks of customers anew and draw effects on leaving from what is believed of
    them; they allow for groups of customers that differ, as far as they do here, for revenue that
    few customers pay, and for what the model leaves out, which more customers do not shrink
    (`python -m bench attribution` sets them against companies with known effects).

    Refused are features with fewer than 6 months before their release or 4 since, fewer than 100
    adopters, all customers in one month, revenue of adopters off its trend in the three months
    before first use (p < .01, and by a fifth of the effect and 1 % in some month; less makes a
    number fragile), or use together with another's (r > .95). Their share stands in
    ``not_identified``; what came to all at once cannot be told from its months, and stays in
    ``baseline``.

    References
    ----------
    .. [1] Sun and Abraham (2021), "Estimating dynamic treatment effects in event studies with
       heterogeneous treatment effects", *Journal of Econometrics* 225, 175-199.
    .. [2] Heckman and Hotz (1989), "Choosing among alternative nonexperimental methods", *JASA* 84,
       862-874 (a trend of each unit).
    .. [3] Altonji, Elder and Taber (2005), "Selection on observed and unobserved variables", *JPE*
       113, 151-184 (what sways those who choose).
    .. [4] Rubin (1981), "The Bayesian bootstrap", *Annals of Statistics* 9, 130-134.

    Examples
    --------
    Two customers are too few to tell anything, and the ledger still adds up.

    >>> months = [f"2026-{month:02d}" for month in range(1, 13)]
    >>> billing = pd.DataFrame({"customer": ["A", "B"] * 12, "amount": 100.0})
    >>> billing["period"] = [month for month in months for _ in "AB"]
    >>> usage = pd.DataFrame({"customer": ["A"], "feature": ["export"], "period": ["2026-08"]})
    >>> releases = pd.DataFrame({"feature": ["export"], "period": ["2026-08"]})
    >>> found = attribution(billing, usage, releases)
    >>> found.features[["feature", "incremental", "verdict", "reasons"]].values.tolist()
    [['export', <NA>, 'too_few', '1 customers took it up, fewer than 100']]
    >>> found.ledger["line"].unique().tolist()
    ['baseline', 'not_identified', 'ledger']
    """
    if draws < 0:
        raise ParameterError(f"draws {draws} cannot be", advice="Use 0 or more; 200 is usual.")
    if billing.empty:
        return _empty(str(billing.attrs.get("reason") or "billing has no line"))
    try:
        mine = panel(billed(billing, rates), customers, ledger, tolerance=tolerance)
        adopted = adoption(mine, usage, releases, rollout)
    except (ContractError, ControlError, MeasureError) as error:
        if refuse:
            return _empty(f"{error.where}: {error.what}" if error.where else error.what)
        raise
    known = facts(mine, adopted)
    found = structural(mine, adopted, known)
    lots, ratio = by_lot(mine, adopted, found)
    told = ~known.to_all & (known.users > 0)
    if bool(told.any()):
        fit = estimate(mine, adopted, told=told, by_lot=lots, draws=draws, seed=seed)
    else:
        fit = nothing(mine, len(told), draws)
    judged(found, adopted, known, fit=fit, lots=lots, ratio=ratio)
    split = parts(mine, fit.first, fit.hazard, fit.effects)
    numbered = np.array([one.verdict in NUMBERED for one in found], dtype=bool)
    rows = _rows(mine, adopted, known, found=found, fit=fit, split=split, numbered=numbered)
    names = np.array(adopted.features, dtype=object)[numbered].tolist()
    return Attribution(
        features=result(sorted(rows, key=_order), _FEATURES),
        ledger=ledger_lines(mine, adopted.features, split, numbered),
        diagnostics=_diagnostics(mine, adopted, known, fit),
        monthly=_monthly(mine, names, split.removal[:, numbered]),
        draws=pd.DataFrame(fit.draws[:, numbered], columns=names),
    )


def _empty(reason: str) -> Attribution:
    """Return an answer without features, which says why."""
    features = result([], _FEATURES)
    features.attrs["reason"] = reason
    return Attribution(features=features)


def _order(row: Mapping[str, Any]) -> tuple[bool, float, str]:
    return row["incremental"] is None, -(row["incremental"] or 0.0), row["feature"]


def _rows(
    mine: Panel,
    adopted: Adoption,
    known: Facts,
    *,
    found: list[Verdict],
    fit: Estimate,
    split: Parts,
    numbered: Flags,
) -> list[dict[str, Any]]:
    still = replace(fit.effects, hazards=np.zeros_like(fit.effects.hazards))
    removal, shapley = split.removal.sum(0), split.shares.sum(0)
    growth = fit.moments.incremental(still)
    keys = row_keys([(name,) for name in adopted.features])
    out = []
    for one, (name, verdict) in enumerate(zip(adopted.features, found, strict=True)):
        there, release = bool(numbered[one]), int(adopted.release[one])
        low, high = _bounds(fit.draws[:, one])
        p = float(fit.leads.p[one])
        out.append(
            {
                "row_key": keys[one],
                "feature": name,
                "release": "" if release >= NEVER else month_label(mine.first + release),
                "adopters": int(known.adopters[one]),
                "incremental": _cents(removal[one]) if there else None,
                "lo90": _cents(low) if there else None,
                "hi90": _cents(high) if there else None,
                "shapley": _cents(shapley[one]) if there else None,
                "growth": _cents(growth[one]) if there else None,
                "retention": _cents(removal[one] - growth[one]) if there else None,
                "verdict": verdict.verdict,
                "method": _method(bool(fit.swayed[one])) if there else "",
                "reasons": reasons(*verdict.reasons),
                "needs": reasons(*verdict.needs),
                "placebo_rate": float(np.expm1(fit.leads.mean[one])) if np.isfinite(p) else None,
                "placebo_p": p if np.isfinite(p) else None,
            }
        )
    return out


def _bounds(draws: Array) -> tuple[float | None, float | None]:
    if len(draws) == 0:
        return None, None
    low, high = np.quantile(draws, _BOUNDS)
    return float(low), float(high)


def _cents(amount: float | None) -> float | None:
    return None if amount is None else round(float(amount), 2)


def _method(swayed: bool) -> str:  # noqa: FBT001 - says which of two
    return "event study by wave, hazard" if swayed else "event study with own trends, hazard"


def _monthly(mine: Panel, names: list[str], removal: Array) -> pd.DataFrame:
    labels = mine.labels
    table = pd.DataFrame(
        {
            "period": np.repeat(labels, len(names)),
            "feature": np.tile(np.array(names, dtype=object), len(labels)),
            "incremental": np.round(removal.ravel(), 2),
        }
    )
    table.insert(0, "row_key", table["period"].astype("str") + "|" + table["feature"].astype("str"))
    return table.astype(
        {"row_key": "str", "period": "str", "feature": "str", "incremental": "Float64"}
    )


def _diagnostics(mine: Panel, adopted: Adoption, known: Facts, fit: Estimate) -> pd.DataFrame:
    """Return what was left out or moved, the tie, and what verdicts rest on."""
    rows: list[tuple[str, str, float | None, float | None, str]] = [
        ("customers", "", float((mine.entry < mine.months).sum()), None, "with revenue"),
        ("months", "", float(mine.months), None, f"{mine.labels[0]} to {mine.labels[-1]}"),
        ("ledger less billing", "", None, float(mine.gap.sum()) / 100, "in not_identified"),
    ]
    rows += [("billing", "", float(note.rows), note.amount, note.what) for note in mine.notes]
    if adopted.strangers:
        what = "customers use features and are never billed"
        rows.append(("usage", "", float(adopted.strangers), None, what))
    left = int((mine.leave < mine.months).sum())
    rows.append(("customers that left", "", float(left), None, ""))
    rows.append(
        (
            "own growth and leaving",
            "",
            fit.growth,
            None,
            "log hazard per standard deviation of growth",
        )
    )
    swayed = "log hazard that those who choose features have beside their effects"
    rows.append(("choice and leaving", "", fit.shift, None, swayed))
    for (one, other), more in zip(fit.effects.pairs, fit.effects.more.tolist(), strict=True):
        pair = f"{adopted.features[one]} + {adopted.features[other]}"
        text = "log revenue while both are in use, beside the effect of each"
        rows.append(("more together", pair, more, None, text))
    for one, name in enumerate(adopted.features):
        early = int(adopted.early[one])
        if early:
            rows.append(("use before release", name, float(early), None, "customers"))
        rows.append(("largest month of first use", name, float(known.peak[one]), None, "share"))
        others = np.where(np.arange(len(adopted.features)) == one, -1.0, known.together[one])
        if len(others) > 1:
            with_ = adopted.features[int(others.argmax())]
            rows.append(("used together", name, float(others.max()), None, f"r with {with_}"))
    keys = row_keys([(f"{at:03d}", row[0], row[1]) for at, row in enumerate(rows)])
    columns = list(_DIAGNOSTICS)[1:]
    return result(
        [
            {"row_key": key} | dict(zip(columns, row, strict=True))
            for key, row in zip(keys, rows, strict=True)
        ],
        _DIAGNOSTICS,
    )

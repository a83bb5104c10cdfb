"""How often customers without a contract buy, and when they stop: the BG/NBD model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import RATE, TEXT, require, row_keys

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

_TABLE = "customers"
_COLUMNS = ("customer", "frequency", "recency", "age")
_FEWEST = 50


@dataclass(frozen=True)
class BgNbd:
    """A fitted model.

    Parameters
    ----------
    r, alpha, a, b : float
        Purchases of a customer while active are Poisson with a gamma(`r`, `alpha`) rate; after each
        he stops with a beta(`a`, `b`) probability.
    log_likelihood : float
        Of all customers.
    customers : int
        How many.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int

    def expected(self, table: pd.DataFrame, *, ahead: float) -> pd.DataFrame:
        """Say what each customer will do, given what he did.

        Parameters
        ----------
        table : pandas.DataFrame
            As for `bg_nbd`.
        ahead : float
            How far, in the unit of ``age``.

        Returns
        -------
        pandas.DataFrame
            ``row_key``, ``customer``, ``active_share`` (the probability that he has not stopped)
            and ``purchases`` expected.

        Raises
        ------
        ContractError
            As `bg_nbd`.
        MeasureError
            As `bg_nbd`.

        Examples
        --------
        >>> model = BgNbd(0.243, 4.414, 0.793, 2.426, float("nan"), 2357)
        >>> one = pd.DataFrame({"customer": ["1"], "frequency": [2], "recency": [30.43],
        ...                     "age": [38.86]})
        >>> model.expected(one, ahead=39.0)["purchases"].round(2).tolist()
        [1.23]
        """
        x, recency, age = _read(table)
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        gone = np.where(
            x > 0,
            a / np.maximum(b + x - 1, 1e-12) * ((alpha + age) / (alpha + recency)) ** (r + x),
            0.0,
        )
        z = ahead / (alpha + age + ahead)
        shrink = ((alpha + age) / (alpha + age + ahead)) ** (r + x)
        ratio = 1 - shrink * hyp2f1(r + x, b + x, a + b + x - 1, z)
        rows = pd.DataFrame(
            {
                "customer": table["customer"].astype(str).to_numpy(),
                "active_share": 1 / (1 + gone),
                "purchases": (a + b + x - 1) / (a - 1) * ratio / (1 + gone),
            }
        )
        rows.insert(0, "row_key", row_keys([(name,) for name in rows["customer"]]))
        return rows.astype(
            {"row_key": TEXT, "customer": TEXT, "active_share": RATE, "purchases": RATE}
        )


def bg_nbd(table: pd.DataFrame) -> BgNbd:
    r"""Fit how often customers without a contract buy again, and when they stop.

    Use it where nobody cancels, so that a customer who has stopped only stays away; with contracts
    `unit_economics` counts losses.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer: ``customer``; ``frequency``, purchases after the first; ``recency``,
        from the first to the last purchase; ``age``, from the first purchase to now, both in the
        same unit of time, such as weeks.

    Returns
    -------
    BgNbd
        The parameters, and `BgNbd.expected` for what comes.

    Raises
    ------
    ContractError
        If a column is missing, a customer stands twice, or there are fewer than 50.
    MeasureError
        If a number is missing, below zero, or a last purchase is later than now; if nobody bought
        again; if no maximum is found.

    Notes
    -----
    Maximum likelihood over the logarithms of the four parameters, from several starts. With
    :math:`\delta = 1` where :math:`x > 0`,

    .. math:: L = \frac{\Gamma(r+x)\alpha^r}{\Gamma(r)} \frac{B(a, b+x)}{B(a,b)}
       \left[(\alpha+T)^{-(r+x)} + \delta \frac{a}{b+x-1} (\alpha+t_x)^{-(r+x)}\right].

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), "'Counting your customers' the easy way: an alternative to
       the Pareto/NBD model", *Marketing Science* 24, 275-284.

    Examples
    --------
    >>> dice = np.random.default_rng(1)
    >>> ages = dice.uniform(20, 40, 400)
    >>> bought = dice.poisson(dice.gamma(0.5, 0.2, 400) * ages)
    >>> rows = pd.DataFrame({"customer": range(400), "frequency": bought, "age": ages,
    ...                      "recency": np.where(bought > 0, ages * bought / (bought + 1), 0)})
    >>> bg_nbd(rows).customers
    400
    """
    x, recency, age = _read(table)
    if len(x) < _FEWEST:
        raise ContractError(
            f"{len(x)} customers are fewer than {_FEWEST}",
            where=_TABLE,
            advice="Give more of them.",
        )
    if not x.any():
        raise MeasureError(
            "nobody bought again", where=_TABLE, advice="Give a longer time, or another measure."
        )
    unit = float(age.mean())

    def loss(logs: Array) -> float:
        return -_likelihood(np.exp(logs), x, recency / unit, age / unit) / len(x)

    starts = ([0.0, 0.0, 0.0, 0.0], [-1.0, -2.0, 0.0, 1.0], [0.5, -1.0, -1.0, 1.0])
    found = [
        minimize(loss, np.array(start), method="L-BFGS-B", bounds=[(-9, 9)] * 4) for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    best = minimize(
        loss, best.x, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}
    )
    if not (best.success and np.isfinite(best.fun)):
        raise MeasureError(
            "no parameters fit these customers", where=_TABLE, advice="Check recency and age."
        )
    r, alpha, a, b = (float(one) for one in np.exp(best.x))
    model = r, alpha * unit, a, b
    whole = _likelihood(np.array(model), x, recency, age)
    return BgNbd(*model, log_likelihood=whole, customers=len(x))


def _likelihood(model: Array, x: Array, recency: Array, age: Array) -> float:
    r, alpha, a, b = model
    rest = -(r + x) * np.log(alpha + age)
    stopped = np.log(a) - np.log(np.maximum(b + x - 1, 1e-12)) - (r + x) * np.log(alpha + recency)
    either = np.where(x > 0, np.logaddexp(rest, stopped), rest)
    told = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    return float((told + either).sum())


def _read(table: pd.DataFrame) -> tuple[Array, Array, Array]:
    require(table, _COLUMNS, name=_TABLE)
    twice = table["customer"].duplicated()
    if twice.any():
        raise ContractError(
            f"customer {table['customer'][twice].iloc[0]} stands twice",
            where=_TABLE,
            advice="Give one row per customer.",
        )
    x, recency, age = (
        table[column].to_numpy(dtype="float64", na_value=np.nan) for column in _COLUMNS[1:]
    )
    good = (x >= 0) & (x == np.rint(x)) & (recency >= 0) & (recency <= age) & np.isfinite(age)
    good &= (x > 0) | (recency == 0)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise MeasureError(
            f"frequency {x[row]:g}, recency {recency[row]:g} and age {age[row]:g} cannot be",
            where=f"{_TABLE}, row {row}",
            advice="Count whole purchases after the first; 0 <= recency <= age, and recency 0 "
            "without any.",
        )
    return x, recency, age

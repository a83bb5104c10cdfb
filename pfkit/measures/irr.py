"""The rate of return of a row of cash flows: every root, the one to show, and what to beware of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.errors import MeasureError
from pfkit.measures.breakeven import Break, Flows, breaks
from pfkit.measures.day_counts import span_days, years
from pfkit.measures.npv import amounts, check_rate, paired

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pfkit.measures.breakeven import Floats

_SHORT_DAYS: Final = 90
_NEARLY_ALL: Final = -0.99
_LARGEST: Final = 709.0  # the largest force of interest whose rate a float holds
_BOTH: Final = 2
_NOTHING: Final = 1e-9


@dataclass(frozen=True)
class Irr:
    """A rate of return, or the reason why there is none.

    Attributes
    ----------
    rate : float or None
        The rate to show, as a fraction per step (`irr`) or per year (`xirr`).
    roots : tuple of float
        Every rate above -100 % at which present value is zero, ascending.
    warnings : mapping of str to str
        What to beware of: a code and its words. ``multiple_roots``, ``touches``, ``mixed``,
        ``against_total``, ``near_total_loss``, ``total_loss``, ``short_horizon``,
        ``out_of_range``, ``no_sign_change``, ``no_root``.
    reason : str
        Why there is no rate; empty where there is one.
    mirr : float or None
        The modified rate at the hurdle rate, where there is not exactly one root.

    Examples
    --------
    >>> found = irr([-1600, 10000, -10000])
    >>> found.rate, found.roots, sorted(found.warnings)
    (0.25, (0.25, 4.0), ['against_total', 'mixed', 'multiple_roots'])
    """

    rate: float | None
    roots: tuple[float, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    mirr: float | None = None


def irr(values: Sequence[float], *, hurdle_rate: float = 0.0) -> Irr:
    r"""Return the internal rate of return of cash flows at equal distances, with every root.

    Use it beside `npv`, which decides where there is more than one rate; `xirr` takes dates.

    Parameters
    ----------
    values : sequence of float
        Cash flows, out negative, in positive; the first stands at t = 0.
    hurdle_rate : float
        The rate per step at which `mirr` finances and reinvests where there is not one root.

    Returns
    -------
    Irr
        ``rate`` per step as a fraction, ``roots``, ``warnings``, ``reason`` and ``mirr``.

    Raises
    ------
    MeasureError
        If a value is missing or not finite, or `hurdle_rate` is not above -1.

    Notes
    -----
    A root solves :math:`\sum v_t / (1 + r)^t = 0`. All real roots above -100 % are found, also
    those at which present value only touches zero; two closer together than about a millionth of
    1 + r, or three than a ten-thousandth, may be stated as one.

    Which one to show: where money is made in total on flows that begin with an outlay (or lost on
    flows that begin with an inflow), the smallest rate above zero, to be conservative; otherwise
    the rate nearest to zero, by ln(1 + r). A rate that contradicts the total, that stands beside
    others, or at which the flows lend in part and borrow in part, carries a warning.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5 (pitfalls of IRR).
    .. [2] Lorie and Savage, "Three Problems in Rationing Capital", *Journal of Business* 28 (1955).
    .. [3] Teichroew, Robichek and Montalbano, "An Analysis of Criteria for Investment and
       Financing Decisions under Certainty", *Management Science* 12 (1965).

    Examples
    --------
    >>> round(irr([-100, 39, 59, 55, 20]).rate, 6)
    0.280948
    >>> irr([1, 2, 3]).reason
    'nothing was laid out'
    """
    flows = amounts(values)
    check_rate(hurdle_rate, name="hurdle_rate")
    return _result(list(map(float, range(len(flows)))), flows, hurdle_rate)


def xirr(
    values: Sequence[float],
    dates: Sequence[date],
    *,
    day_count: str = "act/365F",
    hurdle_rate: float = 0.0,
) -> Irr:
    r"""Return the internal rate of return per year of dated cash flows, with every root.

    Use it where flows do not fall at equal distances; `irr` takes flows without dates.

    Parameters
    ----------
    values : sequence of float
        Cash flows, out negative, in positive.
    dates : sequence of datetime.date
        One per value, in any order; flows of one day are added up.
    day_count : str
        ``act/365F``, ``act/360``, ``act/act ISDA``, ``30/360 SIA`` or ``30E/360``.
    hurdle_rate : float
        The rate per year at which `mirr` finances and reinvests where there is not one root.

    Returns
    -------
    Irr
        As `irr`, per year; warns where the flows span less than 90 days.

    Raises
    ------
    MeasureError
        If the two differ in length, the day count is not known, or as in `irr`.

    Notes
    -----
    A root solves :math:`\sum v_i / (1 + r)^{t_i} = 0`, t being the `year_fraction` from the
    earliest date. Roots, and the one to show, as in `irr`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5.

    Examples
    --------
    >>> from datetime import date
    >>> xirr([-1000, 900], [date(2010, 1, 1), date(2011, 1, 1)]).rate
    -0.1
    """
    flows, days = paired(values, dates, where="xirr")
    check_rate(hurdle_rate, name="hurdle_rate")
    if not flows:
        return _none("no cash flow")
    times = years(days, day_count=day_count)
    found = _result(times, flows, hurdle_rate)
    moved = [day for day, flow in zip(days, flows, strict=True) if flow]
    length = span_days(moved) if moved else 0
    if found.rate is None or length >= _SHORT_DAYS:
        return found
    short = f"the flows span {length} days, and a rate per year magnifies what they say"
    return _with(found, "short_horizon", short)


def mirr(values: Sequence[float], *, finance_rate: float, reinvest_rate: float) -> float:
    r"""Return the modified internal rate of return of cash flows at equal distances.

    Use it where `irr` finds several roots or none: this rate is always one.

    Parameters
    ----------
    values : sequence of float
        Cash flows, out negative, in positive; the first stands at t = 0.
    finance_rate : float
        Rate per step at which outlays are financed.
    reinvest_rate : float
        Rate per step at which inflows are reinvested until the last step.

    Returns
    -------
    float
        Rate per step, as a fraction.

    Raises
    ------
    MeasureError
        If nothing was laid out or nothing came back, a value is missing or not finite, or a rate
        is not above -1.

    Notes
    -----
    :math:`\left(\sum v^+_t (1 + r)^{n-t} \,/\, \sum v^-_t (1 + f)^{-t}\right)^{1/n} - 1` with
    inflows :math:`v^+`, outlays :math:`v^-` as positive amounts, reinvest rate r and finance rate
    f; n is the last step, also where nothing flows in it.

    References
    ----------
    .. [1] Lin, "The Modified Internal Rate of Return and Investment Criterion", *The Engineering
       Economist* 21 (1976).

    Examples
    --------
    >>> round(mirr([-1000, 100, 250, 500, 500], finance_rate=0.1, reinvest_rate=0.1), 6)
    0.104016
    """
    flows = amounts(values)
    check_rate(finance_rate, name="finance_rate")
    check_rate(reinvest_rate, name="reinvest_rate")
    rate = _modified(list(map(float, range(len(flows)))), flows, finance_rate, reinvest_rate)
    if rate is None:
        raise MeasureError(
            _one_sided(flows) or "all flows fall on one day",
            where="mirr",
            advice="Give at least one outlay and one inflow, at different times.",
        )
    return rate


def _modified(
    times: list[float], flows: list[float], finance_rate: float, reinvest_rate: float
) -> float | None:
    """Return the modified rate, or None where one side is missing or no time passes."""
    when, amounts_ = np.array(times), np.array(flows)
    gain = _log_worth(when, amounts_, math.log1p(reinvest_rate))
    cost = _log_worth(when, -amounts_, math.log1p(finance_rate))
    if gain is None or cost is None or max(times) == min(times):
        return None
    first, last = min(times), max(times)
    grown = gain + math.log1p(reinvest_rate) * last - cost - math.log1p(finance_rate) * first
    return math.expm1(min(grown / (last - first), _LARGEST))


def _log_worth(times: Floats, flows: Floats, force: float) -> float | None:
    """Return the log of what the flows above 0 are worth at time 0, None where there are none."""
    there = flows > 0
    if not there.any():
        return None
    logs = np.log(flows[there]) - force * times[there]
    top = float(logs.max())
    return top + math.log(math.fsum(np.exp(logs - top).tolist()))


def _net(times: list[float], flows: list[float]) -> tuple[Floats, Floats]:
    """Return the times at which something flows, ascending, and what flows in total at each."""
    when, moved = np.array(times), np.array(flows)
    if not (np.diff(when) > 0).all():
        by_time: dict[float, list[float]] = {}
        for time, flow in zip(times, flows, strict=True):
            by_time.setdefault(time, []).append(flow)
        when = np.array(sorted(by_time))
        moved = np.array([math.fsum(by_time[time]) for time in when.tolist()])
    there = moved != 0
    return when[there], moved[there]


def _one_sided(flows: list[float]) -> str:
    """Return why flows that do not change their sign have no rate, nothing where they do."""
    if not any(flows):
        return "no cash flow"
    if not any(flow < 0 for flow in flows):
        return "nothing was laid out"
    return "" if any(flow > 0 for flow in flows) else "nothing came back: a total loss"


def _none(reason: str, code: str = "", mirr: float | None = None) -> Irr:
    return Irr(None, warnings={code: reason} if code else {}, reason=reason, mirr=mirr)


def _with(found: Irr, code: str, words: str) -> Irr:
    warnings = {**found.warnings, code: words}
    return Irr(found.rate, found.roots, warnings, found.reason, found.mirr)


def _result(times: list[float], flows: list[float], hurdle_rate: float) -> Irr:
    """Find the roots of flows at given times, choose one and say what to beware of."""
    if why := _one_sided(flows):
        lost = "total_loss" if any(flows) and min(flows) < 0 else "no_sign_change"
        return _none(why, lost)
    if max(times) == min(times):
        return _none("all flows fall on one day", "no_root")
    when, net = _net(times, flows)
    if why := _one_sided(net.tolist()):
        return _none(f"{why}, once the flows of one day are added up", "no_sign_change")
    moved = Flows(when, net)
    found = breaks(moved)
    stated = [(one, _rate(moved, one.force)) for one in found if one.force < _LARGEST]
    roots = tuple(dict.fromkeys(rate for _, rate in stated))
    fallback = _modified(times, flows, hurdle_rate, hurdle_rate) if len(roots) != 1 else None
    if not stated:
        code = "out_of_range" if found else "no_root"
        words = {"no_root": "present value is zero at no rate"}
        beyond = "present value is zero only at a rate too large for a number"
        return _none(words.get(code, beyond), code, fallback)
    total = math.fsum(net.tolist())
    shown, rate = _shown(stated, total if moved.starts_inward else -total)
    warnings = _beware(moved, shown, rate, roots, total)
    if len(stated) < len(found):
        warnings["out_of_range"] = "another rate is too large for a number"
    return Irr(rate, roots, warnings, mirr=fallback)


def _shown(stated: list[tuple[Break, float]], cost: float) -> tuple[Break, float]:
    """Choose the root to show; `cost` is what the flows cost in total, seen from the first one."""
    crossing = [pair for pair in stated if not pair[0].touches] or stated
    if cost < 0 and (above := [pair for pair in crossing if pair[0].force > 0]):
        return above[0]
    return min(crossing, key=lambda pair: abs(pair[0].force))


def _rate(flows: Flows, force: float) -> float:
    """Return a root as a rate, as the shortest number that rounding cannot tell from it."""
    rate = math.expm1(force)
    weights = flows.terms(force)
    slope = abs(float(weights @ (flows.after if force >= 0 else flows.before)))
    room = 4 * flows.noise(force, weights)
    nothing = [0.0] if abs(rate) < _NOTHING else []
    for short in (*nothing, float(f"{rate:.6g}"), float(f"{rate:.12g}")):
        if short > -1 and abs(math.log1p(short) - force) * slope <= room:
            weights = flows.terms(math.log1p(short))
            if abs(math.fsum(weights.tolist())) <= flows.noise(math.log1p(short), weights):
                return short
    return rate


def _beware(
    flows: Flows, shown: Break, rate: float, roots: tuple[float, ...], total: float
) -> dict[str, str]:
    """Return what a reader of this rate should know."""
    warnings: dict[str, str] = {}
    if len(roots) > 1:
        listed = ", ".join(f"{root:.2%}".replace("-", "−").replace("%", " %") for root in roots)
        warnings["multiple_roots"] = f"present value is zero at {len(roots)} rates: {listed}"
    if shown.touches:
        warnings["touches"] = "present value touches zero at this rate without changing its sign"
    if flows.sign_changes >= _BOTH and _mixed(flows, shown.force):
        warnings["mixed"] = "at this rate the flows are an investment in part and a loan in part"
    gain = -total if flows.starts_inward else total
    if gain * rate < 0:
        side = "positive" if rate > 0 else "negative"
        side = f"{side}, as the cost of a loan," if flows.starts_inward else side
        made = "made" if total > 0 else "lost"
        warnings["against_total"] = f"the rate is {side} though money is {made} in total"
    if rate < _NEARLY_ALL:
        warnings["near_total_loss"] = "nearly everything is lost within a step or year"
    return warnings


def _mixed(flows: Flows, force: float) -> bool:
    """Return whether the balance at this rate is on both sides of zero before the end."""
    weights = flows.terms(force)
    balance = np.cumsum(weights)[:-1]
    least = 4 * flows.noise(force, weights)
    return bool((balance > least).any() and (balance < -least).any())

"""What monthly flows return: present value, rate a year, payback, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError
from pfkit.measures.irr import irr
from pfkit.measures.npv import npv, payback
from pfkit.measures.rows import reasons

if TYPE_CHECKING:
    from pfkit.measures.cashflows import View
    from pfkit.measures.irr import Irr

_MONTHS = 12
_LISTED = 3


@dataclass(frozen=True)
class Return:
    """What one view of an initiative returns.

    Attributes
    ----------
    npv : float or None
        Present value at the first month, in currency units.
    irr : float or None
        Internal rate of return a year, where there is exactly one.
    mirr : float or None
        Modified rate a year at the hurdle rate, where there is not exactly one internal rate.
    profitability : float or None
        Present value of what comes back over that of the outlay.
    payback, discounted : float or None
        Months from the first until the money is back, simple and discounted at the hurdle rate.
    warning : str
        What to beware of about the rate, in words.
    reason : str
        Why something is None.
    """

    npv: float | None = None
    irr: float | None = None
    mirr: float | None = None
    profitability: float | None = None
    payback: float | None = None
    discounted: float | None = None
    warning: str = ""
    reason: str = ""

    @property
    def rate(self) -> float | None:
        """The rate to show: the internal one, or the modified one where that is not one."""
        return self.mirr if self.irr is None else self.irr


def return_of(view: View, first: int, hurdle: float) -> Return:
    """Return what a view returns from a month on, discounted monthly at a hurdle rate a year.

    Examples
    --------
    >>> from pfkit.measures.cashflows import View
    >>> found = return_of(View({(0, "investment"): -10_000, (12, "benefit"): 12_000}), 0, 0.1)
    >>> round(found.irr, 6), round(found.npv, 2), found.payback
    (0.2, 9.09, 11.833333333333334)
    """
    if view.cells is None:
        return Return()
    line, monthly = view.line(first), (1 + hurdle) ** (1 / _MONTHS) - 1
    value = npv(line, rate=monthly)
    outlay = -npv(view.line(first, flow="investment"), rate=monthly)
    found = irr(line, hurdle_rate=monthly)
    one = found.rate if len(found.roots) == 1 else None
    simple, why = _payback(line, 0.0)
    discounted, never = _payback(line, monthly)
    lost = "" if simple is None or discounted is not None else f"discounted, {never}"
    return Return(
        npv=round(value, 2),
        irr=_yearly(one),
        mirr=_yearly(found.mirr),
        profitability=1 + value / outlay if outlay > 0 else None,
        payback=simple,
        discounted=discounted,
        warning=_warning(found),
        reason=reasons(why, lost, f"no rate of return, {found.reason}" if found.reason else ""),
    )


def _yearly(monthly: float | None) -> float | None:
    return None if monthly is None else float((1 + monthly) ** _MONTHS - 1)


def _warning(found: Irr) -> str:
    """Say what to beware of; rates as they are a year."""
    words = dict(found.warnings)
    if len(found.roots) > 1:
        rates = [_yearly(root) or 0.0 for root in found.roots[:_LISTED]]
        listed = ", ".join(f"{rate:.0%}".replace("-", "−").replace("%", " %") for rate in rates)
        words["multiple_roots"] = f"{len(found.roots)} rates of return ({listed}), so MIRR is shown"
        for code in ("against_total", "mixed"):  # both speak of a rate that is not shown
            words.pop(code, None)
    # the reason says already why there is no rate
    told = [] if found.reason else [*words.values()]
    if found.rate is None and found.mirr is not None:
        told.append("no rate of return, so MIRR is shown")
    return reasons(*told)


def _payback(line: list[float], monthly: float) -> tuple[float | None, str]:
    try:
        months = payback(line, rate=monthly)
    except MeasureError as why:
        return None, why.what
    return months, "paid back, then negative again" if sum(line) < 0 else ""

"""Published cases on returns: their inputs as pfkit takes them, its answer as they state it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Warned:
    """A rate, or None, and whether pfkit warns of something beside it."""

    value: float | None
    warned: bool


def _shown(found: pf.Irr) -> Warned:
    return Warned(found.rate, bool(found.warnings))


def _days(given: Mapping[str, Any]) -> list[date]:
    return [date.fromisoformat(day) for day in given["dates"]]


def _xirr(given: Mapping[str, Any]) -> Warned:
    chosen = {"day_count": given["day_count"]} if given.get("day_count") else {}
    return _shown(pf.xirr(given["values"], _days(given), **chosen))


def _mirr(given: Mapping[str, Any]) -> float:
    rates = {name: given[name] for name in ("finance_rate", "reinvest_rate")}
    return pf.mirr(given["values"], **rates)


#: The function a case names, and what pfkit answers to its inputs.
ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "npv": lambda given: pf.npv(given["values"], rate=given["rate"]),
    "npv_end": lambda given: pf.npv(given["values"], rate=given["rate"]) / (1 + given["rate"]),
    "irr": lambda given: _shown(pf.irr(given["values"])),
    "irr_all": lambda given: list(pf.irr(given["values"]).roots),
    "xirr": _xirr,
    "xnpv": lambda given: pf.xnpv(given["values"], _days(given), rate=given["rate"]),
    "mirr": _mirr,
    "payback": lambda given: pf.payback(given["values"]),
    "discounted_payback": lambda given: pf.payback(given["values"], rate=given["rate"]),
}

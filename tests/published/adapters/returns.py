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


def _xnpv(given: Mapping[str, Any]) -> float:
    days = [date.fromisoformat(day) for day in given["dates"]]
    return pf.xnpv(given["values"], days, rate=given["rate"])


#: The function a case names, and what pfkit answers to its inputs.
ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "npv": lambda given: pf.npv(given["values"], rate=given["rate"]),
    "npv_end": lambda given: pf.npv(given["values"], rate=given["rate"]) / (1 + given["rate"]),
    "xnpv": _xnpv,
    "payback": lambda given: pf.payback(given["values"]),
    "discounted_payback": lambda given: pf.payback(given["values"], rate=given["rate"]),
}

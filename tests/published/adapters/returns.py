"""Published cases on returns: their inputs as pfkit takes them, its answer as they state it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

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


def _equivalent(given: Mapping[str, Any]) -> float:
    if "npv" in given:
        return pf.equivalent_annual_annuity(given["npv"], rate=given["rate"], n=given["n"])
    return pf.equivalent_annual_annuity(given["values"], rate=given["rate"])


def _allocated(found: pf.Allocation) -> dict[str, float]:
    totals = {f"{name}_total": cost for name, cost in found.allocated.items()}
    return {**found.borne, **totals}


def _stepdown(given: Mapping[str, Any]) -> dict[str, float]:
    costs, services = given["costs"], given["services"]
    return _allocated(pf.allocate_stepdown(costs, services, order=given["order"]))


def _tdabc(given: Mapping[str, Any]) -> dict[str, float]:
    found = pf.tdabc(
        given["cost"],
        practical_minutes=given["practical_minutes"],
        activities=given["activities"],
    )
    names = ("rate", "used_minutes", "used_cost", "unused_minutes", "unused_cost")
    return {**found.costs, **{name: getattr(found, name) for name in names}}


def _moved(given: Mapping[str, Any]) -> dict[str, float]:
    names = ("new", "expansion", "contraction", "churn", "reactivation")
    chosen = {name: given[name] for name in names if name in given}
    found = pf.mrr_bridge(given["start"], **chosen)
    return {"net_new": found.net_new, "end": found.end}


def _translated(given: Mapping[str, Any]) -> float:
    rate = given["rate_usd_per_aud"]
    return float(pf.translate(given["amount"], rate=rate, inverse=True))


def _funded(given: Mapping[str, Any]) -> float:
    budgets = {f"budget {place}": amount for place, amount in enumerate(given["budget"])}
    uses = dict(zip(budgets, given["use"], strict=True))
    names = [str(place) for place in range(len(given["value"]))]
    projects = pd.DataFrame({"project": names, "value": given["value"], **uses})
    return pf.capital_allocation(projects, budgets=budgets).value


def _plain(function: Callable[..., float], *first: str) -> Callable[[Mapping[str, Any]], float]:
    """Return a function that takes `first` by place and everything else by its name."""

    def call(given: Mapping[str, Any]) -> float:
        rest = {name: value for name, value in given.items() if name not in first}
        return function(*(given[name] for name in first), **rest)

    return call


def _syd(given: Mapping[str, Any]) -> float:
    chosen = {"salvage": given["salvage"], "life": given["life"], "period": given["per"]}
    return pf.syd(given["cost"], **chosen)


#: The function a case names, and what pfkit answers to its inputs.
ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "npv": _plain(pf.npv, "values"),
    "npv_end": lambda given: pf.npv(given["values"], rate=given["rate"]) / (1 + given["rate"]),
    "irr": lambda given: _shown(pf.irr(given["values"])),
    "irr_all": lambda given: list(pf.irr(given["values"]).roots),
    "xirr": _xirr,
    "xnpv": lambda given: pf.xnpv(given["values"], _days(given), rate=given["rate"]),
    "mirr": _plain(pf.mirr, "values"),
    "payback": _plain(pf.payback, "values"),
    "discounted_payback": _plain(pf.discounted_payback, "values"),
    "profitability_index": _plain(pf.profitability_index, "values"),
    "eaa": _equivalent,
    "pmt": _plain(pf.pmt),
    "pv": _plain(pf.pv),
    "fv": _plain(pf.fv),
    "nper": _plain(pf.nper),
    "rate": _plain(pf.annuity_rate),
    "sln": _plain(pf.sln, "cost"),
    "syd": _syd,
    "ddb": _plain(pf.ddb, "cost"),
    "db": _plain(pf.db, "cost"),
    "cagr": _plain(pf.cagr, "start", "end"),
    "effective_rate": _plain(pf.effective_rate, "nominal"),
    "nominal_rate": _plain(pf.nominal_rate, "effective"),
    "fvschedule": _plain(pf.fvschedule, "principal"),
    "allocate_direct": lambda given: _allocated(
        pf.allocate_direct(given["costs"], given["services"])
    ),
    "allocate_stepdown": _stepdown,
    "allocate_reciprocal": lambda given: _allocated(
        pf.allocate_reciprocal(given["costs"], given["services"])
    ),
    "tdabc": _tdabc,
    "mrr_bridge": _moved,
    "quick_ratio": _plain(pf.quick_ratio),
    "nrr": _plain(pf.nrr, "start"),
    "grr": _plain(pf.grr, "start"),
    "cac_payback_months": _plain(pf.cac_payback_months, "cac"),
    "translate": _translated,
    "retail454_year_end": lambda given: pf.retail_year_end(given["year"]).isoformat(),
    "retail454_53week_years": lambda given: pf.retail_53_week_years(given["start"], given["end"]),
    "fiscal_year_days": lambda given: pf.fiscal_year_days(given["year"], rule=given["rule"]),
    "capital_allocation": _funded,
}

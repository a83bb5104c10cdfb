"""The rules of waste: what one month of a cloud bill shows, with its evidence."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.measures import bill
from pfkit.measures.commitment_discounts import utilization
from pfkit.measures.rows import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

AGAIN = "charged twice"
UNUSED = "commitment not used"
DUPLICATE = "duplicate vendor"
IDLE = "idle"
PRICE = "price above contract"
UNTAGGED = "untagged"
#: In the order in which they claim the cost of a charge: no cost is found twice.
KINDS = (AGAIN, UNUSED, DUPLICATE, IDLE, PRICE, UNTAGGED)

#: What a tag says of a resource that nothing uses.
IDLE_STATES = frozenset(
    {"idle", "unused", "unattached", "detached", "available", "stopped", "deallocated", "orphaned"}
)
_IDLE_WORDS = re.compile(
    r"\b(?:idle|unattached|not attached|unassociated|orphaned)\b", re.IGNORECASE
)
_SUBSCRIBED = ("Recurring", "One-Time")
_CENT = 0.01


_DIGITS = 9


@dataclass(frozen=True)
class Policy:
    """From where on something counts as waste.

    Attributes
    ----------
    utilization : float
        A resource used less than this share is idle.
    commitment : float
        A commitment used less than this share is not used.
    tolerance : float
        A price may lie above its contract by this fraction.
    least : float
        Amounts a month below it are passed over, in reporting currency.
    """

    utilization: float = 0.05
    commitment: float = 0.80
    tolerance: float = 0.005
    least: float = 0.01


@dataclass
class Finding:
    """Something a month's bill shows.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    key : tuple of str
        What it is about, the same in every month.
    rows : list
        The charges it is found in.
    amount : float
        What it cost in the month, in reporting currency.
    evidence : str
        What shows it.
    confidence : str
        ``high``, ``medium`` or ``low``.
    committed : float
        The part of the amount that a commitment pays for: freed when it ends, not saved.
    over_bought : float
        Of a commitment, what is not used beyond the share that may be left unused.
    figures : tuple of float
        What the evidence counts; those of several months add up.
    say : callable or None
        Words the evidence from figures; None where it counts nothing.
    """

    kind: str
    key: tuple[str, ...]
    rows: list[int]
    amount: float
    evidence: str
    confidence: str
    facts: dict[str, str] = field(default_factory=dict)
    committed: float = 0.0
    over_bought: float = 0.0
    figures: tuple[float, ...] = ()
    say: Callable[[Sequence[float]], str] | None = None


def evidence(found: Sequence[Finding]) -> str:
    """Return what shows a finding of several months: what its evidence counts is added up."""
    latest = found[-1]
    if latest.say is None:
        return latest.evidence
    parts = [one.figures for one in found if len(one.figures) == len(latest.figures)]
    return latest.say([math.fsum(column) for column in zip(*parts, strict=True)])


def prepared(cloud: pd.DataFrame) -> pd.DataFrame:
    """Return the bill with the columns the rules read, in the form they read them."""
    names = (
        *("publisher_name", "sub_account", "service_subcategory", "resource_id", "resource_name"),
        *("charge_frequency", "commitment_discount_id", "commitment_discount_name", "state"),
        *("commitment_discount_status", "sku_id", "sku_price_id", "pricing_unit", "description"),
        *("billing_currency", "charged_again_on", "provider_name", "service_name", "product"),
    )
    texts = {name: bill.text(cloud, name) for name in names}
    figures = {
        name: bill.numbers(cloud, name)
        for name in (
            *("pricing_quantity", "consumed_quantity", "commitment_discount_quantity"),
            *("billed_cost", "utilization_share", "charged_again"),
        )
    }
    kept = cloud[["period", "charge_category", "amount", "billed_amount"]]
    found = kept.assign(**texts, **figures, cost=bill.cost(cloud))
    return found.reset_index(drop=True)


def charged_twice(month: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find charges that stand on the bill twice."""
    again = month[month["charged_again"] > policy.least]
    found = []
    for key, part in again.groupby(["provider_name", "resource_id", "sku_id", "service_name"]):
        on = sorted({text for text in part["charged_again_on"] if text})
        amount = math.fsum(part["charged_again"])
        said = f"the same charge, period and quantity stand on {' and '.join(on) or 'the bill'} too"
        found.append(_finding(AGAIN, key, part, amount, said, "high"))
    return found


def unused_commitments(month: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find commitments of which too little was used."""
    held = month[(month["commitment_discount_id"] != "") & (month["charge_category"] == "Usage")]
    left = held.loc[held["commitment_discount_status"] == "Unused", "commitment_discount_id"]
    found = []
    for name, part in held[held["commitment_discount_id"].isin(set(left))].groupby(
        "commitment_discount_id"
    ):
        idle = part["commitment_discount_status"] == "Unused"
        units = part["commitment_discount_quantity"].fillna(0.0)
        sums = {
            "used": math.fsum(part["amount"][~idle]),
            "unused": math.fsum(part["amount"][idle]),
            "used_units": math.fsum(units[~idle]),
            "unused_units": math.fsum(units[idle]),
        }
        share = utilization(sums)
        if share is None or share >= policy.commitment or sums["unused"] < policy.least:
            continue
        whole = sums["used"] + sums["unused"]
        figures, say = (share * whole, whole), _used_of(policy.commitment)
        one = _finding(UNUSED, (str(name),), part[idle], sums["unused"], say(figures), "high")
        one.figures, one.say = figures, say
        one.over_bought = sums["unused"] * (policy.commitment - share) / (1 - share)
        found.append(one)
    return found


def _used_of(expected: float) -> Callable[[Sequence[float]], str]:
    def say(figures: Sequence[float]) -> str:
        used, whole = figures
        return f"{used / whole:.0%} of the commitment was used, {expected:.0%} is expected"

    return say


def duplicate_vendors(month: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find subscriptions of one product that serve the same purpose."""
    bought = month[
        (month["charge_frequency"] == "Recurring")
        & (month["service_subcategory"] != "")
        & (month["commitment_discount_id"] == "")
        & (month["cost"] > 0)
        & ~((month["charged_again"] > 0) & (month["charged_again"] >= month["billed_amount"]))
    ]
    found = []
    names = ["product", "service_subcategory", "publisher_name", "service_name", "resource_id"]
    offered = bought[names].drop_duplicates()
    several = offered[offered.duplicated(names[:2], keep=False)]
    if several.empty:
        return []
    pairs = set(zip(several["product"], several["service_subcategory"], strict=True))
    mine = [
        pair in pairs for pair in zip(bought["product"], bought["service_subcategory"], strict=True)
    ]
    for (product, purpose), part in bought[mine].groupby(names[:2]):
        offers = {
            (str(vendor), str(service), str(resource)): rows
            for (vendor, service, resource), rows in part.groupby(names[2:])
        }
        sizes = {offer: math.fsum(rows["cost"]) for offer, rows in offers.items()}
        kept = max(sizes, key=lambda offer: (sizes[offer], offer))
        for offer, rows in offers.items():
            if offer != kept and sizes[offer] >= policy.least:
                said = f"{purpose} comes from {kept[0]} ({kept[1]}) too, for the same product"
                key = (str(product), str(purpose), *offer)
                found.append(_finding(DUPLICATE, key, rows, sizes[offer], said, "medium"))
    return found


def idle_resources(month: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find resources that are paid for and not used, as the bill, a tag or monitoring says."""
    usage = month[
        (month["charge_category"] == "Usage") & (month["commitment_discount_status"] != "Unused")
    ]
    found = _named_idle(usage, policy)
    said_so = {row for one in found for row in one.rows}
    left = usage[~usage.index.isin(said_so) & (usage["resource_id"] != "")]
    for resource, part in left[left["resource_id"].isin(_suspects(left, policy))].groupby(
        "resource_id"
    ):
        said, confidence = _why_idle(part, policy)
        amount = math.fsum(part["cost"])
        if said and amount >= policy.least:
            one = _finding(IDLE, (str(resource),), part, amount, said, confidence)
            one.committed = math.fsum(part["cost"].where(part["commitment_discount_id"] != "", 0.0))
            found.append(one)
    return found


def _named_idle(usage: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find charges whose own description says that nothing uses what is charged."""
    named = usage[usage["description"].str.contains(_IDLE_WORDS) & (usage["cost"] > 0)]
    found = []
    for key, part in named.groupby(["resource_id", "sub_account", "service_name"]):
        amount = math.fsum(part["cost"])
        if amount >= policy.least:
            said = f"charged as “{part['description'].iloc[0]}”"
            found.append(_finding(IDLE, key, part, amount, said, "high"))
    return found


def _suspects(usage: pd.DataFrame, policy: Policy) -> list[str]:
    low = usage["utilization_share"] < policy.utilization
    still = (usage["consumed_quantity"] == 0) & (usage["cost"] > 0)
    marked = usage["state"].isin(IDLE_STATES)
    return sorted(set(usage.loc[low | still | marked, "resource_id"]))


def _why_idle(part: pd.DataFrame, policy: Policy) -> tuple[str, str]:
    """Return what shows that a resource is idle, and how surely; empty where nothing does."""
    states = sorted(set(part["state"]) & IDLE_STATES)
    if states:
        return f"tagged {' and '.join(states)}", "high"
    known = part[part["utilization_share"].notna()]
    if len(known):
        weight = known["pricing_quantity"].fillna(1.0).clip(lower=0.0)
        whole = math.fsum(weight)
        share = math.fsum(known["utilization_share"] * weight) / whole if whole else 1.0
        share = round(share, _DIGITS)  # 0.05 of a hundred is 0.05
        if share < policy.utilization:
            return f"{share:.1%} of its capacity was used", "high"
        return "", ""
    paid = part[part["cost"] > 0]
    if len(paid) and bool((paid["consumed_quantity"] == 0).all()):
        return "billed for the month, and nothing was consumed", "medium"
    return "", ""


def prices_above(month: pd.DataFrame, policy: Policy, agreed: pd.DataFrame) -> list[Finding]:
    """Find prices above the contract, among charges that `contract_prices.agreed` could compare."""
    if agreed.empty:
        return []
    terms = agreed.assign(unit_price=agreed["billed_cost"] / agreed["pricing_quantity"])
    over = terms[terms["unit_price"] > terms["price"] * (1 + policy.tolerance)]
    found = []
    for key, rows in over.groupby(["vendor", "sku", "product"]):
        share = 1 - rows["price"] / rows["unit_price"]
        amount = math.fsum((rows["billed_amount"] * share).tolist())
        if amount >= policy.least:
            part = month.loc[rows["row"].tolist()]
            say, quantity = _terms(rows), rows["pricing_quantity"]
            figures = tuple(
                math.fsum(column)
                for column in (quantity, rows["billed_cost"], rows["price"] * quantity)
            )
            one = _finding(PRICE, key, part, amount, say(figures), "high")
            one.figures, one.say = figures, say
            found.append(one)
    return found


def _terms(rows: pd.DataFrame) -> Callable[[Sequence[float]], str]:
    first = rows.iloc[0]
    unit = f" {first['pricing_unit']}" if first["pricing_unit"] else ""
    contract = f" in contract {first['contract']}" if first["contract"] else ""
    currency = first["currency"]

    def say(figures: Sequence[float]) -> str:
        quantity, billed, agreed = figures
        return (
            f"charged {billed / quantity:.6g} {currency} against {agreed / quantity:.6g}"
            f"{contract}, for {quantity:.6g}{unit}"
        )

    return say


def untagged(month: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Find usage that has no product; nothing where no charge of the month has one."""
    usage = month[(month["charge_category"] == "Usage") & (month["cost"] > 0)]
    if not bool((usage["product"] != NONE).any()):
        return []
    found = []
    for key, part in usage[usage["product"] == NONE].groupby(["sub_account", "service_name"]):
        amount = math.fsum(part["cost"])
        if amount >= policy.least:
            count = part["resource_id"].nunique()
            noun = "resource" if count == 1 else "resources"
            said = f"no tag gives the product of {count} {noun}"
            found.append(_finding(UNTAGGED, key, part, amount, said, "high"))
    return found


def _finding(  # noqa: PLR0917 (one argument per part of a finding)
    kind: str,
    key: Iterable[object],
    part: pd.DataFrame,
    amount: float,
    evidence: str,
    confidence: str,
) -> Finding:
    facts = {
        "product": _only(part["product"]),
        "vendor": _only(part["publisher_name"]) or _only(part["provider_name"]),
        "service": _only(part["service_name"]),
        "account": _only(part["sub_account"]),
        "resource": _only(part["resource_name"].where(part["resource_name"] != "", _named(part))),
    }
    return Finding(
        kind, tuple(map(str, key)), part.index.tolist(), amount, evidence, confidence, facts
    )


def _named(part: pd.DataFrame) -> pd.Series:
    commitment = part["commitment_discount_name"]
    return part["resource_id"].where(part["resource_id"] != "", commitment)


def _only(values: Sequence[object] | pd.Series) -> str:
    known = {str(value) for value in values}
    return known.pop() if len(known) == 1 else ""

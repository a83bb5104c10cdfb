"""Charges of the demo company's cloud: what its resources are, and how a bill states them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.demo.market import Market

Charge = dict[str, Any]

#: What a cent is worth in the units costs are counted in: the bill has eight decimals.
UNIT = 10**6
PROVIDERS = ("Nordwolke", "Halo Data Cloud")
_DATA_FAMILIES = {"Insight", "Labs"}
_DISCOUNT = 0.72  # of the contracted price, what a committed hour costs
_LIST = 1.08  # list price against contracted


class Kind(NamedTuple):
    """What a resource is, and what a unit of it costs as contracted."""

    name: str
    category: str
    subcategory: str
    service: str
    type: str
    sku: str
    unit: str
    price: float
    weight: float = 1.0
    vendor: str = ""  # of a subscription

    @property
    def recurring(self) -> bool:
        """Whether it is a subscription."""
        return bool(self.vendor)


_SERVER = ("Compute", "Virtual Machines", "Compute", "instance")
_DATABASE = ("Databases", "Relational Databases", "Database", "database")
COMMITTED = (
    Kind("app-1", *_SERVER, "VM-8", "Hours", 0.368, 9),
    Kind("app-2", *_SERVER, "VM-8", "Hours", 0.368, 7),
    Kind("db-1", *_DATABASE, "DB-16", "Hours", 0.824, 8),
    Kind("db-2", *_DATABASE, "DB-16", "Hours", 0.824, 5),
    Kind("cache", "Databases", "Caching", "Cache", "cluster", "RC-4", "Hours", 0.192, 3),
)
WORKER = Kind("worker", *_SERVER, "VM-4", "Hours", 0.184, 9)
STAGING = Kind("staging", *_SERVER, "VM-2", "Hours", 0.092, 4)
VOLUME = Kind(
    "volume", "Storage", "Block Storage", "Block Storage", "volume", "BS-1", "GB-Months", 0.088, 4
)
MONITORING = Kind(
    name="monitoring",
    category="Management and Governance",
    subcategory="Observability",
    service="Lantern Monitoring",
    type="subscription",
    sku="LM-1",
    unit="Hosts",
    price=15.0,
    weight=9,
    vendor="Lantern Systems",
)
ON_DEMAND = (
    WORKER,
    STAGING,
    Kind(
        *("functions", "Compute", "Serverless Compute", "Functions", "function"),
        *("FN-1", "Calls", 0.19, 3),
    ),
    Kind(
        *("bucket", "Storage", "Object Storage", "Object Storage", "bucket"),
        *("OS-1", "GB-Months", 0.021, 6),
    ),
    VOLUME,
    Kind(
        *("egress", "Networking", "Content Delivery", "Data Transfer", "gateway"),
        *("DT-1", "GB", 0.075, 6),
    ),
    Kind(
        *("balancer", "Networking", "Network Infrastructure", "Load Balancing", "balancer"),
        *("LB-1", "Hours", 0.0245, 2),
    ),
    Kind(
        *("logs", "Management and Governance", "Observability", "Logs", "stream"),
        *("LG-1", "GB", 0.55, 3),
    ),
    MONITORING,
    Kind(
        *("support", "Other", "Support", "Support", "subscription"),
        *("SP-1", "Plans", 1.0, 4),
        vendor="Nordwolke",
    ),
)

_TEXTS = (
    *("AvailabilityZone", "BillingAccountId", "BillingAccountName", "BillingAccountType"),
    *("BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd", "CapacityReservationId"),
    *("CapacityReservationStatus", "ChargeCategory", "ChargeClass", "ChargeDescription"),
    *("ChargeFrequency", "ChargePeriodStart", "ChargePeriodEnd", "CommitmentDiscountCategory"),
    *("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus"),
    *("CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedUnit", "InvoiceId"),
    *("InvoiceIssuerName", "PricingCategory", "PricingCurrency", "PricingUnit", "ProviderName"),
    *("PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType"),
    *("ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter"),
    *("SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType", "Tags"),
    *("BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "CommitmentDiscountQuantity"),
)
_NUMBERS = (
    *("ConsumedQuantity", "ContractedUnitPrice", "ListUnitPrice", "PricingQuantity"),
    *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
    *("PricingCurrencyListUnitPrice", "x_Utilization"),
)
#: Columns of the export; costs are decimal texts, so that no cent is lost on the way.
FORM = dict.fromkeys(_TEXTS, pa.string()) | dict.fromkeys(_NUMBERS, pa.float64())
_OF_RESOURCES = (
    *("ResourceId", "ResourceName", "ResourceType", "SkuId", "SkuPriceId", "SkuMeter"),
    *("PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit"),
    *("ContractedUnitPrice", "ListUnitPrice"),
)


def cloud_table(charges: Sequence[Charge]) -> pa.Table:
    """Return a month's charges as the provider exports them: all columns of FOCUS 1.2."""
    return pa.table(
        {
            name: pa.array([charge.get(name) for charge in charges], kind)
            for name, kind in FORM.items()
        }
    )


class Place:
    """One product in one month: what every charge of it says."""

    def __init__(self, market: Market, product: int, month: int) -> None:
        self.product, self.month = product, month
        self.name, self.label = market.products.names[product], market.time.labels[month]
        data = market.products.families[product] in _DATA_FAMILIES
        self.provider = PROVIDERS[data]
        self.short = self.name.lower()
        self.plan = f"{self.short}-capacity"
        self.invoice = f"{'HD' if data else 'NW'}-{self.label.replace('-', '')}"
        first, last = market.time.first_day(month), market.time.last_day(month) + 1
        account = f"{10_000 + product}"
        self.resources = f"nw:{account}"
        self.same = {
            "BillingAccountId": "4711-0001",
            "BillingAccountName": "Meridian Software",
            "BillingAccountType": "Contract",
            "BillingCurrency": "EUR",
            "BillingPeriodStart": f"{first}T00:00:00Z",
            "BillingPeriodEnd": f"{last}T00:00:00Z",
            "ChargePeriodStart": f"{first}T00:00:00Z",
            "ChargePeriodEnd": f"{last}T00:00:00Z",
            "InvoiceId": self.invoice,
            "InvoiceIssuerName": self.provider,
            "ProviderName": self.provider,
            "SubAccountId": account,
            "SubAccountName": f"{self.name} production",
            "SubAccountType": "Project",
            "ChargeCategory": "Usage",
            "PricingCategory": "Standard",
            "RegionId": "eu-central-1",
            "RegionName": "Frankfurt",
        }

    def charge(
        self, kind: Kind, cost: int, *, used: float | None = None, price: float = 0.0
    ) -> Charge:
        """Return a charge of a resource that is paid as it is used."""
        unit = price or kind.price
        quantity = round(cost / UNIT / 100 / unit, 10)
        name = f"{self.short}-{kind.name}"
        tags = {"product": self.name, "environment": "staging" if "stag" in kind.name else "prod"}
        return self.same | {
            "PublisherName": kind.vendor or self.provider,
            "ChargeDescription": f"{unit:.4g} EUR per {kind.unit.lower()} of {kind.sku}",
            "ChargeFrequency": "Recurring" if kind.recurring else "Usage-Based",
            "ServiceCategory": kind.category,
            "ServiceSubcategory": kind.subcategory,
            "ServiceName": kind.service,
            "ResourceId": f"{self.resources}:{kind.type}/{name}",
            "ResourceName": name,
            "ResourceType": kind.type,
            "SkuId": kind.sku,
            "SkuPriceId": f"{kind.sku}.EU",
            "SkuMeter": kind.service,
            "PricingQuantity": quantity,
            "PricingUnit": kind.unit,
            "ConsumedQuantity": quantity,
            "ConsumedUnit": kind.unit,
            "x_Utilization": None if used is None else round(used, 4),
            "ContractedUnitPrice": unit,
            "ListUnitPrice": round(unit * _LIST, 8),
            **dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost"), euros(cost)),
            "ListCost": euros(round(cost * _LIST)),
            "Tags": json.dumps(tags),
        }

    def covered(self, kind: Kind, cost: int, *, used: float) -> Charge:
        """Return usage that the product's commitment pays for."""
        contracted = round(cost / _DISCOUNT)
        quantity = round(contracted / UNIT / 100 / kind.price, 10)
        return (
            self.charge(kind, cost, used=used)
            | self._committed("Used", cost)
            | {
                "BilledCost": euros(0),
                "ContractedCost": euros(contracted),
                "ListCost": euros(round(contracted * _LIST)),
                "PricingQuantity": quantity,
                "ConsumedQuantity": quantity,
            }
        )

    def not_used(self, kind: Kind, cost: int) -> Charge:
        """Return the part of the product's commitment that nothing used."""
        nothing = dict.fromkeys(("BilledCost", "ContractedCost", "ListCost"), euros(0))
        return self._of_plan(kind, cost) | self._committed("Unused", cost) | nothing

    def bought(self, kind: Kind, cost: int, *, upfront: bool) -> Charge:
        """Return the purchase of the product's commitment."""
        return (
            self._of_plan(kind, cost)
            | self._committed(None, cost)
            | {
                "ChargeCategory": "Purchase",
                "ChargeFrequency": "One-Time" if upfront else "Recurring",
                "EffectiveCost": euros(0),
            }
        )

    def credit(self, cost: int) -> Charge:
        """Return a credit the provider grants."""
        return (
            self.charge(WORKER, -cost)
            | dict.fromkeys(_OF_RESOURCES)
            | {
                "ChargeCategory": "Credit",
                "ChargeDescription": "Migration credit",
                "PricingCategory": "Other",
                "ListCost": euros(-cost),
            }
        )

    def _of_plan(self, kind: Kind, cost: int) -> Charge:
        return self.charge(kind, cost) | {
            "ResourceId": f"plan/{self.plan}",
            "ResourceName": self.plan,
            "ResourceType": "commitment",
        }

    def _committed(self, status: str | None, cost: int) -> Charge:
        return {
            "CommitmentDiscountId": f"plan/{self.plan}",
            "CommitmentDiscountName": self.plan,
            "CommitmentDiscountCategory": "Spend",
            "CommitmentDiscountType": "Capacity plan",
            "CommitmentDiscountStatus": status,
            "CommitmentDiscountQuantity": euros(cost),
            "CommitmentDiscountUnit": "EUR",
            "PricingCategory": "Committed",
        }


def euros(cost: int) -> str:
    """Return a cost as a decimal number with eight decimals.

    Examples
    --------
    >>> euros(-1205 * UNIT)
    '-12.05000000'
    """
    whole, part = divmod(abs(int(cost)), UNIT * 100)
    return f"{'-' if cost < 0 else ''}{whole}.{part:08d}"

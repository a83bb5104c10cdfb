"""Who the demo company is: its products, accounts, cost centers, people and customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.timeline import stream

NAME = "Meridian Software"
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK")
PRICE_FACTOR = (1.0, 1.10, 0.86, 0.96, 11.2)  # list price per 1 EUR of list price
START_RATE = (1.0, 0.915, 1.182, 1.045, 0.0872)  # EUR per 1 unit, 24 months before the last
YEARLY_DRIFT = (0.0, -0.034, -0.016, 0.012, 0.014)
REGIONS = ("CC310", "CC320", "CC330")  # the sales cost center that earns the revenue
REGION_OF_CURRENCY = (0, 2, 1, 0, 1)
MAX_PRODUCTS = 200


class Line(NamedTuple):
    """A shared cost: what one cost center spends a month at the last month's price level."""

    account: str
    cost_center: str
    monthly: float
    season: str
    memo: str


class _Named(NamedTuple):
    name: str
    family: str
    weight: float
    growth: float
    price: float
    launched: int  # months before the last month; large means long ago
    metered: bool


_NAMED = (
    _Named("Atlas", "Planning", 1.45, 0.07, 42, 400, metered=True),
    _Named("Ferry", "Operations", 0.95, 0.04, 36, 400, metered=True),
    _Named("Lumen", "Insight", 0.90, 0.30, 31, 60, metered=True),
    _Named("Cadence", "Planning", 0.75, 0.10, 24, 400, metered=False),
    _Named("Harbor", "Operations", 0.70, 0.06, 33, 400, metered=True),
    _Named("Relay", "Platform", 0.60, 0.16, 19, 80, metered=True),
    _Named("Advisory", "Services", 0.55, 0.05, 1240, 400, metered=False),
    _Named("Prism", "Insight", 0.48, 0.09, 18, 400, metered=False),
    _Named("Quarry", "Operations", 0.42, -0.16, 28, 400, metered=False),
    _Named("Keystone", "Platform", 0.36, 0.12, 9, 400, metered=False),
    _Named("Sonar", "Insight", 0.30, 0.18, 14, 48, metered=True),
    _Named("Beacon", "Planning", 0.28, 0.45, 27, 14, metered=False),
)
_NOUNS = (
    "Acorn Alder Anchor Arbor Aspen Basalt Bay Birch Bridge Brook Canyon Cedar Cliff Coral Cove "
    "Delta Dune Ember Fathom Fern Field Fjord Forge Glade Grove Haven Heron Inlet Juniper Lagoon "
    "Larch Ledge Maple Marsh Meadow Mesa Moor Orchard Pier Pine Ridge Sequoia Slate Summit Tarn "
    "Tide Willow"
)
_FLAVORS = ("", " Edge", " Studio", " Link")
_FAMILIES = ("Industry", "Field", "Labs", "Planning", "Insight", "Operations", "Platform")

FEATURES = (
    ("API calls", "calls", 140.0),
    ("Dashboards", "sessions", 11.0),
    ("Scenario builder", "sessions", 4.2),
    ("Exports", "files", 2.6),
    ("Alerts", "alerts", 6.5),
    ("Assistant", "questions", 5.0),
)
ASSISTANT_AGE = 10  # months before the last month in which the assistant was released

ACCOUNTS = pd.DataFrame(
    [
        ("4000", "Subscription fees", "Subscriptions", "gross", "higher", "variable", ""),
        ("4100", "Usage fees", "Usage fees", "gross", "higher", "variable", ""),
        ("4200", "Implementation and training", "Services", "gross", "higher", "variable", ""),
        ("4700", "Reminder fees", "Other revenue", "other", "higher", "variable", ""),
        ("4800", "Credit notes", "Credit notes", "returns", "lower", "variable", ""),
        ("4810", "Refunds of earlier months", "Refunds", "returns", "lower", "variable", ""),
        ("5000", "Cloud hosting, committed", "Hosting", "cost_of_revenue", "lower", "fixed", ""),
        ("5010", "Cloud hosting, on demand", "Hosting", "cost_of_revenue", "lower", "variable", ""),
        (
            "5100",
            "Third-party licenses",
            "Third-party licenses",
            "cost_of_revenue",
            "lower",
            "variable",
            "",
        ),
        ("5200", "Customer support", "Customer support", "cost_of_revenue", "lower", "semi", "0.4"),
        ("5300", "Payment fees", "Payment fees", "cost_of_revenue", "lower", "variable", ""),
        (
            "5400",
            "Service delivery",
            "Service delivery",
            "cost_of_revenue",
            "lower",
            "variable",
            "",
        ),
        ("6000", "Engineering salaries", "Product development", "operating", "lower", "fixed", ""),
        (
            "6010",
            "Engineering contractors",
            "Product development",
            "operating",
            "lower",
            "fixed",
            "",
        ),
        ("6100", "Sales salaries", "Sales", "operating", "lower", "fixed", ""),
        ("6110", "Sales commission", "Sales", "operating", "lower", "variable", ""),
        ("6200", "Marketing programs", "Marketing", "operating", "lower", "fixed", ""),
        ("6210", "Marketing salaries", "Marketing", "operating", "lower", "fixed", ""),
        ("6300", "Administration salaries", "Administration", "operating", "lower", "fixed", ""),
        ("6310", "Rent and workplace", "Administration", "operating", "lower", "fixed", ""),
        ("6320", "Audit and legal", "Administration", "operating", "lower", "fixed", ""),
        ("6400", "Travel", "Travel", "operating", "lower", "fixed", ""),
        ("7000", "Currency differences", "Currency differences", "outside", "lower", "fixed", ""),
        ("7200", "Depreciation", "Depreciation", "outside", "lower", "fixed", ""),
    ],
    columns=["account", "name", "line", "group", "favorable_when", "behavior", "variable_share"],
)
#: The contribution margin each account's cost is taken off for; all other operating cost is shared.
MARGINS = {"5000": "1", "5010": "1", "5100": "1", "5200": "2", "5300": "1", "5400": "1"}
MARGINS |= {"6000": "3", "6010": "3"}
_SHARED = ACCOUNTS["group"].map({"operating": "shared"}).fillna("")
ACCOUNTS["margin"] = ACCOUNTS["account"].map(MARGINS).fillna(_SHARED)

COST_CENTERS = pd.DataFrame(
    [
        ("CC110", "Cloud platform", "Hanna Lindqvist", "D100"),
        ("CC120", "Customer support", "Tomasz Wieczorek", "D100"),
        ("CC130", "Professional services", "Claire Fontaine", "D100"),
        ("CC210", "Engineering, core", "Jonas Brückner", "D200"),
        ("CC220", "Engineering, data", "Priya Raman", "D200"),
        ("CC310", "Sales DACH", "Katrin Vogel", "D300"),
        ("CC320", "Sales UK and Nordics", "Oliver Hartley", "D300"),
        ("CC330", "Sales North America", "Denise Calloway", "D300"),
        ("CC410", "Marketing", "Sofía Medina", "D300"),
        ("CC510", "Finance and legal", "Martin Aebischer", "D500"),
        ("CC520", "People", "Ingrid Nyström", "D500"),
        ("CC530", "IT and workplace", "Rafael Costa", "D500"),
        ("D100", "Operations", "Astrid Holm", ""),
        ("D200", "Engineering", "Leon Marchetti", ""),
        ("D300", "Sales and marketing", "Miriam Adler", ""),
        ("D500", "Administration", "Henrik Solberg", ""),
    ],
    columns=["cost_center", "name", "owner", "parent"],
)
OWNER = dict(zip(COST_CENTERS["cost_center"], COST_CENTERS["owner"], strict=True))

SHARED_COSTS = (
    Line("6100", "CC310", 148_000, "salary", "Payroll, sales DACH"),
    Line("6100", "CC320", 96_000, "salary", "Payroll, sales UK and Nordics"),
    Line("6100", "CC330", 121_000, "salary", "Payroll, sales North America"),
    Line("6200", "CC410", 118_000, "events", "Campaigns and events"),
    Line("6210", "CC410", 82_000, "salary", "Payroll, marketing"),
    Line("6300", "CC510", 128_000, "salary", "Payroll, finance and legal"),
    Line("6300", "CC520", 71_000, "salary", "Payroll, people"),
    Line("6300", "CC530", 64_000, "salary", "Payroll, IT"),
    Line("6310", "CC530", 92_000, "flat", "Rent Munich, London, Boston"),
    Line("6320", "CC510", 34_000, "audit", "Audit, tax and legal advice"),
    *(
        Line("6400", center, cost, "travel", "Travel expenses")
        for center, cost in {
            "CC110": 2_100.0,
            "CC120": 3_400.0,
            "CC130": 14_200.0,
            "CC210": 5_300.0,
            "CC220": 3_900.0,
            "CC310": 12_600.0,
            "CC320": 9_800.0,
            "CC330": 15_400.0,
            "CC410": 8_700.0,
            "CC510": 1_900.0,
            "CC520": 2_600.0,
        }.items()
    ),
    Line("7000", "CC510", 4_000, "currency", "Revaluation of receivables"),
    Line("7200", "CC530", 57_000, "flat", "Depreciation of equipment"),
)

_STEMS = (
    "Kessler Brandt Hofmann Albrecht Steiner Zeller Huber Lindner Moser Vogt Reuter Falk Amsler "
    "Bühler Wenger Nordin Bergström Ekman Sandberg Holm Ashworth Bramley Cartwright Dunmore "
    "Fairfax Garrick Hollis Kendal Langley Marlow Northgate Pemberton Redfern Sherwood Thornbury "
    "Whitmore Alder Briar Cascade Dakota Evergreen Frontier Granite Highland Ironwood Juniper "
    "Keystone Lakeside Monroe Oakridge Pinnacle Riverton Sierra Tidewater Union Vantage Westbrook "
    "Léman Müller Roche Sauvage Delmas Castel Bosch Verhoeven Dekker"
)
_TRADES = {
    "EUR": ("Maschinenbau GmbH", "Logistik GmbH", "Pharma AG", "Énergie SA", "Handel GmbH", "BV"),
    "USD": ("Health Inc.", "Foods Inc.", "Freight LLC", "Insurance Corp.", "Retail Group", "Labs"),
    "GBP": ("Foods Ltd", "Transport Ltd", "Utilities plc", "Partners LLP", "Stores Ltd"),
    "CHF": ("Präzision AG", "Versicherung AG", "Uhren SA", "Treuhand AG"),
    "SEK": ("Industri AB", "Skog AB", "Handel AB", "Energi AB"),
}
_COUNTRIES = {
    "EUR": ("DE", "DE", "DE", "AT", "FR", "NL"),
    "USD": ("US",),
    "GBP": ("GB",),
    "CHF": ("CH",),
    "SEK": ("SE",),
}


@dataclass(frozen=True)
class Products:
    """The product range; arrays are aligned with `names`."""

    names: tuple[str, ...]
    families: tuple[str, ...]
    codes: tuple[str, ...]
    weight: np.ndarray
    growth: np.ndarray
    price: np.ndarray
    metered: np.ndarray
    launched: np.ndarray

    @property
    def services(self) -> np.ndarray:
        """True where a product is sold by the day, not by the seat."""
        return np.array([family == "Services" for family in self.families])

    def of_family(self, family: str) -> np.ndarray:
        """Return True where a product belongs to `family`."""
        return np.array([name == family for name in self.families])

    def index(self, name: str) -> int:
        """Return the place of a product, or of the first one when the range lacks it."""
        return self.names.index(name) if name in self.names else 0


def product_range(count: int) -> Products:
    """Return the first `count` products: twelve known ones, then generated names."""
    named, nouns = list(_NAMED[:count]), _NOUNS.split()
    for number in range(count - len(named)):
        noun, flavor = nouns[number % len(nouns)], _FLAVORS[number // len(nouns)]
        family = _FAMILIES[number % len(_FAMILIES)]
        growth = round(0.02 + 0.13 * ((number * 7) % 11 - 2) / 9, 3)
        price = float(9 + (number * 13) % 37)
        weight = 0.24 / (1 + number / 12)
        named.append(
            _Named(noun + flavor, family, weight, growth, price, 400, metered=number % 3 == 0),
        )
    prefixes = [f"{item.name[:3].upper()}{place:03d}" for place, item in enumerate(named, 1)]
    return Products(
        names=tuple(item.name for item in named),
        families=tuple(item.family for item in named),
        codes=tuple(prefixes),
        weight=np.array([item.weight for item in named]),
        growth=np.array([item.growth for item in named]),
        price=np.array([item.price for item in named]),
        metered=np.array([item.metered for item in named]),
        launched=np.array([item.launched for item in named]),
    )


def customer_list(seed: int, count: int = 420) -> pd.DataFrame:
    """Return customers: customer, name, segment, country, currency (one row each)."""
    rng = stream(seed, "customers")
    currency = rng.choice(CURRENCIES, size=count, p=[0.46, 0.25, 0.15, 0.09, 0.05])
    segment = rng.choice(["Enterprise", "Mid-market", "Small"], size=count, p=[0.13, 0.35, 0.52])
    names = _STEMS.split()
    stems = rng.permuted(np.arange(count) % len(names))
    seen: set[str] = set()
    rows = []
    for place in range(count):
        trades = _TRADES[currency[place]]
        lands = _COUNTRIES[currency[place]]
        first = int(rng.integers(len(trades)))
        tries = (
            f"{names[(stems[place] + step // len(trades)) % len(names)]} "
            f"{trades[(first + step) % len(trades)]}"
            for step in range(len(trades) * len(names))
        )
        name = next((text for text in tries if text not in seen), f"Customer {place + 1:04d}")
        seen.add(name)
        land = lands[int(rng.integers(len(lands)))]
        rows.append((f"C{10_001 + place}", name, segment[place], land, currency[place]))
    return pd.DataFrame(rows, columns=["customer", "name", "segment", "country", "currency"])

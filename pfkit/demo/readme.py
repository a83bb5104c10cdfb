"""What the demo tells about itself: its README, and the causes behind its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.demo.company import NAME
from pfkit.demo.costs import DRIFT_SHARE, RE_INDEX
from pfkit.demo.effort import DEARER, DEARER_AGE
from pfkit.demo.exports import plain
from pfkit.demo.market import (
    DRIFT_AGE,
    LOST_AGE,
    SURGE,
    SURPRISE_RISE,
    YEARLY_RISE,
    Market,
)
from pfkit.demo.orders import reserved_capacity
from pfkit.demo.reviews import CLAIMED_TWICE
from pfkit.demo.ventures import VENTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.demo.costs import ProductCost

_FILES = (
    ("billing/billing_YYYY-MM.csv", "invoices, credit notes, refunds, offers; `;`, decimal comma"),
    ("subscriptions/subscriptions.csv", "what is paid a month: a row per change, 0 where one ends"),
    ("ledger/ledger_YYYY-MM.csv", "journal with debit and credit, accruals, reversals, signers"),
    ("budget/Budget YYYY VERSION.xlsx", "months across: kEUR (Revenue, Cost) and units (Volumes)"),
    ("usage/usage_YYYY-MM.parquet", "units by customer, product and feature"),
    ("roadmap/*.csv", "features, when each came or is planned to, and who could use it from when"),
    ("cloud/cloud_YYYY-MM.parquet", "the cloud bill, FOCUS 1.2; the ledger books it a month later"),
    ("initiatives/*.csv", "initiatives; cash flows (out is negative); milestones; benefits"),
    ("effort/hours.csv", "hours planned and worked by cost center, role, product, initiative"),
    ("effort/capacity.csv", "hours that people can work, by cost center and role"),
    ("procurement/order_lines.csv", "order lines: open with what is still to be booked, or closed"),
    ("treasury/fx_rates.csv", "EUR per 1 unit: monthly averages and yearly budget rates"),
    ("master/*.csv", "accounts, billing codes, products, cost centers, customers, prices"),
    ("control/billing_totals.csv", "lines and EUR the billing system says it exported"),
    ("decisions.csv", "open and closed decisions with owner and due date"),
    ("comments.csv", "what owners wrote about rows of the last reports, and who approved it"),
    ("planted.json", "this list for programs, with the causes behind the numbers"),
)


def causes(market: Market, costs: list[ProductCost]) -> list[dict[str, Any]]:
    """Return what really happened in the company, as truth for later questions."""
    time, products = market.time, market.products
    on_demand = next(cost for cost in costs if cost.account == "5010")
    drift = on_demand.actual[market.drifting] - on_demand.planned[market.drifting]
    months = range(max(time.start, time.last - DRIFT_AGE), time.stop)
    lost = market.lost
    worth = market.planned_seats[lost] * market.price[lost] * (100 - market.discount[lost, None])
    euros = np.rint(worth * market.rates[market.currency[lost]] / 1e8).astype(np.int64)
    after = range(max(time.start, time.last - LOST_AGE), time.stop)
    return [
        {
            "cause": "hosting drift",
            "product": products.names[market.drifting],
            "account": "5010",
            "from": time.labels[max(time.start, time.last - DRIFT_AGE)],
            "text": RE_INDEX,
            "share_of_planned_hosting": DRIFT_SHARE,
            "above_plan": {time.labels[at]: plain(drift[at]) for at in months},
        },
        {
            "cause": "lost accounts",
            "family": market.lagging_family,
            "from": time.labels[max(time.start, time.last - LOST_AGE)],
            "subscriptions": int(lost.sum()),
            "subscription_fees_lost": {time.labels[at]: plain(euros[:, at].sum()) for at in after},
        },
        {
            "cause": "price rise above plan",
            "family": products.families[0],
            "from": f"{time.years[-1]}-01",
            "planned_rate": YEARLY_RISE,
            "actual_rate": SURPRISE_RISE,
        },
        {
            "cause": "usage above plan",
            "product": products.names[market.drifting],
            "from": time.labels[max(time.start, time.last - DRIFT_AGE)],
            "rate": SURGE,
        },
        *_in_costs(market, costs),
    ]


def _in_costs(market: Market, costs: list[ProductCost]) -> list[dict[str, Any]]:
    """Return what was ordered, promised and paid otherwise than planned."""
    time = market.time
    return [
        {
            "cause": "capacity ordered beyond budget",
            "product": market.products.names[market.drifting],
            "account": "5010",
            "cost_center": "CC110",
            "ordered": {m: plain(cents) for m, cents in reserved_capacity(market, costs).items()},
        },
        {
            "cause": "initiatives turn out otherwise than planned",
            "initiatives": {
                f"I-{number:02d}": {
                    "cost_factor": venture.cost_factor,
                    "benefit_factor": venture.benefit_factor,
                    "benefit_months_late": venture.delay,
                }
                for number, venture in enumerate(VENTURES, 1)
            },
        },
        {
            "cause": "benefit claimed twice",
            "benefit": CLAIMED_TWICE[0],
            "claims_the_metric_of": CLAIMED_TWICE[1],
        },
        {
            "cause": "dearer hours",
            "role": "Data scientist",
            "from": time.labels[max(time.start, time.last - DEARER_AGE)],
            "rate": DEARER,
        },
    ]


def readme(planted: Mapping[str, Any]) -> str:
    """Return the README of a demo folder."""
    command = "pfkit demo " + " ".join(
        f"--{name} {planted[name]}" for name in ("seed", "months", "products")
    )
    rows = [
        f"| {row['kind']} | {row['file']} | {row['line']} | {row['value']} | {row['amount']} "
        f"| {row['handling']} | {row['note']} |"
        for row in planted["defects"]
    ]
    gaps = [
        f"| {row['period']} | {row['product']} | {row['billing_minus_ledger']} | {row['because']} |"
        for row in planted["differences"]
    ]
    wastes = [
        f"| {row['kind']} | {row['product']} | {row['resource']} | {row['period']} "
        f"| {row['amount']} |"
        for row in planted["wastes"]
    ]
    return "\n".join(
        [
            f"# {NAME}: invented raw exports",
            "",
            f"Made by `{command}`. People, companies and numbers are invented.",
            f"The last closed month is {planted['period']}; the fiscal year is the calendar year.",
            "",
            "| file | holds |",
            "|---|---|",
            *(f"| `{name}` | {text} |" for name, text in _FILES),
            "",
            "## Planted defects",
            "",
            "Amounts are EUR (units for usage). Line is a line of a text file, a row of a Parquet",
            "file, or the first cell of a row in a workbook.",
            "",
            "| kind | file | line | value | amount | handling | note |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "## Where billing and ledger differ",
            "",
            "Everywhere else a product's month is the same in both, to the cent.",
            "",
            "| period | product | billing less ledger, EUR | because |",
            "|---|---|---|---|",
            *gaps,
            "",
            "## Planted wastes",
            "",
            "What the cloud bill pays for and nobody needs, EUR a month; other months have none.",
            "",
            "| kind | product | resource | period | amount |",
            "|---|---|---|---|---|",
            *wastes,
            "",
            *_breaches(planted),
            "",
            *_effects(planted),
            "",
        ],
    )


def _breaches(planted: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {row['rule']} | {row['period']} | {row['entry']} | {row['amount']} | {row['note']} |"
        for row in planted["breaches"]
    ]
    head = ["| rule | period | entry | amount, EUR | note |", "|---|---|---|---|---|"]
    return ["## Planted breaches of controls", "", *head, *rows]


def _effects(planted: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {row['feature']} | {row['initiative']} | {row['released']} | {row['how']} "
        f"| {row['customers']} | {row['lift']} | {row['incremental']} |"
        for row in planted["effects"]
    ]
    return [
        "## Planted effects of features",
        "",
        "From first use on a customer pays for more seats; lift is added to their logarithm.",
        "Revenue is what there would not have been without the feature, net, to the last month.",
        "",
        "| feature | initiative | released | how | customers | lift | revenue, EUR |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]

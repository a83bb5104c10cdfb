"""A small seeded company: its raw exports and its book, for docs, guides and tests."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.demo import exports
from pfkit.demo.billing import billing_lines
from pfkit.demo.capacity import capacity_list
from pfkit.demo.cloud import Bill, cloud_bill
from pfkit.demo.cloud_charges import cloud_table
from pfkit.demo.comments import comment_list, comment_rows
from pfkit.demo.company import MAX_PRODUCTS, customer_list, product_range
from pfkit.demo.costs import Pair, product_costs, shared_costs
from pfkit.demo.defects import (
    Planted,
    plant_in_billing,
    plant_in_budget,
    plant_in_cash_flows,
    plant_in_ledger,
    plant_in_usage,
)
from pfkit.demo.effort import effort_list
from pfkit.demo.ledger import REVENUE_ACCOUNTS, ledger_lines, posted_revenue
from pfkit.demo.market import Market, market
from pfkit.demo.orders import order_rows
from pfkit.demo.plan import (
    budgets,
    plan_lines,
    planned_revenue,
    planned_units,
    revenue_arrays,
    sold_units,
)
from pfkit.demo.postings import plant_in_services, signed
from pfkit.demo.readme import causes, readme
from pfkit.demo.reviews import benefit_list, milestone_list
from pfkit.demo.roadmap import feature_rows, planted_effects, release_rows, rollout_rows
from pfkit.demo.savings import with_savings
from pfkit.demo.subscriptions import subscription_rows
from pfkit.demo.timeline import timeline
from pfkit.demo.ventures import cash_flows, decision_list, initiative_list
from pfkit.demo.workbook import Changed, workbook
from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pfkit.demo.costs import ProductCost
    from pfkit.demo.plan import Budget

__all__ = ["Demo", "make"]

_RETURNS = ("4800", "4810")


@dataclass(frozen=True)
class Demo:
    """A demo company on disk.

    Attributes
    ----------
    period : str
        Its last closed month, ``YYYY-MM``, the last of a quarter.
    folder : pathlib.Path
        Where its book and exports lie.
    planted : mapping
        What ``planted.json`` holds: ``defects`` (with file, line, amount, handling),
        ``differences`` between billing and ledger, ``breaches`` of controls (rule, period, entry,
        amount), ``causes`` behind the numbers, ``effects`` of features (with the net revenue
        there would not have been without them), ``wastes`` of the cloud bill (kind, product,
        resource, month, amount), ``files``.
    """

    period: str
    folder: Path
    planted: Mapping[str, Any]


@dataclass
class _Company:
    """Everything simulated, before it is written."""

    market: Market
    customers: pd.DataFrame
    billed: pd.DataFrame
    journal: pd.DataFrame
    costs: list[ProductCost]
    budgets: list[Budget]
    planted: Planted
    cloud: Bill
    orders: pd.DataFrame
    files: dict[str, bytes] = field(default_factory=dict)


def make(
    to: Path,
    *,
    seed: int = 7,
    months: int = 24,
    products: int = 12,
    last: str = "2026-06",
) -> Demo:
    """Write a demo company's raw exports and its ``book.toml``.

    Use it to try pfkit, to follow the guides and to test. The company sells software and
    services for about 5 million EUR a month. The same arguments write the same bytes.

    Parameters
    ----------
    to : pathlib.Path
        Folder to write to; an earlier demo company in it is replaced, other files stay.
    seed : int
        Start of the random numbers, 0 or more.
    months : int
        Months of history, 1 or more.
    products : int
        Products sold, 1 to 200.
    last : str
        Last closed month, ``YYYY-MM``: March, June, September or December.

    Returns
    -------
    Demo
        Period, folder, and what was planted.

    Raises
    ------
    ParameterError
        If a value is out of range, or `to` holds a book that is not a demo company's.

    Notes
    -----
    Ledger revenue of every product and month equals its billed lines in EUR to the cent, except
    for the differences listed in ``planted``. A billed line is converted at the month's average
    rate and rounded to the cent, as billing systems do.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     demo = make(Path(folder) / "meridian", months=1, products=1)
    ...     print(demo.period, (demo.folder / "book.toml").is_file())
    2026-06 True
    """
    _check(seed, months, products, last)
    company = _simulated(seed, months, products, last)
    files = _exports(seed, company)
    planted = {
        "company": "Meridian Software",
        "seed": seed,
        "months": months,
        "products": products,
        "period": last,
        "defects": company.planted.listed(),
        "differences": company.planted.differences.rows,
        "breaches": company.planted.breaches,
        "causes": causes(company.market, company.costs),
        "effects": planted_effects(company.market, company.billed),
        "wastes": company.cloud.wastes,
        "files": sorted([*files, "README.md", "planted.json"]),
    }
    files["README.md"] = readme(planted).encode()
    files["planted.json"] = (json.dumps(planted, indent=1, ensure_ascii=False) + "\n").encode()
    _replace(to, files)
    return Demo(period=last, folder=to, planted=planted)


def _check(seed: int, months: int, products: int, last: str) -> None:
    where = "demo"
    if seed < 0:
        raise ParameterError(f"seed {seed} is negative", where=where, advice="Give 0 or more.")
    if months < 1:
        raise ParameterError(
            f"months {months} leaves no month to write",
            where=where,
            advice="Give 1 or more.",
        )
    if not 1 <= products <= MAX_PRODUCTS:
        raise ParameterError(
            f"products {products} is out of range",
            where=where,
            advice=f"Give 1 to {MAX_PRODUCTS}.",
        )
    if not re.fullmatch(r"\d{4}-(03|06|09|12)", last):
        raise ParameterError(
            f"last {last!r} is not the last month of a quarter",
            where=where,
            advice="Give a March, June, September or December as YYYY-MM, such as 2026-06.",
        )


def _simulated(seed: int, months: int, products: int, last: str) -> _Company:
    time = timeline(last, months)
    customers = customer_list(seed)
    demand = market(seed, time, product_range(products), customers)
    planted = Planted()
    billed = plant_in_billing(demand, billing_lines(seed, demand), planted)
    billed = plant_in_services(time, billed, planted)
    kept = billed[billed["posted"]]
    revenue, counted = posted_revenue(demand, kept), sold_units(demand, kept)
    posted = revenue_arrays(demand, revenue)
    planned = planned_revenue(seed, demand, posted)
    units = (planned_units(seed, demand, counted), counted)
    returned = np.array([account in _RETURNS for account in REVENUE_ACCOUNTS])
    signs = np.where(returned, -1.0, 1.0)
    net = np.einsum("a,aprt->prt", signs, posted)
    expected = np.einsum("a,aprt->prt", signs, planned)
    sold = REVENUE_ACCOUNTS.index("4200")
    costs = product_costs(
        seed,
        demand,
        Pair(net.sum(axis=1), expected.sum(axis=1)),
        Pair(posted[sold].sum(axis=1), planned[sold].sum(axis=1)),
    )
    shared = shared_costs(seed, time, Pair(net.sum(axis=0), expected.sum(axis=0)))
    journal = ledger_lines(seed, demand, revenue, costs, shared)
    return _Company(
        market=demand,
        customers=customers,
        billed=billed,
        journal=signed(seed, time, plant_in_ledger(time, journal, planted), planted),
        costs=costs,
        budgets=budgets(time, plan_lines(demand, (planned, posted), units, costs, shared)),
        planted=planted,
        cloud=cloud_bill(seed, demand, costs),
        orders=order_rows(seed, demand, costs, shared),
    )


def _exports(seed: int, company: _Company) -> dict[str, bytes]:
    time = company.market.time
    files = _monthly(company) | _masters(company)
    for budget in company.budgets:
        file = f"budget/{budget.name}"
        changed: Changed = {}
        if budget.year == time.years[-1] and budget.version == "adopted":
            changed = plant_in_budget(budget, company.planted, file)
        files[file] = workbook(budget, changed)
    hours = effort_list(seed, company.market, company.costs)
    ventures = initiative_list(time, company.market.products)
    moved = cash_flows(seed, company.market)
    flows = plant_in_cash_flows(time, moved, company.planted)
    files |= {
        "initiatives/initiatives.csv": exports.csv_bytes(
            exports.initiative_rows(ventures),
            delimiter=",",
        ),
        "initiatives/cash_flows.csv": exports.csv_bytes(
            exports.cash_flow_rows(flows),
            delimiter=",",
        ),
        "initiatives/milestones.csv": exports.csv_bytes(
            exports.milestone_rows(milestone_list(seed, time)),
            delimiter=",",
        ),
        "initiatives/benefits.csv": exports.csv_bytes(
            exports.benefit_rows(
                with_savings(benefit_list(seed, time, moved), company.market, company.costs)
            ),
            delimiter=",",
        ),
        "effort/hours.csv": exports.csv_bytes(exports.effort_rows(hours), delimiter=","),
        "effort/capacity.csv": exports.csv_bytes(
            capacity_list(seed, company.market, hours), delimiter=","
        ),
    }
    files["procurement/order_lines.csv"] = exports.csv_bytes(company.orders, delimiter=",")
    company.planted.locate(flows, "initiatives/cash_flows.csv", first=2)
    drifting = company.market.products.names[company.market.drifting]
    decisions = decision_list(time, drifting, company.market.lagging_family)
    family = company.market.lagging_family
    said = comment_list(time, company.market.products, drifting, family)
    files["comments.csv"] = exports.csv_bytes(comment_rows(said), delimiter=",")
    files["decisions.csv"] = exports.csv_bytes(exports.decision_rows(decisions), delimiter=",")
    book = resources.files("pfkit.demo").joinpath("book.toml").read_text(encoding="utf-8")
    if all(budget.version == "adopted" for budget in company.budgets):
        book = book.replace('["adopted", "revised"]    #', '["adopted"]               #')
    files["book.toml"] = book.encode()
    return files


def _monthly(company: _Company) -> dict[str, bytes]:
    demand, time, planted = company.market, company.market.time, company.planted
    files = {}
    billing = exports.billing_rows(demand, company.customers, company.billed)
    journal = exports.ledger_rows(company.journal)
    totals = []
    for month in range(time.start, time.stop):
        label = time.labels[month]
        chosen = (company.billed["month"] == month).to_numpy()
        file = f"billing/billing_{label}.csv"
        encoding = "cp1252" if month == max(time.start, time.last - 2) else "utf-8"
        files[file] = exports.csv_bytes(billing[chosen], delimiter=";", encoding=encoding)
        planted.locate(company.billed[chosen], file, first=2)
        totals.append(exports.control_row(company.billed[chosen], label))
        chosen = (company.journal["month"] == month).to_numpy()
        file = f"ledger/ledger_{label}.csv"
        files[file] = exports.csv_bytes(journal[chosen], delimiter=",")
        planted.locate(company.journal[chosen], file, first=2)
        file = f"usage/usage_{label}.parquet"
        table = exports.usage_table(demand, company.customers, month)
        if month == time.last and table.num_rows:
            table = plant_in_usage(table, label, planted, file)
        files[file] = exports.parquet_bytes(table)
        charges = cloud_table(company.cloud.months[month])
        files[f"cloud/cloud_{label}.parquet"] = exports.parquet_bytes(charges)
    control = pd.DataFrame(totals, columns=["Month", "Lines", "EUR"])
    files["control/billing_totals.csv"] = exports.csv_bytes(control, delimiter=",")
    return files


def _masters(company: _Company) -> dict[str, bytes]:
    products = company.market.products
    customers = company.customers.set_axis(
        ["Customer", "Name", "Segment", "Country", "Currency"],
        axis=1,
    )
    tables = {
        "master/chart_of_accounts.csv": exports.account_rows(),
        "master/product_codes.csv": exports.code_rows(products),
        "master/products.csv": exports.product_rows(products, company.market.time),
        "master/cost_centers.csv": exports.cost_center_rows(),
        "master/customers.csv": customers,
        "master/vendor_prices.csv": company.cloud.prices,
        "subscriptions/subscriptions.csv": subscription_rows(company.market, company.customers),
        "treasury/fx_rates.csv": exports.rate_rows(company.market),
        "roadmap/features.csv": feature_rows(company.market),
        "roadmap/releases.csv": release_rows(company.market.time),
        "roadmap/rollout.csv": rollout_rows(company.market, company.customers),
    }
    return {file: exports.csv_bytes(rows, delimiter=",") for file, rows in tables.items()}


def _replace(to: Path, files: Mapping[str, bytes]) -> None:
    """Write the files; remove those of an earlier demo company first."""
    listing = to / "planted.json"
    if listing.is_file():
        for name in json.loads(listing.read_text(encoding="utf-8"))["files"]:
            old = (to / name).resolve()
            if old.is_relative_to(to.resolve()):
                old.unlink(missing_ok=True)
    elif (to / "book.toml").exists():
        raise ParameterError(
            f"{to.name} holds a book that is not a demo company's",
            where="demo",
            advice="Name another folder; nothing was written.",
        )
    for name, data in files.items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

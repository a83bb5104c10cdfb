"""The demo company's initiatives: what was promised, and the money that moved so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.company import CURRENCIES
from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from pfkit.demo.company import Products
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline

PLAN_MONTHS = 36
_IN_DOLLARS = "Boston data center exit"
WINDOW = 24  # months in which the list below was started


class Venture(NamedTuple):
    """An initiative: what is planned, and how it turns out."""

    name: str
    product: str
    owner: str
    start: int  # month of a 24-month window
    build: int  # months of investment
    invested: float  # EUR, planned in total
    benefit: float  # EUR a month once fully used
    run: float  # EUR a month to keep it
    cost_factor: float  # actual against planned investment
    benefit_factor: float  # actual against planned benefit
    delay: int  # months the benefit came late
    hurdle: float


VENTURES = (
    Venture("Self-service onboarding", "Atlas", "Katrin Vogel", 0, 6, 540e3, 46e3, 3e3,
             0.95, 1.08, 0, 0.10),
    Venture("Usage-based pricing", "Relay", "Denise Calloway", 2, 5, 310e3, 31e3, 2e3,
             0.91, 1.16, 0, 0.10),
    Venture("Carrier network rebuild", "Ferry", "Jonas Brückner", 3, 9, 980e3, 74e3, 6e3,
             1.22, 0.61, 2, 0.12),
    Venture("Search re-index", "Lumen", "Priya Raman", 6, 6, 420e3, 42e3, 4e3,
             1.08, 0.93, 1, 0.10),
    Venture("Beacon launch", "Beacon", "Sofía Medina", 7, 8, 760e3, 88e3, 9e3,
             1.04, 0.98, 1, 0.14),
    Venture("Hosting reserve contract", "Atlas", "Hanna Lindqvist", 10, 2, 120e3, 19e3, 0.0,
             0.94, 1.03, 0, 0.08),
    Venture("Assistant in Planning", "Cadence", "Priya Raman", 12, 7, 690e3, 71e3, 11e3,
             1.11, 0.84, 1, 0.12),
    Venture("Customer portal", "Harbor", "Tomasz Wieczorek", 15, 6, 360e3, 27e3, 2.5e3,
             0.93, 0.90, 0, 0.10),
    Venture("Boston data center exit", "Prism", "Hanna Lindqvist", 18, 5, 280e3, 24e3, 0.0,
             0.96, 1.00, 0, 0.09),
    Venture("Quarry migration path", "Quarry", "Claire Fontaine", 21, 6, 450e3, 38e3, 3e3,
             0.97, 1.00, 0, 0.12),
)  # fmt: skip


def initiative_list(time: Timeline, products: Products) -> pd.DataFrame:
    """Return initiatives: initiative, name, product, owner, approved, hurdle, start, status."""
    rows = []
    for number, venture in enumerate(VENTURES, 1):
        begin = begin_of(time, venture)
        product = venture.product
        if product not in products.names:
            product = products.names[number % len(products.names)]
        built = begin + venture.build + venture.delay <= time.last
        rows.append(
            {
                "initiative": f"I-{number:02d}",
                "name": venture.name,
                "product": product,
                "owner": venture.owner,
                "approved": round(venture.invested),
                "hurdle": venture.hurdle,
                "start": time.labels[begin],
                "approved_on": time.first_day(begin) - 12,
                "status": "live" if built else "building",
            },
        )
    return pd.DataFrame(rows)


def cash_flows(seed: int, market: Market) -> pd.DataFrame:
    """Return planned and actual cash flows, signed (out is negative), in cents.

    One row per initiative, month, kind and flow that is not zero: ``initiative``, ``period``,
    ``kind``, ``flow``, ``currency``, ``cents``, ``known_on``. Plans are in EUR, run `PLAN_MONTHS`
    months and are known when approved; actual flows run to the last written month, each known
    three days after its month. The data center in Boston is paid in USD.
    """
    time, dollar = market.time, CURRENCIES.index("USD")
    rows: list[tuple[object, ...]] = []
    for number, venture in enumerate(VENTURES, 1):
        begin = begin_of(time, venture)
        rng = stream(seed, f"venture {number}")
        month = np.arange(PLAN_MONTHS)
        ramp = np.clip((month - venture.build + 1) / 6, 0, 1)
        late = np.clip((month - venture.build - venture.delay + 1) / 6, 0, 1)
        noise = np.exp(rng.normal(0, 0.07, (3, PLAN_MONTHS)))
        invest = np.where(month < venture.build, -venture.invested / venture.build, 0.0)
        upkeep = np.where(month >= venture.build, -venture.run, 0.0)
        plan = {"investment": invest, "benefit": venture.benefit * ramp, "cost": upkeep}
        actual = {
            "investment": invest * venture.cost_factor * noise[0],
            "benefit": venture.benefit * venture.benefit_factor * late * noise[1],
            "cost": upkeep * noise[2],
        }
        approved = time.first_day(begin) - 12
        periods = [str(time.grid[begin] + step) for step in month]
        known = (time.grid[begin] + month + 1).astype("datetime64[D]") + 2
        for kind, flows in (("plan", plan), ("actual", actual)):
            until = PLAN_MONTHS if kind == "plan" else max(0, time.last - begin + 1)
            step = 1_000_00 if kind == "plan" else 1
            paid = "USD" if kind == "actual" and venture.name == _IN_DOLLARS else "EUR"
            months = np.minimum(begin + month, time.last)
            rate = market.rates[dollar, months] / 1e6 if paid == "USD" else 1.0
            for flow, amounts in flows.items():
                running = np.rint((amounts / rate * 100).cumsum() / step).astype(np.int64)
                cents = np.diff(running, prepend=0) * step
                rows += [
                    (f"I-{number:02d}", periods[at], kind, flow, paid, cents[at],
                     approved if kind == "plan" else known[at])
                    for at in range(min(until, PLAN_MONTHS)) if cents[at]
                ]  # fmt: skip
    columns = ["initiative", "period", "kind", "flow", "currency", "cents", "known_on"]
    listed = pd.DataFrame(rows, columns=columns)
    order = ["known_on", "initiative", "kind", "period", "flow"]
    return listed.sort_values(order, kind="stable").reset_index(drop=True)


def decision_list(time: Timeline, drifting: str, lagging: str) -> pd.DataFrame:
    """Return decisions: decision, row_key, text, owner, due_on, status, known_on."""
    end = time.last_day(time.last)
    known = end - 12
    reserve = f"Reserve capacity for {drifting}'s nightly search re-index, or run it weekly"
    rows = [
        ("D-11", "", f"Raise list prices of {drifting} with the January price list",
         "Katrin Vogel", end - 40, "closed", end - 75),
        ("D-12", "hosting", reserve, "Hanna Lindqvist", end + 18, "open", known),
        ("D-13", "", f"Win-back offer for the accounts {lagging} has lost",
         "Oliver Hartley", end + 25, "open", known),
        ("D-14", "i-03", "Carrier network rebuild: continue, or stop after the second phase",
         "Jonas Brückner", end + 31, "open", known + 3),
        ("D-15", "", "Move the autumn customer event from Munich to online",
         "Sofía Medina", end + 46, "open", known + 5),
    ]  # fmt: skip
    columns = ["decision", "row_key", "text", "owner", "due_on", "status", "known_on"]
    return pd.DataFrame(rows, columns=columns)


def begin_of(time: Timeline, venture: Venture) -> int:
    """Return the place in the grid of the month in which an initiative begins."""
    written = time.stop - time.start
    span = min(WINDOW, written)
    return time.stop - span + venture.start * span // WINDOW

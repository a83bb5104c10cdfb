"""Random books: does every split of a variance add up to the cent, beside a textbook formula."""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures import (
    bridge,
    effects,
    effort_variance,
    flexed_budget,
    price_volume_mix,
    timing,
    variance,
    variance_levels,
)
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_EFFECTS = ["volume", "mix", "price", "joint", "new", "lost", "fx", "returns", "not_split"]
_ACCOUNTS = pd.DataFrame(
    [
        ("4000", "Sales", "gross", "higher", "variable", None),
        ("4800", "Refunds", "returns", "lower", "variable", None),
        ("5000", "Hosting", "cost_of_revenue", "lower", "semi", 0.4),
        ("5100", "Licenses", "cost_of_revenue", "lower", "variable", None),
        ("6000", "Rent", "operating", "lower", "fixed", None),
    ],
    columns=["account", "line", "group", "favorable_when", "behavior", "variable_share"],
)
_PERIOD = FiscalCalendar().period("2026-06")
_MONTHS = ("2026-05", "2026-06", "2026-07")
_CHUNK = 250
_CENT = 0.01


def _amount(chance: random.Random) -> float:
    """Draw money in cents: ordinary, zero, negative, tiny or very large."""
    size = chance.choice((0, 1, 100, 10_000, 10_000, 10_000_000, 10**9))
    return round(chance.uniform(-0.3, 1) * size, 2)


def _quantity(chance: random.Random) -> float | None:
    """Draw units: whole, broken, zero, taken back, missing or absurd."""
    drawn = {
        "whole": float(chance.randint(1, 500)),
        "broken": chance.uniform(0, 50),
        "zero": 0.0,
        "back": -float(chance.randint(1, 60)),
        "missing": None,
        "absurd": chance.choice((0.1, 0.2, -0.3, 1e-9, 1e12)),
    }
    return drawn[chance.choices(list(drawn), (55, 15, 8, 10, 9, 3))[0]]


def hostile(chance: random.Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw sales as no one wants them: gaps, zeros, returns, repeats, missing rates."""

    def table() -> pd.DataFrame:
        rows = [
            {
                "line": chance.choice(("Seats", "Days")),
                "family": chance.choice(("X", "Y", None)),
                "product": chance.choice("ABCDEFG"),
                "group": chance.choices(("gross", "returns", "other"), (8, 1, 1))[0],
                "currency": chance.choice(("EUR", "USD")),
                "quantity": _quantity(chance),
                "amount": _amount(chance),
                "amount_local": _amount(chance),
                "budget_rate": chance.choices((1.0, 0.9, None), (6, 3, 1))[0],
            }
            for _ in range(chance.choice((0, 1, 4, 12, 25)))
        ]
        return _typed(rows)

    return table(), table()


def ordinary(chance: random.Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw sales of a sound company: positive, some products new and some gone."""
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for place in range(chance.randint(3, 12)):
        price, units = chance.uniform(5, 500), chance.uniform(10, 2000)
        there = chance.choices(((0, 1), (0,), (1,)), (8, 1, 1))[0]
        for side in there:
            sold = float(round(units * (1 if side == 0 else chance.uniform(0.6, 1.5))))
            local = round(sold * price * (1 if side == 0 else chance.uniform(0.9, 1.1)), 2)
            sides[side].append(
                {"line": "Seats", "family": "XY"[place % 2], "product": chr(65 + place)}
                | {"group": "gross", "currency": "USD", "quantity": sold, "amount_local": local}
                | {"amount": round(local * (0.9 if side == 0 else 0.87), 2), "budget_rate": 0.9}
            )
    return _typed(sides[0]), _typed(sides[1])


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["line", "family", "product", "group", "currency", "quantity", "amount",
               "amount_local", "budget_rate"]  # fmt: skip
    numbers = dict.fromkeys(("quantity", "amount", "amount_local", "budget_rate"), "float64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _entries(chance: random.Random, count: int, *, plan: bool) -> pd.DataFrame:
    rows = [
        {
            "period": month,
            "account": chance.choice(_ACCOUNTS["account"].tolist()),
            "cost_center": chance.choice(("A", "B")),
            "product": chance.choice(("A", "B", "(none)")),
            "amount": chance.choice((100.0, 300.0, -300.0, 299.5, _amount(chance))),
        }
        | ({} if plan else {"entry_id": str(chance.randint(1, 20))})
        | ({} if plan else {"entry_kind": chance.choice((None, "accrual", "reversal", "regular"))})
        | ({} if plan else {"reverses": chance.choice((None, None, str(chance.randint(1, 20))))})
        for month in _MONTHS
        for _ in range(count)
    ]
    return pd.DataFrame(rows)


def _effort(chance: random.Random) -> pd.DataFrame:
    rows = [
        {
            "version": version,
            "period": "2026-06",
            "cost_center": chance.choice(("A", "B")),
            "role": chance.choice(("Engineer", "Advisor", None)),
            "product": chance.choice(("A", "B", "(none)")),
            "initiative": chance.choice((None, "I-1")),
            "hours": chance.choice((0.0, -8.0, chance.uniform(0, 400))),
            "hourly_cost": chance.choice((None, round(chance.uniform(20, 150), 2))),
            "behavior": chance.choice((None, "variable")),
        }
        for version in ("plan", "actual")
        for _ in range(chance.choice((1, 5, 12)))
    ]
    return pd.DataFrame(rows)


def textbook(base: pd.DataFrame, actual: pd.DataFrame) -> float:
    """Return what the formula of a textbook leaves unexplained, as it is written in pandas."""
    tables = [table.fillna({"quantity": 0.0}) for table in (base, actual)]
    sums = [table.groupby("product")[["quantity", "amount"]].sum() for table in tables]
    both = sums[0].join(sums[1], how="outer", lsuffix="_0", rsuffix="_1").fillna(0.0)
    q0, q1 = both["quantity_0"], both["quantity_1"]
    with np.errstate(all="ignore"):
        p0, p1 = both["amount_0"] / q0, both["amount_1"] / q1
        price = (p1 - p0) * q1
        volume = (q1.sum() - q0.sum()) * (q0 / q0.sum()) * p0
        mix = (q1 / q1.sum() - q0 / q0.sum()) * q1.sum() * p0
        told = price.sum() + volume.sum() + mix.sum()
    return float(actual["amount"].sum() - base["amount"].sum() - told)


def _cents(values: Any) -> list[int]:  # noqa: ANN401 (a column)
    return [round(float(value) * 100) for value in values]


def _closed(table: pd.DataFrame, parts: Sequence[str], whole: str) -> bool:
    """Return whether the parts of every row add up to its whole, in cents."""
    if table.empty:
        return True
    sums = [sum(row) for row in zip(*(_cents(table[part]) for part in parts), strict=True)]
    return sums == _cents(table[whole])


def _price_volume_mix(chance: random.Random) -> Counter[str]:
    """Split one hostile and one ordinary pair of tables, each beside the textbook."""
    found: Counter[str] = Counter()
    for kind, draw in (("hostile", hostile), ("ordinary", ordinary)):
        base, actual = draw(chance)
        split = price_volume_mix(
            base, actual,
            by=chance.choice(("product", ["family", "product"], ["product", "currency"])),
            within=chance.choice(([], "line", "family")),
            joint=chance.choice(("price", "mix", "apart")),
            rate=chance.choice((None, "budget_rate")),
        )  # fmt: skip
        ends = split.empty or all(
            _cents([split[name].iloc[-1]]) == [sum(_cents(table["amount"]))]
            for name, table in (("base", base), ("actual", actual))
        )
        steps = effects(split)
        walked = steps.empty or _cents(steps["cumulative"])[-1] == _cents(steps["amount"])[-1]
        found[kind] = int(_closed(split, _EFFECTS, "change") and ends and walked)
        found[f"textbook {kind}"] = int(abs(textbook(base, actual)) <= _CENT)
    found["closes"] = int(found["hostile"] and found["ordinary"])
    return found


def _bridge(chance: random.Random) -> Counter[str]:
    actual, plan = (_entries(chance, 4, plan=True) for _ in range(2))
    gap = variance(actual, plan, by=["product", "account"], accounts=_ACCOUNTS)
    steps = bridge(gap, start="budget", end="actual", top=chance.randint(0, 6))
    amounts = _cents(steps["amount"])
    closes = sum(amounts[:-1]) == amounts[-1] == sum(_cents(actual["amount"]))
    return Counter(closes=int(closes))


def _flexed(chance: random.Random) -> Counter[str]:
    rows = [
        {"version": version, "period": "2026-06", "product": chance.choice(("A", "B", "(none)"))}
        | _ACCOUNTS.iloc[chance.randrange(len(_ACCOUNTS))][["account", "line", "group"]].to_dict()
        | {"amount": _amount(chance)}
        for version in ("plan", "actual")
        for _ in range(chance.choice((1, 6, 15)))
    ]
    drivers = price_volume_mix(*hostile(chance), by=["line", "product"], within="line")
    found = flexed_budget(pd.DataFrame(rows), drivers, period=_PERIOD, accounts=_ACCOUNTS)
    told = variance_levels(found, drivers)
    parts = told[told["role"] == "item"]["amount"].sum() if len(told) else 0.0
    whole = told["amount"].iloc[0] if len(told) else 0.0
    closes = (
        _closed(found, ["static", "quantity_variance", "mix_variance"], "flexible")
        and _closed(found, ["flexible", "flexible_variance"], "actual")
        and abs(parts - whole) <= _CENT
    )
    return Counter(closes=int(closes))


def _hours(chance: random.Random) -> Counter[str]:
    drivers = pd.DataFrame(
        {"product": ["A", "B"], "base": [10.0, _amount(chance)], "actual": [12.0, _amount(chance)]}
    )
    found = effort_variance(_effort(chance), period=_PERIOD, drivers=drivers, by="role")
    parts = ["volume", "efficiency", "rate", "not_split"]
    return Counter(closes=int(_closed(found, parts, "change")))


def _timing(chance: random.Random) -> Counter[str]:
    found = timing(
        _entries(chance, chance.choice((1, 4, 9)), plan=False),
        _entries(chance, chance.choice((1, 4)), plan=True),
        period=_PERIOD,
        accounts=_ACCOUNTS,
    )
    closes = _closed(found, ["accruals", "shifted", "permanent"], "variance")
    return Counter(closes=int(closes))


_LAWS: dict[str, Callable[[random.Random], Counter[str]]] = {
    "bridge": _bridge,
    "price, volume, mix": _price_volume_mix,
    "flexed budget": _flexed,
    "effort": _hours,
    "timing": _timing,
}


def judged(seeds: range) -> dict[str, Counter[str]]:
    """Count, for the books of some seeds, what closes; a seed draws the same book everywhere."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in seeds:
        for name, law in _LAWS.items():
            began = time.process_time()
            told = law(random.Random(f"{name} {seed}"))  # noqa: S311 (no secret)
            found[name].update(told, books=1)
            found[name]["microseconds"] += round((time.process_time() - began) * 1e6)
            if not told["closes"]:
                found[name][f"seed {seed}"] += 1
    return found


def main(arguments: list[str]) -> int:
    """Draw books, split them in every way, and print how many close to the cent."""
    parser = argparse.ArgumentParser(prog="python -m bench variance")
    parser.add_argument("--books", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args(arguments)
    starts = range(0, chosen.books, _CHUNK)
    chunks = [range(start, min(start + _CHUNK, chosen.books)) for start in starts]
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for part in _run(chunks, chosen.jobs):
        for name, counts in part.items():
            total[name] += counts
    print(f"{'split':<20} {'books':>7} {'close to the cent':>18} {'ms a book':>10}")
    for name, counts in total.items():
        pace = counts["microseconds"] / 1000 / counts["books"]
        print(f"{name:<20} {counts['books']:>7} {counts['closes']:>18} {pace:>10.1f}")
        wrong = [key for key in counts if key.startswith("seed ")]
        if wrong:
            print(f"  open: {', '.join(wrong[:10])}")
    mixed = total["price, volume, mix"]
    print("price, volume, mix beside the textbook formula in pandas, per product:")
    for kind in ("ordinary", "hostile"):
        ours, beside = mixed[kind], mixed[f"textbook {kind}"]
        print(f"  {kind} books: {ours} close, of the textbook {beside}")
    return int(any(counts["closes"] < counts["books"] for counts in total.values()))


def _run(chunks: Sequence[range], jobs: int) -> Iterator[dict[str, Counter[str]]]:
    if jobs == 1:
        yield from map(judged, chunks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(judged, chunks)

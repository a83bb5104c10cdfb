"""How far the kit is from what the demo company planted: its features, seed by seed.

Each seed is another demo company of 24 months, made, opened and attributed as a reader would. For
each release: the true amount, what the kit says with its interval, and its verdict. At the end how
many true amounts lie inside, and how often each release has the verdict it is made for.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

import pfkit as pf

#: The verdict that each release is made for.
MEANT = {
    "Guided setup": ("randomised",),
    "Smart search": ("supported", "fragile"),
    "Carrier tracking": ("too_few",),
    "Assistant": ("not_identified",),
}


def told(seed: int) -> list[dict[str, Any]]:
    """Return what was planted in the company of a seed, beside what the kit says of it."""
    with tempfile.TemporaryDirectory() as folder:
        company = pf.demo.make(Path(folder) / "demo", seed=seed)
        book = pf.open_book(company.folder, period=company.period)
        found = pf.attribution(**book.attribution)
    parts = found.ledger[found.ledger["line"] != "ledger"].groupby("period")["amount"].sum()
    whole = found.ledger[found.ledger["line"] == "ledger"].set_index("period")["amount"]
    features = found.features.set_index("feature")
    rows = []
    for effect in company.planted["effects"]:
        mine = features.loc[effect["feature"]]
        rows.append(
            {
                "seed": seed,
                "feature": effect["feature"],
                "truth": float(effect["incremental"]),
                **{name: mine[name] for name in ("incremental", "lo90", "hi90", "verdict")},
                "residual": float((parts - whole).abs().max()),
            }
        )
    return rows


def main(arguments: list[str]) -> int:
    """Print what was planted and what is told, and how often the one holds the other."""
    parser = argparse.ArgumentParser(prog="python -m bench planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="companies")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    given = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for seed in range(given.first, given.first + given.seeds):
        rows += told(seed)
        for row in rows[-len(MEANT) :]:
            said = "no number"
            if not pd.isna(row["incremental"]):
                said = f"{row['incremental']:12,.0f} ({row['lo90']:,.0f} to {row['hi90']:,.0f})"
            print(f"{seed:4} {row['feature']:18} {row['truth']:12,.0f}  {row['verdict']:15} {said}")
    amounts = ["incremental", "lo90", "hi90"]
    table = pd.DataFrame(rows).astype(dict.fromkeys(amounts, "Float64"))
    table["meant"] = [row["verdict"] in MEANT[row["feature"]] for row in rows]
    table["held"] = (table["lo90"] <= table["truth"]) & (table["truth"] <= table["hi90"])
    table["ratio"] = table["incremental"] / table["truth"]
    print(f"\n{'':23} {'as meant':>9} {'answered':>9} {'in 90 %':>9} {'told/true':>10}")
    for name, mine in table.groupby("feature", sort=False):
        some = mine[mine["incremental"].notna()]
        held = f"{some['held'].mean():9.0%} {some['ratio'].mean():10.2f}" if len(some) else ""
        print(f"{name:23} {mine['meant'].mean():9.0%} {len(some):9} {held}")
    print(f"parts less ledger at most {table['residual'].max():.2f}")
    return 0

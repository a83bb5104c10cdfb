from __future__ import annotations

import numpy as np
import pandas as pd

from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.combine import Parts
from pfkit.measures.attribution.panel import panel
from pfkit.measures.attribution.ties import ledger_lines


def test_lines_add_up_to_the_ledger_to_the_cent() -> None:
    rng = np.random.default_rng(2)
    months = [f"2026-{one:02d}" for one in range(1, 13)]
    billing = pd.DataFrame(
        {
            "customer": np.tile(["A", "B", ""], 12),
            "period": np.repeat(months, 3),
            "amount": np.round(rng.uniform(10, 1000, 36), 2),
        }
    )
    ledger = billing.groupby("period", as_index=False)["amount"].sum()
    ledger["amount"] = ledger["amount"].round(2) + 0.01
    mine = panel(billed(billing), None, ledger, tolerance=0.005)
    shares = rng.uniform(-20, 50, (12, 3))
    lines = ledger_lines(
        mine, ["a", "b", "c"], Parts(shares, shares), np.array([True, True, False])
    )
    cents = (lines["amount"].astype(float) * 100).round().astype(int)
    whole = lines["line"] == "ledger"
    assert cents[~whole].groupby(lines["period"]).sum().tolist() == cents[whole].tolist()
    assert cents[whole].tolist() == (ledger["amount"] * 100).round().astype(int).tolist()
    assert lines["line"].unique().tolist() == ["baseline", "a", "b", "not_identified", "ledger"]
    third = lines.loc[lines["line"] == "not_identified", "amount"].astype(float).to_numpy()
    nobody = billing.loc[billing["customer"] == "", "amount"].to_numpy()
    assert np.abs(third - (shares[:, 2] + nobody + 0.01)).max() < 0.011

"""Lines of the ledger: baseline, features and what is not identified, adding up to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.money import apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution.combine import Parts
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Flags

BASELINE = "baseline"
NOT_IDENTIFIED = "not_identified"
LEDGER = "ledger"


def ledger_lines(
    panel: Panel, features: Sequence[str], parts: Parts, numbered: Flags
) -> pd.DataFrame:
    """Return period, line and amount; without ``ledger``, lines add up to it in every period."""
    gap = panel.gap / 100
    refused = parts.shares[:, ~numbered].sum(1) + panel.nobody + gap
    shares = parts.shares[:, numbered]
    baseline = panel.ledger / 100 - refused - shares.sum(1)
    exact = np.concatenate([baseline[:, None], shares, refused[:, None]], axis=1)
    names = [BASELINE, *np.array(features, dtype=object)[numbered].tolist(), NOT_IDENTIFIED]
    rows = []
    for month, label in enumerate(panel.labels):
        total, *split = apart(exact[month].tolist(), total=float(panel.ledger[month]) / 100)
        lines = [*zip(names, split, strict=True), (LEDGER, total)]
        rows += [(f"{label}|{name}", label, name, float(amount)) for name, amount in lines]
    table = pd.DataFrame(rows, columns=["row_key", "period", "line", "amount"])
    return table.astype({"row_key": "str", "period": "str", "line": "str", "amount": "Float64"})

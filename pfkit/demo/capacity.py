"""The demo company's plan of capacity: hours its people can work, by cost center and role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from pfkit.demo.market import Market

PRACTICAL = 132.0  # hours a month, holidays, training and sick leave off
#: Planned hours over capacity by role: who has too much to do, and who too little.
LOAD = {
    "Engineer": 0.94,
    "Designer": 0.76,
    "Data engineer": 0.90,
    "Data scientist": 1.05,
    "Support agent": 0.86,
    "Consultant": 0.98,
}


def capacity_list(seed: int, market: Market, effort: pd.DataFrame) -> pd.DataFrame:
    """Return capacity by month, cost center and role, whole people at practical hours.

    `effort` is the result of `effort_list`, in half hours. People are hired by the quarter for
    what is planned; now and then a place is not filled.
    """
    time = market.time
    labels = [time.labels[at] for at in range(time.start, time.stop)]
    plan = effort[(effort["version"] == "adopted") & effort["month"].isin(labels)]
    hours = plan.groupby(["cost_center", "role", "month"])["hours"].sum() / 2
    rows = []
    for center, role in dict.fromkeys(zip(plan["cost_center"], plan["role"], strict=True)):
        mine = hours[center, role].reindex(labels, fill_value=0.0)
        rng = stream(seed, f"capacity {role}")
        quarter = [f"{label[:4]}Q{(int(label[5:]) + 2) // 3}" for label in labels]
        wanted = mine.groupby(quarter).transform("mean").to_numpy() / (PRACTICAL * LOAD[role])
        heads = np.maximum(np.rint(wanted), 1) - (rng.random(len(labels)) < 0.08)  # noqa: PLR2004
        rows += [
            (label, center, role, max(head, 1.0) * PRACTICAL, f"{label}-01")
            for label, head in zip(labels, heads.tolist(), strict=True)
        ]
    columns = ["Month", "Cost center", "Role", "Hours", "Known on"]
    listed = pd.DataFrame(rows, columns=columns)
    return listed.sort_values(columns[:3], kind="stable").reset_index(drop=True)

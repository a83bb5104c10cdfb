"""What the demo company's owners wrote about the last two reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pfkit.demo.company import Products
    from pfkit.demo.timeline import Timeline

_FAIRS = "Two trade fairs were booked early; the year as a whole is on plan."


def comment_list(time: Timeline, products: Products, drifting: str, family: str) -> pd.DataFrame:
    """Return comments: exhibit, row_key, text, author, period, status, approval, known_on.

    One of the month before still stands and is approved, one was closed since, and one is of the
    last month, on the first product of the family that lags.
    """
    pairs = zip(products.names, products.families, strict=True)
    lagging = next(name for name, of in pairs if of == family)
    then, now = str(time.grid[time.last] - 1), time.labels[time.last]
    first = np.datetime64(time.grid[time.last], "D") + 2
    last = time.last_day(time.last) + 2
    search = f"{drifting} re-indexes its search every night, on demand."
    lost = f"{lagging} has lost accounts that merged; the win-back offer is out."
    rows = [
        ("pnl", "hosting", search, "Hanna Lindqvist", then, "open", "Martin Aebischer", first),
        ("pnl", "travel", _FAIRS, "Sofía Medina", then, "open", "", first),
        ("pnl", "travel", _FAIRS, "Sofía Medina", now, "closed", "", last),
        ("product-pnl", lagging.lower(), lost, "Oliver Hartley", now, "open", "", last),
    ]
    columns = ["exhibit", "row_key", "text", "author", "period", "status", "approved_by"]
    return pd.DataFrame(rows, columns=[*columns, "known_on"])


def comment_rows(comments: pd.DataFrame) -> pd.DataFrame:
    """Return comments as finance collects them."""
    days = [str(day) for day in comments["known_on"].to_numpy().astype("datetime64[D]")]
    approved = (comments["approved_by"] != "").tolist()
    return pd.DataFrame(
        {
            "Exhibit": comments["exhibit"],
            "Row": comments["row_key"],
            "Comment": comments["text"],
            "Author": comments["author"],
            "Written for": comments["period"],
            "Status": comments["status"],
            "Approved by": comments["approved_by"],
            "Approved on": [day if yes else "" for day, yes in zip(days, approved, strict=True)],
            "Written on": days,
        },
    )

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pfkit as pf

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "known" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
"""


def test_a_book_as_known_on_two_days_differs_by_what_came_between(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(BOOK)
    (tmp_path / "billing.csv").write_text(
        "id,day,item,amount,known\nA,2026-05-04,tea,10.00,2026-05-31\n"
        "B,2026-05-30,tea,2.50,2026-06-12\nC,2026-05-30,jam,4.00,2026-06-12\n"
    )
    then, now = (
        pf.open_book(tmp_path, period="2026-05", as_of=day) for day in ("2026-05-31", "2026-06-30")
    )
    found = pf.diff(then, now)
    cells = found.rows[found.rows["column"] == "amount"]
    assert cells[["exhibit", "row_key", "difference"]].to_numpy().tolist() == [
        ["statement actual", "2026-05|Gross sales|tea", Decimal("2.50")],
        ["statement actual", "2026-05|Gross sales|jam", Decimal("4.00")],
    ]
    assert found.totals["difference"].tolist() == [Decimal("6.50")]
    assert found.causes.to_numpy().tolist() == [["as of", "", "2026-05-31", "2026-06-30"]]

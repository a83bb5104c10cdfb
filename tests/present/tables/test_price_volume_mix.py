from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ReportError
from pfkit.measures import price_volume_mix
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

    Rows = Callable[[str], pd.DataFrame]

BASE = """
    family | product | quantity | amount
    X      | A       |     1000 | 100000
    X      | B       |     1000 | 200000
    Y      | C       |     2000 | 100000
    Z      | D       |          |  10000
"""
ACTUAL = """
    family | product | quantity | amount
    X      | A       |      500 |  50000
    X      | B       |     1000 | 210000
    Y      | C       |     2000 | 104000
    Z      | D       |          |  13000
"""


def split(rows: Rows) -> pd.DataFrame:
    by = ["family", "product"]
    return price_volume_mix(rows(BASE), rows(ACTUAL), by=by, within="family", against="plan")


def cells(shown: Exhibit, key: str) -> dict[str, str]:
    assert isinstance(shown.body, Grid)
    row = next(row for row in shown.body.rows if row.key == key)
    return {h.column: c.text for h, c in zip(shown.body.heads, row.cells, strict=True)}


def test_families_print_the_effects_that_are_found(rows: Rows, about: About) -> None:
    shown = tables.price_volume_mix(split(rows), about=about, section="M2")
    # X: 500 less of 2,000 at 150 on average; of the 1,500, B is 250 above half: 250 x (200 - 100)
    assert cells(shown, "x") == {
        "label": "X", "base": "300.0", "volume": "−75.0", "mix": "+25.0", "price": "+10.0",
        "not_split": "0.0", "actual": "260.0", "change": "−40.0", "change_rate": "−13.3",
        "explained": "Volume",
    }  # fmt: skip
    assert cells(shown, "y")["explained"] == "Price"
    assert cells(shown, "z")["explained"] == "not split"
    assert cells(shown, "total")["change"] == "−33.0"
    assert shown.message.replace("\u202f", " ") == (
        "X moves most against plan (−40.0 kEUR), and volume (−75.0) drives it; "
        "all together are −33.0"
    )
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text


def test_products_are_folded_with_their_sum(rows: Rows, about: About) -> None:
    names = {"A": "Atlas"}
    shown = tables.price_volume_mix(split(rows), about=about, rows="product", top=1, names=names)
    assert shown.data["label"].tolist() == ["Atlas (A)", "Other (3)", "Total"]
    other = shown.data.iloc[1]
    assert (other["base"], other["actual"], other["change"]) == (310_000, 327_000, 17_000)
    assert other["volume"] + other["mix"] + other["price"] + other["not_split"] == 17_000
    assert bool(other["favorable"])
    assert cells(shown, "other")["explained"] == "no single driver"
    # A: 500 less at half of X's mix are 250 x 100, the other 250 are mix
    assert "and no single driver covers it" in shown.message


def test_each_level_of_three_can_be_printed(rows: Rows, about: About) -> None:
    base = rows("""
        family | product | line  | quantity | amount
        X      | A       | Seats |      100 |   1000
        X      | A       | Days  |       10 |   5000
        Y      | B       | Seats |      100 |   2000
    """)
    actual = base.assign(amount=base["amount"] * 1.1)
    found = price_volume_mix(
        base, actual, by=["family", "product", "line"], within="line", against="plan"
    )
    shown = {
        level: tables.price_volume_mix(found, about=about, rows=level).data["label"].tolist()
        for level in ("family", "product", "line")
    }
    assert shown == {
        "family": ["X", "Y", "Total"],
        "product": ["A", "B", "Total"],
        "line": ["Days", "Seats", "Seats", "Total"],
    }
    with pytest.raises(ReportError) as caught:
        tables.price_volume_mix(found, about=about, rows="families")
    assert "The closest known level is 'family'." in str(caught.value)


def test_what_did_not_sell_at_all_is_left_out(rows: Rows, about: About) -> None:
    base, actual = (
        rows(f"product | quantity | amount\n A | 10 | {amount}\n B | 0 | 0")
        for amount in (1000, 1100)
    )
    shown = tables.price_volume_mix(price_volume_mix(base, actual, against="plan"), about=about)
    assert shown.data["label"].tolist() == ["A", "Total"]


def test_where_nothing_can_be_split_one_line_says_so(about: About) -> None:
    nothing = pd.DataFrame(columns=["product", "quantity", "amount"])
    shown = tables.price_volume_mix(price_volume_mix(nothing, nothing), about=about)
    assert shown.kind == "note"
    assert "no sales with quantities in the input" in shown.message


def test_a_reason_that_something_is_not_split_has_its_amount(rows: Rows, about: About) -> None:
    base, actual = (
        rows(f"""
            product | quantity | amount | reason
            A       |       10 |   1000 |
            A       |          |  {late} | billed in one month, recognized over others
            A       |          |  {off} | ledger and billing differ
        """)
        for late, off in ((-4000, -100), (19000, 50))
    )
    found = price_volume_mix(base, actual, against="plan")
    shown = tables.price_volume_mix(found, about=about)
    # 19,000 less -4,000 and 50 less -100
    assert cells(shown, "total")["not_split"] == "+23.2"
    told = next(note for note in shown.notes if note.startswith("Not split"))
    assert told == (
        "Not split: billed in one month, recognized over others +23.0; "
        "ledger and billing differ +0.2."
    )

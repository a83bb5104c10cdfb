from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period

COLUMNS = ["version", "period", "product", "line", "group", "amount"]


def sold(month: str, *found: tuple[str, float]) -> pd.DataFrame:
    rows = [("actual", month, product, "Sales", "gross", amount) for product, amount in found]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def came_and_went() -> pd.DataFrame:
    """Six products are new, one of them large, and two are gone."""
    june = [("New1", 9.0), *((f"New{number}", 1.0) for number in range(2, 7))]
    return pd.concat([sold("2026-05", ("Old1", 5.0), ("Old2", 4.0)), sold("2026-06", *june)])


def test_products_folded_together_are_counted_whole(
    came_and_went: pd.DataFrame, june: Period, about: About
) -> None:
    found = measures.changed(came_and_went, period=june, amount=1e6)
    assert found["count"].tolist() == [1, 1, 1, 3, 1, 1]
    shown = tables.changed(found, about=about)
    assert shown.message == (
        "6 products are new and 2 are not sold this month; the largest single one is New1 (+9)"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == ["6", "2", "+9"]
    assert shown.title == (
        "Meridian Software, what changed, in EUR: new and not sold against the previous period"
    )
    assert [row[0] for row in shown.printed] == ["new"] * 4 + ["not sold"] * 2


def test_each_kind_says_what_it_is_compared_with(june: Period, about: About) -> None:
    then = sold("2026-05", ("Atlas", 100.0))
    now = pd.concat([sold("2026-05", ("Atlas", 90.0)), sold("2026-06", ("Atlas", 190.0))])
    found = measures.changed(now, period=june, then=then, amount=10.0, rate=0.05)
    shown = tables.changed(found, about=about)
    assert shown.title.endswith("restated since the last report, moved against the previous period")
    assert shown.message == (
        "1 earlier line is restated and 1 line has moved; the largest is Sales (+100)"
    )

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from tests.measures.test_waste import bill, prices
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

IDLE = {"utilization_share": 0.0, "amount": 12_000.0, "resource_name": "old-db"}


def shown(period: Period, about: About, *charges: dict[str, Any], **more: Any) -> Any:  # noqa: ANN401
    return tables.waste(measures.waste(bill(*charges), period=period, **more), about=about)


def test_the_largest_finding_is_named_and_amounts_stand_in_full(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    found = shown(june, about, IDLE, {"resource_id": "vm-2", "state": "stopped", "amount": 43.4})
    assert plain(found.message) == (
        "12 043 EUR of cloud cost is avoidable, in 2 findings; the largest is old-db, 12 000"
    )
    assert [row[1] for row in found.printed] == ["old-db", "vm-2", ""]
    assert compiled(found).startswith(b"%PDF")


def test_since_says_at_least_where_the_months_looked_at_end(june: Period, about: About) -> None:
    year = [f"2025-{m:02d}" for m in range(6, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
    found = shown(june, about, *(IDLE | {"period": month} for month in year))
    assert "at least 2025-07" in found.printed[0]
    assert "2026-06" in shown(june, about, IDLE).printed[0]


def test_one_finding_is_one(june: Period, about: About) -> None:
    assert plain(shown(june, about, IDLE).message) == (
        "12 000 EUR of cloud cost is avoidable, in 1 finding"
    )


def test_what_is_only_untagged_is_no_waste(june: Period, about: About) -> None:
    loose = {"product": "(none)", "resource_id": "vm-7", "amount": 12.0}
    found = shown(june, about, {}, loose)
    assert plain(found.message) == (
        "Nothing was found wasted; the most that has no product tag is 12.00 EUR"
    )
    assert "not avoidable for that" in found.notes[0]


def test_a_clean_bill_gets_one_line(june: Period, about: About) -> None:
    assert shown(june, about, {}).message == "Nothing on the cloud bill was found wasted."


def test_prices_that_were_not_compared_are_told(june: Period, about: About) -> None:
    found = shown(june, about, {}, prices=prices(currency="USD"))
    assert found.message == "Nothing was found wasted; some prices could not be compared"
    assert "currency or unit differs" in found.notes[1]
    assert isinstance(found.data, pd.DataFrame)

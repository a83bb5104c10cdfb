from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = ["Jan", "Feb", "Mar", "Apr"]
GROUPS = st.dictionaries(
    st.sampled_from(["Atlas", "Borea", "Cirrus"]),
    st.dictionaries(
        st.sampled_from(["Revenue", "Hosting", "Travel", "Rent"]),
        st.lists(st.integers(-999, 99_999), min_size=4, max_size=4),
        min_size=1,
    ),
    min_size=1,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups=GROUPS, subtotals=st.booleans(), columns=st.booleans(), grand=st.booleans())
def test_planted_amounts_come_back_whatever_totals_stand_between(
    read: Callable[..., Any],
    groups: dict[str, dict[str, list[int]]],
    *,
    subtotals: bool,
    columns: bool,
    grand: bool,
) -> None:
    def row(label: list[Any], values: list[int]) -> list[Any]:
        return [*label, *values, *([sum(values)] if columns else [])]

    rows = [["Budget 2026 in kEUR"], ["Product", "Line", *MONTHS, *(["Total"] if columns else [])]]
    everything = [0, 0, 0, 0]
    for product, lines in groups.items():
        rows += [row([product, line], values) for line, values in lines.items()]
        sums = [sum(values[at] for values in lines.values()) for at in range(4)]
        everything = [a + b for a, b in zip(everything, sums, strict=True)]
        if subtotals:
            rows.append(row([f"Total {product}", None], sums))
    if grand:
        rows.append(row(["Grand total", None], everything))
    found = read(rows)
    planted = {
        (product, line, f"2026-{at:02d}"): Decimal(value) * 1000
        for product, lines in groups.items()
        for line, values in lines.items()
        for at, value in enumerate(values, start=1)
    }
    assert found.sums("Product", "Line", "period") == planted
    assert "stale total" not in {rule for rule, _ in found.warned()}
    # every number of the sheet is one row: what counts, and what adds it up
    numbers = sum(isinstance(value, int) for cells in rows for value in cells)
    assert found.budget.table.num_rows == numbers

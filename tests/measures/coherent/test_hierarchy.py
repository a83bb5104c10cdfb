from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.coherent.hierarchy import hierarchy_of, history_of

if TYPE_CHECKING:
    from pfkit.measures.coherent.history import History


def _history(text: str, by: list[str], *, crossed: bool = False) -> History:
    cells = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    table = pd.DataFrame(cells[1:], columns=cells[0])
    table["amount"] = table["amount"].astype(float)
    return history_of(table, by=by, value=None, freq=None, crossed=crossed)


def test_nodes_are_the_company_then_each_column_from_coarse_to_fine() -> None:
    tree = hierarchy_of(["family", "product"], [("A", "x"), ("A", "y"), ("B", "z")])
    assert tree.labels == [
        ("(all)", "(all)"),
        ("A", "(all)"),
        ("B", "(all)"),
        ("A", "x"),
        ("A", "y"),
        ("B", "z"),
    ]
    assert tree.counts.tolist() == [3, 2, 1, 1, 1, 1]
    assert tree.depths.tolist() == [0, 1, 1, 2, 2, 2]
    assert tree.members(1).tolist() == [0, 1]
    assert tree.members(5).tolist() == [2]


def test_crossed_columns_make_a_node_of_every_choice() -> None:
    parts = [("N", "x"), ("N", "y"), ("S", "x"), ("S", "y")]
    tree = hierarchy_of(["region", "product"], parts, crossed=True)
    assert ("(all)", "x") in tree.labels
    whole = dict(zip(tree.labels, tree.whole(np.array([1.0, 2, 4, 8])).tolist(), strict=True))
    assert whole[("(all)", "x")] == 1 + 4
    assert whole[("S", "(all)")] == 4 + 8
    assert whole[("(all)", "(all)")] == 15


def test_a_month_without_a_row_counts_as_zero_and_is_told() -> None:
    history = _history(
        """
        period  | product | amount
        2026-01 | x       | 1
        2026-03 | x       | 3
        2026-02 | y       | 5
        """,
        ["product"],
    )
    assert history.amounts.tolist() == [[1, 5, 3], [1, 0, 3], [0, 5, 0]]
    assert history.absent.tolist() == [1, 1]
    assert history.first.tolist() == [0, 0, 1]
    assert history.end == 2026 * 12 + 3


def test_an_empty_value_is_refused_as_no_sum_can_be_told() -> None:
    with pytest.raises(ContractError, match=r"row 2\): amount is empty \(1 such rows\)"):
        _history(
            "period | product | amount\n2026-01 | x | 1\n2026-02 | x | nan\n2026-03 | x | 1",
            ["product"],
        )


def test_rows_without_a_value_before_the_first_or_after_the_last_are_plans() -> None:
    history = _history(
        """
        period  | product | amount
        2026-01 | x       | 1
        2026-01 | y       | nan
        2026-02 | x       | 2
        2026-02 | y       | 5
        2026-03 | x       | nan
        """,
        ["product"],
    )
    assert history.amounts.tolist() == [[1, 7], [1, 2], [0, 5]]
    assert history.first.tolist() == [0, 0, 1]
    assert history.end == 2026 * 12 + 2


def test_a_plan_of_before_a_series_began_is_left_out() -> None:
    history = _history(
        "period | product | amount\n2026-01 | x | 1\n2026-02 | x | 2\n"
        "2026-01 | y | nan\n2026-02 | y | 5\n2026-01 | z | nan",
        ["product"],
    )
    assert history.amounts.tolist() == [[1, 7], [1, 2], [0, 5]]
    assert history.first.tolist() == [0, 0, 1]


def test_months_and_quarters_do_not_add_up() -> None:
    with pytest.raises(ContractError, match="some series hold months and others quarters"):
        _history("period | product | amount\n2026-01 | x | 1\n2026Q1 | y | 1", ["product"])


@pytest.mark.parametrize("by", [[], ["product", "product"]])
def test_no_columns_make_no_hierarchy(by: list[str]) -> None:
    with pytest.raises(ParameterError, match="makes no hierarchy"):
        _history("period | product | amount\n2026-01 | x | 1", by)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import tables
from pfkit.present.body import Grid, Note

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    return rows("""
        version | stage   | approved_on | approved_by | known_on   | period  | span | cost_center | account | amount
        B       | adopted | 2025-12-11  | Haas        | 2025-12-11 | 2026-12 | year | North       | sales   | 100000
        B       | adopted | 2025-12-11  | Haas        | 2025-12-11 | 2026-12 | year | Hall        | rent    |  40000
        R       | revised | 2026-05-19  | Haas        | 2026-05-19 | 2026-12 | year | North       | sales   |  90000
        R       | revised | 2026-05-19  | Haas        | 2026-05-19 | 2026-12 | year | Hall        | rent    |  40000
        W       | draft   |             |             | 2026-06-15 | 2026-12 | year | North       | sales   |  90000
        W       | draft   |             |             | 2026-06-15 | 2026-12 | year | Hall        | rent    |  15000
    """)  # noqa: E501 (a table)


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> pd.DataFrame:
    return rows("""
        account | group     | favorable_when
        sales   | gross     | higher
        rent    | operating | lower
    """)


def _texts(shown: Exhibit) -> list[list[str]]:
    assert isinstance(shown.body, Grid)
    return [[cell.text for cell in row.cells] for row in shown.body.rows]


def _plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_each_version_says_whether_it_counts_and_what_moved(
    budget: pd.DataFrame, accounts: pd.DataFrame, about: About
) -> None:
    result = measures.budget_versions(budget, period=JUNE, accounts=accounts)
    shown = tables.budget_versions(result, about=about, section="M2")
    assert _plain(shown.message) == (
        "R puts the result of FY2026 at 50.0 kEUR, −10.0 against B; W, a draft, counts nowhere"
    )
    assert [row[:2] for row in _texts(shown)] == [
        ["B", "adopted, approved 2025-12-11"],
        ["R", "revised, approved 2026-05-19"],
        ["North", ""],
        ["W", "draft, not approved"],
        ["Hall", ""],
    ]
    assert _texts(shown)[1][3:6] == ["90.0", "40.0", "50.0"]
    assert "plan and outlook of nothing" in shown.notes[0]
    assert shown.title.startswith("Meridian Software, budget versions in kEUR, FY2026 full year")


def test_a_budget_of_cost_only_has_no_column_of_results(budget: pd.DataFrame, about: About) -> None:
    cost = budget[budget["account"] == "rent"]
    shown = tables.budget_versions(measures.budget_versions(cost, period=JUNE), about=about)
    assert isinstance(shown.body, Grid)
    assert [head.column for head in shown.body.heads] == [
        "label",
        "state",
        "known_on",
        "cost",
        "cost_change",
        "lines_moved",
    ]
    assert _plain(shown.message).startswith("R puts the cost of FY2026 at 40.0 kEUR, 0.0 against B")


def test_persons_who_approved_stand_nowhere(budget: pd.DataFrame, about: About) -> None:
    shown = tables.budget_versions(measures.budget_versions(budget, period=JUNE), about=about)
    for form in shown._repr_mimebundle_().values():
        assert "Haas" not in str(form)
    assert "Haas" not in shown.data.to_csv()


def test_without_a_version_that_counts_the_page_says_why(
    budget: pd.DataFrame, about: About
) -> None:
    drafts = budget.assign(stage="draft")
    shown = tables.budget_versions(measures.budget_versions(drafts, period=JUNE), about=about)
    assert shown.message.startswith("No budget version counts: ")
    assert "B is a draft" in shown.message
    part = budget.assign(span="month")
    lines = tables.budget_versions(measures.budget_versions(part, period=JUNE), about=about)
    assert isinstance(lines.body, Note)
    assert lines.message.startswith(
        "No version states the whole year: B: only some months in the input"
    )
    none = measures.budget_versions(budget.iloc[:0], period=JUNE)
    assert isinstance(tables.budget_versions(none, about=about).body, Note)


def test_the_table_is_set_as_a_report_is(
    budget: pd.DataFrame,
    accounts: pd.DataFrame,
    about: About,
    compiled: Callable[..., bytes],
) -> None:
    result = measures.budget_versions(budget, period=JUNE, accounts=accounts)
    assert compiled(tables.budget_versions(result, about=about)).startswith(b"%PDF")

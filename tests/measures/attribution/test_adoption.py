from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.attribution.adoption import NEVER, adoption
from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.panel import Panel, panel

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def two() -> Panel:
    months = [f"2026-{one:02d}" for one in range(1, 7)]
    billing = pd.DataFrame({"customer": ["A", "B"] * 6, "amount": 1.0})
    billing["period"] = [month for month in months for _ in "AB"]
    return panel(billed(billing), None, None, tolerance=0.0)


@pytest.fixture
def usage(rows: Rows) -> pd.DataFrame:
    return rows("""
        customer | feature | period  | units
        A        | export  | 2026-02 | 3
        A        | export  | 2026-05 | 3
        A        | export  | 2026-04 | 0
        A        | export  | 2026-06 | 2
        Z        | export  | 2026-04 | 2
        B        | chat    | 2026-04 | 2
    """)


def _releases(**months: str) -> pd.DataFrame:
    return pd.DataFrame({"feature": list(months), "period": list(months.values())})


def test_first_use_counts_from_the_release(two: Panel, usage: pd.DataFrame) -> None:
    found = adoption(two, usage, _releases(export="2026-03"), None)
    assert found.features == ("chat", "export")
    assert found.release.tolist() == [NEVER, 2]
    assert found.first.tolist() == [[NEVER, 4], [3, NEVER]]
    assert (found.early.tolist(), found.strangers) == ([0, 1], 1)


def test_a_rollout_says_who_could_use_it_when(two: Panel, usage: pd.DataFrame, rows: Rows) -> None:
    rollout = rows("""
        feature | customer | wave | available_from | how
        export  | A        | one  | 2026-03        | Randomised
        export  | B        | two  |                | randomized
    """)
    found = adoption(two, usage, _releases(export="2026-03"), rollout)
    assert found.how == ("", "randomized")
    assert found.available[:, 1].tolist() == [2, NEVER]
    assert found.wave[:, 1].tolist() == [0, 1]


def test_the_same_release_twice_is_one_and_two_months_are_refused(
    two: Panel, usage: pd.DataFrame
) -> None:
    once = _releases(export="2026-03")
    assert adoption(two, usage, pd.concat([once, once]), None).release.tolist() == [NEVER, 2]
    twice = pd.concat([once, _releases(export="2026-05")])
    with pytest.raises(ContractError, match="'export' is released in 2026-03 and 2026-05"):
        adoption(two, usage, twice, None)


def test_a_way_that_is_not_known_is_named(two: Panel, usage: pd.DataFrame, rows: Rows) -> None:
    rollout = rows("""
        feature | how
        export  | forcd
    """)
    with pytest.raises(ContractError, match=r"(?s)how 'forcd' is not known.*'forced'"):
        adoption(two, usage, _releases(export="2026-03"), rollout)
    both = pd.DataFrame({"feature": ["export"] * 2, "how": ["forced", "waves"]})
    with pytest.raises(ContractError, match="given out in 2 ways"):
        adoption(two, usage, _releases(export="2026-03"), both)
    other = pd.DataFrame({"feature": ["exprt"], "how": ["forced"]})
    with pytest.raises(ContractError, match=r"(?s)neither released nor used.*'export'"):
        adoption(two, usage, _releases(export="2026-03"), other)


def test_use_without_a_customer_or_a_month_does_not_count(two: Panel, usage: pd.DataFrame) -> None:
    nobody = usage.assign(customer=None)
    assert (adoption(two, nobody, _releases(export="2026-03"), None).first == NEVER).all()
    undated = usage.assign(period=None)
    found = adoption(two, undated, _releases(export="2026-03"), None)
    assert (found.first == NEVER).all()
    assert found.early.tolist() == [0, 0]


def test_a_rollout_by_customer_says_from_when(two: Panel, usage: pd.DataFrame) -> None:
    rollout = pd.DataFrame({"feature": ["export"], "customer": ["A"], "how": ["waves"]})
    with pytest.raises(ContractError, match="rollout: column 'available_from' is not there"):
        adoption(two, usage, _releases(export="2026-03"), rollout)

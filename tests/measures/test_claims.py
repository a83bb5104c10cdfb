"""Claims of the same money: one source for each item, and a total that is the sum of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.measures import benefits, savings
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def register(rows: Rows) -> pd.DataFrame:
    """Give one line of Atlas that two initiatives claim, and the same line later and elsewhere."""
    return rows("""
        benefit | initiative | metric | product | account | kind | start   | end     | promised_amount | realized_amount | grade | status   | measured_on
        B1      | x          | calls  | Atlas   | '5200'  | cost | 2025-01 | 2025-06 |             100 |              90 | B     | measured | 2026-06-30
        B2      | y          | calls  | Atlas   | '5200'  | cost | 2025-06 |         |              70 |              80 | C     | measured | 2026-06-30
        B3      | z          | calls  | Atlas   | '5200'  | cost | 2025-07 |         |              30 |              20 | D     | measured | 2026-06-30
        B4      | y          | calls  | Borea   | '5200'  | cost | 2025-01 |         |               8 |               7 | B     | measured | 2026-06-30
        B5      | x          | rent   | Atlas   | '5200'  | cost | 2025-01 |         |               4 |               3 | B     | measured | 2026-06-30
    """)  # noqa: E501


def test_one_line_in_overlapping_months_is_named_and_not_added(register: pd.DataFrame) -> None:
    # June 2025 is in B1 and B2; B3 begins when B1 has ended, and B2 counts nowhere
    told = benefits(register[register["metric"] == "calls"].iloc[:3]).set_index("benefit")
    assert told.loc["B2", "claimed_by"] == "B1"
    assert told.loc["B2", "reason"].startswith(
        "claims the metric of B1 for Atlas and 5200, not counted twice"
    )
    assert told.loc["B3", "claimed_by"] == ""
    total = told.loc["Total"]
    assert (total["promised_amount"], total["realized_amount"]) == (100 + 30, 90 + 20)
    assert total["reason"].endswith("not counted twice: B2")


def test_another_metric_or_initiative_of_another_product_counts(register: pd.DataFrame) -> None:
    told = benefits(register.iloc[[0, 4]]).set_index("benefit")
    assert told.loc["Total", "realized_amount"] == 90 + 3
    told = benefits(register.iloc[[0, 3]]).set_index("benefit")
    assert told.loc["Total", "realized_amount"] == 90 + 7


def test_a_saving_that_claims_the_line_counts_in_the_ledger_alone(register: pd.DataFrame) -> None:
    saving = register.iloc[[1]].assign(benefit="S1", kind="saving", grade="A", initiative="(none)")
    told = benefits(pd.concat([register.iloc[[1]], saving])).set_index("benefit")
    assert list(told.index) == ["B2", "Total", "of which validated"]
    assert told.loc["B2", "claimed_by"] == "S1"
    assert told.loc["B2", "reason"].startswith("saving S1 claims the same line, held to the ledger")
    assert pd.isna(told.loc["Total", "realized_amount"])
    assert told.loc["Total", "promised_amount"] == 70
    planned = saving.assign(status="promised", realized_amount=None)
    told = benefits(pd.concat([register.iloc[[1]], planned])).set_index("benefit")
    assert told.loc["Total", "realized_amount"] == 80


def test_two_savings_of_one_metric_and_line_are_named_and_not_added(rows: Rows) -> None:
    ledger = rows("""
        period  | product | account | amount
        2026-01 | Atlas   | '5000'  | 100.0
        2026-02 | Atlas   | '5000'  | 100.0
        2026-03 | Atlas   | '5000'  | 100.0
        2026-06 | Atlas   | '5000'  |  40.0
    """)
    saving = {"kind": "saving", "status": "measured", "product": "Atlas", "account": "5000"}
    saving |= {"metric": "servers", "baseline_amount": 100.0, "start": "2026-04"}
    claims = pd.DataFrame(
        [
            saving | {"benefit": "S1", "promised_amount": 240.0, "realized_amount": 240.0},
            saving | {"benefit": "S2", "promised_amount": 120.0, "realized_amount": 120.0},
            saving | {"benefit": "S3", "promised_amount": 120.0, "realized_amount": 120.0}
            | {"metric": "licenses"},
            saving | {"benefit": "S4", "promised_amount": 120.0, "realized_amount": 120.0}
            | {"end": "2026-05"},
        ]
    )  # fmt: skip
    june = FiscalCalendar().period("2026-06")
    told = savings(claims, ledger, period=june).set_index("saving")
    assert told["counted"].tolist()[:3] == [20, 0, 10]  # 240, 120, 120 a year, for a month
    assert told.loc["S2", "reason"] == "claims the same metric and line as S1, not counted twice"
    assert told.loc["S4", "reason"] == "ended in 2026-05"
    assert told.loc["Total", "counted"] == 30


ENTRY = st.fixed_dictionaries(
    {
        "initiative": st.sampled_from(["x", "y", "(none)"]),
        "metric": st.sampled_from(["seats", "hours"]),
        "product": st.sampled_from(["Atlas", "Borea", ""]),
        "account": st.sampled_from(["5000", ""]),
        "kind": st.sampled_from(["revenue", "cost", "saving"]),
        "feature": st.sampled_from(["search", "export", ""]),
        "start": st.sampled_from(["2025-01", "2025-06", "2026-01"]),
        "end": st.sampled_from(["", "2025-06", "2026-03"]),
        "source": st.sampled_from(["register", "ledger"]),
        "status": st.sampled_from(["measured", "validated", "withdrawn"]),
        "promised_amount": st.integers(0, 10**4),
        "realized_amount": st.none() | st.integers(-(10**4), 10**4),
    }
)
RESULT = st.fixed_dictionaries(
    {
        "incremental": st.integers(-(10**4), 10**4),
        "verdict": st.sampled_from(["randomised", "supported", "fragile", "too_few"]),
        "initiative": st.sampled_from(["x", "y", ""]),
        "months": st.sampled_from([6.0, 12.0]),
    }
)


@settings(max_examples=50, deadline=None)
@given(entries=st.lists(ENTRY, max_size=7), found=st.lists(RESULT, max_size=2))
def test_the_total_is_the_sum_of_one_source_for_each_item(
    entries: list[dict[str, object]], found: list[dict[str, object]]
) -> None:
    rows = [
        entry | {"benefit": f"B{n}", "grade": "C", "measured_on": "2026-06-30"}
        for n, entry in enumerate(entries)
    ]
    names = [*ENTRY_NAMES, "benefit", "grade", "measured_on"]
    results = pd.DataFrame(
        [
            one | {"feature": feature, "lo90": None, "hi90": None}
            for feature, one in zip(("search", "export"), found, strict=False)
        ],
        columns=["feature", "incremental", "lo90", "hi90", "verdict", "initiative", "months"],
    )
    told = benefits(pd.DataFrame(rows, columns=names), attribution=results)
    items = told[told["role"] == "item"]
    counted = items[items["counts_realized"].fillna(value=False)]
    total = told.loc[told["role"] == "total", "realized_amount"].sum()
    assert counted["realized_amount"].sum() == pytest.approx(total, abs=0.001)
    assert not counted.duplicated(["initiative", "metric"]).any()
    proven = results[results["verdict"].isin(["randomised", "supported"])]["feature"]
    by_name = {str(row["benefit"]): row for row in rows}
    open_ = {
        name: row
        for name, row in by_name.items()
        if row["kind"] == "revenue" and row["status"] != "withdrawn"
    }
    for name in counted["benefit"]:
        if name in by_name:  # an entry counts only where no proof speaks for its feature
            assert not (name in open_ and by_name[name]["feature"] in set(proven))
    lines = [by_name[name] for name in counted["benefit"] if name in by_name]
    for place, one in enumerate(lines):
        for other in lines[place + 1 :]:
            line = all(one[key] == other[key] for key in ("metric", "product", "account"))
            late = max(str(one["start"]), str(other["start"]))
            ends = [str(row["end"]) or "9999-12" for row in (one, other)]
            assert not (line and one["product"] and all(late <= end for end in ends))


ENTRY_NAMES = (
    *("initiative", "metric", "product", "account", "kind", "feature", "start", "end"),
    *("source", "status", "promised_amount", "realized_amount"),
)

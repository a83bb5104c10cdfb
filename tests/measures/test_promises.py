from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ParameterError
from pfkit.measures import promises
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JULY = FiscalCalendar().period("2026-07")
COLUMNS = ["initiative", "period", "kind", "flow", "amount", "known_on"]


@pytest.fixture(scope="module")
def flows(rows: Rows) -> pd.DataFrame:
    """Give a benefit promised from January and lowered in March, and one promised from June."""
    return rows("""
        initiative | period  | kind   | flow       | amount | known_on
        x          | 2025-11 | plan   | investment |   -500 | 2025-10-15
        x          | 2026-01 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-02 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-03 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-04 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-05 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-06 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-07 | plan   | benefit    |    100 | 2025-10-15
        x          | 2026-03 | plan   | benefit    |     40 | 2026-02-20
        x          | 2026-04 | plan   | benefit    |     40 | 2026-02-20
        x          | 2026-02 | actual | benefit    |     30 | 2026-03-03
        x          | 2026-03 | actual | benefit    |     50 | 2026-04-03
        x          | 2026-04 | actual | benefit    |     90 | 2026-05-03
        x          | 2026-05 | actual | benefit    |     90 | 2026-06-03
        x          | 2026-06 | actual | benefit    |     90 | 2026-07-03
        x          | 2026-07 | actual | benefit    |     90 | 2026-08-03
        y          | 2026-06 | plan   | benefit    |    500 | 2026-01-10
        y          | 2026-07 | plan   | benefit    |    500 | 2026-01-10
        y          | 2026-06 | actual | benefit    |    400 | 2026-07-03
    """)


def test_the_first_approved_promise_counts_though_the_plan_was_lowered(
    flows: pd.DataFrame,
) -> None:
    kept = promises(flows, period=JULY).set_index("row_key")
    three, six = kept.loc["x|3"], kept.loc["x|6"]
    assert (three["promised"], three["realized"]) == (300, 80)  # January to March
    assert (six["promised"], six["realized"], six["variance"]) == (600, 350, -250)
    assert six["realized_share"] == pytest.approx(350 / 600)
    assert not six["favorable"]
    assert (six["go_live"], six["go_live_by"]) == ("2026-01", "first planned benefit")
    assert (six["ends"], six["promise_known_on"]) == ("2026-06", "2025-10-15")


def test_a_plan_approved_after_it_was_lowered_is_the_lower_one(
    flows: pd.DataFrame, rows: Rows
) -> None:
    initiatives = rows("""
        initiative | name | owner | approved_on
        x          | X    | Ines  | 2026-02-25
    """)
    kept = promises(flows, initiatives, period=JULY).set_index("row_key")
    assert kept.loc["x|3", "promised"] == 240  # 100 + 100 + 40
    assert kept.loc["x|3", "owner"] == "Ines"


def test_a_horizon_not_reached_says_when_it_ends(flows: pd.DataFrame) -> None:
    kept = promises(flows, period=JULY).set_index("row_key")
    assert pd.isna(kept.loc["x|12", "realized"])
    assert pd.isna(kept.loc["x|12", "promised"])
    assert kept.loc["x|12", "reason"] == "12 months after go-live end in 2026-12"
    assert not kept.loc["y|3", "reached"]


def test_the_total_holds_only_those_that_reached_the_horizon(flows: pd.DataFrame) -> None:
    kept = promises(flows, period=JULY, horizons=[2, 3, 12]).set_index("row_key")
    assert kept.loc["total|2", ["promised", "realized"]].tolist() == [200 + 1000, 30 + 400]
    assert kept.loc["total|3", ["promised", "realized"]].tolist() == [300, 80]
    assert kept.loc["total|3", "reason"] == "1 of 2 have not reached 3 months after go-live"
    assert pd.isna(kept.loc["total|12", "promised"])
    assert kept.loc["total|12", "reason"] == "no initiative has reached 12 months after go-live"


def test_a_milestone_says_when_it_goes_live(flows: pd.DataFrame, rows: Rows) -> None:
    schedule = rows("""
        initiative | milestone | planned_on | done_on    | go_live
        x          | Pilot     | 2025-12-10 | 2025-12-10 | false
        x          | Cutover   | 2026-02-20 | 2026-04-02 | true
    """)
    planned = promises(flows, schedule=schedule, period=JULY, horizons=[3]).set_index("row_key")
    row = planned.loc["x|3"]
    assert (row["go_live"], row["go_live_by"]) == ("2026-02", "milestone Cutover")
    assert (row["promised"], row["realized"]) == (300, 170)  # February to April
    actual = promises(flows, schedule=schedule, period=JULY, horizons=[3], begins="actual")
    row = actual.set_index("row_key").loc["x|3"]
    assert row["go_live"] == "2026-04"
    assert (row["promised"], row["realized"]) == (300, 270)  # realized April to June


def test_from_the_actual_go_live_what_is_late_is_not_yet_judged(flows: pd.DataFrame) -> None:
    kept = promises(flows[flows["kind"] == "plan"], period=JULY, begins="actual", horizons=[3])
    assert kept.set_index("row_key").loc["x|3", "reason"] == "not live yet"


def test_without_anything_realized_there_is_no_zero(flows: pd.DataFrame) -> None:
    kept = promises(flows[flows["kind"] == "plan"], period=JULY, horizons=[3]).set_index("row_key")
    assert pd.isna(kept.loc["x|3", "realized"])
    assert kept.loc["x|3", "reason"] == "no actual cash flows up to 2026-07"


def test_without_a_promise_there_is_nothing_to_keep(rows: Rows) -> None:
    flows = rows("""
        initiative | period  | kind   | flow       | amount
        x          | 2026-01 | plan   | investment |   -500
        y          | 2026-02 | actual | benefit    |     30
    """)
    kept = promises(flows, period=JULY, horizons=[3]).set_index("row_key")
    assert kept.loc["x|3", "reason"] == "no planned benefit"
    assert kept.loc["y|3", "reason"] == "no planned cash flows"


def test_it_is_told_as_it_was_known(flows: pd.DataFrame) -> None:
    kept = promises(flows, period=JULY, horizons=[3], as_of=date(2026, 4, 1)).set_index("row_key")
    assert kept.loc["x|3", "realized"] == 30  # March was learned on April 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"horizons": [0]}, "parameter horizons: horizon 0 is no number of months"),
        ({"horizons": []}, "parameter horizons: there is no horizon"),
        ({"begins": "then"}, "parameter begins: begins 'then' is not known"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    flows: pd.DataFrame, given: dict[str, object], said: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        promises(flows, period=JULY, **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)


def test_nothing_in_is_nothing_out() -> None:
    assert promises(pd.DataFrame(columns=COLUMNS), period=JULY).empty


MONTHS = [f"2026-{month:02d}" for month in range(1, 10)]


@given(data=st.data())
def test_totals_add_up_in_any_order_and_longer_horizons_hold_shorter_ones(
    data: st.DataObject,
) -> None:
    one = st.tuples(
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(MONTHS),
        st.sampled_from(["plan", "actual"]),
        st.just("benefit"),
        st.integers(1, 10**6).map(lambda cents: cents / 100),
        st.just("2025-12-01"),
    )
    found = data.draw(st.lists(one, max_size=15))
    flows = pd.DataFrame(found, columns=COLUMNS)
    kept = promises(flows, period=JULY, horizons=[1, 3])
    mixed = pd.DataFrame(data.draw(st.permutations(found)), columns=COLUMNS)
    pd.testing.assert_frame_equal(kept, promises(mixed, period=JULY, horizons=[1, 3]))
    for months in (1, 3):
        mine = kept[kept["horizon_months"] == months]
        items, total = mine[mine["role"] == "item"], mine[mine["role"] == "total"]
        for side in ("promised", "realized"):
            assert items[side].sum() == pytest.approx(total[side].sum(), abs=0.001)
    wide = kept[kept["role"] == "item"].pivot_table(
        index="initiative", columns="horizon_months", values="realized", dropna=False
    )
    both = wide.dropna() if {1, 3} <= set(wide.columns) else wide.head(0)
    assert (both[3] >= both[1] - 0.001).all() if len(both) else True

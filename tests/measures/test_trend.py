from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import MeasureError
from pfkit.measures import trend

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period


def test_a_trend_ends_with_the_period(statement: pd.DataFrame, february: Period) -> None:
    table = trend(statement, period=february, months=2, plan="adopted")
    assert table["row_key"].tolist() == ["2026-01", "2026-02"]
    assert table["actual"].tolist() == [140.00, 148.09]
    assert table["plan"].tolist() == [110.00, 140.00]
    assert table["previous_variance"].tolist()[1] == 8.09
    assert table["prior_variance"].tolist()[1] == 58.09
    assert table["reason"].tolist()[0].startswith("prior year: 2025-01 is not in the input")


def test_months_to_come_have_a_plan_and_no_actual(statement: pd.DataFrame, january: Period) -> None:
    table = trend(statement, period=january, months=None, plan="adopted")
    assert len(table) == 12
    assert table["plan"].tolist()[:2] == [110.00, 140.00]
    assert table["actual"].notna().sum() == 1
    assert "2026-02 is still to come" in table["reason"][1]


def test_a_line_can_be_followed_whatever_its_case(
    statement: pd.DataFrame, february: Period
) -> None:
    assert trend(statement, period=february, months=1, measure="HOSTING")["actual"].tolist() == [
        -36
    ]


def test_an_unknown_measure_is_refused_with_the_nearest(
    statement: pd.DataFrame, february: Period
) -> None:
    with pytest.raises(MeasureError, match="measure 'Hostng'") as caught:
        trend(statement, period=february, measure="Hostng")
    assert "'Hosting'" in caught.value.advice


def test_no_month_is_refused(statement: pd.DataFrame, february: Period) -> None:
    with pytest.raises(MeasureError, match="0 months"):
        trend(statement, period=february, months=0)


def test_nothing_in_is_nothing_out(statement: pd.DataFrame, february: Period) -> None:
    assert trend(statement.iloc[:0], period=february).empty

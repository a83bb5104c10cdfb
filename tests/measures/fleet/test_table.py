from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.table import Read, read


def _months(count: int, start: int = 0) -> list[str]:
    return [f"{2020 + k // 12}-{k % 12 + 1:02d}" for k in range(start, start + count)]


def _table(values: list[object], periods: list[object] | None = None) -> pd.DataFrame:
    periods = periods or list(_months(len(values)))
    return pd.DataFrame({"series_id": "a", "period": periods, "value": values})


def _values(taken: Read) -> list[list[float]]:
    return [list(vars(series)["values"]) for series in taken.series]


def test_months_and_quarters_are_two_fleets() -> None:
    table = pd.DataFrame(
        {
            "series_id": ["b", "a", "a", "b"],
            "period": ["2020Q2", "2020-02", "2020-01", "2020Q1"],
            "value": [4.0, 2.0, 1.0, 3.0],
        }
    )
    taken = read(table)
    assert [(one.season, one.names) for one in taken.series] == [(12, ["a"]), (4, ["b"])]
    assert _values(taken) == [[1, 2], [3, 4]]


def test_days_are_months_or_the_quarters_asked_for() -> None:
    days = [dt.date(2020, 3, 31), dt.date(2020, 6, 30)]
    table = _table([1.0, 2.0], days)  # type: ignore[arg-type]
    assert read(table, freq="Q").series[0].at.tolist() == [2020 * 4, 2020 * 4 + 1]
    assert read(table, freq="M").series[0].at.tolist() == [2020 * 12 + 2, 2020 * 12 + 5]
    moments = _table([1.0, 2.0], list(pd.to_datetime(["2020-01-01", "2020-02-01"])))
    assert read(moments).series[0].at.tolist() == [2020 * 12, 2020 * 12 + 1]


def test_gaps_are_filled_and_ends_cut() -> None:
    taken = read(_table([None, 1.0, None, 3.0, None]))
    rows, filled = taken.series[0].rows(np.array([0]))
    assert rows.last(1).tolist() == [2.0]
    assert rows.lengths.tolist() == [3]
    assert filled.tolist() == [1]
    assert taken.repairs == ["3 empty values: filled within a series, cut off at its ends"]


def test_rows_that_repeat_to_the_digit_count_once() -> None:
    taken = read(_table([1.0, 2.0, 2.0], ["2020-01", "2020-02", "2020-02"]))
    assert _values(taken) == [[1.0, 2.0]]
    assert taken.repairs == ["1 rows repeat another to the digit: left out"]


def test_rows_are_added_up_by_the_columns_named() -> None:
    table = pd.DataFrame(
        {
            "product": ["A", "A", "B", None],
            "period": ["2020-01"] * 4,
            "amount": [1.10, 2.20, 5.0, 7.0],
        }
    )
    taken = read(table, by="product")
    assert taken.series[0].names == ["(none)", "A", "B"]
    assert _values(taken)[0] == pytest.approx([7.0, 3.3, 5.0])
    assert _values(read(table))[0] == pytest.approx([15.3])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (_table([1.0, "2,5"]), "series (row 2): value '2,5' is no finite number (1 such rows)"),
        (_table([1.0, np.inf]), "series (row 2): value inf is no finite number"),
        (_table([True, False]), "value holds yes and no"),
        (_table([1.0], ["06/2020"]), "series (row 1): period '06/2020' is no month and no quarter"),
        (_table([1.0, 2.0], ["2020-01", None]), "series (row 2): period '' is no month"),
        (_table([1.0], ["2020-13"]), "period '2020-13' is no month and no quarter"),
        (_table([1.0, 2.0], ["2020-01"] * 2), "'a' has 2020-01 more than once, as 1 and 2"),
        (_table([1.0, 2.0], ["2020-01", "2020Q2"]), "series 'a' holds months and quarters"),
        (_table([1.0, 2.0], ["2020-01", "2120-02"]), "'a' leaps from 2020-01 to 2120-02"),
        (_table([1.0, 2.0], ["2020-01", "2020-04"]), "every series has one month in three"),
        (_table([None, None]), "series 'a' has no value (1 such series)"),
        (_table([]), "there is no row"),
        (_table([1.0]).rename(columns={"value": "valeu"}), "column 'amount' is not there"),
        (_table([1.0]).assign(series_id=None), "series (row 1): series_id is empty"),
    ],
)
def test_what_cannot_be_read_is_named(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(table)
    assert said in str(caught.value)
    assert caught.value.advice


def test_quarters_are_no_months_and_a_week_is_neither() -> None:
    with pytest.raises(ContractError, match="'2020Q1' is a quarter, and freq is M"):
        read(_table([1.0], ["2020Q1"]), freq="M")
    with pytest.raises(ContractError, match="has 2020Q1 more than once"):
        read(_table([1.0, 2.0]), freq="Q")
    with pytest.raises(ParameterError, match="freq 'W' is not known"):
        read(_table([1.0]), freq="W")

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, MeasureError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def known(rows: Rows) -> pd.DataFrame:
    """Give what came of two products in two months."""
    found = rows("""
        period  | product | amount
        2025-11 | Atlas   |    100
        2025-11 | Borea   |     50
        2025-12 | Atlas   |    120
        2025-12 | Borea   |     40
    """)
    return found.assign(kind="actual", version="actual", known_on="2026-01-05", replaced_on=None)


@pytest.fixture
def said(rows: Rows) -> pd.DataFrame:
    """Give what was said of them one month and two months before."""
    found = rows("""
        product        | origin  | step | period  | mean | lo80 | hi80 | source
        Atlas          | 2025-10 |    1 | 2025-11 |   90 |   80 |   99 | replayed
        Borea          | 2025-10 |    1 | 2025-11 |   55 |   45 |   65 | replayed
        (every series) | 2025-10 |    1 | 2025-11 |  145 |  130 |  160 | replayed
        Atlas          | 2025-11 |    1 | 2025-12 |  126 |  110 |  140 | kept
        Borea          | 2025-11 |    1 | 2025-12 |   40 |   30 |   50 | kept
        (every series) | 2025-11 |    1 | 2025-12 |  150 |  140 |  158 | kept
        Atlas          | 2025-10 |    2 | 2025-12 |  100 |   90 |  125 | replayed
        (every series) | 2025-10 |    2 | 2025-12 |  200 |  150 |  250 | replayed
        Atlas          | 2025-11 |    2 | 2026-01 |  100 |   90 |  125 | kept
    """)
    numbers = ["mean", "lo80", "hi80"]
    found[numbers] = found[numbers].astype("Float64")
    return found.assign(
        method="full", by="product", known_on="2025-12-03", scale=10.0, model="", reason=""
    )


def test_what_was_said_stands_beside_what_came(said: pd.DataFrame, known: pd.DataFrame) -> None:
    found = pf.forecast_vintages(said, known, period="2025-12", leads=1)
    row = found.set_index("row_key").loc["atlas|2025-11|1"]
    assert (row["said"], row["low"], row["high"], row["came"]) == (90, 80, 99, 100)
    assert (row["error"], row["error_share"], bool(row["within"])) == (-10, -0.1, False)
    # the first rows sum up: (10 + 5 + 6 + 0) / 310, (-10 + 5 + 6) / 310, three of four held
    (lead,) = found[found["role"] == "lead"].to_dict("records")
    assert (lead["said"], lead["came"], lead["error"], lead["within"]) == (150, 160, -10, False)
    assert lead["count"] == 4
    assert lead["kept_count"] == 2
    assert lead["source"] == "kept"
    assert lead["error_rate"] == pytest.approx(21 / 310)
    assert lead["scaled_error"] == pytest.approx(21 / 4 / 10)
    assert lead["bias_rate"] == pytest.approx(1 / 310)
    assert lead["covered_share"] == pytest.approx(0.75)


def test_a_month_that_has_not_come_is_not_judged(said: pd.DataFrame, known: pd.DataFrame) -> None:
    found = pf.forecast_vintages(said, known, period="2025-12", leads=[1, 2])
    assert "2026-01" not in set(found["period"])
    then = pf.forecast_vintages(said, known, period="2025-11", leads=[1, 2])
    assert set(then.loc[then["role"] == "item", "period"]) == {"2025-11"}


def test_a_lead_of_which_nothing_is_known_says_so(said: pd.DataFrame, known: pd.DataFrame) -> None:
    found = pf.forecast_vintages(said, known, period="2025-12").set_index("row_key")
    assert list(found[found["role"] == "lead"].index) == ["lead-1", "lead-3", "lead-6", "lead-12"]
    row = found.loc["lead-12"]
    assert row["reason"] == "nothing was said 12 months before a month that came"
    assert pd.isna(row["said"])
    assert row["count"] == 0


def test_what_came_is_as_known_now(said: pd.DataFrame, known: pd.DataFrame) -> None:
    gone = known[known["period"] == "2025-11"].assign(amount=1e6, replaced_on="2026-01-05")
    same = pf.forecast_vintages(said, pd.concat([known, gone]), period="2025-12", leads=1)
    plain = pf.forecast_vintages(said, known, period="2025-12", leads=1)
    pd.testing.assert_frame_equal(same, plain)


def test_a_forecast_without_interval_has_a_reason(said: pd.DataFrame, known: pd.DataFrame) -> None:
    bare = said.assign(lo80=pd.NA, hi80=pd.NA).astype({"lo80": "Float64", "hi80": "Float64"})
    found = pf.forecast_vintages(bare, known, period="2025-12", leads=1)
    assert set(found.loc[found["role"] == "item", "reason"]) == {"no interval"}
    assert found["within"].isna().all()
    assert found["covered_share"].isna().all()


def test_nothing_said_is_a_line_per_lead(said: pd.DataFrame, known: pd.DataFrame) -> None:
    found = pf.forecast_vintages(said.head(0), known, period="2025-12")
    assert found["role"].tolist() == ["lead"] * 4
    assert found["said"].isna().all()


def test_what_cannot_be_is_said(said: pd.DataFrame, known: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match=r"leads \[0, 1\] cannot be"):
        pf.forecast_vintages(said, known, period="2025-12", leads=[1, 0])
    with pytest.raises(ContractError, match="column 'scale' is not there"):
        pf.forecast_vintages(said.drop(columns="scale"), known, period="2025-12")
    mixed = pd.concat([said, said.assign(by="family", family="Core")])
    with pytest.raises(MeasureError, match="forecasts by family and by product are mixed"):
        pf.forecast_vintages(mixed, known, period="2025-12")

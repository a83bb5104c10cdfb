from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import MeasureError
from pfkit.measures.backtest_outlook import backtest_outlook, outlook_cells
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.period import Period

CITY = FiscalCalendar(7)
NAMED: dict[str, Any] = {"versions": ["adopted", "target", "projection"], "plan": "adopted"}


def year(label: int) -> Period:
    return FiscalCalendar().period(f"{label}-12")


def one_line(*years: tuple[float, float, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give one line from 2021 on: plan of the year, spent by June, and the year's actual."""
    said, spent = [], []
    for place, (plan, june, december) in enumerate(years):
        label = 2021 + place
        said.append((f"{label}-12", plan, dt.date(label - 1, 12, 1)))
        spent.append((f"{label}-06", june, dt.date(label, 6, 30)))
        spent.append((f"{label}-12", december, dt.date(label + 1, 1, 31)))
    columns = ["period", "amount", "known_on"]
    actuals = pd.DataFrame(spent, columns=columns).assign(span="ytd", cost_center="Fire")
    budget = pd.DataFrame(said, columns=columns).assign(span="year", cost_center="Fire")
    return actuals, budget.assign(version="B")


def test_errors_and_simple_corrections_by_hand() -> None:
    # 2021: plan 100, came 130. 2022: plan 200, came 190. Known in June 2022: 130 of 100, 130 of 40.
    tables = one_line((100.0, 40.0, 130.0), (200.0, 80.0, 190.0))
    found = backtest_outlook(*tables, period=year(2022), months=(6,), as_of=dt.date(2023, 1, 31))
    fire, lines, total = found.to_dict("records")
    assert [row["row_key"] for row in (fire, lines, total)] == [
        "6|fire", "6|every-line", "6|total",
    ]  # fmt: skip
    assert (fire["count"], fire["actual"]) == (2, 320.0)
    assert fire["plan_wape_rate"] == pytest.approx((30 + 10) / 320)
    assert fire["plan_bias_rate"] == pytest.approx((-30 + 10) / 320)
    # ratio: 1.3 held to 1.1, so 100 and 220; run rate: 80 x 130 / 40 = 260, held to 220
    assert fire["ratio_wape_rate"] == pytest.approx((30 + 30) / 320)
    assert fire["run_rate_wape_rate"] == pytest.approx((30 + 30) / 320)
    assert lines["plan_wape_rate"] == total["plan_wape_rate"] == fire["plan_wape_rate"]
    assert fire["reason"] == "1 of 2 without interval"


def test_a_run_rate_near_the_plan_is_taken_as_it_is() -> None:
    # 78 x 100 / 40 = 195 lies within ten percent of 200
    tables = one_line((100.0, 40.0, 100.0), (200.0, 78.0, 190.0))
    cells = outlook_cells(
        *tables, period=year(2022), by=["cost_center"], months=(6,), as_of=dt.date(2023, 1, 31)
    )
    line = cells[(cells["year"] == "2022") & (cells["role"] == "item")].iloc[0]
    assert (line["run_rate"], line["ratio"], line["latest"]) == (195.0, 200.0, 200.0)


def test_a_year_counts_only_once_what_it_came_to_is_known() -> None:
    tables = one_line((100.0, 40.0, 130.0), (200.0, 80.0, 190.0))
    found = backtest_outlook(*tables, period=year(2022), months=(6,), as_of=dt.date(2022, 12, 31))
    assert found["count"].tolist() == [1, 1, 1]


def test_years_stand_beside_each_other_where_asked() -> None:
    tables = one_line(*[(100.0, 50.0, 100.0 + year) for year in range(5)])
    found = backtest_outlook(
        *tables, period=year(2025), months=(3, 6), as_of=dt.date(2026, 1, 31), each="year"
    )
    june = found[found["months"] == 6]
    assert june["label"].tolist() == [
        "2021", "2022", "2023", "2024", "2025", "Every line", "Total",
    ]  # fmt: skip
    assert june["plan_wape_rate"].tolist()[:3] == pytest.approx([0.0, 1 / 101, 2 / 102])
    # by March nothing is spent in these books; the plan is there
    assert found[found["months"] == 3]["count"].tolist()[-1] == 5


def test_the_total_nets_what_lines_miss() -> None:
    one = one_line((100.0, 50.0, 110.0))
    other = [table.assign(cost_center="Water") for table in one_line((100.0, 50.0, 90.0))]
    tables = [pd.concat(pair) for pair in zip(one, other, strict=True)]
    found = backtest_outlook(
        tables[0], tables[1], period=year(2021), months=(6,), as_of=dt.date(2022, 1, 31)
    ).set_index("row_key")
    assert found.at["6|every-line", "plan_wape_rate"] == pytest.approx(20 / 200)
    assert found.at["6|total", "plan_wape_rate"] == 0.0


@pytest.mark.parametrize(
    ("months", "said"), [((0,), "0 months are no"), ((12,), "12 months"), ((), "no point")]
)
def test_a_point_outside_the_year_is_refused(months: tuple[int, ...], said: str) -> None:
    with pytest.raises(MeasureError, match=said) as caught:
        backtest_outlook(*one_line((1.0, 1.0, 1.0)), period=year(2021), months=months)
    assert "Give months gone, from 1 to 11." in str(caught.value)


def test_nothing_known_yet_gives_an_empty_table() -> None:
    found = backtest_outlook(
        *one_line((100.0, 40.0, 130.0)), period=year(2021), as_of=dt.date(2021, 6, 30)
    )
    assert found.empty


@pytest.fixture(scope="module")
def city(shared: Path, checkout: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the city's book as known on every day, with fiscal 2021 as its spending file has it."""
    data = shared / "data" / "real" / "budget"
    book = pf.open_book(checkout / "examples" / "philadelphia", data=data, period="2021Q3")
    listed = pd.read_csv(checkout / "examples" / "philadelphia" / "departments.csv", dtype=str)
    names = dict(zip(listed["code"], listed["department"], strict=True))
    final = pd.read_csv(data / "actual-department-spending.csv", dtype={"dept_code": str})
    final = final[final["fiscal_year"] == 2021]
    later = pd.DataFrame(
        {
            "period": "2021-06",
            "span": "ytd",
            "cost_center": final["dept_code"].map(names).fillna("Departments not listed"),
            "account": "obligations",
            "amount": final["total"].astype(float),
            "known_on": dt.date(2022, 6, 30),
        }
    )
    actuals = pd.concat([book.vintages("actuals"), later], ignore_index=True)
    return actuals, book.vintages("budget")


@pytest.fixture(scope="module")
def q2(city: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """Give every department at the half of each year from 2012 to 2021."""
    cells = outlook_cells(*city, period=CITY.period("2021Q3"), by=["cost_center"], months=(6,),
                          **NAMED)  # fmt: skip
    years = cells["year"].astype(int)
    return cells[(years >= 2012) & (years <= 2021)]


def wape(cells: pd.DataFrame, method: str) -> float:
    error = (cells[method] - cells["actual"]).abs().sum()
    return 100 * float(error / cells["actual"].abs().sum())


def test_a_real_city_at_the_half_of_ten_years(q2: pd.DataFrame) -> None:
    lines = q2[q2["role"] == "item"]
    spent = lines[lines["actual"] > 0]
    assert len(spent) >= 650
    assert wape(lines, "outlook") <= 4.0
    assert wape(spent, "outlook") <= 3.8
    assert wape(spent, "outlook") < wape(spent, "latest") - 0.5
    assert wape(lines, "outlook") < wape(lines, "latest") - 1.0
    for years in spent.groupby("year"):
        assert wape(years[1], "outlook") < wape(years[1], "latest") + 0.1
    inside = (lines["actual"] >= lines["low"]) & (lines["actual"] <= lines["high"])
    assert 0.76 <= inside[lines["low"].notna()].mean() <= 0.84
    total = q2[q2["role"] == "total"]
    assert wape(total, "outlook") < wape(total, "latest")
    assert ((total["actual"] >= total["low"]) & (total["actual"] <= total["high"])).sum() >= 7


def test_probabilities_of_a_real_city_come_true(q2: pd.DataFrame) -> None:
    known = q2[(q2["role"] == "item") & q2["within_plan_share"].notna() & q2["plan"].notna()]
    stayed = (known["actual"] <= known["plan"]).astype(float)
    said = known["within_plan_share"].astype(float)
    for part in (said < 0.25, (said >= 0.25) & (said < 0.75), said >= 0.75):
        assert stayed[part].mean() == pytest.approx(said[part].mean(), abs=0.08)


def test_no_replay_of_a_real_city_knows_what_was_learned_later(
    city: tuple[pd.DataFrame, pd.DataFrame], q2: pd.DataFrame
) -> None:
    day = dt.date(2015, 12, 31)  # the half of fiscal 2016
    bad = []
    for table in city:
        late = np.array([known > day for known in table["known_on"]])
        assert late.any()
        chance = np.random.default_rng(5)
        other = table["amount"] * chance.uniform(-3, 3, len(table)) + 1e6
        bad.append(table.assign(amount=np.where(late, other, table["amount"])))
    again = outlook_cells(
        bad[0], bad[1], period=CITY.period("2021Q3"), by=["cost_center"], months=(6,), **NAMED
    )
    kept = ["months", "year", "cost_center", "role", "plan", "latest",
            "ratio", "run_rate", "outlook", "low", "high", "within_plan_share"]  # fmt: skip

    def early(cells: pd.DataFrame) -> pd.DataFrame:
        years = cells["year"].astype(int)
        lines = cells[(years >= 2012) & (years <= 2016) & (cells["role"] == "item")]
        return lines[kept].set_index(["year", "cost_center"])

    before, after = early(q2), early(again)
    both = before.index.intersection(after.index)  # which lines are scored is learned later
    assert len(both) > 300
    pd.testing.assert_frame_equal(before.loc[both], after.loc[both])
    # and the poison reaches what it may reach
    later = again[again["year"] == "2019"].set_index("cost_center")["outlook"]
    sound = q2[q2["year"] == "2019"].set_index("cost_center")["outlook"]
    assert not later.equals(sound)

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import budget_lines
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

CITY = FiscalCalendar(year_start=7).period("2018Q2")
YEAR = FiscalCalendar().period("2026-06").year.months


@pytest.fixture(scope="module")
def spent(rows: Rows) -> pd.DataFrame:
    """Give a city's spending to date, as its quarterly report states it."""
    return rows("""
        period  | span | cost_center | amount
        2017-12 | ytd  | Fire        | 60
        2017-12 | ytd  | Parks       | 10
        2017-09 | ytd  | Fire        | 25
    """)


@pytest.fixture(scope="module")
def promised(rows: Rows) -> pd.DataFrame:
    """Give its budget, for the year only; the target was raised in December."""
    return rows("""
        version    | period  | span | cost_center | owner | amount
        adopted    | FY2018  | year | Fire        | Thiel | 100
        adopted    | FY2018  | year | Parks       | Ott   |  40
        target     | 2017-09 | year | Fire        | Thiel | 105
        target     | 2017-09 | year | Parks       | Ott   |  40
        target     | 2017-12 | year | Fire        | Thiel | 110
        target     | 2017-12 | year | Parks       | Ott   |  40
        target     | 2018-03 | year | Fire        | Thiel | 150
        projection | 2017-12 | year | Fire        | Thiel | 121
        projection | 2017-12 | year | Parks       | Ott   |  38
    """)


def test_a_budget_for_the_year_is_compared_with_the_outlook(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    lines = budget_lines(
        spent,
        promised,
        period=CITY,
        versions=["adopted", "target", "projection"],
        plan="target",
        amount=5,
        rate=0.05,
    ).set_index("row_key")
    fire = lines.loc["fire"]
    assert fire["full_year_adopted"] == 100
    assert fire["full_year_target"] == 110  # as stated for December, not September or March
    assert fire["full_year_projection"] == 121
    assert fire["actual_ytd"] == 60
    assert pd.isna(fire["plan_ytd"])
    assert fire["used_share"] == pytest.approx(60 / 110)
    assert fire["elapsed_share"] == pytest.approx(0.5)
    assert fire["comparison"] == "projection full year against target full year"
    assert (fire["variance"], fire["variance_rate"]) == (11, pytest.approx(0.1))
    assert not fire["favorable"]
    assert fire["material"]
    assert fire["owner"] == "Thiel"
    assert lines.loc["parks", "variance"] == -2
    assert not lines.loc["parks", "material"]
    assert lines.loc["total", ["full_year_adopted", "variance", "actual_ytd"]].tolist() == [
        *(140, 9, 70)
    ]


def test_a_budget_for_the_year_is_never_cut_into_months(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    adopted = promised[promised["version"] == "adopted"]
    fire = budget_lines(spent, adopted, period=CITY).set_index("row_key").loc["fire"]
    assert pd.isna(fire["variance"])
    assert fire["used_share"] == pytest.approx(0.6)
    assert fire["comparison"] == "actual to date against adopted to date"
    assert "adopted: stated for the year, not phased" in fire["reason"]


@pytest.fixture(scope="module")
def phased() -> pd.DataFrame:
    """Give a company's budget by month: hosting 10 a month, travel 2, sales 50."""
    lines = (("hosting", "Atlas", 10.0), ("travel", "Sales", 2.0), ("sales", "Sales", 50.0))
    return pd.DataFrame(
        [
            (version, month, center, account, amount + (version == "revised"))
            for version in ("adopted", "revised")
            for month in YEAR
            for account, center, amount in lines
        ],
        columns=["version", "period", "cost_center", "account", "amount"],
    )


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> pd.DataFrame:
    """Give which accounts are cost."""
    return rows("""
        account | group           | favorable_when
        hosting | cost_of_revenue | lower
        travel  | operating       | lower
        sales   | gross           | higher
    """)


def test_a_phased_budget_is_compared_to_date(
    phased: pd.DataFrame, accounts: pd.DataFrame, june: Period, rows: Rows
) -> None:
    ledger = phased[(phased["version"] == "adopted") & (phased["period"] <= "2026-06")]
    ledger = ledger.drop(columns="version").assign(amount=ledger["amount"] * 1.5)
    centers = rows("""
        cost_center | name           | owner
        Atlas       | Atlas platform | Ines
        Sales       | Sales          | Omar
    """)
    lines = budget_lines(
        ledger,
        phased,
        period=june,
        by=["cost_center", "account"],
        plan="adopted",
        accounts=accounts,
        owners=centers,
    ).set_index("row_key")
    assert list(lines.index) == ["atlas|hosting", "sales|travel", "total"]  # sales are no cost
    hosting = lines.loc["atlas|hosting"]
    assert hosting["full_year_adopted"] == 120
    assert hosting["full_year_revised"] == 132
    assert (hosting["plan_ytd"], hosting["actual_ytd"], hosting["variance"]) == (60, 90, 30)
    assert hosting["comparison"] == "actual to date against adopted to date"
    assert (hosting["label"], hosting["owner"]) == ("Atlas platform · hosting", "Ines")
    assert not hosting["favorable"]
    assert lines.loc["total", "variance"] == 36  # 30 + 0.5 * 2 * 6


def test_income_lines_are_favorable_when_higher(
    phased: pd.DataFrame, accounts: pd.DataFrame, june: Period
) -> None:
    ledger = phased[phased["period"] <= "2026-06"].query("version == 'revised'")
    lines = budget_lines(
        ledger.drop(columns="version"),
        phased,
        period=june,
        by="account",
        plan="adopted",
        accounts=accounts,
        groups=["gross"],
        favorable_when="higher",
    )
    assert lines["label"].tolist() == ["sales", "Total"]
    assert lines["variance"].tolist() == [6, 6]
    assert lines["favorable"].all()


def test_a_year_with_months_missing_has_no_full_year(phased: pd.DataFrame, june: Period) -> None:
    half = phased[(phased["period"] <= "2026-06") & (phased["version"] == "adopted")]
    lines = budget_lines(half.drop(columns="version"), half, period=june)
    assert lines["full_year_adopted"].isna().all()
    assert lines["variance"].tolist() == [0, 0, 0]
    assert "adopted: 6 of 12 months in the input" in lines["reason"][0]


def test_quarters_are_read_where_they_cover_the_stretch(june: Period) -> None:
    quarters = pd.DataFrame(
        [("adopted", f"2026Q{q}", "quarter", "Atlas", 30.0) for q in (1, 2, 3, 4)],
        columns=["version", "period", "span", "cost_center", "amount"],
    )
    ledger = quarters.iloc[:2].drop(columns="version")
    row = budget_lines(ledger, quarters, period=june).iloc[0]
    assert (row["full_year_adopted"], row["plan_ytd"], row["actual_ytd"]) == (120, 60, 60)
    may = FiscalCalendar().period("2026-05")
    assert pd.isna(budget_lines(ledger, quarters, period=may)["plan_ytd"][0])


def test_an_account_stated_twice_is_counted_once(june: Period, phased: pd.DataFrame) -> None:
    adopted = phased[phased["version"] == "adopted"]
    year = adopted.groupby(["version", "cost_center", "account"], as_index=False)["amount"].sum()
    both = pd.concat([adopted.assign(span="month"), year.assign(span="year", period="FY2026")])
    empty = adopted.iloc[:0].drop(columns="version")
    lines = budget_lines(empty, both, period=june, by="account").set_index("row_key")
    assert lines.loc["hosting", "full_year_adopted"] == 120


def test_material_lines_are_never_hidden_while_there_is_room(june: Period) -> None:
    plan = pd.DataFrame(
        {
            "version": "adopted",
            "period": "2026-06",
            "span": "ytd",
            "cost_center": list("ABCDE"),
            "amount": [100.0, 90.0, 80.0, 70.0, 10.0],
        }
    )
    actual = plan.drop(columns="version").assign(amount=[100.0, 90.0, 80.0, 70.0, 40.0])
    lines = budget_lines(actual, plan, period=june, top=2, amount=5, rate=0.1)
    assert lines["label"].tolist() == ["A", "E", "Other (3)", "Total"]
    assert lines["material"].tolist() == [False, True, False, False]


def test_without_a_threshold_nothing_is_judged(spent: pd.DataFrame, promised: pd.DataFrame) -> None:
    lines = budget_lines(spent, promised, period=CITY)
    assert lines["material"].isna().all()
    assert set(lines["material_reason"]) == {"no threshold given"}


def test_a_plan_that_is_not_there_gives_way_to_one_that_is(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    later = promised[promised["version"] != "adopted"]
    lines = budget_lines(
        spent, later, period=CITY, versions=["adopted", "target", "projection"], plan="adopted"
    )
    assert lines["full_year_adopted"].isna().all()
    assert lines["comparison"][0] == "projection full year against target full year"
    assert "adopted: not in the input" in lines["reason"][0]


def test_a_draft_is_neither_shown_nor_compared_with_unless_named(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    stages = {"adopted": "adopted", "target": "revised", "projection": "draft"}
    staged = promised.assign(stage=promised["version"].map(stages))
    lines = budget_lines(spent, staged, period=CITY)
    assert "full_year_projection" not in lines.columns
    assert lines["comparison"][0] == "target full year against adopted full year"
    named = budget_lines(spent, staged, period=CITY, versions=["adopted", "projection"])
    assert named["full_year_projection"].notna().all()  # shown, as asked
    assert named["comparison"][0] == "actual to date against adopted to date"
    plan = budget_lines(spent, staged, period=CITY, plan="projection")
    assert plan["comparison"][0] == "no comparison"
    assert plan["variance"].isna().all()
    assert plan["reason"][0].endswith("projection is a draft")


def test_a_version_without_approval_is_not_compared_with(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    said = promised.assign(approved=promised["version"] != "adopted")
    lines = budget_lines(spent, said, period=CITY, plan="adopted")
    assert "adopted is not approved" in lines["reason"][0]
    by_day = promised.assign(approved_on=None)
    by_day.loc[by_day["version"] == "target", "approved_on"] = "2017-12-31"
    assert budget_lines(spent, by_day, period=CITY)["full_year_target"][0] == 110


def test_without_a_choice_every_version_is_shown(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    lines = budget_lines(spent, promised, period=CITY, versions=())
    shown = [name for name in lines.columns if name.startswith("full_year_")]
    assert shown == ["full_year_adopted", "full_year_projection", "full_year_target"]


def test_versions_that_are_all_unknown_are_refused(
    spent: pd.DataFrame, promised: pd.DataFrame
) -> None:
    with pytest.raises(MeasureError, match="version 'adoptd' is not in the input") as caught:
        budget_lines(spent, promised, period=CITY, versions=["adoptd"])
    assert "'adopted'" in caught.value.advice


def test_nothing_in_is_nothing_out(spent: pd.DataFrame, promised: pd.DataFrame) -> None:
    assert budget_lines(spent.iloc[:0], promised.iloc[:0], period=CITY).empty
    only = budget_lines(spent, promised.iloc[:0], period=CITY)
    assert only["actual_ytd"].tolist() == [60, 10, 70]
    assert set(only["comparison"]) == {"no comparison"}


LINES = st.lists(
    st.tuples(st.sampled_from(list("ABCDEFGH")), st.integers(-(10**8), 10**8)), max_size=16
)


@given(spent=LINES, planned=LINES, top=st.integers(1, 9), data=st.data())
def test_shown_and_other_add_up_and_order_does_not_matter(
    spent: list[tuple[str, int]], planned: list[tuple[str, int]], top: int, data: st.DataObject
) -> None:
    def lines(actual: list[tuple[str, int]], plan: list[tuple[str, int]]) -> pd.DataFrame:
        sides = []
        for found in (actual, plan):
            table = pd.DataFrame(found, columns=["cost_center", "cents"])
            table["amount"] = table["cents"].astype("float64") / 100
            sides.append(table.assign(period="2026-06", span="ytd"))
        return budget_lines(
            sides[0],
            sides[1].assign(version="adopted"),
            period=FiscalCalendar().period("2026-06"),
            top=top,
            amount=1,
            rate=0.01,
        )

    table = lines(spent, planned)
    parts, total = table[table["role"] != "total"], table[table["role"] == "total"]
    assert table["row_key"].is_unique
    for column, found in (("actual_ytd", spent), ("plan_ytd", planned)):
        assert parts[column].sum() == pytest.approx(total[column].sum(), abs=0.001)
        assert total[column].sum() == pytest.approx(sum(c for _, c in found) / 100, abs=0.001)
    assert parts["variance"].sum() == pytest.approx(total["variance"].sum(), abs=0.001)
    mixed = lines(data.draw(st.permutations(spent)), data.draw(st.permutations(planned)))
    pd.testing.assert_frame_equal(table, mixed)


def test_a_line_without_actuals_is_not_spent_by_nothing(rows: Rows) -> None:
    year = FiscalCalendar().period("2020Q4")
    spent = rows("""
        period  | span | cost_center | amount
        2019-12 | year | Schools     | 90
        2020-12 | year | Roads       | 55
    """)
    promised = rows("""
        version  | period  | span | cost_center | amount
        approved | 2020-12 | year | Schools     | 100
        approved | 2020-12 | year | Roads       |  50
    """)
    lines = budget_lines(spent, promised, period=year, plan="approved").set_index("row_key")
    assert lines.loc["roads", "variance_rate"] == pytest.approx(0.1)
    assert lines.loc["schools", "variance"] == -100.0
    assert lines.loc[["schools"], ["variance_rate", "used_share"]].isna().all(axis=None)
    assert "no actuals" in lines.loc["schools", "reason"]
    # one year earlier than its actuals nothing is compared at all
    later = budget_lines(
        spent[spent["period"] < "2020"], promised, period=year, plan="approved"
    ).set_index("row_key")
    assert later["variance"].isna().all()
    assert set(later["reason"]) == {"actual: not in the input"}


def test_lines_are_accounts_where_no_row_names_a_cost_center(rows: Rows) -> None:
    june = FiscalCalendar().period("2026-06")
    promised = rows("""
        version | period  | span | cost_center | account | amount
        board   | 2026-12 | year | (none)      | Wells   | 100
        board   | 2026-12 | year | (none)      | Office  |  50
    """)
    lines = budget_lines(promised.iloc[:0], promised, period=june)
    assert lines["label"].tolist() == ["Wells", "Office", "Total"]
    named = promised.assign(cost_center="Kenya")
    assert budget_lines(named.iloc[:0], named, period=june)["label"].tolist() == ["Kenya", "Total"]


def test_open_commitments_are_taken_off_what_is_available(
    spent: pd.DataFrame, promised: pd.DataFrame, rows: Rows
) -> None:
    ordered = rows("""
        period  | cost_center | status | amount
        2018-04 | Fire        | open   |     45
        2018-05 | Parks       | closed |     99
        2018-05 | Zoo         | open   |      3
        2019-01 | Parks       | open   |     77
    """)
    lines = budget_lines(spent, promised, period=CITY, plan="adopted", commitments=ordered)
    columns = ["label", "carried", "committed", "available", "overcommitted"]
    assert lines[columns].to_numpy().tolist() == [
        ["Fire", 0.0, 45.0, -5.0, True],  # 100 less 60 less 45
        ["Parks", 0.0, 0.0, 30.0, False],
        ["Zoo", 0.0, 3.0, -3.0, True],  # nobody planned it
        ["Total", 0.0, 48.0, 22.0, False],
    ]
    few = budget_lines(spent, promised, period=CITY, plan="adopted", commitments=ordered, top=1)
    assert few["label"].tolist() == ["Fire", "Other (2)", "Total"]
    assert few["available"].tolist() == [-5.0, 27.0, 22.0]
    none = budget_lines(spent, promised, period=CITY, commitments=ordered.iloc[:0])
    assert "available" not in none.columns


def test_what_was_carried_in_is_available_too(
    spent: pd.DataFrame, promised: pd.DataFrame, rows: Rows
) -> None:
    carried = rows("""
        cost_center | role  | into   | carried
        Fire        | item  | FY2018 |    12.5
                    | total | FY2018 |    12.5
    """)
    lines = budget_lines(spent, promised, period=CITY, plan="adopted", carried=carried)
    assert lines["available"].tolist() == [52.5, 30.0, 82.5]
    assert lines["carried"].tolist() == [12.5, 0.0, 12.5]

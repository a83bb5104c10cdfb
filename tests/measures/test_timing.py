from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import timing
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")
PLACE = {"cost_center": "IT", "product": "Atlas"}
ACCOUNTS = """
    account | line     | group           | favorable_when
    '4000'  | Sales    | gross           | higher
    '5000'  | Hosting  | cost_of_revenue | lower
    '6200'  | Events   | operating       | lower
    '9000'  | Interest | outside         | lower
"""


def _split(
    rows: Rows,
    actuals: str,
    budget: str,
    period: Period,
    **options: Any,  # noqa: ANN401
) -> dict[str, list[Any]]:
    booked, planned = rows(actuals).assign(**PLACE), rows(budget).assign(**PLACE)
    found = timing(booked, planned, period=period, accounts=rows(ACCOUNTS), **options)
    names = ["variance", "accruals", "shifted", "permanent", "reason"]
    return {
        str(label): list(values)
        for label, *values in found[["label", *names]].itertuples(index=False)
    }


HOSTING = """
    account | period  | entry_kind | amount
    '5000'  | 2026-05 | regular    |    100
    '5000'  | 2026-05 | accrual    |     40
    '5000'  | 2026-06 | reversal   |    -40
    '5000'  | 2026-06 | regular    |    105
    '5000'  | 2026-06 | accrual    |     55
"""
FLAT = """
    account | period  | amount
    '5000'  | 2026-04 |    100
    '5000'  | 2026-05 |    100
    '5000'  | 2026-06 |    100
    '5000'  | 2026-07 |    100
"""


BILLED = """
    account | period  | entry_kind | amount
    '5000'  | 2026-05 | accrual    |    700
    '5000'  | 2026-06 | reversal   |   -700
    '5000'  | 2026-06 | regular    |    703
    '5000'  | 2026-06 | accrual    |    720
"""
MONTHLY = """
    account | period  | amount
    '5000'  | 2026-05 |    690
    '5000'  | 2026-06 |    690
    '5000'  | 2026-07 |    690
"""
JULY = "\n '5000' | 2026-07 | reversal | -720\n '5000' | 2026-07 | accrual | 730"


def test_an_accrual_replaced_by_its_bill_leaves_only_their_difference(
    rows: Rows, june: Period
) -> None:
    found = _split(rows, BILLED, MONTHLY, june)
    # 723 against 690: May's bill was 3 more than accrued, and June cost 720, 30 more than planned;
    # the 20 by which the accrual grew are June's own
    assert found["Hosting"] == [
        -33, -3, 0, -30,
        "bill of 2026-05 against its accrual; accrual of 2026-06: its bill is not booked yet",
    ]  # fmt: skip
    assert found["Total"] == [-33, -3, 0, -30, ""]


@pytest.mark.parametrize(
    ("bill", "accruals", "why"),
    [  # June's accrual of 720 against the bill that July brings
        (721, -3 + 1, "accrual of 2026-06 against"),  # June really cost 721, 31 more than planned
        (715, -3 - 5, "accrual of 2026-06 against"),
        (900, -3 + 180, "accrual of 2026-06 against"),  # a quarter more is still its bill
        (901, -3, "accrual of 2026-06 recurs"),
    ],
)
def test_the_next_month_says_how_the_bill_differs(
    rows: Rows, june: Period, bill: int, accruals: int, why: str
) -> None:
    july = f"{JULY}\n '5000' | 2026-07 | regular | {bill}"
    found = _split(rows, BILLED + july, MONTHLY, june)["Hosting"]
    assert found[:4] == [-33, accruals, 0, -33 - accruals]
    assert why in found[4].replace("bill of 2026-06 against", "accrual of 2026-06 against")


def test_a_bill_in_several_entries_replaces_an_accrual(rows: Rows, june: Period) -> None:
    two = BILLED.replace(
        "| regular    |    703", "| regular    |    300\n    '5000' | 2026-06 | regular | 403"
    )
    assert _split(rows, two, MONTHLY, june)["Hosting"][:4] == [-33, -3, 0, -30]


@pytest.mark.parametrize(
    ("planned", "parts"),
    [  # an accrual of 50 that is new in June, beside 100 booked
        (100, [-50, -50, 0, 0]),  # nothing planned for it
        (130, [-20, -20, 0, 0]),
        (150, [0, 0, 0, 0]),  # all of it planned
        (90, [-60, -50, 0, -10]),
    ],
)
def test_a_new_accrual_counts_as_far_as_it_stands_beyond_plan(
    rows: Rows, june: Period, planned: int, parts: list[int]
) -> None:
    actuals = """
        account | period  | entry_kind | amount
        '6200'  | 2026-06 | regular    |    100
        '6200'  | 2026-06 | accrual    |     50
    """
    budget = f"account | period | amount\n '6200' | 2026-06 | {planned}"
    found = _split(rows, actuals, budget, june)
    assert found["Total"][:4] == parts


def test_a_bill_beside_the_usual_cost_is_told_by_what_the_plan_lacks(
    rows: Rows, june: Period
) -> None:
    one = """
        account | period  | entry_kind | amount
        '6200'  | 2026-05 | accrual    |     40
        '6200'  | 2026-06 | reversal   |    -40
        '6200'  | 2026-06 | regular    |    142
    """
    budget = "account | period | amount\n '6200' | 2026-05 | 100\n '6200' | 2026-06 | 100"
    # 100 of June, and May's bill of 42 in the same entry
    assert _split(rows, one, budget, june)["Events"][:4] == [-2, -2, 0, 0]
    # without a bill, 40 of May stand too little in June
    none = one.replace("142", "100")
    assert _split(rows, none, budget, june)["Events"][:4] == [40, 40, 0, 0]
    # a rent of the accrual's size that is planned is no bill
    rent = one.replace("142", "41")
    flat = budget.replace("100", "40")
    assert _split(rows, rent, flat, june)["Events"][:4] == [39, 40, 0, -1]


def test_accruals_each_month_are_cost_of_the_month(rows: Rows, june: Period) -> None:
    found = _split(rows, HOSTING, FLAT, june)
    # 120 against 100: accrued again each month, and which part of 105 is May's bill is not told
    assert found["Hosting"] == [
        -20, 0, 0, -20,
        (
            "accrual of 2026-05 recurs, its bill is not told apart; "
            "accrual of 2026-06: its bill is not booked yet"
        ),
    ]  # fmt: skip
    assert found["Total"] == [-20, 0, 0, -20, ""]


def test_over_a_year_to_date_what_is_reversed_inside_cancels(rows: Rows, june: Period) -> None:
    quarter = june.calendar.period("2026Q2")
    april = HOSTING + "\n    '5000'  | 2026-04 | regular    |    100"
    found = _split(rows, april, FLAT, quarter)
    # 100 + 140 + 120 against 300: of the quarter only June's bill is not known yet
    assert found["Hosting"] == [
        -60, 0, 0, -60, "accrual of 2026-06: its bill is not booked yet",
    ]  # fmt: skip


def test_an_accrual_never_taken_back_is_permanent(rows: Rows, june: Period) -> None:
    more = HOSTING + "\n    '5000'  | 2026-07 | regular    |    100"
    found = _split(rows, more, FLAT, june)
    assert found["Hosting"] == [
        -20, 40, 0, -60,
        "accrual of 2026-06 not taken back; accrual of 2026-05 taken back, no bill told for it",
    ]  # fmt: skip


def test_unmarked_accruals_are_told_once_the_next_month_is_booked(rows: Rows, june: Period) -> None:
    plain = """
        account | period  | amount
        '5000'  | 2026-05 |    100
        '5000'  | 2026-05 |     40
        '5000'  | 2026-06 |    -40
        '5000'  | 2026-06 |    105
        '5000'  | 2026-06 |     55
    """
    left = _split(rows, plain, FLAT, june)["Hosting"]
    assert left[:4] == [-20, 0, 0, -20]
    assert (
        left[4] == "accruals of 2026-06 are not marked and show only when the next month is booked"
    )
    closed = _split(rows, plain + "\n '5000' | 2026-07 | -55\n '5000' | 2026-07 | 60", FLAT, june)
    # June's bill of 60 is 5 more than the 55 accrued
    assert closed["Hosting"][:4] == [-20, 5, 0, -25]
    assert "accruals told by their amounts" in closed["Hosting"][4]


EVENTS = """
    account | period  | amount
    '6200'  | 2026-05 |     20
    '6200'  | 2026-06 |     20
    '6200'  | 2026-07 |     20
"""


@pytest.mark.parametrize(
    ("actuals", "planned", "parts", "why"),
    [  # an event of 300 beside 20 a month; June is reported
        ([20, 320], [320, 20, 20], [-300, -300, 0], "planned for 2026-05, booked in 2026-06"),
        ([320, 20], [20, 320, 20], [300, 300, 0], "planned for 2026-06, booked in 2026-05"),
        ([20, 320], [20, 20, 320], [-300, -300, 0], "planned for 2026-07, booked in 2026-06"),
        ([20, 20, 320], [20, 320, 20], [300, 300, 0], "planned for 2026-06, booked in 2026-07"),
        # a cent or a percent apart is the same amount, a tenth is not
        ([20, 318], [320, 20, 20], [-298, -300, 2], "planned for 2026-05, booked in 2026-06"),
        ([20, 290], [320, 20, 20], [-270, 0, -270], ""),
        ([0, 320], [320, 20, 20], [-300, 0, -300], ""),
        ([20, 20], [20, 320, 20], [300, 0, 300], ""),
        ([20, 0], [20, 320, 20], [320, 0, 320], "planned for 2026-06, nothing booked yet"),
        ([20, 20, 0], [20, 320, 300], [300, 0, 300], ""),
        ([20, 320], [20, 20, 20], [-300, 0, -300], ""),
    ],
)
def test_an_amount_planned_in_the_month_beside_is_shifted(
    rows: Rows, actuals: list[float], planned: list[float], parts: list[float], why: str
) -> None:
    months = ["2026-05", "2026-06", "2026-07"]
    # the event stands beside the monthly 20 as an entry of its own
    booked = [
        (month, part)
        for month, amount in zip(months, actuals, strict=False)
        for part in ([20, amount - 20] if amount > 20 else [amount])
    ]
    budget = [
        (month, part)
        for month, amount in zip(months, planned, strict=True)
        for part in ([20, amount - 20] if amount > 20 else [amount])
    ]
    tables = [
        pd.DataFrame(pairs, columns=["period", "amount"]).assign(account="6200", **PLACE)
        for pairs in (booked, budget)
    ]
    found = timing(*tables, period=JUNE, accounts=rows(ACCOUNTS)).iloc[0]
    assert [found["variance"], found["shifted"], found["permanent"]] == parts
    assert found["reason"] == why


def test_a_recurring_amount_is_no_shift(rows: Rows, june: Period) -> None:
    # 100 a month, and June twice: the second is not July's before July shows that it lacks it
    twice = """
        account | period  | amount
        '5000'  | 2026-05 |    100
        '5000'  | 2026-06 |    100
        '5000'  | 2026-06 |    100
    """
    found = _split(rows, twice, FLAT, june)["Hosting"]
    assert found[:4] == [-100, 0, -100, 0]
    assert found[4] == "planned for 2026-07, booked in 2026-06"
    once = _split(rows, twice + "\n '5000' | 2026-07 | 100", FLAT, june)["Hosting"]
    assert once[:4] == [-100, 0, 0, -100]


def test_small_amounts_are_not_looked_for(rows: Rows, june: Period) -> None:
    late = "account | period | amount\n '6200' | 2026-05 | 0\n '6200' | 2026-06 | 40"
    assert _split(rows, late, EVENTS, june)["Events"][2] == -20
    assert _split(rows, late, EVENTS, june, least=21.0)["Events"][2] == 0


def test_revenue_and_cost_are_effects_on_profit(rows: Rows, june: Period) -> None:
    actuals = """
        account | period  | amount
        '4000'  | 2026-06 |    130
        '6200'  | 2026-06 |     25
        '9000'  | 2026-06 |     99
    """
    budget = """
        account | period  | amount
        '4000'  | 2026-06 |    100
        '6200'  | 2026-06 |     20
    """
    found = _split(rows, actuals, budget, june)
    assert found["Sales"][0] == 30
    assert found["Events"][0] == -5
    assert found["Total"][0] == 25
    assert "Interest" not in found


def test_what_one_line_of_a_row_lacks_is_told_of_a_part(rows: Rows, june: Period) -> None:
    months = ("2026-05", "2026-06")
    line = {"account": "6200", "product": "Atlas", "amount": 20.0}
    booked = pd.DataFrame([line | {"period": m, "cost_center": "IT"} for m in months])
    event = line | {"period": "2026-06", "cost_center": "HR", "amount": 300.0}
    planned = pd.concat([booked, pd.DataFrame([event])])
    found = timing(booked, planned, period=june, accounts=rows(ACCOUNTS), by="line")
    assert found["reason"].iloc[0] == "of a part planned for 2026-06, nothing booked yet"


def test_without_actuals_or_plan_of_a_month_nothing_is_split(rows: Rows, june: Period) -> None:
    booked, planned = (rows(text).assign(**PLACE) for text in (HOSTING, FLAT))
    accounts = rows(ACCOUNTS)
    may = booked[booked["period"] == "2026-05"]
    found = timing(may, planned, period=june, accounts=accounts)
    assert found.empty
    assert found.attrs["reason"] == "actual: 2026-06 is not in the input"
    found = timing(booked, planned.head(1), period=june, accounts=accounts)
    assert found.attrs["reason"] == "plan: 2026-06 is not in the input"


def test_what_does_not_fit_is_refused(rows: Rows, june: Period) -> None:
    booked, planned = (rows(text).assign(**PLACE) for text in (HOSTING, FLAT))
    accounts = rows(ACCOUNTS)
    two = pd.concat([planned.assign(version="adopted"), planned.assign(version="revised")])
    for budget, options, error, message in (
        (two, {"plan": "adoptd"}, MeasureError, "The closest known version is 'adopted'."),
        (planned, {"by": "memo"}, MeasureError, "by ['memo'] is not known"),
        (planned, {"tolerance": 1.5}, MeasureError, "tolerance 1.5 is not a fraction"),
        (planned.assign(account="6201"), {}, ContractError, "account '6201' is not in accounts"),
    ):
        with pytest.raises(error) as caught:
            timing(booked, budget, period=june, accounts=accounts, **options)
        assert message in str(caught.value)
    named = timing(booked, two, period=june, accounts=accounts, plan="revised")
    assert named["variance"].iloc[-1] == -20
    unnamed = timing(booked, two, period=june, accounts=accounts)
    assert unnamed.empty
    assert unnamed.attrs["reason"] == "no plan version named among adopted, revised"


def test_each_fiscal_year_is_held_against_the_plan_of_its_own(rows: Rows) -> None:
    place = PLACE | {"account": "5000"}
    booked = pd.DataFrame(
        [
            place | {"period": "2026-12", "amount": 60.0},
            place | {"period": "2027-01", "amount": 140.0},
        ]
    )
    months = {"2026-12": "Budget 2026", "2027-01": "Budget 2027", "2027-02": "Budget 2027"}
    planned = pd.DataFrame(
        [place | {"period": m, "version": v, "amount": 100.0} for m, v in months.items()]
    )
    january = FiscalCalendar().period("2027-01")
    found = timing(booked, planned, period=january, accounts=rows(ACCOUNTS))
    assert found[["variance", "shifted", "permanent"]].iloc[-1].tolist() == [-40.0, -40.0, 0.0]


MONTHS = ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
BOOKED = st.lists(
    st.tuples(
        st.sampled_from(MONTHS),
        st.sampled_from(["4000", "5000", "6200", "9000"]),
        st.sampled_from(["", "accrual", "reversal", "regular"]),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from([-300.0, 300.0, 20.0, -20.0, 100.0, 299.99]),
    ),
    max_size=25,
)
PLANNED = st.lists(
    st.tuples(
        st.sampled_from(MONTHS),
        st.sampled_from(["4000", "5000", "6200"]),
        st.sampled_from([300.0, 20.0, 100.0, -20.0]),
    ),
    max_size=15,
)


@given(BOOKED, PLANNED, st.sampled_from(["2026-05", "2026-06", "2026Q2"]))
def test_the_three_parts_add_up_to_the_variance(
    booked: list[tuple[str, str, str, str, float]],
    planned: list[tuple[str, str, float]],
    label: str,
) -> None:
    period = FiscalCalendar().period(label)
    whole = [*booked, *((month, "5000", "regular", "", 1.0) for month in period.months)]
    plan = [*planned, *((month, "5000", 1.0) for month in period.months)]
    names = ["period", "account", "entry_kind", "reverses", "amount"]
    actuals = pd.DataFrame(whole, columns=names).assign(**PLACE, entry_id="a")
    budget = pd.DataFrame(plan, columns=["period", "account", "amount"]).assign(**PLACE)
    signs = {"4000": 1, "5000": -1, "6200": -1}
    accounts = pd.DataFrame(
        [(a, a, "operating" if a != "9000" else "outside", "higher" if a == "4000" else "lower")
         for a in ("4000", "5000", "6200", "9000")],
        columns=["account", "line", "group", "favorable_when"],
    )  # fmt: skip
    found = timing(actuals, budget, period=period, accounts=accounts)
    if found.empty:
        return
    cents = {
        name: [round(float(value) * 100) for value in found[name]]
        for name in ("variance", "accruals", "shifted", "permanent")
    }
    for variance, *parts in zip(*cents.values(), strict=True):
        assert sum(parts) == variance
    inside = [
        signs[account] * amount
        for month, account, *_, amount in whole
        if month in period.months and account in signs
    ]
    plans = [signs[account] * amount for month, account, amount in plan if month in period.months]
    assert cents["variance"][-1] == round((sum(inside) - sum(plans)) * 100)
    for name, amounts in cents.items():
        assert sum(amounts[:-1]) == amounts[-1], name

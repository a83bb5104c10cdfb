from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import contribution_margins, pnl, position
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

CALENDAR = FiscalCalendar()
MONTHS = [*(f"2025-{n:02d}" for n in range(1, 13)), *(f"2026-{n:02d}" for n in range(1, 13))]
COSTS = [("5000", "cost_of_revenue"), ("5100", "cost_of_revenue"), ("6000", "operating"),
         ("6100", "operating"), ("7000", "outside")]  # fmt: skip


@pytest.fixture(scope="module")
def company(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give one month of two products: 400 gross less 20 returned, and cost on every level."""
    return rows("""
        version | period  | product | account | line        | group           | behavior | margin | amount
        actual  | 2026-02 | Atlas   | '4000'  | Sales       | gross           |          |        |    300
        actual  | 2026-02 | Borea   | '4000'  | Sales       | gross           |          |        |    100
        actual  | 2026-02 | Atlas   | '4100'  | Refunds     | returns         |          |        |    -20
        actual  | 2026-02 | Atlas   | '5000'  | Licenses    | cost_of_revenue | variable | 1      |    -80
        actual  | 2026-02 | Borea   | '5100'  | Support     | cost_of_revenue | semi     | 2      |    -50
        actual  | 2026-02 | Borea   | '6000'  | Development | operating       | fixed    | 3      |    -90
        actual  | 2026-02 |         | '6100'  | Rent        | operating       | fixed    | shared |    -30
        actual  | 2026-02 |         | '7000'  | Interest    | outside         |          |        |     -7
        B       | 2026-02 | Atlas   | '4000'  | Sales       | gross           |          |        |    360
        B       | 2026-02 | Atlas   | '5000'  | Licenses    | cost_of_revenue | variable | 1      |    -60
        actual  | 2025-02 | Atlas   | '4000'  | Sales       | gross           |          |        |    200
    """)  # noqa: E501 (a table to be read)


def _month(table: pd.DataFrame, span: str = "month") -> pd.DataFrame:
    return table[table["span"] == span].set_index("step")


def test_a_statement_walks_from_gross_to_the_operating_result(
    company: pd.DataFrame, february: Period
) -> None:
    found = _month(contribution_margins(company, period=february, plan="B"))
    assert found["actual"].to_dict() == {
        "sales": 400.0,
        "refunds": -20.0,
        "net-revenue": 380.0,
        "licenses": -80.0,
        "contribution-margin-1": 300.0,
        "support": -50.0,
        "contribution-margin-2": 250.0,
        "development": -90.0,
        "contribution-margin-3": 160.0,
        "rent": -30.0,
        "contribution": 130.0,
        "interest": -7.0,
    }
    assert found.loc["interest", "role"] == "memo"
    assert found.loc["contribution-margin-3", "net_share"] == pytest.approx(160 / 380)
    assert found["stated"].dropna().tolist().count(True) == 4  # the four cost lines


def test_every_line_is_set_beside_plan_and_prior_year(
    company: pd.DataFrame, february: Period
) -> None:
    found = _month(contribution_margins(company, period=february, plan="B"))
    first = found.loc["contribution-margin-1"]
    assert (first["plan"], first["plan_variance"]) == (300.0, 0.0)
    assert pd.isna(first["plan_favorable"])  # as planned is neither
    licenses = found.loc["licenses"]
    assert (licenses["plan_variance"], licenses["plan_favorable"]) == (-20.0, False)
    assert found.loc["net-revenue", "prior_variance_rate"] == pytest.approx(180 / 200)


def test_the_result_is_the_contribution_of_the_plain_statement(
    company: pd.DataFrame, february: Period
) -> None:
    plain = pnl(company, period=february, plan="B")
    plain = plain[plain["basis"] == "period"].set_index("row_key")
    found = _month(contribution_margins(company, period=february, plan="B"))
    for key in ("net-revenue", "contribution"):
        for column in ("actual", "plan", "plan_variance", "prior_year"):
            assert found.loc[key, column] == plain.loc[key, column], (key, column)


def test_accounts_that_state_no_margin_follow_group_and_behavior(
    rows: Callable[[str], pd.DataFrame], february: Period
) -> None:
    lines = rows("""
        period  | product | line     | group           | behavior | amount
        2026-02 | Atlas   | Sales    | gross           |          |    100
        2026-02 | Atlas   | Hosting  | cost_of_revenue |          |    -10
        2026-02 | Atlas   | Servers  | cost_of_revenue | fixed    |    -11
        2026-02 |         | Bonus    | operating       | variable |    -12
        2026-02 | Atlas   | Builders | operating       |          |    -13
        2026-02 |         | Rent     | operating       | fixed    |    -14
    """).assign(version="actual")
    found = _month(contribution_margins(lines, period=february))
    assert found[found["role"] == "line"]["level"].to_dict() == {
        "sales": "net",
        "hosting": "1",
        "bonus": "2",
        "builders": "3",
        "servers": "3",
        "rent": "shared",
    }
    assert not found["stated"].fillna(value=False).any()


def test_a_line_on_two_margins_stands_twice(
    rows: Callable[[str], pd.DataFrame], february: Period
) -> None:
    lines = rows("""
        period  | account | line    | group           | margin | amount
        2026-02 | '4000'  | Sales   | gross           |        |    100
        2026-02 | '5000'  | Hosting | cost_of_revenue | 1      |    -10
        2026-02 | '5010'  | Hosting | cost_of_revenue | 3      |    -30
    """).assign(version="actual")
    found = _month(contribution_margins(lines, period=february))
    assert found["actual"].to_dict() == {
        "sales": 100.0,
        "net-revenue": 100.0,
        "hosting-1": -10.0,
        "contribution-margin-1": 90.0,
        "hosting-3": -30.0,
        "contribution-margin-3": 60.0,
        "contribution": 60.0,
    }


def _steady(amount: float = 10.0) -> pd.DataFrame:
    """Give 10 a month through 2025 and up to June 2026, and 12 a month planned for 2026."""
    actual = pd.DataFrame({"version": "actual", "period": MONTHS[:18], "amount": amount})
    plan = pd.DataFrame({"version": "B", "period": MONTHS[12:], "amount": amount + 2})
    return pd.concat([actual, plan]).assign(line="Sales", group="gross")


def test_spans_end_with_the_period(june: Period) -> None:
    found = contribution_margins(_steady(), period=june, plan="B")
    sums = found[found["step"] == "net-revenue"].set_index("span")
    assert sums["actual"].tolist()[:4] == [10.0, 30.0, 60.0, 120.0]
    assert pd.isna(sums.loc["year", "actual"])  # the year is not over
    assert sums["plan"].dropna().to_dict() == {
        "month": 12.0, "quarter": 36.0, "ytd": 72.0, "year": 144.0,
    }  # fmt: skip
    assert sums.loc["ltm", "reason"].startswith("plan: 6 of 12 months of 2025-07..2026-06")
    assert sums["prior_year"].dropna().to_dict() == {
        "month": 10.0, "quarter": 30.0, "ytd": 60.0, "year": 120.0,
    }  # fmt: skip
    assert sums["previous"].dropna().to_dict() == {"month": 10.0}
    assert (sums.loc["ltm", "first_month"], sums.loc["ltm", "last_month"]) == ("2025-07", "2026-06")


def test_the_outlook_is_actual_to_date_and_the_months_to_come(june: Period) -> None:
    late = pd.DataFrame({"version": "FC", "period": MONTHS[18:], "amount": 7.0})
    lines = pd.concat([_steady(), late.assign(line="Sales", group="gross")])
    for outlook, total, method in (
        (None, 60.0 + 72.0, "actual to 2026-06, then B"),
        ("FC", 60.0 + 42.0, "actual to 2026-06, then FC"),
    ):
        found = contribution_margins(lines, period=june, plan="B", outlook=outlook)
        year = found[found["row_key"] == "net-revenue|year"].iloc[0]
        assert (year["outlook"], year["outlook_method"]) == (total, method)
        assert year["outlook_variance"] == total - 144.0
    over = contribution_margins(_steady(), period=CALENDAR.period("2025-12"), plan="B")
    year = over[over["row_key"] == "net-revenue|year"].iloc[0]
    assert (year["actual"], year["outlook"], year["outlook_method"]) == (120.0, 120.0, "actual")


def test_eleven_months_are_no_year(june: Period) -> None:
    lines = _steady()
    lines = lines[lines["period"] != "2025-09"]
    found = contribution_margins(lines, period=june, plan="B")
    ltm = found[found["row_key"] == "net-revenue|ltm"].iloc[0]
    assert pd.isna(ltm["actual"])
    assert "actual: 11 of 12 months of 2025-07..2026-06 in the input" in ltm["reason"]


def test_a_quarter_has_no_month(june: Period) -> None:
    quarter = CALENDAR.period("2026Q2")
    found = contribution_margins(_steady(), period=quarter, plan="B")
    assert found["span"].unique().tolist() == ["quarter", "ytd", "ltm", "year"]
    sums = found.set_index("row_key")
    assert sums.loc["net-revenue|quarter", "previous"] == 30.0
    only = contribution_margins(_steady(), period=june, plan="B", spans=["ytd"])
    assert only["span"].unique().tolist() == ["ytd"]


def test_a_ledger_by_quarters_is_read_by_quarters() -> None:
    ends = ["2025-03", "2025-06", "2025-09", "2025-12", "2026-03", "2026-06"]
    stated = pd.DataFrame({"period": ends, "span": "quarter", "amount": [30.0, 31, 32, 33, 34, 35]})
    budget = pd.DataFrame({"period": ["2026-06"], "span": ["year"], "amount": [150.0]})
    lines = pd.concat([stated.assign(version="actual"), budget.assign(version="B")])
    lines = lines.assign(line="Sales", group="gross", product="A", account="4000")
    found = contribution_margins(lines, period=CALENDAR.period("2026-06"), plan="B")
    sums = found[found["step"] == "net-revenue"].set_index("span")
    assert sums["actual"].dropna().to_dict() == {
        "quarter": 35.0, "ytd": 69.0, "ltm": 32.0 + 33 + 34 + 35,
    }  # fmt: skip
    assert pd.isna(sums.loc["month", "actual"])  # a quarter is never cut
    assert sums.loc["quarter", "prior_year"] == 31.0
    assert sums.loc["year", "plan"] == 150.0
    assert sums.loc["ytd", "reason"] == "plan: stated for the year, not phased"


def test_amounts_to_date_give_twelve_months_as_differences() -> None:
    lines = pd.DataFrame(
        {"period": ["2025-06", "2025-12", "2026-06"], "span": "ytd", "amount": [50.0, 110.0, 65.0]}
    ).assign(version="actual", line="Sales", group="gross", product="A", account="4000")
    found = contribution_margins(lines, period=CALENDAR.period("2026Q2"))
    sums = found.set_index("row_key")["actual"]
    assert sums["net-revenue|ytd"] == 65.0
    assert sums["net-revenue|ltm"] == 110 - 50 + 65


@given(
    st.lists(
        st.tuples(
            st.sampled_from(MONTHS[:18]),
            st.sampled_from(COSTS),
            st.sampled_from(["A", "B", None]),
            st.integers(-(10**7), 10**7).map(lambda cents: cents / 100),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["2026-05", "2026-06", "2026Q2"]),
)
@settings(max_examples=30)
def test_lines_add_up_to_the_ledger_in_every_span(
    cells: list[tuple[str, tuple[str, str], str | None, float]], label: str
) -> None:
    rows = pd.DataFrame(
        [(m, a, g, p, x) for m, (a, g), p, x in cells],
        columns=["period", "account", "group", "product", "amount"],
    )
    every = pd.DataFrame(  # each month is there, so that each span can be read
        {"period": MONTHS[:18], "account": "4000", "group": "gross", "product": "A", "amount": 1.0}
    )
    lines = pd.concat([every, rows]).assign(version="actual", behavior="fixed")
    lines["line"] = "Account " + lines["account"]
    period = CALENDAR.period(label)
    found = contribution_margins(lines, period=period, ledger=lines[["period", "amount"]])
    ties = found[found["role"] == "tie"]
    assert len(ties) == found["span"].nunique() - 1  # all but the year, which is not over
    assert (ties["actual"] == 0.0).all()
    for span, months in (
        ("quarter", period.calendar.period("2026Q2").months[: 2 if label == "2026-05" else 3]),
        ("ltm", MONTHS[MONTHS.index(period.months[-1]) - 11 :][:12]),
    ):
        part = found[(found["span"] == span) & found["role"].isin(["line", "memo"])]
        expected = lines.loc[lines["period"].isin(months), "amount"].sum()
        assert part["actual"].sum() == pytest.approx(expected, abs=0.005)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=24, max_size=24))
@settings(max_examples=20)
def test_months_are_read_alike_with_and_without_their_span(amounts: list[int]) -> None:
    # One row stated for a year elsewhere makes the slow reader work; it must say the same.
    lines = pd.DataFrame({"period": MONTHS, "amount": [cents / 100 for cents in amounts]})
    lines = lines.assign(version="actual", line="Sales", group="gross", product="A", account="4")
    other = {"period": ["2020-12"], "span": ["year"], "amount": [1.0], "version": ["actual"]}
    other |= {"line": ["Sales"], "group": ["gross"], "product": ["A"], "account": ["4"]}
    mixed = pd.concat([lines.assign(span="month"), pd.DataFrame(other)])
    period = CALENDAR.period("2026-08")
    fast, slow = (contribution_margins(t, period=period) for t in (lines, mixed))
    pd.testing.assert_frame_equal(fast.drop(columns="reason"), slow.drop(columns="reason"))


def test_year_to_date_agrees_with_positions(company: pd.DataFrame, february: Period) -> None:
    spent = company[company["version"] == "actual"].assign(product=company["product"].fillna(""))
    spent = pd.concat([spent, spent.assign(period="2026-01")])
    budget = pd.DataFrame({"version": ["B"], "period": ["2026-02"], "amount": [0.0]})
    budget = budget.assign(product="", account="6100")
    other = position(spent, budget, period=february, plan="B", by="account", spans=["ytd"])
    known = other.set_index("account")["actual"]
    found = contribution_margins(spent, period=february).set_index("row_key")["actual"]
    assert found["rent|ytd"] == known["6100"] == -60.0


def _currency(**given: Any) -> pd.DataFrame:  # noqa: ANN401 (cells)
    row = {"product": "Atlas", "line": "Sales", "group": "gross", "currency": "USD"}
    now = {"period": "2026-02", "amount_local": 100.0, "amount": 80.0, "prior_year_rate": 0.9}
    then = {"period": "2025-02", "amount_local": 90.0, "amount": 81.0, "prior_year_rate": None}
    return pd.DataFrame([row | now | given, row | then])


def test_growth_at_constant_currency(company: pd.DataFrame, february: Period) -> None:
    found = contribution_margins(company, period=february, plan="B", currency=_currency())
    growth = _month(found)["constant_growth_rate"]
    assert growth["net-revenue"] == pytest.approx(90 / 81 - 1)  # 100 USD at 0.9, against 81
    assert growth.drop("net-revenue").isna().all()


def test_a_currency_without_rate_is_named(company: pd.DataFrame, february: Period) -> None:
    lacking = _currency(prior_year_rate=None)
    found = contribution_margins(company, period=february, plan="B", currency=lacking)
    net = _month(found).loc["net-revenue"]
    assert pd.isna(net["constant_growth_rate"])
    assert net["reason"].endswith("; no prior year rate of USD")


def test_a_difference_to_the_ledger_is_told(company: pd.DataFrame, february: Period) -> None:
    ledger = company[company["version"] == "actual"][["period", "amount"]]
    off = pd.concat([ledger, pd.DataFrame({"period": ["2026-02"], "amount": [0.02]})])
    found = contribution_margins(company, period=february, plan="B", ledger=off)
    assert _month(found).loc["difference-to-the-ledger", "actual"] == -0.02
    same = contribution_margins(company, period=february, plan="B", ledger=ledger)
    assert _month(same).loc["difference-to-the-ledger", "actual"] == 0.0


def test_nothing_gives_an_empty_table(february: Period) -> None:
    nothing = pd.DataFrame({c: pd.Series(dtype=object) for c in
                            ("version", "period", "line", "group", "amount")})  # fmt: skip
    assert contribution_margins(nothing, period=february).empty


def test_the_input_is_left_alone_and_row_order_does_not_matter(
    company: pd.DataFrame, february: Period
) -> None:
    before = company.copy()
    one = contribution_margins(company, period=february, plan="B")
    other = contribution_margins(company.iloc[::-1], period=february, plan="B")
    pd.testing.assert_frame_equal(company, before)
    pd.testing.assert_frame_equal(one, other)


def _with(company: pd.DataFrame, account: str, **given: Any) -> pd.DataFrame:  # noqa: ANN401
    changed = company.copy()
    for column, value in given.items():
        changed.loc[changed["account"] == account, column] = value
    return changed


@pytest.mark.parametrize(
    ("account", "given", "message"),
    [
        ("5000", {"margin": "4"}, "margin '4' of account '5000' is no contribution margin"),
        ("5000", {"margin": "share"}, "The closest known margin is 'shared'"),
        ("4000", {"margin": "1"}, "account '4000' is revenue and states margin '1'"),
        ("7000", {"margin": "3"}, "account '7000' stands outside the result and states margin '3'"),
        ("6000", {"group": "overhead"}, "group 'overhead' of account '6000' is no group"),
    ],
)
def test_a_margin_that_cannot_be_is_refused(
    company: pd.DataFrame, february: Period, account: str, given: dict[str, str], message: str
) -> None:
    with pytest.raises(MeasureError, match=message):
        contribution_margins(_with(company, account, **given), period=february, plan="B")


def test_an_account_on_two_margins_is_refused(company: pd.DataFrame, february: Period) -> None:
    twice = company[company["account"] == "5000"].assign(margin="2")
    with pytest.raises(MeasureError, match="account '5000' stands on margins 1 and 2") as caught:
        contribution_margins(pd.concat([company, twice]), period=february, plan="B")
    assert "Give the account one margin" in str(caught.value)


def test_what_is_unknown_is_refused_with_the_near_miss(
    company: pd.DataFrame, february: Period
) -> None:
    with pytest.raises(MeasureError, match="version 'b' is not in the statement"):
        contribution_margins(company, period=february, plan="b")
    with pytest.raises(MeasureError, match="The closest known span is 'ytd'"):
        contribution_margins(company, period=february, plan="B", spans=["ytdd"])
    with pytest.raises(MeasureError, match="span 'week' is not known"):
        contribution_margins(company.assign(span="week"), period=february, plan="B")
    bad = company.assign(amount=company["amount"].where(company.index > 0))
    with pytest.raises(MeasureError, match="1 of 11 amounts are missing"):
        contribution_margins(bad, period=february, plan="B")
    with pytest.raises(ContractError, match="column 'line' is not there"):
        contribution_margins(company.drop(columns="line"), period=february)
    with pytest.raises(ContractError, match="column 'prior_year_rate' is not there"):
        contribution_margins(
            company, period=february, plan="B", currency=_currency().drop(columns="prior_year_rate")
        )

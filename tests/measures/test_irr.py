from __future__ import annotations

import math
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import irr, mirr, npv, xirr, xnpv

FLOWS = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12)
DAY = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("values", "rate"),
    [  # numpy-financial and pyxirr, tests of irr
        ([-100, 39, 59, 55, 20], 0.28094842116),
        ([-100, 0, 0, 74], -0.09549583034),
        ([-100, 100, 0, -7], -0.08329966618),
        ([-5, 10.5, 1, -8, 1, 0, 0, 0], 0.08859833852),
        ([*[87.17] * 5, -86.43], -0.49367042606),
        ([-172545.848122807, *[787.735232517999] * 480], 0.0038401048),
        ([-70000, 12000, 15000, 18000, 21000, 26000], 0.0866309480365),  # the spreadsheet's help
    ],
)
def test_published_rates(values: list[float], rate: float) -> None:
    found = irr(values)
    assert found.rate == pytest.approx(rate, abs=1e-8)
    assert found.reason == ""


def test_several_roots_are_all_told_and_the_conservative_one_is_shown() -> None:
    found = irr([-50, -100, 600, 300, -100])  # numpy-financial issue 28: -76 % and 185 %
    assert found.rate == pytest.approx(1.8544178284561)
    assert found.roots == pytest.approx((-0.768895470681, 1.8544178284561))
    said = found.warnings["multiple_roots"]
    assert said == "present value is zero at 2 rates: −76.89 %, 185.44 %"
    assert "mixed" in found.warnings
    # 50 + 100 / 1.1 + 100 / 1.1^4 laid out, 600 x 1.1^2 + 300 x 1.1 come back
    fallback = irr([-50, -100, 600, 300, -100], hurdle_rate=0.1).mirr
    assert fallback == pytest.approx((1056 / 209.21044) ** 0.25 - 1, abs=1e-6)


def test_the_oil_pump_makes_money_at_no_rate_of_interest_yet_has_two() -> None:
    found = irr([-1600, 10000, -10000])
    assert found.roots == (0.25, 4.0)
    assert found.rate == 0.25
    assert found.warnings["against_total"] == "the rate is positive though money is lost in total"
    loan = irr([1600, -10000, 10000])
    assert loan.roots == found.roots
    assert "as the cost of a loan, though money is made" in loan.warnings["against_total"]


def test_a_profit_shows_a_rate_above_zero() -> None:
    # -(x - 1/0.95)(x - 1/1.3) and so on: roots -5 % and 30 %, and money is made in total
    found = irr([-1000 / 1.235, 1000 * (1 / 0.95 + 1 / 1.3), -1000])
    assert found.roots == pytest.approx((-0.05, 0.3))
    assert found.rate == pytest.approx(0.3)
    assert "against_total" not in found.warnings


@pytest.mark.parametrize(
    ("values", "code", "reason"),
    [
        ([1, 2, 3], "no_sign_change", "nothing was laid out"),
        ([-1, -2, -3], "total_loss", "nothing came back: a total loss"),
        ([-1000, 0], "total_loss", "nothing came back: a total loss"),
        ([], "no_sign_change", "no cash flow"),
        ([0, 0], "no_sign_change", "no cash flow"),
        ([-100, 230, -133], "no_root", "present value is zero at no rate"),
    ],
)
def test_no_rate_has_a_reason(values: list[float], code: str, reason: str) -> None:
    found = irr(values)
    assert (found.rate, found.roots, found.reason) == (None, (), reason)
    assert found.warnings == {code: reason}


def test_a_rate_that_no_number_holds() -> None:
    found = xirr([-1, 100], [DAY, DAY + timedelta(days=1)])
    assert found.rate is None
    assert found.reason == "present value is zero only at a rate too large for a number"
    assert xirr([-1e200, 1], [DAY, DAY + timedelta(days=1)]).rate == -1.0


def test_where_there_is_no_root_the_modified_rate_stands_in() -> None:
    found = irr([-100, 230, -133], hurdle_rate=0.1)
    laid_out = 100 + 133 / 1.21
    assert found.mirr == pytest.approx((230 * 1.1 / laid_out) ** 0.5 - 1)
    assert irr([-100, 110]).mirr is None


def test_rates_come_as_the_number_they_are() -> None:
    assert irr([-100, 110]).rate == 0.1
    assert irr([-1000, 3600, -4310, 1716]).roots == (0.1, 0.2, 0.3)
    assert irr([100, -100]).rate == 0.0
    assert irr(pd.Series([-100.0, 130.0])).rate == 0.3  # type: ignore[arg-type]


def test_nearly_all_is_lost() -> None:
    # numpy-financial issue 15: a root a hair above -100 %, amounts down to the smallest numbers
    flows = [-3000.0, 2.3926932267015667e-07, 4.1672087103345505e-16, 5.3965110036378706e-25]
    flows += [5.1962551071806174e-34, 3.7202955645436402e-43, 1.9804961711632469e-52]
    flows += [7.8393517651814181e-62, 2.3072565113911438e-71, 5.0491839233308912e-81]
    flows += [8.2159177668499263e-91, 9.9403244366963527e-101, 8.942410813633967e-111]
    flows += [5.9816122646481191e-121, 2.9750309031844241e-131, 1.1002067043497954e-141]
    flows += [3.0252876563518021e-152, 6.1854121948207909e-163, 9.4032980015353301e-174]
    flows += [1.0629218520017728e-184, 8.9337141847171845e-196, 5.5830607698467935e-207]
    flows += [2.5943122036622652e-218, 8.9635842466507006e-230, 2.3027710094332358e-241]
    flows += [4.3987510596745562e-253, 6.2476630372575209e-265, 6.598046841695288e-277]
    flows += [5.1811095266842017e-289, 3.0250999925830644e-301, 1.3133070599585015e-313]
    found = irr(flows)
    assert found.rate == pytest.approx(-0.9999999990596069, abs=1e-13)
    assert "near_total_loss" in found.warnings


def test_a_loss_at_the_end_does_not_hide_the_return() -> None:
    # numpy-financial issues 39 and 44, values of Google Sheets; both have a second, negative root
    flows = [-217500.0, -217500.0, 108466.80462450592]
    flows += [101129.96439328062 - 7336.84023123027 * step for step in range(24)]
    found = irr(flows)
    assert found.rate == pytest.approx(0.12)
    assert found.roots[0] < 0
    assert irr([-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1]).rate == (
        pytest.approx(1.00426, abs=1e-5)
    )


def test_a_total_of_nothing_is_a_rate_of_nothing() -> None:
    assert irr([-137600 + 0.1, *[700.0] * 208, -8000 - 0.1]).rate == 0.0


def test_dated_rates_by_day_count() -> None:
    # MathWorks, documentation of xirr
    days = [date(2007, 1, 12), date(2008, 2, 14), date(2008, 3, 3)]
    days += [date(2008, 6, 14), date(2008, 12, 1)]
    flows = [-10000, 2500, 2000, 3000, 4000]
    printed = {"act/365F": 0.1006, "act/360": 0.0992, "act/act ISDA": 0.1007}
    for name, rate in printed.items():
        found = xirr(flows, days, day_count=name)
        assert found.rate == pytest.approx(rate, abs=6e-5)
        assert found.warnings == {}
        assert xnpv(flows, days, rate=found.rate, day_count=name) == pytest.approx(0, abs=1e-8)


def test_dates_in_any_order_and_twice() -> None:
    days = [DAY, DAY + timedelta(days=365), DAY + timedelta(days=365), DAY + timedelta(days=730)]
    found = xirr([-100, 40, 20, 60.5], days)
    assert xirr([60.5, 20, -100, 40], [days[3], days[1], days[0], days[2]]) == found
    assert xirr([-100, 60, 60.5], [days[0], days[1], days[3]]) == found


def test_a_short_horizon_is_warned_of() -> None:
    found = xirr([-100, 101, 0], [DAY, DAY + timedelta(days=30), DAY + timedelta(days=400)])
    assert found.rate == pytest.approx(1.01 ** (365 / 30) - 1)
    assert found.warnings["short_horizon"].startswith("the flows span 30 days")
    assert "short_horizon" not in xirr([-100, 101], [DAY, DAY + timedelta(days=90)]).warnings


def test_flows_of_one_day_have_no_rate() -> None:
    found = xirr([-100, 110], [DAY, DAY])
    assert found.reason == "all flows fall on one day"
    netted = xirr([-100, 110, 5], [DAY, DAY, DAY + timedelta(days=5)])
    assert netted.reason == "nothing was laid out, once the flows of one day are added up"


@pytest.mark.parametrize("bad", [math.nan, math.inf, None])
def test_a_flow_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(MeasureError, match=r"values: cash flow 1 is (nan|inf)\n  -> Give 0"):
        irr([-100, bad])
    with pytest.raises(MeasureError, match="cash flow 1"):
        xirr([-100, bad], [DAY, DAY])


@pytest.mark.parametrize("bad", ["110", DAY, [110.0]])
def test_a_flow_that_is_no_amount_is_refused(bad: object) -> None:
    with pytest.raises(MeasureError, match=r"cash flow 1 is .*, which is no amount") as told:
        irr([-100, bad])  # type: ignore[list-item]
    assert "the values stand before them" in told.value.advice
    with pytest.raises(MeasureError, match=r"cash flow 0 is datetime\.date"):
        xirr([DAY, DAY], [-100, 110])  # type: ignore[list-item]


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(MeasureError, match="xirr: 2 values and 1 dates\n  -> Give one date per"):
        xirr([-100, 110], [DAY])


def test_a_hurdle_of_a_total_loss_is_refused() -> None:
    with pytest.raises(MeasureError, match=r"hurdle_rate: rate -1\.0 is not above -1"):
        irr([-100, 110], hurdle_rate=-1.0)


def test_published_modified_rates() -> None:
    # pyxirr; numpy-financial; formulajs; numpy-financial by a spreadsheet
    assert mirr([-1000, 100, 250, 500, 500], finance_rate=0.1, reinvest_rate=0.1) == pytest.approx(
        0.10401626745
    )
    assert mirr([100, 200, -50, 300, -200], finance_rate=0.05, reinvest_rate=0.06) == pytest.approx(
        0.3428, abs=5e-5
    )
    assert mirr(
        [-75000, 12000, 15000, 18000, 21000, 24000], finance_rate=0.1, reinvest_rate=0.12
    ) == pytest.approx(0.07971710360838036)


def test_one_sided_flows_have_no_modified_rate() -> None:
    with pytest.raises(MeasureError, match="mirr: nothing was laid out"):
        mirr([100, 50], finance_rate=0.1, reinvest_rate=0.1)
    with pytest.raises(MeasureError, match="mirr: nothing came back"):
        mirr([-100, -50], finance_rate=0.1, reinvest_rate=0.1)
    with pytest.raises(MeasureError, match="reinvest_rate: rate -2 is not above -1"):
        mirr([-100, 150], finance_rate=0.1, reinvest_rate=-2)


@given(values=FLOWS)
def test_present_value_is_zero_at_every_root(values: list[int]) -> None:
    found = irr(values)
    assert (found.rate is None) == (found.roots == ())
    assert (found.rate is None) == (found.reason != "")
    assert found.rate is None or found.rate in found.roots
    assert list(found.roots) == sorted(set(found.roots))
    for root in found.roots:
        moved = math.fsum(abs(flow) / (1 + root) ** step for step, flow in enumerate(values))
        assert npv(values, rate=root) == pytest.approx(0, abs=1e-9 * moved)


@given(values=FLOWS, later=st.integers(1, 5), after=st.integers(0, 5))
def test_waiting_and_idle_steps_change_no_rate(values: list[int], later: int, after: int) -> None:
    assert irr([0] * later + values + [0] * after).roots == pytest.approx(irr(values).roots)


@given(values=FLOWS)
def test_lender_and_borrower_see_the_same_rates(values: list[int]) -> None:
    assert irr([-value for value in values]).roots == irr(values).roots
    assert irr([-value for value in values]).rate == irr(values).rate


@given(values=FLOWS)
def test_a_year_of_365_days_is_a_step(values: list[int]) -> None:
    days = [DAY + timedelta(days=365 * step) for step in range(len(values))]
    assert xirr(values, days).roots == pytest.approx(irr(values).roots)


@given(
    outlay=st.floats(1, 1e6),
    rate=st.floats(-0.9, 3.0),
    steps=st.integers(1, 30),
)
def test_money_that_grows_at_a_rate_returns_it(outlay: float, rate: float, steps: int) -> None:
    flows = [-outlay, *[0.0] * (steps - 1), outlay * (1 + rate) ** steps]
    assert irr(flows).rate == pytest.approx(rate, abs=1e-9)
    assert mirr(flows, finance_rate=0.1, reinvest_rate=0.2) == pytest.approx(rate, abs=1e-9)

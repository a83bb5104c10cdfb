from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import (
    discounted_payback,
    equivalent_annual_annuity,
    npv,
    payback,
    profitability_index,
    xnpv,
)

if TYPE_CHECKING:
    from pathlib import Path

FLOWS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def test_published_npv_with_the_first_flow_today() -> None:
    # pyxirr tests/test_periodic.rs; 510.52: Keown et al., profitability index lecture
    assert npv([-40000, 5000, 8000, 12000, 30000], rate=0.08) == pytest.approx(3065.222668179)
    assert npv([-900, 300, 400, 400, 500, 600], rate=0.15) == pytest.approx(510.52, abs=0.01)


def test_the_spreadsheet_convention_is_one_step_later() -> None:
    # formulajs test/financial.js; ExcelFinancialFunctions npv.test
    assert npv([12000, 15000, 18000, 21000, 24000], rate=0.12) / 1.12 == pytest.approx(
        62448.362521940246
    )
    assert npv([-200, 0, 10, -10, 300], rate=-0.1) / 0.9 == pytest.approx(284.3062541279)


def test_published_dated_npv() -> None:
    # the spreadsheet vendor's documentation example
    days = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30)]
    days += [date(2009, 2, 15), date(2009, 4, 1)]
    flows = [-10000, 2750, 4250, 3250, 2750]
    assert xnpv(flows, days, rate=0.09) == pytest.approx(2086.647602, abs=1e-4)


def test_published_payback() -> None:
    # wizedu.com 1349730; currentessays.com, discounted at 9 %
    assert payback([-344278, 28600, 50000, 58000, 408000]) == pytest.approx(3.509014706)
    flows = [-5100, 1280, 2480, 1680, 1680, 1480, 1280]
    assert payback(flows, rate=0.09) == pytest.approx(3.45, abs=0.01)


def test_money_that_never_comes_back_has_no_payback() -> None:
    with pytest.raises(MeasureError, match="never comes back"):
        payback([-10000, *[2600] * 6], rate=0.15)
    with pytest.raises(MeasureError, match="nothing was laid out"):
        payback([100, 100])


def test_every_published_case_of_these_functions(shared: Path) -> None:
    names = {"npv": npv, "payback": payback, "discounted_payback": payback}
    with (shared / "data" / "finance" / "cases.csv").open(encoding="utf-8", newline="") as lines:
        cases = [case for case in csv.DictReader(lines) if case["function"] in names]
    assert len(cases) >= 5
    for case in cases:
        given_, wanted = json.loads(case["inputs"]), json.loads(case["expected"])
        values, rate = given_["values"], given_.get("rate", 0.0)
        if wanted is None:
            with pytest.raises(MeasureError):
                names[case["function"]](values, rate=rate)
            continue
        off = float(case["tolerance"])
        room = max(off, 1e-9) * max(1.0, abs(wanted)) if off < 1e-3 else off
        assert names[case["function"]](values, rate=rate) == pytest.approx(wanted, abs=room)


@pytest.mark.parametrize(
    ("values", "rate", "what"),
    [
        ([], 0.1, "no cash flow"),
        ([1.0, float("nan")], 0.1, "cash flow 1 is nan"),
        ([1.0], -1.0, "rate -1.0 is not above -1"),
    ],
)
def test_what_has_no_present_value_is_refused(values: list[float], rate: float, what: str) -> None:
    with pytest.raises(MeasureError, match=what):
        npv(values, rate=rate)


def test_a_date_for_every_flow() -> None:
    with pytest.raises(MeasureError, match="1 values and 0 dates"):
        xnpv([1.0], [], rate=0.1)


@given(values=FLOWS, rate=st.floats(-0.5, 2.0), times=st.floats(-10, 10))
def test_present_value_scales_with_its_currency(
    values: list[float], rate: float, times: float
) -> None:
    scale = sum(abs(value) / (1 + rate) ** step for step, value in enumerate(values)) + 1
    scaled = npv([value * times for value in values], rate=rate)
    assert scaled == pytest.approx(npv(values, rate=rate) * times, abs=1e-9 * scale * 10)


@given(values=FLOWS)
def test_without_interest_present_value_is_the_sum(values: list[float]) -> None:
    assert npv(values, rate=0.0) == pytest.approx(sum(values), abs=1e-6)


def test_published_discounted_payback() -> None:
    # ixl.com, at 11 %; the money is back exactly at the rate of return
    assert discounted_payback([-210, 85, 75, 85, 105], rate=0.11) == pytest.approx(3.15, abs=0.005)
    assert discounted_payback([-100, 60, 72], rate=0.2) == pytest.approx(2.0)
    assert discounted_payback([-100, 60, 72], rate=0.0) == payback([-100, 60, 72])
    with pytest.raises(MeasureError, match="never comes back"):
        discounted_payback([-100, 60, 72], rate=0.21)


def test_rounding_does_not_lose_the_last_cent_of_a_payback() -> None:
    assert payback([-0.3, 0.1, 0.1, 0.1]) == pytest.approx(3.0)
    assert payback([-100.1, *[14.3] * 7]) == pytest.approx(7.0)


def test_published_profitability_index() -> None:
    # Keown et al.: 1.57
    flows = [-900, 300, 400, 400, 500, 600]
    assert profitability_index(flows, rate=0.15) == pytest.approx(1.57, abs=0.005)
    with pytest.raises(MeasureError, match="the first flow is 900, no outlay"):
        profitability_index([900, -300], rate=0.15)


def test_published_equivalent_annual_annuity() -> None:
    # vcalc.com; server B of a lecture
    assert equivalent_annual_annuity(3_000_000, rate=0.1, n=5) == pytest.approx(791392.44, abs=0.01)
    assert equivalent_annual_annuity([-7000, -2000, -2000], rate=0.1) == pytest.approx(-6033, abs=1)
    assert equivalent_annual_annuity(900, rate=0, n=3) == 300
    with pytest.raises(MeasureError, match="n: how many steps the annuity has is not given"):
        equivalent_annual_annuity(900, rate=0.1)
    with pytest.raises(MeasureError, match="n: 0 steps"):
        equivalent_annual_annuity([900], rate=0.1)


@given(values=FLOWS, rate=st.floats(0.001, 2.0))
def test_an_index_above_one_is_a_present_value_above_zero(values: list[float], rate: float) -> None:
    flows = [-1000.0, *values]
    excess = profitability_index(flows, rate=rate) - 1
    assert excess * 1000 == pytest.approx(npv(flows, rate=rate), abs=1e-3)


@given(values=FLOWS, rate=st.floats(0.001, 2.0), n=st.integers(1, 40))
def test_an_equal_annuity_is_worth_as_much(values: list[float], rate: float, n: int) -> None:
    worth = npv(values, rate=rate)
    equal = equivalent_annual_annuity(values, rate=rate, n=n)
    assert npv([0.0] + [equal] * n, rate=rate) == pytest.approx(worth, abs=1e-6)


def test_what_no_number_holds_is_refused() -> None:
    with pytest.raises(MeasureError, match="1 at time 400 is worth more than any number"):
        npv([0.0] * 400 + [1.0], rate=-0.99)
    assert npv([1.0] + [0.0] * 5000 + [1.0], rate=1.0) == 1.0


def test_dated_present_value_by_day_count() -> None:
    days = [date(2021, 1, 1), date(2020, 1, 1)]  # 366 days, in any order
    assert xnpv([110, -100], days, rate=0.1, day_count="act/act ISDA") == pytest.approx(0)
    assert xnpv([110, -100], days, rate=0.1) == pytest.approx(110 / 1.1 ** (366 / 365) - 100)
    with pytest.raises(MeasureError, match="day count 'actual' is not known"):
        xnpv([110, -100], days, rate=0.1, day_count="actual")

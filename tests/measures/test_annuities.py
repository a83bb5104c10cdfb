from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import annuity_rate, fv, nper, pmt, pv

if TYPE_CHECKING:
    from collections.abc import Callable

RATES = st.floats(-0.05, 0.3)
PAYMENTS = st.floats(-1e4, 1e4)
WHENS: list[Literal["end", "begin"]] = ["end", "begin"]
WHEN = st.sampled_from(WHENS)


@pytest.mark.parametrize(
    ("function", "inputs", "answer"),
    [  # numpy-financial, pyxirr and the spreadsheet's own help
        (pmt, {"rate": 0.08 / 12, "nper": 60, "pv": 15000}, -304.145914),
        (pmt, {"rate": 0.08 / 12, "nper": 10, "pv": 10000}, -1037.0320893),
        (pmt, {"rate": 0.08 / 12, "nper": 10, "pv": 10000, "when": "begin"}, -1030.1643271),
        (pmt, {"rate": 0.06 / 12, "nper": 18 * 12, "pv": 0, "fv": 50000}, -129.0811609),
        (pmt, {"rate": 0, "nper": 180, "pv": 200_000}, -1111.1111111),
        (pv, {"rate": 0.08 / 12, "nper": 240, "pmt": 500}, -59777.1458512),
        (pv, {"rate": 0.07, "nper": 20, "pmt": 12000, "fv": 0}, -127128.1709462),
        (pv, {"rate": 0, "nper": 120, "pmt": -100, "fv": 15692.93}, -3692.93),
        (pv, {"rate": 0.05 / 12, "nper": 120, "pmt": -100, "fv": 15692.93}, -100.0006713162),
        (
            pv,
            {"rate": 0.05 / 12, "nper": 120, "pmt": -100, "fv": 15692.93, "when": "begin"},
            -60.71677534615,
        ),
        (fv, {"rate": 0.05 / 12, "nper": 120, "pmt": -100, "pv": -100}, 15692.9288943357),
        (
            fv,
            {"rate": 0.05 / 12, "nper": 120, "pmt": -100, "pv": -100, "when": "begin"},
            15757.6298441047,
        ),
        (fv, {"rate": 0, "nper": 120, "pmt": -100, "pv": -100}, 12100.0),
        (nper, {"rate": 0.075, "pmt": -2000, "pv": 0, "fv": 100_000}, 21.544944197),
        (nper, {"rate": 0.07 / 12, "pmt": -150, "pv": 8000}, 64.0733487707),
        (nper, {"rate": 0, "pmt": -2000, "pv": 0, "fv": 100_000}, 50.0),
        (annuity_rate, {"nper": 10, "pmt": 0, "pv": -3500, "fv": 10000}, 0.1106908537),
        (annuity_rate, {"nper": 48, "pmt": -200, "pv": 8000}, 0.0077014725),
    ],
)
def test_published_annuities(
    function: Callable[..., float], inputs: dict[str, Any], answer: float
) -> None:
    assert function(**inputs) == pytest.approx(answer, rel=1e-6)


@given(rate=RATES, periods=st.integers(1, 400), paid=PAYMENTS, start=PAYMENTS, when=WHEN)
def test_the_equation_closes_whichever_is_solved_for(
    rate: float, periods: int, paid: float, start: float, when: Literal["end", "begin"]
) -> None:
    end = fv(rate=rate, nper=periods, pmt=paid, pv=start, when=when)
    grown = (1 + rate) ** periods
    size = (abs(start) + abs(paid) * periods + 1) * max(1, grown)
    again = pv(rate=rate, nper=periods, pmt=paid, fv=end, when=when)
    assert again == pytest.approx(start, abs=1e-9 * size / grown)
    payment = pmt(rate=rate, nper=periods, pv=start, fv=end, when=when)
    assert payment == pytest.approx(paid, abs=1e-9 * size)


@given(rate=st.floats(0.0, 0.2), periods=st.integers(1, 300), loan=st.floats(1, 1e6), when=WHEN)
def test_a_loan_knows_its_length_and_its_rate(
    rate: float, periods: int, loan: float, when: Literal["end", "begin"]
) -> None:
    if rate * periods > 20:
        return  # the payment is the interest to all digits, and says no more about the length
    payment = pmt(rate=rate, nper=periods, pv=loan, when=when)
    length = nper(rate=rate, pmt=payment, pv=loan, when=when)
    assert length == pytest.approx(periods, rel=1e-5)
    if periods > 1:
        found = annuity_rate(nper=periods, pmt=payment, pv=loan, when=when)
        assert found == pytest.approx(rate, abs=1e-9)


@given(rate=RATES, periods=st.integers(1, 60), paid=PAYMENTS)
def test_payments_at_the_beginning_earn_one_period_more(
    rate: float, periods: int, paid: float
) -> None:
    late = fv(rate=rate, nper=periods, pmt=paid)
    early = fv(rate=rate, nper=periods, pmt=paid, when="begin")
    assert early == pytest.approx(late * (1 + rate))


def test_a_rate_near_zero_is_as_good_as_zero() -> None:
    assert fv(rate=1e-14, nper=360, pmt=-1, pv=0) == pytest.approx(360, rel=1e-11)
    assert pmt(rate=1e-14, nper=360, pv=360) == pytest.approx(-1, rel=1e-11)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nper(rate=0.1, pmt=-100, pv=1000), "nper: the payments never get there"),
        (lambda: nper(rate=0.1, pmt=-90, pv=1000), "nper: the payments never get there"),
        (lambda: nper(rate=0, pmt=0, pv=1000), "nper: nothing is paid and nothing grows"),
        (lambda: annuity_rate(nper=12, pmt=400, pv=1e4), "annuity_rate: nothing was laid out"),
        (lambda: annuity_rate(nper=0, pmt=400, pv=-1e4), "nper: 0 is no number of payments"),
        (lambda: pmt(rate=0.1, nper=0, pv=1000), "nper: there is no payment in 0 periods"),
        (lambda: pmt(rate=-1, nper=1, pv=1000), "rate: rate -1 is not above -1"),
        (lambda: pv(rate=0.1, nper=math.nan, pmt=1), "nper: nper is nan"),
        (lambda: fv(rate=10, nper=400, pmt=1), "1 grows beyond any number in 400 periods at 10"),
        (lambda: fv(rate=0.1, nper=4, pmt=1, when="start"), "when: 'start' is no time of payment"),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_answer_says_why(call: Callable[[], float], said: str) -> None:
    with pytest.raises(MeasureError) as told:
        call()
    assert said in str(told.value)
    assert told.value.advice

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.contracts.profiles import Level, divided, even, season, shared, weekly
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()
TOURS = [5, 5, 5, 10, 10, 20, 20, 10, 5, 5, 3, 2]  # percent, worked by hand
TOURED = tuple(weight * 10**7 for weight in TOURS)


def _year(year: int, weights: list[int]) -> dict[str, int]:
    return {f"{year}-{month:02d}": weight for month, weight in enumerate(weights, start=1)}


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_stay_within_a_unit_of_their_share(total: int, weights: list[int]) -> None:
    until = [sum(weights[:place]) for place in range(len(weights) + 1)]
    parts = divided(total, until)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) <= 1
        assert weight or not part


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ([0.5, 0.5], "2 shares were given; give one for each of the twelve fiscal months"),
        ([0.1] * 12, "the shares add up to 1.2, not to 1"),
        ([-0.1, 0.2] + [0.09] * 10, "share -0.1 is below zero"),
        ([float("nan")] * 12, "share nan is below zero"),
    ],
)
def test_shares_that_are_no_whole_are_refused(shares: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        shared(shares)


def test_weeks_of_a_quarter_and_of_a_year_of_53_weeks() -> None:
    assert weekly("5-4-4").running(2, 3) == ([0, 5, 9, 13], "")
    apple = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    year = weekly("4-4-5", apple.weeks_of_year(2023))  # 53 weeks: the week is the last month's
    assert year.running(11, 12)[0][-2:] == [47, 53]


def test_a_stretch_that_counts_nothing_is_even_and_says_so() -> None:
    summer = shared([0] * 3 + [0.5, 0.5, 0] + [0] * 6)
    assert summer.running(5, 3) == ([0, 500_000_000, 1_000_000_000, 1_000_000_000], "")
    assert summer.running(2, 3) == ([0, 1, 2, 3], "nothing counts in these months by it")


def _season(levels: list[Level], known: dt.date, years: int = 3) -> tuple[tuple[int, ...], str]:
    labels = [("tours",), ("income",)][: len(levels)]
    found = season(levels, labels, calendar=CALENDAR, known=known, years=years)
    return found.weights, found.why or found.how


def test_whole_years_known_by_the_day_make_a_season() -> None:
    history = _year(2023, [1] * 12) | _year(2024, TOURS) | _year(2025, [7] * 11 + [0])
    level = Level("their account", {("tours",): history})
    # in December 2025 that year is not over: the two before it count, each alike
    weights, how = _season([level], dt.date(2025, 12, 11))
    assert how == "in their months by the season of their account in FY2023 to FY2024"
    assert weights == tuple(round((w / 100 + 1 / 12) / 2 * 10**9) for w in TOURS)
    assert _season([level], dt.date(2025, 12, 11), years=1)[0] == TOURED
    assert _season([level], dt.date(2025, 12, 31), years=1)[0] == (round(10**9 / 11),) * 11 + (0,)


def test_without_a_whole_year_the_last_twelve_months_do() -> None:
    # July to December 2024 are the first half of TOURS, January to June 2025 the second
    history = {f"2024-{m:02d}": TOURS[m - 7] for m in range(7, 13)}
    history |= {f"2025-{m:02d}": TOURS[m + 5] for m in range(1, 7)}
    weights, how = _season([Level("their account", {("tours",): history})], dt.date(2025, 7, 4))
    assert weights == TOURED[6:] + TOURED[:6]
    assert how.endswith("in the twelve months to 2025-06")


def test_a_line_that_tells_too_little_is_pooled_and_says_so() -> None:
    once = Level("their account", {("tours",): {"2024-05": 100}})
    group = Level("the accounts of their group", {("income",): _year(2024, TOURS)})
    weights, how = _season([once, group], dt.date(2025, 1, 15))
    assert weights == TOURED
    assert how.endswith("the accounts of their group in FY2024, too little is known of their own")
    twice = Level("their account", {("tours",): {"2023-05": 100, "2024-05": 100}})
    both = Level("their group", {("income",): _year(2023, TOURS) | _year(2024, TOURS)})
    assert _season([twice, both], dt.date(2025, 1, 15))[0] == (0,) * 4 + (10**9,) + (0,) * 7


def test_months_of_both_signs_are_no_season() -> None:
    mixed = Level("their account", {("tours",): _year(2024, [10] * 11 + [-5])})
    weights, why = _season([mixed], dt.date(2025, 1, 15))
    assert (weights, why) == (even().weights, "no season can be read in FY2024")
    turned = Level("their account", {("tours",): _year(2024, [-w for w in TOURS])})
    assert _season([turned], dt.date(2025, 1, 15))[0] == TOURED


def test_no_history_is_even_with_its_reason() -> None:
    short = Level("their account", {("tours",): {f"2025-{m:02d}": 5 for m in range(1, 12)}})
    for level, day in (
        (short, dt.date(2025, 12, 11)),
        (Level("their account", {}), dt.date(2025, 12, 11)),
        (Level("their account", {("tours",): _year(2026, TOURS)}), dt.date(2025, 12, 11)),
    ):
        assert _season([level], day) == (
            even().weights,
            "no twelve months of actuals were known by 2025-12-11",
        )

from __future__ import annotations

import pytest

from pfkit.errors import ParameterError
from pfkit.measures.coherent.spans import read_span, spans_of
from pfkit.measures.fleet.periods import period_label
from pfkit.period import FiscalCalendar

JULY = 2026 * 12 + 6


@pytest.mark.parametrize("year_start", range(1, 13))
@pytest.mark.parametrize("start", [JULY, JULY + 1, JULY + 8])
def test_quarters_and_years_are_those_of_the_fiscal_calendar(year_start: int, start: int) -> None:
    calendar = FiscalCalendar(year_start=year_start)
    spans = spans_of(start, 30, season=12, year_start=year_start, whole=True, begun=True)
    ahead = {period_label(12, start + k) for k in range(30)}
    longer = {calendar.quarter_of(month) for month in ahead}
    longer |= {calendar.period(month).year.label for month in ahead}
    last = period_label(12, start + 29)
    whole = {label for label in longer if calendar.period(label).months[-1] <= last}
    assert {span.label for span in spans.rows if span.grain != "month"} == whole
    for span in spans.rows:
        months = calendar.period(span.label).months
        assert (period_label(12, span.first), period_label(12, span.last)) == (
            months[0],
            months[-1],
        )
        found = read_span(span.label, season=12, year_start=year_start)
        assert found == span


def test_only_whole_quarters_and_years_stand_unless_begun_ones_are_asked_for() -> None:
    whole = spans_of(JULY + 1, 5, season=12, year_start=1, whole=True, begun=False)
    begun = spans_of(JULY + 1, 5, season=12, year_start=1, whole=True, begun=True)
    assert [span.label for span in whole.rows if span.grain != "month"] == ["2026Q4"]
    labels = [span.label for span in begun.rows if span.grain != "month"]
    assert labels == ["2026Q3", "2026Q4", "FY2026"]
    assert begun.sums[-1].tolist() == [1, 1, 1, 1, 1]
    assert begun.begun(begun.rows[-1])


def test_a_span_that_ends_beyond_the_horizon_does_not_stand() -> None:
    spans = spans_of(JULY, 4, season=12, year_start=1, whole=True, begun=True)
    assert [span.label for span in spans.rows][4:] == ["2026Q3"]


def test_quarters_are_fiscal_quarters_already() -> None:
    spans = spans_of(2026 * 4, 4, season=4, year_start=1, whole=True, begun=False)
    assert [span.label for span in spans.rows] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "FY2026"]
    with pytest.raises(ParameterError, match="year_start 7 says nothing of quarters"):
        spans_of(2026 * 4, 4, season=4, year_start=7, whole=True, begun=False)


def test_a_year_starts_in_a_month() -> None:
    with pytest.raises(ParameterError, match="year_start 13 is no month"):
        spans_of(JULY, 4, season=12, year_start=13, whole=True, begun=False)


@pytest.mark.parametrize("text", ["soon", "2026-13", ""])
def test_what_is_no_period_is_none(text: str) -> None:
    assert read_span(text, season=12, year_start=1) is None


def test_a_month_is_no_period_of_quarters() -> None:
    assert read_span("2026-07", season=4, year_start=1) is None

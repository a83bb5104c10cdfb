from __future__ import annotations

import pytest

from pfkit.conform.numbers import both, numeral, plain


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1234.5", "1234.5", None),
        ("1234,5", None, "1234.5"),
        ("1.234", "1.234", "1234"),
        ("1,234", "1234", "1.234"),
        ("0.123", "0.123", None),
        ("1.234,56", None, "1234.56"),
        ("1,234.56", "1234.56", None),
        ("1.234.567", None, "1234567"),
        ("12,34,567.00", "1234567", None),
        ("1'234.50", "1234.5", None),
        ("1\u00a0234,50", None, "1234.5"),
        ("1\u202f234", "1234", "1234"),
        ("(12.50)", "-12.5", None),
        ("12.50-", "-12.5", None),
        ("\u221212.50", "-12.5", None),
        ("$1,234.50", "1234.5", None),
        ("EUR 12,50", None, "12.5"),
        ("(€5)", "-5", "-5"),
        ("007", "7", "7"),
    ],
)
def test_a_number_has_the_readings_its_marks_allow(
    text: str, point: str | None, comma: str | None
) -> None:
    found = {mark: plain(value) for mark, value in numeral(text).readings.items()}
    assert (found.get("."), found.get(",")) == (point, comma)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.23.45", "two decimal marks"),
        ("1,23", ""),
        ("12,34.5", "two decimal marks"),
        ("NaN", "not a finite number"),
        ("-inf", "not a finite number"),
        ("-", "a value that is not there"),
        ("n/a", "a value that is not there"),
        ("12%", "a percentage"),
        ("(-5)", "two signs"),
        ("5 CR", "a side of the account"),
        ("1.23457E+12", "cut off"),
        ("12,5O", "letters or signs"),
        ("١٢٣", "another script"),
        ("", "empty"),
    ],
)
def test_what_is_no_number_says_why(text: str, reason: str) -> None:
    assert reason in numeral(text).reason


def test_both_readings_are_shown() -> None:
    assert both(numeral("1,234")) == (
        "1234 (point as decimal mark) or 1.234 (comma as decimal mark)"
    )

from __future__ import annotations

import re

import pandas as pd
import pytest

from pfkit.present import look
from pfkit.present.look import MISSING, THIN, Scale, money_scale, number, rate


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("role", "least"),
    [
        ("ink", 4.5),
        ("muted", 4.5),
        ("accent", 4.5),
        ("red", 4.5),
        ("amber", 4.5),
        ("unfavorable-ink", 4.5),
        ("favorable", 4.5),
        ("actual", 3.0),
        ("previous", 3.0),
        ("unfavorable", 3.0),
        ("interval", 3.0),
    ],
)
def test_every_color_can_be_read_on_its_page(role: str, least: float, page: int) -> None:
    assert contrast(look.PALETTE[role][page], look.PALETTE["page"][page]) >= least


def test_grey_print_keeps_favorable_and_unfavorable_apart() -> None:
    favorable = luminance(look.PALETTE["favorable"][0])
    assert luminance(look.PALETTE["unfavorable"][0]) >= 2.5 * favorable


def test_the_style_sheet_holds_the_palette() -> None:
    css = (look.FONTS.parent / "report.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)", 1)
    for role, (day, night) in look.PALETTE.items():
        assert f"--pf-{role}: {day};" in light
        assert f"--pf-{role}: {night};" in dark


def test_the_style_sheet_recolors_every_role_a_drawing_may_use() -> None:
    css = (look.FONTS.parent / "report.css").read_text(encoding="utf-8")
    for role in look.PALETTE:
        for name in ("fill", "stroke"):
            rule = rf"\.pf-{name[0]}-{role}[^{{}}]*{{ {name}: var\(--pf-{role}\); }}"
            assert re.search(rule, css), f"{role}: no {name} on a dark page"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, f"1{THIN}234.5"),
        (-7092800.0, f"\N{MINUS SIGN}7{THIN}092{THIN}800.0"),
        (0.04, "0.0"),
        (-0.04, "0.0"),
        (None, MISSING),
        (pd.NA, MISSING),
        (float("nan"), MISSING),
        (float("inf"), MISSING),
    ],
)
def test_a_number_has_a_true_minus_and_narrow_thousands(value: object, text: str) -> None:
    assert number(value, decimals=1) == text


def test_only_a_variance_carries_a_plus_sign() -> None:
    assert (number(5), number(5, signed=True), number(0, signed=True)) == ("5", "+5", "0")


def test_halves_go_to_the_even_digit_as_they_are_written() -> None:
    assert [number(v, decimals=2) for v in (2.675, 2.665, 0.125)] == ["2.68", "2.66", "0.12"]


def test_a_rate_is_printed_as_percent() -> None:
    assert rate(0.105) == "10.5"
    assert rate(-0.0273, signed=True) == "\N{MINUS SIGN}2.7"


@pytest.mark.parametrize(
    ("largest", "scale"),
    [
        (0, Scale(1, 0, "EUR")),
        (9_999, Scale(1, 0, "EUR")),
        (10_000, Scale(1000, 1, "kEUR")),
        (9_999_999, Scale(1000, 1, "kEUR")),
        (17_000_000, Scale(1000, 0, "kEUR")),
        (1e9, Scale(1_000_000, 1, "mEUR")),
    ],
)
def test_the_largest_amount_chooses_the_unit(largest: float, scale: Scale) -> None:
    assert money_scale([1.0, -largest, None], "EUR") == scale


def test_a_headline_has_few_digits() -> None:
    assert money_scale([5_600_112.4], "EUR", headline=True).amount(5_600_112.4) == "5.60"

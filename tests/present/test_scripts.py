"""Names from right to left stand beside numbers without moving them."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from pfkit.present import paper
from pfkit.present.scripts import RIGHT_TO_LEFT_MARK, html, label, names_in, parts

ATLAS, FERRY, LIGHT = "אטלס", "מעבורת 2", "אור (בטא)"


@pytest.mark.parametrize("text", ["Atlas +5.2", "Φως Ωμέγα −3", "Каденция", "中継サービス", ""])
def test_a_text_from_left_to_right_is_left_alone(text: str) -> None:
    assert parts(text) == ([(text, "")] if text else [])
    assert html(text) == text
    assert label(text) == text


def test_the_number_after_a_name_stays_outside_its_island() -> None:
    text = f"Driver: {ATLAS} +247.7, all else −3."
    assert parts(text) == [("Driver: ", ""), (ATLAS, "rtl"), (" +247.7, all else −3.", "")]


def test_the_figure_of_a_known_name_stays_inside() -> None:
    assert parts(f"{FERRY} +5.0", [FERRY]) == [(FERRY, "rtl"), (" +5.0", "")]


def test_two_names_with_a_number_between_them_are_two_islands() -> None:
    assert [t for t, d in parts(f"{ATLAS} −5, {LIGHT} 3") if d] == [ATLAS, LIGHT]


def test_a_bracket_opened_in_a_name_is_closed_in_it() -> None:
    assert parts(f"{LIGHT}: 3") == [(LIGHT, "rtl"), (": 3", "")]


@pytest.mark.parametrize(
    "text", [f"a {ATLAS} b", f"{FERRY} {LIGHT}", "خدمة 5G", f"{ATLAS}: {ATLAS} ({ATLAS})"]
)
def test_the_parts_are_the_text(text: str) -> None:
    assert "".join(part for part, _ in parts(text, [FERRY])) == text


def test_html_escapes_inside_and_outside_an_island() -> None:
    assert html('<א"ב> & c') == '&lt;<bdi dir="rtl">א&quot;ב</bdi>&gt; &amp; c'


def test_typst_gets_strings_and_islands() -> None:
    assert paper.words("Net") == '"Net"'
    assert paper.words(f"{ATLAS} +1") == f'(pf-island("{ATLAS}", rtl) + " +1")'


def test_names_are_cells_and_no_sentences() -> None:
    frame = pd.DataFrame(
        {
            "row_key": ["a", "b", "c"],
            "what": [ATLAS, FERRY, f"{ATLAS}: continue, or stop after the second phase"],
            "amount": [1.0, 2.0, 3.0],
        }
    )
    assert names_in(frame) == (FERRY, ATLAS)


def test_a_label_from_right_to_left_keeps_its_figure_on_its_side() -> None:
    assert label(FERRY) == FERRY + RIGHT_TO_LEFT_MARK
    assert label(f"Atlas {ATLAS}") == f"Atlas {ATLAS}"


def test_a_long_text_is_cut_in_one_pass() -> None:
    text = f"{ATLAS} 5 " * 20_000
    assert "".join(part for part, _ in parts(text)) == text
    assert re.sub(r"</?bdi[^>]*>", "", html(text)) == text


def test_numbers_with_thin_spaces_stay_on_one_line() -> None:
    told = "1\N{THIN SPACE}204 a month, one\N{THIN SPACE}two"
    kept = "1\N{NARROW NO-BREAK SPACE}204 a month, one\N{THIN SPACE}two"
    assert html(told) == kept
    assert paper.words(told) == f'"{kept}"'

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.conform.checks import Checks


def checks(*states: str) -> Checks:
    names = ["control", "source", "period", "expected", "actual", "difference", "state", "detail"]
    rows = [["Balance", "<b>", "2026-01", 1.0, 1.0, 0.0, state, "ok"] for state in states]
    return Checks(pd.DataFrame(rows, columns=names), pd.DataFrame())


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (("green", "amber", "red"), "red"),
        (("green", "amber"), "amber"),
        (("green",), "green"),
        ((), "green"),
    ],
)
def test_the_state_is_the_worst_of_all(states: tuple[str, ...], worst: str) -> None:
    assert checks(*states).state == worst


def test_checks_show_themselves_as_text_and_as_a_safe_table() -> None:
    shown = checks("amber")
    assert repr(shown).startswith("checks: amber\n")
    assert "Balance" in repr(shown)
    html = shown._repr_html_()
    assert html.startswith("<p>checks: amber</p><table")
    assert "&lt;b&gt;" in html
    assert list(shown.frame()["state"]) == ["amber"]

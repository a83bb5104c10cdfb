from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.present import tables
from tests.present.figures.test_attribution import held, made
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

PATHS = pd.DataFrame(
    {"path": ["search > export", "export"], "gained": [2, 1], "value": [600.0, 400.0]}
)
RULES = ["first", "last", "linear"]


def test_rules_stand_beside_what_was_caused(about: About, compiled: Callable[..., bytes]) -> None:
    credit = pf.credit_rules(PATHS, rules=RULES, value="value")
    shown = tables.credit_rules(credit, made(), about=about)
    # first: 600 to search, 400 to export; last: all to export; linear: 300 each, and 400
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["export", "3", "400", "1 000", "700", "3 000", "2 000 to 4 000", "supported"],
        ["search", "2", "600", "0", "300", "500", "-100 to 1 200", "randomized"],
        ["Total", "3", "1 000", "1 000", "1 000", "–", "", ""],
    ]
    assert plain(shown.message) == (
        "Rules credit export with anything from 400 to 1 000 EUR; it caused 3 000 (90 %: 2 000 to "
        "4 000)"
    )
    assert "credit, not cause" in shown.title
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_without_attribution_nothing_is_said_of_cause(about: About) -> None:
    credit = pf.credit_rules(PATHS, rules=RULES)
    shown = tables.credit_rules(credit, money=False, about=about)
    assert plain(shown.message) == (
        "Rules credit export with anything from 1.0 to 3.0 gains; none of them says what it caused"
    )
    assert held(shown)
    one = pf.credit_rules(PATHS.head(1), rules=["first"])
    message = plain(tables.credit_rules(one, money=False, about=about).message)
    assert message == "Rules credit export with 0.0 gains alike; none of them says what it caused"


def test_paths_without_a_gain_are_one_line(about: About) -> None:
    lost = PATHS.assign(gained=0, value=0.0, lost=5)
    credit = pf.credit_rules(lost, rules=RULES, value="value", lost="lost")
    shown = tables.credit_rules(credit, about=about)
    assert shown.kind == "note"
    assert "credit rules have nothing to share out" in shown.message

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.present import figures, tables
from tests.measures.test_roadmap import JUNE, came, launched, outlook, planned
from tests.present.figures.test_attribution import held
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

AHEAD = [f"2026-{k:02d}" for k in range(7, 13)]


def projected() -> pf.Roadmap:
    before = pd.concat([launched(), came(["2026-05"], ["2026-05"], 600.0)])
    return pf.roadmap(planned(), before, outlook(AHEAD), period=JUNE, horizon=6)


def test_outlook_and_roadmap_stand_side_by_side(
    about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.roadmap(projected(), about=about)
    # August on: 100 promised, 80 likely; a release of 50 a month came in May, so again in November
    assert [[plain(cell) for cell in row] for row in shown.printed] == [
        ["2026-07 to 2026-09", "1 500", "200", "160", "0", "160", "1 660"],
        ["2026-10 to 2026-12", "1 500", "300", "240", "80", "160", "1 660"],
        ["Total", "3 000", "500", "400", "80", "320", "3 320"],
    ]
    assert plain(shown.message) == (
        "1 planned release is promised to add 500 EUR and likely to add 400, as earlier promises "
        "came to 80.0 % (80 %: 80.0 % to 80.0 %); +320 EUR of it is beyond what the outlook "
        "carries on"
    )
    assert any("haircut from 6 promises" in note for note in shown.notes)
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_each_planned_release_is_drawn(about: About, compiled: Callable[..., bytes]) -> None:
    shown = figures.roadmap(projected(), names={"sync": "Calendar sync"}, about=about)
    assert "Calendar sync from 2026-08 400 (400 to 400) of 500" in plain(shown.alt)
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_where_earlier_releases_were_to_add_more_nothing_counts_on_top(about: About) -> None:
    before = pd.concat([launched(), came(["2026-02"], ["2026-02"], 9600.0)])
    found = pf.roadmap(planned(), before, outlook(AHEAD), period=JUNE, horizon=6)
    shown = tables.roadmap(found, about=about)
    assert plain(shown.message).endswith(
        "; earlier releases were to add as much, so nothing counts on top of the outlook"
    )
    assert held(shown)


def test_without_haircut_nothing_is_likely(about: About) -> None:
    few = pf.roadmap(planned(), launched(count=2), outlook(AHEAD), period=JUNE, horizon=6)
    for shown in (tables.roadmap(few, about=about), figures.roadmap(few, about=about)):
        assert plain(shown.message) == (
            "1 planned release is promised to add 500 EUR; no haircut can be told of it, so "
            "nothing is likely yet"
        )
        assert held(shown)


def test_nothing_planned_is_one_line(about: About) -> None:
    none = pf.roadmap(planned().head(0), launched(), period=JUNE)
    for shown in (tables.roadmap(none, about=about), figures.roadmap(none, about=about)):
        assert shown.kind == "note"
        assert shown.message.startswith("No roadmap is projected: no release is planned")

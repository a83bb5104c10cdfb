"""Plans and promises of a book by hand: first plan, last word, and the same money once."""

from __future__ import annotations

import pandas as pd

from pfkit.conform.roadmap import launched, planned, promised, releases
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()
JUNE = CALENDAR.period("2026-06")
DAY = pd.to_datetime
RELEASES = pd.DataFrame(
    [
        ("export", "2026-02-01", "planned", 1000.0, None, "2025-11-01"),
        ("export", "2026-04-03", "released", 800.0, None, "2026-04-03"),
        ("sync", "2026-08-01", "planned", 500.0, None, "2026-03-01"),
        ("sync", "2026-10-01", "planned", 700.0, 0.7, "2026-06-01"),
        ("gone", "2026-03-01", "planned", 300.0, None, "2025-12-01"),
        ("gone", "2026-03-01", "withdrawn", None, None, "2026-02-01"),
    ],
    columns=["feature", "released_on", "status", "expected_amount", "probability", "known_on"],
).assign(
    released_on=lambda t: DAY(t["released_on"]),
    known_on=lambda t: DAY(t["known_on"]),
)
FEATURES = pd.DataFrame({"feature": ["sync"], "initiative": ["I-2"]})
BENEFITS = pd.DataFrame(
    [
        ("B-1", "I-1", "revenue", "validated", 400.0, 300.0, "2025-07", "2025-01-01"),
        ("B-2", "I-2", "revenue", "promised", 700.0, None, "2026-09", "2026-01-01"),
        ("B-3", "I-3", "revenue", "promised", 250.0, None, "2026-05", "2026-01-01"),
        ("B-4", "I-3", "cost", "promised", 999.0, None, "2026-09", "2026-01-01"),
    ],
    columns=["benefit", "initiative", "kind", "status", "promised_amount", "realized_amount",
             "start", "known_on"],
).assign(realized_low=None, realized_high=None, level=None)  # fmt: skip
LIVE = pd.DataFrame(
    {
        "initiative": ["I-3"],
        "go_live": [True],
        "planned_on": DAY(["2026-05-01"]),
        "expected_on": DAY(["2026-08-20"]),
        "done_on": DAY([None]),
        "known_on": DAY(["2026-06-01"]),
    }
)


def test_first_plan_and_last_word_of_each_release() -> None:
    found = releases(RELEASES, FEATURES, CALENDAR).set_index("item")
    assert found.loc["export", ["planned", "expected", "amount"]].tolist() == [
        "2026-02", "2026-04", 1000.0,
    ]  # fmt: skip
    assert found.loc["sync", ["planned", "expected", "now", "probability"]].tolist() == [
        "2026-08", "2026-10", 700.0, 0.7,
    ]  # fmt: skip
    assert releases(RELEASES.head(0), FEATURES, CALENDAR).empty


def test_benefits_of_a_listed_release_are_the_same_money() -> None:
    came = releases(RELEASES, FEATURES, CALENDAR)
    stated = promised(BENEFITS, LIVE, CALENDAR)
    found = planned(came, stated, JUNE)
    # B-2 is what sync brings; B-3 goes live in August only; B-4 saves cost
    assert found[["item", "kind", "planned", "expected", "amount"]].to_numpy().tolist() == [
        ["sync", "release", "2026-08", "2026-10", 700.0],
        ["B-3", "benefit", "2026-05", "2026-08", 250.0],
    ]


def test_what_came_or_was_withdrawn_with_what_was_promised() -> None:
    came = releases(RELEASES, FEATURES, CALENDAR)
    found = launched(came, promised(BENEFITS, LIVE, CALENDAR), JUNE)
    told = found[["item", "came", "amount", "realized"]].astype("object")
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        ["export", "2026-04", 1000.0, None],
        ["gone", "", 300.0, None],
        ["B-1", "2025-07", 400.0, 300.0],
    ]

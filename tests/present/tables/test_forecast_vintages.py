from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit import measures
from pfkit.measures.fleet.periods import labels
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

PERIOD = "2026-06"


@pytest.fixture
def known() -> pd.DataFrame:
    """Give 36 months of two products to June 2026, and a plan of the year."""
    random = np.random.default_rng(8)
    months = labels(12, 2023 * 12 + 6 + np.arange(36))
    booked = [
        pd.DataFrame({"period": months, "product": name})
        .assign(amount=(level + np.cumsum(random.normal(0, 0.02 * level, 36))).round(2))
        .assign(kind="actual", version="actual", known_on=[f"{month}-28" for month in months])
        for name, level in (("Atlas", 90_000.0), ("Borea", 40_000.0))
    ]
    plan = booked[0].assign(
        kind="budget", version="adopted", known_on="2022-12-01", amount=60_000.0
    )
    return pd.concat([*booked, plan], ignore_index=True).assign(replaced_on=None)


@pytest.fixture
def said(known: pd.DataFrame) -> pd.DataFrame:
    """Give what each method said in the last fourteen months."""
    months = labels(12, 2025 * 12 + 4 + np.arange(14))
    origins = {
        month: dt.date(int(month[:4]), int(month[5:]), 28) + dt.timedelta(7) for month in months
    }
    return measures.forecast_replays(known, origins=origins)


def holds(found: Exhibit) -> bool:
    """Return whether every number of the message follows from the exhibit's data."""
    return bool(found.facts) and all(
        rederive(fact, found.data) == fact.text for fact in found.facts
    )


def test_the_message_says_what_was_said_and_what_came(
    said: pd.DataFrame, known: pd.DataFrame, about: About, compiled: Callable[..., bytes]
) -> None:
    result = measures.forecast_vintages(said, known, period=PERIOD)
    found = tables.forecast_vintages(result, about=about)
    came = known[(known["period"] == PERIOD) & (known["kind"] == "actual")]["amount"].sum()
    assert plain(found.message).startswith(
        f"Net revenue of 2026-06 came to {came / 1000:.1f} kEUR; 12 months before it was forecast"
    )
    assert [row[0] for row in found.printed] == [
        f"{lead} month{'' if lead == 1 else 's'} before" for lead in (1, 3, 6, 12)
    ]
    assert holds(found)
    assert len(found.data) > 4
    assert "Replayed: made now from what was known then." in found.notes[0]
    assert compiled(found).startswith(b"%PDF")


def test_an_interval_that_did_not_hold_is_told(
    said: pd.DataFrame, known: pd.DataFrame, about: About
) -> None:
    narrow = said.assign(lo80=said["mean"] + 1, hi80=said["mean"] + 2)
    result = measures.forecast_vintages(narrow, known, period=PERIOD, leads=[1, 3])
    found = tables.forecast_vintages(result, about=about)
    assert found.message.endswith("the interval 1 month before did not hold it")


def test_kept_ones_are_told_from_replayed_ones(
    said: pd.DataFrame, known: pd.DataFrame, about: About
) -> None:
    mixed = said.assign(source=said["source"].where(said["origin"] < "2026-01", "kept"))
    result = measures.forecast_vintages(mixed, known, period=PERIOD)
    found = tables.forecast_vintages(result, about=about)
    assert [row[1] for row in found.printed] == ["kept", "kept", "replayed", "replayed"]
    assert found.notes[0].startswith("Kept: as it stands in the state folder since then. Replayed")


def test_a_book_without_history_gets_one_line(known: pd.DataFrame, about: About) -> None:
    nothing = measures.forecast_replays(known, origins={"2023-08": dt.date(2023, 9, 5)})
    results = [
        (tables.forecast_vintages, measures.forecast_vintages(nothing, known, period=PERIOD)),
        (tables.forecast_value_added, measures.forecast_value_added(nothing, known, period=PERIOD)),
        (tables.forecast_register, measures.forecast_register(nothing, known, period=PERIOD)),
    ]
    for table, result in results:
        found = table(result, about=about)
        assert found.kind == "note"
        assert "the book has no month with a year of net revenue before it" in found.message

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.conform.attributing import used
from pfkit.conform.cells import cells

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = ["2026-01", "2026-02", "2026-03"]
BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "events"
table = "usage"
path = "events-*.csv"
partitioned = {partitioned}
known_on = {{ file_name = "events-(.*)[.]csv", at = "month_end" }}
key = ["event_id"]
[sources.columns]
event_id = "id"
ts = "ts"
customer = "who"
product = {{ constant = "Atlas" }}
feature = "what"
metric = {{ constant = "calls" }}
units = "n"
"""


@pytest.fixture
def events(tmp_path: Path) -> pd.DataFrame:
    """Write 300 events; a customer more comes each month, so that lists of names differ."""
    dice = np.random.default_rng(4)
    parts = []
    for at, month in enumerate(MONTHS):
        rows = pd.DataFrame(
            {
                "id": [f"e{at}-{k:03d}" for k in range(100)],
                "ts": [f"{month}-{k % 28 + 1:02d} 10:00:00" for k in range(100)],
                "who": dice.choice([f"c{9 - k}" for k in range(3 + at)], 100),
                "what": dice.choice(["search", "export", ""], 100),
                "n": dice.choice(["0", "1.5", "0.1", "12"], 100),
            }
        )
        rows.to_csv(tmp_path / f"events-{month}.csv", index=False)
        parts.append(rows.assign(period=month))
    return pd.concat(parts, ignore_index=True)


def opened(folder: Path, *, partitioned: bool) -> pf.Book:
    said = str(partitioned).lower()
    (folder / "book.toml").write_text(BOOK.format(partitioned=said), encoding="utf-8")
    return pf.open_book(folder)


@pytest.mark.parametrize("partitioned", [True, False])
def test_cells_are_codes_and_add_up_to_the_events(
    tmp_path: Path, events: pd.DataFrame, *, partitioned: bool
) -> None:
    book = opened(tmp_path, partitioned=partitioned)
    found = used(book.conformed, book.period)
    assert [str(kind) for kind in found.dtypes] == ["category"] * 3 + ["float64"]
    codes = [found[name].cat.codes for name in ("customer", "feature", "period")]
    assert {str(one.dtype) for one in codes} == {"int8"}  # few names: a byte each
    assert found["customer"].cat.categories.tolist() == ["c5", "c6", "c7", "c8", "c9"]
    assert found["feature"].cat.categories.tolist() == ["export", "search"]
    assert found["period"].cat.categories.tolist() == MONTHS
    assert not found[["customer", "feature", "period"]].duplicated().any()
    named = events[events["what"] != ""].astype({"n": float})
    expected = named.groupby(["period", "who", "what"])["n"].sum().round(1).reset_index()
    told = found.astype({"customer": "str", "feature": "str", "period": "str"})
    told = told[["period", "customer", "feature", "units"]]
    assert told.to_numpy().tolist() == expected.to_numpy().tolist()


def test_cells_are_asked_for_a_month_at_a_time(
    tmp_path: Path, events: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = opened(tmp_path, partitioned=True)
    engine, sizes = book.conformed.engine, []
    whole = engine.arrow

    def counted(sql: str) -> object:
        table = whole(sql)
        sizes.append(table.num_rows)
        return table

    monkeypatch.setattr(engine, "arrow", counted)
    found = cells(book.conformed, "usage", ("customer",), "units", where="TRUE")
    assert sizes == events.groupby("period")["who"].nunique().tolist()
    assert len(found) == sum(sizes)


def test_without_a_row_that_counts_there_is_no_cell(tmp_path: Path, events: pd.DataFrame) -> None:
    assert len(events) == 300
    book = opened(tmp_path, partitioned=True)
    found = cells(book.conformed, "usage", ("customer", "feature"), "units", where="FALSE")
    assert found.empty
    assert found.columns.tolist() == ["customer", "feature", "period", "units"]
    assert str(found["units"].dtype) == "float64"

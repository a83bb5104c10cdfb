"""The city's cash book replays past reports, and shows what they restated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from bench import replay

if TYPE_CHECKING:
    from bench.replay import Cells, Report

BOOK = Path(__file__).resolve().parents[2] / "examples" / "philadelphia-cash"


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "real" / "budget"


def test_past_reports_replay_without_a_different_cell(data: Path) -> None:
    found = list(replay.replay("philadelphia-cash", data, only=5))
    # 14 categories of receipts to fiscal 2016, 15 since, and 14 of spending, times 12 months
    assert [(one.report, one.cells) for one in found] == [
        ((2007, 1), 336),
        ((2010, 3), 336),
        ((2014, 2), 336),
        ((2018, 1), 348),
        ((2021, 4), 348),
    ]
    assert [one.differing for one in found] == [()] * 5


def test_a_cell_that_differs_is_found(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("actual", "2006-07", "Payroll")

    def doctored(folder: Path) -> dict[Report, Cells]:
        printed = whole(folder)
        return {(2007, 1): printed[2007, 1] | {key: printed[2007, 1][key] + 1}}

    whole = replay.cash
    monkeypatch.setattr(replay, "cash", doctored)
    (found,) = replay.replay("philadelphia-cash", data)
    assert found.differing == (key,)


def test_months_stated_anew_show_as_restated(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2015Q3", as_of="2015-03-31")
    found = pf.restated(book.statement, book.statement_then, book.restatements, period=book.period)
    lines = found[found["role"] == "item"].sort_values("period")
    # read off the published table: fiscal 2015, reports of quarter 2 and quarter 3
    assert lines[["period", "line", "reported", "restated"]].to_numpy().tolist() == [
        ["2014-07", "PICA other governments", 24_800_000, 25_200_000],
        ["2014-09", "Real estate tax", 7_500_000, 7_800_000],
        ["2014-10", "Real estate tax", 7_400_000, 7_800_000],
        ["2014-12", "Real estate tax", 12_200_000, 9_900_000],
    ]
    assert set(found.loc[found["role"] == "memo", "cause"]) == {"stated anew"}

"""Three public data sets as one group, against figures added up by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

BOOK = Path(__file__).resolve().parents[2] / "examples" / "group"


@pytest.fixture(scope="module")
def book(shared: Path) -> Book:
    return pf.open_book(BOOK, data=shared / "data" / "real", period="2023Q3")


def test_the_book_has_at_most_sixty_lines() -> None:
    assert len((BOOK / "book.toml").read_text(encoding="utf-8").splitlines()) <= 60


def test_the_consolidated_result_is_the_sum_of_entities_at_their_rates(book: Book) -> None:
    table = pf.pnl(book.statement, period=book.period)
    found = table[table["basis"] == "period"].set_index("row_key")["actual"]
    # Apple's release of 2 November 2023; the wholesaler's June to August 2011 (sales 1,883,971.70
    # and 269,658.08, returns -48,099.57, other 6,848.81) at 1.61; nothing sold by the third
    retail = (1883971.70 + 269658.08 - 48099.57 + 6848.81) * 1.61
    assert found["net-revenue"] == pytest.approx(89_498_000_000 + retail, abs=0.01)
    assert found["contribution"] == pytest.approx(26_969_000_000 + retail - 14.98, abs=0.011)


def test_entities_say_whose_days_and_rates_they_are(book: Book) -> None:
    told = pf.entities(book.statement, book.entities, book.intercompany, period=book.period)
    told = told.set_index("entity")
    assert told.loc["online-retail", ["own_period", "first_day", "last_day"]].tolist() == [
        *("2011Q3", "2011-06-01", "2011-08-31")
    ]
    assert told.loc["online-retail", ["currency", "rate", "net_local"]].tolist() == [
        *("GBP", 1.61, 2112379.02)
    ]
    assert told.loc["apple", ["days", "shared_days"]].tolist() == [91, 91]
    assert told.loc[["apple", "online-retail", "focus-cloud"], "aligned"].tolist() == [
        *(True, False, False)
    ]
    control = book.controls.set_index("control").loc["Days of entities"]
    assert control["state"] == "amber"
    assert "its data end in August 2011" in control["detail"]

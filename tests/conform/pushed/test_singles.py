"""Controls of single entries beside a push: the same findings as row by row, or said to be none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest

from pfkit.errors import BookError
from tests.conform.breaches.conftest import COLUMNS, Firm

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book

VOUCHER = "Invoice 2026-40817 of Kern"
KINDS = {"day": "DATE", "keyed": "TIMESTAMP", "amount": "DECIMAL(12, 2)", "doc": "DATE",
         "from": "DATE", "to": "DATE"}  # fmt: skip


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    """Give a firm whose last month breaks a rule of each kind, and a year before that adds up."""
    made = Firm(tmp_path_factory.mktemp("firm")).year()
    for place in range(300):
        day = dt.date(2024, 1 + place % 12, 1 + place % 28)
        made.entry(f"{day}", 100 + place + 0.01 * place, ("4000", "5000")[place % 2])
    made.entry("2026-02-10", 612.34, by="ana", ok="ANA")
    made.entry("2026-02-10", 800.11, ok="")
    made.entry("2026-01-27", 812.34, "5000", text=VOUCHER)
    made.entry("2026-02-09", 812.34, "5000", text=VOUCHER)
    made.entry("2026-02-12", 900.55, "4000", origin="manual", by="bob", ok="eva")
    made.entry("2026-02-14", 700.21, keyed="2026-02-14 10:30:00", by="bob")
    made.entry("2026-02-11", 1234.56, "5000", doc="2025-11-03")
    made.entry("2025-12-19", 911.17, "5000", keyed="2026-02-20 02:00:00")
    for cents in (1, 2, 3, 4):
        made.entry(f"2026-02-0{cents + 1}", 1000.0 * cents, "6000")
    return made


def _written(firm: Firm) -> None:
    columns = ", ".join(f'"{name}" {KINDS.get(name, "VARCHAR")}' for name in firm.rows[0])
    (firm.path / "firm.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(firm.path / "firm.duckdb")) as database:
        database.execute(f"CREATE TABLE entries ({columns})")
        frame = pd.DataFrame(firm.rows).replace("", None)  # noqa: F841 - the engine finds it
        database.execute("INSERT INTO entries SELECT * FROM frame")


def _open(firm: Firm, more: str, period: str = "2026-02", **kwargs: Any) -> Book:  # noqa: ANN401
    """Open the firm's book with its ledger in a database."""
    if not (firm.path / "firm.duckdb").exists():
        _written(firm)
    book = firm.open(period)  # writes what is beside the ledger
    assert book is not None
    text = (firm.path / "book.toml").read_text(encoding="utf-8")
    text = text.replace(
        'path = "ledger.csv"\ntypes = { account = "text" }',
        f'url = "duckdb:///firm.duckdb"\nquery = "entries"\n{more}',
    )
    (firm.path / "book.toml").write_text(text, encoding="utf-8")
    from pfkit.book import open_book

    return open_book(firm.path, period=period, **kwargs)


def _told(book: Book) -> list[dict[str, Any]]:
    rows = book.breaches.sort_values(["rule", "month", "entries"])
    return rows.to_dict("records")


PUSH = 'push = true\nkey = ["entry_id"]\n'


@pytest.fixture(scope="module")
def plain(firm: Firm) -> Book:
    """Open the book with every row read."""
    return _open(firm, 'key = ["entry_id"]')


def test_every_rule_finds_what_it_finds_row_by_row(firm: Firm, plain: Book) -> None:
    pushed = _open(firm, f"{PUSH}entries = 13")
    told = _told(plain)
    assert {row["rule"] for row in told} >= {
        "Locked months", "Segregation of duties", "Manual entries", "Cut-off", "Posted twice",
    }  # fmt: skip
    assert _told(pushed) == told
    assert pushed.breaches.attrs == plain.breaches.attrs


def test_older_months_are_added_up_still(firm: Firm, plain: Book) -> None:
    pushed = _open(firm, f"{PUSH}entries = 13")
    made = pushed.actuals[pushed.actuals["_line"].str.contains("rows of")]
    assert set(made["period"].str[:4]) == {"2024"}
    assert len(pushed.actuals) < len(plain.actuals)
    by = ["period", "account"]
    for book in (plain, pushed):
        assert book.actuals["period"].min() == "2024-01"
    sums = [book.actuals.groupby(by)["amount"].sum().round(2).to_dict() for book in (plain, pushed)]
    assert sums[0] == sums[1]


def test_without_a_period_the_last_months_come_one_by_one(firm: Firm, plain: Book) -> None:
    from pfkit.book import open_book

    _open(firm, f"{PUSH}entries = 10")
    book = open_book(firm.path)
    assert book.period.label == plain.period.label
    made = book.actuals[book.actuals["_line"].str.contains("rows of")]
    # thirteen months before February 2026: ten, and three more
    assert made["period"].max() == "2024-12"


def test_controls_without_entries_are_named(firm: Firm) -> None:
    book = _open(firm, PUSH)
    assert book.breaches.empty
    told = book.controls[book.controls["detail"].str.contains("are added up where they are")]
    assert set(told["control"]) == {
        "Locked months", "Segregation of duties", "Manual entries", "Round amounts", "Cut-off",
        "Posted twice",
    }  # fmt: skip
    assert set(told["state"]) == {"amber"}
    detail = told["detail"].iloc[0]
    assert detail.startswith("could not run: the entries of ledger are added up where they are")
    assert "`entries = 13`" in detail
    assert book.breaches.attrs["reason"] == ""
    assert "No breach" not in set(book.controls["control"])


def test_all_other_controls_say_the_same(firm: Firm, plain: Book) -> None:
    pushed = _open(firm, f"{PUSH}entries = 13")
    keep = ["control", "source", "state", "difference"]
    left = plain.controls[keep].sort_values(keep[:2]).to_dict("records")
    right = pushed.controls[keep].sort_values(keep[:2]).to_dict("records")
    assert [str(row) for row in right] == [str(row) for row in left]


@pytest.mark.parametrize("source", ['path = "a.csv"', 'url = "duckdb:///a.db"\nquery = "a"'])
def test_entries_go_with_a_push(firm: Firm, source: str, tmp_path: Path) -> None:
    other = Firm(tmp_path, rows=firm.rows[:1], columns=COLUMNS)
    other.open("2025-01")
    text = (tmp_path / "book.toml").read_text(encoding="utf-8")
    text = text.replace(
        'path = "ledger.csv"\ntypes = { account = "text" }', f"{source}\nentries = 3"
    )
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    from pfkit.book import open_book

    with pytest.raises(BookError, match="`entries` goes with `push`"):
        open_book(tmp_path)

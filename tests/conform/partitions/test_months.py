"""A partitioned source that a database feeds, month by month: the numbers of the plain one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.conform import readings
from pfkit.errors import BookError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from pfkit.conform.partitions.load import Parts
    from tests.postgres_server import Server

    Ask = Callable[..., None]

MAKE = (
    "CREATE TABLE sold (id TEXT, day {day}, told {moment}, item TEXT, currency TEXT, "
    "amount {money})"
)
BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
zone = "Europe/Berlin"
[[sources]]
name = "fx"
table = "rates"
path = "fx.csv"
known_on = {{ column = "day", at = "day" }}
columns = {{ date = "day", currency = "currency", rate = "rate", kind = {{ constant = "daily" }} }}
[[sources]]
name = "products"
table = "products"
path = "products.csv"
columns = {{ product = "product", family = "family" }}
[[sources]]
name = "sold"
table = "invoices"
url = "{url}"
query = "SELECT id, day, told, item, currency, amount FROM sold"
{how}
key = ["invoice_id"]
rate_kind = "daily"
known_on = {{ column = "told", at = "day" }}
{types}
[sources.columns]
invoice_id = "id"
invoice_date = "day"
product = "item"
currency = "currency"
amount_local = "amount"
"""
VIEWS = ("balance", "controls", "statement", "corrections", "conversions", "volumes")


def rows_of(seed: int) -> list[tuple[Any, ...]]:
    """Return four months of rows: some twice, some without a day, some with an unknown product."""
    dice = np.random.default_rng(seed)
    rows: list[tuple[Any, ...]] = []
    for month in (1, 2, 3, 4):
        for at in range(int(dice.integers(20, 40))):
            day = f"2026-{month:02}-{int(dice.integers(1, 29)):02}"
            item = str(dice.choice(["Atlas", "Borea", "Nimbus"], p=[0.5, 0.4, 0.1]))
            cents = Decimal(int(dice.integers(-999, 99_999))) / 100
            told = f"{day} 23:30:00"  # the next day in Berlin
            currency = str(dice.choice(["EUR", "USD"]))
            rows.append((f"{month}/{at}", day, told, item, currency, str(cents)))
    again = [(rows[3][0], "2026-04-02", "2026-04-02 10:00:00", *rows[3][3:])]  # in another month
    same = [rows[5], (*rows[6][:5], "1.00")]
    return [*rows, *again, *same, ("none/1", None, "2026-02-02 10:00:00", "Atlas", "EUR", "5.00")]


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Ask]]:
    """Give a folder with two books of one database, and a way to write to it."""
    kind, types = request.param, ""
    days = pd.date_range("2025-12-01", "2026-05-31").strftime("%Y-%m-%d")
    rates = pd.DataFrame({"day": days, "currency": "USD", "rate": 0.9})
    rates["rate"] += np.random.default_rng(2).integers(0, 999, len(days)) / 10_000
    rates.to_csv(tmp_path / "fx.csv", index=False)
    (tmp_path / "products.csv").write_text(
        "product,family\nAtlas,One\nBorea,One\n", encoding="utf-8"
    )
    url, fill = f"{kind}:///shop.db", "INSERT INTO sold VALUES (?, ?, ?, ?, ?, ?)"
    if kind == "sqlite":
        types = 'types = { told = "datetime" }'

        def ask(sql: str, rows: list[tuple[Any, ...]] | None = None) -> None:
            with closing(sqlite3.connect(tmp_path / "shop.db")) as lite, lite:
                lite.executemany(sql, rows) if rows else lite.execute(sql)

        ask(MAKE.format(day="TEXT", moment="TEXT", money="TEXT"))
    elif kind == "duckdb":
        import duckdb

        def ask(sql: str, rows: list[tuple[Any, ...]] | None = None) -> None:
            with duckdb.connect(str(tmp_path / "shop.db")) as other:
                other.execute("SET TimeZone = 'UTC'")
                other.executemany(sql, rows) if rows else other.execute(sql)

        ask(MAKE.format(day="DATE", moment="TIMESTAMPTZ", money="DECIMAL(12, 2)"))
    else:
        server: Server = request.getfixturevalue("postgres")
        url, fill = server.url(), fill.replace("?", "%s")

        def ask(sql: str, rows: list[tuple[Any, ...]] | None = None) -> None:
            with server.owner() as owner, owner.cursor() as cursor:
                cursor.execute("SET TimeZone = 'UTC'")
                cursor.executemany(sql, rows) if rows else cursor.execute(sql)

        ask(MAKE.format(day="date", moment="timestamptz", money="numeric(12, 2)"))
        ask("GRANT SELECT ON sold TO analyst")
    ask(fill, rows_of(1))
    for name, how in (("plain", ""), ("parts", "partitioned = true")):
        (tmp_path / name / "state").mkdir(parents=True)
        text = BOOK.format(url=url, how=how, types=types)
        (tmp_path / name / "book.toml").write_text(text, encoding="utf-8")
    yield tmp_path, ask
    if kind == "postgresql":
        ask("DROP TABLE sold")


def opened(folder: Path, name: str, **asked: Any) -> pf.Book:  # noqa: ANN401
    return pf.open_book(folder / name, data=folder, state=folder / name / "state", **asked)


def parts_of(book: pf.Book) -> Parts:
    (parts,) = [held.parts for held in book.conformed.sources if held.parts is not None]
    return parts


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in one order, named by their key: which file has it, how often, may differ."""
    own = rows.drop(columns="_file").assign(
        _line=rows["_line"].str.replace(r" #\d+$", "", regex=True)
    )
    return own.sort_values(own.columns.tolist()).reset_index(drop=True)


def keys_held(book: pf.Book) -> list[tuple[str, str]]:
    lines = book.quarantine["line"].astype("str").str.replace(r" #\d+$", "", regex=True)
    return sorted(zip(book.quarantine["rule"], lines, strict=True))


def same(folder: Path, **asked: Any) -> pf.Book:  # noqa: ANN401
    plain, parts = (opened(folder, name, **asked) for name in ("plain", "parts"))
    assert plain.as_of == parts.as_of
    pd.testing.assert_frame_equal(
        in_order(plain.table("invoices")), in_order(parts.table("invoices"))
    )
    for name in VIEWS:
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(parts, name))
    held = [keys_held(book) for book in (plain, parts)]
    assert held[0] == held[1]
    assert len(held[0]) >= 3 or asked
    return parts


def test_months_add_up_to_the_whole_and_only_those_that_changed_are_made_anew(
    shop: tuple[Path, Ask],
) -> None:
    folder, ask = shop
    book = same(folder)
    names = [part.fact.path for part in parts_of(book).parts]
    months = [f"sold 2026-0{month}" for month in (1, 2, 3, 4)]
    assert names == [*months, "sold without a day"]
    assert parts_of(book).reading.unchanged == 0
    ask("UPDATE sold SET amount = '7.77' WHERE id = '2/3'")
    again = opened(folder, "parts")
    assert parts_of(again).reading.unchanged == 4
    before, now = (one.table("invoices").set_index("invoice_id") for one in (book, again))
    assert now.loc["2/3", "amount_local"] == pytest.approx(7.77)
    others = before.index.drop("2/3")
    pd.testing.assert_frame_equal(before.loc[others], now.loc[others])


only_sqlite = pytest.mark.parametrize("shop", ["sqlite"], indirect=True)


@only_sqlite
def test_a_past_day_is_the_same_both_ways(shop: tuple[Path, Ask]) -> None:
    folder, _ = shop
    assert same(folder, as_of="2026-03-01").as_of == dt.date(2026, 3, 1)


@only_sqlite
def test_a_reading_that_ends_half_way_leaves_nothing_half_loaded(
    shop: tuple[Path, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = shop
    whole, asked = readings.batches, []

    def broken(*given: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
        asked.append(given)
        found = whole(*given)
        yield next(found)
        if len(asked) == 3:
            raise KeyboardInterrupt
        yield from found

    monkeypatch.setattr(readings, "batches", broken)
    with pytest.raises(KeyboardInterrupt):
        opened(folder, "parts")
    state = folder / "parts/state"
    assert not (state / "readings.jsonl").exists()
    assert len([*(state / "readings").iterdir()]) == 2  # two whole months, and nothing begun
    monkeypatch.undo()
    same(folder)


@only_sqlite
def test_without_a_column_of_days_months_cannot_be_told(shop: tuple[Path, Ask]) -> None:
    folder, _ = shop
    book = folder / "parts/book.toml"
    text = book.read_text(encoding="utf-8").replace(
        'invoice_date = "day"', 'invoice_date = { sql = "day" }'
    )
    book.write_text(text, encoding="utf-8")
    with pytest.raises(BookError, match="nothing says the month that a row") as caught:
        opened(folder, "parts")
    assert "Map `invoice_date` to a column of the query" in str(caught.value)


@only_sqlite
def test_a_past_day_is_reported_as_it_was_read_then(shop: tuple[Path, Ask]) -> None:
    folder, ask = shop
    before = opened(folder, "parts", as_of="2026-04-30").table("invoices")
    ask("UPDATE sold SET amount = '7.77' WHERE id = '2/3'")
    again = opened(folder, "parts", as_of="2026-04-30").table("invoices")
    pd.testing.assert_frame_equal(before, again)
    file = next((folder / "parts/state/readings").glob("*.parquet"))
    file.write_bytes(b"other")
    for name in (folder / "parts/.pfkit/partitions/sold").glob("*-*"):
        (name / "manifest.json").unlink()
    with pytest.raises(SourceError, match="that was kept was changed"):
        opened(folder, "parts", as_of="2026-04-30")

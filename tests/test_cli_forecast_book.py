"""The command forecast of a book: what it says, what it keeps, and what it decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

import pfkit as pf
from pfkit import cli
from pfkit.book import open_book
from pfkit.errors import BookError, ParameterError

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
company = { name = "Corner Shop", currency = "EUR" }
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
"""
runner = CliRunner()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a book that billed two products for thirty months, to June 2026."""
    lines = ["id,day,item,amount"]
    for k in range(30):
        year, month = divmod(2024 * 12 + k, 12)
        day = f"{year}-{month + 1:02d}-15"
        lines += [f"T{k},{day},tea,{100 + 3 * k}.00", f"C{k},{day},coffee,{60 + 10 * (k % 3)}.00"]
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "billing.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def _run(*options: object) -> list[str]:
    ran = runner.invoke(cli.app, ["forecast", *map(str, options)])
    if ran.exception is not None:
        raise ran.exception
    return ran.stdout.splitlines()


def test_without_keep_nothing_is_written(book: Path) -> None:
    (line,) = _run("--book", book, "--period", "2026-06", "--horizon", 3)
    assert line.startswith(
        "2 series by product and their sum, from what was known of 2026-06 and before on 2026-06-15"
    )
    assert not (book / "state").exists()


def test_what_is_kept_stands_in_the_state_once_and_is_read_by_the_book(book: Path) -> None:
    first = _run("--book", book, "--keep", "--horizon", 3)
    assert first[-1].endswith("of 2026-06 kept, known on 2026-06-15: 3 lines")
    before = (book / "state" / "forecasts.jsonl").read_bytes()
    again = _run("--book", book, "--keep", "--horizon", 3)
    assert again[-1].endswith("stands there since 2026-06-15: nothing new")
    assert (book / "state" / "forecasts.jsonl").read_bytes() == before
    kept = open_book(book).kept_forecasts
    assert kept.groupby("series")["period"].agg(list).to_dict() == {
        name: ["2026-07", "2026-08", "2026-09"] for name in ("(every series)", "coffee", "tea")
    }
    assert set(kept["pfkit"]) != {""}


def test_another_forecast_of_the_month_is_added_and_the_first_stays(book: Path) -> None:
    _run("--book", book, "--keep", "--horizon", 3)
    before = (book / "state" / "forecasts.jsonl").read_text("utf-8")
    with (book / "billing.csv").open("a", encoding="utf-8") as file:
        file.write("late,2026-06-15,tea,500.00\n")
    told = _run("--book", book, "--keep", "--horizon", 3, "--on", "2026-06-20")
    assert told[-1].endswith("kept, known on 2026-06-20: 3 lines")
    after = (book / "state" / "forecasts.jsonl").read_text("utf-8")
    assert after.startswith(before)
    assert len({json.loads(line)["vintage"] for line in after.splitlines()}) == 2
    assert len(set(open_book(book, as_of="2026-06-15").kept_forecasts["vintage"])) == 1
    with pytest.raises(ParameterError, match="2026-06-14 is before its data were known"):
        _run("--book", book, "--keep", "--horizon", 2, "--on", "2026-06-14")


def test_what_was_kept_is_what_a_replay_says_later(book: Path) -> None:
    _run("--book", book, "--keep", "--period", "2026-04", "--on", "2026-06-15")
    later = open_book(book)
    kept = later.kept_forecasts.set_index(["series", "period"])["mean"]
    replayed = pf.forecast_replays(
        later.revenue_known, origins={"2026-04": later.forecast_origins["2026-04"]}
    )
    mine = replayed[replayed["method"] == "full"].set_index(["product", "period"])["mean"]
    assert kept.sort_index().tolist() == pytest.approx(mine.sort_index().tolist(), abs=0.005)


def test_a_state_folder_may_be_named(book: Path, tmp_path: Path) -> None:
    _run("--book", book, "--keep", "--horizon", 2, "--state", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "forecasts.jsonl").is_file()
    assert not (book / "state").exists()


def test_methods_are_held_against_each_other_and_the_decision_is_kept(book: Path) -> None:
    told = _run("--book", book, "--decide")
    assert told[1] == "naive: keep, no better"
    assert told[2] == "1 decision kept, known on 2026-06-15"
    assert _run("--book", book, "--decide")[-1].startswith("nothing new decided")
    decisions = open_book(book).forecast_decisions
    assert decisions[["origin", "method", "decision"]].to_numpy().tolist() == [
        ["2026-06", "naive", "keep"]
    ]


def test_the_rows_may_be_written_to_a_file(book: Path) -> None:
    to = book / "out.csv"
    told = _run("--book", book, "--horizon", 2, "--to", to, "--tier", "fast")
    assert told[-1] == str(to)
    rows = pd.read_csv(to)
    assert rows["method"].unique().tolist() == ["fast"]
    assert len(rows) == 3 * 2


def test_a_book_and_a_file_are_told_apart(book: Path) -> None:
    with pytest.raises(ParameterError, match="name either a file or a book"):
        _run()
    with pytest.raises(ParameterError, match="name either a file or a book"):
        _run(book / "billing.csv", "--book", book)
    with pytest.raises(ParameterError, match="says not where the forecasts go"):
        _run(book / "billing.csv")


def test_a_book_without_revenue_says_so(book: Path) -> None:
    budget = BOOK.replace('"invoices"', '"usage"').replace(
        'invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount"',
        'customer = "id", period = { sql = "left(day, 7)" }, product = "item", units = "amount", '
        'feature = "item", metric = { constant = "units" }',
    )
    (book / "book.toml").write_text(budget, encoding="utf-8")
    with pytest.raises(BookError, match="no net revenue of 2026-06 and before is known"):
        _run("--book", book)

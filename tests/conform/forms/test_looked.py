"""What is said of the forms of a partitioned source: word by word what is said of any other."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from pfkit.book import check_book
from pfkit.conform.forms import looked
from pfkit.conform.partitions import load

if TYPE_CHECKING:
    from pathlib import Path

    Shop = Any

BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
[[sources]]
name = "billing"
table = "invoices"
path = "{path}"
{how}
key = ["invoice_id"]
known_on = {{ column = "told", at = "day" }}
date_format = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"]
columns = {{ invoice_id = "id", invoice_date = "day", customer = "who", product = "item", \
amount_local = "amount" }}
"""


def rows_of(dice: np.random.Generator, month: int, how: str) -> dict[str, list[Any]]:
    """Return a month of rows, written as before or otherwise in one column."""
    days = np.sort(dice.integers(1, 29, 40))
    ids = [str(1000 + int(n)) for n in dice.integers(0, 500, 40)]
    amounts = [f"{n / 100:.2f}" for n in dice.integers(100, 99_999, 40)]
    order = "{1:02}/{0:02}/2026" if how == "order" else "{0:02}/{1:02}/2026"
    return {
        "id": [f"{month}-{at}" for at in range(40)],
        "day": [order.format(day, month) for day in days],
        "told": [f"2026-{month:02}-{day:02}" for day in days],
        "who": [f"{name}.0" for name in ids] if how == "ids" else ids,
        "item": ["tea"] * 40,
        "amount": [a.replace(".", "" if how == "cents" else ".") for a in amounts],
    }


def typed(table: pa.Table, how: str) -> pa.Table:
    """Return a table as typed files have it."""
    who = pa.array([float(n) for n in table["who"].to_pylist()])
    who = who if how == "ids" else who.cast(pa.int64())
    amount = pa.array([float(n) for n in table["amount"].to_pylist()])
    table = table.set_column(3, "who", who)
    return table if how == "cents" else table.set_column(5, "amount", amount)


def write(folder: Path, seed: int, how: str, kind: str, *, whole: bool) -> None:
    dice = np.random.default_rng(seed)
    months = [pa.table(rows_of(dice, month, how if month == 6 else "")) for month in (3, 4, 5, 6)]
    if whole:
        months = [pa.concat_tables(months)]
    for at, table in enumerate(months):
        name = folder / (f"billing.{kind}" if whole else f"billing-{at + 3}.{kind}")
        if kind == "csv":
            csv.write_csv(table, name)
        else:
            parquet.write_table(typed(table, how if at == 3 else ""), name, row_group_size=15)
    for said, place in (("", folder), ("partitioned = true", folder / "parts")):
        place.mkdir(exist_ok=True)
        text = BOOK.format(path="*." + kind, how=said)
        (place / "book.toml").write_text(text, encoding="utf-8")
        if said:
            for file in folder.glob(f"*.{kind}"):
                shutil.copy(file, place)


def told(folder: Path, **asked: Any) -> dict[str, Any]:  # noqa: ANN401
    found = check_book(folder, **asked)
    return {name: found[name] for name in ("verdict", "findings", "failed", "balance", "months")
            if name in found}  # fmt: skip


def forms(found: dict[str, Any]) -> set[str]:
    said = [one["message"] for one in found["findings"] if one["rule"] == "Column forms"]
    return {text.partition(":")[0].removeprefix("column ") for text in said}


@pytest.mark.parametrize(
    ("how", "kind", "whole", "named"),
    [
        ("", "csv", False, set()),
        ("ids", "csv", False, {"who"}),
        ("order", "csv", False, {"day"}),
        ("order", "csv", True, {"day"}),
        ("cents", "csv", True, {"amount"}),
        ("ids", "parquet", False, {"who"}),
        ("cents", "parquet", False, set()),  # a text beside numbers: the files cannot be read
    ],
)
def test_a_change_is_told_as_for_every_source(  # noqa: PLR0917 - a case, and two places
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    kind: str,
    whole: bool,  # noqa: FBT001 - of a case
    named: set[str],
) -> None:
    monkeypatch.setattr(load, "ROWS", 7)
    write(tmp_path, 1, how, kind, whole=whole)
    plain = told(tmp_path, period="2026-06")
    parts = told(tmp_path / "parts", period="2026-06")
    assert parts == plain
    assert forms(parts) == named
    assert bool(plain["failed"]) == ((how, kind) == ("cents", "parquet"))


def test_only_so_many_rows_are_looked_at_and_those_known_by_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "ROWS", 9)
    for module in ("looked", "profile"):
        monkeypatch.setattr(f"pfkit.conform.forms.{module}.SAMPLE", 12)
    monkeypatch.setattr("pfkit.conform.partitions.looks.SAMPLE", 12)
    write(tmp_path, 2, "ids", "csv", whole=True)
    assert looked.SAMPLE == 12
    for day in ("2026-06-14", "2026-06-28"):
        plain = told(tmp_path, period="2026-06", as_of=day)
        assert told(tmp_path / "parts", period="2026-06", as_of=day) == plain
        assert forms(plain) == {"who"}


def test_a_file_without_a_column_is_left_out_and_the_others_are_checked(tmp_path: Path) -> None:
    write(tmp_path, 3, "", "csv", whole=False)
    for place in (tmp_path, tmp_path / "parts"):
        file = place / "billing-5.csv"
        file.write_text(file.read_text(encoding="utf-8").replace("who", "whom"), encoding="utf-8")
    plain, parts = (told(place) for place in (tmp_path, tmp_path / "parts"))
    assert parts == plain
    (failed,) = parts["failed"]
    assert (failed["whole"], failed["line"]) == (False, "billing-5.csv")
    assert "'who'" in failed["message"]


def test_a_kept_load_knows_how_columns_were_written(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "parts"):
        write(tmp_path, 4, "", "csv", whole=True)
        check_book(place, keep=True)
    write(tmp_path, 4, "cents", "csv", whole=True)
    plain, parts = (told(place) for place in (tmp_path, tmp_path / "parts"))
    assert parts == plain
    kept = []
    for place in (tmp_path, tmp_path / "parts"):
        (line,) = (place / "state/loads.jsonl").read_text(encoding="utf-8").splitlines()
        load = json.loads(line)
        for name in ("check", "declared"):  # that the source is partitioned is declared
            load.pop(name)
        kept.append(load)
    assert kept[0] == kept[1]

"""Drift controls on clean months and on planted defects: ``python -m bench drift``."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import gzip
import io
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pfkit import demo
from pfkit.book import open_book
from pfkit.conform.drift import drift
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pfkit.conform.evidence import ControlResult

Row = dict[str, str]
CLEAN_MONTHS = 12


@dataclass(frozen=True)
class Export:
    """How a raw export is written, so that a defect can be planted as its system would."""

    source: str
    file: str  # `{}` stands for the month
    amounts: tuple[str, ...]
    product: str
    delimiter: str = ","
    comma: bool = False
    signs: tuple[str, ...] = ()
    swap: tuple[str, str] | None = None
    currency: str = ""
    home: str = ""
    day: str = ""


DEMO = (
    Export(
        "billing", "billing/billing_{}.csv", ("Net", "Net EUR", "Unit price"), "Code", ";",
        comma=True, signs=("Net", "Net EUR"), currency="Currency", home="EUR", day="Date",
    ),
    Export(
        "ledger", "ledger/ledger_{}.csv", ("Debit", "Credit"), "Product",
        swap=("Debit", "Credit"), day="Posting date",
    ),
    Export("usage", "usage/usage_{}.parquet", ("units",), "product", signs=("units",)),
)  # fmt: skip
RETAIL = Export(
    "invoices",
    "online_retail_{}.csv.gz",
    ("UnitPrice",),
    "StockCode",
    signs=("Quantity",),
    day="InvoiceDate",
)


def _read(path: Path, export: Export) -> list[Row]:
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
        return [{key: str(value) for key, value in row.items()} for row in rows]
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=export.delimiter))


def _write(path: Path, export: Export, rows: Sequence[Row]) -> None:
    if path.suffix == ".parquet":
        schema = pq.read_schema(path)
        numbers = [{**row, "units": int(row["units"])} for row in rows]
        pq.write_table(pa.Table.from_pylist(numbers, schema=schema), path)
        return
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=export.delimiter)
    writer.writeheader()
    writer.writerows(rows)
    data = out.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def _number(text: str, export: Export, change: Callable[[Decimal], Decimal]) -> str:
    if not text.strip():
        return text
    number = change(Decimal(text.replace(",", ".") if export.comma else text))
    return f"{number:f}".replace(".", ",") if export.comma else f"{number:f}"


def _scaled(rows: Sequence[Row], export: Export, chosen: Callable[[Row], bool]) -> list[Row]:
    return [
        row | {name: _number(row[name], export, lambda x: x * 1000) for name in export.amounts}
        if chosen(row)
        else row
        for row in rows
    ]


def _flipped(rows: Sequence[Row], export: Export, chosen: Callable[[Row], bool]) -> list[Row]:
    found = []
    for row in rows:
        turned = dict(row)
        if chosen(row) and export.swap:
            one, other = export.swap
            turned |= {one: row[other], other: row[one]}
        elif chosen(row):
            turned |= {name: _number(row[name], export, lambda x: -x) for name in export.signs}
        found.append(turned)
    return found


def _defaulted(rows: Sequence[Row], export: Export, chosen: Callable[[Row], bool]) -> list[Row]:
    return [row | {export.currency: export.home} if chosen(row) else row for row in rows]


def _left_out(rows: Sequence[Row], _export: Export, chosen: Callable[[Row], bool]) -> list[Row]:
    return [row for row in rows if not chosen(row)]


def _product(row: Row, export: Export) -> str:
    return row[export.product].split("-")[0]


def _established(rows: Sequence[Row], before: Sequence[Row], export: Export) -> str:
    """Return the product with the third most rows among those sold half a year before, too."""
    counts: dict[str, int] = defaultdict(int)
    known = {_product(row, export) for row in before}
    for row in rows:
        counts[_product(row, export)] += bool(row[export.product])
    kept = sorted(known & set(counts), key=lambda name: (-counts[name], name))
    return kept[min(2, len(kept) - 1)]


def defects(rows: Sequence[Row], before: Sequence[Row], export: Export) -> dict[str, list[Row]]:
    """Return the export with each defect that it can have, at one product and at all of it."""
    product = _established(rows, before, export)
    parts: dict[str, Callable[[Row], bool]] = {
        "one product": lambda row: _product(row, export) == product,
        "whole source": lambda _row: True,
    }
    planted = {}
    for part, chosen in parts.items():
        planted[f"scale x 1000, {part}"] = _scaled(rows, export, chosen)
        planted[f"sign flip, {part}"] = _flipped(rows, export, chosen)
        if export.currency:
            planted[f"currency default, {part}"] = _defaulted(rows, export, chosen)
    planted["missing product, one product"] = _left_out(rows, export, parts["one product"])
    if export.day:
        days: dict[str, int] = defaultdict(int)
        for row in rows:
            days[row[export.day][:10]] += 1
        usual = sorted(days, key=lambda day: -days[day])[min(2, len(days) - 1)]
        planted["missing day, whole source"] = _left_out(
            rows, export, lambda row: row[export.day][:10] == usual
        )
    return planted


def _clean(book: Path, data: Path, periods: Iterable[str]) -> list[ControlResult]:
    """Return every flag raised on months as they are."""
    opened = open_book(book, data=data)
    flags = []
    for label in periods:
        evidence = dataclasses.replace(opened.evidence, period=opened.calendar.period(label))
        flags += [one for one in drift(evidence) if one.state != "green"]
    return flags


def _planted(
    book: Path, data: Path, export: Export, period: str, show: Callable[[str], None]
) -> dict[str, bool]:
    """Plant each defect of an export in turn; say which was flagged in its source."""
    path = data / export.file.format(period)
    kept = path.read_bytes()
    found = {}
    half = FiscalCalendar().shift(period, -6)
    before = _read(data / export.file.format(half), export)
    for name, rows in defects(_read(path, export), before, export).items():
        _write(path, export, rows)
        flags = [
            one
            for one in drift(open_book(book, data=data, period=period).evidence)
            if one.state != "green"
        ]
        found[name] = any(one.source == export.source for one in flags)
        show(f"    {export.source}: {name}: {'flagged' if found[name] else 'MISSED'}")
        for one in flags:
            show(f"        {one.state} {one.control}: {one.detail}")
        path.write_bytes(kept)
    return found


def _print(title: str, tally: dict[tuple[str, str], list[bool]]) -> None:
    print(f"\n{title}")
    for (source, name), found in tally.items():
        print(f"  {source:<10}{name:<34}{sum(found):>4} of {len(found)} flagged")


def main(arguments: list[str]) -> int:
    """Count flags on clean months and on planted defects, for demo companies and a wholesaler."""
    parser = argparse.ArgumentParser(prog="python -m bench drift", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="demo companies")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--products", type=int, default=12, help="products of each")
    parser.add_argument("--clean", action="store_true", help="plant nothing")
    parser.add_argument("--retail", type=Path, help="folder with the wholesaler's months")
    parser.add_argument("--verbose", action="store_true", help="show every flag")
    chosen = parser.parse_args(arguments)
    show: Callable[[str], None] = print if chosen.verbose else lambda _line: None
    tally: dict[tuple[str, str], list[bool]] = defaultdict(list)
    flags = months = 0
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            company = demo.make(place, seed=seed, products=chosen.products)
            (place / "control" / "billing_totals.csv").unlink()  # it would stop the run
            year = open_book(place).period.trailing(CLEAN_MONTHS).months
            clean = _clean(place, place, year)
            flags, months = flags + len(clean), months + len(year)
            show(f"  seed {seed}: {len(clean)} flags on {len(year)} clean months")
            for one in clean:
                show(f"    {one.state} {one.control} {one.source} {one.period}: {one.detail}")
            for export in () if chosen.clean else DEMO:
                found = _planted(place, place, export, company.period, show)
                for name, flagged in found.items():
                    tally[export.source, name].append(flagged)
    print(f"demo: {flags} flags on {months} clean months of {chosen.seeds} companies")
    if tally:
        _print("planted", tally)
    if chosen.retail is not None:
        _retail(chosen.retail, show)
    return 0


def _retail(source: Path, show: Callable[[str], None]) -> None:
    book = Path(__file__).resolve().parents[1] / "examples" / "online-retail"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for path in source.iterdir():
            if path.name != "control_totals.csv":
                shutil.copy(path, data / path.name)
        months = sorted(path.name[14:21] for path in data.glob("online_retail_*"))
        flags = _clean(book, data, months)
        print(f"\nwholesaler: {len(flags)} flags on {len(months)} clean months")
        for one in flags:
            show(f"    {one.state} {one.control} {one.source} {one.period}: {one.detail}")
        found = _planted(book, data, RETAIL, months[-1], show)
        _print("planted", {("invoices", name): [flagged] for name, flagged in found.items()})

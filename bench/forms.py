"""Columns written otherwise than before, planted and not: ``python -m bench forms``.

Small companies are made up: how each writes ids, days and amounts is drawn, so are how many rows
and months it has. In one half the last month is written as the months before, with growth, longer
ids and whole amounts by chance; in the other half one column of it is written otherwise. With
``--partitioned`` the same companies are read as partitioned sources, every other one from Parquet.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from pfkit.book import check_book

if TYPE_CHECKING:
    from collections.abc import Callable

    Chance = np.random.Generator
    Row = dict[str, str]

IDS = ("number", "filled", "code")
DAYS = {"iso": "%Y-%m-%d", "dots": "%d.%m.%Y", "slashes": "%d/%m/%Y", "us": "%m/%d/%Y"}
YEAR, LAST = 2026, 6


@dataclass(frozen=True)
class Layout:
    """How a company writes its billing."""

    ids: str
    days: str
    comma: bool
    rows: int
    months: int
    level: float


def layout_of(chance: Chance) -> Layout:
    """Draw a layout."""
    return Layout(
        str(chance.choice(IDS)),
        str(chance.choice(list(DAYS))),
        bool(chance.integers(2)),
        int(np.exp(chance.uniform(np.log(12), np.log(250)))),
        int(chance.integers(2, 7)),
        float(chance.uniform(3, 9)),
    )


def _month(layout: Layout, month: int, chance: Chance) -> list[Row]:
    """Return a month's rows; the company grows, and so do its ids."""
    count = max(8, int(layout.rows * chance.uniform(0.6, 1.5)))
    base = 9_700 + 60 * (month - LAST + layout.months)
    rows = []
    for place in range(count):
        number = int(base + chance.integers(0, 400))
        name = {
            "number": f"{number}",
            "filled": f"{number % 100_000:06}",
            "code": f"C-{number}",
        }[layout.ids]
        cents = int(np.exp(chance.normal(layout.level, 1.0)) * 100)
        cents -= cents % 100 if chance.random() < 0.2 else 0  # noqa: PLR2004 - one in five is round
        day = 1 + place % 28
        rows.append(
            {
                "id": f"{month:02}-{place}",
                "day": f"{YEAR}-{month:02}-{day:02}",
                "who": name,
                "item": str(chance.choice(["tea", "café", "milk"])),
                "amount": f"{cents / 100:.2f}",
            }
        )
    return rows


def _written(rows: list[Row], layout: Layout) -> list[Row]:
    """Return rows as the company writes them."""
    return [
        row
        | {
            "day": _day(row["day"], layout.days),
            "amount": row["amount"].replace(".", ",") if layout.comma else row["amount"],
        }
        for row in rows
    ]


def _day(day: str, form: str) -> str:
    return dt.date.fromisoformat(day).strftime(DAYS[form])


Change = tuple[str, str, "Callable[[Row, Layout], Row]"]


def _changes(layout: Layout) -> list[Change]:
    """Return what may be written otherwise in a layout: its name, its column, and how."""
    mark = "," if layout.comma else "."
    other = "." if layout.comma else ","
    found: list[Change] = [
        ("number became text", "amount", lambda row, _: row | {"amount": "n/a " + row["amount"]}),
        ("decimal mark", "amount", lambda row, _: row | {"amount": _put(row, mark, other)}),
        ("cents", "amount", lambda row, _: row | {"amount": str(int(_put(row, mark, "")))}),
        ("currency in the cell", "amount", lambda row, _: row | {"amount": row["amount"] + " EUR"}),
        ("day with a zone", "day", lambda row, held: row | {"day": _zoned(row["day"], held)}),
    ]  # fmt: skip
    if layout.ids == "number":
        found.append(("id as float", "who", lambda row, _: row | {"who": row["who"] + ".0"}))
        found.append(("id to code", "who", lambda row, _: row | {"who": "C" + row["who"]}))
    if layout.ids == "filled":
        found.append(("zeros lost", "who", lambda row, _: row | {"who": str(int(row["who"]))}))
    if layout.days in {"slashes", "us"}:
        swap = "us" if layout.days == "slashes" else "slashes"
        found.append(
            ("day order", "day", lambda row, held: row | {"day": _turned(row["day"], held, swap)})
        )
    else:
        swap = "dots" if layout.days == "iso" else "iso"
        found.append(
            ("day form", "day", lambda row, held: row | {"day": _turned(row["day"], held, swap)})
        )
    return found


def _put(row: Row, mark: str, other: str) -> str:
    return row["amount"].replace(mark, other)


def _iso(day: str, layout: Layout) -> str:
    parts = day.replace("/", "-").replace(".", "-").split("-")
    order = {"iso": (0, 1, 2), "dots": (2, 1, 0), "slashes": (2, 1, 0), "us": (2, 0, 1)}
    year, month, date = (parts[place] for place in order[layout.days])
    return f"{year}-{month}-{date}"


def _turned(day: str, layout: Layout, form: str) -> str:
    return _day(_iso(day, layout), form)


def _zoned(day: str, layout: Layout) -> str:
    return f"{_iso(day, layout)}T22:30:00Z"


BOOK = """
company = {{ name = "Made up", currency = "EUR" }}
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*"
{more}
delimiter = ";"
decimal = "{decimal}"
date_format = "{day}"
known_on = {{ file_name = '(\\d{{4}}-\\d{{2}})', at = "month_end" }}
columns = {{ invoice_id = "id", invoice_date = "day", customer = "who", product = "item", \
amount_local = "amount" }}
"""


#: What a partitioned source says beside the others.
PARTITIONED = 'partitioned = true\nkey = ["invoice_id"]'


def _told(
    folder: Path, layout: Layout, seed: int, change: Change | None, more: str
) -> list[dict[str, Any]]:
    """Write a company, and return what its check says of the forms of columns."""
    chance = np.random.default_rng(seed)
    (folder / "billing").mkdir(parents=True)
    for month in range(LAST - layout.months + 1, LAST + 1):
        rows = _written(_month(layout, month, chance), layout)
        if change is not None and month == LAST:
            rows = [change[2](row, layout) for row in rows]
        _write(folder / "billing" / f"{YEAR}-{month:02}", rows, typed=bool(more) and seed % 2 == 1)
    decimal = "," if layout.comma else "."
    toml = BOOK.format(decimal=decimal, day=DAYS[layout.days], more=more)
    (folder / "book.toml").write_text(toml, encoding="utf-8")
    found = check_book(folder, period=f"{YEAR}-{LAST:02}")
    return [one for one in found["findings"] if one["rule"] == "Column forms"]


def _write(path: Path, rows: list[Row], *, typed: bool) -> None:
    if typed:
        table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
        parquet.write_table(table, path.with_suffix(".parquet"), row_group_size=64)
        return
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    path.with_suffix(".csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Print how many planted changes were named at their column, and how many months were alarmed.

    Parameters
    ----------
    arguments : list of str
        ``--cases`` of either kind, ``--seed``, ``--partitioned``, ``--show`` to list each miss.
    """
    asked = argparse.ArgumentParser(prog="python -m bench forms", description=__doc__)
    asked.add_argument("--cases", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--partitioned", action="store_true")
    asked.add_argument("--show", action="store_true")
    given = asked.parse_args(arguments)
    more = PARTITIONED if given.partitioned else ""
    chance = np.random.default_rng(given.seed)
    hits: dict[str, list[bool]] = defaultdict(list)
    alarms = 0
    for case in range(given.cases):
        layout = layout_of(chance)
        changes = _changes(layout)
        change = changes[int(chance.integers(len(changes)))]
        seed = 1000 * given.seed + case
        with tempfile.TemporaryDirectory() as name:
            clean = _told(Path(name) / "clean", layout, seed, None, more)
            planted = _told(Path(name) / "planted", layout, seed, change, more)
        alarms += bool(clean)
        # the control names the column in its first words
        named = any(one["message"].startswith(f"column {change[1]}:") for one in planted)
        hits[change[0]].append(named)
        if given.show and (clean or not named):
            print(f"case {case}: {layout} {change[0]}: {clean or 'MISSED'}")
    for name, found in sorted(hits.items()):
        print(f"{name}: {sum(found)} of {len(found)} named")
    every = [one for found in hits.values() for one in found]
    print(f"planted changes: {sum(every)} of {len(every)} named at their column")
    print(f"clean months: {alarms} of {given.cases} alarmed")
    return 0

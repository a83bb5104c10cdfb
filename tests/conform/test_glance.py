"""A glance may rule a column out only where exact sums would find nothing in it."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.conform import totals
from pfkit.conform.glance import Glance
from pfkit.conform.shape import Hierarchy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS = ("code", "parent", "name")


def looked(rows: list[totals._Row]) -> Glance:
    texts = [[row.cells[place] for row in rows] for place in range(len(COLUMNS))]
    arrays = [[row.slice for row in rows], *texts, [float(row.amount) for row in rows]]
    names = ["slice", *COLUMNS, "amount"]
    return Glance.of(pa.table(dict(zip(names, arrays, strict=True))), totals._SHARE)


def summed(rows: list[totals._Row], how: Hierarchy | None, places: tuple[int, ...]) -> bool:
    cut = [replace(row, cells=tuple(row.cells[place] for place in places)) for row in rows]
    if how is None:
        return bool(list(totals._value_total("name", cut)))
    if how.parent and not names_rows(rows, *places):
        return False
    total = sum((abs(row.amount) for row in rows), Decimal(0))
    return bool(list(totals._tried(how, cut, total)))


def names_rows(rows: list[totals._Row], code: int, parent: int) -> bool:
    """Return whether all values of one column stand in the other, few of them in their own row."""
    codes = {row.cells[code] for row in rows}
    named = {row.cells[parent] for row in rows} - {""}
    others = sum(row.cells[code] != row.cells[parent] for row in rows)
    return bool(named) and named <= codes and len(named) < len(codes) and others * 2 > len(rows)


def readings() -> Iterator[tuple[Hierarchy | None, tuple[int, ...]]]:
    for place, column in enumerate(COLUMNS):
        yield Hierarchy(code=column), (place,)
        yield None, (place,)
    for code, parent in permutations(range(len(COLUMNS)), 2):
        yield Hierarchy(code=COLUMNS[code], parent=COLUMNS[parent]), (code, parent)


def by_codes(draw: random.Random) -> list[totals._Row]:
    """Codes of two levels, some of which are the sum of those that begin with them."""
    rows = []
    for month in ("a", "b"):
        for top in "12":
            parts = [Decimal(draw.randint(1, 9999)) / 100 for _ in range(draw.randint(2, 4))]
            whole = sum(parts) if draw.random() < 0.95 else Decimal(draw.randint(1, 999))
            cells = (top, draw.choice(["", top]), draw.choice(["x", "y"]))
            rows.append(totals._Row(month, cells, Decimal(whole)))
            rows += [
                totals._Row(month, (f"{top}{place}", top, draw.choice("xyz")), part)
                for place, part in enumerate(parts)
            ]
    return rows


def by_value(draw: random.Random) -> list[totals._Row]:
    """Names of which one, in nearly every month, is the sum of the others."""
    rows = []
    for month in ("a", "b", "c"):
        parts = [Decimal(draw.randint(-999, 9999)) / 100 for _ in range(5)]
        whole = sum(parts) if draw.random() < 0.9 else Decimal(7)
        names = [*"pqrst", "Total"]
        rows += [
            totals._Row(month, (str(draw.randint(100, 999)), "", name), Decimal(amount))
            for name, amount in zip(names, [*parts, whole], strict=True)
        ]
    return rows


@pytest.mark.parametrize("made", [by_codes, by_value])
def test_what_exact_sums_find_no_glance_rules_out(
    made: Callable[[random.Random], list[totals._Row]],
) -> None:
    draw, found = random.Random(11), 0
    for _ in range(60):
        rows = made(draw)
        kept = set(map(str, totals._readings(COLUMNS, looked(rows))))
        known = [one for one in readings() if summed(rows, *one)]
        assert {str(one) for one in known} <= kept
        found += bool(known)
    assert found > 20


def test_columns_in_which_nothing_stands_above_are_ruled_out() -> None:
    draw = random.Random(5)
    rows = [
        totals._Row("m", (f"{n:05}", f"C{n % 7}", f"item {n % 31}."), Decimal(draw.randint(1, 99)))
        for n in range(300)
    ]
    assert list(totals._readings(COLUMNS, looked(rows))) == []


def test_blanks_in_neighboring_columns_are_a_chain_only_if_they_hold_enough() -> None:
    cells = [("a", "", ""), ("a", "b", ""), ("a", "b", "c"), ("a", "b", "d")]
    amounts = [Decimal(9), Decimal(9), Decimal(4), Decimal(5)]
    rows = [totals._Row("m", c, amount) for c, amount in zip(cells, amounts, strict=True)]
    assert looked(rows).chain() == (0, 1, 2)
    small = [totals._Row("m", row.cells, row.amount / 100) for row in rows[:2]]
    assert looked([*small, *rows[2:]]).chain() == ()

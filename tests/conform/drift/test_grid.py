"""The grid may rule out only parts that the closer look would clear too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.conform.drift.finding import WHOLE
from pfkit.conform.drift.grid import Grid
from pfkit.conform.drift.missing import SMALL, UNBROKEN
from pfkit.conform.drift.profile import Profile
from pfkit.conform.drift.scale import AS_MANY, FOLLOWS, MATTERS, SHIFT, judged_parts
from pfkit.conform.drift.sign import AS_LARGE, STEADY_MONTHS, _candidates

MONTHS = tuple(f"2026-{month:02}" for month in range(1, 10))
HISTORY, NOW = MONTHS[:-1], MONTHS[-1]


def drawn(seed: int) -> Profile:
    """Return 30 parts of which some jump by a unit, turn, end or thin out in the last month."""
    rng = np.random.default_rng(seed)
    rows = []
    for part in range(30):
        fate = rng.choice(["stays", "jumps", "turns", "ends", "thins"])
        level, count = rng.uniform(0.5, 4), int(rng.integers(1, 40))
        for month in MONTHS:
            last = month == NOW
            if last and fate == "ends":
                continue
            lines = max(1, int(rng.poisson(count)))
            lines = max(1, lines // 9) if last and fate == "thins" else lines
            sizes = 10 ** rng.normal(level, 0.2, lines)
            sizes *= 1000 if last and fate == "jumps" else 1
            sizes *= -1 if last and fate == "turns" else 1
            rows += [
                {
                    "month": month,
                    "product": f"P{part:02}",
                    "bin": round(np.log10(abs(size)) * 10),
                    "rows": 1,
                    "n": 1,
                    "negative": int(size < 0),
                    "total": size,
                    "size": abs(size),
                }
                for size in sizes
            ]
    by = ["month", "product", "bin"]
    bins = pd.DataFrame(rows).groupby(by, as_index=False).sum()
    return Profile("amount", money=True, levels=("product",), bins=bins, months=MONTHS)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [WHOLE, "product"])
def test_no_part_is_ruled_out_that_moved_or_turned(seed: int, level: str) -> None:
    profile = drawn(seed)
    grid, parts = profile.grid(level), profile.by(level)
    moved = judged_parts(parts, HISTORY, NOW)
    moved = moved[moved["shifted"]]
    turned = _candidates(parts, HISTORY, NOW)
    keys = np.array(grid.keys)
    may_move = grid.jumped(shift=SHIFT, follows=FOLLOWS, as_many=AS_MANY, matters=MATTERS)
    may_turn = grid.turned(as_large=AS_LARGE, as_many=AS_MANY, steady=STEADY_MONTHS, odds=0.0)
    assert set(moved.index) <= set(keys[may_move])
    assert set(turned.index) <= set(keys[may_turn])
    if level == "product":
        assert len(moved)
        assert len(turned)
        assert may_move.sum() < 15
        assert may_turn.sum() < 15


def test_counts_sums_and_middle_rows_are_those_of_the_profile() -> None:
    profile = drawn(7)
    grid, parts = profile.grid("product"), profile.by("product")
    for one in parts.to_dict("records"):
        at = grid.keys.index(one["key"]), MONTHS.index(one["month"])
        assert grid.rows[at] == one["rows"]
        assert grid.n[at] == one["n"]
        assert grid.total[at] == pytest.approx(one["total"])
        assert grid.size[at] == pytest.approx(one["size"])
        assert grid.mid[at] == pytest.approx(one["mid"])
    assert (grid.rows > 0).sum() == len(parts)


def test_what_ended_and_was_not_small() -> None:
    rows = [("big", month, 60.0) for month in HISTORY]
    rows += [("small", month, 0.1) for month in HISTORY]
    rows += [("late", month, 60.0) for month in HISTORY[-5:]]
    rows += [("stays", month, 40.0) for month in MONTHS]
    bins = pd.DataFrame(rows, columns=["product", "month", "size"]).assign(
        bin=1, rows=lambda table: table["size"], n=1, negative=0, total=lambda table: table["size"]
    )
    grid = Grid.of(bins, "product", MONTHS, per_decade=10)
    whole = Grid.of(bins, None, MONTHS, per_decade=10)
    assert grid.ended(whole, months=UNBROKEN, small=SMALL) == ["big"]

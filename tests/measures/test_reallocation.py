from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import reallocation
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")
AT = {"version": "actual", "period": "2026-06"}


def hours(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame([AT | {"role": r, "product": p, "hours": h} for r, p, h in rows])


def values(**amounts: float) -> pd.DataFrame:
    return pd.DataFrame({"product": list(amounts), "result": list(amounts.values())})


def moves(found: Any) -> list[tuple[str, str, float, float]]:  # noqa: ANN401
    rows = found.moves[found.moves["role"] == "item"]
    columns = ("from_product", "to_product", "hours", "value")
    return list(zip(*(rows[name].tolist() for name in columns), strict=True))


def test_hours_go_where_an_hour_brings_most() -> None:
    effort = hours(("Dev", "Atlas", 100.0), ("Dev", "Borea", 100.0), ("Dev", "Cedar", 50.0))
    found = reallocation(
        effort, values(Atlas=1000, Borea=3000, Cedar=2500), period=JUNE, leave=0.1, take=0.2
    )
    # 10, 30 and 50 an hour: Cedar takes 10 hours, best all of Atlas's 10 (40 an hour); Borea may
    # take 20 more, but nobody is left who brings less
    assert moves(found) == [("Atlas", "Cedar", 10.0, 400.0)]
    assert found.value == 400.0


def test_shadow_prices_are_what_one_more_hour_adds() -> None:
    effort = hours(("Dev", "Atlas", 100.0), ("Dev", "Borea", 100.0), ("Dev", "Cedar", 40.0))
    told = values(Atlas=1000, Borea=3000, Cedar=2000)
    found = reallocation(effort, told, period=JUNE, leave=0.1, take=0.2)
    # Cedar takes 8 of Atlas's 10 (40 an hour); the other two go to Borea (20)
    assert moves(found) == [("Atlas", "Cedar", 8.0, 320.0), ("Atlas", "Borea", 2.0, 40.0)]
    keys = zip(found.limits["limit"], found.limits["product"], strict=True)
    prices = dict(zip(keys, found.limits["shadow_price"], strict=True))
    # one more hour of Atlas goes to Borea; one more place at Cedar moves an hour of 20 to 40
    assert prices == pytest.approx({("leave", "Atlas"): 20.0, ("take", "Cedar"): 20.0}, abs=1e-3)


def test_spare_hours_and_skills_widen_what_can_move() -> None:
    effort = hours(("Dev", "Atlas", 100.0), ("Ops", "Borea", 100.0))
    told = values(Atlas=1000, Borea=3000)
    assert moves(reallocation(effort, told, period=JUNE)) == []
    found = reallocation(effort, told, period=JUNE, skills={"Dev": ["Ops"]})
    assert moves(found) == [("Atlas", "Borea", 10.0, 200.0)]
    spare = pd.DataFrame(
        {"effort_role": ["Ops", "Dev", "Ops"], "spare": [4.0, -3.0, 99.0],
         "role": ["item", "item", "total"]}
    )  # fmt: skip
    found = reallocation(effort, told, period=JUNE, spare=spare)
    assert moves(found) == [("(spare)", "Borea", 4.0, 120.0)]


def test_what_is_no_share_or_no_role_is_refused() -> None:
    effort = hours(("Dev", "Atlas", 1.0))
    with pytest.raises(MeasureError, match=r"leave: 1\.5 is no share"):
        reallocation(effort, values(Atlas=1), period=JUNE, leave=1.5)
    with pytest.raises(MeasureError, match="closest known role is 'Dev'"):
        reallocation(effort, values(Atlas=1), period=JUNE, skills={"Dex": ["Dev"]})


@given(st.data())
def test_no_better_plan_in_whole_hours_is_found_by_trying(data: st.DataObject) -> None:
    worked = [data.draw(st.integers(1, 4)) * 10.0 for _ in range(3)]
    worth = [float(data.draw(st.integers(-5, 9))) for _ in range(3)]
    names = ["A", "B", "C"]
    effort = hours(*(("Dev", n, h) for n, h in zip(names, worked, strict=True)))
    told = values(**{n: v * h for n, v, h in zip(names, worth, worked, strict=True)})
    found = reallocation(effort, told, period=JUNE, leave=0.1, take=0.1)
    most = [round(h / 10) for h in worked]
    best = 0.0
    pairs = list(itertools.permutations(range(3), 2))
    for plan in itertools.product(range(3), repeat=len(pairs)):
        out = [sum(x for x, (a, _) in zip(plan, pairs, strict=True) if a == n) for n in range(3)]
        into = [sum(x for x, (_, b) in zip(plan, pairs, strict=True) if b == n) for n in range(3)]
        if all(o <= m and i <= m for o, i, m in zip(out, into, most, strict=True)):
            gain = sum(x * (worth[b] - worth[a]) for x, (a, b) in zip(plan, pairs, strict=True))
            best = max(best, gain)
    assert found.value >= best - 0.05
    items = found.moves[found.moves["role"] == "item"]
    for name, limit in zip(names, most, strict=True):
        assert items.loc[items["from_product"] == name, "hours"].sum() <= limit + 1e-6
        assert items.loc[items["to_product"] == name, "hours"].sum() <= limit + 1e-6

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.measures import restated
from pfkit.period import FiscalCalendar, Period

COLUMNS = ["version", "period", "product", "line", "group", "amount"]
WHY = ["period", "line", "product", "cause", "file", "known_on", "rows", "amount"]


@pytest.fixture
def june() -> Period:
    return FiscalCalendar().period("2026-06")


def stated(*rows: tuple[str, str, float]) -> pd.DataFrame:
    full = [("actual", month, "Atlas", line, "operating", amount) for month, line, amount in rows]
    return pd.DataFrame(full, columns=COLUMNS)


def because(*rows: tuple[str, str, str, str, int, float]) -> pd.DataFrame:
    full = [
        (month, line, product, cause, "gl.csv", "2026-06-20", count, amount)
        for month, line, product, cause, count, amount in rows
    ]
    return pd.DataFrame(full, columns=WHY)


def test_nothing_restated_is_an_empty_table(june: Period) -> None:
    may = stated(("2026-05", "Rent", -100.0))
    assert restated(may, may, because(), period=june).empty


def test_a_month_the_last_report_did_not_know_is_new_not_restated(june: Period) -> None:
    now = stated(("2026-04", "Rent", -5.0), ("2026-05", "Rent", -100.0))
    assert restated(now, stated(("2026-05", "Rent", -100.0)), because(), period=june).empty


def test_the_month_before_stands_first_and_the_rest_together(june: Period) -> None:
    now = stated(*((f"2026-0{m}", f"L{m}", -10.0 - m) for m in range(1, 6)))
    then = stated(*((f"2026-0{m}", f"L{m}", -10.0) for m in range(1, 6)))
    why = because(*((f"2026-0{m}", f"L{m}", "", "late rows", m, -float(m)) for m in range(1, 6)))
    found = restated(now, then, why, period=june, top=2)
    assert found["role"].tolist() == ["item", "memo", "item", "memo", "other", "total"]
    assert found.loc[found["role"] == "item", "period"].tolist() == ["2026-05", "2026-04"]
    other, total = found.iloc[-2], found.iloc[-1]
    assert (other["line"], other["rows"], other["difference"]) == ("Other (3)", 6, -6)
    assert (total["reported"], total["restated"], total["difference"]) == (-50, -65, -15)
    assert found["row_key"].is_unique


def test_a_cent_of_rounding_stands_with_the_largest_cause(june: Period) -> None:
    # 0.334 + 0.334 are 0.67 in the statement, and 0.33 + 0.33 on their own
    now, then = stated(("2026-05", "Rent", 0.67)), stated(("2026-05", "Rent", 0.0))
    why = because(("2026-05", "Rent", "", "late rows", 1, 0.334))
    why = pd.concat([why, because(("2026-05", "Rent", "", "stated anew", 1, 0.334))])
    found = restated(now, then, why, period=june)
    assert found.loc[found["role"] == "memo", "difference"].tolist() == [0.34, 0.33]


def test_what_no_row_explains_is_said(june: Period) -> None:
    now, then = stated(("2026-05", "Rent", -120.0)), stated(("2026-05", "Rent", -100.0))
    why = because(("2026-05", "Rent", "", "late rows", 1, -15.0))
    found = restated(now, then, why, period=june)
    causes = found[found["role"] == "memo"]
    assert causes[["cause", "difference"]].to_numpy().tolist() == [
        ["late rows", -15.0],
        ["not traced to a row", -5.0],
    ]


def test_a_product_is_named_where_it_is_material(june: Period) -> None:
    now, then = stated(("2026-05", "Rent", -200.0)), stated(("2026-05", "Rent", -100.0))
    why = because(
        ("2026-05", "Rent", "Atlas", "late rows", 1, -80.0),
        ("2026-05", "Rent", "Borea", "late rows", 1, -15.0),
        ("2026-05", "Rent", "Cetus", "late rows", 2, -5.0),
    )
    found = restated(now, then, why, period=june, amount=50.0, names={"Atlas": "The atlas"})
    causes = found[found["role"] == "memo"]
    assert causes[["product", "rows", "difference"]].to_numpy().tolist() == [
        ["The atlas (Atlas)", 1, -80.0],
        ["", 3, -20.0],
    ]

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.errors import PeriodError
from pfkit.measures.attribution import uses
from pfkit.measures.attribution.uses import uses_of

ROWS = pd.DataFrame(
    [
        ("A", "search", "2026-01", 2.0),
        ("B", "", "2026-01", 2.0),  # names no feature
        ("A", "export", "2026-02", 0.0),  # of no use
        (None, "search", "2026-02", 1.0),
        ("C", None, "2026-02", 1.0),
        ("C", "chat", None, 1.0),
        ("A", "search", "2026-03", 0.5),
    ],
    columns=["customer", "feature", "period", "units"],
)
COLUMNS = ["customer", "feature", "period"]
JANUARY = 2026 * 12


def listed(table: pd.DataFrame) -> list[tuple[str | None, object, int]]:
    found = uses_of(table)
    rows = [row for piece in found.rows() for row in zip(*(p.tolist() for p in piece), strict=True)]
    names = [*found.customers.tolist(), None]
    return [(names[who], found.features[which], month) for who, which, month in rows]


@pytest.mark.parametrize("kind", ["object", "str", "category"])
@pytest.mark.parametrize("piece", [1, 2, 500])
def test_rows_that_count_are_the_same_in_any_form_and_piece(
    monkeypatch: pytest.MonkeyPatch, kind: str, piece: int
) -> None:
    monkeypatch.setattr(uses, "_PIECE", piece)
    assert listed(ROWS.astype(dict.fromkeys(COLUMNS, kind))) == [
        ("A", "search", JANUARY),
        (None, "search", JANUARY + 1),
        ("C", "chat", -1),
        ("A", "search", JANUARY + 2),
    ]


def test_names_are_those_of_rows_that_count() -> None:
    table = ROWS.astype(dict.fromkeys(COLUMNS, "category"))
    found = uses_of(table)
    assert found.features == ("chat", "search")
    assert found.customers[found.asked].tolist() == ["A", "C"]
    assert uses_of(table.drop(columns="units")).features == ("chat", "export", "search")


def test_a_month_is_refused_where_a_row_of_it_counts() -> None:
    table = ROWS.assign(period=["2026-01"] * 6 + ["spring"]).astype({"period": "category"})
    with pytest.raises(PeriodError, match="'spring' is no month"):
        uses_of(table)
    assert set(uses_of(table.assign(units=[1.0] * 6 + [0.0])).features) == {
        *("chat", "export", "search")
    }

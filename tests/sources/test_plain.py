from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pfkit.sources.plain import as_text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["007", None], ["007", None]),
        ([7, -12], ["7", "-12"]),
        ([0.1, 17850.0, -3.25], ["0.1", "17850", "-3.25"]),
        ([Decimal("1.50")], ["1.50"]),
        ([dt.date(2026, 1, 31)], ["2026-01-31"]),
        ([dt.datetime(2026, 1, 31, 9, 30, 0, 500_000)], ["2026-01-31 09:30:00.5"]),  # noqa: DTZ001
        ([True, False], ["true", "false"]),
    ],
)
def test_a_typed_column_becomes_the_text_an_export_writes(
    values: list[Any], texts: list[str | None]
) -> None:
    assert as_text(pa.chunked_array([values])).to_pylist() == texts

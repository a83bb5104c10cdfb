"""Moments that carry their kind: the month they count in is that of the company's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.conform.engine import Engine
from pfkit.conform.moments import in_company_zone

if TYPE_CHECKING:
    from tests.conform.conftest import Shop

# 23:30 of January 31 in New York is the next month in UTC, and in Paris
LATE = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))


@pytest.mark.parametrize(
    ("company", "source", "aware", "plain"),
    [
        ("", "", "2026-02-01 04:30", "2026-01-31 23:30"),
        ("Europe/Paris", "", "2026-02-01 05:30", "2026-01-31 23:30"),
        ("America/New_York", "", "2026-01-31 23:30", "2026-01-31 23:30"),
        ("Europe/Paris", "America/New_York", "2026-02-01 05:30", "2026-02-01 05:30"),
        ("America/New_York", "Asia/Tokyo", "2026-01-31 23:30", "2026-01-31 09:30"),
    ],
)
def test_a_moment_is_local_to_the_company(
    shop: Shop, company: str, source: str, aware: str, plain: str
) -> None:
    declared = shop.declare(f'zone = "{source}"' if source else "").sources[0]
    engine = Engine()
    local = LATE.replace(tzinfo=None)
    table = pa.table(
        {
            "aware": pa.array([LATE.astimezone(UTC)], pa.timestamp("us", tz="UTC")),
            "plain": pa.array([local], pa.timestamp("us")),
            "day": pa.array([local.date()], pa.date32()),
        }
    )
    engine.load("raw_billing", table)
    in_company_zone(declared, engine, company)
    ((found_aware, found_plain, day),) = engine.rows("SELECT aware, plain, day FROM raw_billing")
    assert f"{found_aware:%Y-%m-%d %H:%M}" == aware
    assert f"{found_plain:%Y-%m-%d %H:%M}" == plain
    assert day == local.date()


def test_what_types_names_is_turned_once(shop: Shop) -> None:
    declared = shop.declare(
        'zone = "America/New_York"\ntypes = { aware = "datetime", plain = "datetime" }'
    ).sources[0]
    engine = Engine()
    table = pa.table(
        {
            "aware": pa.array([LATE.astimezone(UTC)], pa.timestamp("us", tz="UTC")),
            "plain": pa.array([LATE.replace(tzinfo=None)], pa.timestamp("us")),
        }
    )
    engine.load("raw_billing", table)
    in_company_zone(declared, engine, "Europe/Paris")
    ((found_aware, found_plain),) = engine.rows("SELECT aware, plain FROM raw_billing")
    # local to the source: what reads `types` moves it to the company's zone
    assert found_aware == found_plain == LATE.replace(tzinfo=None)

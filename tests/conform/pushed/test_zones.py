"""Offsets written out: what `zoneinfo` says of a moment, in every engine's arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pytest

from bench import _parity as parity
from pfkit.conform.pushed.zones import local, offsets
from pfkit.errors import BookError

KIND = dt.Timestamp(timezone="UTC")


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
)
def test_a_moment_is_what_the_clocks_there_show(zone: str) -> None:
    changes = [when for when, _ in offsets(zone)]
    near = [when + timedelta(minutes=m) for when in changes for m in (-60, -1, 0, 1, 60)]
    moments = [moment for moment in near if moment.year >= 1990]
    engine = parity.Duck()
    engine.load("t", pa.table({"at": pa.array(moments, pa.timestamp("us", tz="UTC"))}))
    table = ibis.table({"at": KIND}, name="t")
    moved = local(table.at, KIND, zone=zone, own="", where="book.toml")
    sql = ibis.to_sql(table.select(at=table.at, here=moved.cast("string")), dialect="duckdb")
    found = {row["at"].astimezone(UTC): row["here"][:19] for row in engine.run(sql).to_pylist()}
    for moment in moments:
        shown = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
        assert found[moment] == shown, moment


def test_a_moment_without_a_zone_stays() -> None:
    table = ibis.table({"at": "timestamp"}, name="t")
    same = local(table.at, dt.timestamp, zone="Europe/Paris", own="Europe/Paris", where="x")
    assert same.equals(table.at)


def test_a_moment_of_another_zone_without_saying_so_is_refused() -> None:
    table = ibis.table({"at": "timestamp"}, name="t")
    with pytest.raises(BookError, match="are of Asia/Tokyo") as told:
        local(table.at, dt.timestamp, zone="Europe/Paris", own="Asia/Tokyo", where="book.toml x")
    assert "leave `push` out" in told.value.advice


def test_offsets_begin_in_1990() -> None:
    assert offsets("Asia/Kolkata") == ((datetime(1990, 1, 1, tzinfo=UTC), 19_800),)

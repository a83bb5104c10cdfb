"""Events of product analytics: counted once, in the month of the company's zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.booktoml import read_declaration
from pfkit.conform.pipeline import conform

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

#: 31 January 2026, 23:30:00 in UTC.
MOMENT = 1769902200
FILES = {
    "ga4-events": f"""
        {{"event_date": "20260131", "event_timestamp": "{MOMENT}000000", "event_name": "search", "user_pseudo_id": "p1", "user_id": "u1", "batch_event_index": 1}}
        {{"event_date": "20260131", "event_timestamp": "{MOMENT}000001", "event_name": "export", "user_pseudo_id": "p2", "batch_event_index": 1}}
        {{"event_date": "20260131", "event_timestamp": "{MOMENT}000001", "event_name": "export", "user_pseudo_id": "p2", "batch_event_index": 1}}
    """,
    "amplitude-events": """
        {"$insert_id": "e1", "event_type": "search", "event_time": "2026-01-31 23:30:00.000000", "user_id": "u1", "amplitude_id": 7}
        {"$insert_id": "e2", "event_type": "export", "event_time": "2026-01-31 23:30:00.250000", "user_id": null, "amplitude_id": 8}
        {"$insert_id": "e2", "event_type": "export", "event_time": "2026-01-31 23:30:00.250000", "user_id": null, "amplitude_id": 8}
    """,
    "mixpanel-events": f"""
        {{"event": "search", "properties": {{"time": {MOMENT}, "distinct_id": "u1", "$insert_id": "e1"}}}}
        {{"event": "export", "properties": {{"time": {MOMENT}, "distinct_id": "p2", "$insert_id": "e2"}}}}
        {{"event": "export", "properties": {{"time": {MOMENT}, "distinct_id": "p2", "$insert_id": "e2"}}}}
    """,
}


@pytest.mark.parametrize("adapter", FILES)
def test_an_event_sent_twice_is_one(adapter: str, desk: Desk) -> None:
    found = desk.tried(adapter, FILES[adapter], "events.jsonl")
    assert (found["accepted"], found["quarantined"], found["excluded"]) == (2, 0, 1)
    assert found["verdict"] != "quarantine"
    assert [(one["reason"], one["rows"]) for one in found["left_out"]] == [("sent twice", 1)]
    assert [row["feature"] for row in found["rows"]] == ["search", "export"]
    assert found["rows"][0]["ts"] == "2026-01-31 23:30:00"
    assert {row["units"] for row in found["rows"]} == {"1"}
    assert {row["period"] for row in found["rows"]} == {"2026-01"}


@pytest.mark.parametrize(
    ("adapter", "zone", "period"),
    [
        ("ga4-events", "", "2026-02"),
        ("amplitude-events", "", "2026-02"),
        ("mixpanel-events", "", "2026-02"),
        # counted by the wall clock of Berlin, the same number is 22:30 in UTC
        ("mixpanel-events", 'zone = "Europe/Berlin"', "2026-01"),
    ],
)
def test_it_counts_in_the_month_of_the_company_s_zone(
    adapter: str, zone: str, period: str, shop: Shop
) -> None:
    shop.write(
        "book.toml",
        f"""
        company = {{ name = "Shop", currency = "EUR", zone = "Europe/Berlin" }}
        [[sources]]
        name = "events"
        path = "events.jsonl"
        adapter = "{adapter}"
        {zone}
        """,
    )
    shop.write("events.jsonl", FILES[adapter])
    held = conform(read_declaration(shop.path), data=shop.path, book=shop.path)
    rows = held.engine.rows("SELECT DISTINCT period FROM final_usage")
    assert rows == [(period,)]
    customers = held.engine.rows("SELECT customer FROM final_usage ORDER BY 1")
    assert ("u1",) in customers


def test_amplitude_knows_an_event_when_its_server_got_it(desk: Desk) -> None:
    found = desk.tried(
        "amplitude-events",
        """
        uuid,event_type,event_time,server_upload_time,user_id
        e1,search,2026-01-31 23:30:00.000000,2026-02-03 01:00:00.000000,u1
        """,
    )
    assert found["rows"][0]["known_on"] == "2026-02-03"


def test_one_insert_id_of_two_events_is_held_back(desk: Desk) -> None:
    found = desk.tried(
        "amplitude-events",
        """
        {"$insert_id": "e1", "event_type": "search", "event_time": "2026-01-31 10:00:00", "user_id": "u1", "server_upload_time": "2026-01-31 10:00:05"}
        {"$insert_id": "e1", "event_type": "search", "event_time": "2026-01-31 10:00:00", "user_id": "u1", "server_upload_time": "2026-02-03 10:00:05"}
        {"$insert_id": "e1", "event_type": "export", "event_time": "2026-01-31 10:00:00", "user_id": "u1", "server_upload_time": "2026-02-04 10:00:05"}
        """,
        "events.jsonl",
    )
    assert (found["accepted"], found["excluded"], found["quarantined"]) == (1, 1, 1)
    assert found["rows"][0]["known_on"] == "2026-01-31"
    assert [f["rule"] for f in found["findings"] if f["severity"] == "quarantine"] == [
        "repeated key"
    ]

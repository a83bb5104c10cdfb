"""Jira and Tempo: hours worked."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.booktoml import read_declaration
from pfkit.conform.pipeline import conform

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

JIRA = """
    id,issue_id,author_id,started,time_spent_seconds,updated,project_key,epic_key
    1,77,u1,2026-01-31T23:30:00.000+0000,5400,2026-02-01T08:00:00.000+0000,ATLAS,ATLAS-9
    2,78,u2,2026-01-15T10:00:00.000+0000,3600,2026-01-15T12:00:00.000+0000,ATLAS,
    2,78,u2,2026-01-15T10:00:00.000+0000,2700,2026-01-20T12:00:00.000+0000,ATLAS,
"""


def test_seconds_become_hours_and_the_last_update_counts(desk: Desk) -> None:
    found = desk.tried("jira-worklogs", JIRA)
    assert (found["accepted"], found["excluded"]) == (2, 1)
    first, second = found["rows"]
    assert (first["hours"], second["hours"]) == ("1.5", "0.75")
    assert (first["period"], first["initiative"], first["product"]) == (
        "2026-01",
        "ATLAS-9",
        "ATLAS",
    )
    assert "u1" not in str(found["rows"])  # who worked is not read


def test_an_hour_counts_in_the_month_of_the_company_s_zone(shop: Shop) -> None:
    shop.write(
        "book.toml",
        """
        company = { name = "Shop", currency = "EUR", zone = "Europe/Berlin" }
        [[sources]]
        name = "time"
        path = "worklogs.csv"
        adapter = "jira-worklogs"
        """,
    )
    shop.write("worklogs.csv", JIRA)
    held = conform(read_declaration(shop.path), data=shop.path, book=shop.path)
    hours = held.engine.rows("SELECT period, hours FROM final_effort ORDER BY 1")
    # 23:30 in UTC is 00:30 on 1 February in Berlin
    assert hours == [("2026-01", Decimal("0.75")), ("2026-02", Decimal("1.5"))]


def test_tempo_states_hours_of_a_day(desk: Desk) -> None:
    found = desk.tried(
        "tempo-worklogs",
        """
        Issue Key,Issue summary,Hours,Work date,Username,Full name,Account Key
        ATLAS-12,Search,1.25,2026-01-30 09:00,ines,Ines M,R&D
        """,
    )
    (row,) = found["rows"]
    assert (row["hours"], row["period"], row["product"]) == ("1.25", "2026-01", "ATLAS")
    assert row["cost_center"] == "R&D"
    assert "ines" not in str(found["rows"]).lower()

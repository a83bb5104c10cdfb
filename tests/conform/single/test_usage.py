from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conform.single.conftest import Check

HEADER = "event_id,account_id,product,feature,ts,units"


def events(**changed: dict[str, str]) -> list[str]:
    lines = [HEADER]
    for number in range(30):
        row = {
            "event_id": f"ev-{number:03d}",
            "account_id": f"{number % 9:05d}",
            "product": "Atlas",
            "feature": "export",
            "ts": f"2026-03-{number % 28 + 1:02d}T10:00:00Z",
            "units": str(number % 7 + 1),
        }
        row |= changed.get("every", {}) | changed.get(f"row_{number}", {})
        lines.append(",".join(row.values()))
    return lines


def rules(found: dict[str, Any], severity: str) -> list[tuple[str, int | None]]:
    return [(f["rule"], f["line"]) for f in found["findings"] if f["severity"] == severity]


def test_events_add_up_to_their_units(checked: Check) -> None:
    found = checked(events(), table="usage")
    # four weeks of 1 + … + 7, and 1 + 2
    assert (found["verdict"], found["amount_in"]) == ("accept", "115.00")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"units": "-3"}, "value out of range"),
        ({"units": ""}, "missing value"),
        ({"account_id": ""}, "missing value"),
        ({"ts": ""}, "missing value"),
        ({"ts": "2026-03-01T25:00:00Z"}, "unreadable value"),
        ({"ts": "2026-03-01T10:00:00"}, "unreadable value"),
        ({"event_id": "ev-002"}, "repeated key"),
    ],
)
def test_a_bad_event_is_held_back(checked: Check, changed: dict[str, str], rule: str) -> None:
    found = checked(events(row_7=changed), table="usage")
    assert rules(found, "quarantine") == [(rule, 9)]


def test_offsets_are_turned_to_utc_and_listed(checked: Check) -> None:
    found = checked(events(every={"ts": "2026-03-01T01:00:00+02:00"}), table="usage")
    assert rules(found, "repair") == [("time zone", 2)]
    assert "2026-02-28 23:00:00 UTC" in found["findings"][0]["message"]


def test_parts_of_units_are_real_quantities(checked: Check) -> None:
    assert checked(events(every={"units": "1.25"}), table="usage")["verdict"] == "accept"


def test_day_zero_of_the_clock_is_no_moment(checked: Check) -> None:
    found = checked(events(every={"ts": "1970-01-01T00:00:00Z"}), table="usage")
    assert (found["verdict"], found["accepted"]) == ("quarantine", 0)


def test_hexadecimal_ids_hold_digits_only_by_chance(checked: Check) -> None:
    ids = {f"row_{row}": {"event_id": f"73907cfccfe3{row:04x}"} for row in range(30)}
    card = {"row_3": {"event_id": "4111111111111111"}}
    assert checked(events(**ids | card), table="usage")["verdict"] == "accept"
    assert rules(checked(events(**card), table="usage"), "warn") == [("personal data", 5)]

from __future__ import annotations

from typing import Any

from pfkit.cli.told import told

NOTHING = {
    "verdict": "quarantine",
    "rows_in": 40,
    "accepted": 0,
    "quarantined": 40,
    "excluded": 0,
    **{f"amount_{name}": "0.00" for name in ("in", "accepted", "quarantined", "excluded")},
}


def _held(line: str, value: str) -> dict[str, Any]:
    return {
        "rule": "unreadable value",
        "severity": "quarantine",
        "line": line,
        "message": f"invoices invoice_date {value!r}",
        "advice": "Declare date_format.",
    }


def _lines(findings: list[dict[str, Any]]) -> list[str]:
    return told({**NOTHING, "findings": findings}).splitlines()[2:]


def test_a_rule_that_holds_back_many_rows_shows_ten_and_counts_the_rest() -> None:
    findings = [_held(f"may.csv {at}", f"{at}.5.") for at in range(1, 41)]
    lines = _lines([*findings, findings[0] | {"rule": "missing value"}])
    assert len([line for line in lines if "unreadable value (" in line]) == 10
    assert "quarantine: unreadable value: 30 more like these; --json lists them all" in lines
    assert any(line.startswith("quarantine: missing value (may.csv 1)") for line in lines)


def test_what_is_said_of_several_places_is_said_once() -> None:
    lines = _lines([_held(f"may.csv {at}", "n/a") for at in (3, 7, 9)])
    assert lines == [
        "quarantine: unreadable value (may.csv 3 and 2 more): invoices invoice_date 'n/a'",
        "  -> Declare date_format.",
    ]


def test_a_file_is_no_line_and_a_repair_is_named_once() -> None:
    finding = _held("may.csv", "") | {"rule": "repair", "severity": "repair", "message": "mark"}
    assert _lines([finding | {"advice": ""}]) == ["repair (may.csv): mark"]
    finding |= {"line": 3, "rule": "decimal comma", "advice": ""}
    assert _lines([finding]) == ["repair: decimal comma (line 3): mark"]
    finding |= {"cell": "Plan!C3"}
    assert _lines([finding]) == ["repair: decimal comma (cell Plan!C3): mark"]
    assert _lines([finding | {"cell": "", "line": None}]) == ["repair: decimal comma: mark"]


def test_numbers_are_printed_in_one_form_and_quoted_values_as_they_are() -> None:
    said = (
        "invoices amount '1\u2009204,50': 15\u2009193.45 apart, Relay 2026-06 \u22127\u2009605.78"
    )
    finding = _held("may.csv 3", "") | {"message": said, "advice": ""}
    (line,) = _lines([finding])
    assert line.endswith("amount '1\u2009204,50': 15,193.45 apart, Relay 2026-06 -7,605.78")
    amounts = {"amount_in": "34596937.49", "amount_accepted": "-1204.505"}
    assert told({**NOTHING, **amounts, "findings": []}).splitlines()[1] == (
        "amount: 34,596,937.49 in, -1,204.505 accepted, 0.00 quarantined, 0.00 excluded"
    )


def test_tables_take_the_place_of_a_sum_over_all() -> None:
    zero = dict.fromkeys(("rows_in", "accepted", "quarantined", "excluded"), 0)
    rates = {"table": "rates", "unit": "", **zero, "rows_in": 1, "accepted": 1, "amount_in": None}
    lines = told({**NOTHING, "by_table": [rates], "findings": []}).splitlines()
    assert lines[1:] == ["  rates: 1 row in, all accepted"]


def test_columns_under_other_names_are_counted() -> None:
    note = "adapter aws: column 'Beleg' as 'id', 'Tag' as 'day', 'Summe' as 'amount'"
    finding = {"rule": "repair", "severity": "repair", "line": "m.csv", "message": note}
    (line,) = _lines([finding | {"advice": ""}])
    assert line.endswith("under other names that it knows (Beleg, Tag, ...; --json lists all)")
    assert "adapter aws: 3 columns" in line

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conform.single.conftest import Check

HEADER = "entry_id,posting_date,account,cost_center,product,currency,amount,memo"
JOURNAL = "journal_id,posting_date,account,cost_center,product,currency,debit,credit,memo"


def ledger(count: int = 60, **at: dict[str, str]) -> list[str]:
    """Return a ledger of ordinary amounts, some rows changed: ``row_7={"memo": "x"}``."""
    chance = random.Random(4)
    lines = [HEADER]
    for number in range(count):
        row = {
            "entry_id": f"{number:05d}",
            "posting_date": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            "account": ("4000", "5000")[number % 2],
            "cost_center": "0100",
            "product": ("Atlas", "Borea", "Cirrus")[number % 3],
            "currency": "EUR",
            "amount": f"{chance.uniform(200, 4000):.2f}",
            "memo": f"invoice {number}",
        }
        row |= at.get(f"row_{number}", {})
        lines.append(",".join(row.values()))
    return lines


def rules(found: dict[str, Any], severity: str) -> list[tuple[str, int | None]]:
    return [(f["rule"], f["line"]) for f in found["findings"] if f["severity"] == severity]


def test_an_ordinary_ledger_raises_nothing(checked: Check) -> None:
    found = checked(ledger(), period="2026-01..2026-12")
    assert (found["verdict"], found["findings"]) == ("accept", [])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('"=HYPERLINK(""http://x"")"', "formula"),
        ("+cmd|' /C calc'!A0", "formula"),
        ("@SUM(A1:A2)", "formula"),
        ("<script>alert(1)</script>", "script"),
        ("../../etc/passwd", "path"),
        ("C:\\Windows", "path"),
        ("'; DROP TABLE x;--", "sql"),
        ("' OR '1'='1", "sql"),
        ("a\x07b", "control characters"),
        ("ab\u202edc", "invisible characters"),
        ("M\ufffdller", "lost characters"),
        ("MÃ¼ller", "mojibake"),
        ("joe@example.com", "personal data"),
        ("card 4111 1111 1111 1111", "personal data"),
        ("password=hunter2x", "secret"),
    ],
)
def test_a_text_that_is_more_than_a_text_is_kept_and_told(
    checked: Check, text: str, rule: str
) -> None:
    found = checked(ledger(row_7={"memo": text}))
    assert found["verdict"] == "warn"
    assert rules(found, "warn") == [(rule, 9)]
    assert found["accepted"] == 60


@pytest.mark.parametrize(
    "text",
    [
        *("+49 170 1234567", "- see note", "O'Brien & Sons", "-5% discount", "credit union fee"),
        *("Café Zürich – Größe", "https://example.com/a?b=c", "A=B", "Total refund of order 12"),
    ],
)
def test_a_harmless_text_raises_nothing(checked: Check, text: str) -> None:
    assert checked(ledger(row_7={"memo": text}))["verdict"] == "accept"


def test_personal_data_are_masked_in_the_answer(checked: Check) -> None:
    found = checked(ledger(row_7={"memo": "joe@example.com"}))
    assert "joe@" not in str(found)


def test_a_row_a_thousand_times_the_rest_is_told_with_its_line(checked: Check) -> None:
    found = checked(ledger(row_7={"amount": "1500000.00"}))
    assert rules(found, "warn") == [("scale", 9)]


def test_a_month_a_thousand_times_the_others_is_told_once(checked: Check) -> None:
    lines = ledger(120)
    for at, line in enumerate(lines[1:], start=1):
        parts = line.split(",")
        if parts[1].startswith("2026-05"):
            parts[6] = f"{float(parts[6]) * 1000:.2f}"
        lines[at] = ",".join(parts)
    found = checked(lines)
    assert rules(found, "warn") == [("scale", 6)]
    assert "month 2026-05" in found["findings"][0]["message"]


def test_a_currency_with_small_units_is_no_other_scale(checked: Check) -> None:
    yen = {
        f"row_{n}": {"currency": "KRW", "amount": f"{1500000 + n * 1000}"} for n in range(0, 60, 3)
    }
    found = checked(ledger(**yen))
    assert found["verdict"] == "accept"
    assert set(found["by_currency"]) == {"EUR", "KRW"}


def test_one_amount_of_the_other_sign_is_told(checked: Check) -> None:
    found = checked(ledger(row_8={"amount": "-777.00"}))
    assert rules(found, "warn") == [("sign", 10)]


@pytest.mark.parametrize(
    "rows",
    [
        {"row_8": {"amount": "-777.00"}, "row_10": {"amount": "777.00"}},
        {"row_8": {"amount": "-777.00", "memo": "credit note 5"}},
    ],
)
def test_what_takes_back_an_amount_is_no_flip(checked: Check, rows: dict[str, Any]) -> None:
    assert checked(ledger(**rows))["verdict"] == "accept"


def test_a_total_in_the_middle_does_not_count(checked: Check) -> None:
    lines = ledger()
    lines.insert(30, "Subtotal,,,,,EUR,99999.00,")
    found = checked(lines)
    assert rules(found, "quarantine") == [("totals row", 31)]
    assert found["amount_quarantined"] == "99999.00"


def test_a_labelled_row_that_adds_up_the_rows_above_does_not_count(checked: Check) -> None:
    lines = [HEADER]
    lines += [f"{n},2026-01-05,4000,0100,Atlas,EUR,{n}.50," for n in range(1, 4)]
    lines.append("4,2026-01-31,4000,0100,Atlas,EUR,7.50,Total January")  # 1.50 + 2.50 + 3.50
    assert rules(checked(lines), "quarantine") == [("totals row", 5)]


def test_a_journal_that_does_not_balance_is_held_back_whole(checked: Check) -> None:
    lines = [JOURNAL]
    for number in range(6):
        credit = 100 + number - (number == 3)
        lines.append(f"J{number},2026-01-05,5000,0100,Atlas,EUR,{100 + number}.00,,rent")
        lines.append(f"J{number},2026-01-05,1200,0100,Atlas,EUR,,{credit}.00,rent")
    found = checked(lines)
    assert rules(found, "quarantine") == [
        ("journal not balanced", 8),
        ("journal not balanced", 9),
    ]
    assert "+1.00 EUR" in found["findings"][0]["message"]
    assert found["amount_accepted"] == "0.00"


@pytest.mark.parametrize(("sides", "rule"), [("5.00,5.00", "debit and credit"), (",", "no amount")])
def test_a_journal_line_has_one_side(checked: Check, sides: str, rule: str) -> None:
    lines = [JOURNAL, f"J1,2026-01-05,5000,0100,Atlas,EUR,{sides},rent"]
    assert rules(checked(lines), "quarantine") == [(rule, 2)]


def test_an_id_written_as_a_float_is_mended_and_zeros_stay(checked: Check) -> None:
    floats = {f"row_{n}": {"entry_id": f"{1000000 + n}.0"} for n in range(60)}
    found = checked(ledger(**floats))
    assert rules(found, "repair") == [("id as float", 2)]
    assert "read as 1000000" in found["findings"][0]["message"]
    assert checked(ledger())["verdict"] == "accept"  # 00000, 00001, … and cost center 0100


def test_more_decimals_than_cents_are_told_and_kept(checked: Check) -> None:
    found = checked([HEADER, "1,2026-01-05,4000,0100,Atlas,EUR,12.3456,"])
    assert rules(found, "warn") == [("more decimals than cents", 2)]
    assert found["amount_in"] == "12.3456"


def test_the_rest_of_a_binary_fraction_is_taken_off(checked: Check) -> None:
    found = checked([HEADER, "1,2026-01-05,4000,0100,Atlas,EUR,0.30000000000000004,"])
    assert rules(found, "repair") == [("binary fraction", 2)]
    assert found["amount_in"] == "0.30"


def test_a_header_is_known_in_other_spelling_and_listed(checked: Check) -> None:
    lines = ledger()
    lines[0] = lines[0].replace("entry_id", "Entry ID").replace("cost_center", "Cost-Centre")
    found = checked(lines)
    assert rules(found, "repair") == [("column name", 1), ("column name", 1)]


def test_a_missing_column_is_rejected_with_the_nearest(checked: Check) -> None:
    lines = ledger()
    lines[0] = lines[0].replace("amount", "amuont")
    found = checked(lines)
    assert found["verdict"] == "reject"
    assert "the nearest there is 'amuont'" in found["findings"][0]["message"]


def test_a_long_list_is_cut_and_counted(checked: Check) -> None:
    found = checked([line.replace("EUR", "EURO") for line in ledger(150)])
    assert len(found["findings"]) == 101
    assert found["findings"][-1]["message"].startswith("50 more rows of this rule")


def test_days_with_dots_are_day_first(checked: Check) -> None:
    days = [
        line.replace(line.split(",")[1], f"{at % 9 + 1:02d}.05.2026")
        for at, line in enumerate(ledger()[1:])
    ]
    found = checked([HEADER, *days], period="2026-05")
    assert (found["verdict"], found["accepted"]) == ("repair", 60)
    assert "2026-05-01" in found["findings"][0]["message"]


def test_day_zero_of_the_clock_is_no_day(checked: Check) -> None:
    found = checked(ledger(row_7={"posting_date": "1970-01-01"}))
    assert rules(found, "quarantine") == [("value out of range", 9)]


def test_a_month_left_out_is_told(checked: Check) -> None:
    lines = [line for line in ledger(240) if ",2026-06-" not in line]
    found = checked(lines)
    assert rules(found, "warn") == [("missing month", 7)]
    assert "no row in 2026-06, but 20 in 2026-05" in found["findings"][0]["message"]


def test_a_quarterly_ledger_leaves_out_no_month(checked: Check) -> None:
    ends = (",2026-03-", ",2026-06-", ",2026-09-", ",2026-12-")
    lines = [line for line in ledger(240) if any(end in line for end in ends)]
    assert checked([HEADER, *lines])["verdict"] == "accept"


def test_amounts_that_are_all_zero_are_told(checked: Check) -> None:
    lines = ledger(20, **{f"row_{row}": {"amount": "0.00"} for row in range(20)})
    assert rules(checked(lines), "warn") == [("all zero", 2)]


def test_a_code_that_became_a_date_is_told(checked: Check) -> None:
    accounts = {f"row_{row}": {"account": f"{row % 8 + 1}-26"} for row in range(60)}
    found = checked(ledger(**accounts | {"row_7": {"account": "May-26"}}))
    assert ("code became a date", 9) in rules(found, "warn")


def test_a_column_that_counts_the_rows_is_no_warning(checked: Check) -> None:
    header, *lines = ledger()
    numbered = [f",{header}", *(f"{row},{line}" for row, line in enumerate(lines))]
    assert checked(numbered)["verdict"] == "repair"
    other = [f",{header}", *(f"{row * 7},{line}" for row, line in enumerate(lines))]
    assert rules(checked(other), "warn") == [("extra column", None)]

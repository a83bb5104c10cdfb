from __future__ import annotations

import pyarrow as pa

from pfkit.conform.profile import Reading, read_days, read_numbers


def texts(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def amounts(*values: str | None) -> Reading:
    return read_numbers({"amount": texts(*values)})


def plain(reading: Reading, column: str = "amount") -> list[str | None]:
    assert reading.doubt is None, reading.doubt
    return list(reading.columns[column].to_pylist())


def test_whole_numbers_and_cents_are_plain() -> None:
    found = amounts("1", "12.50", None, "-3", "1234567")
    assert plain(found) == ["1", "12.50", None, "-3", "1234567"]
    assert found.repairs == ()


def test_one_row_proves_the_mark_of_its_column() -> None:
    found = amounts("1.234", "12,5", "7")
    assert plain(found) == ["1234", "12.5", "7"]
    assert [repair.rule for repair in found.repairs] == ["thousands mark", "decimal comma"]
    assert found.repairs[1].example == "'12,5' read as 12.5"


def test_all_number_columns_prove_the_mark_together() -> None:
    found = read_numbers({"debit": texts("1.234"), "credit": texts("0,50")})
    assert plain(found, "debit") == ["1234"]


def test_three_digits_behind_the_only_mark_are_in_doubt() -> None:
    for values in (["500", "1.234", "2.500"], ["1,234", None, "999"]):
        doubt = amounts(*values).doubt
        assert doubt is not None
        assert doubt.rule == "ambiguous number"
        assert values[doubt.row] == doubt.value
        assert "1.234" in doubt.message
        assert "1234" in doubt.message


def test_cells_that_are_numbers_are_in_no_doubt() -> None:
    typed = {"amount": pa.array([True, True]).to_numpy(zero_copy_only=False)}
    found = read_numbers({"amount": texts("1.234", "2.5")}, typed=typed)
    assert plain(found) == ["1.234", "2.5"]


def test_two_marks_that_contradict_each_other_are_named_with_their_rows() -> None:
    doubt = amounts("1.50", "2,50").doubt
    assert doubt is not None
    assert doubt.rule == "contradictory numbers"
    assert "{row:" in doubt.message


def test_a_few_rows_of_the_other_mark_are_held_back_alone() -> None:
    found = amounts(*[f"{n}.50" for n in range(40)], "1.234,56")
    assert found.doubt is None
    assert [(fault.row, fault.value) for fault in found.faults] == [(40, "1.234,56")]


def test_a_value_that_is_no_number_is_named_with_its_reason() -> None:
    found = amounts("12.50", "12.5O", "NaN")
    assert [(fault.row, fault.value) for fault in found.faults] == [(1, "12.5O"), (2, "NaN")]
    assert plain(found)[1] == "12.5O"


def test_one_day_proves_the_order_of_its_column() -> None:
    found = read_days("day", texts("03/04/2026", "13/04/2026"))
    assert plain(found, "day") == ["2026-04-03", "2026-04-13"]
    turned = read_days("day", texts("03/04/2026", "04/13/2026"))
    assert plain(turned, "day") == ["2026-03-04", "2026-04-13"]


def test_days_that_nothing_settles_are_in_doubt() -> None:
    doubt = read_days("day", texts("05/05/2026", "03/04/2026")).doubt
    assert doubt is not None
    assert (doubt.rule, doubt.row) == ("ambiguous date", 1)
    assert "2026-04-03 (day first) or 2026-03-04 (month first)" in doubt.message


def test_days_that_prove_both_orders_name_both_rows() -> None:
    doubt = read_days("day", texts("13/04/2026", "04/13/2026")).doubt
    assert doubt is not None
    assert doubt.rule == "contradictory dates"
    assert (doubt.row, "{row:0}" in doubt.message) == (1, True)


def test_a_lone_doubtful_day_among_plain_ones_is_held_back_with_both_readings() -> None:
    found = read_days("day", texts(*[f"2026-01-{n:02d}" for n in range(1, 29)], "03/04/2026"))
    assert [fault.row for fault in found.faults] == [28]
    assert "2026-04-03 (day first) or 2026-03-04 (month first)" in found.faults[0].reason


def test_a_day_that_does_not_exist_is_held_back_alone() -> None:
    found = read_days("day", texts("31/01/2026", "31/02/2026"))
    assert [(f.row, f.reason) for f in found.faults] == [(1, "31 February 2026 does not exist")]


def test_moments_with_an_offset_are_turned_to_utc() -> None:
    found = read_days(
        "ts", texts("2026-03-01T23:30:00-05:00", "2026-03-02T10:00:00Z"), moments=True
    )
    assert plain(found, "ts") == ["2026-03-02 04:30:00", "2026-03-02T10:00:00"]
    assert [(repair.rule, repair.count) for repair in found.repairs] == [("time zone", 1)]


def test_moments_without_a_zone_among_zoned_ones_are_held_back() -> None:
    found = read_days(
        "ts", texts("2026-03-01T10:00Z", "2026-03-01T11:00Z", "2026-03-01T12:00"), moments=True
    )
    assert [fault.row for fault in found.faults] == [2]
    assert "no zone" in found.faults[0].reason

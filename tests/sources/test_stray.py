from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pfkit.sources.records import scan
from pfkit.sources.stray import walk


def test_a_quote_inside_a_field_is_text() -> None:
    assert [record.fields for record in walk(b'5" pipe,3\n', delimiter=",")] == [(b'5" pipe', b"3")]


def test_a_stray_opening_quote_costs_one_line_and_no_more() -> None:
    found = list(walk(b'a,b\n"5 inch,3\n"x, y",4\nz,5\n', delimiter=","))
    assert [(record.line, record.broken) for record in found] == [
        (1, False),
        (2, True),
        (3, False),
        (4, False),
    ]
    assert found[2].fields == (b"x, y", b"4")


def test_text_after_a_closing_quote_breaks_the_record() -> None:
    (record,) = walk(b'"a"b,1\n', delimiter=",")
    assert (record.broken, record.text) == (True, b'"a"b,1')


@given(st.text(alphabet='a,"\r\n', max_size=24))
def test_both_readers_see_the_same_records_where_both_read(text: str) -> None:
    data = text.encode()
    fast = scan(data, delimiter=",")
    if fast is None:
        return
    slow = list(walk(data, delimiter=","))
    assert [record.line for record in slow] == fast.lines.tolist()
    assert [len(record.fields) for record in slow] == fast.fields.tolist()

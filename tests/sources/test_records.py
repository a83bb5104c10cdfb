from __future__ import annotations

from pfkit.sources.records import blank, scan


def test_lines_count_the_line_ends_inside_quotes() -> None:
    found = scan(b'a,b\n1,"x\ny\nz"\n2,w\n', delimiter=",")
    assert found is not None
    assert found.lines.tolist() == [1, 2, 5]
    assert found.last_lines.tolist() == [1, 4, 5]


def test_every_kind_of_line_end_ends_a_record() -> None:
    found = scan(b"a\r\nb\nc\rd", delimiter=",")
    assert found is not None
    data = b"a\r\nb\nc\rd"
    spans = zip(found.starts, found.ends, strict=True)
    assert [data[start:end] for start, end in spans] == [b"a", b"b", b"c", b"d"]
    assert found.lines.tolist() == [1, 2, 3, 4]


def test_a_delimiter_inside_quotes_parts_nothing() -> None:
    found = scan(b'"a,b",c\n"d ""e, f""",g\n', delimiter=",")
    assert found is not None
    assert found.fields.tolist() == [2, 2]


def test_a_quote_inside_a_field_needs_the_slow_walk() -> None:
    assert scan(b'5" pipe,1\n', delimiter=",") is None
    assert scan(b'"never closed,1\n', delimiter=",") is None


def test_no_text_has_no_records() -> None:
    found = scan(b"", delimiter=",")
    assert found is not None
    assert len(found.starts) == 0


def test_empty_spaces_and_separators_are_blank() -> None:
    text = b"a,b\n\r\n   \n , \n,\n0,\n"
    found = scan(text, delimiter=",")
    assert found is not None
    assert blank(text, found, delimiter=",").tolist() == [False, True, True, True, True, False]

from __future__ import annotations

import pytest

from pfkit.errors import SourceError
from pfkit.sources.dialect import after_preamble, choose_delimiter


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        (b"a,b\n1,2\n", ","),
        (b"Name;Betrag\nA;1,50\nB;2,50\n", ";"),
        (b"a\tb, c\n1\t2\n", "\t"),
        (b"a|b\n1|2\n", "|"),
        (b'a,b\n"x;y;z",1\n"u;v",2\n', ","),
        (b"one\n1\n2\n", ","),
        (b'size;n\n5" pipe;3\n6" pipe;4\n', ";"),
    ],
)
def test_the_delimiter_is_the_one_that_rows_agree_on(text: bytes, mark: str) -> None:
    assert choose_delimiter("detect", text, where="a.csv") == mark


def test_a_delimiter_has_a_name_or_one_character() -> None:
    assert choose_delimiter("tab", b"", where="a.csv") == "\t"
    with pytest.raises(SourceError, match="the delimiter '::' is not one character"):
        choose_delimiter("::", b"", where="a.csv")


def test_lines_above_the_header_are_skipped_and_noted() -> None:
    rest, line, notes, _ = after_preamble(b"Report\n\nid,x\n1,2\n", 3, where="a.csv")
    assert (rest, line, notes) == (b"id,x\n1,2\n", 3, ["2 lines above the header skipped"])


def test_a_spreadsheet_hint_names_the_delimiter() -> None:
    rest, line, _, mark = after_preamble(b"sep=;\r\na;b\r\n", 1, where="a.csv")
    assert (rest, line, mark) == (b"a;b\r\n", 2, ";")


@pytest.mark.parametrize("header", [3, 9])
def test_a_header_past_the_end_is_refused(header: int) -> None:
    says = rf"a\.csv \(2 lines\): the header is declared on line {header}, past the end"
    with pytest.raises(SourceError, match=says):
        after_preamble(b"id\n1\n", header, where="a.csv")


def test_header_lines_count_from_one() -> None:
    with pytest.raises(SourceError, match="the header row is 0"):
        after_preamble(b"id\n1\n", 0, where="a.csv")

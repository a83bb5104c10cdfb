from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import SourceError
from pfkit.sources.json import read_json, read_jsonl
from pfkit.sources.raw import Options

if TYPE_CHECKING:
    from pfkit.sources.raw import Part


def _lines(raw: bytes) -> Part:
    return read_jsonl(raw, where="ev.jsonl", options=Options())


def _array(raw: bytes) -> Part:
    return read_json(raw, where="ev.json", options=Options())


def test_numbers_keep_the_digits_they_were_written_with() -> None:
    raw = b'{"id": 12345678901234567890, "x": 1.10, "y": 1e3, "b": true, "n": null, "t": "007"}\n'
    assert _lines(raw).table.to_pylist() == [
        {
            "id": "12345678901234567890",
            "x": "1.10",
            "y": "1e3",
            "b": "true",
            "n": None,
            "t": "007",
        }
    ]


def test_objects_become_columns_and_lists_stay_text() -> None:
    part = _lines(b'{"user": {"id": 7, "geo": {"land": "FR"}}, "tags": ["a", "b"]}\n')
    assert part.table.to_pylist() == [{"user.id": "7", "user.geo.land": "FR", "tags": '["a", "b"]'}]


def test_an_absent_key_is_null_and_blank_lines_count() -> None:
    part = _lines(b'{"a": 1}\n\n{"b": 2}\r\n')
    assert part.table.to_pylist() == [{"a": "1", "b": None}, {"a": None, "b": "2"}]
    assert part.lines.to_pylist() == ["1", "3"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"a": 1', "Expecting"),
        (b"[1, 2]", "no object with named values"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"a.b": 1, "a": {"b": 2}}', "both called 'a.b'"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b"[" * 100000, "recursion"),
    ],
)
def test_a_bad_line_is_rejected_with_its_number(line: bytes, says: str) -> None:
    part = _lines(b'{"a": 0}\n' + line + b"\n")
    (row,) = part.rejected
    assert (row.line, row.rule, row.file) == ("2", "not a JSON row", "ev.jsonl")
    assert says in row.advice
    assert part.table.num_rows == 1


def test_a_file_of_other_lines_is_refused() -> None:
    with pytest.raises(SourceError, match=r"ev\.jsonl \(line 1\): no line holds a JSON object"):
        _lines(b"{oops\n{again\n")


def test_rows_inside_one_object_are_pointed_at() -> None:
    raw = b'{\n "page": 1,\n "data": [\n  {"a": 1}, {"a": 2}]\n}\n'
    with pytest.raises(SourceError, match=r"its rows stand in 'data'\n  -> .*\(2 entries\)"):
        _lines(raw)


def test_an_array_gives_the_line_each_object_starts_on() -> None:
    part = _array(b'[\n  {"id": "007",\n   "x": 0.30},\n  {"id": 8}\n]\n')
    assert part.table.to_pylist() == [{"id": "007", "x": "0.30"}, {"id": "8", "x": None}]
    assert part.lines.to_pylist() == ["2", "4"]


def test_an_element_that_is_no_object_is_rejected() -> None:
    part = _array(b'[{"a": 1},\n 5]')
    assert [(row.line, row.text) for row in part.rejected] == [("2", "5")]


@pytest.mark.parametrize("raw", [b'[{"a": 1},\n{"a"', b'[{"a": 1}\n', b'[{"a": 1}\n{"a": 2}]'])
def test_an_array_that_is_cut_off_is_refused_with_its_line(raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"ev\.json \(line [12]\): .*cut off or damaged"):
        _array(raw)


def test_an_empty_array_is_an_empty_table() -> None:
    part = _array(b"[]")
    assert (part.table.num_rows, part.notes) == (0, ("no rows in the file",))


@pytest.mark.parametrize(
    ("bad", "says"), [("NaN", "NaN is no JSON number"), ('{"b": [NaN]}', "NaN")]
)
def test_a_wrong_value_in_an_array_rejects_its_row_only(bad: str, says: str) -> None:
    part = _array(b'[\n{"a": 1},\n{"a": ' + bad.encode() + b'},\n{"a": 3}]')
    assert part.table.column("a").to_pylist() == ["1", "3"]
    (row,) = part.rejected
    assert row.line == "3"
    assert says in row.advice


@pytest.mark.parametrize("raw", [b'[{"a": 1}] [{"a": 2}]', b'[{"a": 1}]\ntail'])
def test_text_behind_an_array_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError, match="behind the end of the JSON array"):
        _array(raw)


def test_an_array_without_a_row_is_refused() -> None:
    with pytest.raises(SourceError, match="holds no row that can be read"):
        _array(b"[1, 2]")

from __future__ import annotations

import pytest

from pfkit.errors import SourceError
from pfkit.sources.json import read_json, read_jsonl
from pfkit.sources.nested import records, unfinished
from pfkit.sources.raw import Options

INVOICE = {"id": "in_1", "tax": {"rate": 7}, "lines": {"more": False, "data": [{"id": "a"}]}}


def test_records_carry_what_they_stand_in() -> None:
    found = records({"data": [INVOICE, {"id": "in_2", "lines": {"data": []}}]}, ["data.lines.data"])
    above = {"id": "in_1", "tax": {"rate": 7}, "lines": {"more": False}}
    assert found == [("data[0].lines.data[0]", {"above": above, "id": "a"})]


def test_three_levels_stand_in_each_other() -> None:
    value = {"book": "b", "orders": [{"no": 1, "lines": [{"at": 2, "taxes": [{"rate": 19}]}]}]}
    ((_, record),) = records(value, ["orders.lines.taxes"]) or []
    assert record == {"above": {"above": {"no": 1}, "at": 2}, "rate": 19}


def test_the_first_path_that_leads_to_a_list_counts() -> None:
    paths = ["data.lines.data", "lines.data", "data"]
    assert records(INVOICE, paths) == [
        (
            "lines.data[0]",
            {"above": {"id": "in_1", "tax": {"rate": 7}, "lines": {"more": False}}, "id": "a"},
        )
    ]
    assert records({"data": []}, paths) == []
    assert records({"id": "a"}, paths) is None
    assert records("text", paths) is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"data": [], "has_more": True}, "has_more"),
        ({"data": [], "done": False}, "done"),
        ({"data": [], "nextLink": "https://example.org"}, "nextLink"),
        ({"data": [], "startAt": "0", "maxResults": "50", "total": "51"}, "total"),
        ({"data": [], "startAt": "50", "maxResults": "50", "total": "51"}, ""),
        ({"data": [], "has_more": False, "next": None}, ""),
        ({"data": [{"lines": []}]}, ""),
    ],
)
def test_a_page_says_whether_another_follows(answer: dict[str, object], says: str) -> None:
    assert unfinished(answer, ["data"]) == says


def test_a_list_inside_that_is_cut_off_is_seen() -> None:
    answer = {"data": [{"lines": {"has_more": True, "data": [{"id": 1}]}}]}
    assert unfinished(answer, ["data.lines.data"]) == "has_more"


def test_the_same_invoices_as_an_array_as_lines_and_as_an_answer() -> None:
    one = b'{"id": "in_1",\n "lines": {"data": [{"id": "a", "n": 1.10}, {"id": "b"}]}}'
    options = Options(records=("data.lines.data", "lines.data"))
    array = read_json(b"[" + one + b"]", where="a", options=options)
    line = read_jsonl(one.replace(b"\n", b""), where="a", options=options)
    answer = read_jsonl(b'{"data": [' + one + b"]}", where="a", options=options)
    expected = [
        {"above.id": "in_1", "id": "a", "n": "1.10"},
        {"above.id": "in_1", "id": "b", "n": None},
    ]
    assert array.table.to_pylist() == line.table.to_pylist() == answer.table.to_pylist() == expected
    assert array.lines.to_pylist() == ["1 lines.data[0]", "1 lines.data[1]"]
    assert answer.lines.to_pylist()[1] == "data[0].lines.data[1]"


def test_a_record_that_is_no_object_is_refused_with_its_place() -> None:
    part = read_jsonl(b'{"data": [{"a": 1}, 5]}', where="a", options=Options(records=("data",)))
    assert [(row.line, row.text) for row in part.rejected] == [("data[1]", '"5"')]
    assert part.table.num_rows == 1


def test_without_a_declared_place_the_message_names_the_list() -> None:
    with pytest.raises(SourceError, match=r'Declare `records = \["data"\]` in the source'):
        read_jsonl(b'{\n"data": [{"a": 1}]\n}', where="a", options=Options())

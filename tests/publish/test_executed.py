from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import from_dict, v4

from pfkit.errors import ReportError
from pfkit.publish import executed

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


def cell(
    source: str = "x", *, count: int | None = 1, outputs: list[Any] | None = None
) -> NotebookNode:
    return v4.new_code_cell(source, execution_count=count, outputs=outputs or [])


def shown(**data: str) -> NotebookNode:
    return v4.new_output("execute_result", data=data or {"text/plain": "1"}, execution_count=1)


def test_exhibits_come_in_the_order_they_are_shown(notebook: NotebookNode) -> None:
    assert [one["id"] for one in executed.exhibits(notebook)] == ["headline", "decisions", "pnl"]


def test_two_exhibits_may_not_share_an_id(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    twice = notebook_of(exhibits["pnl"], copy.deepcopy(exhibits["pnl"]))
    with pytest.raises(ReportError, match="two exhibits are called 'pnl'"):
        executed.exhibits(twice)


def test_a_notebook_without_a_record_is_refused() -> None:
    with pytest.raises(ReportError, match=r"no run record\n  -> Add a cell that calls pf.record"):
        executed.run_record(v4.new_notebook(cells=[]))


def test_a_notebook_of_something_else_is_refused() -> None:
    with pytest.raises(ReportError, match="not the notebook of a report\n  -> Make the report"):
        executed.declared(v4.new_notebook(cells=[]))


def test_streams_are_counted() -> None:
    noise = v4.new_output("stream", name="stderr", text="a.py:1: UserWarning: x\n  x()\n")
    other = v4.new_output("stream", name="stdout", text="hello\n")
    counted = executed.streams(v4.new_notebook(cells=[cell(outputs=[noise, other])]))
    assert counted == {"lines": 3, "warnings": 1}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            cell(outputs=[v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]),
            "cell 1 stopped with ValueError",
        ),
        (cell(count=None), "cell 1 did not run"),
        (cell("pnl"), "cell 1 shows nothing"),
        (
            cell("pnl", outputs=[v4.new_output("stream", name="stderr", text="KeyError: 'line'")]),
            "cell 1 shows nothing: KeyError: 'line'",
        ),
    ],
)
def test_an_unfinished_notebook_is_refused(bad: NotebookNode, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        executed.require_finished(v4.new_notebook(cells=[bad]))


def test_papermill_s_own_mark_of_failure_is_enough() -> None:
    made = v4.new_notebook(cells=[], metadata={"papermill": {"exception": True}})
    with pytest.raises(ReportError, match="the run stopped with an error"):
        executed.require_finished(made)
    pending = cell(outputs=[shown()])
    pending.metadata["papermill"] = {"status": "pending"}
    with pytest.raises(ReportError, match="cell 1 did not run"):
        executed.require_finished(v4.new_notebook(cells=[pending]))


def test_a_finished_notebook_passes() -> None:
    cells = [cell("x = 1"), cell("x;"), cell("x", outputs=[shown()]), v4.new_markdown_cell("why")]
    executed.require_finished(v4.new_notebook(cells=cells))


def test_a_settled_notebook_holds_nothing_of_this_run(notebook: NotebookNode) -> None:
    text = v4.writes(notebook)
    assert "/home/ada" not in text
    assert "UserWarning" not in text
    assert [one["id"] for one in notebook.cells][:3] == ["cell-01", "cell-02", "cell-03"]
    assert notebook.cells[1].source.splitlines()[:3] == [
        "# Parameters",
        "book = 'toy'",
        "data = None",
    ]


def test_settling_twice_changes_nothing(notebook: NotebookNode) -> None:
    held = executed.declared(notebook)
    again = from_dict(executed.settled(notebook, held["parameters"], kind=held["kind"]))
    assert v4.writes(again) == v4.writes(notebook)


def test_what_is_for_the_screen_stays_off_paper(notebook: NotebookNode) -> None:
    place = next(
        place
        for place, one in enumerate(notebook.cells)
        if any(
            data["id"] == "pnl"
            for output in one.get("outputs", ())
            if (data := output.get("data", {}).get(executed.EXHIBIT))
        )
    )
    notebook.cells[place].metadata["tags"] = ["screen"]
    assert executed.on_screen(notebook) == ["pnl"]
    assert [one["id"] for one in executed.exhibits(notebook)] == ["headline", "decisions", "pnl"]
    ids = {
        paper: [
            data[executed.EXHIBIT]["id"]
            for _, data in executed.pieces(notebook, paper=paper)
            if data
        ]
        for paper in (False, True)
    }
    assert ids == {False: ["headline", "decisions", "pnl"], True: ["headline", "decisions"]}


def test_a_quiet_cell_shows_a_table_and_no_note(notebook: NotebookNode) -> None:
    def ids() -> list[str]:
        return [data[executed.EXHIBIT]["id"] for _, data in executed.pieces(notebook) if data]

    for one in notebook.cells:
        if "pnl" in str(one.get("outputs", ())):
            one.metadata["tags"] = ["quiet"]
            held = one.outputs[0]["data"][executed.EXHIBIT]
    assert ids() == ["headline", "decisions", "pnl"]
    held["kind"] = "note"
    assert ids() == ["headline", "decisions"]

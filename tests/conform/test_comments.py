"""Comments and decisions: out in a workbook, filled in as people do, and back into the book."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.book import open_book
from pfkit.conform.comments import Commented, read_comments
from pfkit.contracts.form import REGISTER
from pfkit.errors import BookError, ParameterError, PfkitError, SourceError
from tests.conform.form_book import BOOK, Sheet, edited, report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from openpyxl.workbook import Workbook

DAY = dt.date(2026, 2, 5)


class Desk:
    """A book, the workbook of its report, and what a person does with it."""

    def __init__(self, folder: Path) -> None:
        self.book = folder / "book"
        self.book.mkdir()
        (self.book / "book.toml").write_text(BOOK, encoding="utf-8")
        (self.book / "ledger.csv").write_text("m,p,c,a,x\n2026-01,Tea,X,fees,1\n", encoding="utf-8")
        self.folder = folder

    def read(self, book: Workbook | bytes, **more: Any) -> Commented:  # noqa: ANN401 - as given
        """Save a workbook and read it."""
        path = self.folder / "tables.xlsx"
        if isinstance(book, bytes):
            path.write_bytes(book)
        else:
            book.save(path)
        given: dict[str, Any] = {"book": self.book, "on": DAY, "by": "Omar"}
        return read_comments(path, **given | more)

    def lines(self, table: str) -> list[dict[str, str]]:
        """Return the lines of the state folder."""
        path = self.book / "state" / f"{table}.jsonl"
        held = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return [json.loads(line) for line in held]

    def tables(self, as_of: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return comments and decisions as the book has them."""
        opened = open_book(self.book, period="2026-01", as_of=as_of)
        return opened.comments, opened.decisions


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def form(book: Workbook, name: str = "To comment") -> Sheet:
    return Sheet(book[name])


def test_what_is_filled_in_comes_back_as_lines(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Nightly re-index", Comment_by="Ines Moreau")
    form(book, "budget-lines").fill(
        "hosting",
        Decision="Reserve capacity?",
        Decision_owner="Hanna Lindqvist",
        Decision_due_on=dt.date(2026, 3, 31),
    )
    found = desk.read(book)
    assert (len(found.comments), len(found.decisions), found.notes) == (1, 1, ())
    assert desk.lines("comments") == [
        {
            "row_key": "hosting",
            "exhibit": "pnl",
            "text": "Nightly re-index",
            "author": "Ines Moreau",
            "status": "open",
            "period": "2026-01",
            "known_on": "2026-02-05",
        }
    ]
    (decision,) = desk.lines("decisions")
    assert decision["decision"] == "hosting 2026-01"
    assert (decision["exhibit"], decision["row_key"]) == ("budget-lines", "hosting")
    assert (decision["owner"], decision["due_on"]) == ("Hanna Lindqvist", "2026-03-31")
    assert decision["status"] == "open"
    comments, decisions = desk.tables()
    assert comments["text"].tolist() == ["Nightly re-index"]
    assert decisions["due_on"].tolist() == [dt.date(2026, 3, 31)]


def test_the_same_workbook_again_adds_nothing(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index", Decision="Reserve?", Decision_owner="Ana")
    form(book).fill("pnl|hosting", Decision_due_on="2026-03-31")
    desk.read(book)
    again = desk.read(book)
    assert (again.comments, again.decisions) == ((), ())
    assert desk.read(book, on=dt.date(2026, 3, 1)).comments == ()
    assert (len(desk.lines("comments")), len(desk.lines("decisions"))) == (1, 1)


def next_month(desk: Desk) -> bytes:
    comments, decisions = desk.tables()
    return report(period="2026-02", as_of=dt.date(2026, 3, 3), written=comments, taken=decisions)


def test_what_stands_is_filled_in_and_only_changes_come_back(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index", Decision="Reserve?", Decision_owner="Ana")
    form(book).fill("pnl|hosting", Decision_due_on="2026-03-31")
    desk.read(book)
    later = edited(next_month(desk))
    listed, beside = form(later), form(later, "pnl")
    for sheet, key in ((listed, "pnl|hosting"), (beside, "hosting")):
        assert sheet.at(key, "Comment").value == "Re-index"
        assert sheet.at(key, "Comment by").value == "Omar"
        assert sheet.at(key, "Decision due on").value == dt.datetime(2026, 3, 31)  # noqa: DTZ001
    assert listed.at("pnl|hosting", "Written for").value == "2026-01"
    assert listed.at("pnl|hosting", "Decision open since").value == dt.datetime(2026, 2, 5)  # noqa: DTZ001
    assert desk.read(later, on=dt.date(2026, 3, 4)).plain()["comments"] == []
    # another text is another line, of February; a decision keeps its number and its month
    listed.fill("pnl|hosting", Comment="Re-index, now weekly", Decision_due_on="2026-04-30")
    desk.read(later, on=dt.date(2026, 3, 4), by="Ines")
    texts = [(c["text"], c["period"], c["author"]) for c in desk.lines("comments")]
    assert texts == [
        ("Re-index", "2026-01", "Omar"),
        ("Re-index, now weekly", "2026-02", "Ines"),
    ]
    moved = [(d["decision"], d["due_on"], d["period"]) for d in desk.lines("decisions")]
    assert moved == [
        ("hosting 2026-01", "2026-03-31", "2026-01"),
        ("hosting 2026-01", "2026-04-30", "2026-01"),
    ]


def test_an_emptied_cell_deletes_nothing_and_a_status_closes(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index", Decision="Reserve?", Decision_owner="Ana")
    form(book).fill("pnl|hosting", Decision_due_on="2026-03-31")
    desk.read(book)
    later = edited(next_month(desk))
    for sheet, key in ((form(later), "pnl|hosting"), (form(later, "pnl"), "hosting")):
        sheet.fill(key, Comment=None, Comment_by=None, Comment_status=None)
    found = desk.read(later, on=dt.date(2026, 3, 4))
    assert found.comments == ()
    assert found.notes[0].endswith("was emptied: what stood stays; its status closes it")
    later = edited(next_month(desk))
    form(later).fill("pnl|hosting", Comment_status="Closed", Decision_status="closed")
    desk.read(later, on=dt.date(2026, 3, 4))
    assert desk.lines("comments")[-1]["status"] == "closed"
    assert desk.lines("decisions")[-1]["status"] == "closed"
    comments, decisions = desk.tables()
    gone = edited(
        report(period="2026-02", as_of=dt.date(2026, 3, 4), written=comments, taken=decisions)
    )
    assert form(gone).at("pnl|hosting", "Comment").value is None
    assert form(gone).at("pnl|hosting", "Decision").value is None
    # the workbook that closed it, and the one that wrote it, read again: nothing
    for old in (later, book):
        assert desk.read(old, on=dt.date(2026, 3, 5)).plain()["comments"] == []
        assert desk.read(old, on=dt.date(2026, 3, 5)).plain()["decisions"] == []


def test_a_past_day_knows_only_what_was_known_then(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="First")
    desk.read(book)
    shas = [
        open_book(desk.book, period="2026-01", as_of="2026-02-05").provenance.set_index("file")
        for _ in range(2)
    ]
    later = edited(next_month(desk))
    form(later).fill("pnl|hosting", Comment="Second")
    desk.read(later, on=dt.date(2026, 3, 4))
    comments, _ = desk.tables(as_of="2026-02-05")
    assert comments["text"].tolist() == ["First"]
    then = open_book(desk.book, period="2026-01", as_of="2026-02-05").provenance.set_index("file")
    assert then.loc["comments.jsonl", "sha256"] == shas[0].loc["comments.jsonl", "sha256"]
    assert desk.tables(as_of="2026-02-04")[0].empty


def test_an_approval_stands_until_the_text_changes(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index")
    desk.read(book)
    comments, decisions = desk.tables()
    again = edited(report(written=comments, taken=decisions, as_of=DAY))
    form(again).fill("pnl|hosting", Comment_approved_by="Martin Aebischer")
    desk.read(again, on=dt.date(2026, 2, 6), by="")
    approved = desk.lines("comments")[-1]
    assert (approved["approved_by"], approved["approved_on"]) == ("Martin Aebischer", "2026-02-06")
    assert (approved["text"], approved["author"]) == ("Re-index", "Omar")
    later = edited(next_month(desk))
    form(later).fill("pnl|hosting", Comment="Re-index, and more of it")
    found = desk.read(later, on=dt.date(2026, 3, 4))
    assert "approved_by" not in desk.lines("comments")[-1]
    assert found.notes[0].endswith("Martin Aebischer approved the text before, and not this one")


def test_two_people_may_fill_in_copies_of_it(desk: Desk) -> None:
    mine, yours = edited(report()), edited(report())
    form(mine).fill("pnl|hosting", Comment="Re-index", Comment_by="Ana")
    form(yours).fill("pnl|travel", Comment="Fairs", Comment_by="Ben")
    desk.read(mine)
    desk.read(yours)
    assert [line["row_key"] for line in desk.lines("comments")] == ["hosting", "travel"]
    form(yours).fill("pnl|hosting", Comment="Search", Comment_by="Ben")
    with pytest.raises(SourceError) as caught:
        desk.read(yours)
    assert caught.value.what == "Ana wrote 'Re-index' on 2026-02-05, after this workbook was made"
    assert caught.value.where == "tables.xlsx To comment!K6"
    assert len(desk.lines("comments")) == 2


def test_it_is_read_as_other_programs_save_it(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index", Decision="Go?", Decision_owner="Ana")
    form(book).at("pnl|hosting", "Decision due on").number_format = "General"
    form(book).fill("pnl|hosting", Decision_due_on=46112)  # 31 March 2026 as a day number
    form(book).fill("pnl|travel", Decision="Stay?", Decision_owner="Ana")
    form(book).fill("pnl|travel", Decision_due_on="31.3.2026")
    path = desk.folder / "other.xlsx"
    book.save(path)
    assert "xl/sharedStrings.xml" not in zipfile.ZipFile(path).namelist()  # strings in the cells
    found = read_comments(shared(path), book=desk.book, on=DAY, by="Omar")
    assert [line["due_on"] for line in found.decisions] == ["2026-03-31", "2026-03-31"]
    assert [line["text"] for line in found.comments] == ["Re-index"]
    assert read_comments(path, book=desk.book, on=DAY, by="Omar").plain()["decisions"] == []


def shared(path: Path) -> Path:
    """Put every string of a workbook into one list that its cells point at, as Excel does."""
    with zipfile.ZipFile(path) as held:
        parts = {name: held.read(name).decode() for name in held.namelist()}
    texts: list[str] = []

    def own(match: re.Match[str]) -> str:
        texts.append(match[2])
        attributes = match[1].replace('t="inlineStr"', 't="s"')
        return f"<c{attributes}><v>{len(texts) - 1}</v></c>"

    for name, text in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            inline = r'<c([^>]*t="inlineStr"[^>]*)><is>(.*?)</is></c>'
            parts[name] = re.sub(inline, own, text, flags=re.DOTALL)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    items = "".join(f"<si>{text}</si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f"<sst {space}>{items}</sst>"
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kind = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{base}.sharedStrings+xml"/>'
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace("</Types>", f"{kind}</Types>")
    to = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="rIdS" Type="{to}" Target="sharedStrings.xml"/>'
    links = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        "</Relationships>", f"{relation}</Relationships>"
    )
    target = path.with_name("shared.xlsx")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    assert len(texts) > 100
    return target


def test_sorted_rows_hidden_columns_and_a_sheet_left_out(desk: Desk) -> None:
    book = edited(report())
    form(book, "pnl").fill("travel", Comment="Fairs")
    sheet = book["pnl"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)]
    for row, values in enumerate(reversed(cells), start=6):
        for place, value in enumerate(values, start=1):
            sheet.cell(row, place).value = value
    sheet.insert_rows(1)
    del book["To comment"]
    assert [line["row_key"] for line in desk.read(book).comments] == ["travel"]


def test_hostile_and_odd_texts_stay_texts(desk: Desk) -> None:
    book = edited(report())
    sheet = form(book)
    cell = sheet.at("pnl|hosting", "Comment")
    cell.value = "=cmd|' /C calc'!A0"  # openpyxl writes it as a formula that nobody calculated
    long = "Überzogen – 予算超過 🧾\nzweite Zeile " + "x" * 32_000
    sheet.fill("pnl|travel", Comment=long, Comment_by="Zoë  van\nDijk")
    sheet.fill("budget-lines|hosting", Comment="@SUM(1) ask ann@example.com, 4111 1111 1111 1111")
    desk.read(book)
    texts = {line["row_key"] + line["exhibit"]: line["text"] for line in desk.lines("comments")}
    assert texts["hostingpnl"] == "=cmd|' /C calc'!A0"
    assert texts["travelpnl"] == long
    assert re.fullmatch(
        r"@SUM\(1\) ask \[e-mail [0-9a-f]{12}\], \[card [0-9a-f]{12}\]",
        texts["hostingbudget-lines"],
    )
    assert desk.lines("comments")[1]["author"] == "Zoë van Dijk"
    assert desk.read(book).comments == ()  # masked texts are known again
    again = edited(next_month(desk))
    cell = form(again).at("pnl|hosting", "Comment")
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=cmd|' /C calc'!A0", "s", True)
    assert form(again).at("pnl|travel", "Comment").value == long


def test_the_day_may_stand_in_the_workbook(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="Re-index")
    book["To comment"]["B3"].value = dt.date(2026, 2, 9)
    assert desk.read(book, on=None).known_on == dt.date(2026, 2, 9)
    assert desk.lines("comments")[0]["known_on"] == "2026-02-09"


def key_changed(book: Workbook) -> None:
    sheet = form(book, "pnl")
    sheet.fill("hosting", Comment="x")
    book["pnl"]["A8"].value = "hostings"


def listed_row_changed(book: Workbook) -> None:
    form(book).fill("pnl|hosting", Comment="x")
    book["To comment"]["B6"].value = "hostin"


def listed_exhibit_changed(book: Workbook) -> None:
    form(book).fill("pnl|hosting", Comment="x")
    book["To comment"]["A6"].value = "pln"


def two_say_otherwise(book: Workbook) -> None:
    form(book).fill("pnl|hosting", Comment="this")
    form(book, "pnl").fill("hosting", Comment="that")


def error_cell(book: Workbook) -> None:
    cell = form(book).at("pnl|hosting", "Comment")
    cell.value, cell.data_type = "#REF!", "e"


def no_heads(book: Workbook) -> None:
    for cell in book["To comment"][5]:
        cell.value = None


CASES: dict[str, tuple[Callable[[Workbook], None], str, str]] = {
    "row": (key_changed, "pnl!A8: row 'hostings' is not in exhibit pnl", "row is 'hosting'."),
    "listed row": (listed_row_changed, "To comment!B6: row 'hostin' is not in", "'hosting'."),
    "exhibit": (listed_exhibit_changed, "To comment!A6: exhibit 'pln' is not in", "'pnl'."),
    "two": (two_say_otherwise, "it says 'that', and To comment!K6 says 'this'", "Leave one"),
    "error": (error_cell, "To comment!K6: the cell shows #REF!", "Write the text itself."),
    "heads": (no_heads, "To comment!A1: the heads of the columns to fill in are not", "Take the"),
    "status": (
        lambda book: form(book).fill("pnl|hosting", Comment="x", Comment_status="close"),
        "To comment!N6: 'close' is no status",
        "The closest known status is 'closed'.",
    ),
    "day": (
        lambda book: form(book).fill("pnl|hosting", Decision_due_on="03/04/2026"),
        "'03/04/2026' is 2026-04-03 (day first) or 2026-03-04 (month first)",
        "Write it as 2026-07-31.",
    ),
    "no day": (
        lambda book: form(book).fill("pnl|hosting", Decision_due_on="soon"),
        "To comment!Q6: 'soon' is no day",
        "Write it as 2026-07-31.",
    ),
    "owner": (
        lambda book: form(book).fill("pnl|hosting", Decision="Go?"),
        'the decision lacks "Decision owner" and "Decision due on"',
        "A decision has a text, an owner and a day.",
    ),
    "nothing to close": (
        lambda book: form(book).fill("pnl|hosting", Comment_status="closed"),
        "To comment!N6: there is no comment that it could be about",
        "Write one on row hosting, or empty the cell.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_cell_that_cannot_be_taken_is_named_and_nothing_is_written(desk: Desk, case: str) -> None:
    fill, said, advice = CASES[case]
    book = edited(report())
    form(book).fill("pnl|travel", Comment="A good one")
    fill(book)
    with pytest.raises(SourceError) as caught:
        desk.read(book)
    assert said in str(caught.value)
    assert advice in caught.value.advice
    assert caught.value.advice.endswith("Nothing was written.")
    assert not (desk.book / "state").exists()


def test_every_further_problem_is_counted(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment_status="x", Decision_status="y")
    form(book).fill("pnl|travel", Comment_status="z")
    with pytest.raises(SourceError) as caught:
        desk.read(book)
    assert "2 more problems: To comment!R6, To comment!N7." in caught.value.advice


def test_a_comment_needs_an_author(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="x")
    with pytest.raises(SourceError, match="the comment has no author") as caught:
        desk.read(book, by="")
    assert "--by" in caught.value.advice


def test_a_day_before_the_report_or_none_is_refused(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="x")
    with pytest.raises(ParameterError, match="nothing says when"):
        desk.read(book, on=None)
    with pytest.raises(ParameterError, match="2026-02-02 is before the report was known"):
        desk.read(book, on=dt.date(2026, 2, 2))


def test_a_day_before_what_stands_is_refused(desk: Desk) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="x")
    desk.read(book)
    comments, _ = desk.tables()
    again = edited(report(written=comments))
    form(again).fill("pnl|hosting", Comment="y")
    with pytest.raises(SourceError, match="2026-02-04 is before what stands was written"):
        desk.read(again, on=dt.date(2026, 2, 4))


def test_another_books_workbook_is_refused(desk: Desk) -> None:
    with pytest.raises(SourceError) as caught:
        desk.read(edited(report(entity="bank")))
    assert caught.value.what == "the workbook is a report of 'bank', and the book is 'shop'"


def test_what_is_no_workbook_of_a_report_is_refused(desk: Desk) -> None:
    plain = openpyxl.Workbook()
    with pytest.raises(SourceError, match="its hidden sheet is not there"):
        desk.read(plain)
    changed = edited(report())
    changed[REGISTER]["A1"].value = "pfkit comments 9"
    with pytest.raises(SourceError, match="another edition"):
        desk.read(changed)
    changed[REGISTER]["A1"].value = "pfkit comments 1"
    changed[REGISTER]["D1"].value = "yesterday"
    with pytest.raises(SourceError, match="the hidden sheet was changed"):
        desk.read(changed)
    (desk.folder / "tables.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="this is no workbook but csv"):
        read_comments(desk.folder / "tables.csv", book=desk.book, on=DAY)


def test_a_damaged_workbook_is_one_clear_error(desk: Desk) -> None:
    data = report()
    for cut in (len(data) // 2, 100):
        with pytest.raises(PfkitError):
            desk.read(data[:cut])


def test_nothing_is_half_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    book = edited(report())
    form(book).fill("pnl|hosting", Comment="kept")
    desk.read(book)
    before = (desk.book / "state" / "comments.jsonl").read_bytes()
    form(book).fill("pnl|travel", Comment="x", Decision="Go?", Decision_owner="Ana")
    form(book).fill("pnl|travel", Decision_due_on="2026-03-31")
    real, calls = os.write, []

    def full(handle: int, data: bytes) -> int:
        calls.append(data)
        return real(handle, data[:3]) if len(calls) == 2 else real(handle, data)

    monkeypatch.setattr("pfkit.conform.state.os.write", full)
    with pytest.raises(BookError, match="nothing was written"):
        desk.read(book)
    assert (desk.book / "state" / "comments.jsonl").read_bytes() == before
    assert not (desk.book / "state" / "decisions.jsonl").exists()


def test_a_comment_without_exhibit_is_closed_where_it_stands(desk: Desk) -> None:
    state = desk.book / "state"
    state.mkdir()
    line = {"row_key": "travel", "text": "Old", "author": "Ana", "known_on": "2026-01-31"}
    (state / "comments.jsonl").write_text(json.dumps(line), encoding="utf-8")  # no line end
    comments, decisions = desk.tables()
    book = edited(report(written=comments, taken=decisions))
    form(book).fill("pnl|travel", Comment_status="closed")
    desk.read(book)
    closed = desk.lines("comments")[-1]
    assert "exhibit" not in closed
    assert closed["status"] == "closed"
    assert desk.read(book).comments == ()


def test_a_row_that_is_not_asked_about_may_be_commented(desk: Desk) -> None:
    book = edited(report())
    form(book, "pnl").fill("fees", Comment="As planned")
    desk.read(book)
    comments, decisions = desk.tables()
    told = edited(report(written=comments, taken=decisions))
    assert form(told).at("pnl|fees", "Comment").value == "As planned"

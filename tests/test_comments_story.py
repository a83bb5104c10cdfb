"""Two months of one company: what is said in May is carried in June, closed, and gone."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

import pfkit as pf
from pfkit.present.form import form
from pfkit.publish.forms import Origin
from pfkit.publish.tables import has_rows, to_xlsx
from tests.conform.form_book import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pfkit.present.exhibit import Exhibit


@dataclass(frozen=True)
class Made:
    """A report's exhibits about comments and decisions, and its workbook."""

    told: Exhibit
    comments: Exhibit
    decisions: Exhibit
    workbook: bytes

    def said(self, row: str) -> str:
        """Return the sentence on a row of the P&L."""
        data = self.told.data.set_index("row_key")["sentence"]
        return str(data.get(f"pnl|{row}", ""))

    def decided(self) -> dict[str, list[Any]]:
        """Return state, owner, due day and since when of each decision that is listed."""
        data = self.decisions.data
        if data.empty:
            return {}
        columns = ["state", "owner", "due_on", "since"]
        return dict(zip(data["decision"], data[columns].to_numpy().tolist(), strict=True))


def made(folder: Path, period: str, as_of: str | None) -> Made:
    """Make what a report says, by the calls of its notebook."""
    book = pf.open_book(folder, period=period, as_of=as_of)
    limits: Any = {
        "amount": book.policies.materiality_amount,
        "rate": book.policies.materiality_rate,
    }
    people: Any = {"written": book.comments, "taken": book.decisions}
    table = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    told = pf.commentary(
        {"pnl": table},
        period=book.period,
        statement=book.statement,
        plan=book.plan_version,
        **limits,
        **people,
    )
    page = pf.summary(
        book.statement,
        period=book.period,
        plan=book.plan_version,
        as_of=book.as_of,
        explained=told,
        **limits,
        **people,
    )
    shown = [
        pf.words.comments(page.comments, about=book.about),
        pf.tables.decisions(page.decisions, about=book.about),
        pf.tables.pnl(table, about=book.about),
        pf.words.commentary(told, about=book.about),
    ]
    payloads = [one.payload() for one in shown]
    workbook = to_xlsx(
        [one for one in payloads if has_rows(one)],
        title="Meridian",
        as_of=book.as_of,
        form=form(payloads),
        origin=Origin(book.entity, period, book.as_of),
    )
    return Made(shown[3], shown[0], shown[1], workbook)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small company and leave out what its owners wrote, for this test to write."""
    folder = tmp_path_factory.mktemp("story") / "meridian"
    pf.demo.make(folder, months=3, products=4)
    for name in ("comments.csv", "decisions.csv"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    return folder


def fill(workbook: bytes, path: Path, change: Callable[[Sheet], None]) -> Path:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    change(Sheet(book["To comment"]))
    book.save(path)
    return path


def test_may_is_said_carried_in_june_closed_and_gone(company: Path, tmp_path: Path) -> None:
    may = made(company, "2026-05", "2026-06-05")
    row = str(may.told.data["row"].iloc[0])
    assert "“" not in may.said(row)

    def say(sheet: Sheet) -> None:
        sheet.fill(f"pnl|{row}", Comment="Re-index at night", Comment_by="Hanna Lindqvist")
        sheet.fill(f"pnl|{row}", Decision="Reserve capacity?", Decision_owner="Katrin Vogel")
        sheet.fill(f"pnl|{row}", Decision_due_on=dt.date(2026, 6, 20))

    filled = fill(may.workbook, tmp_path / "may.xlsx", say)
    found = pf.read_comments(filled, book=company, on=dt.date(2026, 6, 8))
    assert (len(found.comments), len(found.decisions)) == (1, 1)
    number = found.decisions[0]["decision"]

    # May again: with it, and as known before without it, to the byte
    again = made(company, "2026-05", "2026-06-08")
    assert again.said(row).endswith("“Re-index at night” (Hanna Lindqvist, 2026-06-08)")
    assert again.decided()[number] == ["open", "Katrin Vogel", "2026-06-20", "2026-06-08"]
    assert made(company, "2026-05", "2026-06-05").workbook == may.workbook

    # June: the comment says of which month it is, the decision is overdue
    june = made(company, "2026-06", None)
    assert june.said(row).endswith("“Re-index at night” (Hanna Lindqvist, of May 2026, 2026-06-08)")
    assert june.decided()[number] == ["overdue", "Katrin Vogel", "2026-06-20", "2026-06-08"]

    def close(sheet: Sheet) -> None:
        assert sheet.at(f"pnl|{row}", "Comment").value == "Re-index at night"
        assert sheet.at(f"pnl|{row}", "Written for").value == "2026-05"
        sheet.fill(f"pnl|{row}", Comment_status="closed", Decision_status="closed")

    closed = fill(june.workbook, tmp_path / "june.xlsx", close)
    pf.read_comments(closed, book=company, on=dt.date(2026, 7, 6))
    for old in (filled, closed):
        nothing = pf.read_comments(old, book=company, on=dt.date(2026, 7, 7))
        assert (nothing.comments, nothing.decisions) == ((), ())

    # gone from June on; the report as known before, and May's, keep what was said in it
    after = made(company, "2026-06", None)
    assert "“" not in after.said(row)
    assert number not in after.decided()
    known = made(company, "2026-06", "2026-07-03")
    assert known.said(row) == june.said(row)
    late = made(company, "2026-05", None)
    assert "“Re-index at night”" in late.said(row)
    assert number not in late.decided()

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pfkit.book import check_book
from pfkit.cli import app
from pfkit.errors import SourceError

if TYPE_CHECKING:
    Shop = Any

BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*.csv"
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
"""
HEAD = "id,day,item,amount\n"
APRIL = HEAD + "A1,2026-04-05,tea,10.00\nA2,2026-04-30,tea,20.50\n"
MAY = HEAD + "B1,2026-05-05,tea,7.00\n"


@pytest.fixture
def book(shop: Shop) -> Shop:
    shop.ledger(BOOK, {"billing/04.csv": APRIL, "billing/05.csv": MAY})
    return shop


def _loads(book: Shop, **more: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 (as check_book)
    found = check_book(book.path, **more)
    return [(one["kind"], one["file"], one["was"]) for one in found["loads"]]


def test_a_check_keeps_nothing_unless_it_is_told_to(book: Shop) -> None:
    check_book(book.path)
    assert not (book.path / "state").exists()
    assert check_book(book.path, keep=True)["kept"] == 2
    (line,) = (book.path / "state/loads.jsonl").read_text(encoding="utf-8").splitlines()
    kept = json.loads(line)
    assert [one["file"] for one in kept["files"]] == ["billing/04.csv", "billing/05.csv"]
    assert kept["files"][0]["months"] == {"2026-04": [2, "30.50"]}
    assert kept["known_on"] == "2026-05-05"
    assert check_book(book.path, keep=True)["kept"] == 0  # nothing new, no further line
    assert len((book.path / "state/loads.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_files_are_told_by_digest_new_renamed_repeated_and_vanished(book: Shop) -> None:
    check_book(book.path, keep=True)
    assert _loads(book) == []
    book.write("billing/06.csv", HEAD + "C1,2026-06-05,tea,1.00\n")
    assert _loads(book) == [("new", "billing/06.csv", "")]
    (book.path / "billing/05.csv").rename(book.path / "billing/may.csv")
    assert _loads(book) == [
        ("new", "billing/06.csv", ""),
        ("renamed", "billing/may.csv", "billing/05.csv"),
    ]
    book.write("billing/april-again.csv", APRIL)
    assert ("repeated", "billing/april-again.csv", "billing/04.csv") in _loads(book)
    (book.path / "billing/april-again.csv").unlink()
    (book.path / "billing/04.csv").unlink()
    found = check_book(book.path)
    assert ("vanished", "billing/04.csv") in {(one["kind"], one["file"]) for one in found["loads"]}
    (told,) = [one for one in found["findings"] if one["rule"] == "Vanished file"]
    assert told["message"] == "was there on 2026-05-05 with 2 rows, 30.50, and is not now"


def test_a_changed_past_file_is_told_with_rows_and_amount(book: Shop) -> None:
    check_book(book.path, keep=True)
    book.write("billing/04.csv", APRIL.replace("20.50", "25.00") + "A3,2026-04-11,tea,2.00\n")
    found = check_book(book.path)
    (file,) = found["loads"]
    assert (file["kind"], file["rows_then"], file["rows"]) == ("changed", 2, 3)
    assert (file["amount_then"], file["amount"]) == ("30.50", "37.00")
    assert file["months"] == {"2026-04": [1, "6.50"]}
    told = {one["rule"]: one for one in found["findings"]}
    assert told["Changed file"]["message"] == (
        "says otherwise than on 2026-05-05: 1 row more, +6.50 (2026-04 +6.50)"
    )
    assert "known_on of its own" in told["Changed file"]["advice"]
    # the same day counts otherwise than it did, and nothing says since when
    (again,) = found["rewritten"]
    assert (again["period"], again["amount_then"], again["amount"]) == ("2026-04", "30.50", "37.00")
    assert told["Rewritten"]["message"] == (
        "2026-04: counted 2 rows, 30.50, when 2026-05-05 was loaded; as known on that day it "
        "counts 3 rows, 37.00, now (+6.50): billing/04.csv (changed)"
    )
    assert found["verdict"] == "warn"


def test_a_file_that_only_grows_is_no_finding(book: Shop) -> None:
    check_book(book.path, keep=True)
    book.write("billing/05.csv", MAY + "B2,2026-06-02,tea,3.00\n")
    found = check_book(book.path)
    assert [(one["kind"], one["months"]) for one in found["loads"]] == [
        ("grown", {"2026-06": [1, "3.00"]})
    ]
    assert not {one["rule"] for one in found["findings"]} & {"Changed file", "Rewritten"}
    assert [(one["period"], one["difference"]) for one in found["changes"]] == [("2026-06", "3.00")]


def test_a_map_that_is_changed_rewrites_a_kept_day(book: Shop) -> None:
    check_book(book.path, keep=True)
    toml = (book.path / "book.toml").read_text(encoding="utf-8")
    rule = "[[sources.rules]]\nexclude = \"small\"\nwhen = \"item = 'tea' AND id = 'A1'\"\n"
    book.write("book.toml", toml + rule + 'because = "not ours"\n')
    (again,) = check_book(book.path)["rewritten"]
    assert (again["rows_then"], again["rows"], again["difference"]) == (2, 1, "-10.00")


def test_what_failed_is_not_kept_and_its_repair_is_told(book: Shop) -> None:
    check_book(book.path, keep=True)
    book.write("billing/06.csv", "")
    failed = check_book(book.path, keep=True)
    assert (failed["verdict"], failed["kept"]) == ("reject", 0)
    book.write("billing/06.csv", HEAD + "C1,2026-06-05,tea,1.00\n")
    assert _loads(book) == [("new", "billing/06.csv", "")]


def test_a_file_that_cannot_be_read_has_not_vanished(book: Shop) -> None:
    check_book(book.path, keep=True)
    book.write("billing/04.csv", "")
    assert _loads(book) == []


def test_a_replay_does_not_know_of_later_loads(book: Shop) -> None:
    check_book(book.path, keep=True)
    found = check_book(book.path, as_of="2026-04-30")
    assert (found["since"]["because"], found["loads"]) == ("last report due", [])


@pytest.mark.parametrize(
    ("line", "said"),
    [("{}", "is no line that pfkit wrote"), ('{"a": 1, "check": "x"}', "was changed after")],
)
def test_a_line_that_is_none_is_an_error(book: Shop, line: str, said: str) -> None:
    book.write("state/loads.jsonl", line + "\n")
    found = check_book(book.path)
    (failed,) = found["failed"]
    assert (found["verdict"], failed["line"]) == ("reject", "loads.jsonl line 1")
    assert said in failed["message"]
    assert "--keep" in failed["advice"]
    with pytest.raises(SourceError, match=said):
        check_book(book.path, keep=True)


def test_a_line_that_was_changed_is_an_error(book: Shop) -> None:
    check_book(book.path, keep=True)
    path = book.path / "state/loads.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("30.50", "40.50"), encoding="utf-8")
    (failed,) = check_book(book.path)["failed"]
    assert failed["message"] == "was changed after it was written"
    assert "`pfkit check --keep` adds what is new" in failed["advice"]


def test_the_command_keeps_and_says_so(book: Shop) -> None:
    ran = CliRunner().invoke(app, ["check", str(book.path), "--keep"])
    assert ran.output.splitlines()[-1] == "kept in the ledger of loads: 2 files are news"
    book.write("billing/06.csv", HEAD + "C1,2026-06-05,tea,1.00\n")
    told = CliRunner().invoke(app, ["check", str(book.path)]).output.splitlines()
    assert "since 2026-05-05 (last load kept): would change" in told
    assert "  invoices 2026-06: 0 → 1 row, 0.00 → 1.00 EUR (+1.00)" in told
    assert "files since that load: 1 new" in told
    assert told[-1] == "  new billing/06.csv: 1 row, +1.00 EUR (2026-06)"


def test_keep_belongs_to_a_book(book: Shop) -> None:
    asked = ["check", str(book.path / "billing/04.csv"), "--table", "ledger", "--keep"]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code != 0
    assert "--keep" in str(ran.exception)

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import open_book
from pfkit.conform.state import append_lines, is_state, state_sources
from pfkit.contracts import Contracts
from pfkit.errors import BookError, SourceError

if TYPE_CHECKING:
    Shop = Any

COMMENT = '{"row_key": "net-revenue", "text": "%s", "author": "Ann", "known_on": "%s"}\n'


def test_a_folder_without_files_feeds_nothing(shop: Shop) -> None:
    assert state_sources(shop.path / "state", Contracts()) == []


def test_comments_stand_in_the_state_folder(shop: Shop) -> None:
    shop.declare()
    shop.write("state/comments.jsonl", COMMENT % ("Tea sold well", "2026-02-02"))
    book = shop.open(period="2026-01")
    (row,) = book.comments.to_dict("records")
    assert (row["row_key"], row["text"], row["author"]) == ("net-revenue", "Tea sold well", "Ann")
    assert row["known_on"] == dt.date(2026, 2, 2)
    assert (row["_file"], row["_line"]) == ("comments.jsonl", "1")


def test_a_past_report_has_the_comments_of_its_day(shop: Shop) -> None:
    shop.declare()
    shop.write(
        "state/comments.jsonl",
        COMMENT % ("first", "2026-02-02") + COMMENT % ("second", "2026-03-02"),
    )
    then = shop.open(period="2026-01", as_of="2026-02-28")
    assert list(then.comments["text"]) == ["first"]


def test_another_state_folder_may_be_named(shop: Shop) -> None:
    shop.declare()
    shop.write("elsewhere/comments.jsonl", COMMENT % ("here", "2026-01-31"))
    assert shop.open().comments.empty
    assert list(shop.open(state=shop.path / "elsewhere").comments["text"]) == ["here"]


def test_optional_columns_may_be_left_out(shop: Shop) -> None:
    shop.declare()
    shop.write(
        "state/decisions.jsonl",
        '{"decision": "D1", "text": "Close?", "owner": "Ann", "due_on": "2026-03-01", '
        '"known_on": "2026-01-31"}\n',
    )
    (row,) = shop.open().decisions.to_dict("records")
    assert (row["decision"], row["status"]) == ("D1", "open")


def test_a_column_every_line_needs_is_named_when_no_line_has_it(shop: Shop) -> None:
    shop.declare()
    shop.write("state/comments.jsonl", COMMENT.replace("author", "autor") % ("x", "2026-01-31"))
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "the source has no column 'author'"
    assert caught.value.advice == "The closest known column is 'autor'."


def test_a_line_without_a_due_value_is_held_back(shop: Shop) -> None:
    shop.declare()
    shop.write(
        "state/comments.jsonl",
        COMMENT % ("kept", "2026-01-31")
        + '{"row_key": "x", "text": "unsigned", "known_on": "2026-01-31"}\n',
    )
    book = shop.open()
    assert list(book.comments["text"]) == ["kept"]
    (held,) = book.quarantine.to_dict("records")
    assert (held["rule"], held["column"], held["line"]) == ("missing value", "author", "2")


def test_a_declared_source_is_no_state(shop: Shop) -> None:
    assert not is_state(shop.declare().sources[0])


def test_a_state_folder_elsewhere_is_read_and_a_missing_one_refused(shop: Shop) -> None:
    shop.declare()
    shop.open()
    kept = shop.path / "kept"
    shop.write(
        "kept/decisions.jsonl",
        '{"decision": "D-1", "text": "Go on?", "owner": "Ines", "due_on": "2026-02-28", '
        '"status": "open", "known_on": "2026-01-20"}\n',
    )
    book = open_book(shop.path, period="2026-01", state=kept)
    assert list(book.decisions["text"]) == ["Go on?"]
    with pytest.raises(SourceError, match="the state folder does not exist"):
        open_book(shop.path, period="2026-01", state=shop.path / "nowhere")


def test_a_file_written_later_is_unknown_to_an_earlier_day(shop: Shop) -> None:
    shop.declare()
    before = shop.open(period="2026-01", as_of="2026-02-01")
    shop.write("state/comments.jsonl", COMMENT % ("later", "2026-02-02"))
    then = shop.open(period="2026-01", as_of="2026-02-01")
    assert then.provenance.equals(before.provenance)
    assert then.controls.equals(before.controls)
    assert not then.has("comments")
    assert shop.open(period="2026-01").comments["text"].tolist() == ["later"]


def test_lines_are_added_whole_and_after_a_last_line_without_end(shop: Shop) -> None:
    kept = shop.write("state/comments.jsonl", (COMMENT % ("first", "2026-02-02")).rstrip("\n"))
    more = {"row_key": "x", "text": "zweite Zeile\n…", "author": "Bo", "known_on": "2026-02-03"}
    append_lines(shop.path / "state", {"comments": [more], "decisions": []})
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["first", "zweite Zeile\n…"]
    assert not (shop.path / "state" / "decisions.jsonl").exists()


def test_a_state_folder_that_cannot_be_made_is_told(shop: Shop) -> None:
    shop.write("state", "a file in the way")
    with pytest.raises(BookError) as caught:
        append_lines(shop.path / "state", {"comments": [{"row_key": "x"}]})
    assert caught.value.what.startswith("nothing was written: ")
    assert caught.value.advice.endswith("with --state.")


def test_overrides_of_a_forecast_stand_in_the_state_folder(shop: Shop) -> None:
    shop.declare()
    line = {"override": "O-1", "product": "Atlas", "period": "2026-03", "change": 5}
    line |= {"entered_by": "Bo", "reason": "A tender was won", "known_on": "2026-02-03"}
    bare = line | {"change": None, "known_on": "2026-01-20"}
    shop.write("state/overrides.jsonl", f"{json.dumps(line)}\n{json.dumps(bare)}\n")
    book = shop.open(period="2026-01")
    assert book.overrides[["override", "product", "reason"]].to_numpy().tolist() == [
        ["O-1", "Atlas", "A tender was won"]
    ]
    assert book.overrides["change"].astype(float).tolist() == [5.0]
    # what is held back stands in the report of the month it was known in
    assert book.quarantine["rule"].tolist() == ["override without a number"]
    assert shop.open(period="2026-01", as_of="2026-02-01").overrides.empty

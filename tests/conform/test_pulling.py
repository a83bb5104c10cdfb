from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from pfkit.book import open_book
from pfkit.cli import app
from pfkit.conform.booktoml import read_declaration
from pfkit.conform.pulling import pull
from pfkit.conform.pulls import pull_of
from pfkit.errors import BookError, SourceError
from pfkit.sources.lock import alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.conform.pulling import Pulled

    Shop = Any

needs_dlt = pytest.mark.skipif(
    importlib.util.find_spec("dlt") is None, reason="dlt is not installed (the extra `dlt`)"
)

TOKEN = "tok-5f2c9a7e41"
PAGE = 10


@dataclass
class Api:
    """A service on this machine: 25 tickets in pages of 10, and what it is to answer first."""

    port: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    #: By page: statuses to answer before the page itself, with seconds of `Retry-After`.
    trouble: dict[int, list[tuple[int, int | None]]] = field(default_factory=dict)
    hold: int = 0  # the page that is never answered
    raw: str | None = None  # what is answered as it stands
    more: list[dict[str, Any]] = field(default_factory=list)  # rows that come in front meanwhile
    elsewhere: str = ""  # a host that the next page is said to be on
    asked: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address of the list."""
        return f"http://127.0.0.1:{self.port}/v1/tickets"


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(
            self, status: int, body: object, *, after: int | None = None, link: str | None = None
        ) -> None:
            text = (json.dumps(body) if api.raw is None else api.raw).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if link is not None:
                self.send_header("Link", f'<{link}>; rel="next"')
            if after is not None:
                self.send_header("Retry-After", str(after))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            api.asked.append(query)
            api.times.append(time.monotonic())
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._answer(401, {"error": "who are you"})
                return
            page = int(query.get("page", "1"))
            if page == api.hold:
                api.held.set()
                time.sleep(30)
                return
            if api.trouble.get(page):
                status, after = api.trouble[page].pop(0)
                self._answer(status, {"error": "later"}, after=after)
                return
            since = query.get("since", "")
            rows = [row for row in api.rows if row["updated_at"] >= since]
            at = int(query.get("offset", query.get("mark", (page - 1) * PAGE)))
            part = rows[at : at + PAGE]
            more = at + PAGE < len(rows)
            base = api.elsewhere or f"http://127.0.0.1:{api.port}"
            link = f"{base}/v1/tickets?page={page + 1}" if more else None
            body = {"data": {"items": part}, "next": link, "mark": at + PAGE if more else None}
            self._answer(200, body, link=link)
            api.rows[:0], api.more = api.more, []

    return Handler


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("TICKETS_TOKEN", TOKEN)
    held = Api()
    held.rows = [
        {"id": n, "updated_at": f"2026-06-{n:02}T08:00:00Z", "who": f"c{n}", "amount": n + 0.25}
        for n in range(1, 26)
    ]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(held))
    server.daemon_threads = True
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()


BOOK = """
[[pulls]]
name = "tickets"
url = "{url}"
token = {{ env = "TICKETS_TOKEN" }}
rows = "data.items"
paging = "pages"
cursor = "updated_at"
since = "since"
wait = 0.05
{more}
[[sources]]
name = "tickets"
table = "invoices"
path = "pulled/tickets/*.jsonl"
known_on = {{ column = "updated_at", at = "day" }}
replaces = ["invoice_id"]
columns = {{ invoice_id = "id", invoice_date = {{ sql = "substr(updated_at, 1, 10)" }}, \
customer = "who", product = {{ constant = "support" }}, amount_local = "amount" }}
"""


def _book(shop: Shop, api: Api, more: str = "") -> Shop:
    shop.ledger(BOOK.format(url=api.url, more=more), {})
    return shop


def _pull(shop: Shop) -> Pulled:
    declared = pull_of(read_declaration(shop.path).pulls, "tickets")
    return pull(declared, data=shop.path, state=shop.path / "state")


def _files(shop: Shop) -> list[str]:
    folder = shop.path / "pulled"
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@needs_dlt
def test_all_pages_come_into_one_file_that_a_source_reads(shop: Shop, api: Api) -> None:
    found = _pull(_book(shop, api))
    assert (found.rows, found.mark) == (25, "2026-06-25T08:00:00Z")
    assert _files(shop) == ["tickets/tickets-00001.jsonl"]
    assert [query.get("page") for query in api.asked[:3]] == ["1", "2", "3"]
    book = open_book(shop.path)
    # 1 + ... + 25 = 325, and 25 times 0.25
    assert float(book.invoices["amount"].sum()) == pytest.approx(331.25)


@needs_dlt
@pytest.mark.parametrize(
    ("paging", "rows"),
    [
        ('paging = "link"', 25),
        ('paging = "header"', 25),
        ('paging = "offset"\nsize = 10', 25),
        ('paging = "cursor"\nnext = "mark"\nparam = "mark"', 25),
        ('paging = "single"', 10),
    ],
)
def test_each_way_of_paging_finds_every_row(shop: Shop, api: Api, paging: str, rows: int) -> None:
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('paging = "pages"', paging))
    assert _pull(shop).rows == rows


@needs_dlt
def test_the_next_pull_asks_for_what_is_new_and_takes_nothing_twice(shop: Shop, api: Api) -> None:
    _pull(_book(shop, api))
    api.asked.clear()
    again = _pull(shop)
    assert (again.rows, again.file) == (0, "")
    assert api.asked[0]["since"] == "2026-06-25T08:00:00Z"
    # ticket 3 is changed later: the later version stands, and the earlier one is known as it was
    api.rows.append({"id": 3, "updated_at": "2026-06-28T09:00:00Z", "who": "c3", "amount": 10.0})
    late = _pull(shop)
    assert (late.rows, late.file) == (1, "pulled/tickets/tickets-00002.jsonl")
    now, then = open_book(shop.path), open_book(shop.path, as_of="2026-06-27")
    assert float(now.invoices["amount"].sum()) == pytest.approx(331.25 - 3.25 + 10.0)
    assert float(then.invoices["amount"].sum()) == pytest.approx(331.25)


@needs_dlt
def test_an_error_in_the_middle_is_asked_again(shop: Shop, api: Api) -> None:
    api.trouble = {2: [(500, None), (503, None)]}
    assert _pull(_book(shop, api)).rows == 25


@needs_dlt
def test_a_service_that_is_busy_says_how_long_to_wait(shop: Shop, api: Api) -> None:
    api.trouble = {2: [(429, 1)]}
    assert _pull(_book(shop, api)).rows == 25
    pages = [query.get("page") for query in api.asked]
    first = pages.index("2")
    assert pages[first : first + 2] == ["2", "2"]
    assert api.times[first + 1] - api.times[first] >= 0.95  # a second, not 0.05


@needs_dlt
def test_a_service_that_stays_down_leaves_nothing_half_loaded(shop: Shop, api: Api) -> None:
    _book(shop, api, "attempts = 3")
    api.trouble = {2: [(500, None)] * 9}
    with pytest.raises(SourceError, match=r"the service answers 500, asked 3 times") as caught:
        _pull(shop)
    assert caught.value.where == api.url
    assert "pull again" in caught.value.advice
    assert _files(shop) == []
    assert not (shop.path / "state").exists()
    api.trouble = {}
    assert _pull(shop).rows == 25


@needs_dlt
def test_a_pull_that_is_killed_between_pages_begins_again_where_it_ended(
    shop: Shop, api: Api
) -> None:
    api.rows = api.rows[:5]
    _pull(_book(shop, api))
    api.rows = [
        {"id": n, "updated_at": f"2026-06-{n:02}T08:00:00Z", "who": f"c{n}", "amount": n + 0.25}
        for n in range(1, 26)
    ]
    api.hold = 2
    ran = subprocess.Popen(
        [sys.executable, "-c", "from pfkit.cli import main; main()", "pull", "tickets", "--book",
         str(shop.path)],
        env=os.environ | {"TICKETS_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert api.held.wait(300)  # of a machine that is busy
    ran.send_signal(signal.SIGKILL)
    ran.wait(30)
    shown = [name for name in _files(shop) if "/." not in name]
    assert shown == ["tickets/tickets-00001.jsonl"]  # what was read is in a hidden part
    assert float(open_book(shop.path).invoices["amount"].sum()) == pytest.approx(16.25)
    api.hold = 0
    api.asked.clear()
    found = _pull(shop)
    assert (found.rows, found.file) == (20, "pulled/tickets/tickets-00002.jsonl")
    assert api.asked[0]["since"] == "2026-06-05T08:00:00Z"
    assert _files(shop) == ["tickets/tickets-00001.jsonl", "tickets/tickets-00002.jsonl"]
    assert float(open_book(shop.path).invoices["amount"].sum()) == pytest.approx(331.25)


@needs_dlt
def test_the_token_is_written_nowhere(shop: Shop, api: Api) -> None:
    _pull(_book(shop, api))
    for path in shop.path.rglob("*"):
        if path.is_file():
            assert TOKEN not in path.read_text(encoding="utf-8")


@needs_dlt
def test_a_token_that_is_refused_is_never_shown(
    shop: Shop, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_TOKEN", "wrong-token-1")
    with pytest.raises(SourceError, match=r"refuses the token \(401\)") as caught:
        _pull(_book(shop, api))
    assert "wrong-token-1" not in str(caught.value)
    assert "Renew" in caught.value.advice
    monkeypatch.delenv("TICKETS_TOKEN")
    with pytest.raises(SourceError, match="TICKETS_TOKEN is not set"):
        _pull(shop)


@needs_dlt
def test_a_page_on_another_host_is_not_asked_for(shop: Shop, api: Api) -> None:
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('paging = "pages"', 'paging = "link"'))
    api.elsewhere = "http://localhost:9"
    with pytest.raises(SourceError, match="points to another host, localhost:9") as caught:
        _pull(shop)
    assert "nothing was sent" in caught.value.advice
    api.elsewhere = ""
    assert _pull(shop).rows == 25  # links on its own host are followed


@needs_dlt
def test_rows_that_are_not_where_they_are_said_to_be_are_named(shop: Shop, api: Api) -> None:
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('rows = "data.items"', 'rows = "items"'))
    with pytest.raises(SourceError, match="the answer has no list at 'items'") as caught:
        _pull(shop)
    assert "'data', 'next'" in caught.value.advice


@needs_dlt
def test_a_row_without_its_cursor_is_an_error(shop: Shop, api: Api) -> None:
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('cursor = "updated_at"', 'cursor = "changed"'))
    with pytest.raises(SourceError, match="a row has no 'changed'"):
        _pull(shop)
    assert _files(shop) == []


@needs_dlt
def test_a_column_of_another_type_is_told(shop: Shop, api: Api) -> None:
    _pull(_book(shop, api))
    api.rows.append(
        {"id": 30, "updated_at": "2026-06-28T09:00:00Z", "who": 7, "amount": 1.0, "team": "a"}
    )
    assert set(_pull(shop).notes) == {
        "column 'team' is new",
        "column 'who' was str and is int",
    }


@needs_dlt
def test_the_command_says_what_it_pulled(shop: Shop, api: Api) -> None:
    asked = ["pull", "tickets", "--book", str(_book(shop, api).path)]
    ran = CliRunner().invoke(app, asked)
    assert ran.output == (
        "tickets: 25 rows up to 2026-06-25T08:00:00Z in pulled/tickets/tickets-00001.jsonl\n"
    )
    ran = CliRunner().invoke(app, [*asked, "--json"])
    assert json.loads(ran.output) == {
        "pull": "tickets", "file": "", "rows": 0, "cursor": "2026-06-25T08:00:00Z", "notes": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('url = "http://127.0.0.1', 'url = "http://api.example.com', "in the clear"),
        ('url = "http://127', 'url = "http://me:pw@127', "holds a user or a password"),
        ('url = "http', 'url = "ftp', "is no address of a service"),
        ("/v1/tickets", "/v1/tickets?key=1", "ends in a query"),
        ('token = { env = "TICKETS_TOKEN" }', 'token = "abc-secret-1"', "a token stands in"),
        ('cursor = "updated_at"', "", "`since` asks for rows after a `cursor`"),
        ('rows = "data.items"', 'to = "../out"', "a folder inside the data folder"),
        ('rows = "data.items"', 'row = "data.items"', "unknown key 'row'"),
    ],
)
def test_a_pull_that_cannot_be_is_refused_when_the_book_is_read(
    shop: Shop, old: str, new: str, said: str
) -> None:
    shop.ledger(BOOK.format(url="http://127.0.0.1:9/v1/tickets", more="").replace(old, new), {})
    with pytest.raises(BookError) as caught:
        read_declaration(shop.path)
    assert said in str(caught.value)
    assert "abc-secret-1" not in str(caught.value)
    assert "pulls[tickets]" in caught.value.where or "pulls" in caught.value.where


@needs_dlt
def test_numbers_are_kept_in_the_digits_they_came_in(shop: Shop, api: Api) -> None:
    at = '"updated_at": "2026-06-01T08:00:00Z", "who": "c"'
    sent = ["0.1", "0.2", "12345678901234.56", "123456789012345678.01", "1e3", "1.10", "-0.00",
            "12345678901234567890", "5E-7"]  # fmt: skip
    rows = [f'{{"id": {n}, {at}, "amount": {number}}}' for n, number in enumerate(sent)]
    api.raw = f'{{"data": {{"items": [{", ".join(rows)}]}}}}'
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('paging = "pages"', 'paging = "single"'))
    _pull(shop)
    text = (shop.path / "pulled/tickets/tickets-00001.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    assert [Decimal(line["amount"]) for line in lines] == [Decimal(number) for number in sent]
    assert '"amount": 123456789012345678.01}' in text
    assert '"amount": 1.10}' in text


@needs_dlt
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_named(shop: Shop, api: Api, word: str) -> None:
    api.raw = f'{{"data": {{"items": [{{"id": 1, "amount": {word}}}]}}}}'
    with pytest.raises(SourceError, match=f"the answer has {word}, which is no number") as told:
        _pull(_book(shop, api))
    assert "send null" in told.value.advice
    assert _files(shop) == []


@needs_dlt
def test_a_cursor_that_is_a_number_with_decimals_is_taken_up_again(shop: Shop, api: Api) -> None:
    api.raw = (
        '{"data": {"items": [{"id": 1, "updated_at": 1750000000.25, "who": "c", "amount": 1}]}}'
    )
    _book(shop, api)
    toml = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", toml.replace('paging = "pages"', 'paging = "single"'))
    assert _pull(shop).mark == "1750000000.25"
    assert _pull(shop).file == ""
    assert api.asked[-1]["since"] == "1750000000.25"


@needs_dlt
def test_a_list_that_grows_while_it_is_read_counts_no_row_twice(shop: Shop, api: Api) -> None:
    # two rows come in front after the first page, so that its last two stand on the second again
    api.more = [
        {"id": n, "updated_at": f"2026-06-{n:02}T08:00:00Z", "who": "new", "amount": 1.0}
        for n in (26, 27)
    ]
    found = _pull(_book(shop, api))
    assert found.rows == 25
    assert found.notes == ("2 rows came twice and count once: the list changed while it was read",)


@needs_dlt
def test_a_second_pull_at_the_same_time_is_told_who_pulls(shop: Shop, api: Api) -> None:
    _book(shop, api)
    with (
        alone(shop.path / "pulled/tickets/.tickets.lock", what="a pull of 'tickets'"),
        pytest.raises(SourceError, match="a pull of 'tickets' is done already") as told,
    ):
        _pull(shop)
    assert f"process {os.getpid()}" in told.value.what
    assert api.asked == []
    assert _pull(shop).rows == 25
    assert _files(shop) == ["tickets/tickets-00001.jsonl"]


@needs_dlt
def test_a_service_that_does_not_answer_in_time_keeps_no_one_waiting(
    shop: Shop, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api.hold = 2
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"does not answer \(\w*Timeout\), asked 1 time") as told:
        _pull(_book(shop, api, "attempts = 1\ntimeout = 1"))
    assert time.monotonic() - began < 20
    assert "Nothing was kept" in told.value.advice
    assert _files(shop) == []
    assert TOKEN not in caplog.text


def test_two_pulls_need_two_names(shop: Shop) -> None:
    text = BOOK.format(url="http://127.0.0.1:9/v1/tickets", more="")
    one = text[: text.index("[[sources]]")]
    shop.ledger(one + text, {})
    with pytest.raises(BookError, match="two pulls have the name 'tickets'"):
        read_declaration(shop.path)


def test_another_name_offers_the_nearest(shop: Shop) -> None:
    shop.ledger(BOOK.format(url="http://127.0.0.1:9/v1/tickets", more=""), {})
    pulls = read_declaration(shop.path).pulls
    with pytest.raises(BookError, match="no pull 'ticket'") as caught:
        pull_of(pulls, "ticket")
    assert "'tickets'" in caught.value.advice
    with pytest.raises(BookError) as none:
        pull_of((), "ticket")
    assert "[[pulls]]" in none.value.advice


def test_without_dlt_the_message_says_how_to_get_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_TOKEN", TOKEN)
    monkeypatch.setitem(sys.modules, "dlt.sources.helpers.rest_client", None)
    shop.ledger(BOOK.format(url="http://127.0.0.1:9/v1/tickets", more=""), {})
    with pytest.raises(SourceError, match="needs dlt, which is not installed") as caught:
        _pull(shop)
    assert "pfkit[dlt]" in caught.value.advice
    assert not list(_part(shop.path))


def _part(folder: Path) -> Iterator[Path]:
    return folder.rglob("*.part")
